// What a source says, before anything is encoded: lines, symbols, data, code.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "assembler/diagnostic.h"
#include "assembler/expression.h"
#include "assembler/lexer.h"
#include "assembler/target.h"
#include "assembler/texts.h"
#include "assembler/types.h"
#include "object/object.h"

namespace cmos::assembler {

struct Directive;

inline constexpr std::uint32_t kNoEntry = UINT32_MAX;
/// Begins names that no source can write: `$` of a line, kept by equ.
inline constexpr char kHidden = '\x01';

/// One line that is neither blank nor consumed by the reader (.include, .if, .define, .arch).
struct Line {
  Span where;
  std::vector<Token> tokens;
  bool relative = false;  ///< nasm's `default rel`

  Span span(const Token& token) const {
    return {where.file, where.line + token.below, token.begin, token.length()};
  }
  /// From a token to the end; of a continued line its first part.
  Span from(const Token& token) const {
    Span out = span(token);
    for (const Token& one : tokens) {
      if (one.below == token.below && one.end() > token.begin) out.length = one.end() - token.begin;
    }
    return out;
  }
};

enum class SymbolKind : std::uint8_t { kNone, kFunction, kConst, kVar, kExtern };

struct Symbol {
  std::string name;
  SymbolKind kind = SymbolKind::kNone;  ///< kNone: only named by global or weak
  bool global = false;
  bool weak = false;
  bool implicit = false;            ///< `call NAME` without extern
  Span defined = {};                ///< label, data directive or extern
  Span exported = {};               ///< global or weak
  bool thumb = false;               ///< a function of Thumb code
  bool is_data = false;             ///< a label of bytes that are no instructions
  std::string location = {};        ///< of an extern
  std::uint32_t record = kNoEntry;  ///< of data
  std::uint32_t record_offset = 0;  ///< in it
};

/// What a name in an expression stands for.
struct Place {
  enum class Kind : std::uint8_t {
    kNone,
    kSymbol,
    kLabel,      ///< inside a function
    kCodeStart,  ///< $$
    kHere,       ///< $: where the statement begins that mentions it
  };
  Kind kind = Kind::kNone;
  std::uint32_t index = 0;  ///< in Program::symbols or Program::local_labels

  explicit operator bool() const { return kind != Kind::kNone; }
  bool operator==(const Place&) const = default;
};

/// An address, or the distance of two, in data: address of `target` - address of `minus` + addend.
struct DataAddress {
  std::uint32_t offset = 0;  ///< in the record
  std::uint8_t bytes = 0;
  bool is_signed = false;
  bool is_address = false;  ///< the TYPE has room for an address
  std::int64_t addend = 0;
  std::optional<Reference> target = {};
  std::optional<Reference> minus = {};
  Span where = {};
  std::uint32_t function = kNoEntry;  ///< in which the record stands
  Place target_place = {};            ///< when all lines are read
  Place minus_place = {};
};

struct Record {
  std::uint32_t symbol = 0;
  object::DataType type = object::DataType::kBytes;
  std::uint32_t alignment = 1;
  std::uint64_t size = 0;
  std::uint64_t count = 1;          ///< of elements
  std::string structure = {};       ///< TYPE of its one element, when that is one
  std::vector<std::uint8_t> bytes;  ///< at most `size`; the rest is zero
  std::vector<DataAddress> addresses;
  std::uint32_t line = 0;  ///< index in Program::lines
};

/// A place in the code of one function that only it can jump to: `.again:`.
struct LocalLabel {
  std::uint32_t function = kNoEntry;
  std::string name;
  Span defined;
  bool used_in_data = false;
  bool thumb = false;
};

enum class CodeKind : std::uint8_t { kFunction, kLocalLabel, kStatement };
struct CodeItem {
  CodeKind kind = CodeKind::kStatement;
  std::uint32_t line = 0;             ///< index in Program::lines
  std::uint32_t first_token = 0;      ///< of a statement
  std::uint32_t index = kNoEntry;     ///< symbol or local label
  std::uint32_t function = kNoEntry;  ///< in which it stands
  bool thumb = false;
  const Directive* directive = nullptr;  ///< of a statement that is no instruction
};

/// What must hold when all places are known.
struct Assertion {
  std::uint32_t line = 0;  ///< index in Program::lines
  std::uint32_t first_token = 0;
  std::uint32_t function = kNoEntry;
  std::string here = {};  ///< the hidden label that `$` is
};

struct Program {
  const Target* target = nullptr;
  bool relative = false;           ///< nasm's `default rel`, where the reader is
  bool incomplete = false;         ///< the reader gave up
  std::vector<std::string> shown;  ///< for -E
  Texts texts;
  std::map<std::string, Structure, std::less<>> structures;
  std::map<std::string, Extent, std::less<>> extents;  ///< of structures and their fields
  std::vector<Assertion> assertions;
  std::map<std::string, std::vector<std::uint8_t>> sections;  ///< optional ones, by name
  std::deque<Line> lines;                                     ///< references to them stay good
  std::vector<Symbol> symbols;
  std::vector<Record> records;  ///< in the order of the source
  std::vector<LocalLabel> local_labels;
  std::vector<CodeItem> code;
  std::map<std::string, Value, std::less<>> defines;
  std::unordered_map<std::string, std::uint32_t> symbol_index;
  std::map<std::pair<std::uint32_t, std::string>, std::uint32_t> local_index;

  Symbol* find(std::string_view name) {
    const auto found = symbol_index.find(std::string(name));
    return found == symbol_index.end() ? nullptr : &symbols[found->second];
  }
  /// The symbol of that name, made when there is none.
  std::uint32_t intern(std::string_view name) {
    const auto [at, added] =
        symbol_index.try_emplace(std::string(name), static_cast<std::uint32_t>(symbols.size()));
    if (added) symbols.push_back({.name = std::string(name)});
    return at->second;
  }
  /// NAME, .LABEL of a function, NAME.LABEL from anywhere; nothing for what is not defined (yet).
  std::optional<Place> place(std::string_view name, std::uint32_t function) const;
  /// The label of that name when just one function has one.
  std::optional<Place> only_label(std::string_view name) const;
  /// For expressions: .define's values, and sizes of what is known so far.
  Names names();
  std::optional<Extent> extent(std::string_view name) const;
};

}  // namespace cmos::assembler
