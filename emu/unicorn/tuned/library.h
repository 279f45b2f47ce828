// What the mends know of libunicorn.a 2.0.1: places in its structs, and the functions that each of
// its targets has. A target is a whole copy of QEMU, whose functions end in the target's name.
//
// All this rests on the struct layouts of one version on x86-64 hosts. check_library() refuses any
// other version, and Tuned::opened() compares values whose meaning is known.
#pragma once

#include <unicorn/unicorn.h>

#include <cstddef>
#include <cstdint>

#include "emu/unicorn/tuned/soft_tlb.h"

namespace cmos::emu::unicorn {

inline constexpr unsigned kLibraryVersion = 0x020001ff;

// struct uc_struct (uc_priv.h)
inline constexpr std::size_t kUcCpu = 0x180, kUcTcgContext = 0x2c0, kUcStopRequest = 0x50d,
                             kUcNoExitRequest = 0x78a;
// What uc_emu_start() sets.
inline constexpr std::size_t kUcStart = 0xe8, kUcEmulated = 0x4f8, kUcNestedAccess = 0x508,
                             kUcDone = 0x50f, kUcTimedOut = 0x510, kUcError = 0x530,
                             kUcFirstBlock = 0x789, kUcLevel = 0x3990;
// struct CPUState (hw/core/cpu.h)
inline constexpr std::size_t kCpuExitRequest = 0x15, kCpuNextFlags = 0x18, kCpuEnv = 0x128,
                             kCpuDecrement = 0x130, kCpuUc = 0x81a8;
// struct TCGContext (tcg/tcg.h)
inline constexpr std::size_t kContextExitLabel = 0x100, kContextEnv = 0x98f0,
                             kContextFlagsKind = 0x9990,
                             kContextRegisters = 0x9998;  // x86: cc_op, rax

// struct DisasContextBase (exec/translator.h): a pointer and two addresses of the guest
template <class Word>
inline constexpr std::size_t kNextPc = sizeof(void*) + sizeof(Word);

/// In cflags: the most instructions of a block, 0 = no bound.
inline constexpr std::uint32_t kOneInstruction = 1;

template <class T>
T& field(void* object, std::size_t offset) {
  return *reinterpret_cast<T*>(static_cast<char*>(object) + offset);
}

/// The library's functions for one target.
struct Target {
  bool (*restore_state)(void* cpu, std::uintptr_t host_pc, bool will_exit);
  void (*resume)(uc_engine* uc);  ///< runs until something stops it
  void (*flush_page)(void* cpu, std::uint64_t address);
  void (*set_dirty)(void* cpu, std::uint64_t address);
  void (*restart_translation)(void* context);
  void (*leave_execution)(void* cpu);  ///< does not return: longjmp to the execution loop
  std::intptr_t (*constant)(void* context, std::int64_t value);
  void* (*new_temporary)(void* context, int type, bool local);
  void (*free_temporary)(void* context, void* temporary);
  void (*emit3)(void* context, int operation, std::uintptr_t, std::uintptr_t, std::uintptr_t);
  void (*branch_if)(void* context, int condition, std::intptr_t value, std::int64_t with,
                    void* label);
  void (*set_if)(void* context, int condition, std::intptr_t result, std::intptr_t value,
                 std::int64_t with);
  std::uint64_t page;  ///< bytes of a page of the soft TLB
  SoftTlbLayout soft_tlb;
};

}  // namespace cmos::emu::unicorn

/// Of a translation under way, in which all instructions before this address are done.
template <class Word>
std::uint64_t next_pc(void* translation) {
  return cmos::emu::unicorn::field<Word>(translation, cmos::emu::unicorn::kNextPc<Word>);
}

// A word of the guest in the functions of each target.
using guest_x86_64 = std::uint64_t;
using guest_aarch64 = std::uint64_t;
using guest_arm = std::uint32_t;

/// Defines the wrapped functions of one mend for each target. The linker's --wrap demands the names
/// __real_… (the library's own function) and __wrap_… (what everybody calls instead).
#define CMOS_WRAP_EACH_TARGET(wrap)    \
  extern "C" {                         \
  wrap(x86_64) wrap(aarch64) wrap(arm) \
  }
