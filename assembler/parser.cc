#include "assembler/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "assembler/assertions.h"
#include "assembler/data.h"
#include "assembler/directives.h"
#include "assembler/reader.h"
#include "base/near.h"
#include "base/text.h"

namespace cmos::assembler {
namespace {

/// What other assemblers write, and what it is called here.
struct Advice {
  std::string_view word;
  std::string_view text;
};
constexpr std::array<Advice, 12> kFirstWords{{
    {"org", "the linker decides where the program lies"},
    {"include", "write .include \"FILE\""},
    {"incbin", "write .const NAME bytes from \"FILE\""},
    {"proc", "a function is a label: NAME:"},
    {"public", "write global NAME"},
    {"common", "write .var NAME TYPE"},
    {"istruc", "write .const NAME STRUCTURE VALUE, … or .var NAME STRUCTURE"},
    {"at", "write .const NAME STRUCTURE VALUE, … or .var NAME STRUCTURE"},
    {"iend", "write .const NAME STRUCTURE VALUE, … or .var NAME STRUCTURE"},
    {"absolute", "write .struct NAME, or .define NAME NUMBER"},
    {"cpu", "every instruction of the ARCH is there"},
    {"end", "a source ends with its last line"},
}};
constexpr std::array<Advice, 11> kSecondWords{{
    {"db",
     ".const NAME bytes …, or .const NAME utf8 \"text\"; NAME: db … for bytes among the code"},
    {"dw", ".const NAME u16 …, or u16[] for a list; NAME: dw … for data among the code"},
    {"dd", ".const NAME u32 …, or u32[] for a list; NAME: dd … for data among the code"},
    {"dq", ".const NAME u64 …, or u64[] for a list; NAME: dq … for data among the code"},
    {"resb", ".var NAME bytes[N]"},
    {"resw", ".var NAME u16[N]"},
    {"resd", ".var NAME u32[N]"},
    {"resq", ".var NAME u64[N]"},
    {"proc", "NAME:"},
    {"endp", "nothing: a function ends where the next one begins"},
    {"=", ".define NAME NUMBER"},
}};

template <std::size_t N>
const Advice* find(const std::array<Advice, N>& table, std::string_view word) {
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const Advice& one) { return one.word == word; });
  return found == table.end() ? nullptr : &*found;
}

constexpr std::string_view kSectionAdvice =
    "code is what stands in the source, data is .const and .var";

std::string_view name_of(SymbolKind kind) {
  constexpr std::array<std::string_view, 5> kNames{"name", "function", "constant", "variable",
                                                   "extern"};
  return kNames[static_cast<std::size_t>(kind)];
}

}  // namespace

void Parser::line(std::uint32_t index) {
  const Line& line = program_.lines[index];
  Cursor cursor(line.tokens, line.where);
  if (equate(cursor, index)) return;
  while (label(cursor, index)) {
  }
  if (cursor.at_end() || declaration(cursor, index) || foreign(cursor)) return;
  statement(cursor, index);
}

// ---- labels ------------------------------------------------------------------------------------

bool Parser::label(Cursor& cursor, std::uint32_t line) {
  const Token* first = cursor.peek();
  const Token* second = cursor.peek(1);
  if (first == nullptr || second == nullptr || !second->is(":")) return false;
  const Span where = cursor.span(*first);
  if (first->kind == TokenKind::kNumber) {
    reporter_.error(where, "numbers are no labels: write .NAME: for a label inside a function");
  } else if (first->kind == TokenKind::kString) {
    function(*first, where, line);
  } else if (first->kind != TokenKind::kName) {
    return false;
  } else if (first->text[0] == '.') {
    local_label(*first, where, line);
  } else {
    function(*first, where, line);
  }
  cursor.next();
  cursor.next();
  return true;
}

void Parser::function(const Token& token, Span where, std::uint32_t line) {
  std::string text(token.text);
  if (token.kind == TokenKind::kString) {
    const Unescaped inside = unescape(token.text);
    if (!inside.error.empty() || inside.bytes.empty() ||
        inside.bytes.find('\0') != std::string::npos ||
        first_invalid_utf8(as_bytes(inside.bytes))) {
      reporter_.error(where, "a name is UTF-8 without zero bytes, and not empty");
      return;
    }
    text = inside.bytes;
  } else if (!check_name(text, where, *program_.target, reporter_)) {
    return;
  }
  const std::uint32_t symbol = program_.intern(text);
  if (!define(symbol, SymbolKind::kFunction, where)) return;
  function_ = symbol;
  program_.code.push_back({CodeKind::kFunction, line, 0, symbol, symbol});
}

