#include "runtime/process/bytecode.h"

#include <fmt/format.h>

#include "base/checked.h"
#include "emu/bytecode.h"
#include "syscalls/table.h"

namespace cmos::runtime {
namespace {

/// host.write with two arguments, an address and a length, writes to the console; with three it is
/// the call of that name. host.alloc is what grow does.
std::optional<std::uint64_t> call_number(std::string_view name, std::size_t arguments) {
  constexpr std::size_t kOfConsole = 2;
  if (name == "write" && arguments == kOfConsole) name = "stdout";
  if (name == "alloc") name = "grow";
  const syscalls::Row* row = syscalls::find(name);
  if (row == nullptr) return std::nullopt;
  return row->number;
}

}  // namespace

Result<void> prepare_bytecode(emu::Engine& engine, emu::GuestMemory& memory,
                              const loader::Placement& placement,
                              const std::vector<std::string>& arguments) {
  auto* const named = dynamic_cast<emu::BytecodeEngine*>(&engine);
  if (named == nullptr) return {};
  named->set_call_numbers(call_number);
  constexpr std::uint64_t kWord = 8;
  std::uint64_t texts = 0;
  for (const std::string& one : arguments) texts += one.size() + 1;
  const std::uint64_t room = kWord * (arguments.size() + 1) + texts;
  const std::uint64_t top = placement.stack_top - loader::kStackHeadroom;
  if (room > (top - placement.stack_base) / 2)
    return fail(ErrorCode::kLimit,
                fmt::format("the arguments need {} bytes, more than half of the stack", room));
  const std::uint64_t array = align_down(top - room, 16);
  ByteWriter out(named->big_endian() ? ByteOrder::kBig : ByteOrder::kLittle);
  std::uint64_t text = array + kWord * (arguments.size() + 1);
  for (const std::string& one : arguments) {
    out.number(text, kWord);
    text += one.size() + 1;
  }
  out.zeros(kWord);
  for (const std::string& one : arguments) {
    out.text(one);
    out.u8(0);
  }
  if (!memory.write(array, out.data()))
    return fail(ErrorCode::kInternal, "the stack is not mapped");
  const emu::Isa& isa = engine.isa();
  engine.write_register(isa.cpu.sp, array);
  engine.write_register(isa.arguments[0], arguments.size());
  engine.write_register(isa.arguments[1], array);
  return {};
}

}  // namespace cmos::runtime
