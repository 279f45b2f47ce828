#include "assembler/data.h"

#include <fmt/format.h>

#include <array>
#include <bit>

#include "assembler/data_items.h"
#include "assembler/reader.h"
#include "base/near.h"
#include "base/text.h"

namespace cmos::assembler {
namespace {

using object::DataType;

constexpr std::uint64_t kMostBytes = 1u << 30;

enum class Form : std::uint8_t { kInteger, kFloat, kBytes, kText, kPointer };

struct TypeRow {
  std::string_view name;
  DataType type;
  Form form;
  unsigned bytes;  ///< of one element
  bool is_signed;
};
// The document has no type for i8 and i16: in the file they are bytes.
constexpr std::array<TypeRow, 14> kTypes{{
    {"u8", DataType::kU8, Form::kInteger, 1, false},
    {"u16", DataType::kU16, Form::kInteger, 2, false},
    {"u32", DataType::kU32, Form::kInteger, 4, false},
    {"u64", DataType::kU64, Form::kInteger, 8, false},
    {"i8", DataType::kBytes, Form::kInteger, 1, true},
    {"i16", DataType::kBytes, Form::kInteger, 2, true},
    {"i32", DataType::kI32, Form::kInteger, 4, true},
    {"i64", DataType::kI64, Form::kInteger, 8, true},
    {"f32", DataType::kF32, Form::kFloat, 4, true},
    {"f64", DataType::kF64, Form::kFloat, 8, true},
    {"bytes", DataType::kBytes, Form::kBytes, 1, false},
    {"utf8", DataType::kUtf8, Form::kText, 1, false},
    {"string", DataType::kUtf8, Form::kText, 1, false},
    {"ptr", DataType::kU64, Form::kPointer, 8, false},
}};

struct Limits {
  Integer low = 0;
  Integer high = 0;
};
Limits limits_of(const TypeRow& row) {
  const unsigned bits = row.bytes * 8;
  const Integer one = 1;
  if (row.is_signed) return {-(one << (bits - 1)), (one << (bits - 1)) - 1};
  return {0, (one << bits) - 1};
}

class RecordParser {
 public:
  RecordParser(Cursor& cursor, bool variable, std::uint32_t function, Program& program,
               const Options& options, const Sources& sources, Reporter& reporter)
      : cursor_(cursor),
        variable_(variable),
        function_(function),
        program_(program),
        names_(program.names()),
        options_(options),
        sources_(sources),
        reporter_(reporter) {}

  std::optional<Record> parse() {
    if (!type() || !count() || !alignment()) return std::nullopt;
    if (cursor_.at_end()) return without_value();
    if (!values() || !at_end_of_line(cursor_, reporter_)) return std::nullopt;
    return finish();
  }

 private:
  bool fail(Span where, std::string message) {
    reporter_.error(where, std::move(message));
    return false;
  }

  bool type() {
    const Span where = cursor_.here();
    type_at_ = where;
    const Token* token = cursor_.next();
    if (token == nullptr || token->kind != TokenKind::kName)
      return fail(where, fmt::format("a TYPE is expected here: {}", type_names()));
    for (const TypeRow& row : kTypes) {
      if (row.name == token->text) type_ = row;
    }
    if (type_.name.empty()) {
      std::vector<std::string> candidates;
      candidates.reserve(kTypes.size());
      for (const TypeRow& row : kTypes) candidates.emplace_back(row.name);
      const auto near = nearest(token->text, candidates);
      return fail(where,
                  near ? fmt::format("unknown TYPE '{}'; did you mean '{}'?", token->text, *near)
                       : fmt::format("unknown TYPE '{}': expected {}", token->text, type_names()));
    }
    if (type_.form == Form::kPointer) {
      type_.bytes = program_.target->pointer_bytes;
      type_.type = type_.bytes == 8 ? DataType::kU64 : DataType::kU32;
    }
    return true;
  }

