#include "assembler/rewrite.h"

#include <fmt/format.h>

#include <memory>
#include <unordered_set>

#include "assembler/debug_lines.h"
#include "assembler/statement.h"

namespace cmos::assembler {
namespace {

class Rewriter {
 public:
  Rewriter(Program& program, const Sources& sources, bool debug_lines, Reporter& reporter)
      : program_(program),
        reporter_(reporter),
        debug_(debug_lines ? std::make_unique<DebugLines>(program, sources) : nullptr) {}

  EncoderInput write() {
    prelude();
    if (debug_) lines(debug_->prelude());
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
  }

  void item(std::uint32_t index) {
    const CodeItem item = program_.code[index];
    EncoderLine from;
    from.item = index;
    switch (item.kind) {
      case CodeKind::kFunction: {
        const std::string name = encoder_name(item.index);
        if (program_.symbols[item.index].global) line(fmt::format(".globl {}", name), from);
        line(fmt::format(".type {}, {}", name, program_.target->function_type), from);
        line(name + ":", from);
        return;
      }
      case CodeKind::kLocalLabel:
        line(fmt::format(".Lcbt_{}:", item.index), from);
        return;
      case CodeKind::kStatement:
        break;
    }
    std::vector<Unknown> unknown;
    const auto text = write_statement(program_, item, from, unknown, reporter_);
    for (Unknown& one : unknown) {
      if (seen_.insert(one.name).second) out_.unknown.push_back(std::move(one));
    }
    if (!text) return;
    EncoderLine label;
    label.item = index;
    line(line_label(index) + ":", label);
    if (debug_) line(debug_->location(program_.lines[item.line].where), label);
    line(*text, std::move(from));
  }

  Program& program_;
  Reporter& reporter_;
  std::unique_ptr<DebugLines> debug_;
  EncoderInput out_;
  std::unordered_set<std::string> seen_;
};

}  // namespace

std::string encoder_name(std::uint32_t symbol) {
  return fmt::format("__cbt_{}", symbol);
}
std::string line_label(std::size_t item) {
  return fmt::format("__cbt_l_{}", item);
}

EncoderInput rewrite(Program& program, const Sources& sources, bool debug_lines,
                     Reporter& reporter) {
  return Rewriter(program, sources, debug_lines, reporter).write();
}

}  // namespace cmos::assembler
