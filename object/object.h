// One relocatable object in memory, whatever file it came from: what a linker, a dump or an archive
// index needs. formats/elf and formats/cpo produce it, formats/cpo writes it.
//
// Ownership: names and contents are views, either into the file's bytes or into `storage`. The
// file's bytes must outlive the object; `holder` may keep them alive. Objects are moved, never
// copied.
//
// Guarantees of every reader (`check` below verifies them): indices are in range; a section's bytes
// are at most its size; sizes and offsets fit 32 bits; alignments are powers of two; relocations
// stand in the order of their sections, and every relocation's field lies inside its section's
// bytes (inside its size, when it is packed); a symbol with a section has a value of at most its
// section's size.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "object/storage.h"
#include "relocation/relocation.h"

namespace cmos::object {

/// "no section", "no group", "no symbol" wherever an index is asked for.
inline constexpr std::uint32_t kNoIndex = UINT32_MAX;

/// What a section is for. The numbers stand in CPO files (docs/cpo.md).
enum class SectionKind : std::uint8_t {
  kCode = 0,
  kConst = 1,    ///< read-only data
  kVar = 2,      ///< writable data; all zero when it has no bytes (.bss)
  kPreinit = 3,  ///< pointers to functions called before main, .preinit_array
  kInit = 4,     ///< .init_array
  kFini = 5,     ///< .fini_array
  kUnwind = 6,   ///< .eh_frame, .ARM.exidx …: nothing on CalamOS reads it
  kNote = 7,     ///< SHT_NOTE, .comment, attributes
  kDebug = 8,    ///< DWARF
  kOther = 9,    ///< not loaded, purpose unknown
};
std::string_view name(SectionKind kind);

/// Type of a CPO data record (abi 7); kBytes where the source had none.
enum class DataType : std::uint8_t {
  kU8 = 1,
  kU16 = 2,
  kU32 = 3,
  kU64 = 4,
  kI32 = 5,
  kI64 = 6,
  kF32 = 7,
  kF64 = 8,
  kBytes = 9,
  kUtf8 = 10,
};

/// How the bytes of a debug section are packed in the file.
enum class Packing : std::uint8_t {
  kNone,
  kZlib,     ///< a zlib stream
  kZstd,     ///< Zstandard frames
  kUnknown,  ///< by a method that nothing here knows
};

struct Section {
  std::string_view name = {};
  SectionKind kind = SectionKind::kOther;
  Packing packing = Packing::kNone;  ///< else `bytes` unpack to `size`, in which relocations count
  bool packed_addends = false;       ///< and what it unpacks to holds their addends
  std::uint32_t alignment = 1;       ///< a power of two, bytes
  std::uint32_t size = 0;            ///< in memory
  Bytes bytes = {};                  ///< at most `size`, unless packed; the rest is zero
  std::uint32_t group = kNoIndex;    ///< index of its COMDAT group
  /// Number of the set of sections that are kept or left out together, whatever other objects have
  /// (ELF's groups without COMDAT).
  std::uint32_t party = kNoIndex;
  std::uint32_t link_order =
      kNoIndex;  ///< section that this one describes: kept only with it (SHF_LINK_ORDER)
  std::uint32_t entry_size = 0;  ///< of merge sections
  bool retain = false;           ///< kept by garbage collection although nothing refers to it
  bool merge = false;            ///< equal entries may be shared (SHF_MERGE)
  bool strings =
      false;         ///< with merge: entries are strings of entry_size-byte characters, ended by 0
  bool tls = false;  ///< one copy per thread, which CalamOS has no means for
  DataType data_type = DataType::kBytes;
  std::uint32_t first_relocation = 0;  ///< its stretch of Object::relocations
  std::uint32_t relocation_count = 0;
  std::uint64_t file_offset = 0;  ///< of its bytes in the file, for messages; 0 when it has none

