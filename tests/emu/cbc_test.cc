// The interpreter of CBC: what every instruction does, exact counts, and every way to fail.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "emu/cbc/engine.h"
#include "formats/coil/cbc.h"

namespace cmos::emu::cbc {
namespace {

using coil::CbcFile;
using coil::CbcInstruction;
using coil::Constant;
using coil::ConstantType;

constexpr std::uint64_t kImage = 0x400000;
constexpr std::uint64_t kHeap = 0x500000;
constexpr std::uint64_t kStackTop = 0x700000;
constexpr std::uint64_t kStackSize = 0x10000;

/// A .cbc under construction.
class Maker {
 public:
  explicit Maker(ByteOrder order = ByteOrder::kLittle) { file_.order = order; }

  std::uint16_t text(std::string value) {
    file_.constants.push_back({ConstantType::kString, 0, std::move(value)});
    return static_cast<std::uint16_t>(file_.constants.size() - 1);
  }
  std::uint16_t constant(ConstantType type, std::uint64_t bits) {
    file_.constants.push_back({type, bits, {}});
    return static_cast<std::uint16_t>(file_.constants.size() - 1);
  }
  Maker& function(const std::string& name, std::uint16_t parameters = 0,
                  const std::string& signature = {}) {
    codes_.emplace_back(file_.order);
    coil::CbcFunction one;
    one.name = text(name);
    if (!signature.empty()) one.signature = text(signature);
    one.parameters = parameters;
    file_.functions.push_back(one);
    return *this;
  }
  Maker& op(std::string_view mnemonic, std::uint8_t format, std::initializer_list<int> bytes = {},
            std::uint64_t value = 0, std::vector<std::uint8_t> arguments = {}) {
    const coil::CbcOpcodeRow* row = coil::cbc_opcode_named(mnemonic);
    EXPECT_NE(row, nullptr) << mnemonic;
    CbcInstruction one;
    one.opcode = row->code;
    one.type = row->type;
    one.format = format;
    std::uint8_t* const places[] = {&one.a, &one.b, &one.c};
    std::size_t i = 0;
    for (const int byte : bytes) *places[i++] = static_cast<std::uint8_t>(byte);
    one.value = value;
    one.arguments = std::move(arguments);
    coil::encode_cbc(one, codes_.back());
    return *this;
  }
  Maker& raw(std::initializer_list<int> bytes) {
    for (const int byte : bytes) codes_.back().u8(static_cast<std::uint8_t>(byte));
    return *this;
  }
  std::uint64_t here() const { return codes_.back().size(); }
  CbcFile& file() { return file_; }

  std::vector<std::uint8_t> bytes() {
    for (std::size_t i = 0; i < codes_.size(); ++i) file_.functions[i].code = codes_[i].data();
    auto out = coil::write_cbc(file_);
    EXPECT_TRUE(out);
    return *out;
  }

 private:
  CbcFile file_;
  std::vector<ByteWriter> codes_;
};

/// A machine with an image, a heap and a stack.
class Machine {
 public:
  explicit Machine(const std::vector<std::uint8_t>& image) : memory_(64, 16 << 20) {
    EXPECT_TRUE(memory_.map(kImage, (image.size() + 4095) / 4096 * 4096, kRead | kExecute, "code"));
    EXPECT_TRUE(memory_.map(kHeap, 0x10000, kRead | kWrite, "heap"));
    EXPECT_TRUE(memory_.map(kStackTop - kStackSize, kStackSize, kRead | kWrite, "stack"));
    EXPECT_TRUE(memory_.poke(kImage, image));
    engine_ = std::move(*CbcEngine::make(memory_, {.count_instructions = true}));
    cbc().set_call_numbers(
        [](std::string_view name, std::size_t arguments) -> std::optional<std::uint64_t> {
          if (name == "twice" && arguments == 1) return 77;
          return std::nullopt;
        });
    engine_->write_register(kIsa.cpu.sp, kStackTop - 64);
    engine_->jump(kImage);
  }
  CbcEngine& cbc() { return static_cast<CbcEngine&>(*engine_); }
  Engine& engine() { return *engine_; }
  GuestMemory& memory() { return memory_; }
  Stop run(std::uint64_t most = 1'000'000) { return engine_->run({.max_instructions = most}); }

  /// What the entry function returns.
  std::uint64_t value() {
    const Stop stop = run();
    EXPECT_EQ(stop.reason, StopReason::kSyscall) << stop.fault.detail;
    EXPECT_EQ(stop.syscall.number, 0u);
    return stop.syscall.arguments[0];
  }

