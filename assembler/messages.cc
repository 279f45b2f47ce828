#include "assembler/messages.h"

#include <fmt/format.h>

#include <charconv>

namespace cmos::assembler {
namespace {

struct Message {
  std::size_t line = 0;    ///< from 1, of the encoder's input
  std::size_t column = 0;  ///< from 1
  std::string_view kind;
  std::string_view text;
};

std::optional<std::size_t> take_number(std::string_view& text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const auto used = static_cast<std::size_t>(end - text.data());
  if (error != std::errc() || used >= text.size() || text[used] != ':') return std::nullopt;
  text.remove_prefix(used + 1);
  return value;
}

/// `<stdin>:3:9: error: what is wrong`.
std::optional<Message> parse(std::string_view text) {
  constexpr std::string_view kFile = "<stdin>:";
  if (!text.starts_with(kFile)) return std::nullopt;
  text.remove_prefix(kFile.size());
  Message out;
  const auto line = take_number(text);
  const auto column = line ? take_number(text) : std::nullopt;
  if (!column) return std::nullopt;
  out.line = *line;
  out.column = *column;
  for (const std::string_view kind : {" error: ", " warning: ", " note: "}) {
    if (!text.starts_with(kind)) continue;
    out.kind = kind.substr(1, kind.size() - 3);
    out.text = text.substr(kind.size());
    return out;
  }
  return std::nullopt;
}

/// The encoder's names back to the user's.
std::string own_names(std::string_view text, const Program& program) {
  constexpr std::string_view kSymbol = "__cbt_";
  constexpr std::string_view kLabel = ".Lcbt_";
  std::string out;
  while (!text.empty()) {
    const bool symbol = text.starts_with(kSymbol);
    if (symbol || text.starts_with(kLabel)) {
      std::string_view rest = text.substr(kSymbol.size());
      std::size_t number = 0;
      const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
      const std::size_t count = symbol ? program.symbols.size() : program.local_labels.size();
      if (error == std::errc() && number < count) {
        out += symbol ? program.symbols[number].name : program.local_labels[number].name;
        text = rest.substr(static_cast<std::size_t>(end - rest.data()));
        continue;
      }
    }
    out += text[0];
    text.remove_prefix(1);
  }
  return out;
}

/// The item whose line label (rewrite.h) this is.
std::optional<std::size_t> statement_of(std::string_view name, const Program& program) {
  constexpr std::string_view kPrefix = "__cbt_l_";
  if (!name.starts_with(kPrefix)) return std::nullopt;
  name.remove_prefix(kPrefix.size());
  std::size_t item = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), item);
  if (error != std::errc() || end != name.data() + name.size() || item >= program.code.size())
    return std::nullopt;
  return item;
}

std::optional<Span> place(const Message& message, const EncoderInput& input,
                          const Program& program) {
  if (message.line == 0 || message.line > input.lines.size()) return std::nullopt;
  const EncoderLine& line = input.lines[message.line - 1];
  if (line.item == kNoEntry) return std::nullopt;
  const CodeItem& item = program.code[line.item];
  Span where = program.lines[item.line].where;
  const auto pieces = pieces_of(input, line, program);
  if (!pieces.empty()) where = pieces[0].source;
  for (const Piece& piece : pieces) {
    if (piece.begin < message.column) where = piece.source;
  }
  return where;
}

}  // namespace

void report_unresolvable(const object::Object& code, const Program& program, Reporter& reporter) {
  for (const object::Unresolvable& one : code.unresolvable) {
    std::optional<std::pair<std::uint64_t, std::size_t>> best;
    for (const object::Symbol& symbol : code.symbols) {
      const auto item = statement_of(symbol.name, program);
      if (!item || symbol.section != one.section || symbol.value > one.offset) continue;
      if (!best || symbol.value >= best->first) best = {symbol.value, *item};
    }
    const std::string_view name = code.isa ? object::elf_name(*code.isa, one.number) : "";
    const std::string message =
        fmt::format("this needs {} ({}), which a static link cannot resolve",
                    name.empty() ? std::string_view("a relocation") : name, one.number);
    const CodeItem& item = program.code[best ? best->second : 0];
    const Line& line = program.lines[item.line];
    reporter.error(line.span(line.tokens[item.first_token]), message);
  }
}

bool report_messages(std::string_view text, EncoderInput& input, const Program& program,
                     Reporter& reporter) {
  struct Pending {
    Span where;
    std::string message;
    bool error;
    std::vector<Note> notes;
  };
  std::vector<Pending> all;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const auto message = parse(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!message) continue;
    const auto where = place(*message, input, program);
    if (!where) continue;
    std::string own = own_names(message->text, program);
    if (message->kind == "note") {
      if (!all.empty()) all.back().notes.push_back({*where, std::move(own)});
      continue;
    }
    EncoderLine& line = input.lines[message->line - 1];
    line.refused = line.refused || message->kind == "error";
    all.push_back({*where, std::move(own), message->kind == "error", {}});
  }
  for (Pending& one : all) {
    if (one.error) {
      reporter.error(one.where, std::move(one.message), std::move(one.notes));
    } else {
      reporter.warning(one.where, std::move(one.message));
    }
  }
  return !all.empty();
}

}  // namespace cmos::assembler
