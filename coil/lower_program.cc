#include "coil/lower_program.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/checked.h"

namespace cmos::casm {
namespace {

namespace op = coil::opcode;
namespace attribute = coil::symbol_attribute;

}  // namespace

// ---- functions --------------------------------------------------------------------------------

/// Parameters are as many as the function asks for; their types are those of the variables that
/// take them, and the result's is that of the value that it returns.
void Program::find_signature(SourceFunction& function) const {
  DeclaredNumbers numbers;
  std::map<std::uint64_t, CbcType> parameters;
  for (const coil::Instruction& one : function.code) {
    const auto& operands = one.operands;
    numbers.see(one);
    const bool abi = operands.size() > 1 && operands[1].kind == coil::OperandKind::kAbi;
    if (one.opcode == op::kMov && abi && operands.size() == 3 &&
        operands[1].control != coil::AbiControl::kRet) {
      parameters[operands[2].value] = numbers.of(operands[0]).value_or(kInt64).type;
    }
    if (one.opcode != op::kRet || function.result) continue;
    for (const coil::Operand& value : operands) {
      if (value.kind == coil::OperandKind::kAbi) continue;
      function.result = numbers.of(value).value_or(kInt64).type;
      break;
    }
  }
  constexpr std::uint64_t kMost = 32;
  if (parameters.empty()) return;
  const std::uint64_t count = std::min(parameters.rbegin()->first + 1, kMost);
  for (std::uint64_t i = 0; i < count; ++i)
    function.parameters.push_back(parameters.contains(i) ? parameters[i] : CbcType::kI64);
}

Result<void> Program::find_functions() {
  CMOS_TRY(std::vector<SourceSection> sections, read_functions(object_, file_));
  for (SourceSection& section : sections) {
    for (const coil::Instruction& one : section.instructions) layouts_.declare(one);
    for (FunctionSource& one : section.functions) {
      SourceFunction made{std::move(one), {}, {}};
      find_signature(made);
      functions_.push_back(std::move(made));
    }
  }
  for (SourceFunction& one : functions_) {
    one.index = static_cast<std::uint16_t>(made_.size());
    Made made;
    made.name = one.name;
    made.source = &one;
    made.parameters = static_cast<std::uint16_t>(one.parameters.size());
    made.signature = signature(one);
    made_.push_back(std::move(made));
  }
  return {};
}

std::string Program::signature(const SourceFunction& function) const {
  std::string out = function.result ? std::string(suffix(*function.result)) : "void";
  out += '(';
  for (std::size_t i = 0; i < function.parameters.size(); ++i)
    out += fmt::format("{}{}", i == 0 ? "" : ",", suffix(function.parameters[i]));
  return out + ")";
}

std::uint16_t Program::external(const std::string& name) {
  if (const auto known = externals_.find(name); known != externals_.end()) return known->second;
  Made made;
  made.name = std::string(coil::kHostPrefix) + name;
  made_.push_back(std::move(made));
  return externals_[name] = static_cast<std::uint16_t>(made_.size() - 1);
}

std::uint16_t Program::helper(Helper helper) {
  if (const auto known = helpers_.find(helper); known != helpers_.end()) return known->second;
  const auto index = static_cast<std::uint16_t>(made_.size());
  helpers_[helper] = index;
  made_.emplace_back();
  Made made;
  make_helper(helper, made);
  made_[index] = std::move(made);
  return index;
}

// ---- memory -----------------------------------------------------------------------------------

Result<void> Program::lay_out() {
  std::uint64_t at = layout::kSections;
  for (std::size_t i = 0; i < object_.sections.size(); ++i) {
    const coil::Section& one = object_.sections[i];
    section_addresses_.emplace_back();
    if (one.executable() || one.size == 0) continue;
    at = align_up(at, std::max<std::uint64_t>(16, one.alignment));
    section_addresses_[i] = static_cast<std::uint32_t>(at);
    memory_.resize(at - layout::kSections);
    memory_.insert(memory_.end(), one.bytes.begin(), one.bytes.end());
    at += one.size;
    memory_.resize(at - layout::kSections);
    constexpr std::uint64_t kMost = 1u << 28;
    if (at - layout::kMemory > kMost)
      return fail(Error{.code = ErrorCode::kLimit,
                        .file = std::string(file_),
                        .message = fmt::format("more than {} bytes of data", kMost)});
    needs_memory_ = true;
  }
  memory_end_ = static_cast<std::uint32_t>(align_up(at, 16));
  return relocate();
}

std::optional<std::uint32_t> Program::address_of(std::uint32_t symbol) const {
  if (symbol >= object_.symbols.size()) return std::nullopt;
  const coil::Symbol& one = object_.symbols[symbol];
  if (one.section == coil::kNoSection)
    return one.has(attribute::kAbsolute) ? std::optional(one.value) : std::nullopt;
  if (one.section >= section_addresses_.size() || !section_addresses_[one.section])
    return std::nullopt;
  return *section_addresses_[one.section] + one.value;
}

Result<void> Program::relocate() {
  for (const coil::Relocation& one : object_.relocations) {
    const auto base =
        one.section < section_addresses_.size() ? section_addresses_[one.section] : std::nullopt;
    if (!base) continue;
    const auto symbol = address_of(one.symbol);
    const bool plain = one.type == coil::RelocationType::kAbsolute ||
                       one.type == coil::RelocationType::kSymbolAddend;
    if (!symbol || !plain)
      return fail(
          refusal(one.section, one.offset, "bytecode has no address of what this data refers to"));
    const std::uint64_t at = *base - layout::kSections + one.offset;
    const auto field = std::span(memory_).subspan(at, one.size);
    store(field, load(field, object_.order) + *symbol, object_.order);
  }
  return {};
}

/// The entry function stores what memory holds at first, once.
void Program::initialise(CbcCode& code, CbcCode::Label done) const {
  const CbcVariable word = code.variable(CbcType::kI64);
  code.load_at("i64", word, layout::kReady);
  code.branch_if_zero("ne", word, done);
  code.constant(word, 1);
  code.store_at("i64", word, layout::kReady);
  code.constant(word, memory_end_ + layout::kStackBytes);
  code.store_at("i64", word, layout::kStackPointer);
  const bool big = object_.order == ByteOrder::kBig;
  for (std::size_t at = 0; at < memory_.size(); at += 8) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      const std::uint64_t byte = at + i < memory_.size() ? memory_[at + i] : 0;
      bits |= byte << 8 * (big ? 7 - i : i);
    }
    if (bits == 0) continue;
    code.constant(word, bits);
    code.store_at("i64", word, static_cast<std::uint32_t>(layout::kSections + at));
  }
}

