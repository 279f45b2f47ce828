#include "coil/source_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "coil/lexer.h"
#include "coil/parser.h"

namespace cmos::casm {
namespace {

constexpr unsigned kMostIncludes = 32;
/// A SWITCH has at most as many operands as one byte counts.
constexpr std::uint64_t kMostCases = 126;

std::string folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string() : std::string(path.substr(0, slash + 1));
}

}  // namespace

SourceReader::SourceReader(const Options& options, source::Sources& sources,
                           source::Reporter& reporter)
    : options_(options), sources_(sources), reporter_(reporter) {
  for (const auto& [name, value] : options.defines) values_[name] = value;
  if (options.target) target_ = *options.target;
}

void SourceReader::error(Span where, std::string message, std::uint32_t code) {
  reporter_.error(where, with_code(std::move(message), code));
}

std::vector<Statement> SourceReader::read(std::string_view name, std::string text) {
  file(sources_.add(std::string(name), std::move(text), std::nullopt), 0);
  if (open_cases_ != 0 || needs_default_)
    error(out_.back().span, "the file ends inside this SWITCH", code::kUnexpectedEnd);
  return std::move(out_);
}

void SourceReader::file(std::uint32_t index, unsigned depth) {
  const std::size_t outer = conditionals_.size();
  const std::vector<std::string_view>& lines = sources_[index].lines;
  if (out_.empty()) out_.reserve(lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    // Lines that are left out may hold anything; only their conditionals are looked at.
    if (!active()) {
      std::string_view line = lines[i];
      line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
      if (!line.starts_with("IF") && !line.starts_with("EL") && !line.starts_with("ENDIF"))
        continue;
    }
    ParsedLine parsed = parse_line(std::span(lines).subspan(i), index,
                                   static_cast<std::uint32_t>(i + 1), reporter_);
    i += parsed.more_lines;
    if (parsed.label && active()) out_.push_back(std::move(*parsed.label));
    if (parsed.statement) statement(std::move(*parsed.statement), depth);
  }
  while (conditionals_.size() > outer) {
    error(conditionals_.back().where, "this IF has no ENDIF", code::kConditional);
    conditionals_.pop_back();
  }
}

namespace {

/// What the last line of a SWITCH names: the label alone, or a branch to it, which means the same.
std::optional<Argument> default_label(Statement& statement) {
  const bool branch = statement.row != nullptr && statement.row->code == coil::opcode::kBr;
  if (branch && !statement.condition && statement.arguments.size() == 1)
    return std::move(statement.arguments[0]);
  if (statement.row != nullptr || !statement.arguments.empty() ||
      is_plain_directive(statement.word))
    return std::nullopt;
  Argument out;
  out.kind = Argument::Kind::kName;
  out.span = statement.span;
  out.name = statement.word;
  return out;
}

}  // namespace

bool SourceReader::continue_switch(Statement& statement) {
  if (open_cases_ == 0 && !needs_default_) return false;
  std::vector<Argument>& arguments = out_.back().arguments;
  if (open_cases_ != 0) {
    const bool is_case = statement.row == nullptr && statement.arguments.size() == 2 &&
                         statement.arguments[0].kind == Argument::Kind::kInteger;
    if (!is_case) {
      error(statement.span, "a case of the SWITCH above must stand here: NUMBER, LABEL",
            code::kMissingOperand);
      open_cases_ = 0;
      needs_default_ = false;
      out_.pop_back();
      return true;
    }
    for (Argument& one : statement.arguments) arguments.push_back(std::move(one));
    --open_cases_;
    return true;
  }
  needs_default_ = false;
  if (std::optional<Argument> label = default_label(statement)) {
    arguments.push_back(std::move(*label));
  } else {
    error(statement.span, "the default label of the SWITCH above must stand here",
          code::kMissingOperand);
    out_.pop_back();
  }
  return true;
}

void SourceReader::statement(Statement statement, unsigned depth) {
  const std::uint8_t op = statement.row != nullptr ? statement.row->code : std::uint8_t{0};
  if (statement.row != nullptr && statement.row->kind == coil::OpcodeKind::kSourceOnly)
    return conditional(statement);
  if (!active()) return;
  if (continue_switch(statement)) return;
  if (statement.row == nullptr && !is_plain_directive(statement.word))
    return error(statement.span,
                 fmt::format("'{}' is no instruction and no directive", statement.word),
                 code::kInstruction);
  if (op == coil::opcode::kInclude) return include(statement, depth);
  follow(statement);
  const std::vector<Argument>& arguments = statement.arguments;
  if (op == coil::opcode::kSwitch && arguments.size() == 2 &&
      arguments[1].kind == Argument::Kind::kInteger) {
    if (!arguments[1].integer.fits_unsigned(32) || arguments[1].integer.magnitude > kMostCases)
      return error(arguments[1].span, fmt::format("a SWITCH has at most {} cases", kMostCases),
                   code::kRange);
    open_cases_ = arguments[1].integer.magnitude;
    needs_default_ = true;
  }
  out_.push_back(std::move(statement));
}

