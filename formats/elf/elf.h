// ELF, as linkers and compilers for the documented ARCHs write it: little-endian ELF32 and ELF64
// for i386, x86-64, ARM and AArch64. This header has what every kind of ELF file shares;
// executable.h reads a linked program.
//
//   header            64 (ELF64) or 52 (ELF32) bytes, names the tables below
//   program headers   segments: what a loader maps
//   section headers   names and kinds of stretches of the file, with the symbol table among them
//
// Oddities: with 0xff00 or more sections their number stands in section 0 (and with 0xffff or more
// segments theirs); a symbol's section index 0xffff stands for an index in a table of its own. All
// are followed here.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace cmos::elf {

enum class Class : std::uint8_t { k32, k64 };
enum class Machine : std::uint8_t { kI386, kX86_64, kArm, kAArch64 };
enum class Type : std::uint8_t { kRelocatable, kExecutable, kShared };

/// As readers name them to people: "x86-64", "ET_DYN".
std::string_view name(Machine machine);
std::string_view name(Type type);

/// The numbers of p_type, sh_type and the like are kept as in the file: <elf.h> has their names.
struct Segment {
  std::uint64_t header_offset = 0;  ///< of its program header in the file
  std::uint32_t type = 0;           ///< PT_*
  std::uint32_t flags = 0;          ///< PF_*
  std::uint64_t offset = 0;         ///< of its bytes in the file
  std::uint64_t address = 0;        ///< p_vaddr
  std::uint64_t file_size = 0;
  std::uint64_t memory_size = 0;  ///< at least file_size when it is loadable; the rest is zero
};

struct Section {
  std::uint64_t header_offset = 0;
  std::uint32_t name_offset = 0;  ///< in the section that e_shstrndx names
  std::string_view name;
  std::uint32_t type = 0;   ///< SHT_*
  std::uint64_t flags = 0;  ///< SHF_*
  std::uint64_t address = 0;
  std::uint64_t offset = 0;  ///< bytes lie in the file, unless the type is SHT_NOBITS or SHT_NULL
  std::uint64_t size = 0;
  std::uint32_t link = 0;
  std::uint32_t info = 0;
  std::uint64_t alignment = 0;
  std::uint64_t entry_size = 0;
};

enum class SymbolKind : std::uint8_t {
  kNone,
  kObject,
  kFunction,
  kSection,
  kFile,
  kCommon,
  kTls,
  kIndirect,
  kOther
};
enum class Binding : std::uint8_t { kLocal, kGlobal, kWeak, kUnique, kOther };

struct Symbol {
  std::uint64_t entry_offset = 0;  ///< of its entry in the file
  std::string_view name;           ///< any bytes but 0, as ELF allows
  std::uint64_t value = 0;
  std::uint64_t size = 0;
  SymbolKind kind = SymbolKind::kNone;
  Binding binding = Binding::kLocal;
  std::uint8_t visibility = 0;  ///< STV_*
  std::uint32_t section = 0;    ///< index, or one of the reserved SHN_* when `reserved_section`
  bool reserved_section = false;

  bool defined() const { return section != 0; }
  /// A number without a place in the program (SHN_ABS).
  bool absolute() const;
};

/// Header and tables of one file. Names and contents stay in the caller's bytes, which must outlive
/// it.
struct File {
  Class elf_class = Class::k64;
  Machine machine = Machine::kX86_64;
  Type type = Type::kExecutable;
  std::uint32_t flags = 0;  ///< e_flags
  std::uint64_t entry = 0;  ///< address; bit 0 set for Thumb
  std::vector<Segment> segments;
  std::vector<Section> sections;  ///< section 0 included
  std::vector<Symbol> symbols;  ///< of the (only) SHT_SYMTAB, entry 0 included; empty when stripped
};

/// Parses and checks the whole structure. Fails with kMalformed, or with kUnsupported for a
/// machine, byte order or type that nothing here handles; both name offset, field, found and
/// expected. `file` names the input in errors.
Result<File> read_file(Bytes file_bytes, std::string_view file);

/// A little-endian number of `size` bytes at bytes[at], which the caller has found to be there:
/// tables of millions of entries are checked as a whole and then loaded entry by entry.
inline std::uint64_t load(Bytes bytes, std::uint64_t at, unsigned size) {
  return cmos::load(bytes.subspan(at, size));
}

/// Whether bytes begin like an ELF file.
bool looks_like_elf(Bytes file_bytes);

}  // namespace cmos::elf
