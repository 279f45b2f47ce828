// One row per CPU: everything about it that is data. Formats, the linker, traces, reports,
// debuggers and engines read it here; nothing else knows what a register is called or how wide a
// pointer is. A new CPU is one more row (and, to run its programs, one engine:
// docs/architecture.md).
//
// Rows are constants that live as long as the program. Two pointers to the same row mean the same
// CPU.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.h"

namespace cmos::arch {

/// Index into Cpu::registers.
using RegisterIndex = std::uint8_t;
inline constexpr RegisterIndex kNoRegister = 0xff;

inline constexpr std::uint64_t kLoadAddress = 0x40'0000;  ///< where nothing else is said

/// "it has none", wherever a register's number in somebody's numbering is asked for.
inline constexpr std::int16_t kNoNumber = -1;

enum class RegisterKind : std::uint8_t {
  kInteger,
  kFlags,    ///< single bits with names
  kFloat,    ///< one floating-point number
  kVector,   ///< several numbers
  kControl,  ///< segment bases, rounding modes and the like
};

/// How gdb is told of a register (its target descriptions, "Standard Target Features").
struct GdbRegister {
  std::int16_t number = kNoNumber;  ///< in its remote protocol; kNoNumber: gdb is not told of it
  std::uint8_t feature = 0;         ///< index into Cpu::gdb_features
  std::string_view type = "int";
  std::string_view name = {};  ///< where it differs from ours
};

struct Register {
  std::string_view name;  ///< as assemblers of this CPU write it
  std::uint16_t bits;
  RegisterKind kind = RegisterKind::kInteger;
  std::int16_t dwarf = kNoNumber;  ///< in the ABI's numbering for DWARF
  GdbRegister gdb = {};
};

/// A code by which a CPE or CPO file asks for the CPU.
struct ArchCode {
  enum class Standing : std::uint8_t {
    kDocumented,  ///< listed in cpe 1.1
    kAdded,       ///< ours
  };
  std::string_view code;         ///< 4 bytes
  std::string_view description;  ///< "Apple silicon"
  Standing standing = Standing::kAdded;
};

/// What a CPU takes the bytes of code for, where it knows more than one way.
enum class Decoding : std::uint8_t {
  kNative,
  kThumb,  ///< of ARM: bit 0 of an address that is jumped to asks for it
};

struct DecodingInfo {
  Decoding decoding = Decoding::kNative;
  std::string_view name;                           ///< "Thumb"
  std::uint16_t min_instruction, max_instruction;  ///< bytes
  std::uint8_t alignment;                          ///< of an instruction, bytes
};

/// How a function finds its way back to its caller.
enum class ReturnStyle : std::uint8_t {
  kPushed,
  kLinkRegister,
  kPushedLessOne,  ///< of the 6502: pushed is one less, and sp points below what was pushed
};

/// Who turns the CPU's code into text.
enum class Decoder : std::uint8_t { kNone, kCapstone, kZ80, k8080, k6502, k6800, kCbc };

/// How ELF files say which CPU they are for.
struct ElfIdentity {
  std::uint16_t machine = 0;  ///< e_machine; 0 = there are no such files
  std::uint8_t bits = 0;      ///< of the class, 32 or 64
  std::string_view name;      ///< "AArch64", as readers of ELF call it
  std::string_view
      target;  ///< "littleaarch64": of "elf64-littleaarch64", as binutils name the format
};

/// What an assembler's name for a register, or for a part of one, stands for: eax is the low half
/// of rax.
struct RegisterPart {
  RegisterIndex whole = kNoRegister;
  std::uint8_t shift = 0;  ///< of its lowest bit in the whole
  std::uint8_t bits = 0;
};

struct Cpu {
  std::string_view name;            ///< "x86-64"
  std::span<const ArchCode> codes;  ///< the first is what code of unknown origin is for
  std::string_view description;     ///< a few words about it for people

  ByteOrder byte_order = ByteOrder::kLittle;
  std::uint8_t word_bits;     ///< of what it calculates with
  std::uint8_t pointer_bits;  ///< of an address in a register or in memory
  std::uint8_t address_bits;  ///< of an address on its bus
  /// Where CalamOS puts the code of a program: 0x400000, but there is less in 64 KiB.
  std::uint64_t load_address = kLoadAddress;

  std::span<const Register> registers;
  std::uint8_t
      general_count;  ///< the first registers, at most 64 bits each: what traces and reports show
  RegisterIndex pc, sp;
  RegisterIndex frame = kNoRegister;   ///< kNoRegister: by convention none
  RegisterIndex link = kNoRegister;    ///< kNoRegister: calls push the return address
  RegisterIndex result = kNoRegister;  ///< of a function that returns an integer
  std::span<const std::string_view> gdb_features = {};
  std::string_view gdb_name = {};  ///< the architecture for gdb and binutils, "i386:x86-64"

  std::span<const DecodingInfo> decodings;  ///< the first is what code is by default
  std::uint8_t stack_alignment = 1;         ///< at a call, bytes
  ReturnStyle return_style = ReturnStyle::kPushed;

  ElfIdentity elf = {};
  std::string_view llvm_triple = {};  ///< empty: LLVM makes no code for it
  Decoder decoder = Decoder::kNone;
  /// Other names of registers, and those of their parts.
  std::optional<RegisterPart> (*part)(const Cpu& cpu, std::string_view name) = nullptr;

  std::span<const Register> general() const { return registers.first(general_count); }
  unsigned pointer_bytes() const { return pointer_bits / 8u; }
  /// All bits of a pointer.
  std::uint64_t pointer_mask() const { return ~0ull >> (64 - pointer_bits); }
  /// nullptr when the CPU does not decode that way.
  const DecodingInfo* find(Decoding decoding) const;
  bool knows(Decoding decoding) const { return find(decoding) != nullptr; }
  /// Of all decodings together, bytes.
  unsigned min_instruction() const;
  unsigned max_instruction() const;
  std::string_view usual_code() const {
    return codes.empty() ? std::string_view() : codes.front().code;
  }

  /// kNoRegister when there is none.
  RegisterIndex register_named(std::string_view name) const;
  /// A general register by any of its assembler's names; nothing when there is none.
  std::optional<RegisterPart> part_named(std::string_view name) const;
  RegisterIndex register_of_dwarf(int number) const;
  RegisterIndex register_of_gdb(int number) const;
};

extern const Cpu kX8664, kX86, k8086, kArm, kArm64, kZ80, k8080, kM68k, k6502, k6800, k56000, kCbc;

/// All rows; those of others come last.
std::span<const Cpu* const> cpus();
/// Adds a row that outlives the program's use of it, before any other thread runs. The codes of
/// rows that are there already win.
void add(const Cpu& cpu);

/// What an ARCH code asks for; nullptr when no row has it.
const Cpu* find(std::string_view code);
const ArchCode* find_code(std::string_view code);
/// By Cpu::name.
const Cpu* named(std::string_view name);
/// By e_machine, class and byte order.
const Cpu* of_elf(std::uint16_t machine, unsigned bits, ByteOrder order);
/// The codes that cpe 1.1 lists, in its order.
std::span<const std::string_view> documented_codes();

}  // namespace cmos::arch