void Parser::local_label(const Token& token, Span where, std::uint32_t line) {
  if (token.text == ".") {
    reporter_.error(where, "a label needs a name: .NAME:");
    return;
  }
  const auto index = static_cast<std::uint32_t>(program_.local_labels.size());
  const auto [at, added] =
      program_.local_index.try_emplace({function_, std::string(token.text)}, index);
  if (!added) {
    reporter_.error(where, fmt::format("'{}' is defined twice in one function", token.text),
                    {{program_.local_labels[at->second].defined, "first here"}});
    return;
  }
  program_.local_labels.push_back({function_, std::string(token.text), where});
  program_.code.push_back({CodeKind::kLocalLabel, line, 0, index, function_});
}

bool Parser::define(std::uint32_t index, SymbolKind kind, Span where) {
  Symbol& symbol = program_.symbols[index];
  if (symbol.kind != SymbolKind::kNone) {
    if (kind == SymbolKind::kExtern && symbol.kind == SymbolKind::kExtern) return true;
    const bool one_extern = kind == SymbolKind::kExtern || symbol.kind == SymbolKind::kExtern;
    reporter_.error(where,
                    one_extern ? fmt::format("'{}' is both extern and defined here", symbol.name)
                               : fmt::format("'{}' is defined twice", symbol.name),
                    {{symbol.defined, fmt::format("the other is this {}", name_of(symbol.kind))}});
    return false;
  }
  if (program_.defines.find(symbol.name) != program_.defines.end()) {
    reporter_.error(where, fmt::format("'{}' is a number already (.define)", symbol.name));
    return false;
  }
  symbol.kind = kind;
  symbol.defined = where;
  return true;
}

// ---- directives --------------------------------------------------------------------------------

bool Parser::declaration(Cursor& cursor, std::uint32_t line) {
  const Token first = *cursor.peek();
  if (first.kind != TokenKind::kName) return false;
  // `global` and the like are words that a function could be called by: `global:` was a label.
  std::string word = lower(first.text);
  if (word[0] == '.') word.erase(0, 1);
  const bool plain = first.text[0] != '.';
  if (!plain && (word == "const" || word == "var")) {
    cursor.next();
    data(cursor, word == "var", line);
    return true;
  }
  if (word == "assert" && !plain) {
    cursor.next();
    assertion(cursor, line);
    return true;
  }
  if (word == "section" || word == "segment" || first.is(".text")) {
    if (!first.is(".text")) cursor.next();
    section(cursor);
    return true;
  }
  if (word == "extern") {
    cursor.next();
    import(cursor);
    return true;
  }
  if (word == "global" || word == "globl" || word == "weak") {
    cursor.next();
    export_names(cursor, word == "weak");
    return true;
  }
  return false;
}

std::optional<std::string> Parser::take_name(Cursor& cursor, std::string_view what) {
  const Span where = cursor.here();
  const Token* token = cursor.next();
  if (token != nullptr && token->kind == TokenKind::kString) {
    const Unescaped inside = unescape(token->text);
    const bool good = inside.error.empty() && !inside.bytes.empty() &&
                      inside.bytes.find('\0') == std::string::npos &&
                      !first_invalid_utf8(as_bytes(inside.bytes));
    if (good) return inside.bytes;
    reporter_.error(where, "a name is UTF-8 without zero bytes, and not empty");
    return std::nullopt;
  }
  if (token == nullptr || token->kind != TokenKind::kName) {
    reporter_.error(where, std::string(what));
    return std::nullopt;
  }
  if (!check_name(token->text, where, *program_.target, reporter_)) return std::nullopt;
  return std::string(token->text);
}

void Parser::data(Cursor& cursor, bool variable, std::uint32_t line) {
  const Span where = cursor.here();
  const auto text = take_name(cursor, variable ? "a name is expected here: .var NAME TYPE [VALUE]"
                                               : "a name is expected here: .const NAME TYPE VALUE");
  if (!text) return;
  const std::uint32_t symbol = program_.intern(*text);
  const bool free = define(symbol, variable ? SymbolKind::kVar : SymbolKind::kConst, where);
  auto record = parse_record(cursor, variable, function_, program_, options_, sources_, reporter_);
  if (!record || !free) return;
  for (DataAddress& address : record->addresses) {
    address.function = function_;
    stand_here(address, *text);
  }
  record->symbol = symbol;
  record->line = line;
  name_fields(*text, record->structure, where);
  program_.symbols[symbol].record = static_cast<std::uint32_t>(program_.records.size());
  program_.records.push_back(std::move(*record));
}

