// x86: the x87. The library's is made of functions that ignore which registers are empty, set few
// of the status bits, and compute remainders and transcendental functions with 53 bits. Since hosts
// of this build are x86-64, the guest's x87 registers move into the host's at the first
// instruction that needs them, and each helper of the library becomes the instruction itself.
//
// They stay there ("resident") until something else needs them in the library's state: MMX, an
// instruction that stores or loads all of them, the end of a run. Nothing else in this process
// touches the host's x87 while a guest runs.
//
// An instruction without an operand in memory is one call of vmload, a helper that no guest can
// reach (x86_translation.cc). Of the others the library makes several calls: `fadd m32` is flds_FT0
// and fadd_ST0_FT0, and the last of them does it as a whole; the first leaves a note (Notes). What
// pops is known before.
//
// Unmasked exceptions. The host's control word is the guest's, and nothing must trap here: so when
// the summary bit shows after an instruction, the registers go back to the library's state (storing
// them never traps), and the next instruction that waits raises #MF for the guest.
#ifdef CMOS_UNICORN_TUNED

#include <array>
#include <cstring>
#include <utility>

#include "emu/unicorn/tuned/tuned.h"
#include "emu/unicorn/tuned/x87_state.h"

// One instruction of each encoding, and a return; four bytes each. With memory: at rdi.
asm(R"(
    .pushsection .text
    .balign 16
    .type cmos_x87_registers, @function
cmos_x87_registers:
    .set .Lopcode, 0xd8
    .rept 8
      .set .Lmodrm, 0xc0
      .rept 64
        .byte .Lopcode, .Lmodrm, 0xc3, 0x90
        .set .Lmodrm, .Lmodrm + 1
      .endr
      .set .Lopcode, .Lopcode + 1
    .endr
    .type cmos_x87_memory, @function
cmos_x87_memory:
    .set .Lopcode, 0xd8
    .rept 8
      .set .Lmodrm, 7
      .rept 8
        .byte .Lopcode, .Lmodrm, 0xc3, 0x90
        .set .Lmodrm, .Lmodrm + 8
      .endr
      .set .Lopcode, .Lopcode + 1
    .endr
    # fcmovb with the carry set
    .type cmos_x87_move, @function
cmos_x87_move:
    .set .Lmodrm, 0xc0
    .rept 8
      .byte 0xf9, 0xda, .Lmodrm, 0xc3
      .set .Lmodrm, .Lmodrm + 1
    .endr
    # fucomi, then fcomi: from flags rdi to flags rax
    .type cmos_x87_compare, @function
cmos_x87_compare:
    .set .Lmodrm, 0xe8
    .rept 16
      .byte 0x57, 0x9d, 0xdb, .Lmodrm, 0x9c, 0x58, 0xc3, 0x90
      .set .Lmodrm, .Lmodrm + 1
    .endr
    # fucomip and fcomip likewise
    .set .Lmodrm, 0xe8
    .rept 16
      .byte 0x57, 0x9d, 0xdf, .Lmodrm, 0x9c, 0x58, 0xc3, 0x90
      .set .Lmodrm, .Lmodrm + 1
    .endr
    .popsection
)");

extern "C" {
extern char cmos_x87_registers[], cmos_x87_memory[], cmos_x87_move[], cmos_x87_compare[];
std::uint32_t cpu_cc_compute_all_x86_64(void* env, int operation);
std::uint32_t cpu_lduw_data_ra_x86_64(void*, std::uint64_t, std::uintptr_t);
std::uint64_t cpu_ldq_data_ra_x86_64(void*, std::uint64_t, std::uintptr_t);
void cpu_stw_data_ra_x86_64(void*, std::uint64_t, std::uint32_t, std::uintptr_t);
void cpu_stq_data_ra_x86_64(void*, std::uint64_t, std::uint64_t, std::uintptr_t);
}

