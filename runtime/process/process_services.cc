#include "runtime/process/process_services.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "runtime/process/process.h"

namespace cmos::runtime {

using vfs::refuse;
using vfs::VfsError;

// ---- files --------------------------------------------------------------------------------------

vfs::VfsResult<vfs::Namespace*> ProcessServices::names() {
  CMOS_VFS_TRY(System::Shared* const shared, system_.open());
  return shared->names.get();
}

vfs::VfsResult<vfs::Handles*> ProcessServices::handles() {
  if (!handles_) {
    CMOS_VFS_TRY(vfs::Namespace* const shared_names, names());
    handles_.emplace(*shared_names);
  }
  return &*handles_;
}

void ProcessServices::close_files() {
  if (handles_) handles_->close_all();
}

// ---- mini-disk ----------------------------------------------------------------------------------

vfs::VfsResult<minidisk::Minidisk*> ProcessServices::minidisk() {
  if (minidisk_closed_) return refuse(VfsError::kMinidiskClosed);
  if (!minidisk_) {
    CMOS_VFS_TRY(System::Shared* const shared, system_.open());
    const cpe::Executable& file = process_.file().executable;
    minidisk::Options options{
        .program = process_.program_name(),
        .shape = {.size = file.mini_disk_size, .backup_name = file.backup_name},
        .policy = system_.options().minidisk,
        .ephemeral = system_.options().ephemeral,
        .chain = {.process = process_.number(), .ancestors = ancestors_}};
    options.policy.stop_requested = [this] { return process_.stop_requested(); };
    minidisk_.emplace(*shared->registry, std::move(options));
  }
  return &*minidisk_;
}

void ProcessServices::used(minidisk::Minidisk& disk) {
  if (disk.held() && !binary_noted_) note_binary();
  if (disk.held() != held_) {
    held_ = disk.held();
    std::string place = disk.identity();
    std::replace(place.begin(), place.end(), '/', '\\');
    system_.note(fmt::format("mini-disk Cmos:\\{} of {}: {}", place, process_.path(),
                             held_ ? "locked" : "given back"));
  }
  if (!disk.failure()) return;
  // A guest that tries again and again is not to fill the user's screen.
  if (std::string text = disk.failure()->text(); text != told_) {
    system_.warn(text);
    told_ = std::move(text);
  }
}

void ProcessServices::note_binary() {
  binary_noted_ = true;
  if (process_.binary() == nullptr) return;
  const auto shared = system_.open();
  if (!shared) return;
  const auto other = (*shared)->names->note_binary(process_.program_name(), *process_.binary());
  if (other.value_or(false)) {
    system_.warn(process_.path() + ": another binary of this name used this mini-disk before");
  }
}

void ProcessServices::close_minidisk() {
  minidisk_closed_ = true;
  if (!minidisk_ || minidisk_->close()) return;
  const auto& failure = minidisk_->failure();
  system_.fail_late(process_.path() + ": the mini-disk could not be saved: " +
                    (failure ? failure->text() : "the host failed to write"));
}

// ---- metadata -----------------------------------------------------------------------------------

std::vector<std::uint8_t> program_value(const Process& process, syscalls::Query query) {
  const cpe::Executable& file = process.file().executable;
  const auto signature = file.signature.value_or(cpe::Signature{});
  ByteWriter out(process.isa().cpu.byte_order);
  switch (query) {
    case syscalls::Query::kVersion:
      out.u32(file.version);
      break;
    case syscalls::Query::kArch:
      out.text(file.arch);
      break;
    case syscalls::Query::kAuthor:
      out.text(signature.author);
      break;
    case syscalls::Query::kSite:
      out.text(signature.site);
      break;
    case syscalls::Query::kAuthorHash:
      out.u32(signature.author_hash);
      break;
    case syscalls::Query::kMiniDiskSize:
      out.u32(file.mini_disk_size);
      break;
    case syscalls::Query::kEntryOffset:
      out.u32(file.entry_offset);
      break;
    case syscalls::Query::kPath:
      out.text(process.path());
      break;
    case syscalls::Query::kSymbolCount:
      out.u32(static_cast<std::uint32_t>(file.symbols.size()));
      break;
  }
  return std::move(out).take();
}

}  // namespace cmos::runtime
