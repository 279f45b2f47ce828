// What cmos-fs does to a root folder, one function per command. Each prints what it has to say on
// stdout and returns what went wrong; the errors name the path. Nothing is ever half-written: files
// appear whole or not at all.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "minidisk/minidisk.h"
#include "vfs/namespace.h"

namespace cmos::fs {

class Manager {
 public:
  static Result<std::unique_ptr<Manager>> open(const std::string& root);

  // ---- files (files.cc); paths as abi 5
  Result<void> list(const std::string& path, bool details);
  Result<void> print(const std::string& path);
  Result<void> put(const std::string& host_file, const std::string& path);
  Result<void> get(const std::string& path, const std::string& host_file);
  Result<void> make_folder(const std::string& path);
  Result<void> remove_file(const std::string& path, bool with_content);

  // ---- programs (programs.cc)
  /// `name` empty: from the host file's name. A file that cmos-run would refuse is refused.
  Result<void> install(const std::string& host_file, const std::string& name, bool replace);
  Result<void> uninstall(const std::string& program, bool with_minidisk);

  // ---- mini-disks (minidisks.cc); `program` is a name or a path in Cmos:\sys_apps
  Result<void> show_minidisk(const std::string& program);
  Result<void> export_minidisk(const std::string& program, const std::string& host_file);
  Result<void> import_minidisk(const std::string& program, const std::string& host_file);
  Result<void> reset_minidisk(const std::string& program);
  Result<void> list_locks(bool all);

 private:
  struct Disk {
    std::string program;
    vfs::MinidiskShape shape;
    vfs::BackingPlace place;
  };

  explicit Manager(std::unique_ptr<vfs::Namespace> names)
      : names_(std::move(names)), registry_(*names_) {}

  Error failure(vfs::VfsError error, const vfs::Path& path) const;
  std::string missing(const vfs::Path& path) const;
  Result<void> remove_tree(const vfs::Path& path);
  std::string detail_line(const vfs::Path& path, std::string_view name) const;

  Result<std::string> program_name(const std::string& text) const;
  Result<Disk> find_disk(const std::string& text) const;
  Result<void> replace_content(const Disk& disk, Bytes content);
  minidisk::Options as_last_flushed(const Disk& disk) const;
  /// "process 12", or empty when nobody holds it.
  Result<std::string> holder(const std::string& identity) const;
  Error disk_failure(vfs::VfsError error, const Disk& disk, const minidisk::Minidisk& opened) const;

  std::unique_ptr<vfs::Namespace> names_;
  minidisk::Registry registry_;
};

/// kUsage, with what is wrong, for what is no path.
Result<vfs::Path> parse_path(const std::string& text);
/// Of a joined path or a mini-disk's identity: `Cmos:\data\notes`.
std::string cmos_text(std::string_view joined);
/// To stdout. kHostIo when the host refused.
Result<void> say(std::string_view text);
/// What say() has kept back so far.
Result<void> finish_output();

}  // namespace cmos::fs
