// One COIL function's instructions to bytecode.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "coil/function_walk.h"
#include "coil/lower_program.h"

namespace cmos::casm {

/// A value at hand.
struct Value {
  CbcVariable variable;
  Number number;
};

/// Where a COIL variable lives: in one variable of bytecode, in one for each lane, or in memory.
struct Home {
  coil::Type type;
  std::optional<Number> number;         ///< of scalars, and of the elements of vectors and arrays
  std::vector<CbcVariable> lanes;       ///< one of scalars
  std::optional<std::uint32_t> offset;  ///< in the frame, of what lies in memory
  std::uint64_t size = 0;               ///< bytes in memory
};

class FunctionLowering;
using LoweringWalk =
    FunctionWalk<FunctionLowering, SourceFunction, Program, Home, Value, CbcCode::Label>;

class FunctionLowering final : LoweringWalk {
 public:
  FunctionLowering(const SourceFunction& function, Program& program, CbcCode& code)
      : LoweringWalk(function, program), code_(code) {}

  Result<void> run();

 private:
  friend LoweringWalk;
  static constexpr std::string_view kMakes = "bytecode";
  CbcCode::Label new_label() { return code_.label(); }
  void fence() {}

  // lower_function.cc
  void plan();
  void plan_frame();
  void plan_parameters();
  void prologue();
  void labels_at(std::uint64_t offset);
  void instruction(const Instruction& one);
  bool declares(const Instruction& one);
  void declare(const Declaration& what, std::uint64_t offset);
  void first_values(const Home& made, const Operand* first, bool many);
  bool only_memory(const coil::Type& type) const;
  std::uint64_t bytes_of(const Declaration& what) const;
  void move(const Instruction& one);
  void take_parameter(const Operand& to, std::uint64_t index);
  void take_result(const Operand& to, std::uint64_t index);
  void leave();

  // lower_values.cc
  Value read(const Operand& one, std::optional<Number> wanted = {});
  Value read_lane(const Operand& one, std::size_t lane, Number element);
  Value constant(std::uint64_t bits, const Number& number);
  Value immediate(const Operand& one, std::optional<Number> wanted);
  /// A variable's first value; 0 without one.
  void constant_in(CbcVariable to, const Operand* one, const Number& number);
  /// The value as another number: wider, narrower, or of the other kind; floats round to zero.
  Value as(const Value& value, const Number& wanted);
  Value wide(const Value& value);  ///< in 64 bits, with its value
  void whole_to_float(const Value& from, CbcVariable to);
  Value float_to_whole(const Value& from, const Number& wanted);
  void narrow(CbcVariable variable, const Number& number);
  void write(const Operand& to, const Value& value);
  /// The variable into which an operation may put its result at once.
  std::optional<CbcVariable> direct(const Operand& to, const Number& number);
  CbcVariable address(const Operand& memory);
  CbcVariable part(coil::Memory::Part kind, std::uint16_t id);
  CbcVariable frame_address(std::uint32_t offset);
  CbcVariable address_constant(std::uint64_t value);
  Value load(CbcVariable at, const Number& number);
  void store(CbcVariable at, const Value& value);
  CbcVariable register_variable(const Operand& one);

  // lower_arithmetic.cc
  void binary(const Instruction& one);
  Value calculate(std::uint8_t code, Value a, Value b, const Number& number,
                  std::optional<CbcVariable> into = {});
  Value divide(bool remainder, Value a, Value b, const Number& number);
  Value shift(std::uint8_t code, Value a, const Operand& count, const Number& number);
  bool with_immediate(const Instruction& one, const Number& number);
  void unary(const Instruction& one);
  void convert(const Instruction& one);
  void cast(const Instruction& one);
  void smaller_or_greater(const Instruction& one);
  Value limit(bool small, const Value& a, const Value& b, const Number& number);
  void bits(const Instruction& one);
  void rounding(const Instruction& one);
  Value call_helper(Helper helper, std::vector<Value> arguments);

  // lower_control.cc
  void compare(const Instruction& one);
  void test(const Instruction& one);
  void keep_flags(const Value& a, const Value& b);
  bool jump_if(coil::Condition condition, CbcCode::Label to);
  void branch(const Instruction& one);
  void loop(const Instruction& one);
  void switch_(const Instruction& one);
  void call(const Instruction& one);
  CbcVariable result_variable(CbcType type);
  std::optional<CbcVariable> taker(const Instruction& call, const Number& number);
  void system_call(const Instruction& one);
  void returns(const Instruction& one);
  void halt();

  // lower_memory.cc
  void block(const Instruction& one);
  void exchange(const Instruction& one);
  void compare_exchange(const Instruction& one);
  void push_pop(const Instruction& one);
  void lea(const Instruction& one);
  void element(const Instruction& one);
  void size_of(const Instruction& one);
  bool structures(const Instruction& one);
  void lanewise(const Instruction& one, std::uint8_t code);
  void vector_memory(const Instruction& one);
  void lane(const Instruction& one);

  /// What the last comparison left: integers in 64 bits, or floats.
  struct Flags {
    CbcVariable a, b;
    bool is_signed = true;
  };

  CbcCode& code_;
  std::map<std::uint16_t, CbcVariable> registers_;
  std::set<std::pair<std::uint64_t, std::uint32_t>> in_memory_;  ///< declarations by offset
  std::map<std::uint64_t, std::uint32_t> frame_offsets_;         ///< by the declaration's offset
  std::map<std::uint64_t, CbcVariable> parameter_homes_;         ///< the same
  std::optional<Flags> flags_;
  std::map<CbcType, std::pair<CbcVariable, CbcVariable>> kept_flags_;
  bool flags_stay_ = false;  ///< a use is not right behind its comparison
  std::optional<CbcVariable> frame_;
  std::uint32_t frame_size_ = 0;
  bool pushes_ = false;
  bool results_at_once_ = true;  ///< every result is taken right behind its call, and nowhere else
  std::map<CbcType, CbcVariable> results_;
  std::optional<Value> result_;  ///< of the last call
};

}  // namespace cmos::casm
