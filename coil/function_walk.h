// What compiling a COIL function to bytecode and to native code have in common: variables by scope,
// labels, operands as numbers, and which method an instruction goes to.
//
// `Self` says what it makes ("bytecode") in kMakes, and has the methods that are called by self()
// below; `Source` is a FunctionSource with parameters; `Home` has type, number and lanes; `Value` a
// number.
#pragma once

#include <fmt/format.h>

#include <bit>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/checked.h"
#include "coil/source_function.h"
#include "formats/coil/floats.h"
#include "formats/coil/layout.h"

namespace cmos::casm {

namespace op = coil::opcode;

template <class Self, class Source, class Program, class Home, class Value, class Label>
class FunctionWalk {
 protected:
  using Operand = coil::Operand;
  using Instruction = coil::Instruction;
  using Kind = coil::OperandKind;

  FunctionWalk(const Source& function, Program& program) : function_(function), program_(program) {}

  void refuse(std::string what) {
    if (!error_) error_ = program_.refusal(function_.section, at_, std::move(what));
  }

  Home* home(std::uint32_t id) {
    for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
      const auto found = scope->find(id);
      if (found != scope->end()) return &found->second;
    }
    refuse(fmt::format("#{} is not declared", id));
    return nullptr;
  }

  /// A label for each symbol inside of the function.
  void find_labels() {
    for (const coil::Symbol& one : program_.object().symbols) {
      const bool inside = one.section == function_.section && one.value >= function_.start &&
                          one.value <= function_.end;
      if (inside && !labels_.contains(one.value)) labels_[one.value] = self().new_label();
    }
  }

  std::optional<Label> target(const Operand& one) {
    if (one.kind == Kind::kSymbol && one.id < program_.object().symbols.size()) {
      const coil::Symbol& symbol = program_.object().symbols[one.id];
      const auto found = labels_.find(symbol.value);
      if (symbol.section == function_.section && found != labels_.end()) return found->second;
    }
    refuse(fmt::format("{} branches to labels of the same function only", Self::kMakes));
    return std::nullopt;
  }

  // ---- declarations and fields ----------------------------------------------------------------

  /// What a VAR or an INSTANCE declares; `first` is nullptr without a first value.
  struct Declaration {
    std::uint32_t id = 0;
    coil::Type type;
    const Operand* first = nullptr;
  };
  static std::optional<Declaration> declaration(const Instruction& one) {
    if (one.opcode != op::kVar && one.opcode != op::kInstance) return std::nullopt;
    const Operand& what = one.operands[1];
    Declaration out{one.operands[0].id, what.type, nullptr};
    if (one.opcode == op::kInstance && what.kind != Kind::kType)
      out.type = coil::struct_type(coil::type::kStruct, static_cast<std::uint16_t>(what.id));
    const bool valued = one.opcode == op::kVar && one.operands.size() > 2;
    if (valued && one.operands[2].kind != Kind::kRegister) out.first = &one.operands[2];
    return out;
  }

  /// The field that a GET or SET means.
  struct FieldPlace {
    const Operand* whole = nullptr;  ///< the variable of the structure, or that points to it
    const Home* home = nullptr;
    bool points = false;
    std::uint64_t offset = 0;
    Number number;
  };
  std::optional<FieldPlace> field_of(const Instruction& one) {
    const bool reads = one.opcode == op::kGet;
    const Operand& whole = one.operands[reads ? 1 : 0];
    const Operand& name = one.operands[reads ? 2 : 1];
    FieldPlace out{&whole, whole.kind == Kind::kVariable ? home(whole.id) : nullptr, false, 0, {}};
    if (out.home == nullptr) {
      refuse("GET and SET take a variable");
      return std::nullopt;
    }
    const coil::Type& type = out.home->type;
    out.points = type.code() == coil::type::kPointer;
    const coil::Layout* layout = program_.layouts().find(out.points ? type.element() : type);
    // Fields are found by their names: another structure may have one of the same.
    const coil::Layout::Field* place = nullptr;
    const auto& symbols = program_.object().symbols;
    const bool named = layout != nullptr && name.kind == Kind::kSymbol && name.id < symbols.size();
    for (std::size_t i = 0; named && i < layout->fields.size(); ++i) {
      const coil::Layout::Field& one_field = layout->fields[i];
      const bool same =
          one_field.name < symbols.size() && symbols[one_field.name].name == symbols[name.id].name;
      if (same) place = &one_field;
    }
    const auto number = place == nullptr ? std::nullopt : number_of(place->type);
    if (!number) {
      refuse("no such field, or it is no number");
      return std::nullopt;
    }
    out.offset = place->offset;
    out.number = *number;
    return out;
  }