namespace cmos::emu::unicorn::x86 {
namespace {

/// The operand that a first helper left for the second one.
struct Operand {
  enum class Kind : std::uint8_t { kRegister, kFloat, kDouble, kInteger };
  Kind kind = Kind::kRegister;
  unsigned number = 0;
  std::uint64_t bits = 0;
};

struct Notes {
  bool resident = false;
  bool moved = false;  ///< fcmovcc: a register was empty, and that is all that happens
  Operand operand;
};
thread_local constinit Notes notes;

void move_out(void* env) {
  Image image;
  asm volatile("fnsave %0" : "=m"(image));
  notes.resident = false;
  status(env) = static_cast<std::uint16_t>(image.status & ~kTopBits);
  top(env) = image.status >> 11 & 7;
  field<std::uint16_t>(env, kControl) = static_cast<std::uint16_t>(image.control);
  for (unsigned i = 0; i < 8; ++i) {
    tags(env)[i] = (image.tags >> (2 * i) & 3) == 3;
    std::memcpy(place(env, i), image.registers[i].data(), 10);
  }
}

void undo_pop(void* env) {
  top(env) = (top(env) - 1) & 7;
  tags(env)[top(env)] = 0;
}

/// The first thing that an instruction does which waits for exceptions.
void begin(void* env, std::uintptr_t from) {
  if (notes.resident) [[likely]]
    return;
  if (pending(env)) raise_exception_ra_x86_64(env, kX87Exception, from);
  move_in(env);
}

std::uint16_t host_status() {
  std::uint16_t value = 0;
  asm volatile("fnstsw %0" : "=a"(value));
  return value;
}

/// After an instruction: an unmasked exception ends the stay. Whether it left the result out.
bool end(void* env) {
  if ((control(env) & kExceptions) == kExceptions) [[likely]]
    return false;
  const std::uint16_t now = host_status();
  const unsigned raised = now & ~control(env) & kExceptions;
  if (raised == 0) return false;
  move_out(env);
  return (raised & ~kPrecision) != 0;
}

void on_registers(unsigned opcode, unsigned modrm) {
  char* code = cmos_x87_registers + ((opcode - 0xd8) * 64 + (modrm - 0xc0)) * 4;
  reinterpret_cast<void (*)()>(code)();
}
void on_memory(unsigned opcode, unsigned extension, void* memory) {
  char* code = cmos_x87_memory + ((opcode - 0xd8) * 8 + extension) * 4;
  reinterpret_cast<void (*)(void*)>(code)(memory);
}

void load(void* env, unsigned opcode, unsigned extension, std::uint64_t bits, std::uintptr_t from) {
  begin(env, from);
  on_memory(opcode, extension, &bits);
  (void)end(env);
}

constexpr unsigned kCompare = 2, kCompareAndPop = 3;

/// st0 = st0 operation operand in memory
void arithmetic(void* env, unsigned operation, std::uintptr_t from) {
  begin(env, from);
  if (operation == kCompare && std::exchange(current->x87_pops, 0) != 0) operation = kCompareAndPop;
  const Operand::Kind kind = notes.operand.kind;
  const unsigned opcode = kind == Operand::Kind::kFloat    ? 0xd8
                          : kind == Operand::Kind::kDouble ? 0xdc
                                                           : 0xda;
  on_memory(opcode, operation, &notes.operand.bits);
  (void)end(env);
}

/// What the instruction stores, of at most 16 bytes. An unmasked exception ends the instruction
/// there: nothing is stored nor popped.
struct Stored {
  std::array<std::uint64_t, 2> words{};
};
Stored store(void* env, unsigned opcode, unsigned extension, unsigned popping,
             std::uintptr_t from) {
  begin(env, from);
  Stored stored;
  const bool pops = current->x87_pops != 0;
  on_memory(opcode, pops ? popping : extension, stored.words.data());
  if (end(env)) {
    current->x87_pops = 0;
    current->skip_instruction(from);
  }
  if (pops) current->x87_pops = 2;
  return stored;
}

std::uint64_t compare(void* env, bool quiet, std::uintptr_t from) {
  begin(env, from);
  constexpr std::uint64_t kStatusFlags = 0x8d5, kAlways = 0x202;
  const std::uint64_t before = cpu_cc_compute_all_x86_64(env, field<int>(env, kFlagsOperation));
  const unsigned row = (quiet ? 0 : 1) + (std::exchange(current->x87_pops, 0) != 0 ? 2 : 0);
  char* code = cmos_x87_compare + (row * 8 + notes.operand.number) * 8;
  const std::uint64_t after =
      reinterpret_cast<std::uint64_t (*)(std::uint64_t)>(code)((before & kStatusFlags) | kAlways);
  (void)end(env);
  return after & kStatusFlags;
}

/// Whether st(0) or st(number) of the host is empty.
bool any_empty(unsigned number) {
  struct alignas(16) Area {
    std::uint16_t control, status;
    std::uint8_t valid;
    std::array<std::uint8_t, 507> rest;
  };
  Area area;
  asm volatile("fxsave %0" : "=m"(area));
  const unsigned top = area.status >> 11 & 7;
  const auto valid = [&](unsigned i) { return (area.valid >> ((top + i) & 7) & 1) != 0; };
  return !valid(0) || !valid(number);
}

void move(void* env, unsigned number) {
  char* code = cmos_x87_move + static_cast<std::ptrdiff_t>(number) * 4;
  reinterpret_cast<void (*)()>(code)();
  (void)end(env);
}

}  // namespace

void move_in(void* env) {
  Image image{};
  image.control = control(env);
  image.status = (status(env) & ~(kTopBits | kSummary)) | top(env) << 11;
  for (unsigned i = 0; i < 8; ++i) {
    image.tags |= (tags(env)[i] != 0 ? 3u : 0u) << (2 * i);
    std::memcpy(image.registers[i].data(), place(env, i), 10);
  }
  asm volatile("frstor %0" : : "m"(image));
  notes.resident = true;
}

void become_mmx(void* env) {
  top(env) = 0;
  std::memset(tags(env), 0, 8);
}

Image take_image(void* env) {
  leave_x87(env);
  move_in(env);
  Image image;
  asm volatile("fnsave %0" : "=m"(image));
  notes.resident = false;
  return image;
}

void leave_x87(void* env) {
  if (notes.resident) move_out(env);
  if (std::exchange(current->x87_pops, 0) == 2) undo_pop(env);
}

}  // namespace cmos::emu::unicorn::x86

