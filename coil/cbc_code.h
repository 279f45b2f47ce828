// One function of bytecode under construction: variables, constants, labels, instructions.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "formats/coil/cbc.h"

namespace cmos::casm {

/// What a variable of CBC can hold.
enum class CbcType : std::uint8_t { kI32, kI64, kF32, kF64 };
std::string_view suffix(CbcType type);  ///< "i32"

struct CbcVariable {
  std::uint8_t id = 0;  ///< 0 = none
  CbcType type = CbcType::kI32;
};

class CbcCode {
 public:
  using Label = std::size_t;

  /// Parameters are the first variables.
  explicit CbcCode(const std::vector<CbcType>& parameters);

  /// A variable that lives as long as the function; id 0 when there are no more.
  CbcVariable variable(CbcType type);
  /// One that is free again after release_temporaries().
  CbcVariable temporary(CbcType type);
  void release_temporaries();
  bool full() const { return full_; }

  Label label();
  void place(Label label);

  void op(std::string_view mnemonic, CbcVariable a, CbcVariable b, CbcVariable c);
  void op(std::string_view mnemonic, CbcVariable d, CbcVariable a);
  /// d = d op value, of 32 bits.
  void immediate(std::string_view mnemonic, CbcVariable d, std::int32_t value);
  /// "add" + ".i32", by the destination's type.
  void typed(std::string_view operation, CbcVariable d, CbcVariable a, CbcVariable b);
  void constant(CbcVariable d, std::uint64_t bits);
  void copy(CbcVariable d, CbcVariable s);
  /// Addresses are variables of 64 bits; `displacement` has 8.
  void load(std::string_view what, CbcVariable d, CbcVariable address,
            std::int8_t displacement = 0);
  void store(std::string_view what, CbcVariable address, CbcVariable s,
             std::int8_t displacement = 0);
  void load_at(std::string_view what, CbcVariable d, std::uint32_t address);
  void store_at(std::string_view what, CbcVariable s, std::uint32_t address);
  void branch(Label to);
  /// `condition` is eq, ne, lt, le, gt or ge.
  void branch_if(std::string_view condition, CbcVariable a, CbcVariable b, Label to);
  void branch_if_zero(std::string_view condition, CbcVariable a, Label to);
  void call(std::uint16_t function, CbcVariable result, const std::vector<CbcVariable>& arguments);
  void ret();
  void ret(CbcVariable value);

  /// What comes next was made from this place of the source.
  void from(std::uint32_t source_offset) { source_ = source_offset; }

  struct Place {
    std::uint32_t offset = 0;  ///< of code
    std::uint32_t source = 0;
  };
  struct Finished {
    std::vector<std::uint8_t> code;
    std::vector<Place> places;  ///< where another place of the source begins
    std::uint16_t locals = 0;
  };
  /// Declares the variables in front of the instructions, and resolves the labels.
  Finished finish(ByteOrder order) const;

 private:
  struct Item {
    coil::CbcInstruction instruction;
    std::uint32_t source = 0;
    bool branches = false;
    Label target = 0;
  };
  std::vector<bool> declared_by_first_use() const;
  void put(std::string_view mnemonic, std::uint8_t format, std::uint8_t a = 0, std::uint8_t b = 0,
           std::uint8_t c = 0, std::uint64_t value = 0);

  std::size_t parameters_;
  std::vector<CbcType> types_;  ///< of the variables, by id - 1
  std::map<CbcType, std::vector<CbcVariable>> free_;
  std::vector<CbcVariable> used_;
  std::vector<Item> items_;
  std::vector<std::size_t> labels_;  ///< index of an item
  std::uint32_t source_ = 0;
  bool full_ = false;
};

}  // namespace cmos::casm
