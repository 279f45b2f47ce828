#include "emu/cbc/builder.h"

#include <fmt/format.h>

#include <algorithm>

namespace cmos::emu::cbc {
namespace {

constexpr std::uint8_t kReturnOpcode = 0x10;

/// "i32(i64,f64)": the types of the parameters.
std::vector<SlotType> parameter_types(std::string_view signature) {
  std::vector<SlotType> out;
  const std::size_t open = signature.find('(');
  if (open == std::string_view::npos || !signature.ends_with(')')) return out;
  std::string_view rest = signature.substr(open + 1, signature.size() - open - 2);
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find(','));
    out.push_back(word == "i32"   ? SlotType::kI32
                  : word == "i64" ? SlotType::kI64
                  : word == "f32" ? SlotType::kF32
                  : word == "f64" ? SlotType::kF64
                                  : SlotType::kAny);
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
  }
  return out;
}

bool ends_block(Code code) {
  switch (code) {
    case Code::kTrap:
    case Code::kBranch:
    case Code::kCall:
    case Code::kHostCall:
    case Code::kReturn:
    case Code::kReturnValue:
      return true;
    default:
      return code >= Code::kEq;
  }
}

bool is_compare(Code code) {
  return code >= Code::kEq && code < Code::kAdd32ImmEq;
}

/// A constant, and what calculates or compares with it.
std::optional<Code> fused_constant(const Operation& first, const Operation& second) {
  struct Pair {
    Code plain, both;
  };
#define CMOS_CBC_INTEGER_PAIRS(name) \
  {Code::k##name##32, Code::kConstant##name##32}, {Code::k##name##64, Code::kConstant##name##64},
#define CMOS_CBC_COMPARE_PAIRS(name) {Code::k##name, Code::kConstant##name},
  constexpr Pair kPairs[] = {CMOS_CBC_PLAIN_INTEGER(CMOS_CBC_INTEGER_PAIRS)
                                 CMOS_CBC_COMPARE(CMOS_CBC_COMPARE_PAIRS)};
  const auto found = std::find_if(std::begin(kPairs), std::end(kPairs),
                                  [&](const Pair& one) { return one.plain == second.plain; });
  if (found == std::end(kPairs)) return std::nullopt;
  const std::uint16_t used = is_compare(second.plain) ? second.b : second.c;
  return used == first.a ? std::optional(found->both) : std::nullopt;
}

/// The operation that does two, when there is one.
std::optional<Code> fused(const Operation& first, const Operation& second) {
  if (first.plain == Code::kConstant) return fused_constant(first, second);
  if (first.plain != Code::kAdd32Imm) return std::nullopt;
  constexpr unsigned kForms = 6;
  const auto index = static_cast<unsigned>(second.plain) - static_cast<unsigned>(Code::kEq);
  const bool same = is_compare(second.plain) && index % kForms == 0 && second.a == first.a;
  if (!same) return std::nullopt;
  return static_cast<Code>(static_cast<unsigned>(Code::kAdd32ImmEq) + index / kForms);
}

}  // namespace

SlotType type_of(const coil::CbcOpcodeRow& row) {
  if (row.type == 2) return row.width == 4 ? SlotType::kF32 : SlotType::kF64;
  return row.width == 8 ? SlotType::kI64 : SlotType::kI32;
}

std::string_view name(SlotType type) {
  constexpr std::string_view kNames[] = {"of any type", "i32", "i64", "f32", "f64"};
  return kNames[static_cast<std::size_t>(type)];
}

void Builder::constant_addresses() {
  ByteReader in(bytes_.subspan(8), 8, file_.order);
  std::uint64_t at = base_ + in.u32("constant_offset") + 4 + file_.constants.size();
  const std::uint64_t prefix = file_.extended_pool ? 4 : 2;
  for (const coil::Constant& one : file_.constants) {
    using enum coil::ConstantType;
    constants_.push_back(at + prefix);
    at += one.type == kString                    ? prefix + one.text.size()
          : one.type == kI64 || one.type == kF64 ? 8u
          : one.type == kType                    ? 2u
                                                 : 4u;
  }
}