  /// `[N]`, or `[]` for as many as there are values.
  bool count() {
    if (!cursor_.take("[")) return true;
    array_ = true;
    if (cursor_.take("]")) return true;
    const Span where = cursor_.here();
    const auto number = parse_number(cursor_, names_, reporter_);
    if (!number) return false;
    if (*number < 1 || *number > static_cast<Integer>(kMostBytes / type_.bytes))
      return fail(where, fmt::format("{} elements: 1 to {} are possible", to_text(*number),
                                     kMostBytes / type_.bytes));
    count_ = static_cast<std::uint64_t>(*number);
    if (!cursor_.take("]")) return fail(cursor_.here(), "']' is missing here");
    return true;
  }

  bool alignment() {
    record_.alignment = type_.bytes;
    if (cursor_.at_end() || !cursor_.peek()->is("align")) return true;
    cursor_.next();
    const Span where = cursor_.here();
    const auto number = parse_number(cursor_, names_, reporter_);
    if (!number) return false;
    if (*number < 1 || *number > 32768 || !std::has_single_bit(static_cast<std::uint32_t>(*number)))
      return fail(
          where, fmt::format("align {}: a power of two up to 32768 is expected", to_text(*number)));
    record_.alignment = static_cast<std::uint32_t>(*number);
    return true;
  }

  bool is_list() const { return type_.form == Form::kBytes || type_.form == Form::kText; }

  std::optional<Record> without_value() {
    if (!variable_) {
      fail(cursor_.here(), "a constant needs a VALUE");
      return std::nullopt;
    }
    if (!count_ && (array_ || is_list())) {
      fail(type_at_, fmt::format("without a VALUE the size must be stated: {}[N]", type_.name));
      return std::nullopt;
    }
    return finish();
  }

  Record finish() {
    const std::uint64_t elements = count_.value_or(array_ || is_list() ? 0 : 1);
    record_.size = std::max<std::uint64_t>(record_.bytes.size(), elements * type_.bytes);
    // A record of a number type has exactly one number.
    record_.type = array_ && !is_list() ? DataType::kBytes : type_.type;
    return std::move(record_);
  }

  bool values() {
    if (cursor_.peek()->is("from") && type_.form == Form::kBytes) return from_file();
    do {
      const Span where = cursor_.here();
      if (!value()) return false;
      const std::uint64_t most = count_                ? *count_ * type_.bytes
                                 : array_ || is_list() ? kMostBytes
                                                       : type_.bytes;
      if (record_.bytes.size() > most)
        return fail(where,
                    array_ || is_list()
                        ? fmt::format("more than the {} elements of {}[{}]", most / type_.bytes,
                                      type_.name, most / type_.bytes)
                        : fmt::format("more than one value: a list is written {}[]", type_.name));
    } while (cursor_.take(","));
    return true;
  }

  bool value() {
    const Token* token = cursor_.peek();
    if (token != nullptr && token->kind == TokenKind::kString && is_list()) return string();
    if (type_.form == Form::kFloat) return real();
    if (token != nullptr && token->kind == TokenKind::kString &&
        type_.bytes != program_.target->pointer_bytes)
      return fail(cursor_.here(), "a string needs the TYPE utf8 or bytes");
    const Span where = cursor_.here();
    const auto number = parse_expression(cursor_, names_, reporter_, true);
    if (!number) return false;
    if (!number->is_number()) return address(*number, where);
    if (type_.form == Form::kText && (*token).kind == TokenKind::kChar) {
      return character(*token, number->number, where);
    }
    return integer(number->number, where);
  }

  bool string() {
    const Span where = cursor_.here();
    const auto text = take_string(cursor_, "a string", reporter_);
    if (!text) return false;
    if (type_.form == Form::kText && first_invalid_utf8(as_bytes(*text)))
      return fail(where, "the string is no UTF-8: use the TYPE bytes");
    record_.bytes.insert(record_.bytes.end(), text->begin(), text->end());
    return true;
  }

