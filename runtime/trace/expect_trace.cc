#include "runtime/trace/expect_trace.h"

#include <fmt/format.h>

#include <utility>

#include "runtime/process/process.h"
#include "runtime/trace/trace_buffer.h"

namespace cmos::runtime {
namespace {

/// Longer texts are told apart by a checksum: the file is for people.
constexpr CaptureOptions kCapture{.string_size = 128, .show_times = false, .digests = true};

}  // namespace

class ExpectTraceObserver::Addresses : public AddressForm {
 public:
  explicit Addresses(const Process& process)
      : memory_(process.memory()),
        heap_(process.placement().heap_base),
        symbols_(process.file(), process.placement().image_base, process.placement().image_end,
                 SymbolChoice::kByName) {}

  void append(fmt::memory_buffer& out, std::uint64_t address) const override {
    if (symbols_.in_image(address)) {
      const auto hit = symbols_.find(address);
      if (hit && hit->of_program) return symbols_.append(out, address);
    }
    if (in_heap(address)) return put_in(out, "heap", address - heap_);
    const emu::Region* region = memory_.find(address);
    if (region == nullptr) return put(out, "{:#x}", address);
    // How deep the stack is, is the compiler's choice; where the code of the exit stub lies is
    // ours.
    const bool ours = !symbols_.in_image(address) && (region->permissions & emu::kExecute) != 0;
    put_in(out, region->name, ours ? address - region->base : 0);
  }

  bool names(std::uint64_t value) const override {
    return symbols_.in_image(value) || in_heap(value) || memory_.find(value) != nullptr;
  }

  /// Without offset: where a fault is known only by its block, it is the same.
  void append_function(fmt::memory_buffer& out, std::uint64_t address) const {
    const auto hit = symbols_.find(address);
    if (hit && hit->of_program) return put(out, hit->name);
    append(out, address);
  }

  const SymbolIndex& symbols() const { return symbols_; }

 private:
  /// Its end too: that is what `grow` answers.
  bool in_heap(std::uint64_t address) const {
    const emu::Region* heap = memory_.find(heap_);
    return address >= heap_ && address <= (heap == nullptr ? heap_ : heap->end());
  }
  static void put_in(fmt::memory_buffer& out, std::string_view name, std::uint64_t offset) {
    put(out, "<{}", name);
    if (offset != 0) put(out, "+{:#x}", offset);
    out.push_back('>');
  }

  const emu::GuestMemory& memory_;
  std::uint64_t heap_;
  SymbolIndex symbols_;
};

struct ExpectTraceObserver::Target {
  explicit Target(const Process& process) : number(process.number()), addresses(process) {}

  std::uint64_t number;
  Addresses addresses;
  CapturedCall call;
  bool open = false;  ///< call was entered and not written yet
};

void ExpectTraceObserver::write(std::string_view text) {
  const std::uint64_t number = targets_.back()->number;
  sink_(number == 1 ? std::string(text) : fmt::format("[{}] {}", number, text));
}

void ExpectTraceObserver::on_start(const Process& process) {
  targets_.push_back(std::make_shared<Target>(process));
  if (process.number() != 1) write(fmt::format("+++ started {} +++", process.path()));
}

void ExpectTraceObserver::on_syscall_enter(const Process& process, const SyscallEvent& event) {
  Target& target = *targets_.back();
  target.call.enter(event, process.isa(), process.memory(), kCapture);
  target.open = true;
}

void ExpectTraceObserver::on_syscall_exit(const Process& process, const SyscallEvent& event) {
  targets_.back()->call.exit(event, process.isa(), process.memory(), kCapture);
  write_call(process);
}

void ExpectTraceObserver::write_call(const Process& process) {
  Target& target = *targets_.back();
  target.open = false;
  fmt::memory_buffer text;
  append_call_text(text, target.call,
                   {.isa = process.isa(),
                    .memory = process.memory(),
                    .symbols = target.addresses.symbols(),
                    .options = kCapture,
                    .addresses = &target.addresses});
  write({text.data(), text.size()});
}

void ExpectTraceObserver::on_end(const Process& process, const Outcome& outcome) {
  Target& target = *targets_.back();
  if (target.open) write_call(process);
  std::string text = ending_text(outcome);
  if (outcome.ending == Ending::kFaulted && outcome.fault) {
    fmt::memory_buffer place;
    put(place, " in ");
    target.addresses.append_function(place, outcome.fault->pc);
    text.insert(text.size() - std::string_view(" +++").size(), fmt::to_string(place));
  }
  write(text);
  targets_.pop_back();
}

}  // namespace cmos::runtime
