// From bytes to a program that can run.
#include <algorithm>
#include <memory>

#include "base/host_file.h"
#include "capi/process.h"
#include "formats/cpe/cpe.h"
#include "loader/cbc.h"

namespace cmos::capi {
namespace {

/// More than fits between the load address and the stack is no program; a bound keeps an endless
/// pipe out of memory.
constexpr std::uint64_t kMaxFile = 2ull << 30;

/// The namespace that the program and those that it launches share; nullptr without a root.
Result<std::unique_ptr<runtime::System>> make_system(cmos_process& self) {
  if (!self.root) {
    if (self.mounts.empty()) return nullptr;
    return cmos::fail(ErrorCode::kUsage, "a mount needs a root");
  }
  runtime::SystemOptions options;
  options.memory = std::make_shared<MemoryBudget>(self.options.limits.memory);
  options.config = [root = *self.root, mounts = self.mounts]() -> Result<vfs::Config> {
    return vfs::Config{.root = root, .mounts = mounts};
  };
  options.complain = [&self](const std::string& text) { fail(self, CMOS_HOST_IO, text); };
  auto system = std::make_unique<runtime::System>(std::move(options));
  // What the host names is checked at once; the root itself waits for the first call.
  if (!self.mounts.empty()) CMOS_TRY_VOID(system->open_or_error().map([](auto&&) {}));
  return system;
}

/// Makes `self.process` of the file, and all that it borrows; on failure nothing is left of it.
Result<void> load(cmos_process& self, vfs::SharedBytes bytes, const std::string& name) {
  CMOS_TRY(std::unique_ptr<runtime::System> system, make_system(self));
  auto file = loader::is_bytecode(*bytes) ? loader::read_bytecode(*bytes, name)
                                          : cpe::read(*bytes, name, {});
  if (!file) return tl::unexpected<Error>(std::move(file).error());
  runtime::ProcessOptions options = self.options;
  options.console = &self.console;
  options.path = runtime::program_path(name);
  options.arguments.insert(options.arguments.begin(), options.path);
  options.system = system.get();
  options.binary = bytes;
  if (self.trace != nullptr) options.observers.push_back(self.trace.get());
  if (system != nullptr)
    system->add_program({.name = vfs::program_name_for(name),
                         .binary = bytes,
                         .minidisk = {.size = file->executable.mini_disk_size,
                                      .backup_name = file->executable.backup_name}});
  CMOS_TRY(std::unique_ptr<runtime::Process> process,
           runtime::Process::load(*std::move(file), name, std::move(options)));
  std::vector<std::string> registers;
  for (const arch::Register& one : process->isa().cpu.general()) registers.emplace_back(one.name);
  self.arch = process->isa().arch;
  self.registers = std::move(registers);
  self.system = std::move(system);
  self.process = std::move(process);
  self.stoppable.store(self.process.get());
  return {};
}

cmos_status load_owned(cmos_process& self, std::vector<std::uint8_t> bytes,
                       const std::string& name) {
  const Busy busy(self);
  auto loaded =
      load(self, std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes)), name);
  return loaded ? CMOS_OK : fail(self, loaded.error());
}

}  // namespace
}  // namespace cmos::capi

using cmos::capi::fail;
using cmos::capi::guarded_option;

cmos_status cmos_load_file(cmos_process* process, const char* path) noexcept {
  return guarded_option(process, [&](cmos_process& self) {
    if (path == nullptr) return fail(self, CMOS_USAGE, "the path is NULL");
    auto bytes =
        cmos::read_host_file(path, std::min(cmos::capi::kMaxFile, self.options.limits.memory));
    if (!bytes) return fail(self, bytes.error());
    return cmos::capi::load_owned(self, *std::move(bytes), path);
  });
}

cmos_status cmos_load(cmos_process* process, const void* bytes, size_t size,
                      const char* name) noexcept {
  return guarded_option(process, [&](cmos_process& self) {
    if (bytes == nullptr || name == nullptr)
      return fail(self, CMOS_USAGE, "the program or its name is NULL");
    const auto* const first = static_cast<const std::uint8_t*>(bytes);
    return cmos::capi::load_owned(self, {first, first + size}, name);
  });
}

const char* cmos_arch(const cmos_process* process) noexcept {
  return process == nullptr || process->process == nullptr ? nullptr : process->arch.c_str();
}