  // ---- operands as numbers --------------------------------------------------------------------

  std::optional<Number> number_at(const Operand& one) {
    switch (one.kind) {
      case Kind::kVariable:
      case Kind::kTypedVariable: {
        const Home* found = home(one.id);
        if (found == nullptr) return std::nullopt;
        if (!number_of(found->type)) refuse("a number is wanted here");
        return number_of(found->type);
      }
      case Kind::kRegister:
        return number_of_register(one);
      case Kind::kMemory: {
        // A pointer's own type says what lies there.
        if (one.memory.base != coil::Memory::Part::kVariable) return std::nullopt;
        const Home* found = home(one.memory.base_id);
        if (found == nullptr || found->type.levels.size() < 2) return std::nullopt;
        return number_of(found->type.element());
      }
      default:
        return std::nullopt;
    }
  }

  /// Of two operands the first that has a number says which.
  Number number_of_either(const Operand& first, const Operand& second) {
    const auto number = number_at(first);
    return number ? *number : number_at(second).value_or(kInt64);
  }

  /// The wider number of two that are compared.
  Number compared_number(const Operand& left, const Operand& right) {
    const auto number = number_at(left);
    const auto other = number_at(right);
    const bool second = other && (!number || other->width > number->width);
    return second ? *other : number.value_or(kInt64);
  }

  /// The bits of a number as `wanted` has them; nothing, with a refusal, when it has none.
  std::optional<std::uint64_t> immediate_bits(const Operand& one, const Number& wanted) {
    const coil::TypeRow& row = *coil::type_row(one.type.code());
    const auto own = number_of(one.type);
    if (!own) {
      refuse("an immediate that is no number");
      return std::nullopt;
    }
    const std::uint64_t bits = own->is_signed && own->whole()
                                   ? static_cast<std::uint64_t>(sign_extend(one.value, own->width))
                                   : one.value;
    const bool from_float = row.kind == coil::TypeKind::kFloat;
    if (wanted.whole()) {
      if (!from_float) return bits;
      refuse("a number with a point where a whole one is wanted: CONVERT it");
      return std::nullopt;
    }
    const double real = from_float       ? coil::float_value(one.value, row)
                        : own->is_signed ? static_cast<double>(static_cast<std::int64_t>(bits))
                                         : static_cast<double>(bits);
    if (wanted.width == 4) return std::bit_cast<std::uint32_t>(static_cast<float>(real));
    return std::bit_cast<std::uint64_t>(real);
  }

  // ---- moves, sizes ---------------------------------------------------------------------------

  /// A MOV of a parameter or of a call's result.
  bool moves_by_abi(const Instruction& one) {
    const auto operands = one.plain_operands();
    const Operand& from = operands[1];
    if (from.kind != Kind::kAbi) return false;
    const std::uint64_t index = operands.size() > 2 ? operands[2].value : 0;
    const bool result = from.control == coil::AbiControl::kRet ||
                        (from.control == coil::AbiControl::kAuto && operands.size() < 3);
    if (result)
      self().take_result(operands[0], index);
    else if (index >= function_.parameters.size())
      refuse("a parameter that is not there");
    else
      self().take_parameter(operands[0], index);
    return true;
  }

