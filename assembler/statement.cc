#include "assembler/statement.h"

#include <fmt/format.h>

#include "assembler/arm_statement.h"
#include "assembler/data_items.h"
#include "assembler/directives.h"
#include "assembler/reader.h"
#include "assembler/x86_statement.h"
#include "base/text.h"

namespace cmos::assembler {
namespace {

/// .byte, .align and what else is no instruction.
class DirectiveStatement : public StatementText {
 public:
  using StatementText::StatementText;

  std::optional<std::string> write(const Directive& row) {
    const Token& word = tokens_[0];
    const Span where = line_.span(word);
    Cursor rest = cursor(1, tokens_.size());
    switch (row.operands) {
      case Operands::kNone:
        if (!at_end_of_line(rest, reporter_)) return std::nullopt;
        put(where, row.name);
        return std::move(text_);
      case Operands::kWord:
        return setting(row, rest);
      case Operands::kAlign: {
        const auto bytes = parse_alignment(word.text, rest, program_, reporter_);
        if (!bytes) return std::nullopt;
        put(where, fmt::format(".balign {}", *bytes));
        return std::move(text_);
      }
      case Operands::kOpcode:
        return items(row, row.name);
      case Operands::kValues:
      case Operands::kReals:
      case Operands::kString:
      case Operands::kCount:
        return items(row, "");
    }
    return std::nullopt;
  }

 private:
  std::optional<std::string> setting(const Directive& row, Cursor& rest) {
    const Token* word = rest.next();
    if (word == nullptr) {
      fail(tokens_[0], fmt::format("{} needs {}", tokens_[0].text, needs(row.operands)));
      return std::nullopt;
    }
    std::string text(word->text);
    if (word->kind == TokenKind::kPunctuation || word->kind == TokenKind::kString) {
      fail(*word, fmt::format("{} needs {}", tokens_[0].text, needs(row.operands)));
      return std::nullopt;
    }
    // `neon-vfpv4` is one word.
    for (const Token* more = rest.next(); more != nullptr; more = rest.next()) {
      if (!more->is("-") && more->kind != TokenKind::kName && more->kind != TokenKind::kNumber) {
        fail(*more, fmt::format("{} is too much on this line", quote(as_bytes(more->text), 64)));
        return std::nullopt;
      }
      text += more->text;
    }
    put(line_.span(tokens_[0]), fmt::format("{} {}", row.name, text));
    return std::move(text_);
  }

  /// `opcode`: the directive that makes instructions of numbers.
  std::optional<std::string> items(const Directive& row, std::string_view opcode) {
    Cursor rest = cursor(1, tokens_.size());
    const auto all = parse_data_items(row, tokens_[0].text, rest, program_, reporter_);
    if (!all) return std::nullopt;
    for (const DataItem& item : *all) {
      if (!text_.empty()) text_ += "; ";
      if (!one(item, row, opcode)) return std::nullopt;
    }
    return std::move(text_);
  }

  bool one(const DataItem& item, const Directive& row, std::string_view opcode) {
    if (item.address) {
      if (!opcode.empty()) return fail(item.where, "an opcode is a number");
      if (item.address->brackets || !item.address->registers.empty())
        return fail(item.where, "a number or an address is expected here");
      const auto text = text_of(*item.address);
      if (!text) return false;
      constexpr std::string_view kWords[] = {".byte", ".short", ".long", ".quad"};
      const std::size_t width = item.width == 8 ? 3 : item.width / 2;
      put(item.where, fmt::format("{} {}", kWords[width], *text));
      return true;
    }
    const Span where = line_.span(tokens_[0]);
    if (item.bytes.empty()) {
      put(where, fmt::format(".zero {}", item.zeros));
      return true;
    }
    if (!opcode.empty()) {
      put(where, opcode);
      for (std::size_t at = 0; at < item.bytes.size(); at += row.width) {
        std::uint32_t number = 0;
        for (unsigned i = row.width; i-- > 0;) number = number << 8 | item.bytes[at + i];
        text_ += fmt::format("{} {}", at == 0 ? "" : ",", number);
      }
      return true;
    }
    put(where, ".byte ");
    for (std::size_t i = 0; i < item.bytes.size(); ++i) {
      if (i != 0) text_ += ',';
      text_ += std::to_string(item.bytes[i]);
    }
    return true;
  }
};

/// The writer of the target's instructions.
template <class Writer>
std::optional<std::string> instruction(Writer& writer, Expectation& expectation,
                                       std::vector<Unknown>& unknown) {
  auto text = writer.write(expectation);
  unknown = std::move(writer.unknown);
  return text;
}

}  // namespace

std::optional<std::string> write_statement(Program& program, const CodeItem& item,
                                           EncoderLine& line, std::vector<Unknown>& unknown,
                                           Expectation& expectation, Reporter& reporter) {
  const Line& source = program.lines[item.line];
  const Token& first = source.tokens[item.first_token];
  if (first.kind != TokenKind::kName) {
    reporter.error(source.span(first),
                   fmt::format("an instruction, a label or a directive is expected here, not {}",
                               quote(as_bytes(first.text), 64)));
    return std::nullopt;
  }
  if (const Directive* row = find_directive(*program.target, lower(first.text)))
    return DirectiveStatement(program, reporter, item, line).write(*row);
  if (first.text[0] == '.' || first.text[0] == '$') {
    reporter.error(source.span(first), unknown_directive(*program.target, first.text));
    return std::nullopt;
  }
  if (program.target->is_x86()) {
    X86Statement writer(program, reporter, item, line);
    return instruction(writer, expectation, unknown);
  }
  ArmStatement writer(program, reporter, item, line);
  return instruction(writer, expectation, unknown);
}

}  // namespace cmos::assembler
