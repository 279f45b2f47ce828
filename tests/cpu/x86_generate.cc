#include <capstone/capstone.h>

#include <algorithm>
#include <stdexcept>

#include "emu/x86_length.h"
#include "tests/cpu/x86.h"
#include "tests/cpu/x86_tables.h"

namespace cmos::cpu_test {
namespace {

constexpr unsigned kNoGpr = 99;

/// The number in encodings of an integer register of any width, or kNoGpr.
unsigned gpr_of(unsigned reg) {
  static constexpr std::array<std::array<unsigned, 4>, 16> kNames{{
      {X86_REG_RAX, X86_REG_EAX, X86_REG_AX, X86_REG_AL},
      {X86_REG_RCX, X86_REG_ECX, X86_REG_CX, X86_REG_CL},
      {X86_REG_RDX, X86_REG_EDX, X86_REG_DX, X86_REG_DL},
      {X86_REG_RBX, X86_REG_EBX, X86_REG_BX, X86_REG_BL},
      {X86_REG_RSP, X86_REG_ESP, X86_REG_SP, X86_REG_SPL},
      {X86_REG_RBP, X86_REG_EBP, X86_REG_BP, X86_REG_BPL},
      {X86_REG_RSI, X86_REG_ESI, X86_REG_SI, X86_REG_SIL},
      {X86_REG_RDI, X86_REG_EDI, X86_REG_DI, X86_REG_DIL},
      {X86_REG_R8, X86_REG_R8D, X86_REG_R8W, X86_REG_R8B},
      {X86_REG_R9, X86_REG_R9D, X86_REG_R9W, X86_REG_R9B},
      {X86_REG_R10, X86_REG_R10D, X86_REG_R10W, X86_REG_R10B},
      {X86_REG_R11, X86_REG_R11D, X86_REG_R11W, X86_REG_R11B},
      {X86_REG_R12, X86_REG_R12D, X86_REG_R12W, X86_REG_R12B},
      {X86_REG_R13, X86_REG_R13D, X86_REG_R13W, X86_REG_R13B},
      {X86_REG_R14, X86_REG_R14D, X86_REG_R14W, X86_REG_R14B},
      {X86_REG_R15, X86_REG_R15D, X86_REG_R15W, X86_REG_R15B},
  }};
  for (unsigned i = 0; i < kNames.size(); ++i)
    if (std::find(kNames[i].begin(), kNames[i].end(), reg) != kNames[i].end()) return i;
  return kNoGpr;
}

bool contains(std::span<const unsigned> list, unsigned value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

bool is_wanted(const cs_insn& insn) {
  if (contains(kExcludedInstructions, insn.id)) return false;
  for (unsigned i = 0; i < insn.detail->groups_count; ++i)
    if (contains(kExcludedGroups, insn.detail->groups[i])) return false;
  for (unsigned i = 0; i < insn.detail->x86.op_count; ++i) {
    const cs_x86_op& operand = insn.detail->x86.operands[i];
    if (operand.type == X86_OP_REG && contains(kExcludedRegisters, operand.reg)) return false;
    if (operand.type == X86_OP_MEM && operand.mem.segment != X86_REG_INVALID &&
        operand.mem.segment != X86_REG_ES && operand.mem.segment != X86_REG_DS &&
        operand.mem.segment != X86_REG_SS)
      return false;
  }
  return insn.detail->x86.prefix[1] == 0 ||
         contains(std::array{0x2eu, 0x36u, 0x3eu, 0x26u}, insn.detail->x86.prefix[1]);
}

bool has_memory(const cs_x86& x86) {
  return std::any_of(x86.operands, x86.operands + x86.op_count,
                     [](const cs_x86_op& operand) { return operand.type == X86_OP_MEM; });
}

bool has_pointer(const cs_x86& x86) {
  return std::any_of(x86.operands, x86.operands + x86.op_count, [](const cs_x86_op& operand) {
    return operand.type == X86_OP_MEM &&
           (operand.mem.base != X86_REG_INVALID || operand.mem.index != X86_REG_INVALID);
  });
}

/// Whether an instruction of 32-bit code does the same in 64-bit code, once its addresses have 32
/// bits there, too.
bool is_like_64_bit(const cs_insn& insn) {
  constexpr std::uint8_t kShortAddress = 0x67;
  const cs_x86& x86 = insn.detail->x86;
  const unsigned opcode = x86.opcode[0];
  const bool has_address = has_memory(x86) || contains(kUsesPointers, insn.id);
  if (x86.prefix[3] == kShortAddress && has_address) return false;
  if (contains(kUsesStack, insn.id)) return false;
  for (unsigned i = 0; i < insn.detail->groups_count; ++i)
    if (insn.detail->groups[i] == X86_GRP_NOT64BITMODE) return false;
  // inc and dec of a register are REX prefixes, 82 does not exist; addresses of mov have 8 bytes.
  if ((opcode & 0xf0) == 0x40 || opcode == 0x82 || (opcode & 0xfc) == 0xa0) return false;
  // A displacement alone counts from the next instruction.
  const bool is_relative = has_memory(x86) && (x86.modrm & 0xc7) == 5 && !has_pointer(x86);
  return !is_relative;
}

std::uint64_t undefined_flags(const cs_insn& insn) {
  std::uint64_t flags = 0;
  for (const auto& [ids, undefined] : kUndefinedFlags)
    if (contains(ids, insn.id)) flags |= undefined;
  // Shifts by one, whose opcodes are D0 and D1, define OF.
  if (insn.detail->x86.opcode[0] == 0xd0 || insn.detail->x86.opcode[0] == 0xd1) flags &= ~kOverflow;
  return flags;
}

}  // namespace

struct X86Generator::Decoder {
  csh handle = 0;
  cs_insn* insn = nullptr;
  explicit Decoder(bool wide) {
    if (cs_open(CS_ARCH_X86, wide ? CS_MODE_64 : CS_MODE_32, &handle) != CS_ERR_OK)
      throw std::runtime_error("no Capstone");
    cs_option(handle, CS_OPT_DETAIL, CS_OPT_ON);
    insn = cs_malloc(handle);
  }
  ~Decoder() {
    cs_free(insn, 1);
    cs_close(&handle);
  }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  bool decode(const std::vector<std::uint8_t>& code) {
    const std::uint8_t* at = code.data();
    std::size_t size = code.size();
    std::uint64_t address = 0x1000;
    return cs_disasm_iter(handle, &at, &size, &address, insn);
  }
};

namespace {

/// Makes the memory operands of an instruction point into the window.
class Pointing {
 public:
  Pointing(Random& random, State& state, std::vector<std::uint8_t>& code, bool wide)
      : random_(random), state_(state), code_(code), mask_(wide ? ~0ull : 0xffff'ffffull) {}

  bool point(const cs_insn& insn) {
    const cs_x86& x86 = insn.detail->x86;
    bool done = true;
    for (unsigned i = 0; i < x86.op_count && done; ++i)
      if (x86.operands[i].type == X86_OP_MEM) done = point(x86, x86.operands[i].mem);
    return done;
  }

  std::uint64_t target() {
    const std::uint64_t offset = random_.below(256);
    return kMiddle - 128 + (random_.percent(80) ? offset & ~15ull : offset);
  }

 private:
  bool point(const cs_x86& x86, const x86_op_mem& memory) {
    const bool has_base = memory.base != X86_REG_INVALID,
               has_index = memory.index != X86_REG_INVALID;
    const unsigned base = gpr_of(memory.base), index = gpr_of(memory.index);
    if ((has_base && base == kNoGpr) || (has_index && index == kNoGpr)) return false;
    const std::uint64_t address = target();
    std::uint64_t rest = address;
    const auto scale = static_cast<std::uint64_t>(memory.scale);
    if (has_index) {
      set(index, random_.below(random_.percent(80) ? 16 : 100) - 8);
      rest -= get(index) * scale;
    }
    if (has_base && !(has_index && index == base)) {
      set(base, rest - static_cast<std::uint64_t>(memory.disp));
      return true;
    }
    if (has_base) rest -= get(base);
    if (x86.encoding.disp_size != 4) return false;
    for (unsigned i = 0; i < 4; ++i)
      code_[x86.encoding.disp_offset + i] = static_cast<std::uint8_t>(rest >> (8 * i));
    return true;
  }

  std::uint64_t get(unsigned number) const {
    return state_.get<std::uint64_t>(kGpr + 8 * number) & mask_;
  }
  void set(unsigned number, std::uint64_t value) {
    state_.set<std::uint64_t>(kGpr + 8 * number, value & mask_);
  }

  Random& random_;
  State& state_;
  std::vector<std::uint8_t>& code_;
  std::uint64_t mask_;
};

}  // namespace

X86Generator::X86Generator(bool wide, std::uint64_t seed, Part part)
    : wide_(wide), part_(part), random_(seed), decoder_(std::make_unique<Decoder>(wide)) {}
X86Generator::~X86Generator() = default;

std::vector<std::uint8_t> X86Generator::random_bytes(bool absolute) {
  std::vector<std::uint8_t> code;
  const auto add = [&code](std::uint64_t byte) { code.push_back(static_cast<std::uint8_t>(byte)); };
  if (random_.percent(3)) add(0x67);
  switch (random_.below(8)) {
    case 0:
      add(0xf2);
      break;
    case 1:
      add(0xf3);
      break;
    case 2:
    case 3:
      add(0x66);
      break;
    default:
      break;
  }
  if (wide_ && random_.percent(40)) add(0x40 | random_.below(16));
  const std::uint64_t map = random_.below(100);
  bool x87 = false;
  if (map < 15) {
    add(0xd8 | random_.below(8));
    x87 = true;
  } else if (map >= 40) {
    add(0x0f);
    if (map >= 90)
      add(0x3a);
    else if (map >= 78)
      add(0x38);
  }
  // Most of what has three bytes is in the first quarter.
  if (!x87) add(map >= 78 && random_.percent(80) ? random_.below(0x64) : random_.below(256));
  const std::uint64_t modrm = random_.bits() & 0xff;
  if (random_.percent(50)) {
    add(modrm | 0xc0);
  } else if (absolute) {
    const bool has_sib = wide_ || part_ == Part::kLike64Bit;
    add(has_sib ? (modrm & 0x38) | 4 : (modrm & 0x38) | 5);
    if (has_sib) add(0x25);
  } else {
    add(modrm);
  }
  while (code.size() < 15) add(random_.bits());
  return code;
}

std::optional<Piece> X86Generator::instruction(State& state, bool in_sequence) {
  Piece piece{.code = random_bytes(in_sequence)};
  if (!decoder_->decode(piece.code)) return std::nullopt;
  const cs_insn& insn = *decoder_->insn;
  // Where Capstone is wrong about a length or what is AVX, the code would be something else.
  const emu::X86Shape shape = emu::x86_shape(piece.code, wide_);
  if (!is_wanted(insn) || shape.vector_prefix || shape.length != insn.size) return std::nullopt;
  if (part_ != Part::kAll && is_like_64_bit(insn) != (part_ == Part::kLike64Bit))
    return std::nullopt;
  // qemu-user takes LOCK where processors do not, and knows no second encoding of test.
  const cs_x86& shown = insn.detail->x86;
  const bool second_test = (shown.opcode[0] | 1) == 0xf7 && (shown.modrm & 0x38) == 8;
  const bool locked = std::find(piece.code.begin(), piece.code.begin() + insn.size, 0xf0) !=
                      piece.code.begin() + insn.size;
  if (part_ == Part::kUnlike64Bit && (second_test || locked)) return std::nullopt;
  // What lies at fs and gs is the reference process' own. Capstone tells the last prefix only, but
  // to 64-bit code no prefix behind one of these takes it back.
  if (std::any_of(piece.code.begin(), piece.code.begin() + shape.opcode_at,
                  [](std::uint8_t byte) { return byte == 0x64 || byte == 0x65; }))
    return std::nullopt;
  // What only emulators do for the other part they are not asked about.
  if (part_ == Part::kUnlike64Bit && insn.detail->x86.opcode[0] == 0x0f) return std::nullopt;
  if (part_ == Part::kUnlike64Bit && (insn.detail->x86.opcode[0] & 0xf8) == 0xd8)
    return std::nullopt;
  // An address of 16 bits reaches no memory here: an x87 store faults, and has raised its
  // exceptions before (docs/cpu.md); a store whose mask is 0 may fault; clflush does not
  // (docs/cpu.md).
  const bool x87_memory = (shown.opcode[0] & 0xf8) == 0xd8 && (shown.modrm & 0xc0) != 0xc0;
  const bool other =
      insn.id == X86_INS_MASKMOVDQU || insn.id == X86_INS_MASKMOVQ || insn.id == X86_INS_CLFLUSH;
  if (!wide_ && shown.addr_size == 2 && (x87_memory || other)) return std::nullopt;
  if (part_ == Part::kLike64Bit &&
      (has_pointer(insn.detail->x86) || contains(kUsesPointers, insn.id)))
    piece.before_reference = {0x67};
  piece.code.resize(insn.size);
  piece.undefined_flags = undefined_flags(insn);
  const cs_x86& x86 = insn.detail->x86;
  bool memory = false, writes_stack_pointer = false;
  for (unsigned i = 0; i < x86.op_count; ++i) {
    const cs_x86_op& operand = x86.operands[i];
    if (operand.type == X86_OP_MEM) {
      memory = true;
      if (in_sequence && operand.mem.base != X86_REG_INVALID) return std::nullopt;
      if (in_sequence && operand.mem.index != X86_REG_INVALID) return std::nullopt;
    }
    if (operand.type == X86_OP_REG && (operand.access & CS_AC_WRITE) != 0 &&
        gpr_of(operand.reg) == 4)
      writes_stack_pointer = true;
  }
  if (in_sequence && contains(kAlone, insn.id)) return std::nullopt;
  if (in_sequence && (writes_stack_pointer || contains(kUsesPointers, insn.id)))
    return std::nullopt;
  const auto set = [&](unsigned number, std::uint64_t value) {
    state.set<std::uint64_t>(kGpr + 8 * number, wide_ ? value : value & 0xffff'ffff);
  };
  // The offset of a bit in memory, and the count of a repetition.
  if (contains(kBitTests, insn.id) && memory && x86.op_count == 2 &&
      x86.operands[1].type == X86_OP_REG) {
    if (in_sequence) return std::nullopt;
    set(gpr_of(x86.operands[1].reg), random_.below(1024) - 512);
  }
  if (!in_sequence && (x86.prefix[0] == 0xf2 || x86.prefix[0] == 0xf3)) set(1, random_.below(20));
  Pointing pointing(random_, state, piece.code, wide_);
  if (contains(kUsesPointers, insn.id))
    for (const unsigned number : {4u, 5u, 6u, 7u}) set(number, pointing.target());
  if (insn.id == X86_INS_XLATB) set(3, kMiddle - state.get<std::uint8_t>(kGpr));
  if (!pointing.point(insn)) return std::nullopt;
  // Undefined: the upper half of a register, when there is no bit to find.
  if (contains(lists::kScans, insn.id) && x86.operands[0].size == 4) {
    if (in_sequence) return std::nullopt;
    const unsigned number = gpr_of(x86.operands[0].reg);
    set(number, state.get<std::uint32_t>(kGpr + 8 * number));
  }
  // Below the frame that it makes, a processor looks whether there is memory.
  if (insn.id == X86_INS_ENTER) {
    piece.code[insn.size - 3u] &= 0x3f;
    piece.code[insn.size - 2u] = 0;
  }
  // Undefined: the operand has fewer bits than the count says.
  if ((insn.id == X86_INS_SHLD || insn.id == X86_INS_SHRD) && x86.operands[0].size == 2) {
    if (in_sequence && x86.operands[2].type != X86_OP_IMM) return std::nullopt;
    if (x86.operands[2].type == X86_OP_IMM) piece.code[insn.size - 1u] &= 0xef;
    state.set<std::uint8_t>(kGpr + 8, state.get<std::uint8_t>(kGpr + 8) & 0xef);
  }
  // Comparisons that find what they expect.
  if (contains(kExchanges, insn.id) && random_.percent(50)) {
    const std::uint64_t low = state.get<std::uint64_t>(kGpr),
                        high = state.get<std::uint64_t>(kGpr + 16);
    for (std::size_t i = 0; i + 16 <= kWindow; i += 16) {
      std::memcpy(state.memory.data() + i, &low, 8);
      const std::uint64_t second = insn.id == X86_INS_CMPXCHG16B ? high : low;
      std::memcpy(state.memory.data() + i + 8, &second, 8);
      if (insn.id == X86_INS_CMPXCHG8B)
        for (const std::size_t at : {i + 4, i + 12})
          std::memcpy(state.memory.data() + at, &high, 4);
    }
    if (!memory && x86.op_count == 2 && gpr_of(x86.operands[0].reg) != kNoGpr)
      set(gpr_of(x86.operands[0].reg), low ^ (random_.percent(50) ? 0 : 1ull << 40));
  }
  return piece;
}

Case X86Generator::single() {
  Case made{.pieces = {}, .before = random_state()};
  for (;;) {
    State state = made.before;
    if (auto piece = instruction(state, false)) {
      made.before = state;
      made.pieces.push_back(std::move(*piece));
      return made;
    }
  }
}

Case X86Generator::sequence() {
  Case made{.pieces = {}, .before = random_state()};
  made.before.set<std::uint64_t>(kGpr + 8 * 4, kMiddle & ~15ull);
  for (const std::uint64_t length = 3 + random_.below(6); made.pieces.size() < length;) {
    auto piece = instruction(made.before, true);
    if (!piece) continue;
    const bool undefined = piece->undefined_flags != 0;
    made.pieces.push_back(std::move(*piece));
    if (undefined) made.pieces.push_back({.code = {0x39, 0xd9}, .defines_flags = true});  // cmp
  }
  return made;
}

}  // namespace cmos::cpu_test
