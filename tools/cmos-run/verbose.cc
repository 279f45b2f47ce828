#include "tools/cmos-run/verbose.h"

#include <fmt/format.h>

#include <string>

#include "base/text.h"
#include "runtime/report/symbols.h"
#include "tools/common/diagnostics.h"

namespace cmos::run {
namespace {

std::string counted(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string permissions_text(emu::Permissions permissions) {
  return {(permissions & emu::kRead) != 0 ? 'r' : '-', (permissions & emu::kWrite) != 0 ? 'w' : '-',
          (permissions & emu::kExecute) != 0 ? 'x' : '-'};
}

void tell_file(const runtime::Process& process) {
  const cpe::Executable& file = process.file().executable;
  std::string text =
      fmt::format("{}: ARCH {}, {} of code, {}", process.name(), file.arch,
                  counted(file.code.size(), "byte"), counted(file.symbols.size(), "symbol"));
  if (file.mini_disk_size != 0) text += fmt::format(", mini-disk of {} bytes", file.mini_disk_size);
  if (!file.backup_name.empty()) text += fmt::format(" in {}", file.backup_name);
  if (file.signature) text += fmt::format(", signed by {}", file.signature->author);
  tools::note(text);
}

void tell_engine(const emu::Isa& isa) {
  const auto row = emu::EngineTable::built_in().find(isa.arch);
  if (!row) return;
  tools::note(fmt::format("engine for {}: {}{}{}", isa.arch, (*row)->engine,
                          (*row)->baseline.empty() ? "" : ", ", (*row)->baseline));
}

}  // namespace

void tell_namespace(const vfs::Config& config) {
  using Kind = vfs::OverlayChoice::Kind;
  tools::note(fmt::format("Cmos: is {}", config.root));
  for (const vfs::Mount& mount : config.mounts)
    tools::note(fmt::format("{} is {}{}", mount.at.text(), mount.host_path,
                            mount.read_only ? ", read-only" : ""));
  if (config.overlay.kind == Kind::kKeep)
    tools::note(fmt::format("what is written goes to {}", config.overlay.folder));
  if (config.overlay.kind == Kind::kDiscard) tools::note("what is written vanishes at the end");
}

void tell_confinement(const sandbox::Confinement& got) {
  tools::note(got.complete() ? "the emulator is confined: files by Landlock, host calls by seccomp"
                             : "the emulator is not confined: " + got.missing);
}

void tell_process(const runtime::Process& process) {
  tell_file(process);
  tell_engine(process.isa());
  for (const auto& [base, region] : process.memory().regions())
    tools::note(fmt::format("mapped 0x{:08x}-0x{:08x} {} {}", base, region.end(),
                            permissions_text(region.permissions), region.name));
  const loader::Placement& placement = process.placement();
  const runtime::SymbolIndex symbols(process.file(), placement.image_base, placement.image_end);
  const emu::Engine& engine = process.engine();
  const std::uint64_t entry = engine.read_register(engine.isa().cpu.pc);
  tools::note(fmt::format("entry point 0x{:08x} {}{}", entry, symbols.text(entry),
                          engine.thumb() ? " (Thumb)" : ""));
}

}  // namespace cmos::run
