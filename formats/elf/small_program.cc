#include "formats/elf/small_program.h"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "formats/elf/file_parts.h"

namespace cmos::elf {
namespace {

constexpr std::uint64_t kHeaderSize = sizeof(Elf32_Ehdr);
constexpr std::uint64_t kSegmentSize = sizeof(Elf32_Phdr);
constexpr std::uint64_t kSectionSize = sizeof(Elf32_Shdr);
constexpr std::uint64_t kSymbolSize = sizeof(Elf32_Sym);

std::optional<ByteOrder> order_of(Bytes bytes) {
  if (bytes.size() < 20 || as_text(bytes.first(SELFMAG)) != ELFMAG || bytes[EI_CLASS] != ELFCLASS32)
    return std::nullopt;
  if (bytes[EI_DATA] == ELFDATA2MSB) return ByteOrder::kBig;
  return bytes[EI_DATA] == ELFDATA2LSB ? std::optional(ByteOrder::kLittle) : std::nullopt;
}

/// nullptr for CPUs whose programs have sections, and for those that nothing here knows.
const arch::Cpu* cpu_of(Bytes bytes) {
  const auto order = order_of(bytes);
  if (!order) return nullptr;
  const auto machine = static_cast<std::uint16_t>(load(bytes.subspan(18, 2), *order));
  const arch::Cpu* const cpu = arch::of_elf(machine, 32, *order);
  return cpu == &arch::kM68k || cpu == &arch::kZ80 ? cpu : nullptr;
}

class Parser : FileParts {
 public:
  Parser(Bytes bytes, std::string_view name, const arch::Cpu& cpu)
      : FileParts(bytes, name), order_(cpu.byte_order) {
    out_.cpu = &cpu;
  }

  Result<SmallProgram> parse() {
    CMOS_TRY_VOID(header());
    CMOS_TRY_VOID(segments());
    CMOS_TRY_VOID(sections());
    return std::move(out_);
  }

 private:
  struct Table {
    std::uint32_t offset = 0;
    std::uint16_t entry_size = 0;
    std::uint16_t count = 0;
  };
  using Section = std::array<std::uint32_t, 10>;  // the fields of Elf32_Shdr
  enum : std::size_t { kType = 1, kOffset = 4, kSize = 5, kLink = 6 };

  Result<void> header() {
    CMOS_TRY(const Bytes all, part(0, kHeaderSize, "ELF header"));
    ByteReader reader(all.subspan(16), 16, order_);
    const std::uint16_t type = reader.u16("e_type");
    if (type != ET_EXEC)
      return unsupported(
          16, "e_type", fmt::format("{}", type),
          "2, a program that is linked for fixed addresses (ld, without -r and -pie)");
    reader.bytes(6, "e_machine, e_version");
    out_.entry = reader.u32("e_entry");
    segments_.offset = reader.u32("e_phoff");
    sections_.offset = reader.u32("e_shoff");
    reader.bytes(6, "e_flags, e_ehsize");
    segments_.entry_size = reader.u16("e_phentsize");
    segments_.count = reader.u16("e_phnum");
    sections_.entry_size = reader.u16("e_shentsize");
    sections_.count = reader.u16("e_shnum");
    if (segments_.entry_size != kSegmentSize || segments_.count == 0)
      return malformed(42, "e_phentsize, e_phnum",
                       fmt::format("{}, {}", segments_.entry_size, segments_.count),
                       fmt::format("{}, and at least one", kSegmentSize));
    if (sections_.count != 0 && sections_.entry_size != kSectionSize)
      return malformed(46, "e_shentsize", fmt::format("{}", sections_.entry_size),
                       fmt::format("{}", kSectionSize));
    return {};
  }

  Result<void> segments() {
    CMOS_TRY(const Bytes table,
             part(segments_.offset, segments_.count * kSegmentSize, "program header table"));
    ByteReader reader(table, segments_.offset, order_);
    for (unsigned i = 0; i < segments_.count; ++i) {
      std::array<std::uint32_t, 8> f{};
      for (std::uint32_t& one : f) one = reader.u32("program header");
      CMOS_TRY_VOID(segment(segments_.offset + i * kSegmentSize, f));
    }
    std::sort(out_.segments.begin(), out_.segments.end(),
              [](const auto& a, const auto& b) { return a.address < b.address; });
    for (std::size_t i = 1; i < out_.segments.size(); ++i) {
      const SmallProgram::Segment& before = out_.segments[i - 1];
      if (out_.segments[i].address - before.address < before.memory_size)
        return malformed(
            segments_.offset, "p_vaddr", fmt::format("0x{:x}", out_.segments[i].address),
            fmt::format("an address behind 0x{:x}, {} bytes", before.address, before.memory_size));
    }
    return {};
  }

