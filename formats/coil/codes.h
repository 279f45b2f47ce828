// The named numbers of COIL's files that are no types and no opcodes: devices, CPUs and modes,
// attributes, conditions, relocation types. Each list is one table, which gives assembler,
// disassembler, validators and printers both the number and its name (docs/coil.md, Codes).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cmos::coil {

/// A number and what it is called. `name` is what CASM reads and prints.
struct Code {
  std::uint32_t value;
  std::string_view name;
};
using Codes = std::span<const Code>;

/// The name of `value`, or nothing.
std::optional<std::string_view> name_of(Codes codes, std::uint32_t value);
/// The number of `name`, or nothing.
std::optional<std::uint32_t> value_of(Codes codes, std::string_view name);
/// "global | function", "0" for none; bits without a name in hexadecimal.
std::string names_of_bits(Codes codes, std::uint32_t bits);
/// All bits that have a name.
std::uint32_t known_bits(Codes codes);

// ---- devices --------------------------------------------------------------------------------
inline constexpr std::uint8_t kAnyProcessor = 0;
inline constexpr std::uint8_t kCpu = 1;
Codes processors();
/// The architectures of a device, and the modes of an architecture; empty when none are documented.
Codes architectures(std::uint32_t device);
Codes modes(std::uint32_t device, std::uint32_t architecture);
Codes capabilities();
Codes memory_models();

/// A device, its architecture and its mode: `TARGET 0x010103`, `cpu-x86-64`.
struct Triple {
  std::uint8_t device = 0;
  std::uint8_t architecture = 0;
  std::uint8_t mode = 0;

  std::uint32_t number() const { return device << 16 | architecture << 8 | mode; }
  bool operator==(const Triple&) const = default;
};
/// "cpu-x86-64", "cpu-arm-64", "gpu-cuda-sm75", or a number such as "0x010103".
std::optional<Triple> triple_named(std::string_view text);
/// The documented name, or the number in hexadecimal.
std::string name_of(const Triple& triple);

// ---- object tables --------------------------------------------------------------------------
namespace symbol_attribute {
inline constexpr std::uint32_t kGlobal = 0x01;
inline constexpr std::uint32_t kWeak = 0x02;
inline constexpr std::uint32_t kLocal = 0x04;
inline constexpr std::uint32_t kFunction = 0x08;
inline constexpr std::uint32_t kData = 0x10;
inline constexpr std::uint32_t kAbsolute = 0x20;
inline constexpr std::uint32_t kCommon = 0x40;
inline constexpr std::uint32_t kExported = 0x80;
}  // namespace symbol_attribute
Codes symbol_attributes();

namespace section_attribute {
inline constexpr std::uint32_t kExecute = 0x01;
inline constexpr std::uint32_t kWrite = 0x02;
inline constexpr std::uint32_t kRead = 0x04;
inline constexpr std::uint32_t kInitialised = 0x08;
inline constexpr std::uint32_t kUninitialised = 0x10;
inline constexpr std::uint32_t kLinked = 0x20;
inline constexpr std::uint32_t kDiscardable = 0x40;
}  // namespace section_attribute
Codes section_attributes();
/// Bits that an older document gives other meanings: read without complaint, never written.
inline constexpr std::uint32_t kToleratedSectionBits = 0x180;

enum class RelocationType : std::uint8_t {
  kAbsolute = 1,         ///< S
  kRelative = 2,         ///< S - P
  kPcRelative = 3,       ///< S - (P + size)
  kSectionRelative = 4,  ///< S - start of S's section
  kSymbolAddend = 5,     ///< S + what stands in the field
};
Codes relocation_types();
/// Relocations of a .coilo into the target's own instructions: 0x80 and the number of
/// relocation/relocation.h, which never changes. There is no field for an addend: it is 0.
constexpr RelocationType native_relocation(std::uint8_t number) {
  return static_cast<RelocationType>(0x80 | number);
}
constexpr std::optional<std::uint8_t> native_number(RelocationType type) {
  const auto code = static_cast<std::uint8_t>(type);
  return code >= 0x80 ? std::optional(static_cast<std::uint8_t>(code & 0x7f)) : std::nullopt;
}

// ---- operands -------------------------------------------------------------------------------
enum class Condition : std::uint8_t {
  kEq = 0,
  kNe = 1,
  kGe = 2,
  kLt = 3,
  kGt = 4,
  kLe = 5,
  kZ = 6,
  kNz = 7,
  kC = 8,
  kNc = 9,
  kS = 10,
  kNs = 11,
  kO = 12,
  kNo = 13,
  kP = 14,
  kNp = 15,
};
Codes conditions();

/// TYPE_PARAM0 of SYM.
namespace visibility {
inline constexpr std::uint8_t kTemporary = 0;
inline constexpr std::uint8_t kFile = 1;
inline constexpr std::uint8_t kGlobal = 2;
}  // namespace visibility
Codes visibilities();
/// TYPE_PARAM0 of memory operations, and of vector loads.
Codes access_parameters();
Codes vector_load_parameters();

enum class AbiControl : std::uint8_t {
  kStandard = 0,
  kParam = 1,
  kRet = 2,
  kSwitch = 3,
  kAuto = 4,
};
Codes abi_controls();

/// The records of an ABI block.
enum class AbiRecord : std::uint8_t {
  kExit = 0,
  kParams = 1,
  kRets = 2,
  kCaller = 3,
  kCallee = 4,
  kStackAlignment = 5,
  kRedZone = 6,
  kShadow = 7,
  kArgumentStyle = 8,
};
Codes abi_records();

}  // namespace cmos::coil
