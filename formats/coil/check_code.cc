// What COIL code must keep to: scopes, variables, types, labels, ABIs.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "formats/coil/validate.h"

namespace cmos::coil {
namespace {

class CodeCheck {
 public:
  CodeCheck(const ObjectFile& file, std::size_t section, Level level, Findings& findings)
      : file_(file),
        section_(file.sections[section]),
        index_(section),
        level_(level),
        findings_(findings) {}

  void run(Statistics& statistics);

 private:
  using Variables = std::map<std::uint32_t, Type>;

  void wrong(const RuleRow& rule, std::string_view field, std::string found, std::string expected) {
    findings_.add(rule.rule, section_.file_offset + at_, field, std::move(found),
                  std::move(expected));
  }
  bool decode_section();
  void labels();
  void instruction(const Instruction& one);
  void begin_function();
  void scope(const Instruction& one);
  void declare(const Instruction& one);
  void operand(const Operand& one);
  void symbol(std::uint32_t index, std::string_view field);
  void variable(std::uint32_t id);
  const Type* type_of(std::uint32_t id) const;
  void types(const Instruction& one);
  void written(const Instruction& one);
  void abi(const Operand& one);
  void abi_block(const Instruction& one);
  void immediate(const Operand& one, const Type& type);
  void reach(const Instruction& one);

