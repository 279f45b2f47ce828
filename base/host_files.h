// Several host files that belong together: all of them are written, or none is.
#pragma once

#include <span>
#include <string>

#include "base/bytes.h"
#include "base/error.h"

namespace cmos {

struct HostFile {
  std::string path;
  Bytes data;
};

/// As write_host_file() for each: everything is written aside before the first old file is
/// replaced, so that a full disk or a folder without permission leaves all of them as they were.
/// What is no regular file (a device, a pipe) is written in place, before the others are replaced.
Result<void> write_host_files(std::span<const HostFile> files);

}  // namespace cmos
