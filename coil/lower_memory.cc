// Memory, arrays and vectors.
#include <fmt/format.h>

#include <algorithm>

#include "coil/lower_function.h"

namespace cmos::casm {
namespace {

namespace op = coil::opcode;
using coil::OperandKind;

}  // namespace

void FunctionLowering::block(const Instruction& one) {
  const bool compares = one.opcode == op::kMemcmp;
  std::vector<Value> arguments;
  for (std::size_t i = compares ? 1 : 0; i < one.operands.size(); ++i) {
    const Operand& each = one.operands[i];
    // [x] says where, as the address itself does.
    arguments.push_back(each.kind == OperandKind::kMemory ? Value{address(each), kAddress}
                                                          : read(each, kInt64));
  }
  const Helper helper = compares                    ? Helper::kCompare
                        : one.opcode == op::kMemset ? Helper::kFill
                                                    : Helper::kCopy;
  const Value out = call_helper(helper, std::move(arguments));
  if (compares) write(one.operands[0], out);
}

void FunctionLowering::exchange(const Instruction& one) {
  const auto operands = one.plain_operands();
  const Number wanted = number_of_either(operands[0], operands[1]);
  const Value a = read(operands[0], wanted);
  const CbcVariable kept = code_.temporary(wanted.type);
  code_.copy(kept, a.variable);
  write(operands[0], read(operands[1], wanted));
  write(operands[1], {kept, wanted});
}

/// Z says whether it was done.
void FunctionLowering::compare_exchange(const Instruction& one) {
  const auto operands = one.plain_operands();
  const Number wanted = number_of_either(operands[0], operands[1]);
  const Value now = read(operands[0], wanted);
  const Value expected = read(operands[1], wanted);
  const CbcVariable differs = code_.temporary(CbcType::kI64);
  const CbcCode::Label done = code_.label();
  code_.constant(differs, 1);
  code_.branch_if("ne", now.variable, expected.variable, done);
  write(operands[0], read(operands[2], wanted));
  code_.constant(differs, 0);
  code_.place(done);
  keep_flags({differs, kInt64}, constant(0, kInt64));
}

void FunctionLowering::push_pop(const Instruction& one) {
  const Operand& operand = one.operands[0];
  // Whole numbers fill their slot, so that what is popped may be of another type.
  const Number own = number_at(operand).value_or(kInt64);
  const Number number = own.whole() ? kInt64 : own;
  constexpr std::int32_t kSlot = 8;
  const CbcVariable top = code_.temporary(CbcType::kI64);
  code_.load_at("i64", top, layout::kStackPointer);
  if (one.opcode == op::kPush) {
    code_.immediate("sub.i64", top, kSlot);
    store(top, read(operand, number));
    return code_.store_at("i64", top, layout::kStackPointer);
  }
  const Value value = load(top, number);
  code_.immediate("add.i64", top, kSlot);
  code_.store_at("i64", top, layout::kStackPointer);
  write(operand, value);
}

void FunctionLowering::lea(const Instruction& one) {
  const auto operands = one.plain_operands();
  const Operand& from = operands[1];
  if (from.kind == OperandKind::kMemory) return write(operands[0], {address(from), kAddress});
  if (from.kind == OperandKind::kVariable) {
    const Home* found = home(from.id);
    if (found == nullptr) return;
    if (!found->offset) return refuse("the address of what lies in no memory");
    return write(operands[0], {frame_address(*found->offset), kAddress});
  }
  write(operands[0], read(from, kAddress));
}

/// INDEX d, array, i and UPDT array, i, value. An index outside leads to address 0.
void FunctionLowering::element(const Instruction& one) {
  const bool reads = one.opcode == op::kIndex;
  const Operand& array = one.operands[reads ? 1 : 0];
  const Operand& index = one.operands[reads ? 2 : 1];
  const Home* found = array.kind == OperandKind::kVariable ? home(array.id) : nullptr;
  if (found == nullptr || !found->offset || !found->number ||
      found->type.code() != coil::type::kArray)
    return refuse("INDEX and UPDT take an array variable");
  const Number number = *found->number;
  const CbcVariable at = code_.temporary(CbcType::kI64);
  const Value place = wide(read(index, kInt64));
  const CbcCode::Label outside = code_.label();
  const CbcCode::Label inside = code_.label();
  code_.copy(at, place.variable);
  code_.branch_if_zero("lt", at, outside);
  code_.branch_if("ge", at, constant(found->size / number.width, kInt64).variable, outside);
  code_.immediate("mul.i64", at, number.width);
  code_.typed("add", at, at, frame_address(*found->offset));
  code_.branch(inside);
  code_.place(outside);
  code_.constant(at, 0);
  code_.place(inside);
  if (reads) return write(one.operands[0], load(at, number));
  store(at, read(one.operands[2], number));
}

void FunctionLowering::size_of(const Instruction& one) {
  const coil::Layouts& layouts = program_.layouts();
  size_of_operand(
      one, [&](const coil::Type& type) { return layouts.size_of(type); },
      [&](const coil::Type& type) { return layouts.alignment_of(type); });
}

/// GET d, structure, field and SET structure, field, value; the structure may be pointed to.
bool FunctionLowering::structures(const Instruction& one) {
  if (one.opcode != op::kGet && one.opcode != op::kSet) return false;
  const auto place = field_of(one);
  if (!place) return true;
  const CbcVariable at = code_.temporary(CbcType::kI64);
  code_.copy(
      at, place->points ? wide(read(*place->whole)).variable : frame_address(*place->home->offset));
  if (place->offset != 0) code_.immediate("add.i64", at, static_cast<std::int32_t>(place->offset));
  if (one.opcode == op::kGet)
    write(one.operands[0], load(at, place->number));
  else
    store(at, read(one.operands[2], place->number));
  return true;
}

// ---- vectors ----------------------------------------------------------------------------------

void FunctionLowering::lanewise(const Instruction& one, std::uint8_t code) {
  const auto operands = one.plain_operands();
  const Home* to = home(operands[0].id);
  const Operand& left = operands.size() > 2 ? operands[1] : operands[0];
  const Operand& right = operands.back();
  const Number number = *to->number;
  std::vector<Value> lanes;
  for (std::size_t i = 0; i < to->lanes.size(); ++i) {
    const Value a = read_lane(left, i, number);
    const Value b = read_lane(right, i, number);
    lanes.push_back(code == op::kMin || code == op::kMax ? limit(code == op::kMin, a, b, number)
                                                         : calculate(code, a, b, number));
  }
  for (std::size_t i = 0; i < lanes.size(); ++i)
    code_.copy(to->lanes[i], as(lanes[i], number).variable);
}

void FunctionLowering::vector_memory(const Instruction& one) {
  const bool loads = one.opcode == op::kVload;
  const Operand& vector = one.operands[loads ? 0 : 1];
  const Operand& place = one.operands[loads ? 1 : 0];
  const Home* found = vector.kind == OperandKind::kVariable ? home(vector.id) : nullptr;
  if (found == nullptr || found->lanes.size() < 2) return refuse("a vector variable is wanted");
  const CbcVariable at = code_.temporary(CbcType::kI64);
  code_.copy(at, place.kind == OperandKind::kMemory ? address(place)
                                                    : wide(read(place, kAddress)).variable);
  constexpr std::uint32_t kBroadcast = 2;
  const bool same = one.operands.size() > 2 && one.operands[2].id == kBroadcast;
  for (const CbcVariable lane : found->lanes) {
    if (loads)
      code_.copy(lane, load(at, *found->number).variable);
    else
      store(at, {lane, *found->number});
    if (!same) code_.immediate("add.i64", at, found->number->width);
  }
}

/// VEXTRACT and VINSERT with an index that is known; VSHUFFLE with a list.
void FunctionLowering::lane(const Instruction& one) {
  const Home* from = home(one.operands[1].id);
  if (from == nullptr) return;
  const Operand& index = one.operands.back();
  const std::uint64_t place = index.value;
  if (index.kind != OperandKind::kImmediate)
    return refuse("bytecode finds lanes by numbers that are known before");
  if (one.opcode != op::kVshuffle && place >= from->lanes.size()) return refuse("no such lane");
  if (one.opcode == op::kVextract)
    return write(one.operands[0], {from->lanes[place], *from->number});
  const Home* to = home(one.operands[0].id);
  if (to == nullptr || to->lanes.size() != from->lanes.size())
    return refuse("vectors of different lengths");
  std::vector<CbcVariable> out;
  const std::size_t width =
      index.data.empty() ? 1 : std::max<std::size_t>(1, index.data.size() / from->lanes.size());
  for (std::size_t i = 0; i < from->lanes.size(); ++i) {
    std::size_t source = i;
    if (one.opcode == op::kVshuffle && i * width < index.data.size())
      source = index.data[i * width];
    if (source >= from->lanes.size()) return refuse("no such lane");
    CbcVariable value = from->lanes[source];
    if (one.opcode == op::kVinsert && i == place)
      value = read(one.operands[2], *from->number).variable;
    out.push_back(code_.temporary(from->number->type));
    code_.copy(out.back(), value);
  }
  for (std::size_t i = 0; i < out.size(); ++i) code_.copy(to->lanes[i], out[i]);
}

}  // namespace cmos::casm
