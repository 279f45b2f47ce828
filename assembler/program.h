// What a source says, before anything is encoded: lines, symbols, data, code.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "assembler/diagnostic.h"
#include "assembler/expression.h"
#include "assembler/lexer.h"
#include "assembler/target.h"
#include "object/object.h"

namespace cmos::assembler {

inline constexpr std::uint32_t kNoEntry = UINT32_MAX;

/// One line that is neither blank nor consumed by the reader (.include, .if, .define, .arch).
struct Line {
  Span where;
  std::vector<Token> tokens;

  Span span(const Token& token) const {
    return {where.file, where.line, token.begin, token.length()};
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
  std::string location = {};        ///< of an extern
  std::uint32_t record = kNoEntry;  ///< of data
};

struct DataAddress {
  std::uint32_t offset = 0;
  std::uint32_t symbol = 0;
  std::int64_t addend = 0;
};

struct Record {
  std::uint32_t symbol = 0;
  object::DataType type = object::DataType::kBytes;
  std::uint32_t alignment = 1;
  std::uint64_t size = 0;
  std::vector<std::uint8_t> bytes;  ///< at most `size`; the rest is zero
  std::vector<DataAddress> addresses;
  std::uint32_t line = 0;  ///< index in Program::lines
};

/// A place in the code of one function that only it can jump to: `.again:`.
struct LocalLabel {
  std::uint32_t function = kNoEntry;
  std::string name;
  Span defined;
};

enum class CodeKind : std::uint8_t { kFunction, kLocalLabel, kStatement };
struct CodeItem {
  CodeKind kind = CodeKind::kStatement;
  std::uint32_t line = 0;             ///< index in Program::lines
  std::uint32_t first_token = 0;      ///< of a statement
  std::uint32_t index = kNoEntry;     ///< symbol or local label
  std::uint32_t function = kNoEntry;  ///< in which it stands
};

/// A mention of a symbol that something must declare in the end.
struct Use {
  std::uint32_t symbol = 0;
  Span where;
};

struct Program {
  const Target* target = nullptr;
  std::vector<Line> lines;
  std::vector<Symbol> symbols;
  std::vector<Record> records;  ///< in the order of the source
  std::vector<LocalLabel> local_labels;
  std::vector<CodeItem> code;
  std::vector<Use> uses;
  std::map<std::string, Integer, std::less<>> defines;
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
  /// For expressions: .define's numbers, and sizes of the records known so far.
  Names names() {
    return {[this](std::string_view name) -> std::optional<Integer> {
              const auto found = defines.find(name);
              if (found == defines.end()) return std::nullopt;
              return found->second;
            },
            [this](std::string_view name) -> std::optional<Integer> {
              const Symbol* symbol = find(name);
              if (symbol == nullptr || symbol->record >= records.size()) return std::nullopt;
              return static_cast<Integer>(records[symbol->record].size);
            }};
  }
};

}  // namespace cmos::assembler
