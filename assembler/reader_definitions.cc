#include "assembler/line_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace cmos::assembler {
namespace {

constexpr unsigned kDeepestInclude = 32;
constexpr std::size_t kMostFiles = 1'000;

}  // namespace

void LineReader::say(bool error, const std::string& word, Cursor& cursor, Span where) {
  std::string text;
  const Span here = cursor.here();
  if (cursor.at_end()) {
    text = fmt::format("{}", word);
  } else if (cursor.peek()->kind == TokenKind::kString) {
    const auto inside = take_string(cursor, "a text is expected here", reporter_);
    if (!inside || !at_end_of_line(cursor, reporter_)) return;
    text = *inside;
  } else {
    text = text_of(cursor.rest());
  }
  if (text.empty()) text = word;
  const Span at = cursor.at_end() && here.begin == 0 ? where : here;
  if (error) {
    reporter_.error(at, std::move(text));
  } else {
    reporter_.warning(at, std::move(text));
  }
}

void LineReader::arch(Cursor& cursor) {
  const Span where = cursor.here();
  const Token* token = cursor.next();
  if (token == nullptr) {
    reporter_.error(where, "an ARCH is missing here: 8664, __86, _ARM, AR64 or APPL");
    return;
  }
  if (!at_end_of_line(cursor, reporter_)) return;
  std::string name(token->text);
  if (token->kind == TokenKind::kString) name = unescape(token->text).bytes;
  if (program_.target == nullptr) {
    set_target(name, where);
  } else if (find_target(name) == nullptr) {
    set_target(name, where);
  } else if (name != program_.target->arch) {
    reporter_.error(where, options_.arch.empty()
                               ? fmt::format("the source is for {} already: .arch comes once and "
                                             "before everything else",
                                             program_.target->arch)
                               : fmt::format("the source is for {}, but is assembled for {}", name,
                                             program_.target->arch));
  }
}

/// nasm's `bits 64`: it must be what the ARCH is.
void LineReader::bits(std::string text, Cursor& cursor) {
  const Span where = cursor.here();
  if (text == "bits") {
    const Token* token = cursor.next();
    text = token == nullptr ? "" : token->text;
  }
  if (!at_end_of_line(cursor, reporter_)) return;
  const bool wide = text.ends_with("64");
  const Target& target = need_target(where);
  const std::string_view isa = wide ? "8664" : "__86";
  if (!text.ends_with("32") && !wide) {
    reporter_.error(where, "only 32 and 64 bits exist here: .arch __86 and .arch 8664");
  } else if (target.arch != isa) {
    reporter_.error(where, fmt::format("the source is for {}: write .arch {} in front of "
                                       "everything else, or use --arch",
                                       target.arch, isa));
  }
}

/// nasm's `default rel`: [NAME] counts from the instruction from here on.
void LineReader::set_default(Cursor& cursor) {
  const Span where = cursor.here();
  const Token* word = cursor.next();
  const std::string text = word == nullptr ? "" : lower(word->text);
  if (!at_end_of_line(cursor, reporter_)) return;
  if (text != "rel" && text != "abs") {
    reporter_.error(where, "default rel and default abs are possible");
    return;
  }
  const bool wide = need_target(where).isa == object::Isa::kX86_64;
  if (text == "rel" && !wide) reporter_.error(where, "'default rel' needs the ARCH 8664");
  program_.relative = text == "rel" && wide;
}

void LineReader::define(Cursor& cursor) {
  const Token* name = cursor.next();
  if (name == nullptr || name->kind != TokenKind::kName) {
    reporter_.error(name == nullptr ? cursor.here() : cursor.span(*name),
                    "a name is expected here: .define NAME NUMBER");
    return;
  }
  const Span where = cursor.span(*name);
  const auto value = parse_number(cursor, program_.names(), reporter_);
  if (!value || !at_end_of_line(cursor, reporter_)) return;
  if (!check_name(name->text, where, need_target(where), reporter_)) return;
  define(name->text, where, Value{*value});
}