/// NAME.FIELD of a constant or variable that is a structure.
void Parser::name_fields(const std::string& name, const std::string& structure, Span where) {
  const auto found = program_.structures.find(structure);
  if (structure.empty() || found == program_.structures.end()) return;
  for (const Field& field : found->second.fields) {
    const std::string full = fmt::format("{}.{}", name, field.name);
    Value value;
    value.number = static_cast<Integer>(field.offset);
    value.symbol = Reference{name, where};
    program_.defines.try_emplace(full, std::move(value));
    program_.extents.try_emplace(full, field.extent);
  }
}

/// `$` in data is the place of the value that it is part of.
void Parser::stand_here(DataAddress& address, const std::string& record) {
  if (address.target && address.target->name == "$") {
    address.target->name = record;
    address.addend += address.offset;
  }
  if (address.minus && address.minus->name == "$") {
    address.minus->name = record;
    address.addend -= address.offset;
  }
}

/// What is a number now is decided now; places are known when everything is encoded.
void Parser::assertion(Cursor& cursor, std::uint32_t line) {
  const std::size_t first = cursor.position();
  Reporter quiet;
  Cursor trial = cursor;
  const auto value = parse_expression(trial, program_.names(), quiet, false);
  if (value && value->is_number()) {
    check_assertion(value->number, trial, program_.lines[line], first, reporter_);
    return;
  }
  std::optional<Reference> here = Reference{"$", cursor.here()};
  keep_place(here, line);
  program_.assertions.push_back({line, static_cast<std::uint32_t>(first), function_, here->name});
}

/// `NAME equ VALUE`, with a colon or without: a name for a number, an address or a difference.
bool Parser::equate(Cursor& cursor, std::uint32_t line) {
  const Token* name = cursor.peek();
  if (name == nullptr || name->kind != TokenKind::kName) return false;
  const std::size_t behind = cursor.peek(1) != nullptr && cursor.peek(1)->is(":") ? 2 : 1;
  const Token* word = cursor.peek(behind);
  if (word == nullptr || word->kind != TokenKind::kName || lower(word->text) != "equ") return false;
  const std::string text(name->text);
  const Span where = cursor.span(*name);
  for (std::size_t i = 0; i <= behind; ++i) cursor.next();
  auto value = parse_expression(cursor, program_.names(), reporter_, true);
  if (!value || !at_end_of_line(cursor, reporter_)) return true;
  if (!check_name(text, where, *program_.target, reporter_)) return true;
  keep_place(value->symbol, line);
  keep_place(value->minus, line);
  const Symbol* symbol = program_.find(text);
  if (symbol != nullptr && symbol->kind != SymbolKind::kNone) {
    reporter_.error(where, fmt::format("'{}' is a {} already", text, name_of(symbol->kind)),
                    {{symbol->defined, "here"}});
  } else if (!program_.defines.try_emplace(text, *value).second) {
    reporter_.error(where, fmt::format("'{}' is defined already", text));
  }
  return true;
}

/// `$` and `.LABEL` mean where the equ stands, not where its name is used.
void Parser::keep_place(std::optional<Reference>& reference, std::uint32_t line) {
  if (!reference) return;
  if (reference->name == "$") {
    const auto index = static_cast<std::uint32_t>(program_.local_labels.size());
    reference->name = kHidden + std::to_string(index);
    program_.local_index.emplace(std::pair{kNoEntry, reference->name}, index);
    program_.local_labels.push_back({kNoEntry, reference->name, reference->where});
    program_.code.push_back({CodeKind::kLocalLabel, line, 0, index, function_});
  } else if (reference->name.starts_with('.') && function_ != kNoEntry) {
    reference->name = program_.symbols[function_].name + reference->name;
  }
}

void Parser::import(Cursor& cursor) {
  std::vector<std::uint32_t> names;
  do {
    const Span where = cursor.here();
    const auto text = take_name(cursor, "a name is expected here: extern NAME [from \"FILE\"]");
    if (!text) return;
    const std::uint32_t symbol = program_.intern(*text);
    if (define(symbol, SymbolKind::kExtern, where)) names.push_back(symbol);
  } while (cursor.take(","));
  if (!cursor.at_end() && cursor.peek()->is("from")) {
    cursor.next();
    const Span where = cursor.here();
    const auto location = take_string(cursor, "a file name in quotes is expected here", reporter_);
    if (!location) return;
    if (location->empty() || location->find('\0') != std::string::npos ||
        first_invalid_utf8(as_bytes(*location))) {
      reporter_.error(where, "this is no file name");
      return;
    }
    for (const std::uint32_t symbol : names) {
      std::string& known = program_.symbols[symbol].location;
      if (!known.empty() && known != *location)
        reporter_.error(where, fmt::format("'{}' comes from {} already",
                                           program_.symbols[symbol].name, quote(as_bytes(known))));
      known = *location;
    }
  }
  at_end_of_line(cursor, reporter_);
}

