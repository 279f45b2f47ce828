// Registers, memory and symbols.
#include <fmt/format.h>

#include <optional>

#include "base/bytes.h"
#include "base/text.h"
#include "capi/process.h"

namespace cmos::capi {
namespace {

std::uint64_t mask_of(const arch::RegisterPart& part) {
  return part.bits >= 64 ? ~0ull : (1ull << part.bits) - 1;
}

/// Calls `act(part)` with the register that has the name.
template <class Act>
cmos_status with_register(cmos_process* handle, const char* name, Act&& act) noexcept {
  return guarded_loaded(handle, [&](cmos_process& self) {
    if (name == nullptr) return fail(self, CMOS_USAGE, "the register's name is NULL");
    const auto part = self.process->isa().cpu.part_named(name);
    if (!part)
      return fail(
          self, CMOS_NOT_FOUND,
          fmt::format("{} has no register '{}'", self.process->isa().cpu.name, presentable(name)));
    return act(self, *part);
  });
}

cmos_status no_memory_at(cmos_process& self, std::uint64_t address, std::size_t size) {
  return fail(self, CMOS_NOT_FOUND,
              fmt::format("{} bytes from 0x{:08x} on are not all mapped (0x{:08x}: {})", size,
                          address, address, self.process->memory().describe(address)));
}

}  // namespace
}  // namespace cmos::capi

using cmos::capi::fail;
using cmos::capi::guarded_loaded;

size_t cmos_register_count(const cmos_process* process) noexcept {
  return process == nullptr ? 0 : process->registers.size();
}

const char* cmos_register_name(const cmos_process* process, size_t index) noexcept {
  return index < cmos_register_count(process) ? process->registers[index].c_str() : nullptr;
}

cmos_status cmos_read_register(cmos_process* process, const char* name, uint64_t* value) noexcept {
  return cmos::capi::with_register(
      process, name, [&](cmos_process& self, const cmos::arch::RegisterPart& part) {
        if (value == nullptr) return fail(self, CMOS_USAGE, "there is no place for the value");
        const std::uint64_t whole = self.process->engine().read_register(part.whole);
        *value = (whole >> part.shift) & cmos::capi::mask_of(part);
        return CMOS_OK;
      });
}

cmos_status cmos_write_register(cmos_process* process, const char* name, uint64_t value) noexcept {
  return cmos::capi::with_register(
      process, name, [&](cmos_process& self, const cmos::arch::RegisterPart& part) {
        cmos::emu::Engine& engine = self.process->engine();
        if (part.whole == engine.isa().cpu.pc) {
          engine.jump(value);
          return CMOS_OK;
        }
        const std::uint64_t mask = cmos::capi::mask_of(part) << part.shift;
        const std::uint64_t rest = engine.read_register(part.whole) & ~mask;
        engine.write_register(part.whole, rest | ((value << part.shift) & mask));
        return CMOS_OK;
      });
}

cmos_status cmos_read_memory(cmos_process* process, uint64_t address, void* bytes,
                             size_t size) noexcept {
  return guarded_loaded(process, [&](cmos_process& self) {
    if (size == 0) return CMOS_OK;
    if (bytes == nullptr) return fail(self, CMOS_USAGE, "there is no place for the bytes");
    if (!self.process->memory().peek(address, {static_cast<std::uint8_t*>(bytes), size}))
      return cmos::capi::no_memory_at(self, address, size);
    return CMOS_OK;
  });
}

cmos_status cmos_write_memory(cmos_process* process, uint64_t address, const void* bytes,
                              size_t size) noexcept {
  return guarded_loaded(process, [&](cmos_process& self) {
    if (size == 0) return CMOS_OK;
    if (bytes == nullptr) return fail(self, CMOS_USAGE, "the bytes are NULL");
    if (!self.process->memory().poke(address, {static_cast<const std::uint8_t*>(bytes), size}))
      return cmos::capi::no_memory_at(self, address, size);
    return CMOS_OK;
  });
}

cmos_status cmos_find_symbol(cmos_process* process, const char* name, uint64_t* address) noexcept {
  return guarded_loaded(process, [&](cmos_process& self) {
    if (name == nullptr || address == nullptr)
      return fail(self, CMOS_USAGE, "the symbol's name or the place for its address is NULL");
    for (const cmos::cpe::Symbol& symbol : self.process->file().executable.symbols) {
      if (symbol.name != name) continue;
      *address = self.process->placement().image_base + symbol.offset;
      return CMOS_OK;
    }
    return fail(self, CMOS_NOT_FOUND,
                fmt::format("the program has no symbol '{}'", cmos::presentable(name)));
  });
}
