// Debug information read by a child process: whatever the bytes do to the library that reads them,
// only the child ends. It opens no files, and what a file costs is bounded in time and memory.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/error.h"
#include "symbolize/lookup.h"

namespace cmos::symbolize {

/// Bytes that reading the debug information of a file of `file_size` bytes may take: its lines and
/// names in memory, and what it has compressed.
std::uint64_t dwarf_memory(std::uint64_t file_size);

class IsolatedDwarf {
 public:
  /// Starts the child at the first question. `elf` is borrowed; `warn` hears, once, why there are
  /// no more answers.
  IsolatedDwarf(Bytes elf, std::function<void(const std::string&)> warn);
  IsolatedDwarf(const IsolatedDwarf&) = delete;
  IsolatedDwarf& operator=(const IsolatedDwarf&) = delete;
  ~IsolatedDwarf();

  std::optional<SourceLine> line(std::uint64_t address);
  std::optional<UnwindRow> unwind(std::uint64_t address);

 private:
  enum class Question : std::uint8_t { kLine, kUnwind };
  [[noreturn]] static void serve(Bytes elf, int socket);
  static void answer(Bytes elf, int socket);
  static std::vector<std::uint8_t> answer_to(class DwarfReader& reader, Question question,
                                             std::uint64_t address);
  /// Nothing when the child gave no answer; it is asked no more then.
  std::optional<std::vector<std::uint8_t>> ask(Question question, std::uint64_t address);
  bool start();
  void give_up(const std::string& why);

  Bytes elf_;
  std::function<void(const std::string&)> warn_;
  bool started_ = false;
  int socket_ = -1;
  pid_t child_ = -1;
};

}  // namespace cmos::symbolize
