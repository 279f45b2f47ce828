// Memory, arrays, structures and vectors.
#include <algorithm>

#include "coil/native_function.h"

namespace cmos::casm::native {
namespace {

namespace op = coil::opcode;
using coil::OperandKind;

}  // namespace

void FunctionCompiler::block(const Instruction& one) {
  const bool compares = one.opcode == op::kMemcmp;
  std::vector<std::string> arguments;
  for (std::size_t i = compares ? 1 : 0; i < one.operands.size(); ++i) {
    const Operand& each = one.operands[i];
    // [x] says where, as the address itself does; an array is where it lies.
    const Home* found = each.kind == OperandKind::kVariable ? home(each.id) : nullptr;
    if (found != nullptr && found->lanes.empty())
      arguments.push_back(found->memory);
    else
      arguments.push_back(each.kind == OperandKind::kMemory ? address(each)
                                                            : wide(read(each, kInt64)));
  }
  const std::string list =
      fmt::format("(i64 {}, i64 {}, i64 {})", arguments[0], arguments[1], arguments[2]);
  if (compares) return write(one.operands[0], {let("call i64 @coil.compare{}", list), kInt64});
  line(fmt::format("call void @coil.{}{}", one.opcode == op::kMemset ? "fill" : "copy", list));
}

void FunctionCompiler::exchange(const Instruction& one) {
  const Number wanted = number_of_either(one.operands[0], one.operands[1]);
  const Value a = read(one.operands[0], wanted);
  const Value b = read(one.operands[1], wanted);
  write(one.operands[0], b);
  write(one.operands[1], a);
}

/// Z says whether it was done.
void FunctionCompiler::compare_exchange(const Instruction& one) {
  const Number wanted = number_of_either(one.operands[0], one.operands[1]);
  const Value now = read(one.operands[0], wanted);
  const Value expected = read(one.operands[1], wanted);
  const std::string same = let("{} {} {}, {}", wanted.whole() ? "icmp eq" : "fcmp oeq",
                               type_of(wanted), now.text, expected.text);
  const std::string then = label();
  const std::string done = label();
  ends(fmt::format("br i1 {}, label %{}, label %{}", same, then, done));
  place(then);
  write(one.operands[0], read(one.operands[2], wanted));
  place(done);
  const std::string differs = let("xor i1 {}, true", same);
  keep_flags({let("zext i1 {} to i64", differs), kInt64}, constant(0, kInt64));
}

/// What is pushed is a list on the stack, which is gone when the function returns.
void FunctionCompiler::push_pop(const Instruction& one) {
  const Operand& operand = one.operands[0];
  const Number own = number_at(operand).value_or(kInt64);
  const Number number = own.whole() ? kInt64 : own;
  if (!has_stack_) head_ += "  %stack = alloca i64\n  store i64 0, i64* %stack\n";
  has_stack_ = true;
  if (one.opcode == op::kPush) {
    const Value value = read(operand, number);
    const std::string made = let("alloca [2 x i64], align 16");
    const std::string at = let("ptrtoint [2 x i64]* {} to i64", made);
    const std::string before = let("load i64, i64* %stack");
    store(at, value);
    store(let("add i64 {}, 8", at), {before, kInt64});
    return line(fmt::format("store i64 {}, i64* %stack", at));
  }
  const std::string at = let("load i64, i64* %stack");
  trap_if(let("icmp eq i64 {}, 0", at));
  const Value value = load(at, number);
  line(fmt::format("store i64 {}, i64* %stack", load(let("add i64 {}, 8", at), kInt64).text));
  write(operand, value);
}

void FunctionCompiler::lea(const Instruction& one) {
  const Operand& from = one.operands[1];
  if (from.kind == OperandKind::kMemory) return write(one.operands[0], {address(from), kAddress});
  if (from.kind != OperandKind::kVariable) return write(one.operands[0], read(from, kAddress));
  if (const Home* found = home(from.id)) write(one.operands[0], {found->memory, kAddress});
}

/// INDEX d, array, i and UPDT array, i, value. An index outside is a trap.
void FunctionCompiler::element(const Instruction& one) {
  const bool reads = one.opcode == op::kIndex;
  const Operand& array = one.operands[reads ? 1 : 0];
  const Operand& index = one.operands[reads ? 2 : 1];
  const Home* found = array.kind == OperandKind::kVariable ? home(array.id) : nullptr;
  if (found == nullptr || !found->number || found->type.code() != coil::type::kArray)
    return refuse("INDEX and UPDT take an array variable");
  const Number number = *found->number;
  const std::string memory = found->memory;
  const std::string place_ = wide(read(index, kInt64));
  trap_if(let("icmp uge i64 {}, {}", place_, found->size / number.width));
  const std::string at = let("add i64 {}, {}", memory, let("mul i64 {}, {}", place_, number.width));
  if (reads) return write(one.operands[0], load(at, number));
  store(at, read(one.operands[2], number));
}

/// GET d, structure, field and SET structure, field, value; the structure may be pointed to.
void FunctionCompiler::field(const Instruction& one) {
  const auto place_ = field_of(one);
  if (!place_) return;
  const std::string base = place_->points ? wide(read(*place_->whole)) : place_->home->memory;
  const std::string at = let("add i64 {}, {}", base, place_->offset);
  if (one.opcode == op::kGet) return write(one.operands[0], load(at, place_->number));
  store(at, read(one.operands[2], place_->number));
}

void FunctionCompiler::size_of(const Instruction& one) {
  const coil::Layouts& layouts = program_.layouts();
  size_of_operand(
      one, [&](const coil::Type& type) { return layouts.size_of(type); },
      [&](const coil::Type& type) { return layouts.alignment_of(type); });
}

bool FunctionCompiler::structures(const Instruction& one) {
  if (one.opcode != op::kGet && one.opcode != op::kSet) return false;
  field(one);
  return true;
}

// ---- vectors ----------------------------------------------------------------------------------

void FunctionCompiler::lanewise(const Instruction& one, std::uint8_t code) {
  const Home* to = home(one.operands[0].id);
  const Operand& left = one.operands.size() > 2 ? one.operands[1] : one.operands[0];
  const Operand& right = one.operands.back();
  const Number number = *to->number;
  std::vector<Value> lanes;
  for (std::size_t i = 0; i < to->lanes.size(); ++i) {
    const Value a = read_lane(left, i, number);
    const Value b = read_lane(right, i, number);
    lanes.push_back(code == op::kMin || code == op::kMax ? limit(code == op::kMin, a, b)
                                                         : calculate(code, a, b, number));
  }
  for (std::size_t i = 0; i < lanes.size(); ++i)
    store_pointer(to->lanes[i], lanes[i], to->swapped, number.width);
}

void FunctionCompiler::vector_memory(const Instruction& one) {
  const bool loads = one.opcode == op::kVload;
  const Operand& vector = one.operands[loads ? 0 : 1];
  const Operand& place_ = one.operands[loads ? 1 : 0];
  const Home* found = vector.kind == OperandKind::kVariable ? home(vector.id) : nullptr;
  if (found == nullptr || found->lanes.size() < 2) return refuse("a vector variable is wanted");
  const Number number = *found->number;
  std::string at =
      place_.kind == OperandKind::kMemory ? address(place_) : wide(read(place_, kAddress));
  constexpr std::uint32_t kBroadcast = 2;
  const bool same = one.operands.size() > 2 && one.operands[2].id == kBroadcast;
  for (const std::string& lane : found->lanes) {
    if (loads)
      store_pointer(lane, load(at, number), found->swapped, number.width);
    else
      store(at, load_pointer(lane, number, found->swapped, number.width));
    if (!same) at = let("add i64 {}, {}", at, number.width);
  }
}

/// VEXTRACT and VINSERT with an index that is known; VSHUFFLE with a list.
void FunctionCompiler::lane(const Instruction& one) {
  const Home* from =
      one.operands[1].kind == OperandKind::kVariable ? home(one.operands[1].id) : nullptr;
  if (from == nullptr || from->lanes.size() < 2) return refuse("a vector variable is wanted");
  const Operand& index = one.operands.back();
  const Number number = *from->number;
  if (index.kind != OperandKind::kImmediate)
    return refuse("lanes are found by numbers that are known before");
  if (one.opcode != op::kVshuffle && index.value >= from->lanes.size())
    return refuse("no such lane");
  auto lane_of = [&](std::size_t i) {
    return load_pointer(from->lanes[i], number, from->swapped, number.width);
  };
  if (one.opcode == op::kVextract) return write(one.operands[0], lane_of(index.value));
  const Home* to = home(one.operands[0].id);
  if (to == nullptr || to->lanes.size() != from->lanes.size())
    return refuse("vectors of different lengths");
  std::vector<Value> out;
  const std::size_t width =
      index.data.empty() ? 1 : std::max<std::size_t>(1, index.data.size() / from->lanes.size());
  for (std::size_t i = 0; i < from->lanes.size(); ++i) {
    std::size_t source = i;
    if (one.opcode == op::kVshuffle && i * width < index.data.size())
      source = index.data[i * width];
    if (source >= from->lanes.size()) return refuse("no such lane");
    const bool inserted = one.opcode == op::kVinsert && i == index.value;
    out.push_back(inserted ? read(one.operands[2], number) : lane_of(source));
  }
  for (std::size_t i = 0; i < out.size(); ++i)
    store_pointer(to->lanes[i], out[i], to->swapped, number.width);
}

}  // namespace cmos::casm::native
