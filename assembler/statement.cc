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
      case Operands::kTimes:
        return times();
    }
    return std::nullopt;
  }

  /// `times COUNT DATA`; instructions are repeated by the parser.
  std::optional<std::string> times() {
    Cursor rest = cursor(1, tokens_.size());
    const Span where = rest.here();
    const auto count = parse_expression(rest, program_.names(), reporter_, true);
    if (!count) return std::nullopt;
    const Token* word = rest.next();
    const Directive* row = word == nullptr ? nullptr : find_directive(target_, lower(word->text));
    const bool nops = word != nullptr && target_.is_x86() && word->is("nop") && rest.at_end();
    if (row != nullptr ? !row->is_data() : !nops) {
      fail(where,
           "how often this stands here must be a number: only data, and on x86 nop, may "
           "be repeated up to a place");
      return std::nullopt;
    }
    std::vector<DataItem> all;
    if (nops) all.push_back({.bytes = {0x90}, .width = 1, .where = where});
    if (!nops) {
      auto items = parse_data_items(*row, word->text, rest, program_, reporter_);
      if (!items) return std::nullopt;
      all = std::move(*items);
    }
    if (!count->is_number()) return up_to(*count, all, where);
    return repeated(count->number, all, *row, where);
  }

 private:
  /// times 510 - ($ - $$) db 0: how much that is, the encoder knows.
  std::optional<std::string> up_to(const Value& count, const std::vector<DataItem>& all,
                                   Span where) {
    const bool one = all.size() == 1 && all[0].bytes.size() == 1;
    if (!one || !count.registers.empty() || count.brackets) {
      fail(where, "only one byte may be repeated up to a place");
      return std::nullopt;
    }
    const auto text = text_of(count);
    if (!text) return std::nullopt;
    put(where, fmt::format(".fill {}, 1, {}", *text, all[0].bytes[0]));
    return std::move(text_);
  }

  std::optional<std::string> repeated(Integer count, const std::vector<DataItem>& all,
                                      const Directive& row, Span where) {
    // One number of one, two or four bytes is one directive of the encoder; more is written out.
    const std::size_t plain = all.size() == 1 ? all[0].bytes.size() : 0;
    const bool fill = plain == 1 || plain == 2 || plain == 4;
    constexpr std::uint64_t kMostWritten = 64u << 10;
    std::uint64_t size = 0;
    for (const DataItem& item : all) size += item.bytes.size() + item.zeros + item.width;
    const std::uint64_t most =
        (fill ? kMostZeros : kMostWritten) / std::max<std::uint64_t>(size, 1);
    if (count < 0 || count > static_cast<Integer>(most)) {
      fail(where, fmt::format("{} times: 0 to {} are possible; more belongs into .var",
                              to_text(count), most));
      return std::nullopt;
    }
    if (fill) {
      std::uint32_t number = 0;
      for (std::size_t i = plain; i-- > 0;) number = number << 8 | all[0].bytes[i];
      put(where, fmt::format(".fill {}, {}, {}", to_text(count), plain, number));
      return std::move(text_);
    }
    for (Integer i = 0; i < count; ++i) {
      for (const DataItem& item : all) {
        if (!text_.empty()) text_ += "; ";
        if (!one(item, row, "")) return std::nullopt;
      }
    }
    if (text_.empty()) put(where, ".zero 0");
    return std::move(text_);
  }

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
    if (item.count) {
      const auto text = text_of(*item.count);
      if (!text) return false;
      put(item.where, fmt::format(".zero {}", *text));
      return true;
    }
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
  if (const Directive* row = item.directive)
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