// NOLINTBEGIN(bugprone-reserved-identifier)
using namespace cmos::emu::unicorn;
using namespace cmos::emu::unicorn::x86;

#define CMOS_FROM reinterpret_cast<std::uintptr_t>(__builtin_return_address(0))

#define CMOS_ARITHMETIC(name, operation)                  \
  void __wrap_helper_##name##_ST0_FT0_x86_64(void* env) { \
    arithmetic(env, operation, CMOS_FROM);                \
  }
#define CMOS_OPERAND(name, type, kind_)                                                       \
  void __wrap_helper_##name##_FT0_x86_64(void* /*env*/, type bits) {                          \
    notes.operand = {.kind = Operand::Kind::kind_, .bits = static_cast<std::uint64_t>(bits)}; \
  }
#define CMOS_LOAD(name, type, opcode, extension)                               \
  void __wrap_helper_##name##_ST0_x86_64(void* env, type bits) {               \
    load(env, opcode, extension, static_cast<std::uint64_t>(bits), CMOS_FROM); \
  }
#define CMOS_STORE(name, type, opcode, extension, popping)                                \
  type __wrap_helper_##name##_ST0_x86_64(void* env) {                                     \
    return static_cast<type>(store(env, opcode, extension, popping, CMOS_FROM).words[0]); \
  }

