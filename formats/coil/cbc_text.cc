#include <fmt/format.h>

#include "formats/coil/instruction_text.h"

namespace cmos::coil {

std::string cbc_text(const CbcInstruction& one, const CbcFile& file, std::uint64_t base) {
  using enum CbcShape;
  const CbcOpcodeRow& row = *cbc_opcode_row(one.opcode);
  std::string out(row.mnemonic);
  auto target = [&] {
    return fmt::format("0x{:04x}",
                       static_cast<std::int64_t>(base + one.offset + one.size) + one.distance());
  };
  switch (row.shape) {
    case kPlain:
      return out;
    case kBranch:
      return out + " " + target();
    case kCompare:
      if (one.format == 5 || one.format == 6)
        return fmt::format("{} #{}, 0, {}", out, one.a, target());
      return fmt::format("{} #{}, #{}, {}", out, one.a, one.b, target());
    case kCall: {
      const std::uint32_t callee = one.callee();
      out += callee < file.functions.size()
                 ? fmt::format(" {}", file.name_of(file.functions[callee]))
                 : fmt::format(" function {}", callee);
      if (one.format == kCallFormat && one.a != 0) out += fmt::format(" -> #{}", one.a);
      if (one.format == 4) out += fmt::format(", #{}", one.b);
      if (one.format == 7) out += fmt::format(", #{}, #{}", one.b, one.c);
      for (const std::uint8_t argument : one.arguments) out += fmt::format(", #{}", argument);
      return out;
    }
    case kReturn:
      return one.format == 0 ? out : fmt::format("{} #{}", out, one.a);
    default:
      break;
  }
  out += fmt::format(" #{}", one.a);
  switch (one.format) {
    case 4:
      return row.shape == kVariable ? fmt::format("{}, 0x{:x}", out, one.value)
                                    : fmt::format("{}, #{}", out, one.b);
    case 5:
      return fmt::format("{}, const({})", out, one.value);
    case 6:
      return row.shape == kLoad || row.shape == kStore ? fmt::format("{}, [0x{:x}]", out, one.value)
                                                       : fmt::format("{}, 0x{:x}", out, one.value);
    case 7:
      return row.shape == kArithmetic
                 ? fmt::format("{}, #{}, #{}", out, one.b, one.c)
                 : fmt::format("{}, #{}, {}", out, one.b, static_cast<std::int8_t>(one.c));
    default:
      return out;
  }
}

}  // namespace cmos::coil
