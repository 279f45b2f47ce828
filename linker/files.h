// Where a linker's inputs come from: files of the host, or bytes in memory for tests.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace cmos::linker {

/// The bytes of one file and what keeps them in memory.
struct FileBytes {
  Bytes bytes;
  std::shared_ptr<const void> holder;
};

class Files {
 public:
  Files() = default;
  virtual ~Files() = default;
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;

  /// Fails with kNotFound, kUnreadable or kHostIo. May be called from several threads.
  virtual Result<FileBytes> open(const std::string& path) = 0;
  virtual bool exists(const std::string& path) const = 0;
  /// One text for all paths that lead to the same file.
  virtual std::string identity(const std::string& path) const = 0;

  /// Messages, maps and side files show a path that begins with `prefix` with `shown` in its place:
  /// a compiler driver's temporary objects are to be known by their sources. The last one that fits
  /// counts, as with -ffile-prefix-map of compilers.
  void map_prefix(std::string prefix, std::string shown);
  std::string shown(const std::string& path) const;

 private:
  std::vector<std::pair<std::string, std::string>> prefixes_;
};

/// The host's files, mapped. Who writes into an input during a link gets what he asks for.
class HostFiles final : public Files {
 public:
  Result<FileBytes> open(const std::string& path) override;
  bool exists(const std::string& path) const override;
  std::string identity(const std::string& path) const override;
};

class MemoryFiles final : public Files {
 public:
  void add(std::string path, std::vector<std::uint8_t> bytes);
  Result<FileBytes> open(const std::string& path) override;
  bool exists(const std::string& path) const override;
  std::string identity(const std::string& path) const override { return path; }

 private:
  std::map<std::string, std::shared_ptr<const std::vector<std::uint8_t>>, std::less<>> files_;
};

}  // namespace cmos::linker
