#include "coil/native_program.h"

#include <fmt/format.h>

#include <algorithm>

#include "coil/native_kept.h"
#include "coil/native_prelude.h"

namespace cmos::casm::native {
namespace {

namespace op = coil::opcode;
namespace attribute = coil::symbol_attribute;

constexpr coil::Triple kX86_64{1, 1, 3};
constexpr coil::Triple kArm64{1, 2, 2};

/// What names and strings of LLVM cannot hold is written as \HH.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte > 0x7e || c == '"' || c == '\\')
      out += fmt::format("\\{:02X}", byte);
    else
      out += c;
  }
  return out;
}

void replace(std::string& text, std::string_view what, const std::string& by) {
  const std::size_t at = text.find(what);
  if (at != std::string::npos) text.replace(at, what.size(), by);
}

}  // namespace

std::string type_of(const Number& number) {
  if (number.whole()) return fmt::format("i{}", 8 * number.width);
  return number.width == 4 ? "float" : "double";
}

std::string llvm_quoted(std::string_view name) {
  return '"' + escaped(name) + '"';
}

std::string Function::result_type() const {
  if (results.empty()) return "void";
  if (results.size() == 1) return type_of(results[0]);
  return fmt::format("{{ {}, {} }}", type_of(results[0]), type_of(results[1]));
}

std::string Function::type() const {
  std::string list;
  for (const Number& one : parameters)
    list += fmt::format("{}{}", list.empty() ? "" : ", ", type_of(one));
  return fmt::format("{} ({})", result_type(), list);
}

std::string Function::head() const {
  // Who hands over less than 32 bits widens them.
  auto widens = [](const Number& one) {
    if (!one.whole() || one.width >= 4) return "";
    return one.is_signed ? "signext " : "zeroext ";
  };
  std::string list;
  for (std::size_t i = 0; i < parameters.size(); ++i)
    list += fmt::format("{}{} {}%p{}", i == 0 ? "" : ", ", type_of(parameters[i]),
                        widens(parameters[i]), i);
  return fmt::format("dso_local {}{}{} @{}({})", convention,
                     results.size() == 1 ? widens(results[0]) : "", result_type(),
                     llvm_quoted(name), list);
}

// ---- functions --------------------------------------------------------------------------------

Result<void> Program::find_functions() {
  CMOS_TRY(std::vector<SourceSection> sections, read_functions(object_, file_));
  for (SourceSection& section : sections) {
    for (const coil::Instruction& one : section.instructions) {
      layouts_.declare(one);
      if (one.opcode == op::kAbi) abi_blocks_.emplace(one.operands[0].id, one);
    }
    for (FunctionSource& one : section.functions) {
      Function made{std::move(one), {}, {}, {}, false};
      find_signature(made);
      made.waits = waits(object_, made.section, options_);
      functions_.push_back(std::move(made));
    }
  }
  // What waits may mean any function of the file, whether or not the others do.
  const bool any_waits = std::any_of(functions_.begin(), functions_.end(),
                                     [](const Function& one) { return one.waits; });
  for (const Function& one : functions_) {
    if (any_waits && !one.waits) used_.insert(one.name);
  }
  return {};
}

Result<void> Program::check_delayed() const {
  bool any = false;
  for (std::size_t i = 0; i < object_.sections.size(); ++i) any |= waits(object_, i, options_);
  for (const std::string& name : options_.delayed) {
    bool found = false;
    for (std::size_t i = 0; i < object_.sections.size(); ++i)
      found |= object_.holds_coil(i) && object_.section_name(object_.sections[i]) == name;
    if (!found)
      return fail(Error{.code = ErrorCode::kUsage,
                        .file = std::string(file_),
                        .field = "--delay",
                        .found = name,
                        .expected = "the name of a section with COIL code"});
  }
  if (!any || !big()) return {};
  return fail(Error{.code = ErrorCode::kUnsupported,
                    .file = std::string(file_),
                    .message = "code of a big-endian file cannot wait in a .coilo of this target, "
                               "which is little-endian"});
}

