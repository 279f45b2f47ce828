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
    if (!type()) return std::nullopt;
    unit_ = type_.bytes;
    if (!count() || !alignment()) return std::nullopt;
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
    if (const auto row = find_type(token->text, program_.target->pointer_bytes)) {
      type_ = *row;
      return true;
    }
    const auto known = program_.structures.find(token->text);
    if (known == program_.structures.end()) return unknown_type(*token);
    structure_ = &known->second;
    record_.structure = token->text;
    type_.name = known->first;
    type_.type = DataType::kBytes;
    type_.bytes = static_cast<unsigned>(std::max<std::uint64_t>(structure_->size, 1));
    return true;
  }

  bool unknown_type(const Token& token) {
    std::vector<std::string> candidates = type_name_list();
    for (const auto& [name, structure] : program_.structures) candidates.push_back(name);
    const auto near = nearest(token.text, candidates);
    return fail(type_at_,
                near ? fmt::format("unknown TYPE '{}'; did you mean '{}'?", token.text, *near)
                     : fmt::format("unknown TYPE '{}': expected {}", token.text, type_names()));
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
    record_.alignment = structure_ == nullptr ? type_.bytes : structure_->alignment;
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
    record_.size = std::max<std::uint64_t>(record_.bytes.size(), elements * unit_);
    record_.count = unit_ == 0 ? 1 : record_.size / unit_;
    if (array_) record_.structure.clear();
    // A record of a number type has exactly one number.
    record_.type = (array_ && !is_list()) || structure_ != nullptr ? DataType::kBytes : type_.type;
    return std::move(record_);
  }

  bool values() {
    if (structure_ != nullptr) return structures();
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

  /// The values of the fields, in their order, one structure after the other; braces may stand
  /// around those of one. What has no value is zero.
  bool structures() {
    const std::uint64_t most = count_ ? *count_ : array_ ? kMostBytes / unit_ : 1;
    std::uint64_t done = 0;
    for (; !cursor_.at_end(); ++done) {
      if (done >= most)
        return fail(cursor_.here(), fmt::format("more values than {} {} fields", record_.structure,
                                                most == 1 ? "has" : "elements have"));
      const bool braces = cursor_.take("{");
      record_.bytes.resize(done * unit_);
      if (!one_structure(done * unit_, braces)) return false;
      if (braces && !cursor_.take("}")) return fail(cursor_.here(), "'}' is missing here");
      if (!cursor_.take(",")) break;
      if (cursor_.at_end()) return fail(cursor_.here(), "a value is missing here");
    }
    count_ = std::max(count_.value_or(0), done + 1);
    constexpr std::uint64_t kMostPadded = 1u << 20;  // beyond it the zeros stay unwritten
    if (*count_ * unit_ <= kMostPadded) record_.bytes.resize(*count_ * unit_);
    return true;
  }

  /// Stops in front of the comma that begins the next one.
  bool one_structure(std::uint64_t base, bool braces) {
    bool first = true;
    for (const Leaf& leaf : structure_->leaves) {
      for (std::uint64_t i = 0; i < leaf.count; ++i) {
        const bool ended = cursor_.at_end() || (braces && cursor_.peek()->is("}"));
        if (ended || (!first && !cursor_.take(","))) return true;
        first = false;
        if (cursor_.peek() != nullptr && cursor_.peek()->is("{"))
          return fail(cursor_.here(), "braces stand around a whole structure only");
        type_ = leaf.type;
        const std::uint64_t offset = base + leaf.offset + i * leaf.type.bytes;
        record_.bytes.resize(offset);
        const Span where = cursor_.here();
        if (!value()) return false;
        const std::uint64_t size = record_.bytes.size() - offset;
        if (size == type_.bytes) continue;
        if (size > (leaf.count - i) * type_.bytes)
          return fail(where, fmt::format("{} bytes do not fit the {} of this field", size,
                                         leaf.count * type_.bytes));
        break;  // a string, zeros behind it
      }
    }
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
  std::uint64_t unit_ = 0;  ///< bytes of one element
  const Structure* structure_ = nullptr;
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

}  // namespace cmos::assembler
