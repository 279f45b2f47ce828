#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/checked.h"
#include "base/text.h"
#include "formats/archive/archive.h"

namespace cmos::archive {
namespace {

constexpr std::uint64_t kHeaderSize = 60;
constexpr std::string_view kHeaderEnd = "`\n";

std::string_view without_trailing(std::string_view text, char last) {
  const std::size_t end = text.find_last_not_of(last);
  return end == std::string_view::npos ? std::string_view{} : text.substr(0, end + 1);
}

/// Which of the layouts a symbol index has.
struct IndexLayout {
  bool bsd = false;
  unsigned word = 4;
};

class Parser : Refusals {
 public:
  Parser(Bytes bytes, std::string_view name, Thin thin)
      : Refusals(name), bytes_(bytes), allow_thin_(thin == Thin::kAllow) {}

  Result<Archive> parse() {
    CMOS_TRY_VOID(magic());
    for (std::uint64_t at = kMagic.size(); at < bytes_.size();) {
      CMOS_TRY(at, member(at));
    }
    if (index_) CMOS_TRY_VOID(index());
    return std::move(out_);
  }

 private:
  Result<void> magic() {
    const Bytes start = bytes_.first(std::min<std::size_t>(bytes_.size(), kMagic.size()));
    out_.thin = as_text(start) == kThinMagic;
    if (out_.thin && allow_thin_) return {};
    if (out_.thin)
      return refuse(ErrorCode::kUnsupported, 0, "magic",
                    "\"!<thin>\\n\", a thin archive, which holds only the names of its members",
                    "an ordinary archive (ar rcs, without --thin)");
    if (as_text(start) != kMagic)
      return malformed(0, "magic", quote(start), quote(as_bytes(kMagic)));
    return {};
  }

  std::string_view text(std::uint64_t at, std::uint64_t size) const {
    return without_trailing(as_text(bytes_.subspan(at, size)), ' ');
  }

  /// A number in text; an empty field is 0, as GNU writes the header of "//".
  Result<std::uint64_t> number(std::uint64_t at, std::uint64_t size, std::string_view field,
                               int base = 10) const {
    const std::string_view digits = text(at, size);
    if (digits.empty()) return 0;
    std::uint64_t value = 0;
    const char* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value, base);
    if (error != std::errc{} || stop != end)
      return malformed(at, field, quote(as_bytes(digits)),
                       base == 8 ? "an octal number" : "a decimal number");
    return value;
  }

  /// One member; the offset of the next one.
  Result<std::uint64_t> member(std::uint64_t at) {
    if (bytes_.size() - at < kHeaderSize)
      return malformed(at, "member header", fmt::format("{} bytes left", bytes_.size() - at),
                       "60 bytes");
    if (as_text(bytes_.subspan(at + 58, 2)) != kHeaderEnd)
      return malformed(at + 58, "end of member header", quote(bytes_.subspan(at + 58, 2)),
                       quote(as_bytes(kHeaderEnd)));
    Member out;
    out.header_offset = at;
    CMOS_TRY(out.modified, number(at + 16, 12, "member mtime"));
    CMOS_TRY(const std::uint64_t uid, number(at + 28, 6, "member uid"));
    CMOS_TRY(const std::uint64_t gid, number(at + 34, 6, "member gid"));
    CMOS_TRY(const std::uint64_t mode, number(at + 40, 8, "member mode", 8));
    CMOS_TRY(const std::uint64_t size, number(at + 48, 10, "member size"));
    out.uid = static_cast<std::uint32_t>(uid);
    out.gid = static_cast<std::uint32_t>(gid);
    out.mode = static_cast<std::uint32_t>(mode);
    out.offset = at + kHeaderSize;
    out.size = size;
    if (out_.thin && !is_table(text(at, 16))) {
      CMOS_TRY_VOID(classify(out));
      return out.offset;
    }
    if (size > bytes_.size() - out.offset)
      return malformed(at + 48, "member size", fmt::format("{}", size),
                       fmt::format("at most {}, the bytes left", bytes_.size() - out.offset));
    out.bytes = bytes_.subspan(out.offset, size);
    const std::uint64_t next = out.offset + align_up(size, 2);
    CMOS_TRY_VOID(classify(out));
    return next;
  }