extern "C" {
CMOS_ARITHMETIC(fadd, 0)
CMOS_ARITHMETIC(fmul, 1)
CMOS_ARITHMETIC(fcom, kCompare)
CMOS_ARITHMETIC(fsub, 4)
CMOS_ARITHMETIC(fsubr, 5)
CMOS_ARITHMETIC(fdiv, 6)
CMOS_ARITHMETIC(fdivr, 7)
CMOS_OPERAND(flds, std::uint32_t, kFloat)
CMOS_OPERAND(fldl, std::uint64_t, kDouble)
CMOS_OPERAND(fildl, std::int32_t, kInteger)
CMOS_LOAD(flds, std::uint32_t, 0xd9, 0)
CMOS_LOAD(fldl, std::uint64_t, 0xdd, 0)
CMOS_LOAD(fildl, std::int32_t, 0xdb, 0)
CMOS_LOAD(fildll, std::int64_t, 0xdf, 5)
CMOS_STORE(fsts, std::uint32_t, 0xd9, 2, 3)
CMOS_STORE(fstl, std::uint64_t, 0xdd, 2, 3)
CMOS_STORE(fist, std::int16_t, 0xdf, 2, 3)
CMOS_STORE(fistl, std::int32_t, 0xdb, 2, 3)
CMOS_STORE(fistll, std::int64_t, 0xdf, 7, 7)
CMOS_STORE(fistt, std::int16_t, 0xdf, 1, 1)
CMOS_STORE(fisttl, std::int32_t, 0xdb, 1, 1)
CMOS_STORE(fisttll, std::int64_t, 0xdd, 1, 1)

/// An instruction without an operand in memory: opcode and ModRM.
void __wrap_helper_vmload_x86_64(void* env, std::uint32_t instruction) {
  begin(env, CMOS_FROM);
  on_registers(instruction >> 8, instruction & 0xff);
  (void)end(env);
}
/// Before fcmovcc, which complains of an empty register even when it does not move.
void __wrap_helper_invlpga_x86_64(void* env, std::uint32_t number) {
  begin(env, CMOS_FROM);
  notes.moved = any_empty(number);
  if (notes.moved) move(env, number);
}
/// fcmovcc whose condition is true.
void __wrap_helper_fmov_ST0_STN_x86_64(void* env, int number) {
  if (notes.moved) return;
  begin(env, CMOS_FROM);
  move(env, static_cast<unsigned>(number));
}
void __wrap_helper_fmov_FT0_STN_x86_64(void* /*env*/, int number) {
  notes.operand = {.kind = Operand::Kind::kRegister, .number = static_cast<unsigned>(number)};
}
void __wrap_helper_fcomi_ST0_FT0_x86_64(void* env) {
  field<std::uint64_t>(env, kFlagsSource) = compare(env, false, CMOS_FROM);
}
void __wrap_helper_fucomi_ST0_FT0_x86_64(void* env) {
  field<std::uint64_t>(env, kFlagsSource) = compare(env, true, CMOS_FROM);
}

void __wrap_helper_fldt_ST0_x86_64(void* env, std::uint64_t address) {
  const std::uintptr_t from = CMOS_FROM;
  begin(env, from);
  std::array<std::uint64_t, 2> words{cpu_ldq_data_ra_x86_64(env, address, from),
                                     cpu_lduw_data_ra_x86_64(env, address + 8, from)};
  on_memory(0xdb, 5, words.data());
  (void)end(env);
}
void __wrap_helper_fstt_ST0_x86_64(void* env, std::uint64_t address) {
  const std::uintptr_t from = CMOS_FROM;
  const Stored stored = store(env, 0xdb, 7, 7, from);
  cpu_stq_data_ra_x86_64(env, address, stored.words[0], from);
  cpu_stw_data_ra_x86_64(env, address + 8, static_cast<std::uint16_t>(stored.words[1]), from);
}
void __wrap_helper_fbld_ST0_x86_64(void* env, std::uint64_t address) {
  const std::uintptr_t from = CMOS_FROM;
  begin(env, from);
  std::array<std::uint64_t, 2> words{cpu_ldq_data_ra_x86_64(env, address, from),
                                     cpu_lduw_data_ra_x86_64(env, address + 8, from)};
  on_memory(0xdf, 4, words.data());
  (void)end(env);
}
void __wrap_helper_fbst_ST0_x86_64(void* env, std::uint64_t address) {
  const std::uintptr_t from = CMOS_FROM;
  const Stored stored = store(env, 0xdf, 6, 6, from);
  cpu_stq_data_ra_x86_64(env, address, stored.words[0], from);
  cpu_stw_data_ra_x86_64(env, address + 8, static_cast<std::uint16_t>(stored.words[1]), from);
}

std::uint32_t __wrap_helper_fnstsw_x86_64(void* env) {
  return notes.resident ? host_status() : whole_status(env);
}
void __wrap_helper_fldcw_x86_64(void* env, std::uint32_t value) {
  begin(env, CMOS_FROM);
  constexpr std::uint16_t kAlways = 0x40;
  leave_x87(env);
  field<std::uint16_t>(env, kControl) = static_cast<std::uint16_t>((value & 0x1f3f) | kAlways);
}
void __real_helper_fclex_x86_64(void*);
void __wrap_helper_fclex_x86_64(void* env) {
  leave_x87(env);
  __real_helper_fclex_x86_64(env);
}
void __real_helper_fninit_x86_64(void*);
void __wrap_helper_fninit_x86_64(void* env) {
  leave_x87(env);
  __real_helper_fninit_x86_64(env);
}
void __wrap_helper_fwait_x86_64(void* env) {
  if (!notes.resident && pending(env)) raise_exception_ra_x86_64(env, kX87Exception, CMOS_FROM);
}

/// Before an instruction that works on registers of MMX.
void __wrap_helper_enter_mmx_x86_64(void* env) {
  wait_outside(env, CMOS_FROM);
}
/// Behind it: `written` is the register that it has written, if below 8.
void __wrap_helper_vmsave_x86_64(void* env, std::uint32_t written) {
  become_mmx(env);
  if (written < 8) std::memset(place(env, written) + 8, 0xff, 2);
}
void __wrap_helper_emms_x86_64(void* env) {
  begin(env, CMOS_FROM);
  asm volatile("emms");
}
}
// NOLINTEND(bugprone-reserved-identifier)

#endif  // CMOS_UNICORN_TUNED
