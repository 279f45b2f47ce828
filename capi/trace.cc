#include "capi/trace.h"

#include <fmt/format.h>

#include "runtime/process/process.h"
#include "runtime/trace/trace_text.h"

namespace cmos::capi {

void CallTrace::on_start(const runtime::Process& process) {
  const loader::Placement& placement = process.placement();
  targets_.push_back(std::make_unique<Target>(Target{
      .symbols = runtime::SymbolIndex(process.file(), placement.image_base, placement.image_end)}));
}

void CallTrace::on_syscall_enter(const runtime::Process& process,
                                 const runtime::SyscallEvent& event) {
  targets_.back()->call.enter(event, process.isa(), process.memory(), capture_);
}

void CallTrace::on_syscall_exit(const runtime::Process& process,
                                const runtime::SyscallEvent& event) {
  Target& target = *targets_.back();
  target.call.exit(event, process.isa(), process.memory(), capture_);
  fmt::memory_buffer text;
  runtime::append_call_text(text, target.call,
                            {.isa = process.isa(),
                             .memory = process.memory(),
                             .symbols = target.symbols,
                             .options = capture_});
  text.push_back('\0');
  const std::string name(event.row == nullptr ? std::string_view() : event.row->name);
  const std::string error(target.call.status == nullptr ? std::string_view()
                                                        : target.call.status->name);
  const cmos_call told{.size = sizeof(cmos_call),
                       .process = process.number(),
                       .sequence = event.sequence,
                       .address = event.registers.pc,
                       .number = event.registers.number,
                       .name = event.row == nullptr ? nullptr : name.c_str(),
                       .text = text.data(),
                       .returned = target.call.returned ? 1 : 0,
                       .result = target.call.returned ? target.call.result : 0,
                       .error = target.call.status == nullptr ? nullptr : error.c_str()};
  function_(user_, &told);
}

void CallTrace::on_end(const runtime::Process& /*process*/, const runtime::Outcome& /*outcome*/) {
  targets_.pop_back();
}

}  // namespace cmos::capi