  const ObjectFile& file_;
  const Section& section_;
  std::size_t index_;
  Level level_;
  Findings& findings_;
  std::vector<Instruction> code_;
  std::set<std::uint64_t> labels_;
  std::set<std::uint64_t> functions_;
  std::vector<Variables> scopes_ = {{}};
  std::set<std::string_view> abis_;
  bool compared_ = false;
  bool reachable_ = true;
  std::uint64_t at_ = 0;
};

bool CodeCheck::decode_section() {
  const RuleRow* const rules[] = {nullptr, &rules_of::kOpcode, &rules_of::kOperandCount,
                                  &rules_of::kOperand};
  for (std::uint64_t at = 0; at < section_.bytes.size();) {
    Decoded one = decode(section_.bytes, at, file_.order, section_.file_offset);
    if (one.fault != DecodeFault::kNone) {
      findings_.add(rules[static_cast<std::size_t>(one.fault)]->rule, std::move(one.error));
      return false;
    }
    at += one.instruction.size;
    code_.push_back(std::move(one.instruction));
  }
  return true;
}

void CodeCheck::labels() {
  std::set<std::uint64_t> starts = {section_.size};
  for (const Instruction& one : code_) starts.insert(one.offset);
  for (std::size_t i = 0; i < file_.symbols.size(); ++i) {
    const Symbol& one = file_.symbols[i];
    if (one.section != index_ || i == section_.name || one.has(symbol_attribute::kAbsolute))
      continue;
    labels_.insert(one.value);
    if (one.has(symbol_attribute::kFunction)) functions_.insert(one.value);
    at_ = std::min<std::uint64_t>(one.value, section_.size);
    if (one.value <= section_.size && !starts.contains(one.value))
      wrong(rules_of::kBranchTarget, fmt::format("symbol {}", i), fmt::format("{}", one.value),
            "the offset of an instruction");
  }
}

void CodeCheck::begin_function() {
  if (scopes_.size() > 1) return;
  scopes_ = {{}};
  compared_ = false;
  reachable_ = true;
}

void CodeCheck::scope(const Instruction& one) {
  if (one.opcode == opcode::kScopeEnter) {
    scopes_.emplace_back();
  } else if (scopes_.size() == 1) {
    wrong(rules_of::kScopeBalance, "SCOPEL", "no open scope", "SCOPEE before it");
  } else {
    scopes_.pop_back();
  }
}

void CodeCheck::declare(const Instruction& one) {
  const std::uint32_t id = one.operands[0].id;
  if (one.operands.size() > 2) {
    operand(one.operands[2]);
    const Type& type = one.operands[1].type;
    if (one.operands[2].kind == OperandKind::kVariable) {
      const Type* from = type_of(one.operands[2].id);
      if (from != nullptr && !compatible(type, *from))
        wrong(rules_of::kTypes, "VAR", text_of(*from), text_of(type));
    }
    if (level_ == Level::kStrict) immediate(one.operands[2], type);
  }
  for (const TypeLevel& level : one.operands[1].type.levels) {
    if (type_row(level.code)->kind == TypeKind::kStruct) symbol(level.symbol, "type name");
  }
  if (!scopes_.back().emplace(id, one.operands[1].type).second)
    wrong(rules_of::kRedeclared, "VAR", fmt::format("#{} a second time", id), "one declaration");
}

void CodeCheck::symbol(std::uint32_t index, std::string_view field) {
  if (index >= file_.symbols.size())
    wrong(rules_of::kOperandSymbol, field, fmt::format("symbol {}", index),
          fmt::format("less than {}", file_.symbols.size()));
}

const Type* CodeCheck::type_of(std::uint32_t id) const {
  for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
    const auto found = scope->find(id);
    if (found != scope->end()) return &found->second;
  }
  return nullptr;
}

void CodeCheck::variable(std::uint32_t id) {
  if (type_of(id) == nullptr)
    wrong(rules_of::kVariable, "variable", fmt::format("#{}", id), "a declared variable");
}

void CodeCheck::abi(const Operand& one) {
  symbol(one.id, "ABI symbol");
  if (one.id >= file_.symbols.size()) return;
  const std::string_view name = file_.symbols[one.id].name;
  if (!is_built_in_abi(name) && !abis_.contains(name))
    wrong(rules_of::kAbi, "ABI", std::string(name), "a built-in ABI, or one defined before");
}

void CodeCheck::operand(const Operand& one) {
  using Part = Memory::Part;
  switch (one.kind) {
    case OperandKind::kVariable:
    case OperandKind::kTypedVariable:
      return variable(one.id);
    case OperandKind::kSymbol:
    case OperandKind::kTypedSymbol:
      return symbol(one.id, "symbol");
    case OperandKind::kAbi:
      return abi(one);
    case OperandKind::kMemory:
      if (one.memory.base == Part::kVariable) variable(one.memory.base_id);
      if (one.memory.index == Part::kVariable) variable(one.memory.index_id);
      if (one.memory.base == Part::kSymbol) symbol(one.memory.base_id, "symbol");
      if (one.memory.index == Part::kSymbol) symbol(one.memory.index_id, "symbol");
      return;
    case OperandKind::kType:
      for (const TypeLevel& level : one.type.levels) {
        if (type_row(level.code)->kind == TypeKind::kStruct) symbol(level.symbol, "type name");
      }
      return;
    default:
      return;
  }
}

void CodeCheck::abi_block(const Instruction& one) {
  std::map<AbiRecord, unsigned> records;
  for (const AbiEntry& entry : one.abi) ++records[entry.record];
  using enum AbiRecord;
  for (const AbiRecord record : {kParams, kRets, kCaller, kCallee, kStackAlignment}) {
    if (records[record] != 1)
      wrong(rules_of::kAbiBlock, *name_of(abi_records(), static_cast<std::uint32_t>(record)),
            fmt::format("{} times", records[record]), "once");
  }
  if (one.operands[0].id < file_.symbols.size())
    abis_.insert(file_.symbols[one.operands[0].id].name);
}

/// Whether the operands behind the first are values of its type.
bool works_on_one_type(std::uint8_t code) {
  return code == opcode::kMov || code == opcode::kCmp || code == opcode::kTest ||
         code == opcode::kXchg || (code >= opcode::kAnd && code <= opcode::kNot) ||
         (code >= opcode::kAdd && code <= opcode::kMod) || code == opcode::kFma ||
         code == opcode::kMin || code == opcode::kMax;
}

void CodeCheck::immediate(const Operand& one, const Type& type) {
  const TypeRow* row = type_row(type.code());
  if (one.kind != OperandKind::kImmediate || row == nullptr || !is_integer(row->kind)) return;
  const TypeRow& own = *type_row(one.type.code());
  if (!is_integer(own.kind) || own.size > 8 || row->size >= 8) return;
  const unsigned unused = 64 - 8u * own.size;
  const bool negative = own.kind == TypeKind::kSigned && (one.value << unused) >> 63 != 0;
  const std::uint64_t magnitude =
      negative
          ? std::uint64_t{0} -
                static_cast<std::uint64_t>(static_cast<std::int64_t>(one.value << unused) >> unused)
          : one.value;
  const unsigned bits = 8u * row->size;
  const bool fits = negative ? row->kind == TypeKind::kSigned && magnitude <= 1ull << (bits - 1)
                             : magnitude >> bits == 0;
  if (!fits)
    wrong(rules_of::kImmediateRange, "immediate",
          fmt::format("{}{}", negative ? "-" : "", magnitude), text_of(type));
}

void CodeCheck::types(const Instruction& one) {
  if (!works_on_one_type(one.opcode)) return;
  const auto operands = one.plain_operands();
  if (operands.empty() || operands[0].kind != OperandKind::kVariable) return;
  const Type* to = type_of(operands[0].id);
  if (to == nullptr) return;
  const bool both_ways =
      one.opcode == opcode::kCmp || one.opcode == opcode::kTest || one.opcode == opcode::kXchg;
  for (const Operand& from : operands.subspan(1)) {
    if (level_ == Level::kStrict) immediate(from, *to);
    const Type* type = from.kind == OperandKind::kVariable ? type_of(from.id) : nullptr;
    if (type == nullptr || compatible(*to, *type) || (both_ways && compatible(*type, *to)))
      continue;
    wrong(rules_of::kTypes, opcode_row(one.opcode)->mnemonic, text_of(*type), text_of(*to));
  }
}

void CodeCheck::written(const Instruction& one) {
  const OpcodeRow& row = *opcode_row(one.opcode);
  if (row.operands.empty() || row.operands[0] != 'D' || one.operands.empty()) return;
  if (one.operands[0].kind != OperandKind::kVariable) return;
  const Type* type = type_of(one.operands[0].id);
  if (type != nullptr && (type->extension() & extension::kConst) != 0)
    wrong(rules_of::kConstant, row.mnemonic, fmt::format("#{}, which is CONST", one.operands[0].id),
          "a variable that can be written");
}

void CodeCheck::reach(const Instruction& one) {
  const OpcodeRow& row = *opcode_row(one.opcode);
  const bool harmless = row.kind == OpcodeKind::kDeclaration || one.opcode == opcode::kScopeEnter ||
                        one.opcode == opcode::kScopeLeave || one.opcode == opcode::kNop;
  if (labels_.contains(at_)) reachable_ = true;
  if (!reachable_ && !harmless) {
    wrong(rules_of::kUnreachable, "instruction", std::string(row.mnemonic),
          "a label, or an instruction before it that goes on");
    reachable_ = true;
  }
  const bool leaves =
      one.opcode == opcode::kRet || one.opcode == opcode::kHalt || one.opcode == opcode::kHcf ||
      one.opcode == opcode::kSwitch ||
      ((one.opcode == opcode::kBr || one.opcode == opcode::kJmp) && !one.condition());
  if (leaves) reachable_ = false;
}

void CodeCheck::instruction(const Instruction& one) {
  at_ = one.offset;
  if (functions_.contains(at_)) begin_function();
  if (level_ == Level::kStrict) {
    reach(one);
    if (!is_canonical(one))
      wrong(rules_of::kNotCanonical, "instruction", std::string(opcode_row(one.opcode)->mnemonic),
            "the encoding that casm writes");
  }
  switch (one.opcode) {
    case opcode::kScopeEnter:
    case opcode::kScopeLeave:
      return scope(one);
    case opcode::kVar:
      return declare(one);
    case opcode::kAbi:
      abi_block(one);
      break;
    case opcode::kCmp:
    case opcode::kTest:
    case opcode::kBittst:
    case opcode::kCas:
    case opcode::kCmpxchg:
      compared_ = true;
      break;
    case opcode::kInstance:
      scopes_.back().emplace(one.operands[0].id, simple_type(type::kVoid));
      break;
    default:
      break;
  }
  if (one.condition() && !compared_)
    wrong(rules_of::kNoCompare, "condition", "no comparison before it in its function",
          "CMP, TEST or BITTST");
  for (const Operand& each : one.operands) operand(each);
  types(one);
  written(one);
}

void CodeCheck::run(Statistics& statistics) {
  const bool whole = decode_section();
  statistics.instructions += code_.size();
  statistics.code_bytes += section_.bytes.size();
  if (!whole) return;
  labels();
  for (const Instruction& one : code_) instruction(one);
  at_ = section_.size;
  if (scopes_.size() > 1)
    wrong(rules_of::kScopeBalance, "SCOPEE", fmt::format("{} open scopes", scopes_.size() - 1),
          "a SCOPEL for each");
}

}  // namespace

void check_code(const ObjectFile& file, Level level, Findings& findings, Statistics& statistics) {
  for (std::size_t i = 0; i < file.sections.size(); ++i) {
    if (file.holds_coil(i)) CodeCheck(file, i, level, findings).run(statistics);
  }
}

}  // namespace cmos::coil
