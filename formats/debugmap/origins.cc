#include "formats/debugmap/origins.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/text.h"

namespace cmos::debugmap {
namespace {

constexpr std::string_view kMagic = "CMOG";
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kMaxShown = 200;  ///< bytes of a name in a message

void put_unsigned(ByteWriter& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.u8(static_cast<std::uint8_t>(value | 0x80));
    value >>= 7;
  }
  out.u8(static_cast<std::uint8_t>(value));
}

void put_signed(ByteWriter& out, std::int64_t value) {
  for (;;) {
    const auto low = static_cast<std::uint8_t>(value & 0x7f);
    value >>= 7;
    const bool last = (value == 0 && (low & 0x40) == 0) || (value == -1 && (low & 0x40) != 0);
    out.u8(last ? low : low | 0x80);
    if (last) return;
  }
}

void put_name(ByteWriter& out, std::uint32_t name) {
  put_unsigned(out, name == kNoName ? 0 : std::uint64_t{name} + 1);
}

std::uint64_t get_unsigned(ByteReader& in, std::string_view field) {
  const std::uint64_t start = in.offset();
  std::uint64_t value = 0;
  for (unsigned shift = 0; in.ok(); shift += 7) {
    const std::uint8_t byte = in.u8(field);
    const std::uint64_t part = byte & 0x7f;
    if (shift > 63 || (shift == 63 && part > 1)) {
      in.fail_at(start, field, "more than 64 bits", "a LEB128 number of 64 bits");
      return 0;
    }
    value |= part << shift;
    if ((byte & 0x80) == 0) return value;
  }
  return 0;
}

std::int64_t get_signed(ByteReader& in, std::string_view field) {
  const std::uint64_t start = in.offset();
  std::uint64_t value = 0;
  for (unsigned shift = 0; in.ok(); shift += 7) {
    const std::uint8_t byte = in.u8(field);
    if (shift > 63) {
      in.fail_at(start, field, "more than 64 bits", "a LEB128 number of 64 bits");
      return 0;
    }
    value |= (byte & 0x7full) << shift;
    if ((byte & 0x80) != 0) continue;
    if (shift + 7 < 64 && (byte & 0x40) != 0) value |= ~0ull << (shift + 7);
    return static_cast<std::int64_t>(value);
  }
  return 0;
}

/// Every record has at least one byte, so a count beyond what is left is wrong at once.
std::uint64_t get_count(ByteReader& in, std::string_view field) {
  const std::uint64_t start = in.offset();
  const std::uint64_t count = get_unsigned(in, field);
  if (!in.ok() || count <= in.remaining()) return count;
  in.fail_at(start, field, std::to_string(count),
             fmt::format("at most the {} bytes that follow", in.remaining()));
  return 0;
}

class Parser {
 public:
  Parser(Bytes data, std::uint64_t base) : in_(data, base) {}

  Result<Digest> head(std::string_view file) {
    const std::uint64_t start = in_.offset();
    const Bytes magic = in_.bytes(kMagic.size(), "magic");
    if (in_.ok() && as_text(magic) != kMagic) {
      in_.fail_at(start, "magic", quote(magic), quote(as_bytes(kMagic)));
    }
    const std::uint8_t version = in_.u8("version");
    if (in_.ok() && version != kVersion) {
      Error error{.code = ErrorCode::kUnsupported,
                  .file = std::string(file),
                  .offset = start + kMagic.size(),
                  .field = "version",
                  .found = std::to_string(version),
                  .expected = std::to_string(kVersion)};
      return fail(std::move(error));
    }
    Digest digest;
    digest.crc32 = in_.u32("CRC-32 of the CPE");
    digest.size = in_.u64("size of the CPE");
    if (!in_.ok()) return fail(Error(in_.error()).in_file(file));
    return digest;
  }

