#include "formats/whitesmith/archive.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "formats/whitesmith/parse.h"

namespace cmos::whitesmith {
namespace {

constexpr std::uint64_t kMagicSize = 2;
constexpr std::size_t kNameSize = 14;
constexpr std::size_t kNewHeader = 16;

/// Where the fields of a member's header are; a size of 0: there is none.
struct Shape {
  ArchiveKind kind;
  std::uint8_t name;
  std::uint8_t modified;
  std::uint8_t uid;
  std::uint8_t gid;
  std::uint8_t mode;
  std::uint8_t mode_size;
  std::uint8_t length;
  std::uint8_t length_size;
  std::uint8_t header;
  bool even;
};
constexpr Shape kShapes[] = {
    {ArchiveKind::kWhitesmith, 14, 0, 0, 0, 0, 0, 14, 2, 16, false},
    {ArchiveKind::kSystem3, 14, 14, 18, 19, 20, 2, 22, 4, 26, true},
    {ArchiveKind::kVersion6, 8, 8, 12, 0, 13, 1, 14, 2, 16, true},
};

const Shape* shape_of(Bytes bytes) {
  if (bytes.size() < kMagicSize) return nullptr;
  const std::uint64_t magic = load(bytes.first(2));
  for (const Shape& one : kShapes) {
    if (static_cast<std::uint64_t>(one.kind) == magic) return &one;
  }
  return nullptr;
}

std::uint32_t high_half_first(Bytes at) {
  return static_cast<std::uint32_t>(load(at.first(2)) << 16 | load(at.subspan(2, 2)));
}

class Parser {
 public:
  Parser(Bytes bytes, const Shape& shape, bool swapped, Findings& findings)
      : bytes_(bytes), shape_(shape), findings_(findings) {
    out_.kind = shape.kind;
    out_.high_half_first = swapped;
  }

  Archive parse() {
    std::uint64_t at = kMagicSize;
    while (!at_end(at)) {
      const std::uint64_t next = member(at);
      if (next == 0) return std::move(out_);
      at = next;
    }
    out_.end = std::min<std::uint64_t>(at, bytes_.size());
    return std::move(out_);
  }

 private:
  /// An end marker, or too little for a header; archives of CP/M may be padded without a marker.
  bool at_end(std::uint64_t at) {
    if (at >= bytes_.size()) return true;
    out_.marked_end = bytes_[at] == 0;
    if (out_.marked_end || bytes_.size() - at < shape_.header) return true;
    const Bytes rest = bytes_.subspan(at);
    return std::all_of(rest.begin(), rest.end(), [](std::uint8_t one) { return one == 0x1a; });
  }

  /// One member; the offset of the next one, 0 when there is none because this one is broken.
  std::uint64_t member(std::uint64_t at) {
    const Bytes header = bytes_.subspan(at, shape_.header);
    Member out;
    out.name = as_text(header.first(shape_.name));
    out.name = out.name.substr(0, out.name.find('\0'));
    out.header_offset = at;
    out.offset = at + shape_.header;
    if (shape_.mode_size != 0) {
      out.modified = high_half_first_if(header.subspan(shape_.modified));
      out.uid = header[shape_.uid];
      if (shape_.gid != 0) out.gid = header[shape_.gid];
      out.mode = static_cast<std::uint32_t>(load(header.subspan(shape_.mode, shape_.mode_size)));
    }
    const Bytes length = header.subspan(shape_.length);
    const std::uint64_t size =
        shape_.length_size == 4 ? high_half_first_if(length) : load(length.first(2));
    const std::uint64_t left = bytes_.size() - out.offset;
    if (size > left) {
      findings_.add(rules::kMemberTruncated, at + shape_.length,
                    fmt::format("member {} length", quote(as_bytes(out.name), 32)),
                    fmt::format("{}", size),
                    fmt::format("at most {}, what is left of the file", left));
      return 0;
    }
    out.bytes = bytes_.subspan(out.offset, size);
    out_.members.push_back(out);
    const std::uint64_t next = out.offset + size;
    return shape_.even ? next + (next & 1) : next;
  }

  std::uint32_t high_half_first_if(Bytes at) const {
    return out_.high_half_first ? high_half_first(at)
                                : static_cast<std::uint32_t>(load(at.first(4)));
  }

