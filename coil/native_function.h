// One COIL function's instructions as LLVM's. Variables are places on the stack, which LLVM keeps
// in registers from -O1 on.
#pragma once

#include <fmt/format.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "coil/function_walk.h"
#include "coil/native_program.h"

namespace cmos::casm::native {

struct Value {
  std::string text;  ///< "%t5", "42"
  Number number;
};

/// Where a variable lives.
struct Home {
  coil::Type type;
  std::optional<Number> number;    ///< of scalars, and of the elements of vectors and arrays
  std::vector<std::string> lanes;  ///< pointers, one of scalars; none of what is only memory
  std::string memory;              ///< its address as an i64
  std::uint64_t size = 0;
  bool swapped = false;  ///< its bytes stand in the order of a big-endian file
};

class FunctionCompiler;
using CompilerWalk = FunctionWalk<FunctionCompiler, Function, Program, Home, Value, std::string>;

class FunctionCompiler final : CompilerWalk {
 public:
  FunctionCompiler(const Function& function, Program& program) : CompilerWalk(function, program) {}

  Result<std::string> run();

 private:
  friend CompilerWalk;
  static constexpr std::string_view kMakes = "native code";
  std::string new_label() { return label(); }
  void fence() { line("fence seq_cst"); }

  // native_function.cc
  void plan();
  void instruction(const Instruction& one);
  bool declares(const Instruction& one);
  void declare(std::uint32_t id, const coil::Type& type, const Operand* first);
  void first_value(const Home& home, const Operand* first);
  void move(const Instruction& one);
  void take_parameter(const Operand& to, std::uint64_t index);
  void take_result(const Operand& to, std::uint64_t index);

  // text
  std::string temporary() { return fmt::format("%t{}", names_++); }
  std::string label() { return fmt::format("l{}", names_++); }
  void line(std::string text);
  void ends(std::string text);
  void place(const std::string& label);
  template <class... Args>
  std::string let(fmt::format_string<Args...> format, Args&&... args) {
    std::string out = temporary();
    line(out + " = " + fmt::format(format, std::forward<Args>(args)...));
    return out;
  }
  std::string alloca_of(const std::string& type, unsigned alignment);

  // native_values.cc
  Value constant(std::uint64_t bits, const Number& number) const;
  Value read(const Operand& one, std::optional<Number> wanted = {});
  Value read_lane(const Operand& one, std::size_t lane, Number element);
  Value as(const Value& value, const Number& wanted);
  std::string wide(const Value& value) { return as(value, kInt64).text; }
  void write(const Operand& to, const Value& value);
  Value load_pointer(const std::string& pointer, const Number& number, bool swapped,
                     unsigned alignment);
  void store_pointer(const std::string& pointer, const Value& value, bool swapped,
                     unsigned alignment);
  Value load(const std::string& address, const Number& number);
  void store(const std::string& address, const Value& value);
  Value swap(const Value& value);
  std::string address(const Operand& memory);
  std::string part(coil::Memory::Part kind, std::uint16_t id);
  std::string register_pointer(const Operand& one);
  std::string sum(const std::string& a, const std::string& b);

  // native_arithmetic.cc
  void binary(const Instruction& one);
  Value calculate(std::uint8_t code, const Value& a, const Value& b, const Number& number);
  Value divide(bool remainder, const Value& a, const Value& b, const Number& number);
  Value shift(std::uint8_t code, const Value& a, const Operand& count, const Number& number);
  void unary(const Instruction& one);
  void convert(const Instruction& one);
  void cast(const Instruction& one);
  Value limit(bool small, const Value& a, const Value& b);
  void smaller_or_greater(const Instruction& one);
  void bits(const Instruction& one);
  void rounding(const Instruction& one);
  void trap_if(const std::string& condition);

  // native_control.cc
  void branch(const Instruction& one);
  void compare(const Instruction& one);
  void test(const Instruction& one) { compare(one); }
  void keep_flags(const Value& a, const Value& b);
  std::optional<std::string> holds(coil::Condition condition);
  void loop(const Instruction& one);
  void switch_(const Instruction& one);
  void call(const Instruction& one);
  void system_call(const Instruction& one);
  void returns(const Instruction& one);
  void leave();
  void halt();

  // native_memory.cc
  void block(const Instruction& one);
  void exchange(const Instruction& one);
  void compare_exchange(const Instruction& one);
  void push_pop(const Instruction& one);
  void lea(const Instruction& one);
  void element(const Instruction& one);
  void field(const Instruction& one);
  bool structures(const Instruction& one);
  void size_of(const Instruction& one);
  void lanewise(const Instruction& one, std::uint8_t code);
  void vector_memory(const Instruction& one);
  void lane(const Instruction& one);

  std::string head_;  ///< places on the stack
  std::string body_;
  std::string location_;  ///< what LLVM's instructions say of the source: ", !dbg !9"
  bool open_ = true;      ///< the last block has no end yet
  unsigned names_ = 0;
  std::map<std::uint16_t, std::string> registers_;
  std::set<std::uint32_t> addressed_;  ///< variables of which LEA is taken
  std::map<std::uint64_t, std::map<std::uint64_t, Number>> asked_;  ///< results by their CALL
  std::vector<Value> results_;                                      ///< of the last call
  std::vector<std::string> result_places_;
  bool has_flags_ = false;
  bool has_stack_ = false;
};

}  // namespace cmos::casm::native
