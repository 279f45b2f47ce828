#include "coil/cbc_code.h"

#include <fmt/format.h>

namespace cmos::casm {
namespace {

constexpr std::size_t kMostVariables = 255;

std::string with_type(std::string_view operation, CbcType type) {
  return fmt::format("{}.{}", operation, suffix(type));
}

}  // namespace

std::string_view suffix(CbcType type) {
  constexpr std::string_view kNames[] = {"i32", "i64", "f32", "f64"};
  return kNames[static_cast<std::size_t>(type)];
}

CbcCode::CbcCode(const std::vector<CbcType>& parameters)
    : parameters_(parameters.size()), types_(parameters) {}

CbcVariable CbcCode::variable(CbcType type) {
  if (types_.size() == kMostVariables) {
    full_ = true;
    return {1, type};
  }
  types_.push_back(type);
  return {static_cast<std::uint8_t>(types_.size()), type};
}

CbcVariable CbcCode::temporary(CbcType type) {
  std::vector<CbcVariable>& free = free_[type];
  CbcVariable out;
  if (free.empty()) {
    out = variable(type);
  } else {
    out = free.back();
    free.pop_back();
  }
  used_.push_back(out);
  return out;
}

void CbcCode::release_temporaries() {
  for (const CbcVariable one : used_) free_[one.type].push_back(one);
  used_.clear();
}

CbcCode::Label CbcCode::label() {
  labels_.push_back(SIZE_MAX);
  return labels_.size() - 1;
}

void CbcCode::place(Label label) {
  labels_[label] = items_.size();
}

void CbcCode::put(std::string_view mnemonic, std::uint8_t format, std::uint8_t a, std::uint8_t b,
                  std::uint8_t c, std::uint64_t value) {
  const coil::CbcOpcodeRow* row = coil::cbc_opcode_named(mnemonic);
  Item item;
  item.instruction.opcode = row->code;
  item.instruction.type = row->type;
  item.instruction.format = format;
  item.instruction.a = a;
  item.instruction.b = b;
  item.instruction.c = c;
  item.instruction.value = value;
  item.source = source_;
  items_.push_back(std::move(item));
}

void CbcCode::op(std::string_view mnemonic, CbcVariable a, CbcVariable b, CbcVariable c) {
  put(mnemonic, 7, a.id, b.id, c.id);
}

void CbcCode::op(std::string_view mnemonic, CbcVariable d, CbcVariable a) {
  put(mnemonic, 4, d.id, a.id);
}

void CbcCode::immediate(std::string_view mnemonic, CbcVariable d, std::int32_t value) {
  put(mnemonic, 6, d.id, 0, 0, static_cast<std::uint32_t>(value));
}

void CbcCode::typed(std::string_view operation, CbcVariable d, CbcVariable a, CbcVariable b) {
  op(with_type(operation, d.type), d, a, b);
}

void CbcCode::constant(CbcVariable d, std::uint64_t bits) {
  put(with_type("var", d.type), 4, d.id, 0, 0, bits);
}

/// There is no instruction for it. A float minus 0 is the float, and so is its own bits.
void CbcCode::copy(CbcVariable d, CbcVariable s) {
  if (d.id == s.id) return;
  if (d.type == CbcType::kI32 || d.type == CbcType::kI64) return typed("or", d, s, s);
  constant(d, 0);
  typed("sub", d, s, d);
}

void CbcCode::load(std::string_view what, CbcVariable d, CbcVariable address,
                   std::int8_t displacement) {
  put(fmt::format("load.{}", what), displacement == 0 ? 4 : 7, d.id, address.id,
      static_cast<std::uint8_t>(displacement));
}

void CbcCode::store(std::string_view what, CbcVariable address, CbcVariable s,
                    std::int8_t displacement) {
  put(fmt::format("store.{}", what), displacement == 0 ? 4 : 7, address.id, s.id,
      static_cast<std::uint8_t>(displacement));
}

void CbcCode::load_at(std::string_view what, CbcVariable d, std::uint32_t address) {
  put(fmt::format("load.{}", what), 6, d.id, 0, 0, address);
}

void CbcCode::store_at(std::string_view what, CbcVariable s, std::uint32_t address) {
  put(fmt::format("store.{}", what), 6, s.id, 0, 0, address);
}

void CbcCode::branch(Label to) {
  put("br", 3);
  items_.back().branches = true;
  items_.back().target = to;
}

void CbcCode::branch_if(std::string_view condition, CbcVariable a, CbcVariable b, Label to) {
  const bool whole = a.type == CbcType::kI32 || a.type == CbcType::kI64;
  put(fmt::format("br.{}{}", condition, whole ? "" : ".f"), 9, a.id, b.id);
  items_.back().branches = true;
  items_.back().target = to;
}

void CbcCode::branch_if_zero(std::string_view condition, CbcVariable a, Label to) {
  const bool whole = a.type == CbcType::kI32 || a.type == CbcType::kI64;
  put(fmt::format("br.{}{}", condition, whole ? "" : ".f"), 6, a.id);
  items_.back().branches = true;
  items_.back().target = to;
}

void CbcCode::call(std::uint16_t function, CbcVariable result,
                   const std::vector<CbcVariable>& arguments) {
  put("call", coil::kCallFormat, result.id, 0, 0, function);
  for (const CbcVariable one : arguments) items_.back().instruction.arguments.push_back(one.id);
}

void CbcCode::ret() {
  put("ret", 0);
}

void CbcCode::ret(CbcVariable value) {
  put("ret", 1, value.id);
}

/// Whether the first instruction that has a variable is one that declares it.
std::vector<bool> CbcCode::declared_by_first_use() const {
  std::vector<bool> seen(types_.size());
  std::vector<bool> out(types_.size());
  auto use = [&](std::uint8_t id, bool declares) {
    if (id == 0 || seen[id - 1u]) return;
    seen[id - 1u] = true;
    out[id - 1u] = declares;
  };
  for (const Item& item : items_) {
    const coil::CbcInstruction& one = item.instruction;
    const bool declares = coil::cbc_opcode_row(one.opcode)->shape == coil::CbcShape::kVariable;
    use(one.a, declares);
    if (declares) continue;
    use(one.b, false);
    use(one.c, false);
    for (const std::uint8_t argument : one.arguments) use(argument, false);
  }
  return out;
}

CbcCode::Finished CbcCode::finish(ByteOrder order) const {
  ByteWriter out(order);
  Finished done;
  done.locals = static_cast<std::uint16_t>(types_.size() - parameters_);
  const std::vector<bool> declared = declared_by_first_use();
  for (std::size_t i = parameters_; i < types_.size(); ++i) {
    if (declared[i]) continue;
    coil::CbcInstruction one;
    const auto* row = coil::cbc_opcode_named(with_type("var", types_[i]));
    one.opcode = row->code;
    one.type = row->type;
    one.format = 1;
    one.a = static_cast<std::uint8_t>(i + 1);
    coil::encode_cbc(one, out);
  }
  std::vector<std::uint64_t> starts;
  std::uint64_t at = out.size();
  for (const Item& item : items_) {
    ByteWriter one(order);
    coil::encode_cbc(item.instruction, one);
    starts.push_back(at);
    at += one.size();
  }
  starts.push_back(at);
  for (std::size_t i = 0; i < items_.size(); ++i) {
    coil::CbcInstruction one = items_[i].instruction;
    if (items_[i].branches)
      one.value = static_cast<std::uint32_t>(starts[labels_[items_[i].target]] - starts[i + 1]);
    if (done.places.empty() || done.places.back().source != items_[i].source)
      done.places.push_back({static_cast<std::uint32_t>(starts[i]), items_[i].source});
    coil::encode_cbc(one, out);
  }
  done.code = std::move(out).take();
  return done;
}

}  // namespace cmos::casm
