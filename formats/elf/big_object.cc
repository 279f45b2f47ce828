#include "formats/elf/big_object.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "formats/elf/file_parts.h"

namespace cmos::elf {
namespace {

constexpr std::array<std::uint8_t, 6> kIdent{0x7f, 'E', 'L', 'F', 1, 2};
constexpr std::size_t kHeaderSize = 52;
constexpr std::uint16_t kRelocatable = 1;
constexpr std::uint16_t kM68k = 4;
constexpr std::uint32_t kSymbolTable = 2, kRela = 4, kNoBits = 8;
constexpr std::uint32_t kSectionSize = 40, kSymbolSize = 16, kRelaSize = 12;

struct Header {
  std::uint32_t name, type, flags, address, offset, size, link, info, alignment, entry_size;
};

class Parser : FileParts {
 public:
  Parser(Bytes bytes, std::string_view name) : FileParts(bytes, name) {}

  Result<BigObject> parse() {
    CMOS_TRY_VOID(headers());
    for (const Header& one : headers_) CMOS_TRY_VOID(section(one));
    for (const Header& one : headers_) {
      if (one.type == kSymbolTable) CMOS_TRY_VOID(symbols(one));
    }
    for (const Header& one : headers_) {
      if (one.type == kRela) CMOS_TRY_VOID(relocations(one));
    }
    return std::move(out_);
  }

 private:
  Result<void> headers() {
    CMOS_TRY(const Bytes all, part(0, kHeaderSize, "ELF header"));
    ByteReader reader(all.subspan(16), 16, ByteOrder::kBig);
    const std::uint16_t type = reader.u16("e_type");
    if (type != kRelocatable)
      return unsupported(16, "e_type", fmt::format("{}", type), "1, a relocatable object");
    reader.bytes(14, "e_machine to e_phoff");
    const std::uint32_t offset = reader.u32("e_shoff");
    reader.bytes(10, "e_flags to e_phnum");
    const std::uint16_t size = reader.u16("e_shentsize");
    const std::uint16_t count = reader.u16("e_shnum");
    names_ = reader.u16("e_shstrndx");
    if (size != kSectionSize)
      return malformed(46, "e_shentsize", fmt::format("{}", size), fmt::format("{}", kSectionSize));
    CMOS_TRY(const Bytes table, part(offset, std::uint64_t{count} * kSectionSize, "section table"));
    ByteReader entries(table, offset, ByteOrder::kBig);
    for (std::uint32_t i = 0; i < count; ++i) {
      std::array<std::uint32_t, 10> f{};
      for (std::uint32_t& one : f) one = entries.u32("section header");
      headers_.push_back({f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8], f[9]});
    }
    return {};
  }

  Result<std::string_view> text(std::uint32_t table, std::uint32_t offset) const {
    if (table >= headers_.size())
      return malformed(0, "string table", fmt::format("{}", table),
                       fmt::format("less than {}", headers_.size()));
    const Header& where = headers_[table];
    CMOS_TRY(const Bytes strings, part(where.offset, where.size, "string table"));
    const std::string_view all = as_text(strings);
    const std::size_t end = offset < all.size() ? all.find('\0', offset) : std::string_view::npos;
    if (end == std::string_view::npos)
      return malformed(where.offset, "name", fmt::format("at {}", offset),
                       fmt::format("text within {} bytes", all.size()));
    return all.substr(offset, end - offset);
  }

  Result<void> section(const Header& one) {
    BigObject::Section out{.name = {}, .type = one.type, .flags = one.flags, .size = one.size};
    CMOS_TRY(out.name, text(names_, one.name));
    if (one.type != kNoBits && one.type != 0) {
      CMOS_TRY(out.bytes, part(one.offset, one.size, "section"));
    }
    out_.sections.push_back(out);
    return {};
  }

  Result<void> symbols(const Header& table) {
    CMOS_TRY(const Bytes all, part(table.offset, table.size, "symbol table"));
    ByteReader reader(all, table.offset, ByteOrder::kBig);
    for (std::uint32_t i = 0; i < table.size / kSymbolSize; ++i) {
      const std::uint64_t at = reader.offset();
      BigObject::Symbol one;
      const std::uint32_t name = reader.u32("st_name");
      one.value = reader.u32("st_value");
      one.size = reader.u32("st_size");
      const std::uint8_t info = reader.u8("st_info");
      reader.u8("st_other");
      one.section = reader.u16("st_shndx");
      one.binding = info >> 4;
      one.type = info & 0xf;
      CMOS_TRY(one.name, text(table.link, name));
      constexpr std::uint16_t kFirstReserved = 0xff00;
      if (one.section < kFirstReserved && one.section >= headers_.size())
        return malformed(at, "st_shndx", fmt::format("{}", one.section),
                         fmt::format("less than {}", headers_.size()));
      out_.symbols.push_back(one);
    }
    return {};
  }

  Result<void> relocations(const Header& table) {
    if (table.info >= headers_.size())
      return malformed(table.offset, "sh_info", fmt::format("{}", table.info),
                       fmt::format("less than {}", headers_.size()));
    CMOS_TRY(const Bytes all, part(table.offset, table.size, "relocations"));
    ByteReader reader(all, table.offset, ByteOrder::kBig);
    for (std::uint32_t i = 0; i < table.size / kRelaSize; ++i) {
      const std::uint64_t at = reader.offset();
      BigObject::Relocation one{.section = table.info};
      one.offset = reader.u32("r_offset");
      const std::uint32_t info = reader.u32("r_info");
      one.addend = reader.i32("r_addend");
      one.type = static_cast<std::uint8_t>(info);
      one.symbol = info >> 8;
      if (one.symbol >= out_.symbols.size())
        return malformed(at, "r_info symbol", fmt::format("{}", one.symbol),
                         fmt::format("less than {}", out_.symbols.size()));
      if (one.offset > headers_[table.info].size)
        return malformed(at, "r_offset", fmt::format("0x{:x}", one.offset),
                         fmt::format("at most 0x{:x}", headers_[table.info].size));
      out_.relocations.push_back(one);
    }
    return {};
  }

  std::uint32_t names_ = 0;
  std::vector<Header> headers_;
  BigObject out_;
};

}  // namespace

bool looks_like_m68k(Bytes bytes) {
  return bytes.size() >= 20 && std::equal(kIdent.begin(), kIdent.end(), bytes.begin()) &&
         load(bytes.subspan(18, 2), ByteOrder::kBig) == kM68k;
}

Result<BigObject> read_m68k_object(Bytes bytes, std::string_view file) {
  return Parser(bytes, file).parse();
}

}  // namespace cmos::elf
