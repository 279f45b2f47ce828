#include "assembler/structures.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "assembler/directives.h"
#include "assembler/reader.h"
#include "base/text.h"

namespace cmos::assembler {
namespace {

constexpr std::uint64_t kMostBytes = 1u << 24;
constexpr std::size_t kMostFields = 10'000;

std::uint64_t aligned(std::uint64_t value, std::uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

/// A TYPE as a structure of one nameless leaf.
Structure of_type(const TypeRow& row) {
  Structure out;
  out.leaves.push_back({0, row, 1});
  out.size = row.bytes;
  out.alignment = row.bytes;
  return out;
}

}  // namespace

void StructureReader::line(Cursor& cursor) {
  const Token first = *cursor.peek();
  const bool dotted = first.text[0] == '.';
  const Token* second = cursor.peek(1);
  const bool labelled = second != nullptr && second->is(":");
  const auto directive = [this](const Token* token) -> const Directive* {
    if (token == nullptr || token->kind != TokenKind::kName) return nullptr;
    const Directive* row = find_directive(*program_.target, lower(token->text));
    return row != nullptr && row->operands == Operands::kCount ? row : nullptr;
  };
  if (first.kind != TokenKind::kName) {
    reporter_.error(cursor.here(), "a field is expected here: NAME TYPE");
  } else if (directive(&first) != nullptr && !labelled) {
    nasm_field(cursor, "", cursor.here());
  } else if (dotted || labelled || directive(second) != nullptr) {
    const Span where = cursor.here();
    cursor.next();
    cursor.take(":");
    if (!dotted) plain_.emplace_back(first.text);
    nasm_field(cursor, dotted ? first.text.substr(1) : first.text, where);
  } else {
    cursor.next();
    own_field(cursor, first);
  }
}

std::optional<std::uint64_t> StructureReader::number(Cursor& cursor, std::uint64_t least,
                                                     std::uint64_t most) {
  const Span where = cursor.here();
  const auto value = parse_number(cursor, program_.names(), reporter_);
  if (!value) return std::nullopt;
  if (*value >= static_cast<Integer>(least) && *value <= static_cast<Integer>(most))
    return static_cast<std::uint64_t>(*value);
  reporter_.error(where, fmt::format("{}: {} to {} are possible", to_text(*value), least, most));
  return std::nullopt;
}

/// NAME TYPE, NAME TYPE[N], NAME TYPE align N.
void StructureReader::own_field(Cursor& cursor, const Token& name) {
  const Span at = cursor.span(name);
  const Span where = cursor.here();
  const Token* word = cursor.next();
  if (word == nullptr || word->kind != TokenKind::kName)
    return reporter_.error(where, fmt::format("a TYPE is expected here: {}", type_names()));
  const auto type = find_type(word->text, program_.target->pointer_bytes);
  const auto known = program_.structures.find(word->text);
  if (!type && known == program_.structures.end())
    return reporter_.error(where, fmt::format("unknown TYPE '{}': expected {}, or a structure",
                                              word->text, type_names()));
  const Structure inside = type ? of_type(*type) : known->second;
  std::uint64_t count = 1;
  if (cursor.take("[")) {
    const auto elements = number(cursor, 1, kMostBytes / std::max<std::uint64_t>(inside.size, 1));
    if (!elements) return;
    count = *elements;
    if (!cursor.take("]")) return reporter_.error(cursor.here(), "']' is missing here");
  } else if (type && (type->form == Form::kBytes || type->form == Form::kText)) {
    return reporter_.error(where, fmt::format("how many is expected here: {}[N]", word->text));
  }
  std::uint32_t alignment = inside.alignment;
  if (!cursor.at_end() && cursor.peek()->is("align")) {
    cursor.next();
    const Span place = cursor.here();
    const auto bytes = number(cursor, 1, 32768);
    if (!bytes) return;
    if (!std::has_single_bit(*bytes))
      return reporter_.error(place, fmt::format("align {}: a power of two is expected", *bytes));
    alignment = static_cast<std::uint32_t>(*bytes);
  }
  if (!cursor.at_end()) return reporter_.error(cursor.here(), "a field has no value, only a TYPE");
  add(name.text, at, inside, count, alignment);
}

/// .NAME: resd N, resb N, .NAME: alone. nasm puts nothing in between.
void StructureReader::nasm_field(Cursor& cursor, std::string_view name, Span where) {
  const Token* word = cursor.next();
  const Directive* row =
      word == nullptr ? nullptr : find_directive(*program_.target, lower(word->text));
  if (word != nullptr && (row == nullptr || row->operands != Operands::kCount))
    return reporter_.error(cursor.span(*word),
                           "resb, resw, resd or resq and how many, or NAME "
                           "TYPE, is expected here");
  std::uint64_t count = 0;
  if (word != nullptr) {
    const auto elements = number(cursor, 0, kMostBytes);
    if (!elements || !at_end_of_line(cursor, reporter_)) return;
    count = *elements;
  }
  constexpr std::string_view kTypes[] = {"u8", "u16", "u32", "u64"};
  const unsigned width = row == nullptr ? 1 : row->width;
  const auto type = find_type(kTypes[std::countr_zero(width)], program_.target->pointer_bytes);
  add(name, where, of_type(*type), count, 1);
}

bool StructureReader::add(std::string_view name, Span where, const Structure& inside,
                          std::uint64_t count, std::uint32_t alignment) {
  const bool taken = std::any_of(out_.fields.begin(), out_.fields.end(),
                                 [&](const Field& one) { return one.name == name; });
  if (taken && !name.empty()) {
    reporter_.error(where, fmt::format("the field '{}' is there already", name));
    return false;
  }
  const std::uint64_t offset = aligned(out_.size, alignment);
  const std::uint64_t size = inside.size * count;
  if (offset + size > kMostBytes || out_.leaves.size() > kMostFields ||
      out_.fields.size() + inside.fields.size() > kMostFields) {
    reporter_.error(where, "the structure becomes too large");
    return false;
  }
  out_.alignment = std::max(out_.alignment, alignment);
  out_.size = offset + size;
  if (!name.empty()) out_.fields.push_back({std::string(name), offset, {size, count}});
  for (const Field& one : inside.fields)
    out_.fields.push_back({fmt::format("{}.{}", name, one.name), offset + one.offset, one.extent});
  if (inside.leaves.empty()) return true;
  const bool one_leaf = inside.leaves.size() == 1 && inside.fields.empty();
  for (std::uint64_t i = 0; i < (one_leaf ? 1 : count); ++i) {
    for (Leaf leaf : inside.leaves) {
      leaf.offset += offset + i * inside.size;
      if (one_leaf) leaf.count = count;
      if (leaf.count != 0) out_.leaves.push_back(leaf);
      if (out_.leaves.size() > kMostFields) {
        reporter_.error(where, "the structure has too many fields");
        return false;
      }
    }
  }
  return true;
}

bool StructureReader::is_free(std::string_view name, Span where) {
  const Symbol* symbol = program_.find(name);
  const bool taken = program_.defines.find(name) != program_.defines.end() ||
                     program_.extents.find(name) != program_.extents.end() ||
                     (symbol != nullptr && symbol->kind != SymbolKind::kNone);
  if (taken) reporter_.error(where, fmt::format("'{}' means something already", name));
  return !taken;
}

void StructureReader::finish(std::string_view name, Span where) {
  if (find_type(name, 8)) return reporter_.error(where, fmt::format("'{}' is a TYPE", name));
  if (!is_free(name, where)) return;
  // So that a list of them is aligned.
  out_.size = aligned(out_.size, out_.alignment);
  const auto define = [&](const std::string& full, std::uint64_t number) {
    if (is_free(full, where)) program_.defines.emplace(full, Value{static_cast<Integer>(number)});
  };
  for (const Field& field : out_.fields) {
    const bool plain = std::find(plain_.begin(), plain_.end(), field.name) != plain_.end();
    const std::string full = plain ? field.name : fmt::format("{}.{}", name, field.name);
    define(full, field.offset);
    program_.extents.emplace(full, field.extent);
  }
  define(fmt::format("{}_size", name), out_.size);  // nasm's name of it
  program_.extents.emplace(name, Extent{out_.size, 1});
  program_.structures.emplace(name, std::move(out_));
}

}  // namespace cmos::assembler