  /// What a thin archive too has the bytes of.
  static bool is_table(std::string_view raw) {
    return raw == "/" || raw == "//" || raw == "/SYM64/";
  }

  Result<void> classify(Member& one) {
    const std::string_view raw = text(one.header_offset, 16);
    if (raw == "//") {
      if (long_names_.data() != nullptr)
        return malformed(one.header_offset, "member name", "a second table of names \"//\"",
                         "one at most");
      long_names_ = as_text(one.bytes);
      return {};
    }
    if (raw == "/") return take_index(one, {false, 4});
    if (raw == "/SYM64/") return take_index(one, {false, 8});
    CMOS_TRY_VOID(name(one, raw));
    const bool gnu = raw[0] == '/' || raw.back() == '/';
    if (!gnu && (one.name == "__.SYMDEF" || one.name == "__.SYMDEF SORTED"))
      return take_index(one, {true, 4});
    if (!gnu && (one.name == "__.SYMDEF_64" || one.name == "__.SYMDEF_64 SORTED"))
      return take_index(one, {true, 8});
    out_.members.push_back(one);
    return {};
  }

  Result<void> take_index(const Member& one, IndexLayout layout) {
    if (index_)
      return malformed(one.header_offset, "member name", "a second symbol index", "one at most");
    index_ = one;
    layout_ = layout;
    return {};
  }

  Result<void> name(Member& one, std::string_view raw) const {
    if (raw.substr(0, 3) == "#1/") return bsd_name(one);
    if (raw.size() > 1 && raw[0] == '/') return long_name(one);
    one.name = !raw.empty() && raw.back() == '/' ? raw.substr(0, raw.size() - 1) : raw;
    if (one.name.empty())
      return malformed(one.header_offset, "member name", quote(as_bytes(raw)), "a name");
    return {};
  }

  Result<void> bsd_name(Member& one) const {
    CMOS_TRY(const std::uint64_t length, number(one.header_offset + 3, 13, "member name length"));
    if (length == 0 || length > one.bytes.size())
      return malformed(one.header_offset + 3, "member name length", fmt::format("{}", length),
                       fmt::format("1 to {}, the member's size", one.bytes.size()));
    one.name = without_trailing(as_text(one.bytes.first(length)), '\0');
    one.bytes = one.bytes.subspan(length);
    one.offset += length;
    one.size -= length;
    if (one.name.empty())
      return malformed(one.offset - length, "member name", "nothing but zeros", "a name");
    return {};
  }

  Result<void> long_name(Member& one) const {
    CMOS_TRY(const std::uint64_t at, number(one.header_offset + 1, 15, "member name offset"));
    if (at >= long_names_.size())
      return malformed(one.header_offset + 1, "member name offset", fmt::format("{}", at),
                       fmt::format("less than {}, the size of the table of names \"//\" before it",
                                   long_names_.size()));
    const std::string_view rest = long_names_.substr(at);
    const std::size_t end = rest.find_first_of(std::string_view("\n\0", 2));
    if (end == std::string_view::npos)
      return malformed(one.header_offset + 1, "member name offset", fmt::format("{}", at),
                       "a name in \"//\" that ends");
    one.name = rest.substr(0, end);
    if (!one.name.empty() && one.name.back() == '/') one.name.remove_suffix(1);
    if (one.name.empty())
      return malformed(one.header_offset + 1, "member name offset", fmt::format("{}", at),
                       "a name in \"//\"");
    return {};
  }

  // ---- symbol index ----------------------------------------------------------------------------

  std::uint64_t word(std::uint64_t at) const {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < layout_.word; ++i) {
      const unsigned shift = 8 * (layout_.bsd ? i : layout_.word - 1 - i);
      value |= std::uint64_t{index_->bytes[at + i]} << shift;
    }
    return value;
  }

  Result<void> index() {
    out_.has_index = true;
    return layout_.bsd ? bsd_index() : gnu_index();
  }

  tl::unexpected<Error> bad_index(std::uint64_t at, std::string_view field, std::string found,
                                  std::string expected) const {
    return malformed(index_->offset + at, field, std::move(found), std::move(expected));
  }