  bool character(const Token& token, Integer number, Span where) {
    const std::string bytes = unescape(token.text).bytes;
    if (number > 0x7f && bytes.size() == 1)
      return fail(where, "the character is no UTF-8: use the TYPE bytes");
    record_.bytes.insert(record_.bytes.end(), bytes.begin(), bytes.end());
    return true;
  }

  bool integer(Integer number, Span where) {
    Limits limits = limits_of(type_);
    // A byte above 0x7f would be half a character.
    if (type_.form == Form::kText) limits.high = 0x7f;
    if (number < limits.low || number > limits.high)
      return fail(where, fmt::format("{} does not fit {} ({} to {})", to_text(number), type_.name,
                                     to_text(limits.low), to_text(limits.high)));
    append(static_cast<std::uint64_t>(number));
    return true;
  }

  void append(std::uint64_t bits) { append_number(record_.bytes, bits, type_.bytes); }

  bool real() {
    const auto value = parse_real(cursor_, type_.bytes, names_, type_.name, reporter_);
    if (!value) return false;
    record_.bytes.insert(record_.bytes.end(), value->begin(), value->end());
    return true;
  }

  bool address(Value value, Span where) {
    const bool room = (type_.form == Form::kInteger || type_.form == Form::kPointer) &&
                      !type_.is_signed && type_.bytes == program_.target->pointer_bytes;
    DataAddress address;
    address.offset = static_cast<std::uint32_t>(record_.bytes.size());
    address.bytes = static_cast<std::uint8_t>(type_.bytes);
    address.is_signed = type_.is_signed;
    address.is_address = room;
    address.addend = static_cast<std::int64_t>(value.number);
    address.where = where;
    address.target = std::move(value.symbol);
    address.minus = std::move(value.minus);
    const bool number = type_.form == Form::kInteger || type_.form == Form::kPointer;
    if (!number || (!address.minus && !room)) return no_room(*address.target);
    if (!address.target) return fail(where, "an address cannot be taken away from a number");
    record_.addresses.push_back(std::move(address));
    append(0);
    return true;
  }

  bool no_room(const Reference& target) {
    const unsigned needed = program_.target->pointer_bytes;
    if (!program_.place(target.name, function_) && target.name != "$")
      return fail(target.where,
                  fmt::format("'{}' is no number known here (.define); an address needs the TYPE "
                              "u{} or ptr",
                              target.name, needed * 8));
    return fail(target.where,
                fmt::format("the address of '{}' needs the TYPE u{} or ptr on {}, not {}",
                            target.name, needed * 8, program_.target->arch, type_.name));
  }

  bool from_file() {
    cursor_.next();
    const Span where = cursor_.here();
    const auto name = take_string(cursor_, "a file name in quotes is expected here", reporter_);
    if (!name) return false;
    auto found = find_file(*name, where, options_, sources_, reporter_);
    if (!found) return false;
    const std::uint64_t most = count_.value_or(kMostBytes);
    if (found->bytes.size() > most)
      return fail(where,
                  fmt::format("the file has {} bytes, more than {}", found->bytes.size(), most));
    record_.bytes = std::move(found->bytes);
    return true;
  }

  Cursor& cursor_;
  bool variable_;
  std::uint32_t function_;
  Program& program_;
  Names names_;
  const Options& options_;
  const Sources& sources_;
  Reporter& reporter_;
  TypeRow type_{};
  Span type_at_;
  bool array_ = false;
  std::optional<std::uint64_t> count_;
  Record record_;
};

}  // namespace

std::optional<Record> parse_record(Cursor& cursor, bool variable, std::uint32_t function,
                                   Program& program, const Options& options, const Sources& sources,
                                   Reporter& reporter) {
  return RecordParser(cursor, variable, function, program, options, sources, reporter).parse();
}

std::string type_names() {
  std::vector<std::string_view> names;
  names.reserve(kTypes.size());
  for (const TypeRow& row : kTypes) names.push_back(row.name);
  return fmt::format("{}", fmt::join(names, " "));
}

}  // namespace cmos::assembler
