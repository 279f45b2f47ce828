#include "syscalls/table.h"

#include <array>

#include "syscalls/calls.h"
#include "syscalls/row.h"
#include "syscalls/unserved.h"

namespace cmos::syscalls {
namespace {

/// What the rows of a family that is not served have in common.
template <auto Handler>
constexpr Row unserved(Row given, std::string_view note) {
  given.supported = false;
  given.documented = false;
  given.errors = kErrors<Status::kNoSys>;
  given.note = note;
  return row<Handler>(given);
}
constexpr std::string_view kFilesNote = "not served yet: needs the virtual file system";
constexpr std::string_view kMinidiskNote = "not served yet: needs the mini-disk";
constexpr std::string_view kLaunchNote = "not served yet: needs the program launcher";

constexpr Row file(std::uint32_t number, std::string_view name, std::string_view summary) {
  return {.number = number,
          .name = name,
          .category = Category::kFile,
          .result = ResultKind::kCount,
          .summary = summary};
}
constexpr Row minidisk(std::uint32_t number, std::string_view name, std::string_view summary) {
  return {.number = number,
          .name = name,
          .category = Category::kMinidisk,
          .result = ResultKind::kCount,
          .summary = summary};
}
constexpr Row launch(std::uint32_t number, std::string_view name, std::string_view summary) {
  return {.number = number,
          .name = name,
          .category = Category::kLaunch,
          .result = ResultKind::kCount,
          .summary = summary};
}

constexpr std::array kRows{
    row<sys_exit>({.number = 0,
                   .name = "exit",
                   .category = Category::kProcess,
                   .documented = true,
                   .supported = true,
                   .result = ResultKind::kNone,
                   .summary = "Ends the process with an exit code."}),
    row<sys_stdout>(
        {.number = 1,
         .name = "stdout",
         .category = Category::kIo,
         .documented = true,
         .supported = true,
         .result = ResultKind::kCount,
         .errors = kErrors<Status::kFault, Status::kIo>,
         .summary =
             "Writes text, in a colour when the pointer is not null; returns the bytes written."}),
    row<sys_stdin>({.number = 2,
                    .name = "stdin",
                    .category = Category::kIo,
                    .documented = true,
                    .supported = true,
                    .result = ResultKind::kByte,
                    .summary = "Reads one byte; -1 at end of input."}),
    unserved<kOpen>(file(0x10, "open", "Opens a file or directory; returns a handle."), kFilesNote),
    unserved<kClose>(file(0x11, "close", "Closes a handle."), kFilesNote),
    unserved<kReadFile>(file(0x12, "read", "Reads bytes; 0 = end of file."), kFilesNote),
    unserved<kWriteFile>(file(0x13, "write", "Writes bytes; returns how many."), kFilesNote),
    unserved<kSeek>(file(0x14, "seek", "Moves a handle's position; returns it."), kFilesNote),
    unserved<kStat>(file(0x15, "stat", "Size, kind, flags and time of a path."), kFilesNote),
    unserved<kList>(
        file(0x16, "list", "The next name of an open directory; returns its full length, 0 = end."),
        kFilesNote),
    unserved<kMkdir>(file(0x17, "mkdir", "Makes a directory."), kFilesNote),
    unserved<kRemove>(file(0x18, "remove", "Removes a file or an empty directory."), kFilesNote),
    unserved<kRename>(file(0x19, "rename", "Renames a file or directory."), kFilesNote),
    unserved<kMdRead>(
        minidisk(0x20, "md_read", "Reads from the mini-disk; fewer bytes past its end."),
        kMinidiskNote),
    unserved<kMdWrite>(
        minidisk(0x21, "md_write", "Writes to the mini-disk; fewer bytes past its end."),
        kMinidiskNote),
    unserved<kMdSize>(minidisk(0x22, "md_size", "Size of the mini-disk in bytes."), kMinidiskNote),
    unserved<kMdFlush>(minidisk(0x23, "md_flush", "Writes the mini-disk to its backing file now."),
                       kMinidiskNote),
    unserved<kMdLock>(minidisk(0x24, "md_lock", "Takes the mini-disk's lock."), kMinidiskNote),
    unserved<kMdUnlock>(
        minidisk(0x25, "md_unlock", "Flushes the mini-disk and gives its lock back."),
        kMinidiskNote),
    unserved<kExecCpe>(
        launch(0x30, "exec_cpe", "Runs a program to its end; returns its exit code & 0xff."),
        kLaunchNote),
    unserved<kQueryCpe>(launch(0x31, "query_cpe",
                               "Metadata of the running program; returns the value's full size."),
                        kLaunchNote),
    row<sys_grow>({.number = 0x40,
                   .name = "grow",
                   .category = Category::kMemory,
                   .supported = true,
                   .result = ResultKind::kPointer,
                   .errors = kErrors<Status::kInvalid, Status::kNoMemory>,
                   .summary = "Moves the end of the heap by a signed number of bytes, 0 asks; "
                              "returns the old end."}),
    row<sys_clock>(
        {.number = 0x41,
         .name = "clock",
         .category = Category::kTime,
         .supported = true,
         .nondeterministic = true,
         .placeholder = "time",
         .result = ResultKind::kCount,
         .errors = kErrors<Status::kInvalid, Status::kFault>,
         .summary = "Stores the time in nanoseconds as an i64: monotonic, or UTC since 1970."}),
    row<sys_arguments>({.number = 0x42,
                        .name = "arguments",
                        .category = Category::kProcess,
                        .supported = true,
                        .result = ResultKind::kCount,
                        .errors = kErrors<Status::kFault>,
                        .summary = "Copies the arguments (u32 count, then u32 length + bytes "
                                   "each); returns their full size."}),
    row<sys_random>({.number = 0x43,
                     .name = "random",
                     .category = Category::kMemory,
                     .supported = true,
                     .nondeterministic = true,
                     .placeholder = "random",
                     .result = ResultKind::kCount,
                     .errors = kErrors<Status::kFault, Status::kIo>,
                     .summary = "Fills a buffer with random bytes; returns how many."}),
};

constexpr std::uint32_t kNumbers = kRows.back().number + 1;

/// Row index + 1 by number; 0 = no such call.
constexpr auto kByNumber = [] {
  std::array<std::uint8_t, kNumbers> index{};
  for (std::size_t i = 0; i < kRows.size(); ++i)
    index[kRows[i].number] = static_cast<std::uint8_t>(i + 1);
  return index;
}();

constexpr bool ascending() {
  for (std::size_t i = 1; i < kRows.size(); ++i) {
    if (kRows[i - 1].number >= kRows[i].number) return false;
  }
  return true;
}
static_assert(ascending(), "rows stand in the order of their numbers");

}  // namespace

std::span<const Row> table() {
  return kRows;
}

const Row* find(std::uint64_t number) {
  if (number >= kByNumber.size()) return nullptr;
  const std::uint8_t index = kByNumber[static_cast<std::size_t>(number)];
  return index == 0 ? nullptr : &kRows[index - 1u];
}

const Row* find(std::string_view name) {
  for (const Row& row : kRows) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

}  // namespace cmos::syscalls
