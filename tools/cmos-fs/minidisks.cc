// Mini-disks and who holds them.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "base/host_file.h"
#include "tools/cmos-fs/manager.h"
#include "tools/common/diagnostics.h"

namespace cmos::fs {
namespace {

constexpr std::size_t kRow = 16;

/// As `hexdump -C`: equal rows in sequence are one `*`.
class HexDump {
 public:
  /// `data` are whole rows, but for the last call.
  Result<void> add(Bytes data) {
    std::string out;
    for (; !data.empty(); data = data.subspan(std::min(kRow, data.size())))
      add_row(out, data.first(std::min(kRow, data.size())));
    return say(out);
  }
  Result<void> end() const { return say(fmt::format("{:08x}\n", offset_)); }

 private:
  void add_row(std::string& out, Bytes row) {
    const bool again = row.size() == kRow && std::ranges::equal(row, last_);
    if (!again) {
      write_row(out, row);
    } else if (!starred_) {
      out += "*\n";
    }
    starred_ = again;
    last_.assign(row.begin(), row.end());
    offset_ += row.size();
  }

  void write_row(std::string& out, Bytes row) const {
    auto to = std::back_inserter(out);
    fmt::format_to(to, "{:08x} ", offset_);
    for (std::size_t i = 0; i < kRow; ++i) {
      if (i == kRow / 2) out += ' ';
      if (i < row.size()) {
        fmt::format_to(to, " {:02x}", row[i]);
      } else {
        out += "   ";
      }
    }
    out += "  |";
    for (const std::uint8_t byte : row)
      out += byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '.';
    out += "|\n";
  }