  /// A MOV of one number.
  void move_number(const Operand& to, const Operand& from) {
    auto wanted = number_at(to);
    if (!wanted) wanted = number_at(from);
    if (!wanted && from.kind == Kind::kImmediate) wanted = number_of(from.type);
    self().write(to, self().read(from, wanted.value_or(kInt64)));
  }

  /// SIZEOF, ALIGNOF and TYPEOF, by what says sizes and alignments of types.
  template <class Sizes, class Alignments>
  void size_of_operand(const Instruction& one, Sizes size, Alignments alignment) {
    const Operand& what = one.operands[1];
    coil::Type type = what.type;
    if (what.kind == Kind::kVariable) {
      const Home* found = home(what.id);
      if (found == nullptr) return;
      type = found->type;
    } else if (what.kind != Kind::kType && what.kind != Kind::kImmediate) {
      return refuse("what has no type here");
    }
    std::uint64_t value = size(type).value_or(0);
    if (one.opcode == op::kAlignof) value = alignment(type);
    if (one.opcode == op::kTypeof)
      value = static_cast<std::uint64_t>(type.code() << 8 | type.extension());
    self().write(one.operands[0], self().constant(value, kInt64));
  }

  // ---- vectors --------------------------------------------------------------------------------

  /// 1 for what is no vector.
  std::size_t lanes_of(const Operand& one) {
    if (one.kind != Kind::kVariable) return 1;
    const Home* found = home(one.id);
    return found == nullptr || found->lanes.empty() ? 1 : found->lanes.size();
  }

  /// VDOT, VHSUM and VHPROD: from the first lane to the last.
  void across(const Instruction& one) {
    const Home* from = home(one.operands[1].id);
    const Number number = *from->number;
    std::optional<Value> sum;
    for (std::size_t i = 0; i < from->lanes.size(); ++i) {
      Value lane = self().read_lane(one.operands[1], i, number);
      if (one.opcode == op::kVdot)
        lane =
            self().calculate(op::kMul, lane, self().read_lane(one.operands[2], i, number), number);
      const std::uint8_t code = one.opcode == op::kVhprod ? op::kMul : op::kAdd;
      sum = sum ? self().calculate(code, *sum, lane, number) : lane;
    }
    self().write(one.operands[0], *sum);
  }

  // ---- which method ---------------------------------------------------------------------------

  /// What makes no code, scopes and declarations.
  bool simple(const Instruction& one) {
    switch (one.opcode) {
      case op::kSym:
      case op::kNop:
      case op::kOldNop:
      case op::kPrefetch:
      case op::kFlush:
      case op::kBreak:
      case op::kProc:
      case op::kArch:
      case op::kMode:
      case op::kVersion:
      case op::kAbi:
      case op::kTypedef:
      case op::kStruct:
      case op::kUnion:
      case op::kEnum:
        return true;
      case op::kFence:
        self().fence();
        return true;
      case op::kScopeEnter:
        scopes_.emplace_back();
        return true;
      case op::kScopeLeave:
        if (scopes_.size() > 1) scopes_.pop_back();
        return true;
      default:
        return self().declares(one);
    }
  }

  void dispatch(const Instruction& one) {
    if (one.opcode == op::kMov)
      self().move(one);
    else if (!control(one) && !vectors(one) && !arithmetic(one) && !memory(one))
      refuse(fmt::format("{} has no counterpart in {}", coil::opcode_row(one.opcode)->mnemonic,
                         Self::kMakes));
  }

 private:
  bool control(const Instruction& one) {
    switch (one.opcode) {
      case op::kBr:
      case op::kJmp:
        self().branch(one);
        return true;
      case op::kCmp:
        self().compare(one);
        return true;
      case op::kTest:
        self().test(one);
        return true;
      case op::kLoop:
        self().loop(one);
        return true;
      case op::kSwitch:
        self().switch_(one);
        return true;
      case op::kCall:
        self().call(one);
        return true;
      case op::kSyscall:
        self().system_call(one);
        return true;
      case op::kRet:
        self().returns(one);
        return true;
      case op::kHalt:
      case op::kHcf:
        self().halt();
        return true;
      default:
        return false;
    }
  }

