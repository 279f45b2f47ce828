// Whole host files. The errors say which of "not found", "cannot be read" and "host I/O" it was.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace cmos {

/// Reads a whole regular file (or pipe). Fails with kNotFound, kUnreadable (a directory, no
/// permission) or kHostIo.
Result<std::vector<std::uint8_t>> read_host_file(const std::string& path,
                                                 std::uint64_t max_size = UINT64_MAX);

/// Permissions of a new file, of which the user's umask takes its share.
enum class FileMode : std::uint16_t {
  kData = 0666,
  kProgram = 0777,  ///< what a linker makes: `make check` starts it by its name
};

/// Writes `data` aside and renames it over `path`, so that a failure leaves the old file whole;
/// what is there and not a regular file (a device, a pipe, a link) is written in place. kHostIo on
/// failure.
Result<void> write_host_file(const std::string& path, Bytes data, FileMode mode = FileMode::kData);

/// Whether write_host_file() may be expected to do so: fails as it would. Nothing is written.
Result<void> check_can_write(const std::string& path);

/// Whether there is a regular file, perhaps behind a link.
bool is_plain_file(const std::string& path);

}  // namespace cmos
