// Names, when all lines are read: what they stand for, and what they should have been.
#include <fmt/format.h>

#include "assembler/parser.h"
#include "base/near.h"

namespace cmos::assembler {

std::string did_you_mean(const Program& program, std::string_view name) {
  // Comparing a generated source's every mistake with its every name would take for ever.
  constexpr std::size_t kMostSymbols = 5'000;
  if (program.symbols.size() > kMostSymbols) return "";
  std::vector<std::string> candidates;
  for (const Symbol& symbol : program.symbols) {
    if (symbol.kind != SymbolKind::kNone && symbol.name != name) candidates.push_back(symbol.name);
  }
  for (const auto& [define, value] : program.defines) candidates.push_back(define);
  const auto near = nearest(name, candidates);
  return near ? fmt::format("; did you mean '{}'?", *near) : "";
}

std::string undefined_text(const Program& program, std::string_view name, std::uint32_t function) {
  if (!name.starts_with('.'))
    return fmt::format("'{}' is defined nowhere and not extern{}", name,
                       did_you_mean(program, name));
  std::vector<std::string> candidates;
  for (const LocalLabel& label : program.local_labels) {
    if (label.function == function && candidates.size() < 1000) candidates.push_back(label.name);
  }
  const auto near = nearest(name, candidates);
  const std::string where = function == kNoEntry
                                ? "before the first function"
                                : fmt::format("in '{}'", program.symbols[function].name);
  return fmt::format("no label '{}' {}{}", name, where,
                     near ? fmt::format("; did you mean '{}'?", *near) : "");
}

namespace {

/// What the names in data stand for, now that all are known.
void resolve_data(Program& program, Reporter& reporter) {
  const auto place = [&](const std::optional<Reference>& reference, std::uint32_t function) {
    if (!reference) return Place{};
    if (reference->name == "$$") return Place{Place::Kind::kCodeStart, 0};
    auto found = program.place(reference->name, function);
    // Tables stand behind the code that they are about: one label of that name is enough.
    if (!found && reference->name.starts_with('.')) found = program.only_label(reference->name);
    if (!found) {
      reporter.error(reference->where, undefined_text(program, reference->name, function));
      return Place{};
    }
    if (found->kind == Place::Kind::kLabel) program.local_labels[found->index].used_in_data = true;
    return *found;
  };
  for (Record& record : program.records) {
    for (DataAddress& address : record.addresses) {
      if (reporter.errors() > Reporter::kMost) return;
      address.target_place = place(address.target, address.function);
      address.minus_place = place(address.minus, address.function);
    }
  }
  // The encoder is to tell where the labels of assertions lie.
  for (const Assertion& one : program.assertions) {
    const auto need = [&](std::string_view name) {
      const auto found = program.place(name, one.function);
      if (found && found->kind == Place::Kind::kLabel)
        program.local_labels[found->index].used_in_data = true;
    };
    need(one.here);
    for (const Token& token : program.lines[one.line].tokens) need(token.text);
  }
}

}  // namespace

void check_symbols(Program& program, Reporter& reporter) {
  resolve_data(program, reporter);
  for (const Symbol& symbol : program.symbols) {
    if (!symbol.global) continue;
    const std::string_view word = symbol.weak ? "weak" : "global";
    if (symbol.kind == SymbolKind::kNone)
      reporter.error(symbol.exported, fmt::format("{} '{}' is defined nowhere{}", word, symbol.name,
                                                  did_you_mean(program, symbol.name)));
    if (symbol.kind == SymbolKind::kExtern && symbol.weak) continue;
    if (symbol.kind == SymbolKind::kExtern)
      reporter.error(symbol.exported, fmt::format("'{}' is both extern and {}", symbol.name, word),
                     {{symbol.defined, "extern here"}});
  }
}

}  // namespace cmos::assembler