// ---- the file ---------------------------------------------------------------------------------

std::uint16_t Program::text(const std::string& value) {
  for (std::size_t i = 0; i < cbc_.constants.size(); ++i) {
    if (cbc_.constants[i].text == value) return static_cast<std::uint16_t>(i);
  }
  cbc_.constants.push_back({coil::ConstantType::kString, 0, value});
  return static_cast<std::uint16_t>(cbc_.constants.size() - 1);
}

void Program::add_debug() {
  const coil::DebugInfo& in = *object_.debug;
  coil::DebugInfo out;
  for (const coil::DebugSource& one : in.sources)
    out.sources.push_back({one.id, out.add_string(in.string(one.name)), one.hash});
  const std::vector<std::uint32_t> offsets = coil::cbc_code_offsets(cbc_);
  for (std::size_t i = 0; i < made_.size(); ++i) {
    const Made& one = made_[i];
    if (one.source == nullptr) continue;
    coil::DebugFunction function;
    function.name = out.add_string(one.name);
    function.start = offsets[i];
    function.end = offsets[i] + static_cast<std::uint32_t>(one.finished.code.size());
    out.functions.push_back(function);
    const coil::DebugLine* last = nullptr;
    for (const CbcCode::Place& place : one.finished.places) {
      const coil::DebugLine* line = in.line_at(place.source);
      if (line == nullptr || line == last) continue;
      last = line;
      out.lines.push_back(*line);
      out.lines.back().offset = offsets[i] + place.offset;
    }
  }
  cbc_.debug = std::move(out);
}

Result<std::vector<std::uint8_t>> Program::write(const LowerOptions& options) {
  cbc_.order = object_.order;
  cbc_.version.minor = coil::kExtendedMinor;
  for (Made& one : made_) {
    if (one.code) one.finished = one.code->finish(cbc_.order);
    coil::CbcFunction function;
    function.name = text(one.name);
    if (!one.signature.empty()) function.signature = text(one.signature);
    function.parameters = one.parameters;
    function.locals = one.finished.locals;
    function.code = one.finished.code;
    cbc_.functions.push_back(function);
  }
  if (needs_memory_ || needs_stack_) {
    const std::uint32_t size =
        memory_end_ - layout::kMemory + (needs_stack_ ? layout::kStackBytes : 0);
    cbc_.attributes.push_back({text("memory"), text(fmt::format("{}", size))});
  }
  if (options.debug && object_.debug) add_debug();
  return coil::write_cbc(cbc_);
}

Result<std::vector<std::uint8_t>> Program::lower(const LowerOptions& options) {
  CMOS_TRY_VOID(find_functions());
  CMOS_TRY_VOID(lay_out());
  const std::size_t own = made_.size();
  std::size_t entry = 0;
  for (std::size_t i = own; i-- > 0;) {
    if (made_[i].name == "_start" && made_[entry].name != "main") entry = i;
    if (made_[i].name == "main") entry = i;
  }
  // The entry is the last, when it is known what the others need; its labels are its own.
  for (std::size_t i = 0; i < own; ++i) {
    if (i == entry) continue;
    // Helpers are added while a function is made, and move the others.
    CbcCode code(functions_[i].parameters);
    CMOS_TRY_VOID(lower_function(functions_[i], *this, code));
    made_[i].code.emplace(std::move(code));
  }
  CbcCode code(functions_[entry].parameters);
  CMOS_TRY_VOID(lower_function(functions_[entry], *this, code));
  if (needs_memory_ || needs_stack_) {
    CbcCode whole(functions_[entry].parameters);
    const CbcCode::Label done = whole.label();
    initialise(whole, done);
    whole.place(done);
    CMOS_TRY_VOID(lower_function(functions_[entry], *this, whole));
    code = std::move(whole);
  }
  made_[entry].code.emplace(std::move(code));
  return write(options);
}

Result<std::vector<std::uint8_t>> lower_to_cbc(Bytes coil, std::string_view file,
                                               const LowerOptions& options) {
  CMOS_TRY(const coil::ObjectRead read, coil::read_object_file(coil, file));
  return Program(read.file, file).lower(options);
}

}  // namespace cmos::casm
