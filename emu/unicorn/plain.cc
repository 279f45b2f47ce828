// The plain build: the shared libunicorn as shipped, without a look inside. Slower in everything
// (emu/unicorn/tuned/tuned.h says why), and less exact:
//  - the pc of a memory fault is that of its block or near it (Fault::pc_exact), unless
//  instructions are counted;
//  - a store across the end of a mapping writes its first part;
//  - an x86 instruction that changes its own block is counted twice;
//  - step() and budgets take the instructions of a Thumb IT block together;
//  - a program can harm the host: the library ends the process on some instructions that do not
//  exist (emu/x86_undefined.h), and reuses its full translation buffer (1 GiB) while the code in it
//  is still in use (tuned/buffer.cc). Neither can be helped from outside: run nothing of strangers.
// There is always a hook, of blocks or, when instructions are counted, of each instruction. It
// looks for requested stops (uc_emu_stop() from elsewhere can be lost, and leaves a pc that cannot
// be resumed) and finds x86 code that must not run.
#ifndef CMOS_UNICORN_TUNED

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "emu/unicorn/backend.h"

namespace cmos::emu::unicorn {
namespace {

class Plain final : public Backend {
 public:
  explicit Plain(const BackendSetup& setup) : setup_(setup) {}

  Result<void> opened(uc_engine* uc) override {
    uc_ = uc;
    return {};
  }
  Result<void> ready() override {
    uc_hook hook{};
    const bool each = setup_.options.count_instructions;
    const uc_err error = uc_hook_add(
        uc_, &hook, each ? UC_HOOK_CODE : UC_HOOK_BLOCK,
        reinterpret_cast<void*>(each ? &Plain::on_instruction : &Plain::on_block), this, 1, 0);
    if (error == UC_ERR_OK) return {};
    return fail(ErrorCode::kInternal, fmt::format("unicorn: hook: {}", uc_strerror(error)));
  }
  void* processor_state() override { return nullptr; }
  uc_err run(std::uint64_t from) override {
    stepping_ = false;
    return uc_emu_start(uc_, from, 0, 0, 0);
  }
  uc_err step(std::uint64_t from) override {
    if (setup_.options.count_instructions) {
      stepping_ = true;
      stepped_ = false;
      return uc_emu_start(uc_, from, 0, 0, 0);
    }
    // The library's own hook for a count is not in blocks that were translated before it.
    if (!stepping_) uc_ctl_flush_tlb(uc_);
    stepping_ = true;
    return uc_emu_start(uc_, from, 0, 0, 1);
  }
  void interrupt() noexcept override {}  // the block hook sees BackendSetup::stop_wanted
  bool locate_fault() override { return setup_.options.count_instructions; }
  void leave_run() override {}
  uc_err map(std::uint64_t base, std::uint64_t size, std::uint32_t permissions,
             void* host) override {
    return uc_mem_map_ptr(uc_, base, size, permissions, host);
  }
  void unmap(std::uint64_t base, std::uint64_t size) override { uc_mem_unmap(uc_, base, size); }
  void forget_code(std::uint64_t base, std::uint64_t size) override {
    uc_ctl_remove_cache(uc_, base, base + size);
  }

 private:
  /// A block as it was when its bytes were read.
  struct Known {
    Block block;
    bool thumb = false;
    std::vector<std::uint8_t> code;
  };

  static void on_block(uc_engine*, std::uint64_t address, std::uint32_t size, void* self) {
    auto* plain = static_cast<Plain*>(self);
    plain->setup_.listener.on_block(plain->look_up(address, size));
  }

  static void on_instruction(uc_engine* uc, std::uint64_t address, std::uint32_t size, void* self) {
    auto* plain = static_cast<Plain*>(self);
    if (plain->stepping_ && plain->stepped_) {
      uc_emu_stop(uc);
      return;
    }
    plain->stepped_ = true;
    // The size of an instruction that the library does not know is a large number.
    plain->setup_.listener.on_block(plain->look_up(address, std::min(size, 15u)));
  }

  const Block& look_up(std::uint64_t address, std::uint32_t size) {
    Known& known = known_[address];
    const bool thumb = setup_.cpu.is_thumb(uc_);
    scratch_.resize(size);
    if (!setup_.memory.peek(address, scratch_)) scratch_.clear();
    if (known.block.size != size || known.thumb != thumb || known.code != scratch_)
      describe(known, address, size, thumb);
    return known.block;
  }

  void describe(Known& known, std::uint64_t address, std::uint32_t size, bool thumb) {
    known.thumb = thumb;
    known.code = scratch_;
    const Bytes code(known.code);
    std::uint32_t instructions = 0;
    for (std::size_t at = 0; at < code.size(); ++instructions) {
      const unsigned length = setup_.cpu.instruction_length(code.subspan(at), thumb);
      at += std::max(length, 1u);
    }
    known.block = {.address = address,
                   .size = size,
                   .instructions = instructions,
                   .repeat = setup_.cpu.find_repeat(address, code),
                   .refused = setup_.cpu.find_refused(address, code)};
  }

  BackendSetup setup_;
  uc_engine* uc_ = nullptr;
  bool stepping_ = false, stepped_ = false;
  std::unordered_map<std::uint64_t, Known> known_;
  std::vector<std::uint8_t> scratch_;
};

}  // namespace

std::string_view engine_name() {
  return "unicorn 2.0 (plain)";
}

Result<void> check_library() {
  const unsigned version = uc_version(nullptr, nullptr);
  if (version >> 24 == UC_API_MAJOR) return {};
  return fail(ErrorCode::kUnsupported,
              fmt::format("libunicorn is version {}, this build needs version {}", version >> 24,
                          UC_API_MAJOR));
}

std::unique_ptr<Backend> make_backend(const BackendSetup& setup) {
  return std::make_unique<Plain>(setup);
}

}  // namespace cmos::emu::unicorn

#endif  // !CMOS_UNICORN_TUNED
