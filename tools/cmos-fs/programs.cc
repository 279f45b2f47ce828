// Installed programs.
#include <fmt/format.h>

#include "base/host_file.h"
#include "base/text.h"
#include "formats/cpe/cpe.h"
#include "tools/cmos-fs/manager.h"
#include "tools/common/diagnostics.h"

namespace cmos::fs {
namespace {

vfs::Path program_path(std::string_view name) {
  return vfs::Path::of(vfs::join("sys_apps", name));
}

}  // namespace

Result<std::string> Manager::program_name(const std::string& text) const {
  if (vfs::valid_component(text)) return text;
  const auto path = vfs::Path::parse(text);
  if (path && path->is_within("sys_apps") && path->depth() >= 2)
    return std::string(path->components()[1]);
  return fail(ErrorCode::kUsage,
              fmt::format("{} is no program's name", quote(as_bytes(text), 300)));
}

Result<void> Manager::install(const std::string& host_file, const std::string& name, bool replace) {
  CMOS_TRY(const std::vector<std::uint8_t> binary, read_host_file(host_file));
  CMOS_TRY(const cpe::ReadResult program, cpe::read(binary, host_file));
  std::string chosen = vfs::program_name_for(host_file);
  if (!name.empty()) {
    CMOS_TRY(chosen, program_name(name));
  }
  const vfs::Path path = program_path(chosen);
  const auto present = names_->stat(path);
  if (present && !replace)
    return fail(Error{.code = ErrorCode::kHostIo,
                      .file = path.text(),
                      .message = "is installed already; --force replaces it"});
  for (const Finding& finding : program.findings) {
    if (finding.severity == Severity::kWarning) tools::warn(finding.where.text());
  }
  const auto installed = names_->install_program(chosen, binary);
  if (!installed) return fail(failure(installed.error(), path));
  return say(presentable(path.text()) + "\n");
}

Result<void> Manager::uninstall(const std::string& program, bool with_minidisk) {
  CMOS_TRY(const std::string name, program_name(program));
  const vfs::Path path = program_path(name);
  const auto info = names_->stat(path);
  if (!info) return fail(failure(info.error(), path));

  const auto shape = names_->minidisk_shape(name);
  if (!shape) return fail(failure(shape.error(), path));
  const auto place = names_->backing_place(name, shape->backup_name);
  const auto own_place = names_->backing_place(name, "");
  if (!place || !own_place) return fail(failure(vfs::VfsError::kInvalid, path));
  std::optional<minidisk::Lock> lock;
  const bool own_file = own_place->volume->stat(own_place->path).has_value();
  if (with_minidisk && own_file) {
    auto taken = registry_.acquire(own_place->identity, {}, {});
    if (!taken) return fail(failure(taken.error(), vfs::Path::of(own_place->identity)));
    lock = *std::move(taken);
  }
  const auto removed = names_->uninstall_program(name, !with_minidisk);
  if (lock) registry_.release(own_place->identity, *std::move(lock));
  if (!removed) return fail(failure(removed.error(), path));

  // What was kept may be what the user wants back, or wanted gone.
  const bool in_data = place->identity != own_place->identity;
  const bool kept =
      in_data ? place->volume->stat(place->path).has_value() : own_file && !with_minidisk;
  if (!kept) return {};
  return say(fmt::format("the mini-disk stays in {}\n", cmos_text(place->identity)));
}

}  // namespace cmos::fs
