#include <array>

#include "syscalls/table.h"

namespace cmos::syscalls {
namespace {

constexpr std::array<StatusInfo, 18> kStatuses{{
    {Status::kInvalid, "CPE_ERROR_INVALID", "an argument makes no sense"},
    {Status::kNoSys, "CPE_ERROR_NOSYS", "no such system call, or it is not served"},
    {Status::kFault, "CPE_ERROR_FAULT", "a pointer leads outside the process"},
    {Status::kNotFound, "CPE_ERROR_NOT_FOUND", "no such file or directory"},
    {Status::kExists, "CPE_ERROR_EXISTS", "the name is taken"},
    {Status::kAccess, "CPE_ERROR_ACCESS", "not permitted"},
    {Status::kNotDirectory, "CPE_ERROR_NOT_DIRECTORY", "a directory is needed"},
    {Status::kIsDirectory, "CPE_ERROR_IS_DIRECTORY", "it is a directory"},
    {Status::kNotEmpty, "CPE_ERROR_NOT_EMPTY", "the directory is not empty"},
    {Status::kBadHandle, "CPE_ERROR_BAD_HANDLE", "the handle is not open, or not open for this"},
    {Status::kTooMany, "CPE_ERROR_TOO_MANY", "too many handles or processes"},
    {Status::kNoSpace, "CPE_ERROR_NO_SPACE", "the host has no space left"},
    {Status::kNoMemory, "CPE_ERROR_NO_MEMORY", "no memory left for the process"},
    {Status::kIo, "CPE_ERROR_IO", "the host failed to read or write"},
    {Status::kBadExecutable, "CPE_ERROR_BAD_EXECUTABLE", "the file is not a runnable CPE"},
    {Status::kMinidiskBusy, "CPE_ERROR_MINIDISK_BUSY", "another instance holds the mini-disk"},
    {Status::kMinidiskClosed, "CPE_ERROR_MINIDISK_CLOSED",
     "the mini-disk is closed, the process is ending"},
    {Status::kChildFault, "CPE_ERROR_CHILD_FAULT", "the launched program did not exit by itself"},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kStatuses.size(); ++i) {
    if (static_cast<std::int64_t>(kStatuses[i].status) != -1 - static_cast<std::int64_t>(i))
      return false;
  }
  return true;
}
static_assert(in_order(), "find_status() indexes by value");

}  // namespace

std::span<const StatusInfo> statuses() {
  return kStatuses;
}

const StatusInfo* find_status(std::int64_t result) {
  if (result >= 0 || result < -static_cast<std::int64_t>(kStatuses.size())) return nullptr;
  return &kStatuses[static_cast<std::size_t>(-1 - result)];
}

std::string_view name(Category category) {
  switch (category) {
    case Category::kProcess:
      return "process";
    case Category::kIo:
      return "io";
    case Category::kFile:
      return "file";
    case Category::kMinidisk:
      return "minidisk";
    case Category::kLaunch:
      return "launch";
    case Category::kMemory:
      return "memory";
    case Category::kTime:
      return "time";
  }
  return "";
}

std::string_view name(ArgumentKind kind) {
  switch (kind) {
    case ArgumentKind::kUnsigned:
      return "unsigned";
    case ArgumentKind::kSigned:
      return "signed";
    case ArgumentKind::kHandle:
      return "handle";
    case ArgumentKind::kPointer:
      return "pointer";
    case ArgumentKind::kBytesIn:
      return "bytes-in";
    case ArgumentKind::kPathIn:
      return "path-in";
    case ArgumentKind::kBytesOut:
      return "bytes-out";
    case ArgumentKind::kColour:
      return "colour-pointer";
    case ArgumentKind::kNamed:
      return "named";
    case ArgumentKind::kFlags:
      return "flags";
    case ArgumentKind::kTimeOut:
      return "time-out";
    case ArgumentKind::kStatOut:
      return "stat-out";
    case ArgumentKind::kPair:
      return "pair-pointer";
    case ArgumentKind::kArguments:
      return "arguments-pointer";
  }
  return "";
}

std::string_view name(ResultKind kind) {
  switch (kind) {
    case ResultKind::kNone:
      return "none";
    case ResultKind::kCount:
      return "count";
    case ResultKind::kPointer:
      return "address";
    case ResultKind::kByte:
      return "byte";
  }
  return "";
}

}  // namespace cmos::syscalls
