#include "runtime/process/system.h"

#include <utility>

#include "formats/cpe/cpe.h"

namespace cmos::runtime {

std::optional<vfs::MinidiskShape> minidisk_shape_of(Bytes binary) {
  const auto file = cpe::read(binary, "");
  if (!file) return std::nullopt;
  return vfs::MinidiskShape{.size = file->executable.mini_disk_size,
                            .backup_name = file->executable.backup_name};
}

Result<void> System::set_up() {
  if (!options_.config)
    return fail(ErrorCode::kUsage, "there is no root folder for the namespace Cmos:");
  CMOS_TRY(vfs::Config config, options_.config());
  if (!config.probe) config.probe = minidisk_shape_of;
  if (options_.memory != nullptr) config.memory = options_.memory;
  CMOS_TRY(shared_.names, vfs::Namespace::create(std::move(config)));
  shared_.names->set_stop_check([this] { return stopping_.load(); });
  shared_.registry = std::make_unique<minidisk::Registry>(*shared_.names);
  if (program_) register_program(*std::exchange(program_, std::nullopt));
  return {};
}

void System::register_program(vfs::Program program) {
  [[maybe_unused]] const auto valid = shared_.names->register_program(std::move(program));
}

void System::add_program(vfs::Program program) {
  if (shared_.names != nullptr) {
    register_program(std::move(program));
  } else {
    program_ = std::move(program);
  }
}

Result<System::Shared*> System::open_or_error() {
  const std::lock_guard lock(opening_);
  if (!opened_) {
    opened_ = true;
    if (auto done = set_up(); !done) error_ = std::move(done).error();
  }
  if (error_) return fail(*error_);
  return &shared_;
}

vfs::VfsResult<System::Shared*> System::open() {
  const bool first = !opened_;
  auto shared = open_or_error();
  if (shared) return *shared;
  if (first) options_.complain("no files and no mini-disk: " + shared.error().text());
  return vfs::refuse(vfs::VfsError::kIo);
}

void System::fail_late(const std::string& text) {
  failed_ = true;
  options_.complain(text);
}

}  // namespace cmos::runtime
