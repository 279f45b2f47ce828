// Files and folders of the namespace.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <ctime>

#include "base/host_file.h"
#include "base/text.h"
#include "tools/cmos-fs/manager.h"

namespace cmos::fs {
namespace {

std::string_view kind_name(vfs::NodeKind kind) {
  switch (kind) {
    case vfs::NodeKind::kFile:
      return "file";
    case vfs::NodeKind::kDirectory:
      return "folder";
    case vfs::NodeKind::kProgram:
      return "program";
    case vfs::NodeKind::kMinidisk:
      return "mini-disk";
  }
  return "file";
}

std::string time_text(std::int64_t nanoseconds) {
  if (nanoseconds == 0) return "-";
  const auto seconds = static_cast<std::time_t>(nanoseconds / 1'000'000'000);
  return fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::gmtime(seconds));
}

std::string row(std::string_view kind, std::string_view size, std::string_view modified,
                std::string_view name) {
  return fmt::format("{:<9}  {:>12}  {:<19}  {}\n", kind, size, modified, presentable(name));
}

}  // namespace

std::string Manager::detail_line(const vfs::Path& path, std::string_view name) const {
  const auto info = names_->stat(path);
  if (!info) return row("refused", "-", "-", name);
  const bool folder = info->kind == vfs::NodeKind::kDirectory;
  return row(kind_name(info->kind), folder ? "-" : std::to_string(info->size),
             time_text(info->modified), name);
}

Result<void> Manager::list(const std::string& text, bool details) {
  CMOS_TRY(const vfs::Path path, parse_path(text));
  const auto info = names_->stat(path);
  if (!info) return fail(failure(info.error(), path));
  const bool single = info->kind == vfs::NodeKind::kFile || info->kind == vfs::NodeKind::kMinidisk;
  if (single)
    return say(details ? detail_line(path, path.text()) : presentable(path.text()) + "\n");
  const auto names = names_->list(path);
  // The top of the data branch exists from the start, the host's folder from the first write.
  if (!names && names.error() != vfs::VfsError::kNotFound)
    return fail(failure(names.error(), path));
  std::string out;
  if (names) {
    for (const std::string& name : *names)
      out += details ? detail_line(vfs::Path::of(vfs::join(path.joined(), name)), name)
                     : presentable(name) + "\n";
  }
  return say(out);
}

Result<void> Manager::print(const std::string& text) {
  CMOS_TRY(const vfs::Path path, parse_path(text));
  const auto file = names_->open(path, vfs::kRead);
  if (!file) return fail(failure(file.error(), path));
  std::array<std::uint8_t, std::size_t{1} << 16> buffer;
  for (;;) {
    const auto got = (*file)->read(buffer);
    if (!got) return fail(failure(got.error(), path));
    if (*got == 0) return {};
    CMOS_TRY_VOID(say(as_text(Bytes(buffer).first(*got))));
  }
}

Result<void> Manager::put(const std::string& host_file, const std::string& text) {
  CMOS_TRY(const vfs::Path path, parse_path(text));
  CMOS_TRY(const std::vector<std::uint8_t> content, read_host_file(host_file));
  const auto written = names_->write_whole(path, content);
  if (!written) return fail(failure(written.error(), path));
  return {};
}

Result<void> Manager::get(const std::string& text, const std::string& host_file) {
  CMOS_TRY(const vfs::Path path, parse_path(text));
  const auto content = names_->read_whole(path);
  if (!content) return fail(failure(content.error(), path));
  return write_host_file(host_file, **content);
}

Result<void> Manager::make_folder(const std::string& text) {
  CMOS_TRY(const vfs::Path path, parse_path(text));
  const auto made = names_->make_folder(path);
  if (!made) return fail(failure(made.error(), path));
  return {};
}

Result<void> Manager::remove_file(const std::string& text, bool with_content) {
  CMOS_TRY(const vfs::Path path, parse_path(text));
  if (with_content) return remove_tree(path);
  const auto removed = names_->remove(path);
  if (!removed) return fail(failure(removed.error(), path));
  return {};
}

Result<void> Manager::remove_tree(const vfs::Path& path) {
  auto removed = names_->remove(path);
  if (!removed && removed.error() == vfs::VfsError::kNotEmpty) {
    const auto names = names_->list(path);
    if (!names) return fail(failure(names.error(), path));
    for (const std::string& name : *names)
      CMOS_TRY_VOID(remove_tree(vfs::Path::of(vfs::join(path.joined(), name))));
    removed = names_->remove(path);
  }
  if (!removed) return fail(failure(removed.error(), path));
  return {};
}

}  // namespace cmos::fs
