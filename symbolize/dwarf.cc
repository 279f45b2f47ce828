#include "symbolize/dwarf.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <utility>
#include <vector>

namespace cmos::symbolize {
namespace {

/// A row of a line table. `file` belongs to libdw.
struct Row {
  std::uint64_t address = 0;
  const char* file = nullptr;
  std::uint32_t line = 0;  ///< 0: what follows has no line
  std::uint32_t column = 0;
};

/// More rows than any program that fits the address space has: a bound for damaged tables.
constexpr std::size_t kMaxRows = 20'000'000;
constexpr std::uint32_t kMaxRegisters = 128;

Row row_of(Dwarf_Line* line) {
  Row row;
  Dwarf_Addr address = 0;
  int number = 0, column = 0;
  bool end = false;
  if (::dwarf_lineaddr(line, &address) != 0) return row;
  row.address = address;
  if (::dwarf_lineendsequence(line, &end) != 0 || end) return row;
  if (::dwarf_lineno(line, &number) != 0 || number <= 0) return row;
  row.file = ::dwarf_linesrc(line, nullptr, nullptr);
  if (row.file == nullptr) return row;
  row.line = static_cast<std::uint32_t>(number);
  if (::dwarf_linecol(line, &column) == 0 && column > 0)
    row.column = static_cast<std::uint32_t>(column);
  return row;
}

/// CFA = register + offset, which is all that compilers write for ordinary functions.
bool read_cfa(Dwarf_Frame* frame, UnwindRow& row) {
  Dwarf_Op* ops = nullptr;
  std::size_t count = 0;
  if (::dwarf_frame_cfa(frame, &ops, &count) != 0 || count != 1) return false;
  if (ops[0].atom >= DW_OP_breg0 && ops[0].atom <= DW_OP_breg31) {
    row.cfa_register = static_cast<std::uint32_t>(ops[0].atom - DW_OP_breg0);
    row.cfa_offset = static_cast<std::int64_t>(ops[0].number);
    return true;
  }
  if (ops[0].atom != DW_OP_bregx || ops[0].number >= kMaxRegisters) return false;
  row.cfa_register = static_cast<std::uint32_t>(ops[0].number);
  row.cfa_offset = static_cast<std::int64_t>(ops[0].number2);
  return true;
}

UnwindRule rule_of(Dwarf_Frame* frame, std::uint32_t number) {
  using Kind = UnwindRule::Kind;
  Dwarf_Op memory[3];
  Dwarf_Op* ops = nullptr;
  std::size_t count = 0;
  if (::dwarf_frame_register(frame, static_cast<int>(number), memory, &ops, &count) != 0) return {};
  if (count == 0) return {.kind = ops == nullptr ? Kind::kSame : Kind::kUndefined};
  if (ops[0].atom >= DW_OP_reg0 && ops[0].atom <= DW_OP_reg31 && count == 1)
    return {.kind = Kind::kRegister,
            .source = static_cast<std::uint32_t>(ops[0].atom - DW_OP_reg0)};
  if (ops[0].atom == DW_OP_regx && count == 1 && ops[0].number < kMaxRegisters)
    return {.kind = Kind::kRegister, .source = static_cast<std::uint32_t>(ops[0].number)};
  if (ops[0].atom != DW_OP_call_frame_cfa) return {};
  std::int64_t offset = 0;
  std::size_t at = 1;
  if (at < count && ops[at].atom == DW_OP_plus_uconst)
    offset = static_cast<std::int64_t>(ops[at++].number);
  const bool is_value = at < count && ops[at].atom == DW_OP_stack_value;
  if (at + (is_value ? 1 : 0) != count) return {};
  return {.kind = is_value ? Kind::kCfaPlus : Kind::kAtCfa, .offset = offset};
}

}  // namespace

struct DwarfReader::State {
  ~State() {
    ::dwarf_end(dwarf);
    ::elf_end(elf);
  }

  void index_lines() {
    if (std::exchange(indexed, true)) return;
    Dwarf_CU* unit = nullptr;
    Dwarf_Die die;
    while (::dwarf_get_units(dwarf, unit, &unit, nullptr, nullptr, &die, nullptr) == 0) {
      Dwarf_Lines* lines = nullptr;
      std::size_t count = 0;
      if (::dwarf_getsrclines(&die, &lines, &count) != 0) continue;
      for (std::size_t i = 0; i < count && rows.size() < kMaxRows; ++i) {
        if (Dwarf_Line* line = ::dwarf_onesrcline(lines, i)) rows.push_back(row_of(line));
      }
    }
    // A sequence ends where the next one begins: the end must not hide the beginning.
    std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
      return a.address != b.address ? a.address < b.address : (a.line == 0) > (b.line == 0);
    });
  }

  Elf* elf = nullptr;
  Dwarf* dwarf = nullptr;
  bool indexed = false;
  std::vector<Row> rows;
};

DwarfReader::DwarfReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
DwarfReader::~DwarfReader() = default;

Result<std::unique_ptr<DwarfReader>> DwarfReader::open(Bytes elf, void (*out_of_memory)()) {
  ::elf_version(EV_CURRENT);
  auto state = std::make_unique<State>();
  // Only read, whatever the type says.
  state->elf = ::elf_memory(const_cast<char*>(as_text(elf).data()), elf.size());
  if (state->elf != nullptr) state->dwarf = ::dwarf_begin_elf(state->elf, DWARF_C_READ, nullptr);
  if (state->dwarf == nullptr) {
    return fail(ErrorCode::kMalformed,
                fmt::format("its debug information cannot be read: {}", ::dwarf_errmsg(-1)));
  }
  // The library's type says that such a function does not return, which no pointer of ours can.
  if (out_of_memory != nullptr)
    ::dwarf_new_oom_handler(state->dwarf, reinterpret_cast<Dwarf_OOM>(out_of_memory));
  return std::unique_ptr<DwarfReader>(new DwarfReader(std::move(state)));
}

std::optional<SourceLine> DwarfReader::line(std::uint64_t address) {
  state_->index_lines();
  const auto& rows = state_->rows;
  const auto after = std::upper_bound(rows.begin(), rows.end(), address,
                                      [](std::uint64_t a, const Row& b) { return a < b.address; });
  if (after == rows.begin()) return std::nullopt;
  const Row& row = *std::prev(after);
  if (row.line == 0) return std::nullopt;
  return SourceLine{row.file, row.line, row.column};
}

std::optional<UnwindRow> DwarfReader::unwind(std::uint64_t address) {
  Dwarf_CFI* cfi = ::dwarf_getcfi(state_->dwarf);
  Dwarf_Frame* frame = nullptr;
  if (cfi == nullptr || ::dwarf_cfi_addrframe(cfi, address, &frame) != 0) return std::nullopt;
  UnwindRow row;
  const int column = ::dwarf_frame_info(frame, nullptr, nullptr, nullptr);
  const bool good = column >= 0 && column < static_cast<int>(kMaxRegisters) && read_cfa(frame, row);
  if (good) {
    row.return_register = static_cast<std::uint32_t>(column);
    for (std::uint32_t i = 0; i < 32 || i <= row.return_register; ++i)
      row.rules.push_back(rule_of(frame, i));
  }
  std::free(frame);  // NOLINT: libdw allocates it so
  return good ? std::optional(std::move(row)) : std::nullopt;
}

}  // namespace cmos::symbolize
