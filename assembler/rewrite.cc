#include "assembler/rewrite.h"

#include <fmt/format.h>

#include <memory>
#include <unordered_set>

#include "assembler/debug_lines.h"
#include "assembler/directives.h"
#include "assembler/repetition.h"
#include "assembler/statement.h"

namespace cmos::assembler {
namespace {

/// Statements between two labels that the encoder's object lists, when not every one is asked for.
constexpr unsigned kLabelEvery = 64;

/// ARM or Thumb for everything in the code, and which labels stand before data.
void find_states(Program& program) {
  bool thumb = false;
  for (CodeItem& item : program.code) {
    item.thumb = thumb;
    if (item.kind == CodeKind::kFunction) program.symbols[item.index].thumb = thumb;
    if (item.kind == CodeKind::kLocalLabel) program.local_labels[item.index].thumb = thumb;
    if (item.kind != CodeKind::kStatement) continue;
    const Token& first = program.lines[item.line].tokens[item.first_token];
    item.directive = find_directive(*program.target, lower(first.text));
    const Directive* row = item.directive;
    if (row == nullptr || !row->arm_only || row->operands != Operands::kNone) continue;
    thumb = row->name == ".thumb";
    item.thumb = thumb;
  }
  bool data = false;
  for (std::size_t i = program.code.size(); i-- > 0;) {
    const CodeItem& item = program.code[i];
    if (item.kind == CodeKind::kStatement) {
      const Directive* row = item.directive;
      data = row != nullptr && row->is_data();
    } else if (item.kind == CodeKind::kFunction && data) {
      program.symbols[item.index].is_data = true;
      program.symbols[item.index].thumb = false;
    }
  }
}

class Rewriter {
 public:
  Rewriter(Program& program, const Sources& sources, const RewriteOptions& options,
           Reporter& reporter)
      : program_(program),
        reporter_(reporter),
        options_(options),
        repetitions_(program, sources),
        debug_(options.debug_lines ? std::make_unique<DebugLines>(program, sources) : nullptr) {}

  EncoderInput write() {
    prelude();
    if (debug_) lines(debug_->prelude());
    out_.expectations.reserve(program_.code.size());
    out_.lines.reserve(program_.code.size() + program_.code.size() / 4);
    out_.text.reserve(program_.code.size() * 20);
    for (std::uint32_t i = 0; i < program_.code.size(); ++i) item(i);
    if (!program_.target->is_x86()) {
      // The values of `ldr r0, =VALUE` go to the end anyway; the label tells the listing where.
      lines(line_label(program_.code.size()) + ":\n.ltorg\n");
    }
    if (debug_) lines(debug_->epilogue());
    return std::move(out_);
  }

 private:
  void line(std::string_view text, EncoderLine from) {
    out_.text += text;
    out_.text += '\n';
    out_.lines.push_back(std::move(from));
  }

  /// Lines that belong to no line of the source.
  void lines(std::string_view rest) {
    while (!rest.empty()) {
      const std::size_t end = rest.find('\n');
      line(rest.substr(0, end), {});
      rest.remove_prefix(end + 1);
    }
  }

  void prelude() {
    lines(program_.target->prelude);
    line(".text", {});
    line(fmt::format("{}:", kCodeStartLabel), {});
  }

  void item(std::uint32_t index) {
    const CodeItem& item = program_.code[index];
    EncoderLine from;
    from.item = index;
    switch (item.kind) {
      case CodeKind::kFunction: {
        align(index);
        const Symbol& symbol = program_.symbols[item.index];
        const std::string name = encoder_name(item.index);
        if (symbol.global) line(fmt::format(".globl {}", name), from);
        if (!symbol.is_data || !symbol_is_arm())
          line(fmt::format(".type {}, {}", name, program_.target->function_type), from);
        line(name + ":", from);
        return;
      }
      case CodeKind::kLocalLabel:
        align(index);
        line(label_name(program_, item.index) + ":", from);
        return;
      case CodeKind::kStatement:
        statement(index, item, std::move(from));
    }
  }

  bool symbol_is_arm() const { return program_.target->isa == object::Isa::kArm; }

