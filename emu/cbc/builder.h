// From the functions of a .cbc file to operations.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "emu/cbc/program.h"

namespace cmos::emu::cbc {

class Builder {
 public:
  Builder(const coil::CbcFile& file, Bytes bytes, std::uint64_t base, Program& out)
      : file_(file), bytes_(bytes), base_(base), out_(out) {}

  /// Fails with kLimit when functions share their bytes.
  Result<void> build();

 private:
  struct Variable {
    std::uint16_t slot = 0;
    SlotType type = SlotType::kAny;
  };
  struct Scope {
    std::map<std::uint8_t, Variable> variables;
    std::uint16_t first = 0;    ///< slot
    std::size_t operation = 0;  ///< its kScope
  };
  /// One function's instructions; the last may be one that cannot be decoded.
  struct Source {
    Bytes code;
    std::uint32_t offset = 0;
    std::vector<coil::CbcInstruction> instructions;
    std::string fault;  ///< why there are no more
  };

  // builder.cc
  void constant_addresses();
  void add_function(const coil::CbcFunction& function);
  Source read(const coil::CbcFunction& function) const;
  void returned(const Source& source, Function& out) const;
  void parameters(const coil::CbcFunction& in);
  void lower(std::size_t index);
  void instruction(const coil::CbcInstruction& one);
  void branches();
  void blocks(std::size_t first);
  std::uint32_t trap(FaultKind kind, std::string detail);
  void put_trap(std::string detail, FaultKind kind = FaultKind::kIllegalInstruction);
  void put(Code code, std::uint16_t a = 0, std::uint16_t b = 0, std::uint16_t c = 0,
           std::int64_t value = 0);
  Variable* find(std::uint8_t id);
  std::optional<Variable> variable(std::uint8_t id);
  std::optional<std::uint16_t> declare(std::uint8_t id, SlotType type);

  // instructions.cc
  void plain(const coil::CbcInstruction& one);
  void compare(const coil::CbcInstruction& one, const coil::CbcOpcodeRow& row);
  void call(const coil::CbcInstruction& one);
  void returns(const coil::CbcInstruction& one);
  void load(const coil::CbcInstruction& one, const coil::CbcOpcodeRow& row);
  void store(const coil::CbcInstruction& one, const coil::CbcOpcodeRow& row);
  void declaration(const coil::CbcInstruction& one, const coil::CbcOpcodeRow& row);
  void arithmetic(const coil::CbcInstruction& one, const coil::CbcOpcodeRow& row);
  void unary(const coil::CbcInstruction& one, const coil::CbcOpcodeRow& row);
  std::optional<std::uint64_t> constant(const coil::CbcInstruction& one, SlotType wanted);
  std::optional<std::uint16_t> source(std::uint8_t id, SlotType wanted);
  std::optional<std::uint16_t> destination(std::uint8_t id, SlotType wanted);
  std::optional<std::uint16_t> address(std::uint8_t id);

  const coil::CbcFile& file_;
  Bytes bytes_;
  std::uint64_t base_;
  Program& out_;
  std::vector<std::uint64_t> constants_;  ///< addresses of the texts
  std::vector<Source> sources_;
  // Of the function in hand:
  Function* function_ = nullptr;
  std::vector<Scope> scopes_;
  std::map<std::uint64_t, std::uint32_t> places_;  ///< code offset to operation
  std::uint32_t at_ = 0;                           ///< image offset of the instruction in hand
  struct Open {
    std::size_t operation;
    std::int64_t target;
  };
  std::vector<Open> open_;  ///< branches whose targets are not resolved yet
  std::string refusal_;     ///< why a variable cannot be used so
};

/// The type that an opcode's own row works on.
SlotType type_of(const coil::CbcOpcodeRow& row);
std::string_view name(SlotType type);

}  // namespace cmos::emu::cbc