  /// Count, offsets, then the names, each with a 0.
  Result<void> gnu_index() {
    const unsigned size = layout_.word;
    const Bytes bytes = index_->bytes;
    if (bytes.size() < size)
      return bad_index(0, "symbol index count", fmt::format("{} bytes", bytes.size()),
                       fmt::format("{} bytes", size));
    const std::uint64_t count = word(0);
    if (count > (bytes.size() - size) / size)
      return bad_index(
          0, "symbol index count", fmt::format("{}", count),
          fmt::format("at most {}, the offsets that fit the index", (bytes.size() - size) / size));
    std::uint64_t text_at = size + count * size;
    out_.index.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i) {
      CMOS_TRY(const std::string_view symbol, symbol_name(text_at, bytes.size()));
      CMOS_TRY_VOID(add(size + i * size, word(size + i * size), symbol));
      text_at += symbol.size() + 1;
    }
    return {};
  }

  /// Size of the pairs, pairs of name offset and member offset, size of the names, the names.
  Result<void> bsd_index() {
    const unsigned size = layout_.word;
    const Bytes bytes = index_->bytes;
    const std::uint64_t pairs = bytes.size() < size ? 0 : word(0);
    if (bytes.size() < 2 * size || pairs > bytes.size() - 2 * size || pairs % (2 * size) != 0)
      return bad_index(
          0, "symbol index size", fmt::format("{}", pairs),
          fmt::format("a multiple of {} inside the member's {} bytes", 2 * size, bytes.size()));
    const std::uint64_t names_at = 2 * size + pairs;
    const std::uint64_t names = word(size + pairs);
    if (names > bytes.size() - names_at)
      return bad_index(size + pairs, "symbol index names size", fmt::format("{}", names),
                       fmt::format("at most {}", bytes.size() - names_at));
    out_.index.reserve(pairs / (2 * size));
    std::uint64_t total = 0;
    for (std::uint64_t at = size; at < size + pairs; at += 2 * size) {
      const std::uint64_t name_at = word(at);
      if (name_at >= names)
        return bad_index(at, "symbol index name offset", fmt::format("{}", name_at),
                         fmt::format("less than {}", names));
      CMOS_TRY(const std::string_view symbol, symbol_name(names_at + name_at, names_at + names));
      // Names may overlap, so their sum is bounded by nothing in the file: bound the work here.
      constexpr std::uint64_t kMostNames = 256u << 20;
      total += symbol.size();
      if (total > kMostNames)
        return bad_index(at, "symbol index", "names of more than 256 MiB together", "less");
      CMOS_TRY_VOID(add(at + size, word(at + size), symbol));
    }
    return {};
  }

  Result<std::string_view> symbol_name(std::uint64_t at, std::uint64_t end) const {
    const std::string_view rest = as_text(index_->bytes.subspan(at, end - at));
    const std::size_t length = rest.find('\0');
    if (length == std::string_view::npos)
      return bad_index(at, "symbol index name", "no end", "a 0 after each name");
    return rest.substr(0, length);
  }

  Result<void> add(std::uint64_t at, std::uint64_t header_offset, std::string_view symbol) {
    const auto found = std::lower_bound(
        out_.members.begin(), out_.members.end(), header_offset,
        [](const Member& one, std::uint64_t offset) { return one.header_offset < offset; });
    if (found == out_.members.end() || found->header_offset != header_offset)
      return bad_index(at, "symbol index member offset",
                       fmt::format("0x{:x} for {}", header_offset, quote(as_bytes(symbol), 64)),
                       "the offset of a member's header (ranlib renews a stale index)");
    out_.index.push_back({symbol, static_cast<std::uint32_t>(found - out_.members.begin())});
    return {};
  }

  Bytes bytes_;
  bool allow_thin_;
  Archive out_;
  std::string_view long_names_;
  std::optional<Member> index_;
  IndexLayout layout_;
};

}  // namespace

bool looks_like_archive(Bytes file_bytes) {
  if (file_bytes.size() < kMagic.size()) return false;
  const std::string_view start = as_text(file_bytes.first(kMagic.size()));
  return start == kMagic || start == kThinMagic;
}

Result<Archive> read(Bytes file_bytes, std::string_view file, Thin thin) {
  return Parser(file_bytes, file, thin).parse();
}

}  // namespace cmos::archive
