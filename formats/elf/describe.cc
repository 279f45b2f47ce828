#include "formats/elf/describe.h"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "formats/elf/object.h"

namespace cmos::elf {
namespace {

constexpr std::uint64_t kExclude = 0x8000'0000;  ///< SHF_EXCLUDE, whose sign <elf.h> gets wrong

struct Target {
  Machine machine;
  object::Isa isa;
  std::string_view name;
};
constexpr Target kTargets[] = {
    {Machine::kI386, object::Isa::kX86, "i386"},
    {Machine::kX86_64, object::Isa::kX86_64, "x86-64"},
    {Machine::kArm, object::Isa::kArm, "littlearm"},
    {Machine::kAArch64, object::Isa::kArm64, "littleaarch64"},
};

const Target& target_of(Machine machine) {
  return *std::find_if(std::begin(kTargets), std::end(kTargets),
                       [machine](const Target& one) { return one.machine == machine; });
}

bool has_prefix(std::string_view name, std::initializer_list<std::string_view> prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [name](std::string_view prefix) { return name.starts_with(prefix); });
}

/// Tables that are shown as symbols, names and relocations instead.
bool is_table(const Section& section) {
  switch (section.type) {
    case SHT_NULL:
    case SHT_SYMTAB:
    case SHT_SYMTAB_SHNDX:
    case SHT_REL:
    case SHT_RELA:
      return true;
    case SHT_STRTAB:
      return (section.flags & SHF_ALLOC) == 0;
    default:
      return false;
  }
}

class Reader {
 public:
  Reader(Bytes bytes, const File& file)
      : bytes_(bytes), file_(file), target_(target_of(file.machine)) {}

  formats::Description read(std::string_view name) {
    out_.file = name;
    out_.format = fmt::format("elf{}-{}", wide() ? 64 : 32, target_.name);
    out_.arch = object::arch_of(target_.isa);
    out_.architecture = formats::architecture_of(out_.arch);
    out_.executable = file_.type != Type::kRelocatable;
    out_.address_digits = wide() ? 16 : 8;
    const bool thumb = target_.isa == object::Isa::kArm && (file_.entry & 1) != 0;
    out_.start = file_.entry - (thumb ? 1 : 0);
    out_.starts_in_thumb = thumb;
    add_private();
    for (std::size_t i = 0; i < file_.sections.size(); ++i) add_section(i);
    for (std::size_t i = 0; i < file_.sections.size(); ++i) name_group(file_.sections[i]);
    for (std::size_t i = 1; i < file_.symbols.size(); ++i) add_symbol(file_.symbols[i]);
    for (const Section& section : file_.sections) add_relocations(section);
    return std::move(out_);
  }

 private:
  bool wide() const { return file_.elf_class == Class::k64; }
  unsigned word() const { return wide() ? 8 : 4; }

  void add_private() {
    formats::PrivateGroup header{"ELF header", {}};
    header.fields = {{"class", wide() ? "ELF64" : "ELF32"},
                     {"machine", std::string(name(file_.machine))},
                     {"type", std::string(name(file_.type))},
                     {"flags", fmt::format("0x{:08x}", file_.flags)},
                     {"entry", fmt::format("0x{:x}", file_.entry)}};
    out_.private_groups.push_back(std::move(header));
    for (std::size_t i = 0; i < file_.segments.size(); ++i) add_segment(i);
  }

  void add_segment(std::size_t index) {
    const Segment& segment = file_.segments[index];
    auto flag = [&](std::uint32_t bit, char letter) {
      return (segment.flags & bit) != 0 ? letter : '-';
    };
    out_.private_groups.push_back(
        {fmt::format("Segment {}", index),
         {{"type", segment.type == PT_LOAD ? "LOAD" : fmt::format("0x{:x}", segment.type)},
          {"flags", fmt::format("{}{}{}", flag(PF_R, 'r'), flag(PF_W, 'w'), flag(PF_X, 'x'))},
          {"offset", fmt::format("0x{:x}", segment.offset)},
          {"address", fmt::format("0x{:x}", segment.address)},
          {"file size", fmt::format("0x{:x}", segment.file_size)},
          {"memory size", fmt::format("0x{:x}", segment.memory_size)}}});
  }

  void add_section(std::size_t index) {
    const Section& in = file_.sections[index];
    map_.push_back(formats::kNoIndex);
    if (is_table(in)) return;
    formats::Section out;
    out.name = in.name;
    out.address = in.address;
    out.size = in.size;
    out.has_contents = in.type != SHT_NOBITS;
    out.file_offset = in.offset;
    if (out.has_contents) out.bytes = bytes_.subspan(in.offset, in.size);
    if (in.alignment > 1)
      out.log2_alignment = static_cast<unsigned>(std::bit_width(in.alignment)) - 1;
    out.allocated = (in.flags & SHF_ALLOC) != 0;
    out.readonly = (in.flags & SHF_WRITE) == 0;
    out.code = (in.flags & SHF_EXECINSTR) != 0;
    out.octets = !out.allocated && has_prefix(in.name, {".debug", ".gnu.debuglto_.debug_",
                                                        ".gnu.linkonce.wi.", ".zdebug"});
    out.debugging =
        out.octets || (!out.allocated && has_prefix(in.name, {".line", ".stab", ".gdb_index"}));
    out.is_group = in.type == SHT_GROUP;
    out.excluded = (in.flags & kExclude) != 0 || out.is_group;
    out.is_thread_local = (in.flags & SHF_TLS) != 0;
    map_[index] = static_cast<std::uint32_t>(out_.sections.size());
    out_.sections.push_back(std::move(out));
  }

