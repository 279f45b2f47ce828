#include "assembler/x86_register.h"

#include <array>
#include <string>
#include <unordered_map>

namespace cmos::assembler {
namespace {

struct Entry {
  X86Register row;
  bool wide = false;  ///< only on x86-64
};
/// By the bytes of the name: none has more than five.
class Table {
 public:
  Entry& operator[](std::string_view name) { return rows_[key(name)]; }
  const Entry* find(std::string_view name) const {
    const auto found = rows_.find(key(name));
    return found == rows_.end() ? nullptr : &found->second;
  }

 private:
  static std::uint64_t key(std::string_view name) {
    std::uint64_t out = 0;
    for (const char byte : name) out = out << 8 | static_cast<unsigned char>(byte);
    return out;
  }
  std::unordered_map<std::uint64_t, Entry> rows_;
};

void add_general(Table& table) {
  constexpr std::array<const char*, 8> kWords{"ax", "cx", "dx", "bx", "sp", "bp", "si", "di"};
  constexpr std::array<const char*, 8> kBytes{"al", "cl", "dl", "bl", "ah", "ch", "dh", "bh"};
  constexpr std::array<const char*, 4> kNewBytes{"spl", "bpl", "sil", "dil"};
  const auto general = [](unsigned bits, unsigned number) {
    return X86Register{RegisterKind::kGeneral, static_cast<std::uint16_t>(bits),
                       static_cast<std::uint8_t>(number)};
  };
  for (unsigned i = 0; i < 8; ++i) {
    const std::string word = kWords[i];
    table[word] = {general(16, i)};
    table["e" + word] = {general(32, i)};
    table["r" + word] = {general(64, i), true};
    table[kBytes[i]] = {general(8, i)};
    if (i < 4) table[kNewBytes[i]] = {general(8, i + 4), true};
    const std::string number = "r" + std::to_string(i + 8);
    table[number] = {general(64, i + 8), true};
    table[number + "d"] = {general(32, i + 8), true};
    table[number + "w"] = {general(16, i + 8), true};
    table[number + "b"] = {general(8, i + 8), true};
  }
}

void add_numbered(Table& table, const std::string& name, unsigned count, RegisterKind kind,
                  unsigned bits, unsigned narrow_count) {
  for (unsigned i = 0; i < count; ++i)
    table[name + std::to_string(i)] = {
        {kind, static_cast<std::uint16_t>(bits), static_cast<std::uint8_t>(i)}, i >= narrow_count};
}

Table make_table() {
  Table table;
  add_general(table);
  constexpr std::array<const char*, 6> kSegments{"es", "cs", "ss", "ds", "fs", "gs"};
  for (std::uint8_t i = 0; i < kSegments.size(); ++i)
    table[kSegments[i]] = {{RegisterKind::kSegment, 16, i}};
  table["st"] = {{RegisterKind::kX87, 80, 0}};
  add_numbered(table, "st", 8, RegisterKind::kX87, 80, 8);
  add_numbered(table, "mm", 8, RegisterKind::kMmx, 64, 8);
  add_numbered(table, "xmm", 32, RegisterKind::kVector, 128, 8);
  add_numbered(table, "ymm", 32, RegisterKind::kVector, 256, 8);
  add_numbered(table, "zmm", 32, RegisterKind::kVector, 512, 8);
  add_numbered(table, "k", 8, RegisterKind::kMask, 64, 8);
  add_numbered(table, "cr", 16, RegisterKind::kControl, 0, 16);
  add_numbered(table, "dr", 16, RegisterKind::kDebug, 0, 16);
  table["ip"] = {{RegisterKind::kInstruction, 16, 0}};
  table["eip"] = {{RegisterKind::kInstruction, 32, 0}};
  table["rip"] = {{RegisterKind::kInstruction, 64, 0}, true};
  table["eiz"] = {{RegisterKind::kNull, 32, 0}};
  table["riz"] = {{RegisterKind::kNull, 64, 0}, true};
  return table;
}

}  // namespace

X86Register x86_register(std::string_view name, bool wide) {
  static const Table kTable = make_table();
  if (name.size() > 5) return {};
  const Entry* found = kTable.find(name);
  if (found == nullptr || (found->wide && !wide)) return {};
  return found->row;
}

}  // namespace cmos::assembler