  /// `f`: type, offset, virtual and physical address, sizes in file and memory, flags, alignment.
  Result<void> segment(std::uint64_t at, const std::array<std::uint32_t, 8>& f) {
    if (f[0] == PT_DYNAMIC || f[0] == PT_INTERP)
      return unsupported(at, "p_type", f[0] == PT_DYNAMIC ? "PT_DYNAMIC" : "PT_INTERP",
                         "a static program: ld -static");
    if (f[0] != PT_LOAD || f[5] == 0) return {};
    if (f[4] > f[5])
      return malformed(at + 16, "p_filesz", fmt::format("{}", f[4]),
                       fmt::format("at most p_memsz, {}", f[5]));
    SmallProgram::Segment out{
        .address = f[2], .memory_size = f[5], .executable = (f[6] & PF_X) != 0};
    CMOS_TRY(out.bytes, part(f[1], f[4], "segment"));
    out_.segments.push_back(out);
    return {};
  }

  Result<Section> section(std::uint32_t index) const {
    const std::uint64_t at = sections_.offset + index * kSectionSize;
    CMOS_TRY(const Bytes bytes, part(at, kSectionSize, "section header"));
    ByteReader reader(bytes, at, order_);
    Section out{};
    for (std::uint32_t& one : out) one = reader.u32("section header");
    return out;
  }

  Result<void> sections() {
    for (std::uint32_t i = 0; i < sections_.count; ++i) {
      CMOS_TRY(const Section one, section(i));
      if (one[kType] != SHT_SYMTAB) continue;
      if (one[kLink] >= sections_.count)
        return malformed(sections_.offset + i * kSectionSize + 24, "sh_link",
                         fmt::format("{}", one[kLink]),
                         fmt::format("less than {}", sections_.count));
      CMOS_TRY(const Section names, section(one[kLink]));
      CMOS_TRY(const Bytes text, part(names[kOffset], names[kSize], "string table"));
      CMOS_TRY_VOID(symbols(one, as_text(text)));
    }
    return {};
  }

  Result<void> symbols(const Section& table, std::string_view names) {
    CMOS_TRY(const Bytes bytes, part(table[kOffset], table[kSize], "symbol table"));
    ByteReader reader(bytes, table[kOffset], order_);
    for (std::uint64_t i = 0; i < bytes.size() / kSymbolSize; ++i) {
      const std::uint32_t name = reader.u32("st_name");
      SmallProgram::Symbol out{.name = {}, .value = reader.u32("st_value")};
      reader.u32("st_size");
      const std::uint8_t info = reader.u8("st_info");
      reader.u8("st_other");
      const std::uint16_t place = reader.u16("st_shndx");
      const std::size_t end = name < names.size() ? names.find('\0', name) : names.npos;
      if (end == names.npos)
        return malformed(table[kOffset] + i * kSymbolSize, "st_name", fmt::format("{}", name),
                         fmt::format("text within {} bytes", names.size()));
      const unsigned type = ELF32_ST_TYPE(info);
      out.name = names.substr(name, end - name);
      out.function = type == STT_FUNC;
      out.object = type == STT_OBJECT;
      out.local = ELF32_ST_BIND(info) == STB_LOCAL;
      const bool placed = place != SHN_UNDEF && place < SHN_LORESERVE;
      if (placed && !out.name.empty() && (out.function || out.object || type == STT_NOTYPE))
        out_.symbols.push_back(out);
    }
    return {};
  }

  ByteOrder order_;
  Table segments_;
  Table sections_;
  SmallProgram out_;
};

}  // namespace

bool looks_like_small_program(Bytes bytes) {
  return cpu_of(bytes) != nullptr;
}

Result<SmallProgram> read_small_program(Bytes bytes, std::string_view file) {
  const arch::Cpu* const cpu = cpu_of(bytes);
  if (cpu == nullptr)
    return fail(Error{.code = ErrorCode::kMalformed,
                      .file = std::string(file),
                      .offset = 0,
                      .field = "ELF header",
                      .found = "another file",
                      .expected = "an ELF file of 32 bits for a 68000 or a Z80"});
  return Parser(bytes, file, *cpu).parse();
}

}  // namespace cmos::elf
