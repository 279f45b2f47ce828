// CP/M's drives as folders of the host. A file of user 0 lies in the folder itself, one of user n
// in its sub-folder "n". Names are 8.3 in upper case there; a host's name in other case is the same
// file, one that does not fit 8.3 is not seen, and nothing but regular files is. No name leads out
// of the folder: names have no separators, and links are not followed.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "syscalls/cpm/fcb.h"

namespace cmos::cpm {

inline constexpr unsigned kDrives = 16;
inline constexpr unsigned kUsers = 16;

struct DriveMount {
  std::string folder;  ///< of the host
  bool read_only = false;
};

/// "A:=DIR[:ro]": the drive's number and its folder. Fails with kUsage.
Result<std::pair<unsigned, DriveMount>> parse_drive(std::string_view text);

/// Where a file is.
struct FilePlace {
  unsigned drive = 0;
  unsigned user = 0;
  FileName name;
  auto operator<=>(const FilePlace&) const = default;
};

/// What went wrong, for the BDOS to answer with.
enum class DriveError : std::uint8_t { kNone, kNotFound, kReadOnly, kNoSpace, kHost };

class Drives {
 public:
  Drives();
  ~Drives();
  Drives(const Drives&) = delete;
  Drives& operator=(const Drives&) = delete;

  /// kHostIo, naming the folder, when it cannot be opened.
  Result<void> mount(unsigned drive, const DriveMount& mount);
  bool mounted(unsigned drive) const;
  /// One bit for each drive that is there, and each that may not be written.
  std::uint16_t mounted_bits() const;
  std::uint16_t read_only_bits() const;

  /// Names of files that fit, sorted.
  std::vector<FileName> list(unsigned drive, unsigned user, const FileName& pattern);
  DriveError make(const FilePlace& place);
  DriveError remove(const FilePlace& place);
  DriveError rename(const FilePlace& place, const FileName& to);
  /// Nothing when there is no such file.
  std::optional<std::uint64_t> size(const FilePlace& place);
  /// Bytes read, 0 at the end; nothing when the host failed.
  std::optional<std::size_t> read(const FilePlace& place, std::uint64_t at,
                                  std::span<std::uint8_t> out);
  DriveError write(const FilePlace& place, std::uint64_t at, Bytes data);
  /// Lets go of an open file; what was written is with the host.
  bool close(const FilePlace& place);

 private:
  struct Folder;
  struct OpenFile {
    int descriptor = -1;
    bool writable = false;
  };
  int open_user(unsigned drive, unsigned user, bool make);
  std::optional<std::string> host_name(int folder, const FileName& name) const;
  OpenFile* open(const FilePlace& place, bool writable, DriveError& error);
  /// Instead of what was open there; a file that was opened before is closed when there are many.
  OpenFile& keep(const FilePlace& place, const OpenFile& file);

  std::array<std::unique_ptr<Folder>, kDrives> drives_;
  std::map<FilePlace, OpenFile> open_;
};

}  // namespace cmos::cpm