  /// Members of a COMDAT group are told its signature.
  void name_group(const Section& group) {
    constexpr std::uint64_t kComdat = 1;
    if (group.type != SHT_GROUP || group.size < 4 || group.info >= file_.symbols.size()) return;
    if (load(bytes_, group.offset, 4) != kComdat) return;
    const Symbol& symbol = file_.symbols[group.info];
    const bool by_section = symbol.kind == SymbolKind::kSection && !symbol.reserved_section;
    const std::string_view signature =
        by_section ? file_.sections[symbol.section].name : symbol.name;
    const auto own = static_cast<std::size_t>(&group - file_.sections.data());
    if (map_[own] != formats::kNoIndex) out_.sections[map_[own]].group = signature;
    for (std::uint64_t at = 4; at + 4 <= group.size; at += 4) {
      const std::uint64_t member = load(bytes_, group.offset + at, 4);
      if (member < map_.size() && map_[member] != formats::kNoIndex)
        out_.sections[map_[member]].group = signature;
    }
  }

  void add_symbol(const Symbol& in) {
    formats::Symbol out;
    out.name = in.name;
    out.value = in.value;
    out.size = in.size;
    out.kind = kind_of(in, target_.isa);
    out.visibility = static_cast<formats::Visibility>(in.visibility & 3);
    out.unique = in.binding == Binding::kUnique;
    out.binding = in.binding == Binding::kLocal  ? formats::Binding::kLocal
                  : in.binding == Binding::kWeak ? formats::Binding::kWeak
                                                 : formats::Binding::kGlobal;
    place(in, out);
    out_.symbols.push_back(out);
  }

  void place(const Symbol& in, formats::Symbol& out) const {
    if (!in.defined()) return;
    out.place = formats::Place::kAbsolute;
    if (in.reserved_section) {
      if (in.section != SHN_COMMON) return;
      out.place = formats::Place::kCommon;
      out.alignment = in.value;
      out.value = in.size;
      return;
    }
    if (in.section >= map_.size() || map_[in.section] == formats::kNoIndex) return;
    out.place = formats::Place::kSection;
    out.section = map_[in.section];
    if (target_.isa == object::Isa::kArm && in.kind == SymbolKind::kFunction) {
      out.thumb = (in.value & 1) != 0;
      out.value &= ~std::uint64_t{1};
    }
  }

  /// Tables that are not laid out as their type demands were refused before, or belong to nothing
  /// that is shown.
  void add_relocations(const Section& table) {
    if (table.type != SHT_REL && table.type != SHT_RELA) return;
    if (table.info >= map_.size() || map_[table.info] == formats::kNoIndex) return;
    const bool explicit_addend = table.type == SHT_RELA;
    const std::uint64_t entry = word() * (explicit_addend ? 3u : 2u);
    formats::Section& section = out_.sections[map_[table.info]];
    for (std::uint64_t at = 0; at + entry <= table.size; at += entry)
      section.relocations.push_back(
          relocation(table.offset + at, explicit_addend, section.address));
    std::stable_sort(section.relocations.begin(), section.relocations.end(),
                     [](const formats::Relocation& a, const formats::Relocation& b) {
                       return a.offset < b.offset;
                     });
  }

  formats::Relocation relocation(std::uint64_t at, bool explicit_addend,
                                 std::uint64_t section_address) {
    formats::Relocation out;
    // In a linked program r_offset is an address.
    out.offset = load(bytes_, at, word()) - (out_.executable ? section_address : 0);
    const std::uint64_t info = load(bytes_, at + word(), word());
    const auto number = static_cast<std::uint32_t>(wide() ? info & 0xffff'ffff : info & 0xff);
    const std::uint64_t symbol = wide() ? info >> 32 : info >> 8;
    if (symbol != 0 && symbol <= out_.symbols.size())
      out.symbol = static_cast<std::uint32_t>(symbol - 1);
    out.type = object::elf_name(target_.isa, number);
    if (out.type.empty()) out.type = out_.storage.keep_text(fmt::format("type {}", number));
    if (const auto type = object::from_elf(target_.isa, number))
      out.size = object::info(*type).size;
    if (explicit_addend) {
      const std::uint64_t addend = load(bytes_, at + 2u * word(), word());
      out.addend = wide() ? static_cast<std::int64_t>(addend)
                          : static_cast<std::int32_t>(static_cast<std::uint32_t>(addend));
    }
    return out;
  }

  Bytes bytes_;
  const File& file_;
  const Target& target_;
  formats::Description out_;
  std::vector<std::uint32_t> map_;
};

}  // namespace

Result<formats::Description> describe(Bytes bytes, std::string_view file) {
  CMOS_TRY(const File parsed, read_file(bytes, file));
  if (parsed.type == Type::kRelocatable) {
    const auto object = read_object(bytes, file);
    if (!object && object.error().code == ErrorCode::kMalformed) return fail(object.error());
  }
  return Reader(bytes, parsed).read(file);
}

}  // namespace cmos::elf