  Result<Origins> rest(Digest digest, std::string_view file) {
    out_.digest = digest;
    names();
    placements();
    relocations();
    if (in_.ok() && !in_.at_end()) {
      in_.fail_at(in_.offset(), "end", fmt::format("{} bytes more", in_.remaining()), "none");
    }
    if (!in_.ok()) return fail(Error(in_.error()).in_file(file));
    return std::move(out_);
  }

 private:
  void names() {
    const std::uint64_t count = get_count(in_, "number of names");
    for (std::uint64_t i = 0; i < count && in_.ok(); ++i) {
      const std::uint64_t length = get_unsigned(in_, "length of a name");
      out_.names.emplace_back(as_text(in_.bytes(length, "name")));
    }
  }

  std::uint32_t name(std::string_view field) {
    const std::uint64_t start = in_.offset();
    const std::uint64_t index = get_unsigned(in_, field);
    if (index == 0 || !in_.ok()) return kNoName;
    if (index <= out_.names.size()) return static_cast<std::uint32_t>(index - 1);
    in_.fail_at(start, field, std::to_string(index), fmt::format("at most {}", out_.names.size()));
    return kNoName;
  }

  void placements() {
    const std::uint64_t count = get_count(in_, "number of placements");
    std::uint64_t end = 0;
    for (std::uint64_t i = 0; i < count && in_.ok(); ++i) {
      const std::uint64_t start = in_.offset();
      Placement one;
      one.address = end + get_unsigned(in_, "placement: address");
      one.size = get_unsigned(in_, "placement: size");
      if (in_.ok() && (one.address < end || one.address + one.size < one.address)) {
        in_.fail_at(start, "placement", "an end beyond 64 bits", "addresses of 64 bits");
      }
      end = one.address + one.size;
      const std::uint64_t at = in_.offset();
      const std::uint8_t kind = in_.u8("placement: kind");
      if (in_.ok() && kind > static_cast<std::uint8_t>(Placement::Kind::kVeneer)) {
        in_.fail_at(at, "placement: kind", std::to_string(kind), "at most 4");
      }
      one.kind = static_cast<Placement::Kind>(kind);
      one.file = name("placement: file");
      one.section = name("placement: section");
      one.offset = get_unsigned(in_, "placement: offset");
      one.symbol = name("placement: symbol");
      if (in_.ok()) out_.placements.push_back(one);
    }
  }

  void relocations() {
    const std::uint64_t count = get_count(in_, "number of relocations");
    std::uint64_t place = 0;
    for (std::uint64_t i = 0; i < count && in_.ok(); ++i) {
      const std::uint64_t start = in_.offset();
      Relocation one;
      one.place = place + get_unsigned(in_, "relocation: place");
      if (in_.ok() && one.place < place) {
        in_.fail_at(start, "relocation: place", "more than 64 bits", "an address of 64 bits");
      }
      place = one.place;
      const std::uint64_t at = in_.offset();
      const std::uint8_t type = in_.u8("relocation: type");
      if (in_.ok() && object::find_relocation(type) == nullptr) {
        in_.fail_at(at, "relocation: type", std::to_string(type), "a type of docs/cpo.md");
      }
      one.type = static_cast<object::RelocationType>(type);
      one.symbol = name("relocation: symbol");
      one.addend = get_signed(in_, "relocation: addend");
      if (in_.ok()) out_.relocations.push_back(one);
    }
  }

  ByteReader in_;
  Origins out_;
};

std::string shown(std::string_view name) {
  return presentable(name, kMaxShown);
}

}  // namespace

Digest digest_of(Bytes file_bytes) {
  const uLong crc = ::crc32_z(::crc32(0, nullptr, 0), file_bytes.data(), file_bytes.size());
  return {static_cast<std::uint32_t>(crc), file_bytes.size()};
}