 private:
  GuestMemory memory_;
  std::unique_ptr<Engine> engine_;
};

std::uint64_t run_binary(const std::string& mnemonic, std::uint64_t a, std::uint64_t b) {
  const coil::CbcOpcodeRow& row = *coil::cbc_opcode_named(mnemonic);
  const std::string type = std::string(row.type == 2 ? "f" : "i") + (row.width == 4 ? "32" : "64");
  Maker maker;
  maker.function("main")
      .op("var." + type, 4, {1}, a)
      .op("var." + type, 4, {2}, b)
      .op("var." + type, 1, {3})
      .op(mnemonic, 7, {3, 1, 2})
      .op("ret", 1, {3});
  return Machine(maker.bytes()).value();
}

std::uint64_t i32(std::int64_t value) {
  return static_cast<std::uint64_t>(static_cast<std::int32_t>(value));
}

TEST(Cbc, RunsTheDocumentedExampleInBothByteOrders) {
  for (const ByteOrder order : {ByteOrder::kLittle, ByteOrder::kBig}) {
    Maker maker(order);
    maker.function("main").op("var.i32", 4, {1}, 42).op("ret", 1, {1}).op("end", 0);
    Machine machine(maker.bytes());
    EXPECT_EQ(machine.value(), 42u);
    EXPECT_EQ(machine.engine().instructions(), 2u);
  }
}

TEST(Cbc, CalculatesWithIntegers) {
  constexpr std::int64_t kLeast32 = std::numeric_limits<std::int32_t>::min();
  constexpr auto kLeast64 = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::min());
  const std::uint64_t minus = ~std::uint64_t{0};
  EXPECT_EQ(run_binary("add.i32", 0x7fffffff, 1), i32(kLeast32));
  EXPECT_EQ(run_binary("sub.i32", 3, 5), i32(-2));
  EXPECT_EQ(run_binary("mul.i32", 0x10001, 0x10001), 0x20001u);
  EXPECT_EQ(run_binary("div.i32", i32(-7) & 0xffffffff, 2), i32(-3));
  EXPECT_EQ(run_binary("rem.i32", i32(-7) & 0xffffffff, 2), i32(-1));
  EXPECT_EQ(run_binary("div.i32", 0x80000000, 0xffffffff), i32(kLeast32));
  EXPECT_EQ(run_binary("rem.i32", 0x80000000, 0xffffffff), 0u);
  EXPECT_EQ(run_binary("and.i32", 0xf0f0, 0xff00), 0xf000u);
  EXPECT_EQ(run_binary("or.i32", 0xf0f0, 0xff00), 0xfff0u);
  EXPECT_EQ(run_binary("xor.i32", 0xf0f0, 0xff00), 0x0ff0u);
  EXPECT_EQ(run_binary("add.i64", minus, 1), 0u);
  EXPECT_EQ(run_binary("mul.i64", 1ull << 40, 1ull << 20), 1ull << 60);
  EXPECT_EQ(run_binary("div.i64", kLeast64, minus), kLeast64);
  EXPECT_EQ(run_binary("rem.i64", kLeast64, minus), 0u);
}

TEST(Cbc, CalculatesWithFloats) {
  auto f = [](float value) { return std::uint64_t{std::bit_cast<std::uint32_t>(value)}; };
  auto d = [](double value) { return std::bit_cast<std::uint64_t>(value); };
  EXPECT_EQ(run_binary("add.f32", f(0.1F), f(0.2F)), f(0.1F + 0.2F));
  EXPECT_EQ(run_binary("div.f32", f(7), f(4)), f(1.75F));
  EXPECT_EQ(run_binary("mul.f64", d(1.1), d(3)), d(1.1 * 3));
  EXPECT_EQ(run_binary("sub.f64", d(1), d(0.9)), d(1 - 0.9));
  EXPECT_EQ(run_binary("div.f64", d(1), d(0)), d(std::numeric_limits<double>::infinity()));
}

TEST(Cbc, ConvertsAndSaturates) {
  struct Case {
    const char *from, *op, *to;
    std::uint64_t in, out;
  };
  auto d = [](double value) { return std::bit_cast<std::uint64_t>(value); };
  auto f = [](float value) { return std::uint64_t{std::bit_cast<std::uint32_t>(value)}; };
  constexpr auto kMost64 = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const Case kCases[] = {
      {"i32", "i32.to.i64", "i64", 0xffffffff, ~0ull},
      {"i64", "i64.to.i32", "i32", 0x1'8000'0000, i32(std::numeric_limits<std::int32_t>::min())},
      {"i32", "i32.to.f32", "f32", 16777217, f(16777216)},
      {"i64", "i64.to.f64", "f64", ~0ull, d(-1)},
      {"f32", "f32.to.i32", "i32", f(-2.9F), i32(-2)},
      {"f32", "f32.to.i32", "i32", f(3e9F), 0x7fffffff},
      {"f64", "f64.to.i64", "i64", d(std::nan("")), 0},
      {"f64", "f64.to.i64", "i64", d(1e300), kMost64},
      {"f64", "f64.to.i64", "i64", d(-1e300), kMost64 + 1},
      {"f32", "f32.to.f64", "f64", f(1.5F), d(1.5)},
      {"f64", "f64.to.f32", "f32", d(0.1), f(0.1F)},
      {"f32", "sqrt.f32", "f32", f(2), f(std::sqrt(2.0F))},
      {"f64", "sqrt.f64", "f64", d(2), d(std::sqrt(2.0))},
  };
  for (const Case& one : kCases) {
    Maker maker;
    maker.function("main")
        .op(std::string("var.") + one.from, 4, {1}, one.in)
        .op(std::string("var.") + one.to, 1, {2})
        .op(one.op, 4, {2, 1})
        .op("ret", 1, {2});
    EXPECT_EQ(Machine(maker.bytes()).value(), one.out) << one.op;
  }
}

/// The sum of 1 to n in a loop: 3 + 3n + 1 instructions.
Maker sum(std::uint64_t n) {
  Maker maker;
  maker.function("main").op("var.i32", 4, {1}, 0).op("var.i32", 4, {2}, 1).op("var.i32", 4, {3}, n);
  const std::uint64_t loop = maker.here();
  maker.op("add.i32", 7, {1, 1, 2}).op("add.i32", 6, {2}, 1);
  const auto distance =
      static_cast<std::int64_t>(loop) - static_cast<std::int64_t>(maker.here()) - 5;
  maker.op("br.le", 7, {2, 3, static_cast<int>(distance)}).op("ret", 1, {1});
  return maker;
}

TEST(Cbc, CountsExactlyWhateverTheBudget) {
  Machine whole(sum(100).bytes());
  EXPECT_EQ(whole.value(), 5050u);
  EXPECT_EQ(whole.engine().instructions(), 304u);
  for (std::uint64_t budget = 1; budget < 30; ++budget) {
    Machine machine(sum(100).bytes());
    std::uint64_t done = 0;
    for (;;) {
      const Stop stop = machine.run(budget);
      if (stop.reason == StopReason::kSyscall) break;
      ASSERT_EQ(stop.reason, StopReason::kBudget);
      done += budget;
      ASSERT_EQ(machine.engine().instructions(), done);
    }
    EXPECT_EQ(machine.engine().instructions(), 304u) << budget;
    EXPECT_EQ(machine.engine().read_register(kIsa.result), 5050u);
  }
}

/// What the entry function returns when it goes instruction by instruction.
std::uint64_t stepped(const std::vector<std::uint8_t>& image) {
  Machine machine(image);
  for (int i = 0; i < 1000; ++i) {
    if (machine.engine().step().reason == StopReason::kSyscall)
      return machine.engine().read_register(kIsa.result);
  }
  ADD_FAILURE() << "it does not end";
  return 0;
}

TEST(Cbc, ConstantsAndWhatUsesThemAtOnceAreAsOneByOne) {
  const std::int64_t values[] = {0, 1, -1, 5, 1 << 20, std::numeric_limits<std::int32_t>::min()};
  for (const std::string type : {"i32", "i64"}) {
    for (const std::string name : {"add", "sub", "mul", "and", "or", "xor"}) {
      for (const std::int64_t a : values) {
        for (const std::int64_t b : values) {
          // The constant is read again: it has to be in its variable as well.
          Maker maker;
          maker.function("main")
              .op("var." + type, 4, {3}, 9)
              .op("var." + type, 4, {1}, static_cast<std::uint64_t>(a))
              .op("var." + type, 4, {2}, static_cast<std::uint64_t>(b))
              .op(name + "." + type, 7, {3, 1, 2})
              .op("mul." + type, 7, {2, 2, 2})
              .op("xor." + type, 7, {3, 3, 2})
              .op("ret", 1, {3});
          const std::uint64_t once = Machine(maker.bytes()).value();
          EXPECT_EQ(once, stepped(maker.bytes())) << name << " " << a << " " << b;
        }
      }
    }
  }
  for (const std::string name : {"eq", "ne", "lt", "le", "gt", "ge"}) {
    for (const std::int64_t a : values) {
      Maker maker;
      maker.function("main")
          .op("var.i64", 4, {1}, static_cast<std::uint64_t>(a))
          .op("var.i64", 4, {3}, 7)
          .op("var.i64", 4, {2}, 1)
          .op("br." + name, 7, {1, 2, 5})
          .op("add.i64", 7, {3, 3, 2})
          .op("ret", 1, {3});
      const std::uint64_t once = Machine(maker.bytes()).value();
      EXPECT_EQ(once, stepped(maker.bytes())) << name << " " << a;
      EXPECT_EQ(once == 7, (name == "eq" && a == 1) || (name == "ne" && a != 1) ||
                               (name == "lt" && a < 1) || (name == "le" && a <= 1) ||
                               (name == "gt" && a > 1) || (name == "ge" && a >= 1));
    }
  }
}

TEST(Cbc, AFrameIsZeroWhateverLayThereBefore) {
  // The first function leaves its frame full; the second one sets some of the same slots.
  Maker maker;
  maker.file().version.minor = 1;
  maker.function("main")
      .op("var.i64", 4, {1}, 0)
      .op("call", coil::kCallFormat, {1}, 1, {})
      .op("call", coil::kCallFormat, {1}, 2, {})
      .op("ret", 1, {1});
  maker.function("fills");
  for (int i = 1; i < 8; ++i) maker.op("var.i64", 4, {i}, 100);
  maker.op("ret", 1, {1});
  maker.function("adds").op("var.i64", 4, {1}, 1).op("var.i64", 4, {2}, 2);
  for (int i = 3; i < 8; ++i) maker.op("var.i64", 1, {i});
  for (int i = 2; i < 8; ++i) maker.op("add.i64", 7, {1, 1, i});
  maker.op("ret", 1, {1});
  EXPECT_EQ(Machine(maker.bytes()).value(), 3u);
}

TEST(Cbc, CallsFunctionsAndTheirResults) {
  // fact(n): n < 2 ? 1 : n * fact(n - 1), by the documented way: the value of `ret #2` goes to #2.
  Maker maker;
  maker.file().version.minor = 1;
  maker.function("main")
      .op("var.i32", 4, {2}, 0)
      .op("var.i32", 4, {1}, 5)
      .op("call", 4, {1, 1})
      .op("ret", 1, {2});
  maker.function("fact", 1, "i32(i32)")
      .op("var.i32", 4, {2}, 1)
      .op("var.i32", 4, {3}, 2)
      .op("br.ge", 7, {1, 3, 3})
      .op("ret", 1, {2})
      .op("var.i32", 1, {4})
      .op("sub.i32", 7, {4, 1, 2})
      .op("call", coil::kCallFormat, {5}, 1, {4});
  // The result variable has to be there.
  Maker good;
  good.file().version.minor = 1;
  good.function("main")
      .op("var.i32", 4, {2}, 0)
      .op("var.i32", 4, {1}, 5)
      .op("call", 4, {1, 1})
      .op("ret", 1, {2});
  good.function("fact", 1, "i32(i32)")
      .op("var.i32", 4, {2}, 1)
      .op("var.i32", 4, {3}, 2)
      .op("br.ge", 7, {1, 3, 3})
      .op("ret", 1, {2})
      .op("var.i32", 1, {4})
      .op("sub.i32", 7, {4, 1, 2})
      .op("call", coil::kCallFormat, {4}, 1, {4})
      .op("mul.i32", 7, {2, 4, 1})
      .op("ret", 1, {2});
  EXPECT_EQ(Machine(good.bytes()).value(), 120u);
  const Stop stop = Machine(maker.bytes()).run();
  EXPECT_EQ(stop.reason, StopReason::kFault);
  EXPECT_EQ(stop.fault.detail, "call: #5 is not declared");
}

TEST(Cbc, ScopesShadowAndBeginAnew) {
  Maker maker;
  maker.function("main").op("var.i32", 4, {1}, 3).op("var.i32", 4, {5}, 0);
  const std::uint64_t loop = maker.here();
  maker.op("scopee", 0)
      .op("var.i32", 1, {2})  // 0 each time
      .op("add.i32", 6, {2}, 7)
      .op("add.i32", 4, {5, 2})
      .op("var.i32", 4, {1}, 100)  // another #1
      .op("scopel", 0)
      .op("sub.i32", 6, {1}, 1);
  const auto back = static_cast<std::int64_t>(loop) - static_cast<std::int64_t>(maker.here()) - 5;
  maker.op("br.ne", 5, {1}, static_cast<std::uint16_t>(back)).op("ret", 1, {5});
  EXPECT_EQ(Machine(maker.bytes()).value(), 21u);
}

TEST(Cbc, ReadsAndWritesMemoryInTheFilesOrder) {
  for (const ByteOrder order : {ByteOrder::kLittle, ByteOrder::kBig}) {
    Maker maker(order);
    const std::uint16_t text = maker.text("abcd");
    maker.function("main")
        .op("var.i64", 4, {1}, kHeap)
        .op("var.i32", 4, {2}, 0x11223344)
        .op("store.i32", 4, {1, 2})
        .op("store.i16", 7, {1, 2, 4})
        .op("store.i8", 6, {2}, kHeap + 9)
        .op("var.i64", 1, {3})
        .op("load.i64", 5, {3}, text)
        .op("load.i8", 7, {2, 3, 2})
        .op("ret", 1, {2});
    Machine machine(maker.bytes());
    EXPECT_EQ(machine.value(), std::uint64_t{'c'});
    std::array<std::uint8_t, 10> bytes{};
    ASSERT_TRUE(machine.memory().read(kHeap, bytes));
    const bool big = order == ByteOrder::kBig;
    const std::array<std::uint8_t, 10> wanted =
        big ? std::array<std::uint8_t, 10>{0x11, 0x22, 0x33, 0x44, 0x33, 0x44, 0, 0, 0, 0x44}
            : std::array<std::uint8_t, 10>{0x44, 0x33, 0x22, 0x11, 0x44, 0x33, 0, 0, 0, 0x44};
    EXPECT_EQ(bytes, wanted);
  }
}

TEST(Cbc, HostCallsAreSystemCallsByName) {
  Maker maker;
  maker.file().version.minor = 1;
  maker.function("main")
      .op("var.i64", 4, {1}, 21)
      .op("call", coil::kCallFormat, {1}, 1, {1})
      .op("ret", 1, {1});
  maker.function("host.twice");
  Machine machine(maker.bytes());
  const Stop stop = machine.run();
  ASSERT_EQ(stop.reason, StopReason::kSyscall);
  EXPECT_EQ(stop.syscall.number, 77u);
  EXPECT_EQ(stop.syscall.arguments[0], 21u);
  machine.engine().write_register(kIsa.result, 42);
  EXPECT_EQ(machine.value(), 42u);
}

struct Failure {
  std::string_view detail;
  FaultKind kind;
  std::uint64_t counted;
};
void expect_failure(Maker& maker, const Failure& wanted) {
  Machine machine(maker.bytes());
  const Stop stop = machine.run();
  ASSERT_EQ(stop.reason, StopReason::kFault) << wanted.detail;
  EXPECT_EQ(stop.fault.kind, wanted.kind) << wanted.detail;
  EXPECT_EQ(stop.fault.detail, wanted.detail);
  EXPECT_EQ(machine.engine().instructions(), wanted.counted) << wanted.detail;
  EXPECT_EQ(stop.fault.pc, machine.engine().read_register(kIsa.cpu.pc));
}

TEST(Cbc, EveryMistakeTraps) {
  constexpr FaultKind kIllegal = FaultKind::kIllegalInstruction;
  Maker division;
  division.function("main").op("var.i32", 4, {1}, 0).op("div.i32", 7, {1, 1, 1}).op("end", 0);
  expect_failure(division, {"division by zero", FaultKind::kArithmetic, 1});
  Maker undeclared;
  undeclared.function("main").op("add.i32", 7, {1, 1, 1});
  expect_failure(undeclared, {"add.i32: #1 is not declared", kIllegal, 0});
  Maker types;
  types.function("main").op("var.f32", 1, {1}).op("add.i32", 7, {1, 1, 1});
  expect_failure(types, {"add.i32: #1 is f32 and cannot hold i32", kIllegal, 1});
  Maker narrow;
  narrow.function("main").op("var.i64", 1, {1}).op("var.i32", 1, {2}).op("add.i32", 7, {2, 1, 2});
  expect_failure(narrow, {"add.i32: #1 is i64, not i32", kIllegal, 2});
  Maker end;
  end.function("main").op("nop", 0);
  expect_failure(end, {"the code goes on behind the end of its function", kIllegal, 1});
  Maker branch;
  branch.function("main").op("br", 1, {1}).op("ret", 0);
  expect_failure(
      branch, {"the branch leads to 4, where no instruction of its function begins", kIllegal, 1});
  Maker scope;
  scope.function("main").op("scopel", 0);
  expect_failure(scope, {"scopel: no scope is open", kIllegal, 0});
  Maker nobody;
  nobody.function("main").op("call", 1, {9});
  expect_failure(nobody, {"call: there is no function 9", kIllegal, 0});
  Maker host;
  host.function("main").op("call", 1, {1});
  host.function("host.nothing");
  Machine machine(host.bytes());
  EXPECT_EQ(machine.run().fault.detail,
            "there is no host function \"host.nothing\" with 0 arguments");
}

TEST(Cbc, MemoryThatIsNotThereFaults) {
  for (const std::uint64_t address : {std::uint64_t{0}, std::uint64_t{kHeap + 0xfffd},
                                      std::uint64_t{kImage - 4}, ~std::uint64_t{0} - 2}) {
    Maker maker;
    maker.function("main")
        .op("var.i64", 4, {1}, address)
        .op("var.i32", 1, {2})
        .op("load.i32", 4, {2, 1})
        .op("ret", 1, {2});
    const Stop stop = Machine(maker.bytes()).run();
    ASSERT_EQ(stop.reason, StopReason::kFault);
    EXPECT_EQ(stop.fault.kind, FaultKind::kMemory);
    EXPECT_EQ(stop.fault.access, Access::kRead);
    EXPECT_EQ(stop.fault.address, address);
    EXPECT_EQ(stop.fault.size, 4u);
  }
  Maker code;  // nobody writes there
  code.function("main").op("var.i32", 1, {1}).op("store.i32", 6, {1}, kImage);
  EXPECT_EQ(Machine(code.bytes()).run().fault.access, Access::kWrite);
}

TEST(Cbc, EndlessRecursionFillsTheStack) {
  Maker maker;
  maker.function("main").op("call", 1, {0}).op("ret", 0);
  Machine machine(maker.bytes());
  const Stop stop = machine.run();
  ASSERT_EQ(stop.reason, StopReason::kFault);
  EXPECT_EQ(stop.fault.kind, FaultKind::kMemory);
  EXPECT_EQ(stop.fault.address, kStackTop - kStackSize - 8);
  EXPECT_LT(machine.engine().read_register(kIsa.cpu.sp), kStackTop - kStackSize + 64);
  EXPECT_EQ(machine.cbc().callers(8).size(), 8u);
}

TEST(Cbc, ARequestStopsAnEndlessLoop) {
  Maker maker;
  maker.function("main").op("br", 1, {0xfd}).op("end", 0);
  Machine machine(maker.bytes());
  machine.engine().request_stop();
  EXPECT_EQ(machine.run(UINT64_MAX).reason, StopReason::kRequested);
}

// Bytes that nobody validated: whatever happens, it is a stop.
TEST(Cbc, AnyBytesAreHarmless) {
  std::mt19937 engine(1);
  const auto random = [&engine] { return static_cast<unsigned>(engine()); };
  const std::vector<std::uint8_t> good = sum(10).bytes();
  for (unsigned round = 0; round < 3000; ++round) {
    Maker maker;
    maker.file().version.minor = 1;
    maker.function("main", static_cast<std::uint16_t>(random() % 3));
    for (unsigned i = 0; i < 40; ++i) {
      const auto rows = coil::cbc_opcodes();
      const auto& row = rows[random() % rows.size()];
      maker.raw({row.code, static_cast<int>(row.type << 4 | random() % 11)});
      for (unsigned n = random() % 5; n > 0; --n) maker.raw({static_cast<int>(random() % 6)});
    }
    std::vector<std::uint8_t> bytes = round % 2 == 0 ? maker.bytes() : good;
    if (round % 2 != 0)
      bytes[8 + random() % (bytes.size() - 8)] = static_cast<std::uint8_t>(random());
    Machine machine(bytes);
    const Stop stop = machine.run(1000);
    EXPECT_LE(machine.engine().instructions(), 1000u);
    static_cast<void>(stop);
  }
}

}  // namespace
}  // namespace cmos::emu::cbc