Builder::Source Builder::read(const coil::CbcFunction& function) const {
  Source out;
  out.code = function.code;
  out.offset = function.code_offset;
  for (std::uint64_t at = 0; at < out.code.size();) {
    coil::CbcDecoded one = coil::decode_cbc(out.code, at, file_.order, out.offset);
    if (one.fault != coil::DecodeFault::kNone) {
      out.fault = one.error.text();
      break;
    }
    at += one.instruction.size;
    out.instructions.push_back(std::move(one.instruction));
  }
  return out;
}

void Builder::returned(const Source& source, Function& out) const {
  for (const coil::CbcInstruction& one : source.instructions) {
    if (one.opcode != kReturnOpcode || one.format != 1) continue;
    if (std::find(out.returned.begin(), out.returned.end(), one.a) == out.returned.end())
      out.returned.push_back(one.a);
  }
}

void Builder::add_function(const coil::CbcFunction& function) {
  Function out;
  out.name = file_.name_of(function);
  out.of_host = function.code.empty() && out.name.starts_with(coil::kHostPrefix);
  out.code_offset = function.code_offset;
  out.code_size = static_cast<std::uint32_t>(function.code.size());
  out.parameters = std::min<std::uint16_t>(function.parameters, 255);
  sources_.push_back(read(function));
  returned(sources_.back(), out);
  // What the host returns goes to the first result.
  if (out.of_host) out.returned = {1};
  out_.functions.push_back(std::move(out));
}

Result<void> Builder::build() {
  constant_addresses();
  std::vector<coil::CbcFunction> functions = file_.functions;
  if (functions.empty()) {
    coil::CbcFunction only;
    only.code = file_.anonymous_code;
    only.code_offset = file_.anonymous_offset;
    functions.push_back(only);
  }
  std::uint64_t total = 0;
  for (const coil::CbcFunction& one : functions) total += one.code.size();
  if (total > bytes_.size())
    return fail(ErrorCode::kLimit, "the functions have more code than the file has bytes");
  for (const coil::CbcFunction& one : functions) add_function(one);
  for (std::size_t i = 0; i < functions.size(); ++i) {
    function_ = &out_.functions[i];
    scopes_.assign(1, {});
    parameters(functions[i]);
    const std::size_t first_call = out_.calls.size();
    lower(i);
    for (std::size_t n = first_call; n < out_.calls.size(); ++n)
      out_.calls[n].caller_slots = function_->slots;
  }
  for (Call& one : out_.calls) {
    one.first = out_.functions[one.function].first;
    one.callee_slots = out_.functions[one.function].slots;
    one.first_zero = out_.functions[one.function].set_first;
  }
  out_.entry = file_.entry().value_or(0);
  return {};
}

void Builder::parameters(const coil::CbcFunction& in) {
  const std::vector<SlotType> types = parameter_types(file_.text(in.signature));
  for (unsigned i = 0; i < function_->parameters; ++i)
    declare(static_cast<std::uint8_t>(i + 1), i < types.size() ? types[i] : SlotType::kAny);
}

void Builder::lower(std::size_t index) {
  const Source& source = sources_[index];
  places_.clear();
  open_.clear();
  const std::size_t first = out_.operations.size();
  function_->first = static_cast<std::uint32_t>(first);
  for (const coil::CbcInstruction& one : source.instructions) {
    at_ = source.offset + static_cast<std::uint32_t>(one.offset);
    places_[one.offset] = static_cast<std::uint32_t>(out_.operations.size());
    instruction(one);
  }
  const auto decoded = source.instructions.empty()
                           ? std::uint64_t{0}
                           : source.instructions.back().offset + source.instructions.back().size;
  at_ = source.offset + static_cast<std::uint32_t>(decoded);
  put_trap(!source.fault.empty()       ? source.fault
           : function_->code_size == 0 ? fmt::format("function {} has no code", function_->name)
                                       : "the code goes on behind the end of its function");
  branches();
  blocks(first);
  // Whoever comes back to these instructions finds the slots set as well.
  function_->set_first = function_->parameters;
  for (std::size_t i = first; i < out_.operations.size(); ++i) {
    const Operation& one = out_.operations[i];
    if (one.plain != Code::kConstant || one.a != function_->set_first) break;
    ++function_->set_first;
  }
}

