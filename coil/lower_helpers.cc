// Functions that the lowering brings along: what bytecode needs several instructions and branches
// for. All take and give 64 bits.
#include "coil/lower_program.h"

namespace cmos::casm {
namespace {

using V = CbcVariable;

constexpr std::uint64_t kLeast = std::uint64_t{1} << 63;

class HelperCode {
 public:
  explicit HelperCode(std::size_t parameters)
      : code(std::vector<CbcType>(parameters, CbcType::kI64)) {
    for (std::size_t i = 0; i < parameters; ++i)
      in.push_back({static_cast<std::uint8_t>(i + 1), CbcType::kI64});
  }
  V word(std::uint64_t bits) {
    const V out = code.variable(CbcType::kI64);
    code.constant(out, bits);
    return out;
  }

  CbcCode code;
  std::vector<V> in;
};

/// 2^n by doubling.
void power(HelperCode& h) {
  const V out = h.word(1);
  const auto again = h.code.label();
  const auto done = h.code.label();
  h.code.place(again);
  h.code.branch_if_zero("le", h.in[0], done);
  h.code.typed("add", out, out, out);
  h.code.immediate("sub.i64", h.in[0], 1);
  h.code.branch(again);
  h.code.place(done);
  h.code.ret(out);
}

/// A number without its sign bit is divided; what the sign bit was is added.
void shift_right(HelperCode& h, std::uint16_t power_) {
  const V p = h.word(0);
  const V rest = h.word(kLeast - 1);
  const V distance = h.word(63);
  const auto negative = h.code.label();
  const auto some = h.code.label();
  h.code.branch_if_zero("ne", h.in[1], some);
  h.code.ret(h.in[0]);
  h.code.place(some);
  h.code.call(power_, p, {h.in[1]});
  h.code.branch_if_zero("lt", h.in[0], negative);
  h.code.typed("div", h.in[0], h.in[0], p);
  h.code.ret(h.in[0]);
  h.code.place(negative);
  h.code.typed("and", h.in[0], h.in[0], rest);
  h.code.typed("div", h.in[0], h.in[0], p);
  h.code.typed("sub", distance, distance, h.in[1]);
  h.code.call(power_, p, {distance});
  h.code.typed("add", h.in[0], h.in[0], p);
  h.code.ret(h.in[0]);
}

/// Rounds down: -1 - (-1 - x) / 2^n below zero.
void shift_right_sign(HelperCode& h, std::uint16_t power_) {
  const V p = h.word(0);
  const V ones = h.word(~std::uint64_t{0});
  const auto negative = h.code.label();
  h.code.call(power_, p, {h.in[1]});
  h.code.branch_if_zero("lt", h.in[0], negative);
  h.code.typed("div", h.in[0], h.in[0], p);
  h.code.ret(h.in[0]);
  h.code.place(negative);
  h.code.typed("sub", h.in[0], ones, h.in[0]);
  h.code.typed("div", h.in[0], h.in[0], p);
  h.code.typed("sub", h.in[0], ones, h.in[0]);
  h.code.ret(h.in[0]);
}

/// Of numbers without sign, by one with it: half the dividend, twice the quotient, one correction.
void divide(HelperCode& h, bool remainder) {
  const V a = h.in[0];
  const V b = h.in[1];
  const V least = h.word(kLeast);
  const V quotient = h.word(0);
  const V rest = h.word(0);
  const V x = h.word(0);
  const V y = h.word(0);
  const auto large = h.code.label();
  const auto top = h.code.label();
  const auto done = h.code.label();
  h.code.branch_if_zero("lt", b, large);
  h.code.branch_if_zero("lt", a, top);
  h.code.typed("div", quotient, a, b);
  h.code.typed("rem", rest, a, b);
  h.code.branch(done);
  h.code.place(top);
  // a / 2 without its sign: clear the lowest bit, divide, clear the sign.
  h.code.copy(x, a);
  h.code.immediate("and.i64", x, -2);
  h.code.immediate("div.i64", x, 2);
  h.code.constant(y, kLeast - 1);
  h.code.typed("and", x, x, y);
  h.code.typed("div", quotient, x, b);
  h.code.typed("add", quotient, quotient, quotient);
  h.code.place(large);
  h.code.typed("mul", rest, quotient, b);
  h.code.typed("sub", rest, a, rest);
  h.code.typed("xor", x, rest, least);
  h.code.typed("xor", y, b, least);
  h.code.branch_if("lt", x, y, done);
  h.code.immediate("add.i64", quotient, 1);
  h.code.typed("sub", rest, rest, b);
  h.code.place(done);
  h.code.ret(remainder ? rest : quotient);
}

/// Forwards, or backwards where the target lies behind the source.
void copy(HelperCode& h) {
  const V byte = h.word(0);
  const V step = h.word(1);
  const auto again = h.code.label();
  const auto done = h.code.label();
  h.code.branch_if("lt", h.in[0], h.in[1], again);
  h.code.constant(step, ~std::uint64_t{0});
  h.code.typed("add", h.in[0], h.in[0], h.in[2]);
  h.code.typed("add", h.in[1], h.in[1], h.in[2]);
  h.code.immediate("sub.i64", h.in[0], 1);
  h.code.immediate("sub.i64", h.in[1], 1);
  h.code.place(again);
  h.code.branch_if_zero("le", h.in[2], done);
  h.code.load("i8", byte, h.in[1]);
  h.code.store("i8", h.in[0], byte);
  h.code.typed("add", h.in[0], h.in[0], step);
  h.code.typed("add", h.in[1], h.in[1], step);
  h.code.immediate("sub.i64", h.in[2], 1);
  h.code.branch(again);
  h.code.place(done);
  h.code.ret(h.in[0]);
}

void fill(HelperCode& h) {
  const auto again = h.code.label();
  const auto done = h.code.label();
  h.code.place(again);
  h.code.branch_if_zero("le", h.in[2], done);
  h.code.store("i8", h.in[0], h.in[1]);
  h.code.immediate("add.i64", h.in[0], 1);
  h.code.immediate("sub.i64", h.in[2], 1);
  h.code.branch(again);
  h.code.place(done);
  h.code.ret(h.in[0]);
}

/// -1, 0 or 1.
void compare(HelperCode& h) {
  const V out = h.word(0);
  const V a = h.word(0);
  const V b = h.word(0);
  const auto again = h.code.label();
  const auto done = h.code.label();
  const auto less = h.code.label();
  const auto differ = h.code.label();
  h.code.place(again);
  h.code.branch_if_zero("le", h.in[2], done);
  h.code.load("i8", a, h.in[0]);
  h.code.load("i8", b, h.in[1]);
  h.code.immediate("and.i64", a, 0xff);
  h.code.immediate("and.i64", b, 0xff);
  h.code.branch_if("ne", a, b, differ);
  for (const V each : {h.in[0], h.in[1]}) h.code.immediate("add.i64", each, 1);
  h.code.immediate("sub.i64", h.in[2], 1);
  h.code.branch(again);
  h.code.place(differ);
  h.code.branch_if("lt", a, b, less);
  h.code.constant(out, 1);
  h.code.ret(out);
  h.code.place(less);
  h.code.constant(out, ~std::uint64_t{0});
  h.code.place(done);
  h.code.ret(out);
}

/// Each step takes the lowest one away.
void count_ones(HelperCode& h) {
  const V out = h.word(0);
  const V below = h.word(0);
  const auto again = h.code.label();
  const auto done = h.code.label();
  h.code.place(again);
  h.code.branch_if_zero("eq", h.in[0], done);
  h.code.copy(below, h.in[0]);
  h.code.immediate("sub.i64", below, 1);
  h.code.typed("and", h.in[0], h.in[0], below);
  h.code.immediate("add.i64", out, 1);
  h.code.branch(again);
  h.code.place(done);
  h.code.ret(out);
}

/// From the highest bit of a width down.
void count_leading(HelperCode& h, std::uint16_t power_) {
  const V out = h.word(0);
  const V mask = h.word(0);
  const V bit = h.word(0);
  const V place = h.word(0);
  const auto again = h.code.label();
  const auto done = h.code.label();
  h.code.copy(place, h.in[1]);
  h.code.place(again);
  h.code.branch_if_zero("le", place, done);
  h.code.immediate("sub.i64", place, 1);
  h.code.call(power_, mask, {place});
  h.code.typed("and", bit, h.in[0], mask);
  h.code.branch_if_zero("ne", bit, done);
  h.code.immediate("add.i64", out, 1);
  h.code.branch(again);
  h.code.place(done);
  h.code.ret(out);
}

void swap_bytes(HelperCode& h, std::uint16_t shift) {
  const V out = h.word(0);
  const V byte = h.word(0);
  const V eight = h.word(8);
  const auto again = h.code.label();
  const auto done = h.code.label();
  h.code.place(again);
  h.code.branch_if_zero("le", h.in[1], done);
  h.code.immediate("mul.i64", out, 256);
  h.code.copy(byte, h.in[0]);
  h.code.immediate("and.i64", byte, 0xff);
  h.code.typed("or", out, out, byte);
  h.code.call(shift, h.in[0], {h.in[0], eight});
  h.code.immediate("sub.i64", h.in[1], 8);
  h.code.branch(again);
  h.code.place(done);
  h.code.ret(out);
}

/// 0 up, 1 down, 2 to the nearest or else even, 3 towards zero. What has no fraction stays.
CbcCode round() {
  CbcCode code({CbcType::kF64, CbcType::kI64});
  const V x{1, CbcType::kF64};
  const V kind{2, CbcType::kI64};
  const V whole = code.variable(CbcType::kI64);
  const V out = code.variable(CbcType::kF64);
  const V rest = code.variable(CbcType::kF64);
  const V number = code.variable(CbcType::kF64);
  const V which = code.variable(CbcType::kI64);
  const V least = code.variable(CbcType::kI64);
  const auto stays = code.label();
  const auto goes = code.label();
  const auto up = code.label();
  const auto down = code.label();
  const auto done = code.label();
  const auto nearest = code.label();
  const auto odd = code.label();
  code.branch_if("ne", x, x, stays);
  code.op("f64.to.i64", whole, x);
  code.constant(least, kLeast);
  code.branch_if("eq", whole, least, stays);
  code.constant(least, kLeast - 1);
  code.branch_if("eq", whole, least, stays);
  code.op("i64.to.f64", out, whole);
  code.branch_if("ne", out, x, goes);
  code.place(stays);
  code.ret(x);
  code.place(goes);
  code.typed("sub", rest, x, out);
  code.branch_if_zero("eq", kind, up);
  code.constant(which, 1);
  code.branch_if("eq", kind, which, down);
  code.constant(which, 2);
  code.branch_if("eq", kind, which, nearest);
  code.branch(done);
  code.place(up);
  code.branch_if_zero("lt", rest, done);
  code.constant(number, 0x3ff0000000000000);
  code.typed("add", out, out, number);
  code.branch(done);
  code.place(down);
  code.branch_if_zero("gt", rest, done);
  code.constant(number, 0x3ff0000000000000);
  code.typed("sub", out, out, number);
  code.branch(done);
  code.place(nearest);
  const auto positive = code.label();
  code.branch_if_zero("gt", rest, positive);
  code.constant(number, 0xbfe0000000000000);
  code.branch_if("lt", rest, number, down);
  code.branch_if("eq", rest, number, odd);
  code.branch(done);
  code.place(positive);
  code.constant(number, 0x3fe0000000000000);
  code.branch_if("gt", rest, number, up);
  code.branch_if("eq", rest, number, odd);
  code.branch(done);
  code.place(odd);
  code.immediate("and.i64", whole, 1);
  code.branch_if_zero("eq", whole, done);
  code.branch_if_zero("gt", rest, up);
  code.branch(down);
  // A zero keeps the sign of what was rounded.
  code.place(done);
  const auto plain = code.label();
  code.branch_if_zero("ne", out, plain);
  code.branch_if_zero("gt", x, plain);
  code.constant(out, kLeast);
  code.place(plain);
  code.ret(out);
  return code;
}

}  // namespace

void Program::make_helper(Helper which, Made& out) {
  struct Row {
    Helper helper;
    const char* name;
    std::uint16_t parameters;
  };
  constexpr Row kRows[] = {
      {Helper::kPower, "coil.power", 1},        {Helper::kShiftRight, "coil.shr", 2},
      {Helper::kShiftRightSign, "coil.sar", 2}, {Helper::kDivide, "coil.udiv", 2},
      {Helper::kModulo, "coil.umod", 2},        {Helper::kCopy, "coil.memcpy", 3},
      {Helper::kFill, "coil.memset", 3},        {Helper::kCompare, "coil.memcmp", 3},
      {Helper::kCountOnes, "coil.popcnt", 1},   {Helper::kCountLeading, "coil.clz", 2},
      {Helper::kSwapBytes, "coil.bswap", 2},    {Helper::kFloor, "coil.round", 2}};
  const Row& row = kRows[static_cast<std::size_t>(which)];
  out.name = row.name;
  out.parameters = row.parameters;
  out.signature = row.parameters == 1   ? "i64(i64)"
                  : row.parameters == 2 ? "i64(i64,i64)"
                                        : "i64(i64,i64,i64)";
  HelperCode h(row.parameters);
  switch (which) {
    case Helper::kPower:
      power(h);
      break;
    case Helper::kShiftRight:
      shift_right(h, helper(Helper::kPower));
      break;
    case Helper::kShiftRightSign:
      shift_right_sign(h, helper(Helper::kPower));
      break;
    case Helper::kDivide:
    case Helper::kModulo:
      divide(h, which == Helper::kModulo);
      break;
    case Helper::kCopy:
      copy(h);
      break;
    case Helper::kFill:
      fill(h);
      break;
    case Helper::kCompare:
      compare(h);
      break;
    case Helper::kCountOnes:
      count_ones(h);
      break;
    case Helper::kCountLeading:
      count_leading(h, helper(Helper::kPower));
      break;
    case Helper::kSwapBytes:
      swap_bytes(h, helper(Helper::kShiftRight));
      break;
    case Helper::kFloor:
      out.signature = "f64(f64,i64)";
      out.code.emplace(round());
      return;
  }
  out.code.emplace(std::move(h.code));
}

}  // namespace cmos::casm