/// Parameters are as many as the function asks for, of the types of the variables that take them;
/// results have the types of what is returned, variables before numbers.
void Program::find_signature(Function& function) const {
  DeclaredNumbers numbers;
  std::map<std::uint64_t, Number> parameters;
  std::map<std::uint64_t, Number> typed;
  std::map<std::uint64_t, Number> plain;
  for (const coil::Instruction& one : function.code) {
    const auto& operands = one.operands;
    numbers.see(one);
    const bool abi = operands.size() > 1 && operands[1].kind == coil::OperandKind::kAbi;
    if (one.opcode == op::kMov && abi && operands.size() == 3 &&
        operands[1].control != coil::AbiControl::kRet)
      parameters.emplace(operands[2].value, numbers.of(operands[0]).value_or(kInt64));
    if (one.opcode != op::kRet) continue;
    std::uint64_t index = 0;
    for (const coil::Operand& value : operands) {
      if (value.kind == coil::OperandKind::kAbi) continue;
      auto& known = value.kind == coil::OperandKind::kImmediate ? plain : typed;
      known.emplace(index++, numbers.of(value).value_or(kInt64));
    }
  }
  constexpr std::uint64_t kMost = 32;
  const std::uint64_t count =
      parameters.empty() ? 0 : std::min(parameters.rbegin()->first + 1, kMost);
  for (std::uint64_t i = 0; i < count; ++i)
    function.parameters.push_back(parameters.contains(i) ? parameters[i] : kInt64);
  typed.merge(plain);
  constexpr std::uint64_t kMostResults = 2;
  for (std::uint64_t i = 0; i < kMostResults && typed.contains(i); ++i)
    function.results.push_back(typed[i]);
  // C's main returns a status, whether or not this one says so.
  if (function.results.empty() && function.name == "main") function.results = {kInt32};
}

std::optional<std::string> Program::convention(std::uint32_t abi_symbol) const {
  if (abi_symbol >= object_.symbols.size()) return std::nullopt;
  const std::string& name = object_.symbols[abi_symbol].name;
  if (const auto block = abi_blocks_.find(abi_symbol); block != abi_blocks_.end()) {
    // LLVM knows no registers but those of the platform; a block may say the same.
    const bool arm = options_.target == kArm64;
    const std::vector<std::uint8_t> sysv = {5, 4, 3, 2, 8, 9};
    const std::vector<std::uint8_t> arm64 = {0, 1, 2, 3, 4, 5, 6, 7};
    const std::vector<std::uint8_t>& usual = arm ? arm64 : sysv;
    for (const coil::AbiEntry& one : block->second.abi) {
      if (one.record == coil::AbiRecord::kParams &&
          !(one.registers.size() <= usual.size() &&
            std::equal(one.registers.begin(), one.registers.end(), usual.begin())))
        return std::nullopt;
      if (one.record == coil::AbiRecord::kRets && !one.registers.empty() && one.registers[0] != 0)
        return std::nullopt;
    }
    return "";
  }
  if (name == "x86_64_windows" && options_.target == kX86_64) return "win64cc ";
  // A program that names the ABI of another CPU means the usual one.
  const bool usual = name == "x86_64_sysv" || name == "linux_x86_64" || name == "x86_64_windows" ||
                     name == "arm64" || name == "riscv" || name == "platform_default";
  return usual ? std::optional<std::string>("") : std::nullopt;
}

Result<void> Program::find_conventions() {
  for (Function& one : functions_) {
    for (const coil::Instruction& each : one.code) {
      if (each.opcode != op::kSym || each.offset != one.start) continue;
      for (const coil::Operand& operand : each.operands) {
        if (operand.kind != coil::OperandKind::kAbi) continue;
        const auto found = convention(operand.id);
        if (!found)
          return fail(
              refusal(one.section, each.offset, "native code has no functions of this ABI"));
        one.convention = *found;
      }
    }
  }
  return {};
}

bool Program::elsewhere(const coil::Symbol& symbol) const {
  if (symbol.external()) return true;
  return object_.kind == coil::FileKind::kOutput && symbol.section < object_.sections.size() &&
         object_.sections[symbol.section].executable() && !object_.holds_coil(symbol.section);
}

std::string Program::external(const std::string& name) {
  externals_.insert(name);
  return "@" + llvm_quoted(name);
}

std::optional<std::string> Program::address_of(std::uint32_t symbol) {
  if (symbol >= object_.symbols.size()) return std::nullopt;
  const coil::Symbol& one = object_.symbols[symbol];
  if (const Function* function = function_at(symbol))
    return fmt::format("ptrtoint ({}* @{} to i64)", function->type(), llvm_quoted(function->name));
  if (elsewhere(one)) return fmt::format("ptrtoint (void (...)* {} to i64)", external(one.name));
  if (one.section >= object_.sections.size())
    return one.has(attribute::kAbsolute) ? std::optional(fmt::format("{}", one.value))
                                         : std::nullopt;
  if (object_.sections[one.section].executable()) return std::nullopt;
  data_names_.insert(one.name);
  return fmt::format("ptrtoint (i8* @{} to i64)", llvm_quoted(one.name));
}

