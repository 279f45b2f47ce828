#include "tools/cmos-fs/manager.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/text.h"
#include "formats/cpe/cpe.h"
#include "tools/common/near.h"

namespace cmos::fs {
namespace {

using vfs::VfsError;

std::optional<vfs::MinidiskShape> probe(Bytes binary) {
  const auto read = cpe::read(binary, "");
  if (!read) return std::nullopt;
  return vfs::MinidiskShape{.size = read->executable.mini_disk_size,
                            .backup_name = read->executable.backup_name};
}

std::string_view explain(VfsError error) {
  if (error == VfsError::kMinidiskBusy)
    return "the mini-disk is in use (cmos-fs locks shows by whom)";
  return vfs::meaning(error);
}

std::string path_hint(const std::string& text) {
  if (text.find('/') != std::string::npos) return "names are separated by '\\', not by '/'";
  const bool prefix = text.size() > 5 && text[4] == ':' && text[5] != '\\';
  if (prefix)
    return "'Cmos:' is followed by '\\'; put the path in quotes, or the shell takes it away";
  return "a name has 1 to 255 bytes of UTF-8 without ':' and control characters";
}

}  // namespace

std::string cmos_text(std::string_view joined) {
  return presentable(vfs::Path::of(joined).text());
}

Result<vfs::Path> parse_path(const std::string& text) {
  auto path = vfs::Path::parse(text);
  if (path) return *std::move(path);
  return fail(ErrorCode::kUsage, fmt::format("{} is no path of CalamOS: {}",
                                             quote(as_bytes(text), 300), path_hint(text)));
}

Result<void> say(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size()) return {};
  return fail(ErrorCode::kHostIo, fmt::format("standard output: {}", std::strerror(errno)));
}

Result<void> finish_output() {
  if (std::fflush(stdout) == 0) return {};
  return fail(ErrorCode::kHostIo, fmt::format("standard output: {}", std::strerror(errno)));
}

Result<std::unique_ptr<Manager>> Manager::open(const std::string& root) {
  vfs::Config config;
  config.root = root;
  config.probe = probe;
  CMOS_TRY(auto names, vfs::Namespace::create(std::move(config)));
  return std::unique_ptr<Manager>(new Manager(std::move(names)));
}

/// Which name on the way to `path` is missing, and what may have been meant.
std::string Manager::missing(const vfs::Path& path) const {
  vfs::Path first = path;
  for (;;) {
    if (first.is_top()) return "";
    const vfs::Path above = vfs::Path::of(vfs::split_last(first.joined()).parent);
    const auto info = names_->stat(above);
    if (info || info.error() != VfsError::kNotFound) break;
    first = above;
  }
  std::string out;
  if (first != path) out = fmt::format("; there is no {}", first.text());
  const auto [parent, name] = vfs::split_last(first.joined());
  const auto names = names_->list(vfs::Path::of(parent));
  const auto near = names ? tools::nearest(name, *names) : std::nullopt;
  if (near) out += fmt::format("; did you mean '{}'?", cmos_text(vfs::join(parent, *near)));
  return out;
}

Error Manager::failure(VfsError error, const vfs::Path& path) const {
  std::string message(explain(error));
  if (error == VfsError::kNotFound) message += missing(path);
  if (error == VfsError::kAccess && registry_.in_use(path.joined()).value_or(false))
    message = "in use by a mini-disk (cmos-fs locks shows by whom)";
  else if (error == VfsError::kAccess && path.is_within("sys_apps"))
    message = "refused: programs are changed by install and remove, mini-disks by md";
  return Error{.code = error == VfsError::kNotFound ? ErrorCode::kNotFound : ErrorCode::kHostIo,
               .file = path.text(),
               .message = std::move(message)};
}

}  // namespace cmos::fs