  /// Part of the program's memory.
  bool loaded() const { return kind <= SectionKind::kFini; }
};

enum class Binding : std::uint8_t { kLocal = 0, kGlobal = 1, kWeak = 2 };
enum class Place : std::uint8_t {
  kSection = 0,
  kUndefined = 1,  ///< CPO: extern
  kAbsolute = 2,   ///< a number
  kCommon = 3,     ///< storage for the largest of equal names, zero-filled
};
enum class SymbolKind : std::uint8_t {
  kNone = 0,
  kObject = 1,
  kFunction = 2,
  kSection = 3,  ///< stands for its section; usually nameless
  kFile = 4,     ///< name of the source file
  kMapping = 5,  ///< ARM's $a, $t, $d, $x: what the bytes from here on are
  kTls = 6,
  kIndirect = 7,  ///< resolved by calling it (IFUNC), which CalamOS has no means for
};
enum class Visibility : std::uint8_t { kDefault = 0, kInternal = 1, kHidden = 2, kProtected = 3 };

struct Symbol {
  std::string_view name = {};  ///< any bytes but 0
  std::string_view location =
      {};  ///< file in which to look for an extern (abi 7); empty = any input
  std::uint64_t value =
      0;  ///< kSection: offset in it, without the Thumb bit; kAbsolute: the number; else 0
  std::uint64_t size = 0;            ///< 0 = unknown
  std::uint32_t section = kNoIndex;  ///< of kSection
  std::uint32_t alignment = 0;       ///< of kCommon, a power of two; else 0
  Binding binding = Binding::kLocal;
  Place place = Place::kUndefined;
  SymbolKind kind = SymbolKind::kNone;
  Visibility visibility = Visibility::kDefault;
  bool thumb = false;  ///< a Thumb function: its address is value | 1

  bool defined() const { return place != Place::kUndefined; }
  /// What a relocation against it knows about the code it leads to.
  TargetState state() const {
    if (kind != SymbolKind::kFunction || place == Place::kUndefined) return TargetState::kUnknown;
    return thumb ? TargetState::kThumb : TargetState::kArm;
  }
};

/// 24 bytes: an object of 50 MB may have millions.
struct Relocation {
  std::uint32_t section = 0;
  std::uint32_t offset = 0;         ///< of the field in the section
  std::uint32_t symbol = kNoIndex;  ///< kNoIndex: S is 0
  RelocationType type = RelocationType::kAbs32;
  std::int64_t addend =
      0;  ///< always explicit; what REL objects store in the field is ignored when it is written
};

/// A relocation of a loaded section that no static link resolves: the section can be looked at, and
/// left out of a program, but not be part of one.
struct Unresolvable {
  std::uint32_t section = 0;
  std::uint32_t offset = 0;
  std::uint32_t symbol = kNoIndex;
  std::uint32_t number = 0;  ///< ELF's, of the object's ISA
};

/// How functions of an ARM object hand over floating-point values.
enum class FloatArguments : std::uint8_t {
  kAny,   ///< there are none, or nothing is said
  kCore,  ///< in core registers (-mfloat-abi=soft, softfp)
  kVfp,   ///< in VFP registers (-mfloat-abi=hard)
};

/// A COMDAT group: of all objects' groups with one signature the first is kept, the others'
/// sections vanish.
struct Group {
  std::string_view signature = {};
};

struct Object {
  std::string file;        ///< as the user named it; "lib.a(member.o)" for a member
  std::string arch;        ///< 4 bytes, as in CPE and CPO ("8664")
  std::optional<Isa> isa;  ///< of `arch`; nothing for an ARCH that nothing here knows
  std::vector<Section> sections;
  std::vector<Symbol> symbols;
  std::vector<Relocation> relocations;     ///< ordered by section, then as in the file
  std::vector<Unresolvable> unresolvable;  ///< in the order of their sections
  std::vector<Group> groups;
  FloatArguments float_arguments = FloatArguments::kAny;
  Storage storage;
  std::shared_ptr<const void> holder;

  /// Where fields of relocations may lie.
  static std::uint64_t field_space(const Section& section) {
    return section.packing == Packing::kNone ? section.bytes.size() : section.size;
  }
  std::span<const Relocation> relocations_of(const Section& section) const {
    return std::span(relocations).subspan(section.first_relocation, section.relocation_count);
  }
};

/// The ISA of an ARCH code ("APPL" is ARM64), and the ARCH of an ISA.
std::optional<Isa> isa_of(std::string_view arch);
std::string_view arch_of(Isa isa);

/// $a, $t, $d, $x, also with a suffix (`$d.12`): what the bytes from a place on are, on ARM and
/// ARM64.
bool is_mapping_name(std::string_view name, Isa isa);

/// The ARCH codes of objects: those that have relocation types.
std::span<const std::string_view> known_archs();

/// Puts `relocations` into the order of their sections (stable) and sets every section's stretch.
/// The section indices must be in range.
void index_relocations(Object& object);

/// Names of the global and weak symbols that the object defines, common ones included: what an
/// archive's index lists.
std::vector<std::string_view> exported_names(const Object& object);

/// Verifies the guarantees at the top of this file: for objects that were put together by hand. The
/// first breach fails with kUsage.
Result<void> check(const Object& object);

}  // namespace cmos::object
