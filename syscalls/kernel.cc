#include "syscalls/kernel.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/checked.h"

namespace cmos::syscalls {

Kernel::Kernel(emu::GuestMemory& memory, const Services& services, KernelOptions options)
    : memory_(memory),
      services_(services),
      options_(std::move(options)),
      heap_end_(options_.heap_base),
      peak_memory_(memory.used()) {}

CallResult Kernel::exit(std::uint64_t code) {
  exit_code_ = code;
  return end(EndRequest::kExit);
}

CallResult Kernel::end(EndRequest request) {
  end_request_ = request;
  return {.value = 0, .returns = false};
}

CallResult Kernel::write_output(Bytes text, std::optional<std::uint32_t> colour) {
  return write_counted(text,
                       [&](Bytes allowed) { return services_.console->write(allowed, colour); });
}

CallResult Kernel::write_error(Bytes text) {
  return write_counted(text,
                       [&](Bytes allowed) { return services_.console->write_error(allowed); });
}

template <class Writer>
CallResult Kernel::write_counted(Bytes text, const Writer& writer) {
  const std::uint64_t room = options_.max_output - output_bytes_;
  const Bytes allowed =
      text.first(static_cast<std::size_t>(std::min<std::uint64_t>(text.size(), room)));
  const bool is_last = allowed.size() < text.size();
  if (is_last) services_.console->hurry();
  if (!allowed.empty() && !writer(allowed)) {
    if (is_last) return end(EndRequest::kOutputLimit);
    return ++refused_writes_ < kRefusedWrites ? answer(Status::kIo) : end(EndRequest::kOutputGone);
  }
  refused_writes_ = 0;
  output_bytes_ += allowed.size();
  if (is_last) return end(EndRequest::kOutputLimit);
  return answer(text.size());
}

CallResult Kernel::grow(std::int64_t bytes) {
  const std::uint64_t base = options_.heap_base;
  const std::uint64_t old_end = heap_end_;
  std::uint64_t new_end = old_end;
  if (bytes < 0) {
    const std::uint64_t less = 0 - static_cast<std::uint64_t>(bytes);
    if (less > old_end - base) return answer(Status::kInvalid);
    new_end = old_end - less;
  } else {
    if (static_cast<std::uint64_t>(bytes) > options_.heap_limit - old_end)
      return answer(Status::kNoMemory);
    new_end = old_end + static_cast<std::uint64_t>(bytes);
  }
  const std::uint64_t all = options_.heap_limit - base;
  const bool mapped = options_.heap_mapped;
  const std::uint64_t old_size = mapped ? all : align_up(old_end - base, emu::kGuestPage);
  const std::uint64_t new_size = mapped ? all : align_up(new_end - base, emu::kGuestPage);
  if (new_size != old_size) {
    const auto moved = old_size == 0 ? memory_.map(base, new_size, emu::kRead | emu::kWrite, "heap")
                                     : memory_.resize(base, new_size);
    if (!moved) return answer(Status::kNoMemory);
  }
  // The rest of the old last page stays mapped and writable whatever the end is, so it may hold old
  // bytes.
  const std::uint64_t stale_end = std::min(new_end, base + old_size);
  if (old_end < stale_end) {
    memory_.for_each_piece(
        old_end, stale_end - old_end, emu::kWrite,
        [](std::span<std::uint8_t> piece) { std::ranges::fill(piece, std::uint8_t{0}); });
  }
  heap_end_ = new_end;
  peak_heap_ = std::max(peak_heap_, new_end - base);
  peak_memory_ = std::max(peak_memory_, memory_.used());
  return answer(old_end);
}

CallResult Kernel::load_overlay(std::uint64_t number) {
  if (number >= options_.overlays.size()) return answer(Status::kInvalid);
  const Overlay& one = options_.overlays[number];
  // Through write(), which tells the engine that other code is there now.
  if (!memory_.write(one.address, one.bytes)) return answer(Status::kInvalid);
  return answer(one.address);
}

std::span<const std::uint8_t> Kernel::block_of(const std::vector<std::string>& texts,
                                               std::vector<std::uint8_t>& kept) const {
  if (kept.empty()) {
    ByteWriter block(options_.byte_order);
    block.u32(static_cast<std::uint32_t>(texts.size()));
    for (const std::string& text : texts) {
      block.u32(static_cast<std::uint32_t>(text.size()));
      block.text(text);
    }
    kept = std::move(block).take();
  }
  return kept;
}

std::span<const std::uint8_t> Kernel::argument_block() {
  return block_of(options_.arguments, argument_block_);
}

std::span<const std::uint8_t> Kernel::environment_block() {
  return block_of(options_.environment, environment_block_);
}

}  // namespace cmos::syscalls