  bool arithmetic(const Instruction& one) {
    switch (one.opcode) {
      case op::kAdd:
      case op::kSub:
      case op::kMul:
      case op::kDiv:
      case op::kMod:
      case op::kAnd:
      case op::kOr:
      case op::kXor:
      case op::kShl:
      case op::kShr:
      case op::kSar:
      case op::kRol:
      case op::kRor:
        self().binary(one);
        return true;
      case op::kNot:
      case op::kInc:
      case op::kDec:
      case op::kNeg:
      case op::kAbs:
      case op::kSqrt:
        self().unary(one);
        return true;
      case op::kMin:
      case op::kMax:
        self().smaller_or_greater(one);
        return true;
      case op::kPopcnt:
      case op::kBswap:
      case op::kClz:
      case op::kCtz:
      case op::kBitset:
      case op::kBitclr:
      case op::kBittst:
        self().bits(one);
        return true;
      case op::kCeil:
      case op::kFloor:
      case op::kRound:
      case op::kTrunc:
        self().rounding(one);
        return true;
      case op::kConvert:
        self().convert(one);
        return true;
      case op::kCast:
        self().cast(one);
        return true;
      default:
        return false;
    }
  }

  bool memory(const Instruction& one) {
    switch (one.opcode) {
      case op::kMemcpy:
      case op::kMemset:
      case op::kMemcmp:
        self().block(one);
        return true;
      case op::kXchg:
        self().exchange(one);
        return true;
      case op::kCas:
      case op::kCmpxchg:
        self().compare_exchange(one);
        return true;
      case op::kPush:
      case op::kPop:
        self().push_pop(one);
        return true;
      case op::kLea:
        self().lea(one);
        return true;
      case op::kIndex:
      case op::kUpdt:
        self().element(one);
        return true;
      case op::kSizeof:
      case op::kAlignof:
      case op::kTypeof:
        self().size_of(one);
        return true;
      default:
        return self().structures(one);
    }
  }

  bool vectors(const Instruction& one) {
    switch (one.opcode) {
      case op::kVload:
      case op::kVstore:
        self().vector_memory(one);
        return true;
      case op::kVextract:
      case op::kVinsert:
      case op::kVshuffle:
        self().lane(one);
        return true;
      case op::kVdot:
      case op::kVhsum:
      case op::kVhprod:
        if (lanes_of(one.operands[1]) < 2)
          refuse("a vector variable is wanted");
        else
          across(one);
        return true;
      default:
        return lane_by_lane(one);
    }
  }

  bool lane_by_lane(const Instruction& one) {
    const bool named = one.opcode >= op::kVadd && one.opcode <= op::kVdiv;
    const bool plain = (one.opcode >= op::kAdd && one.opcode <= op::kDiv) ||
                       (one.opcode >= op::kAnd && one.opcode <= op::kXor) ||
                       one.opcode == op::kMin || one.opcode == op::kMax;
    const bool limits = one.opcode == op::kVmin || one.opcode == op::kVmax;
    if (!named && !plain && !limits) return false;
    if (lanes_of(one.operands[0]) < 2) {
      if (plain) return false;
      refuse("a vector variable is wanted");
      return true;
    }
    self().lanewise(one, named    ? static_cast<std::uint8_t>(one.opcode - op::kVadd + op::kAdd)
                         : limits ? (one.opcode == op::kVmin ? op::kMin : op::kMax)
                                  : one.opcode);
    return true;
  }

  Self& self() { return *static_cast<Self*>(this); }

 protected:
  const Source& function_;
  Program& program_;
  std::vector<std::map<std::uint32_t, Home>> scopes_ = {{}};
  std::map<std::uint64_t, Label> labels_;
  std::optional<Error> error_;
  std::uint64_t at_ = 0;
};

}  // namespace cmos::casm
