#include "disasm/disasm.h"

#include <capstone/capstone.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/text.h"
#include "disasm/z80.h"

namespace cmos::disasm {
namespace {

struct Mode {
  std::string_view arch;
  bool thumb;
  cs_arch capstone_arch;
  int capstone_mode;
  std::uint32_t unit;
};

constexpr Mode kModes[] = {
    {"8664", false, CS_ARCH_X86, CS_MODE_64, 1},
    {"__86", false, CS_ARCH_X86, CS_MODE_32, 1},
    {"_ARM", false, CS_ARCH_ARM, CS_MODE_ARM, 4},
    {"_ARM", true, CS_ARCH_ARM, CS_MODE_THUMB, 2},
    {"AR64", false, CS_ARCH_ARM64, CS_MODE_LITTLE_ENDIAN, 4},
    {"APPL", false, CS_ARCH_ARM64, CS_MODE_LITTLE_ENDIAN, 4},
    {"_68K", false, CS_ARCH_M68K, CS_MODE_BIG_ENDIAN | CS_MODE_M68K_000, 2},
};

/// What Capstone has no decoder for.
struct Table {
  std::string_view arch;
  std::optional<Instruction> (*decode)(Bytes code, std::uint64_t address);
  std::optional<Instruction> (*zilog)(Bytes code, std::uint64_t address);
};
constexpr Table kTables[] = {
    {"_Z80", decode_z80, decode_z80},
    {"8080", decode_8080_intel, decode_8080_zilog},
};

Instruction from_capstone(const cs_insn& in) {
  return {.address = in.address,
          .size = in.size,
          .mnemonic = static_cast<const char*>(in.mnemonic),
          .operands = static_cast<const char*>(in.op_str),
          .bytes = {std::begin(in.bytes), std::begin(in.bytes) + in.size}};
}

/// One unit (or what is left of one) that is no instruction.
Instruction data_line(Bytes code, std::uint64_t address, std::uint32_t unit, ByteOrder order) {
  Instruction out;
  out.address = address;
  const bool whole = code.size() >= unit;
  out.size = whole ? unit : 1;
  out.bytes.assign(code.begin(), code.begin() + out.size);
  out.mnemonic = out.size == 4 ? ".long" : out.size == 2 ? ".short" : ".byte";
  out.operands = fmt::format("0x{:0{}x}", load(code.first(out.size), order), 2 * out.size);
  return out;
}

/// cs_disasm() at most `count` instructions, stopping at the first that is none.
std::vector<Instruction> capstone_sweep(csh handle, Bytes code, std::uint64_t address,
                                        std::size_t count) {
  cs_insn* list = nullptr;
  const std::size_t found =
      code.empty() ? 0 : cs_disasm(handle, code.data(), code.size(), address, count, &list);
  std::vector<Instruction> out;
  out.reserve(found);
  for (std::size_t i = 0; i < found; ++i) out.push_back(from_capstone(list[i]));
  if (found > 0) cs_free(list, found);
  return out;
}

}  // namespace

Result<Disassembler> Disassembler::open(std::string_view arch, bool thumb, Syntax syntax) {
  for (const Mode& mode : kModes) {
    if (mode.arch != arch || mode.thumb != thumb) continue;
    csh handle = 0;
    const cs_err error =
        cs_open(mode.capstone_arch, static_cast<cs_mode>(mode.capstone_mode), &handle);
    if (error != CS_ERR_OK) {
      return fail(ErrorCode::kInternal, fmt::format("Capstone: {}", cs_strerror(error)));
    }
    if (mode.capstone_arch == CS_ARCH_X86 && syntax == Syntax::kAtt)
      cs_option(handle, CS_OPT_SYNTAX, CS_OPT_SYNTAX_ATT);
    return Disassembler(
        handle, mode.unit,
        (mode.capstone_mode & CS_MODE_BIG_ENDIAN) != 0 ? ByteOrder::kBig : ByteOrder::kLittle);
  }
  for (const Table& table : kTables) {
    if (table.arch == arch && !thumb)
      return Disassembler(syntax == Syntax::kZilog ? table.zilog : table.decode);
  }
  return fail(ErrorCode::kUnsupported,
              fmt::format("no disassembler for ARCH {}{}", quote(as_bytes(arch)),
                          thumb ? " in Thumb state" : ""));
}

Disassembler::Disassembler(Disassembler&& other) noexcept
    : handle_(std::exchange(other.handle_, 0)),
      decode_(other.decode_),
      unit_(other.unit_),
      order_(other.order_) {}

Disassembler& Disassembler::operator=(Disassembler&& other) noexcept {
  std::swap(handle_, other.handle_);
  std::swap(decode_, other.decode_);
  std::swap(unit_, other.unit_);
  std::swap(order_, other.order_);
  return *this;
}

Disassembler::~Disassembler() {
  csh handle = handle_;
  if (handle != 0) cs_close(&handle);
}

std::optional<Instruction> Disassembler::decode(Bytes code, std::uint64_t address) const {
  std::vector<Instruction> one = sweep(code, address, 1);
  if (one.empty()) return std::nullopt;
  return std::move(one.front());
}

/// At most `count` instructions, stopping at the first that is none.
std::vector<Instruction> Disassembler::sweep(Bytes code, std::uint64_t address,
                                             std::size_t count) const {
  if (decode_ == nullptr) return capstone_sweep(handle_, code, address, count);
  std::vector<Instruction> out;
  while (out.size() < count) {
    auto next = decode_(code, address);
    if (!next) break;
    address += next->size;
    code = code.subspan(next->size);
    out.push_back(std::move(*next));
  }
  return out;
}

std::vector<Instruction> Disassembler::decode_all(Bytes code, std::uint64_t address,
                                                  std::size_t count) const {
  std::vector<Instruction> out;
  while (!code.empty() && out.size() < count) {
    for (Instruction& next : sweep(code, address, count - out.size())) {
      address += next.size;
      code = code.subspan(next.size);
      out.push_back(std::move(next));
    }
    if (code.empty() || out.size() >= count) break;
    out.push_back(data_line(code, address, unit_, order_));
    address += out.back().size;
    code = code.subspan(out.back().size);
  }
  return out;
}

}  // namespace cmos::disasm
