// The side file of a CPE (formats/debugmap/side_file.h), or any ELF file that the CPE was made
// from, as answers about addresses.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "formats/debugmap/origins.h"
#include "formats/elf/elf.h"
#include "symbolize/isolated.h"
#include "symbolize/lookup.h"

namespace cmos::symbolize {

using Warn = std::function<void(const std::string&)>;

/// A side file that was read and checked, but for its DWARF, which is read by a child process.
class SideFile final : public Lookup {
 public:
  /// kMalformed and kUnsupported with file, offset and field.
  static Result<std::unique_ptr<SideFile>> parse(std::vector<std::uint8_t> bytes, std::string name,
                                                 Warn warn);

  /// Of the CPE that it belongs to; nothing for an ELF file without origins.
  std::optional<debugmap::Digest> digest() const { return digest_; }

  std::optional<SourceLine> line(std::uint64_t address) override;
  std::optional<Origin> origin(std::uint64_t address, std::uint64_t size) override;
  std::optional<UnwindRow> unwind(std::uint64_t address) override;

 private:
  SideFile(std::vector<std::uint8_t> bytes, std::string name, Warn warn);
  Result<void> check();
  Result<void> check_memory(const elf::File& elf) const;
  const debugmap::Origins* origins();

  std::vector<std::uint8_t> bytes_;
  std::string name_;
  Warn warn_;
  std::optional<debugmap::Digest> digest_;
  std::uint64_t origins_offset_ = 0, origins_size_ = 0;
  bool origins_read_ = false;
  bool has_lines_ = false, has_frames_ = false;
  std::optional<debugmap::Origins> origins_;
  IsolatedDwarf dwarf_;
};

/// The side file of one program, looked for and read when the first question comes. What is wrong
/// with it is said once, through `warn`; then there are no answers.
class LazySideFile final : public Lookup {
 public:
  struct Options {
    std::string path;                                          ///< where it is, or may be
    bool required = false;                                     ///< a missing file is said too
    std::shared_ptr<const std::vector<std::uint8_t>> program;  ///< the CPE's bytes
    std::vector<std::string> sources = {};  ///< folders whose files may be quoted from
    Warn warn;
  };
  explicit LazySideFile(Options options) : options_(std::move(options)) {}

  std::optional<SourceLine> line(std::uint64_t address) override;
  std::optional<Origin> origin(std::uint64_t address, std::uint64_t size) override;
  std::optional<UnwindRow> unwind(std::uint64_t address) override;
  std::optional<std::string> source_text(const SourceLine& line) override;

 private:
  SideFile* file();
  Result<std::unique_ptr<SideFile>> read() const;

  Options options_;
  bool looked_ = false;
  std::unique_ptr<SideFile> file_;
  /// A trace asks for the same few callers again and again.
  std::unordered_map<std::uint64_t, std::optional<SourceLine>> lines_;
};

}  // namespace cmos::symbolize
