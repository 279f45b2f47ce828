// THE table of system calls: number, name, typed arguments, handler, errors. Dispatch, trace text,
// --list-syscalls and docs/syscalls.md all come from these rows; a row's argument list is deduced
// from its handler's C++ signature, so that a trace can never disagree with what the handler
// receives (cpe 4, abi 3).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "emu/engine.h"

namespace cmos::syscalls {

class Kernel;  // syscalls/kernel.h: what handlers act on (memory, console, clock, limits …)

/// abi 2, "Failed calls". The values are what the guest's result register receives, sign-extended.
enum class Status : std::int32_t {
  kInvalid = -1,
  kNoSys = -2,
  kFault = -3,
  kNotFound = -4,
  kExists = -5,
  kAccess = -6,
  kNotDirectory = -7,
  kIsDirectory = -8,
  kNotEmpty = -9,
  kBadHandle = -10,
  kTooMany = -11,
  kNoSpace = -12,
  kNoMemory = -13,
  kIo = -14,
  kBadExecutable = -15,
  kMinidiskBusy = -16,
  kMinidiskClosed = -17,
  kChildFault = -18,
};
struct StatusInfo {
  Status status;
  std::string_view name;     ///< "CPE_ERROR_FAULT"
  std::string_view meaning;  ///< for people
};
std::span<const StatusInfo> statuses();
/// nullptr when `result`, sign-extended from the word size, is not one of them.
const StatusInfo* find_status(std::int64_t result);

enum class Category : std::uint8_t { kProcess, kIo, kFile, kMinidisk, kLaunch, kMemory, kTime };
std::string_view name(Category category);

enum class ArgumentKind : std::uint8_t {
  kUnsigned,   ///< shown in decimal
  kSigned,     ///< shown in decimal, sign-extended from the word
  kHandle,     ///< decimal
  kPointer,    ///< symbol+offset where it falls in the image, else hex
  kBytesIn,    ///< pointer and length (two registers): bytes the call reads, shown quoted
  kPathIn,     ///< the same, a path
  kBytesOut,   ///< the same: bytes the call filled, as many as its result says
  kColour,     ///< pointer to u32 ARGB or null, shown #AARRGGBB
  kNamed,      ///< a value with names (ArgumentInfo::names)
  kFlags,      ///< a set of bits with names
  kTimeOut,    ///< pointer to i64 nanoseconds, written by the call
  kStatOut,    ///< pointer to the stat structure, written by the call
  kPair,       ///< pointer to the four words of rename
  kArguments,  ///< pointer to u32 count, then u32 length + bytes each, or null
};

/// For --list-syscalls=json: "bytes-in", "colour" …
std::string_view name(ArgumentKind kind);

struct NamedValue {
  std::uint64_t value;
  std::string_view name;
};

struct ArgumentInfo {
  std::string_view name;
  ArgumentKind kind;
  std::uint8_t first_register;  ///< 0–2
  std::uint8_t registers;       ///< 1 or 2
  std::span<const NamedValue> names;
};

enum class ResultKind : std::uint8_t {
  kNone,     ///< never returns
  kCount,    ///< a number; negative small = Status
  kPointer,  ///< an address
  kByte,     ///< stdin: 0–255 or -1 at end of input, which is not a Status
};

std::string_view name(ResultKind kind);

/// What a call tells its caller, or that it does not return.
struct CallResult {
  std::int64_t value = 0;
  bool returns = true;
};

struct Row {
  std::uint32_t number = 0;
  std::string_view name = {};
  Category category = Category::kProcess;
  bool documented = false;            ///< numbered by the user's document; else ours
  bool supported = false;             ///< false: answers NOSYS, `note` says why
  bool nondeterministic = false;      ///< what it returns or fills is shown as <time>, <random>
  std::string_view placeholder = {};  ///< "time", "random"; "" otherwise
  ResultKind result = ResultKind::kCount;
  std::span<const ArgumentInfo> arguments = {};
  std::span<const Status> errors = {};  ///< every one it returns, besides NOSYS
  std::string_view summary = {};        ///< one sentence for --list-syscalls and docs/syscalls.md
  std::string_view note = {};
  /// The handler; guests come through serve().
  CallResult (*call)(Kernel& kernel, const emu::SyscallRegisters& registers) = nullptr;
};

/// Serves a call that a guest made. An error that the row does not list becomes IO: a host's file
/// system may invent any, and what a guest's program has to expect is what is documented.
CallResult serve(const Row& row, Kernel& kernel, const emu::SyscallRegisters& registers);

/// All rows, ascending by number.
std::span<const Row> table();
/// nullptr when no call has this number. Constant time.
const Row* find(std::uint64_t number);
/// nullptr when no call has this name.
const Row* find(std::string_view name);

}  // namespace cmos::syscalls