void SourceReader::include(const Statement& statement, unsigned depth) {
  if (statement.arguments.size() != 1 || statement.arguments[0].kind != Argument::Kind::kString)
    return error(statement.span, "INCLUDE takes one file name in quotes", code::kInclude);
  const Span where = statement.arguments[0].span;
  const std::string name = statement.arguments[0].text;
  if (depth + 1 > kMostIncludes)
    return error(where, fmt::format("files include each other more than {} deep", kMostIncludes),
                 code::kInclude);
  if (!options_.read_file) return error(where, "no file can be included here", code::kInclude);
  std::vector<std::string> tried;
  if (name.starts_with('/')) {
    tried.push_back(name);
  } else {
    tried.push_back(folder_of(sources_[where.file].name) + name);
    for (const std::string& folder : options_.include_folders) tried.push_back(folder + "/" + name);
  }
  for (const std::string& path : tried) {
    auto bytes = options_.read_file(path);
    if (bytes) {
      const std::uint32_t index =
          sources_.add(path, std::string(as_text(Bytes(*bytes))), statement.span);
      return file(index, depth + 1);
    }
    if (bytes.error().code != ErrorCode::kNotFound)
      return error(where, bytes.error().text(), code::kInclude);
  }
  error(where, fmt::format("{} is not found beside this file nor in the include path", name),
        code::kInclude);
}

void SourceReader::conditional(const Statement& statement) {
  const std::uint8_t op = statement.row->code;
  constexpr std::uint8_t kIf = 0xb6;
  constexpr std::uint8_t kElif = 0xb7;
  constexpr std::uint8_t kElse = 0xb8;
  if (op == kIf) {
    Conditional one;
    one.where = statement.span;
    one.outer = active();
    one.active = one.outer && holds(statement);
    one.taken = one.active;
    conditionals_.push_back(one);
    return;
  }
  if (conditionals_.empty())
    return error(statement.span, fmt::format("{} without IF", statement.word), code::kConditional);
  Conditional& open = conditionals_.back();
  if (op == kElif || op == kElse) {
    if (open.has_else)
      return error(statement.span, fmt::format("{} behind ELSE", statement.word),
                   code::kConditional);
    open.active = open.outer && !open.taken && (op == kElse || holds(statement));
    open.taken |= open.active;
    open.has_else = op == kElse;
    return;
  }
  conditionals_.pop_back();
}

std::uint64_t SourceReader::value_of(const Argument& argument) {
  if (argument.kind != Argument::Kind::kName) return argument.integer.bits();
  if (argument.name == "PROC") return target_.device;
  if (argument.name == "ARCH") return target_.architecture;
  if (argument.name == "MODE") return target_.mode;
  if (argument.name == "TARGET") return target_.number();
  const auto found = values_.find(argument.name);
  // A name that nobody defined counts as 0, so that one source can be assembled with and without.
  return found == values_.end() ? 0 : found->second;
}

bool SourceReader::holds(const Statement& statement) {
  if (statement.arguments.size() == 1) return value_of(statement.arguments[0]) != 0;
  if (statement.arguments.size() != 3) return false;
  std::uint64_t left = value_of(statement.arguments[0]);
  const std::uint64_t right = value_of(statement.arguments[2]);
  const std::string_view sign = statement.arguments[1].name;
  // ARCH may be written with its device: 0x0101 is the x86 architecture of a CPU.
  if (statement.arguments[0].name == "ARCH" && right > 0xff)
    left |= std::uint64_t{target_.device} << 8;
  if (sign == "==") return left == right;
  if (sign == "!=") return left != right;
  if (sign == "<") return left < right;
  if (sign == "<=") return left <= right;
  return sign == ">" ? left > right : left >= right;
}

/// PROC, ARCH, MODE and TARGET are what IF asks about.
void SourceReader::follow(const Statement& statement) {
  auto byte = [&](std::size_t index) {
    return index < statement.arguments.size()
               ? static_cast<std::uint8_t>(statement.arguments[index].integer.magnitude)
               : std::uint8_t{0};
  };
  if (statement.word == "PROC") target_.device = byte(0);
  if (statement.word == "MODE") target_.mode = byte(0);
  if (statement.word == "ARCH") {
    target_.architecture = byte(0);
    if (statement.arguments.size() > 1) target_.mode = byte(1);
  }
  if (statement.word == "TARGET" && !statement.arguments.empty()) {
    const std::uint64_t number = statement.arguments[0].integer.magnitude;
    target_ = {static_cast<std::uint8_t>(number >> 16), static_cast<std::uint8_t>(number >> 8),
               static_cast<std::uint8_t>(number)};
  }
}

}  // namespace cmos::casm