// ---- data -------------------------------------------------------------------------------------

void Program::assembly(const std::string& line) {
  assembly_ += fmt::format("module asm {}\n", llvm_quoted(line));
}

Result<void> Program::section_data(std::size_t index) {
  const coil::Section& section = object_.sections[index];
  const bool writes = section.has(coil::section_attribute::kWrite);
  assembly(fmt::format(".section \"{}\",\"{}\",{}", object_.section_name(section),
                       writes ? "aw" : "a", section.uninitialised() ? "@nobits" : "@progbits"));
  assembly(fmt::format(".balign {}", std::max<std::uint32_t>(1, section.alignment)));
  std::map<std::uint64_t, const coil::Relocation*> fields;
  for (const coil::Relocation& one : object_.relocations) {
    if (one.section == index) fields[one.offset] = &one;
  }
  std::multimap<std::uint64_t, const coil::Symbol*> labels;
  for (std::size_t i = 0; i < object_.symbols.size(); ++i) {
    const coil::Symbol& one = object_.symbols[i];
    if (one.section == index && section.name != i) labels.emplace(one.value, &one);
  }
  std::uint64_t skipped = 0;
  auto flush = [&] {
    if (skipped != 0) assembly(fmt::format(".zero {}", skipped));
    skipped = 0;
  };
  for (std::uint64_t at = 0; at <= section.size;) {
    for (auto [label, end] = labels.equal_range(at); label != end; ++label) {
      flush();
      const coil::Symbol& one = *label->second;
      if (one.has(attribute::kGlobal)) assembly(fmt::format(".globl \"{}\"", one.name));
      if (one.has(attribute::kWeak)) assembly(fmt::format(".weak \"{}\"", one.name));
      assembly(fmt::format("\"{}\":", one.name));
    }
    if (at == section.size) break;
    const auto field = fields.find(at);
    if (field == fields.end()) {
      const std::uint8_t byte = at < section.bytes.size() ? section.bytes[at] : std::uint8_t{0};
      if (byte == 0) {
        ++skipped;
      } else {
        flush();
        assembly(fmt::format(".byte {}", byte));
      }
      ++at;
      continue;
    }
    flush();
    const coil::Relocation& one = *field->second;
    const bool plain = one.type == coil::RelocationType::kAbsolute ||
                       one.type == coil::RelocationType::kSymbolAddend;
    if (!plain || one.size < 4 || big() || at + one.size > section.bytes.size())
      return fail(refusal(index, at, "native data cannot hold this address"));
    const coil::Symbol& symbol = object_.symbols[one.symbol];
    if (const Function* function = function_at(one.symbol)) used_.insert(function->name);
    std::uint64_t addend = load(Bytes(section.bytes).subspan(at, one.size));
    if (one.size == 4)
      addend = static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(addend)});
    assembly(fmt::format("{} \"{}\" + {}", one.size == 8 ? ".quad" : ".long", symbol.name,
                         static_cast<std::int64_t>(addend)));
    at += one.size;
  }
  flush();
  return {};
}

Result<void> Program::data() {
  if (object_.kind == coil::FileKind::kOutput) return {};  // it is native already
  for (std::size_t i = 0; i < object_.sections.size(); ++i) {
    const coil::Section& one = object_.sections[i];
    constexpr std::uint64_t kMost = 1u << 24;
    if (one.executable()) continue;
    if (one.size > kMost && !one.uninitialised())
      return fail(refusal(i, 0, fmt::format("more than {} bytes of data", kMost)));
    if (one.uninitialised() && one.size > kMost)
      return fail(refusal(i, 0, "a section that is too large"));
    CMOS_TRY_VOID(section_data(i));
  }
  return {};
}

// ---- the whole --------------------------------------------------------------------------------