void LineReader::define(std::string_view name, Span where, Value value) {
  if (program_.texts.has(name))
    return reporter_.error(where,
                           fmt::format("'{}' has been given a value by .set or %define", name));
  const auto [at, added] = program_.defines.try_emplace(std::string(name), value);
  if (added) {
    defined_at_.emplace(name, where);
    return;
  }
  const Value& known = at->second;
  if (known.is_number() && value.is_number() && known.number == value.number) return;
  const bool by_option =
      std::find(from_options_.begin(), from_options_.end(), name) != from_options_.end();
  std::vector<Note> notes;
  const auto place = defined_at_.find(std::string(name));
  if (place != defined_at_.end()) notes.push_back({place->second, "here"});
  reporter_.error(where,
                  fmt::format("'{}' is {} already{}", name,
                              known.is_number() ? to_text(known.number) : "an address",
                              by_option ? ", by -D (.ifndef asks whether it is)" : ""),
                  std::move(notes));
}

/// NAME = VALUE.
void LineReader::assign(Cursor& cursor, Span where, std::size_t first, const Place& at) {
  show(first, at);
  set(cursor, where, false);
}

/// A number may be set anew; an address, or a distance, is for good, as with equ.
void LineReader::set(Cursor& cursor, Span where, bool once) {
  const Span here = cursor.here();
  const Token* name = cursor.next();
  if (name == nullptr || name->kind != TokenKind::kName)
    return reporter_.error(here, "a name is expected here: .set NAME, VALUE");
  if (!check_name(name->text, here, need_target(here), reporter_)) return;
  if (!cursor.take("=")) cursor.take(",");
  Reporter quiet;
  Cursor trial = cursor;
  const auto number = parse_expression(trial, program_.names(), quiet, true);
  const bool symbolic = number && !number->is_number();
  if (once || symbolic) {
    std::vector<Token> tokens{*name, {TokenKind::kName, "equ", name->begin, name->below}};
    tokens.insert(tokens.end(), cursor.rest().begin(), cursor.rest().end());
    return push(std::move(tokens), where);
  }
  const auto value = parse_number(cursor, program_.names(), reporter_);
  if (!value || !at_end_of_line(cursor, reporter_)) return;
  if (program_.defines.find(name->text) != program_.defines.end()) {
    if (program_.defines.find(name->text)->second.number == *value) return;
    return reporter_.error(here, fmt::format("'{}' is defined already", name->text));
  }
  program_.texts.set(name->text, *value);
}

/// nasm's %define without parameters, and its end.
void LineReader::define_text(Cursor& cursor, bool defines) {
  const Span where = cursor.here();
  const Token* name = cursor.next();
  if (name == nullptr || name->kind != TokenKind::kName)
    return reporter_.error(where, "a name is expected here");
  if (!defines) {
    program_.texts.undefine(name->text);
    at_end_of_line(cursor, reporter_);
    return;
  }
  const Token* behind = cursor.peek();
  if (behind != nullptr && behind->is("(") && behind->begin == name->end())
    return reporter_.error(where, "%define has no parameters here: write .macro NAME PARAMETER");
  if (program_.defines.find(name->text) != program_.defines.end())
    return reporter_.error(where, fmt::format("'{}' is defined already", name->text));
  if (!check_name(name->text, where, need_target(where), reporter_)) return;
  program_.texts.define(name->text, cursor.rest());
}

void LineReader::include(Cursor& cursor, Span where, unsigned depth) {
  const Span at = cursor.here();
  const auto name = take_string(cursor, ".include takes a file name in quotes", reporter_);
  if (!name || !at_end_of_line(cursor, reporter_)) return;
  where.begin = first_column(where);
  where.length = text_length(".include");
  if (includes_ + 1 >= kDeepestInclude)
    return stop(where, fmt::format("files include each other more than {} deep", kDeepestInclude));
  if (++files_ >= kMostFiles) return stop(where, "too many files are included");
  auto found = find_file(*name, at, options_, sources_, reporter_);
  if (!found) return;
  bytes_ += found->bytes.size();
  if (bytes_ > kMostBytes) return stop(where, "the included files are too large");
  const std::uint32_t file = sources_.add(found->path, std::string(as_text(found->bytes)), where);
  ++includes_;
  read_block({file, 0, sources_[file].lines.size()}, depth + 1);
  --includes_;
}

}  // namespace cmos::assembler
