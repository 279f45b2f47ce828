// What bytecode must keep to.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "formats/coil/validate.h"

namespace cmos::coil {
namespace {

class CbcCheck {
 public:
  CbcCheck(const CbcFile& file, Level level, Findings& findings)
      : file_(file), level_(level), findings_(findings) {}

  void function(const CbcFunction& function, Statistics& statistics);

 private:
  void wrong(const RuleRow& rule, std::string_view field, std::string found, std::string expected) {
    findings_.add(rule.rule, base_ + at_, field, std::move(found), std::move(expected));
  }
  bool decode_function(Bytes code);
  void instruction(const CbcInstruction& one, const CbcOpcodeRow& row);
  void branch(const CbcInstruction& one);
  void call(const CbcInstruction& one);
  void constant(const CbcInstruction& one, const CbcOpcodeRow& row);
  void scope(const CbcInstruction& one);
  void variables(const CbcInstruction& one, const CbcOpcodeRow& row);
  void variable(std::uint8_t id);
  void strict(const CbcInstruction& one, const CbcOpcodeRow& row);
  void end_of(const Bytes& code);

  const CbcFile& file_;
  Level level_;
  Findings& findings_;
  std::vector<CbcInstruction> code_;
  std::set<std::uint64_t> starts_;
  std::vector<std::set<std::uint8_t>> scopes_;
  std::uint64_t base_ = 0;
  std::uint64_t at_ = 0;
};

bool CbcCheck::decode_function(Bytes code) {
  code_.clear();
  starts_.clear();
  for (std::uint64_t at = 0; at < code.size();) {
    CbcDecoded one = decode_cbc(code, at, file_.order, base_);
    if (one.fault != DecodeFault::kNone) {
      const bool format = one.fault == DecodeFault::kCount;
      findings_.add((format ? rules_of::kCbcFormat : rules_of::kCbcOpcode).rule,
                    std::move(one.error));
      return false;
    }
    starts_.insert(at);
    at += one.instruction.size;
    code_.push_back(std::move(one.instruction));
  }
  return true;
}

void CbcCheck::branch(const CbcInstruction& one) {
  const std::int64_t target = static_cast<std::int64_t>(one.offset + one.size) + one.distance();
  if (target < 0 || !starts_.contains(static_cast<std::uint64_t>(target)))
    wrong(rules_of::kCbcBranch, "branch target", fmt::format("{}", target),
          "the offset of an instruction of this function");
}

void CbcCheck::call(const CbcInstruction& one) {
  const std::uint32_t callee = one.callee();
  if (callee >= file_.functions.size())
    wrong(rules_of::kCbcIndex, "function", fmt::format("{}", callee),
          fmt::format("less than {}", file_.functions.size()));
}

void CbcCheck::constant(const CbcInstruction& one, const CbcOpcodeRow& row) {
  const auto wanted = row.type == 2 ? (row.width == 4 ? ConstantType::kF32 : ConstantType::kF64)
                                    : (row.width == 8 ? ConstantType::kI64 : ConstantType::kI32);
  if (one.value >= file_.constants.size())
    return wrong(rules_of::kCbcIndex, "constant", fmt::format("{}", one.value),
                 fmt::format("less than {}", file_.constants.size()));
  const ConstantType type = file_.constants[one.value].type;
  // A text's address, which is what can be loaded of it.
  if (type == ConstantType::kString && wanted == ConstantType::kI64 && row.shape == CbcShape::kLoad)
    return;
  if (type != wanted)
    wrong(rules_of::kCbcIndex, "constant", std::string(name(type)), std::string(name(wanted)));
}

void CbcCheck::scope(const CbcInstruction& one) {
  constexpr std::uint8_t kEnter = 0x2c;
  constexpr std::uint8_t kLeave = 0x2d;
  if (one.opcode == kEnter) scopes_.emplace_back();
  if (one.opcode != kLeave) return;
  if (scopes_.size() == 1)
    wrong(rules_of::kCbcScope, "scopel", "no open scope", "scopee before it");
  else
    scopes_.pop_back();
}

void CbcCheck::variable(std::uint8_t id) {
  const bool known = std::any_of(scopes_.begin(), scopes_.end(),
                                 [&](const auto& scope) { return scope.contains(id); });
  if (!known)
    wrong(rules_of::kCbcVariable, "variable", fmt::format("#{}", id),
          "a parameter, or a variable declared before");
}

void CbcCheck::variables(const CbcInstruction& one, const CbcOpcodeRow& row) {
  switch (row.shape) {
    case CbcShape::kVariable:
      if (one.a == 0) wrong(rules_of::kCbcVariable, "variable", "#0", "1 or more");
      scopes_.back().insert(one.a);
      return;
    case CbcShape::kCall:
      if (one.format == kCallFormat) {
        if (one.a != 0) variable(one.a);
        for (const std::uint8_t argument : one.arguments) variable(argument);
        return;
      }
      if (one.format != 1) variable(one.b);
      if (one.format == 7) variable(one.c);
      return;
    case CbcShape::kPlain:
    case CbcShape::kBranch:
      return;
    case CbcShape::kReturn:
      if (one.format == 1) variable(one.a);
      return;
    default:
      variable(one.a);
      if (one.format == 4 || one.format == 7 || one.format == 8 || one.format == 9) variable(one.b);
      if (one.format == 7 && row.shape == CbcShape::kArithmetic) variable(one.c);
  }
}

void CbcCheck::strict(const CbcInstruction& one, const CbcOpcodeRow& row) {
  if (one.type != row.type)
    wrong(rules_of::kCbcTypeNibble, "type", fmt::format("{:x}", one.type),
          fmt::format("{:x} for {}", row.type, row.mnemonic));
  const bool old = file_.version.major == 1 && file_.version.minor < kExtendedMinor;
  if (one.format >= kFirstExtendedFormat && old)
    wrong(rules_of::kCbcMinorFormat, "format", fmt::format("{:x}", one.format),
          "version 1.1 or later in the header");
}

void CbcCheck::instruction(const CbcInstruction& one, const CbcOpcodeRow& row) {
  at_ = one.offset;
  if (row.shape == CbcShape::kBranch || row.shape == CbcShape::kCompare) branch(one);
  if (row.shape == CbcShape::kCall) call(one);
  const bool has_constant = row.shape == CbcShape::kLoad || row.shape == CbcShape::kVariable;
  if (has_constant && one.format == 5) constant(one, row);
  scope(one);
  variables(one, row);
  if (level_ == Level::kStrict) strict(one, row);
}

void CbcCheck::end_of(const Bytes& code) {
  at_ = code.size();
  if (scopes_.size() > 1)
    wrong(rules_of::kCbcScope, "scopee", fmt::format("{} open scopes", scopes_.size() - 1),
          "a scopel for each");
  constexpr std::uint8_t kEnd = 0x11;
  constexpr std::uint8_t kReturn = 0x10;
  constexpr std::uint8_t kBranch = 0x02;
  const std::uint8_t last = code_.empty() ? std::uint8_t{0} : code_.back().opcode;
  if (last != kEnd && last != kReturn && last != kBranch)
    wrong(rules_of::kCbcEnd, "function", "an instruction that goes on at its end",
          "ret, end or br");
}

void CbcCheck::function(const CbcFunction& function, Statistics& statistics) {
  base_ = function.code_offset;
  at_ = 0;
  if (function.code.empty()) return;
  const bool whole = decode_function(function.code);
  statistics.instructions += code_.size();
  statistics.code_bytes += function.code.size();
  if (!whole) return;
  scopes_.assign(1, {});
  for (unsigned id = 1; id <= std::min<unsigned>(function.parameters, 255); ++id)
    scopes_[0].insert(static_cast<std::uint8_t>(id));
  for (const CbcInstruction& one : code_) instruction(one, *cbc_opcode_row(one.opcode));
  end_of(function.code);
}

}  // namespace

void check_cbc(const CbcFile& file, Level level, Findings& findings, Statistics& statistics) {
  for (std::size_t i = 0; i < file.functions.size(); ++i) {
    const CbcFunction& one = file.functions[i];
    auto text = [&](std::uint16_t index) {
      return index < file.constants.size() && file.constants[index].type == ConstantType::kString;
    };
    const bool signature = one.signature == kNoSignature || text(one.signature);
    if (!text(one.name) || !signature)
      findings.add(rules_of::kCbcFunction.rule, 0, fmt::format("function {}", i),
                   fmt::format("constant {}", signature ? one.name : one.signature),
                   "a string constant");
    CbcCheck(file, level, findings).function(one, statistics);
  }
  if (!file.functions.empty() || file.anonymous_code.empty()) return;
  CbcFunction anonymous;
  anonymous.code = file.anonymous_code;
  anonymous.code_offset = file.anonymous_offset;
  CbcCheck(file, level, findings).function(anonymous, statistics);
}

}  // namespace cmos::coil