std::string Program::prelude() const {
  std::string out = kPrelude;
  replace(out, "{stdout}", fmt::format("{}", options_.stdout_call));
  replace(out, "{exit}", fmt::format("{}", options_.exit_call));
  out += options_.target == kArm64 ? kTrapArm64 : kTrapX86;
  for (const char* const type : {"i8", "i16", "i32", "i64"}) {
    for (const char* const real : {"32", "64"}) {
      for (const char* const sign : {"s", "u"})
        out += fmt::format("declare {0} @llvm.fpto{1}i.sat.{0}.f{2}({3})\n", type, sign, real,
                           real[0] == '3' ? "float" : "double");
    }
    out += fmt::format("declare {0} @llvm.ctpop.{0}({0})\n", type);
    for (const char* const which : {"ctlz", "cttz"})
      out += fmt::format("declare {0} @llvm.{1}.{0}({0}, i1)\n", type, which);
    for (const char* const which : {"fshl", "fshr"})
      out += fmt::format("declare {0} @llvm.{1}.{0}({0}, {0}, {0})\n", type, which);
    out += fmt::format("declare {{ {0}, i1 }} @llvm.ssub.with.overflow.{0}({0}, {0})\n", type);
    if (type[1] != '8') out += fmt::format("declare {0} @llvm.bswap.{0}({0})\n", type);
  }
  // Memory is what the program says it is: nothing becomes a call of C's library, and 0 is an
  // address like others.
  std::string features;
  for (const std::string& one : options_.features)
    features += fmt::format("{}+{}", features.empty() ? "" : ",", one);
  if (!features.empty()) features = fmt::format("\"target-features\"={} ", llvm_quoted(features));
  out += fmt::format("attributes #0 = {{ nounwind \"no-builtins\" null_pointer_is_valid {}}}\n",
                     features);
  return out;
}

Result<std::string> Program::text() {
  CMOS_TRY_VOID(check_delayed());
  CMOS_TRY_VOID(find_functions());
  CMOS_TRY_VOID(find_conventions());
  CMOS_TRY_VOID(data());
  std::string code;
  for (const Function& one : functions_) {
    if (one.waits) {
      code += fmt::format("declare {}\n", one.head());
      continue;
    }
    CMOS_TRY(const std::string text, compile(one, *this));
    code += text;
  }
  std::string out = assembly_ + "\n" + code;
  for (const std::string& name : data_names_)
    out += fmt::format("@{} = external dso_local global i8\n", llvm_quoted(name));
  for (const std::string& name : externals_)
    out += fmt::format("declare dso_local void @{}(...)\n", llvm_quoted(name));
  std::string used;
  for (const Function& one : functions_) {
    if (used_.contains(one.name))
      used += fmt::format("{}i8* bitcast ({}* @{} to i8*)", used.empty() ? "" : ", ", one.type(),
                          llvm_quoted(one.name));
  }
  if (!used.empty())
    out += fmt::format("@llvm.used = appending global [{} x i8*] [{}], section \"llvm.metadata\"\n",
                       std::count(used.begin(), used.end(), '@'), used);
  out += prelude();
  return lines_ ? out + lines_->text() : out;
}

}  // namespace cmos::casm::native

namespace cmos::casm {

Result<NativeSource> native_source(Bytes coil, std::string_view file,
                                   const NativeOptions& options) {
  NativeSource out;
  if (options.target == native::kX86_64)
    out.triple = "x86_64-none-elf";
  else if (options.target == native::kArm64)
    out.triple = "aarch64-none-elf";
  else
    return fail(Error{.code = ErrorCode::kUsage,
                      .field = "target",
                      .found = coil::name_of(options.target),
                      .expected = "cpu-x86-64 or cpu-arm-64"});
  CMOS_TRY(const coil::ObjectRead read, coil::read_object_file(coil, file));
  const bool compiled = read.file.kind == coil::FileKind::kOutput;
  bool any = !compiled;
  for (const std::uint16_t section : read.file.output.coil_sections)
    any |= !native::waits(read.file, section, options);
  if (!any)
    return fail(Error{.code = ErrorCode::kUnsupported,
                      .file = std::string(file),
                      .message = "no COIL waits in it for this target"});
  const auto& before = read.file.output.target;
  if (compiled && before && *before != options.target)
    return fail(Error{.code = ErrorCode::kUsage,
                      .file = std::string(file),
                      .field = "target",
                      .found = coil::name_of(options.target),
                      .expected = coil::name_of(*before) + ", for which the file is"});
  CMOS_TRY(out.text, native::Program(read.file, file, options).text());
  return out;
}

}  // namespace cmos::casm