  std::uint64_t offset_ = 0;
  std::vector<std::uint8_t> last_;
  bool starred_ = false;
};

}  // namespace

Error Manager::disk_failure(vfs::VfsError error, const Disk& disk,
                            const minidisk::Minidisk& opened) const {
  if (opened.failure()) return *opened.failure();
  Error out = failure(error, vfs::Path::of(disk.place.identity));
  if (error != vfs::VfsError::kMinidiskBusy) return out;
  const auto by = holder(disk.place.identity);
  if (by && !by->empty()) out.message = fmt::format("the mini-disk is in use by {}", *by);
  return out;
}

Result<std::string> Manager::holder(const std::string& identity) const {
  const auto locks = minidisk::list_locks(*names_->state_folder());
  if (!locks) return fail(failure(locks.error(), vfs::Path::of(identity)));
  for (const minidisk::LockInfo& lock : *locks) {
    if (lock.identity != identity || !lock.held) continue;
    return lock.host_pid ? fmt::format("process {}", *lock.host_pid)
                         : std::string("an unknown process");
  }
  return std::string();
}

Result<Manager::Disk> Manager::find_disk(const std::string& text) const {
  CMOS_TRY(Disk disk, [&]() -> Result<Disk> {
    CMOS_TRY(std::string program, program_name(text));
    return Disk{.program = std::move(program), .shape = {}, .place = {}};
  }());
  const vfs::Path path = vfs::Path::of(vfs::join("sys_apps", disk.program));
  const auto shape = names_->minidisk_shape(disk.program);
  if (!shape && shape.error() != vfs::VfsError::kNotFound)
    return fail(failure(shape.error(), path));
  if (shape) disk.shape = *shape;
  auto place = names_->backing_place(disk.program, disk.shape.backup_name);
  if (!place) return fail(failure(place.error(), path));
  disk.place = *std::move(place);
  if (!shape) {
    // A program that was only run, or is gone, leaves the file of its mini-disk.
    const auto file = disk.place.volume->stat(disk.place.path);
    if (!file || file->kind != vfs::NodeKind::kFile || file->size > UINT32_MAX)
      return fail(failure(vfs::VfsError::kNotFound, path));
    disk.shape.size = static_cast<std::uint32_t>(file->size);
  }
  if (disk.shape.size == 0)
    return fail(
        Error{.code = ErrorCode::kNotFound, .file = path.text(), .message = "it has no mini-disk"});
  return disk;
}

/// A flush is atomic, so what is on disk is whole also while somebody holds the lock.
minidisk::Options Manager::as_last_flushed(const Disk& disk) const {
  minidisk::Options options;
  options.program = disk.program;
  options.shape = disk.shape;
  options.ephemeral = true;
  return options;
}

Result<void> Manager::show_minidisk(const std::string& program) {
  CMOS_TRY(const Disk disk, find_disk(program));
  CMOS_TRY(const std::string by, holder(disk.place.identity));
  minidisk::Minidisk opened(registry_, as_last_flushed(disk));
  std::array<std::uint8_t, std::size_t{1} << 16> buffer;
  auto got = opened.read(0, buffer);
  if (!got) return fail(disk_failure(got.error(), disk, opened));

  const bool written = disk.place.volume->stat(disk.place.path).has_value();
  CMOS_TRY_VOID(say(fmt::format("program  {}\nsize     {} bytes\nkept in  {}{}\nin use   {}\n\n",
                                disk.program, disk.shape.size, cmos_text(disk.place.identity),
                                written ? "" : " (nothing written yet)",
                                by.empty() ? "no" : fmt::format("by {}", by))));
  HexDump dump;
  for (std::uint64_t offset = 0; *got != 0; got = opened.read(offset, buffer)) {
    CMOS_TRY_VOID(dump.add(Bytes(buffer).first(*got)));
    offset += *got;
  }
  return dump.end();
}

Result<void> Manager::export_minidisk(const std::string& program, const std::string& host_file) {
  CMOS_TRY(const Disk disk, find_disk(program));
  CMOS_TRY(const std::string by, holder(disk.place.identity));
  minidisk::Minidisk opened(registry_, as_last_flushed(disk));
  std::vector<std::uint8_t> content(disk.shape.size);
  const auto got = opened.read(0, content);
  if (!got) return fail(disk_failure(got.error(), disk, opened));
  if (!by.empty())
    tools::warn(fmt::format("{}: in use by {}; this is what was flushed last",
                            cmos_text(disk.place.identity), by));
  return write_host_file(host_file, content);
}

Result<void> Manager::replace_content(const Disk& disk, Bytes content) {
  minidisk::Options options;
  options.program = disk.program;
  options.shape = disk.shape;
  minidisk::Minidisk opened(registry_, std::move(options));
  const auto replaced = opened.replace(content);
  if (!replaced) return fail(disk_failure(replaced.error(), disk, opened));
  return {};
}

Result<void> Manager::import_minidisk(const std::string& program, const std::string& host_file) {
  CMOS_TRY(const Disk disk, find_disk(program));
  CMOS_TRY(const std::vector<std::uint8_t> content, read_host_file(host_file));
  if (content.size() > disk.shape.size)
    return fail(Error{.code = ErrorCode::kHostIo,
                      .file = host_file,
                      .field = "size",
                      .found = fmt::format("{} bytes", content.size()),
                      .expected = fmt::format("at most {} bytes, the mini-disk of {}",
                                              disk.shape.size, disk.program)});
  return replace_content(disk, content);
}

Result<void> Manager::reset_minidisk(const std::string& program) {
  CMOS_TRY(const Disk disk, find_disk(program));
  return replace_content(disk, {});
}

Result<void> Manager::list_locks(bool all) {
  const auto locks = minidisk::list_locks(*names_->state_folder());
  if (!locks) return fail(failure(locks.error(), vfs::Path()));
  std::string out;
  for (const minidisk::LockInfo& lock : *locks) {
    if (!lock.held && !all) continue;
    const std::string by = !lock.held      ? "free"
                           : lock.host_pid ? fmt::format("process {}", *lock.host_pid)
                                           : std::string("an unknown process");
    out += fmt::format("{:<20}  {}\n", by, cmos_text(lock.identity));
  }
  return say(out);
}

}  // namespace cmos::fs