void Parser::export_names(Cursor& cursor, bool weak) {
  do {
    const Span where = cursor.here();
    const auto text = take_name(cursor, weak ? "a name is expected here: weak NAME"
                                             : "a name is expected here: global NAME");
    if (!text) return;
    Symbol& symbol = program_.symbols[program_.intern(*text)];
    // nasm's NAME:function says what is known here.
    if (cursor.take(":") && (cursor.at_end() || cursor.next()->kind != TokenKind::kName)) {
      reporter_.error(cursor.here(), "a kind is expected here: NAME:function, NAME:data");
      return;
    }
    if (!symbol.global) symbol.exported = where;
    symbol.global = true;
    symbol.weak = symbol.weak || weak;
  } while (cursor.take(","));
  at_end_of_line(cursor, reporter_);
}

// ---- code --------------------------------------------------------------------------------------

bool Parser::foreign(Cursor& cursor) {
  const Token* first = cursor.peek();
  const Token* second = cursor.peek(1);
  const Span where = cursor.span(*first);
  if (first->is("%")) {
    reporter_.error(where, "this does not exist here: see .macro, .rept, .define, .if, .include");
    return true;
  }
  if (first->kind != TokenKind::kName) return false;
  const Advice* advice = find(kFirstWords, lower(first->text));
  // `at` is an instruction of ARM 64.
  if (program_.target->isa == object::Isa::kArm64 && lower(first->text) == "at") advice = nullptr;
  // A function may be called `align`, but is not called without `call`.
  if (advice != nullptr) {
    reporter_.error(where, fmt::format("'{}' does not exist here: {}", first->text, advice->text));
    return true;
  }
  advice = second == nullptr ? nullptr : find(kSecondWords, lower(second->text));
  if (advice != nullptr && (second->kind == TokenKind::kName || second->is("="))) {
    reporter_.error(cursor.span(*second),
                    fmt::format("'{}' does not exist here: write {}", second->text, advice->text));
    return true;
  }
  return false;
}

/// `times COUNT INSTRUCTION` is so many statements; data is one, which states the count.
bool Parser::times(Cursor& cursor, std::uint32_t line) {
  Cursor trial = cursor;
  trial.next();
  const Span where = trial.here();
  Reporter quiet;
  const auto count = parse_expression(trial, program_.names(), quiet, true);
  const Token* word = trial.peek();
  if (!count || !count->is_number() || word == nullptr) return false;
  const Directive* row = find_directive(*program_.target, lower(word->text));
  if (row != nullptr && row->is_data()) return false;
  const auto most = static_cast<Integer>(options_.most_lines) - program_.code.size();
  if (count->number < 0 || count->number > most) {
    reporter_.error(where, fmt::format("{} times: 0 to {} are possible", to_text(count->number),
                                       to_text(most)));
    return true;
  }
  for (Integer i = 0; i < count->number; ++i) {
    program_.code.push_back({CodeKind::kStatement, line,
                             static_cast<std::uint32_t>(trial.position()), kNoEntry, function_});
  }
  return true;
}

/// An optional section of the CPO: NAME TYPE VALUE. Those of one name are one.
void Parser::section(Cursor& cursor) {
  const Span where = cursor.here();
  const Token* name = cursor.next();
  const std::string text = name == nullptr                    ? ""
                           : name->kind == TokenKind::kString ? unescape(name->text).bytes
                                                              : std::string(name->text);
  if (lower(text) == ".text" || lower(text) == "text" || lower(text) == "code") return;
  if (text.empty() || text.starts_with("cmos.") || text.find('\0') != std::string::npos ||
      first_invalid_utf8(as_bytes(text)))
    return reporter_.error(where, "a name is expected here: .section NAME TYPE VALUE");
  if (cursor.at_end() || cursor.peek()->is(","))
    return reporter_.error(where,
                           fmt::format("'{}' is no section here: {}; .section NAME TYPE VALUE "
                                       "adds an optional section, which is never loaded",
                                       text, kSectionAdvice));
  auto record = parse_record(cursor, false, function_, program_, options_, sources_, reporter_);
  if (!record) return;
  if (!record->addresses.empty())
    return reporter_.error(record->addresses[0].where,
                           "only numbers and texts can stand here: "
                           "nothing is loaded");
  auto& bytes = program_.sections[text];
  bytes.insert(bytes.end(), record->bytes.begin(), record->bytes.end());
  bytes.resize(bytes.size() + record->size - record->bytes.size());
}

void Parser::statement(Cursor& cursor, std::uint32_t line) {
  if (lower(cursor.peek()->text) == "times" && times(cursor, line)) return;
  program_.code.push_back({CodeKind::kStatement, line,
                           static_cast<std::uint32_t>(cursor.position()), kNoEntry, function_});
}

}  // namespace cmos::assembler