  void statement(std::uint32_t index, const CodeItem& item, EncoderLine from) {
    align(index);
    const auto constant = repetitions_.constant_text(item);
    const auto* first = constant ? repetitions_.find(*constant) : nullptr;
    if (first != nullptr) {
      from.like = first->line;
      write(index, item, first->text, std::move(from), {.item = index, .like = first->expectation});
      return;
    }
    std::vector<Unknown> unknown;
    Expectation expectation;
    expectation.item = index;
    const std::size_t messages = reporter_.errors() + reporter_.warnings();
    const auto text = write_statement(program_, item, from, unknown, expectation, reporter_);
    const bool silent = reporter_.errors() + reporter_.warnings() == messages;
    for (Unknown& one : unknown) {
      if (seen_.insert(one.name).second) out_.unknown.push_back(std::move(one));
    }
    if (!text) return;
    const bool plain = constant && silent && unknown.empty() && !from.needs_label;
    write(index, item, *text, std::move(from), std::move(expectation));
    if (!plain) return;
    repetitions_.add(*constant, {static_cast<std::uint32_t>(out_.lines.size() - 1),
                                 static_cast<std::uint32_t>(out_.expectations.size() - 1), *text});
  }

  void write(std::uint32_t index, const CodeItem& item, std::string_view text, EncoderLine from,
             Expectation expectation) {
    EncoderLine label;
    label.item = index;
    if (options_.line_labels || ++unlabelled_ >= kLabelEvery) {
      line(line_label(index) + ":", label);
      unlabelled_ = 0;
    }
    if (from.needs_label) line(here_label(index) + ":", label);
    if (debug_) line(debug_->location(program_.lines[item.line].where), label);
    line(text, std::move(from));
    // How long data is only the encoder's object says.
    const bool one_word = program_.lines[item.line].tokens.size() == item.first_token + 1u;
    if (one_word || item.directive != nullptr) unlabelled_ = kLabelEvery;
    out_.expectations.push_back(std::move(expectation));
  }

  /// Instructions of ARM stand at multiples of four or two; what stands before them need not end
  /// there.
  void align(std::uint32_t index) {
    if (program_.target->is_x86()) return;
    const CodeItem& item = program_.code[index];
    if (item.kind == CodeKind::kStatement) {
      const Directive* row = item.directive;
      if (row != nullptr && row->operands != Operands::kOpcode) {
        // Going back to ARM leaves Thumb code that may end in between.
        const bool state = row->arm_only && row->operands == Operands::kNone;
        unaligned_ = unaligned_ || row->is_data() || state;
        return;
      }
    }
    if (!unaligned_ || !code_follows(index)) return;
    unaligned_ = false;
    EncoderLine from;
    from.item = index;
    line(item.thumb ? ".balign 2" : ".balign 4", from);
  }

  /// Whether the first statement at or after an item is an instruction.
  bool code_follows(std::size_t index) const {
    for (; index < program_.code.size(); ++index) {
      const CodeItem& item = program_.code[index];
      if (item.kind != CodeKind::kStatement) continue;
      const Directive* row = item.directive;
      return row == nullptr || row->operands == Operands::kOpcode;
    }
    return false;
  }

  Program& program_;
  Reporter& reporter_;
  const RewriteOptions& options_;
  Repetitions repetitions_;
  std::unique_ptr<DebugLines> debug_;
  EncoderInput out_;
  std::unordered_set<std::string> seen_;
  unsigned unlabelled_ = 0;
  bool unaligned_ = false;
};

}  // namespace

std::string encoder_name(std::uint32_t symbol) {
  return fmt::format("__cbt_{}", symbol);
}
std::string line_label(std::size_t item) {
  return fmt::format("__cbt_l_{}", item);
}
std::string label_name(const Program& program, std::uint32_t label) {
  return fmt::format("{}{}", program.local_labels[label].used_in_data ? "__cbt_d_" : ".Lcbt_",
                     label);
}
std::string here_label(std::size_t item) {
  return fmt::format(".Lcbt_h_{}", item);
}
std::string foreign_name(std::uint32_t symbol) {
  return fmt::format("__cbt_x_{}", symbol);
}

std::vector<Piece> pieces_of(const EncoderInput& input, const EncoderLine& line,
                             const Program& program) {
  if (line.like == kNoEntry) return line.pieces;
  const EncoderLine& first = input.lines[line.like];
  const auto start = [&program](const EncoderLine& one) {
    const CodeItem& item = program.code[one.item];
    const Line& source = program.lines[item.line];
    return source.span(source.tokens[item.first_token]);
  };
  const Span here = start(line);
  const std::uint32_t there = start(first).begin;
  std::vector<Piece> pieces = first.pieces;
  for (Piece& piece : pieces)
    piece.source = {here.file, here.line, piece.source.begin - there + here.begin,
                    piece.source.length};
  return pieces;
}

EncoderInput rewrite(Program& program, const Sources& sources, const RewriteOptions& options,
                     Reporter& reporter) {
  find_states(program);
  return Rewriter(program, sources, options, reporter).write();
}

}  // namespace cmos::assembler
