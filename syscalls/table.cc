#include "syscalls/table.h"

#include <algorithm>
#include <array>

#include "syscalls/calls.h"
#include "syscalls/row.h"

namespace cmos::syscalls {
namespace {

constexpr Row ours(Category category, std::uint32_t number, std::string_view name,
                   std::string_view summary, std::span<const Status> errors) {
  return {.number = number,
          .name = name,
          .category = category,
          .supported = true,
          .result = ResultKind::kCount,
          .errors = errors,
          .summary = summary};
}
constexpr Row file(std::uint32_t number, std::string_view name, std::string_view summary,
                   std::span<const Status> errors) {
  return ours(Category::kFile, number, name, summary, errors);
}
constexpr Row minidisk(std::uint32_t number, std::string_view name, std::string_view summary,
                       std::span<const Status> errors) {
  return ours(Category::kMinidisk, number, name, summary, errors);
}

// Any call that reaches the host can find its memory, its descriptors or its disk used up.
constexpr auto& kOpenErrors =
    kErrors<Status::kInvalid, Status::kFault, Status::kNotFound, Status::kExists, Status::kAccess,
            Status::kNotDirectory, Status::kIsDirectory, Status::kTooMany, Status::kNoSpace,
            Status::kNoMemory, Status::kIo>;
constexpr auto& kReadErrors =
    kErrors<Status::kInvalid, Status::kFault, Status::kAccess, Status::kIsDirectory,
            Status::kBadHandle, Status::kNoMemory, Status::kIo>;
constexpr auto& kWriteErrors =
    kErrors<Status::kInvalid, Status::kFault, Status::kAccess, Status::kIsDirectory,
            Status::kBadHandle, Status::kNoSpace, Status::kNoMemory, Status::kIo>;
constexpr auto& kSeekErrors =
    kErrors<Status::kInvalid, Status::kIsDirectory, Status::kBadHandle, Status::kIo>;
constexpr auto& kStatErrors =
    kErrors<Status::kInvalid, Status::kFault, Status::kNotFound, Status::kAccess,
            Status::kNotDirectory, Status::kTooMany, Status::kNoMemory, Status::kIo>;
constexpr auto& kListErrors = kErrors<Status::kInvalid, Status::kFault, Status::kNotFound,
                                      Status::kAccess, Status::kNotDirectory, Status::kBadHandle,
                                      Status::kTooMany, Status::kNoMemory, Status::kIo>;
constexpr auto& kMkdirErrors =
    kErrors<Status::kInvalid, Status::kFault, Status::kNotFound, Status::kExists, Status::kAccess,
            Status::kNotDirectory, Status::kTooMany, Status::kNoSpace, Status::kNoMemory,
            Status::kIo>;
constexpr auto& kRemoveErrors =
    kErrors<Status::kInvalid, Status::kFault, Status::kNotFound, Status::kAccess,
            Status::kNotDirectory, Status::kNotEmpty, Status::kTooMany, Status::kNoSpace,
            Status::kNoMemory, Status::kIo>;
constexpr auto& kRenameErrors =
    kErrors<Status::kInvalid, Status::kFault, Status::kNotFound, Status::kAccess,
            Status::kNotDirectory, Status::kIsDirectory, Status::kNotEmpty, Status::kTooMany,
            Status::kNoSpace, Status::kNoMemory, Status::kIo>;
// What taking the lock and reading the backing file can say.
constexpr auto& kMdAccessErrors =
    kErrors<Status::kInvalid, Status::kFault, Status::kAccess, Status::kTooMany, Status::kNoSpace,
            Status::kNoMemory, Status::kIo, Status::kMinidiskBusy, Status::kMinidiskClosed>;
constexpr auto& kMdLockErrors =
    kErrors<Status::kInvalid, Status::kAccess, Status::kTooMany, Status::kNoSpace,
            Status::kNoMemory, Status::kIo, Status::kMinidiskBusy, Status::kMinidiskClosed>;
constexpr auto& kMdFlushErrors = kErrors<Status::kAccess, Status::kTooMany, Status::kNoSpace,
                                         Status::kNoMemory, Status::kIo, Status::kMinidiskClosed>;
constexpr auto& kMdSizeErrors = kErrors<Status::kIo, Status::kMinidiskClosed>;
constexpr auto& kExecErrors =
    kErrors<Status::kInvalid, Status::kFault, Status::kNotFound, Status::kAccess,
            Status::kNotDirectory, Status::kIsDirectory, Status::kTooMany, Status::kNoMemory,
            Status::kIo, Status::kBadExecutable, Status::kChildFault>;

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
    row<sys_open>(file(0x10, "open", "Opens a file or directory; returns a handle.", kOpenErrors)),
    row<sys_close>(file(0x11, "close", "Closes a handle.", kErrors<Status::kBadHandle>)),
    row<sys_read>(file(0x12, "read", "Reads bytes; 0 = end of file.", kReadErrors)),
    row<sys_write>(file(0x13, "write", "Writes bytes; returns how many.", kWriteErrors)),
    row<sys_seek>(file(0x14, "seek", "Moves a handle's position; returns it.", kSeekErrors)),
    row<sys_stat>(file(0x15, "stat", "Size, kind, flags and time of a path.", kStatErrors)),
    row<sys_list>(file(0x16, "list",
                       "The next name of an open directory; returns its full length, 0 = end.",
                       kListErrors)),
    row<sys_mkdir>(file(0x17, "mkdir", "Makes a directory.", kMkdirErrors)),
    row<sys_remove>(file(0x18, "remove", "Removes a file or an empty directory.", kRemoveErrors)),
    row<sys_rename>(file(0x19, "rename", "Renames a file or directory.", kRenameErrors)),
    row<sys_md_read>(minidisk(
        0x20, "md_read", "Reads from the mini-disk; fewer bytes past its end.", kMdAccessErrors)),
    row<sys_md_write>(minidisk(
        0x21, "md_write", "Writes to the mini-disk; fewer bytes past its end.", kMdAccessErrors)),
    row<sys_md_size>(minidisk(0x22, "md_size", "Size of the mini-disk in bytes.", kMdSizeErrors)),
    row<sys_md_flush>(minidisk(0x23, "md_flush", "Writes the mini-disk to its backing file now.",
                               kMdFlushErrors)),
    row<sys_md_lock>(minidisk(0x24, "md_lock", "Takes the mini-disk's lock.", kMdLockErrors)),
    row<sys_md_unlock>(minidisk(0x25, "md_unlock", "Flushes the mini-disk and gives its lock back.",
                                kMdFlushErrors)),
    row<sys_exec_cpe>(ours(Category::kLaunch, 0x30, "exec_cpe",
                           "Runs a program to its end; returns its exit code & 0xff.",
                           kExecErrors)),
    row<sys_query_cpe>(ours(Category::kLaunch, 0x31, "query_cpe",
                            "Metadata of the running program; returns the value's full size.",
                            kErrors<Status::kInvalid, Status::kFault>)),
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
    row<sys_overlay>({.number = 0x44,
                      .name = "overlay",
                      .category = Category::kMemory,
                      .supported = true,
                      .result = ResultKind::kPointer,
                      .errors = kErrors<Status::kInvalid>,
                      .summary =
                          "Brings an overlay of the loaded modules, by its number from 0 on, "
                          "into the area that they share; returns its address."}),
    row<sys_stderr>({.number = 0x45,
                     .name = "stderr",
                     .category = Category::kIo,
                     .supported = true,
                     .result = ResultKind::kCount,
                     .errors = kErrors<Status::kFault, Status::kIo>,
                     .summary = "Writes text for people apart from the program's output; returns "
                                "the bytes written."}),
    row<sys_environment>({.number = 0x46,
                          .name = "environment",
                          .category = Category::kProcess,
                          .supported = true,
                          .result = ResultKind::kCount,
                          .errors = kErrors<Status::kFault>,
                          .summary = "Copies the environment, texts NAME=VALUE, as `arguments` "
                                     "does; returns its full size."}),
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

CallResult serve(const Row& row, Kernel& kernel, const emu::SyscallRegisters& registers) {
  CallResult result = row.call(kernel, registers);
  // All numbers of errors are small and negative, and so is stdin's end of input, which is none.
  if (result.value >= 0 || !result.returns || row.result == ResultKind::kByte) [[likely]]
    return result;
  const auto status = static_cast<Status>(result.value);
  if (status != Status::kNoSys &&
      std::find(row.errors.begin(), row.errors.end(), status) == row.errors.end()) {
    result.value = static_cast<std::int64_t>(Status::kIo);
  }
  return result;
}

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
