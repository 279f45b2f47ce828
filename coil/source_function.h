// What a .coil's functions are to whatever compiles them: instructions, and numbers as operands.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coil/cbc_code.h"
#include "formats/coil/instruction.h"
#include "formats/coil/object_file.h"

namespace cmos::casm {

/// A number as bytecode calculates with it: 8 and 16 bits in 32, each in its type's range; 32 bits
/// without sign as the same bits with one.
struct Number {
  CbcType type = CbcType::kI32;
  std::uint8_t width = 4;
  bool is_signed = true;

  bool whole() const { return type == CbcType::kI32 || type == CbcType::kI64; }
  /// "i8", "f64": what loads and stores are called.
  std::string_view access() const;
  bool operator==(const Number&) const = default;
};
/// Nothing for types that bytecode has no numbers for.
std::optional<Number> number_of(const coil::Type& type);
inline constexpr Number kAddress{CbcType::kI64, 8, false};
inline constexpr Number kInt64{CbcType::kI64, 8, true};
inline constexpr Number kInt32{CbcType::kI32, 4, true};
inline constexpr Number kDouble{CbcType::kF64, 8, true};

/// What a register holds.
inline Number number_of_register(const coil::Operand& one) {
  return one.type.code() == coil::type::kGeneralRegister ? kAddress : kDouble;
}
/// The bits of an element of an immediate's list; 0 behind its end.
std::uint64_t list_element(const coil::Operand& list, std::size_t index, unsigned width);

/// Numbers by what the declarations so far say of variables.
class DeclaredNumbers {
 public:
  void see(const coil::Instruction& one);
  std::optional<Number> of(const coil::Operand& one) const;
  /// Of a variable that was declared; nothing for what is none.
  std::optional<Number> of_variable(const coil::Operand& one) const;

 private:
  std::map<std::uint32_t, coil::Type> types_;
};

struct FunctionSource {
  std::string name = {};
  std::size_t section = 0;
  std::uint64_t start = 0;
  std::uint64_t end = 0;
  std::vector<coil::Instruction> code = {};
  bool global = false;
  bool weak = false;
};

/// A section's instructions, and the functions among them.
struct SourceSection {
  std::vector<coil::Instruction> instructions;
  std::vector<FunctionSource> functions;
};
/// All that hold COIL. Fails with what cannot be decoded, and with kUnsupported without a function.
Result<std::vector<SourceSection>> read_functions(const coil::ObjectFile& object,
                                                  std::string_view file);

/// The entry of the debug information that covers an instruction; nullptr when there is none.
const coil::DebugLine* source_line(const coil::ObjectFile& object, std::size_t section,
                                   std::uint64_t offset);

/// kUnsupported at an instruction: with the source's line where that is known.
Error refusal(const coil::ObjectFile& object, std::string_view file, std::size_t section,
              std::uint64_t offset, std::string_view what);

/// The function that a symbol names; nullptr when it names none.
template <class Function>
const Function* find_function(const std::vector<Function>& functions,
                              const coil::ObjectFile& object, std::uint32_t symbol) {
  if (symbol >= object.symbols.size()) return nullptr;
  const coil::Symbol& wanted = object.symbols[symbol];
  const auto found = std::find_if(functions.begin(), functions.end(), [&](const Function& one) {
    return one.section == wanted.section && one.start == wanted.value;
  });
  return found == functions.end() ? nullptr : &*found;
}

}  // namespace cmos::casm