  Bytes bytes_;
  const Shape& shape_;
  Findings& findings_;
  Archive out_;
};

struct Parsed {
  Archive archive;
  Findings findings;
};

Parsed parse_archive(Bytes bytes, std::string_view file) {
  Parsed out{.archive = {}, .findings = Findings(file)};
  const Shape* shape = shape_of(bytes);
  if (shape == nullptr) {
    out.findings.add(rules::kArchiveBadMagic, 0, "magic",
                     bytes.empty() ? "an empty file"
                                   : quote(bytes.first(std::min<std::size_t>(2, bytes.size()))),
                     "0xff75, 0xff65 or 0xff6d, little-endian");
    return out;
  }
  out.archive = Parser(bytes, *shape, false, out.findings).parse();
  if (shape->length_size != 4 || !out.findings.has_errors()) {
    // A first member of more than 64 KiB whose length reads as less: both orders may fit a small
    // archive only when all lengths are 0, which mean the same in both.
    return out;
  }
  Findings swapped(file);
  Archive other = Parser(bytes, *shape, true, swapped).parse();
  if (!swapped.has_errors()) return {std::move(other), std::move(swapped)};
  return out;
}

}  // namespace

bool looks_like_archive(Bytes bytes) {
  return shape_of(bytes) != nullptr;
}

bool looks_like_own_archive(Bytes bytes) {
  const Shape* const shape = shape_of(bytes);
  return shape != nullptr && shape->kind == ArchiveKind::kWhitesmith;
}

bool looks_like_unix_archive(Bytes bytes) {
  return looks_like_archive(bytes) && !looks_like_own_archive(bytes);
}

Result<Archive> read_archive(Bytes bytes, std::string_view file) {
  Parsed parsed = parse_archive(bytes, file);
  if (!parsed.findings.has_errors()) return std::move(parsed.archive);
  return fail(std::move(std::move(parsed.findings).take(false).front().where));
}

std::vector<Finding> validate_archive(Bytes bytes, std::string_view file) {
  Parsed parsed = parse_archive(bytes, file);
  Findings& findings = parsed.findings;
  if (findings.has_errors()) return std::move(findings).take(false);
  for (const Member& one : parsed.archive.members) {
    const bool printable =
        std::all_of(one.name.begin(), one.name.end(), [](char c) { return c > ' ' && c < '\x7f'; });
    if (!printable)
      findings.add(rules::kBadMemberName, one.header_offset, "member name",
                   quote(as_bytes(one.name), 32), "printable characters");
  }
  const Bytes rest = bytes.subspan(parsed.archive.end);
  if (!parsed.archive.marked_end)
    findings.add(rules::kNoEndMarker, parsed.archive.end, "end marker",
                 rest.empty() ? "the end of the file" : fmt::format("{} bytes", rest.size()),
                 "a 0 where the next member's name would be");
  const auto other = std::find_if(rest.begin(), rest.end(), [&](std::uint8_t one) {
    return one != 0 && (parsed.archive.marked_end || one != 0x1a);
  });
  constexpr std::size_t kLongestMarker = 16;
  if (other != rest.end()) {
    const auto at = static_cast<std::uint64_t>(other - rest.begin());
    findings.add(rules::kArchiveTrailingBytes, parsed.archive.end + at, "end of file",
                 fmt::format("0x{:02x}, {} bytes after the end of the members", *other, at),
                 "the end of the file, or padding");
  } else if (rest.size() > kLongestMarker || (!parsed.archive.marked_end && !rest.empty())) {
    findings.add(rules::kArchivePadding, parsed.archive.end, "end of file",
                 fmt::format("{} bytes of padding", rest.size()), "an end marker of 2 bytes");
  }
  return std::move(findings).take(false);
}

Result<std::vector<std::uint8_t>> write_archive(const std::vector<NewMember>& members) {
  std::vector<std::uint8_t> out{0x75, 0xff};
  for (const NewMember& one : members) {
    if (one.name.empty() || one.name.size() > kNameSize ||
        one.name.find('\0') != std::string_view::npos)
      return fail(Error{.code = ErrorCode::kUsage,
                        .field = "member name",
                        .found = quote(as_bytes(one.name), 128),
                        .expected = "1 to 14 bytes, none of them 0"});
    if (one.bytes.size() > UINT16_MAX)
      return fail(Error{.code = ErrorCode::kUsage,
                        .field = fmt::format("member {} length", quote(as_bytes(one.name))),
                        .found = fmt::format("{}", one.bytes.size()),
                        .expected = "at most 65535"});
    const std::size_t at = out.size();
    out.resize(at + kNewHeader);
    std::copy(one.name.begin(), one.name.end(), out.begin() + static_cast<std::ptrdiff_t>(at));
    out[at + kNameSize] = static_cast<std::uint8_t>(one.bytes.size());
    out[at + kNameSize + 1] = static_cast<std::uint8_t>(one.bytes.size() >> 8);
    out.insert(out.end(), one.bytes.begin(), one.bytes.end());
  }
  out.resize(out.size() + 2);
  return out;
}

}  // namespace cmos::whitesmith
