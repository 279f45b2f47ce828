#include "coil/expression.h"

#include "base/checked.h"

namespace cmos::casm {
namespace {

/// Whole numbers have 64 bits and a sign; what has more is an error, not another number.
void too_large(Lexer& in, Span where, std::string_view what) {
  in.error(where, std::string("the ") + std::string(what) + " has more than 64 bits", code::kRange);
}

void add(Lexer& in, Integer& out, const Integer& more, Span where) {
  if (out.negative == more.negative) {
    const auto sum = checked_add(out.magnitude, more.magnitude);
    if (!sum) return too_large(in, where, "sum");
    out.magnitude = *sum;
  } else if (out.magnitude >= more.magnitude) {
    out.magnitude -= more.magnitude;
  } else {
    out = {more.magnitude - out.magnitude, more.negative};
  }
  if (out.magnitude == 0) out.negative = false;
}

/// What must follow an operator.
template <class Read>
std::optional<Integer> operand(Lexer& in, Read read) {
  const Span where = in.span();
  const auto out = read(in, false);
  if (!out) in.error(where, "a number must follow", code::kMissingOperand);
  return out;
}

std::optional<Integer> read_product(Lexer& in, bool negative) {
  auto out = read_integer(in, negative);
  while (out && in.take("*")) {
    const Span where = in.span();
    const auto more = operand(in, read_integer);
    if (!more) return out;
    const auto product = checked_mul(out->magnitude, more->magnitude);
    if (!product) {
      too_large(in, where, "product");
      return out;
    }
    *out = {*product, *product != 0 && out->negative != more->negative};
  }
  return out;
}

}  // namespace

bool at_number(const Lexer& in) {
  const auto kind = in.peek().kind;
  return kind == Token::Kind::kInteger || kind == Token::Kind::kCharacter || in.at_sign("-");
}

std::optional<Integer> read_integer(Lexer& in, bool negative) {
  Integer out;
  out.negative = in.take("-") != negative;
  const auto kind = in.peek().kind;
  if (kind != Token::Kind::kInteger && kind != Token::Kind::kCharacter) return std::nullopt;
  out.magnitude = in.next().integer;
  return out;
}

std::optional<Integer> read_sum(Lexer& in, bool negative) {
  auto out = read_product(in, negative);
  while (out && (in.at_sign("+") || in.at_sign("-"))) {
    const bool minus = in.next().raw == "-";
    const Span where = in.span();
    auto more = operand(in, read_product);
    if (!more) return out;
    more->negative = more->negative != minus;
    add(in, *out, *more, where);
  }
  return out;
}

std::optional<Integer> read_constant(Lexer& in, bool negative) {
  auto out = read_sum(in, negative);
  while (out && in.take("|")) {
    const auto more = operand(in, read_sum);
    if (!more) return out;
    const std::uint64_t bits = out->bits() | more->bits();
    out->negative = out->negative || more->negative;
    out->magnitude = out->negative ? std::uint64_t{0} - bits : bits;
  }
  return out;
}

}  // namespace cmos::casm