std::vector<std::uint8_t> write_origins(const Origins& origins) {
  ByteWriter out;
  out.text(kMagic);
  out.u8(kVersion);
  out.u32(origins.digest.crc32);
  out.u64(origins.digest.size);
  put_unsigned(out, origins.names.size());
  for (const std::string& name : origins.names) {
    put_unsigned(out, name.size());
    out.text(name);
  }
  put_unsigned(out, origins.placements.size());
  std::uint64_t end = 0;
  for (const Placement& one : origins.placements) {
    put_unsigned(out, one.address - end);
    put_unsigned(out, one.size);
    end = one.address + one.size;
    out.u8(static_cast<std::uint8_t>(one.kind));
    put_name(out, one.file);
    put_name(out, one.section);
    put_unsigned(out, one.offset);
    put_name(out, one.symbol);
  }
  put_unsigned(out, origins.relocations.size());
  std::uint64_t place = 0;
  for (const Relocation& one : origins.relocations) {
    put_unsigned(out, one.place - place);
    place = one.place;
    out.u8(static_cast<std::uint8_t>(one.type));
    put_name(out, one.symbol);
    put_signed(out, one.addend);
  }
  return std::move(out).take();
}

Result<Origins> read_origins(Bytes data, std::uint64_t base, std::string_view file) {
  Parser parser(data, base);
  CMOS_TRY(const Digest digest, parser.head(file));
  return parser.rest(digest, file);
}

Result<Digest> read_digest(Bytes data, std::uint64_t base, std::string_view file) {
  return Parser(data, base).head(file);
}

const Placement* find_placement(const Origins& origins, std::uint64_t address) {
  const auto after =
      std::upper_bound(origins.placements.begin(), origins.placements.end(), address,
                       [](std::uint64_t at, const Placement& one) { return at < one.address; });
  if (after == origins.placements.begin()) return nullptr;
  const Placement& one = *std::prev(after);
  return address - one.address < one.size ? &one : nullptr;
}

std::vector<Relocation> find_relocations(const Origins& origins, std::uint64_t address,
                                         std::uint64_t size) {
  constexpr std::uint64_t kLargestField = 8;
  const std::uint64_t from = address < kLargestField ? 0 : address - kLargestField;
  auto at = std::lower_bound(origins.relocations.begin(), origins.relocations.end(), from,
                             [](const Relocation& one, std::uint64_t a) { return one.place < a; });
  std::vector<Relocation> out;
  for (; at != origins.relocations.end() && (at->place < address || at->place - address < size);
       ++at) {
    const std::uint64_t field = object::info(at->type).size;
    if (at->place >= address || address - at->place < field) out.push_back(*at);
  }
  return out;
}

std::string text(const Origins& origins, const Placement& placement, std::uint64_t address) {
  const std::string symbol = shown(origins.name(placement.symbol));
  const std::string file = shown(origins.name(placement.file));
  const std::uint64_t offset = placement.offset + (address - placement.address);
  switch (placement.kind) {
    case Placement::Kind::kGot:
      return fmt::format("the linker's table of addresses, slot of `{}`", symbol);
    case Placement::Kind::kVeneer:
      return fmt::format("the linker's stub for `{}`", symbol);
    case Placement::Kind::kCommon:
      return fmt::format("{}, common symbol `{}`+{:#x}", file, symbol, offset);
    case Placement::Kind::kSection:
    case Placement::Kind::kMerged:
      break;
  }
  return fmt::format("{}, {}+{:#x}{}", file, shown(origins.name(placement.section)), offset,
                     placement.kind == Placement::Kind::kMerged ? " (shared)" : "");
}

std::string text(const Origins& origins, const Relocation& relocation) {
  std::string out = fmt::format("relocation {}", object::info(relocation.type).name);
  if (relocation.symbol != kNoName)
    out += fmt::format(" against `{}`", shown(origins.name(relocation.symbol)));
  if (relocation.addend != 0) out += fmt::format("{:+}", relocation.addend);
  return out;
}

std::uint32_t NameTable::add(std::string_view name) {
  if (name.empty()) return kNoName;
  const auto found = indices_.find(name);
  if (found != indices_.end()) return found->second;
  const auto index = static_cast<std::uint32_t>(names_.size());
  names_.emplace_back(name);
  indices_.emplace(names_.back(), index);
  return index;
}

}  // namespace cmos::debugmap