std::uint32_t Builder::trap(FaultKind kind, std::string detail) {
  out_.traps.push_back({kind, std::move(detail)});
  return static_cast<std::uint32_t>(out_.traps.size() - 1);
}

void Builder::put(Code code, std::uint16_t a, std::uint16_t b, std::uint16_t c,
                  std::int64_t value) {
  Operation one;
  one.code = one.plain = code;
  one.a = a;
  one.b = b;
  one.c = c;
  one.value = value;
  out_.operations.push_back(one);
  out_.offsets.push_back(at_);
}

void Builder::put_trap(std::string detail, FaultKind kind) {
  put(Code::kTrap, 0, 0, 0, trap(kind, std::move(detail)));
}

/// Targets inside the function become indices; others lead to a trap behind it.
void Builder::branches() {
  for (const Open& one : open_) {
    const auto found =
        one.target < 0 ? places_.end() : places_.find(static_cast<std::uint64_t>(one.target));
    if (found != places_.end()) {
      out_.operations[one.operation].target = found->second;
      continue;
    }
    at_ = out_.offsets[one.operation];
    out_.operations[one.operation].target = static_cast<std::uint32_t>(out_.operations.size());
    put_trap(fmt::format("the branch leads to {}, where no instruction of its function begins",
                         one.target));
  }
}

/// Lengths of the blocks, from their ends; and pairs that have an operation of their own. A branch
/// into a block finds there the length of what is left of it.
void Builder::blocks(std::size_t first) {
  std::uint32_t length = 0;
  std::uint16_t constants = 0;  ///< that follow each other, and are done at once
  for (std::size_t i = out_.operations.size(); i-- > first;) {
    Operation& one = out_.operations[i];
    length = ends_block(one.plain) ? 1 : length + 1;
    one.block = length;
    const bool counts = one.plain == Code::kConstant && constants < UINT16_MAX;
    constants = counts ? static_cast<std::uint16_t>(constants + 1) : std::uint16_t{0};
    if (ends_block(one.plain)) continue;
    if (const auto both = fused(one, out_.operations[i + 1])) {
      one.code = *both;
      constants = 0;
    } else if (constants > 1) {
      one.code = Code::kConstants;
      one.c = constants;
    }
  }
}

void Builder::instruction(const coil::CbcInstruction& one) {
  const coil::CbcOpcodeRow& row = *coil::cbc_opcode_row(one.opcode);
  refusal_.clear();
  const std::size_t before = out_.operations.size();
  using enum coil::CbcShape;
  switch (row.shape) {
    case kPlain:
      plain(one);
      break;
    case kBranch:
      open_.push_back({out_.operations.size(),
                       static_cast<std::int64_t>(one.offset + one.size) + one.distance()});
      put(Code::kBranch);
      break;
    case kCompare:
      compare(one, row);
      break;
    case kCall:
      call(one);
      break;
    case kReturn:
      returns(one);
      break;
    case kLoad:
      load(one, row);
      break;
    case kStore:
      store(one, row);
      break;
    case kVariable:
      declaration(one, row);
      break;
    case kArithmetic:
      arithmetic(one, row);
      break;
    case kUnary:
      unary(one, row);
      break;
  }
  if (out_.operations.size() == before) put_trap(fmt::format("{}: {}", row.mnemonic, refusal_));
}

// ---- variables --------------------------------------------------------------------------------

Builder::Variable* Builder::find(std::uint8_t id) {
  for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
    const auto found = scope->variables.find(id);
    if (found != scope->variables.end()) return &found->second;
  }
  return nullptr;
}

std::optional<Builder::Variable> Builder::variable(std::uint8_t id) {
  if (const Variable* found = find(id)) return *found;
  refusal_ = fmt::format("#{} is not declared", id);
  return std::nullopt;
}

std::optional<std::uint16_t> Builder::declare(std::uint8_t id, SlotType type) {
  const auto known = scopes_.back().variables.find(id);
  if (known != scopes_.back().variables.end()) {
    known->second.type = type;
    return known->second.slot;
  }
  if (function_->slots == kNoSlot - 1) {
    refusal_ = "more variables than a function can have";
    return std::nullopt;
  }
  const std::uint16_t slot = function_->slots++;
  scopes_.back().variables[id] = {slot, type};
  return slot;
}

}  // namespace cmos::emu::cbc
