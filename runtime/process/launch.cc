// exec_cpe: a program launched by another one runs as a Process of its own, inside the call of its
// parent (abi 3, 0x30).
#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "runtime/process/process.h"
#include "runtime/process/process_services.h"
#include "syscalls/transfer.h"

namespace cmos::runtime {
namespace {

/// More than fits between the load address and the stack is no CPE.
constexpr std::uint64_t kMaxFile = 2ull << 30;

using syscalls::Status;

Status status_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::kLimit:
    case ErrorCode::kHostIo:  // which has no memory: nothing else of the host is asked for
      return Status::kNoMemory;
    case ErrorCode::kMalformed:
    case ErrorCode::kUnsupported:
      return Status::kBadExecutable;
    default:
      return Status::kIo;
  }
}

}  // namespace

syscalls::CallResult ProcessServices::launch(syscalls::Kernel& kernel, const vfs::Path& path,
                                             std::vector<std::string> arguments) {
  if (ancestors_.size() + 1 >= system_.options().max_depth)
    return syscalls::answer(Status::kTooMany);
  const auto shared_names = names();
  if (!shared_names) return syscalls::answer(Status::kIo);
  // A run has one budget: what the programs that wait for this one use of it is used, and so is
  // what they were read from. A file with more bytes than are left, however few of them are on the
  // disk, is not read.
  const std::uint64_t left = process_.memory().left();
  if (const auto info = (*shared_names)->stat(path); info && info->size > left) {
    system_.warn(fmt::format("{}: {} bytes, but only {} bytes of --memory are left", path.text(),
                             info->size, left));
    return syscalls::answer(Status::kNoMemory);
  }
  const auto binary = (*shared_names)->read_whole(path, std::min(kMaxFile, left));
  if (!binary) {
    return binary.error() == vfs::VfsError::kNoSpace ? syscalls::answer(Status::kBadExecutable)
                                                     : syscalls::answer(kernel, binary.error());
  }
  MemoryCharge charge(system_.options().memory);
  const bool shared = (*binary).use_count() > 1;  // of a program that is in memory anyway
  if (!shared && !charge.add((*binary)->size())) return syscalls::answer(Status::kNoMemory);
  auto child = process_.make_child(path, *binary, std::move(arguments));
  if (!child) {
    system_.warn(child.error().text());
    return syscalls::answer(status_of(child.error()));
  }
  return process_.run_child(**child);
}

Result<std::unique_ptr<Process>> Process::make_child(const vfs::Path& path,
                                                     const vfs::SharedBytes& binary,
                                                     std::vector<std::string> arguments) {
  ProcessOptions options = inherited_;
  options.console = console_;
  options.observers = observers_;
  options.limits = limits_;
  options.limits.memory = memory_.left();
  options.parent = this;
  options.path = path.text();
  options.binary = binary;
  options.arguments = std::move(arguments);
  options.arguments.insert(options.arguments.begin(), options.path);
  const std::string name = options.path;
  return load(*binary, name, std::move(options));
}

syscalls::CallResult Process::run_child(Process& child) {
  // The stop request that came before the child was there reaches it too.
  child_.store(&child);
  if (const int cause = stop_cause_.load(); cause != 0) child.stop(cause);
  child.run();
  child_.store(nullptr);
  while (stopping_.load() != 0) std::this_thread::yield();

  kernel_->count_output(child.outcome().output_bytes);
  spent_ = child.used_instructions() - engine_->instructions();
  const Outcome& outcome = child.outcome();
  if (outcome.ending == Ending::kExited) {
    if (outcome.abort_method_failed()) inherited_.system->options().child_failed(child);
    return syscalls::answer(outcome.code & 0xff);
  }
  // What ends the child ends its parent too, and is the parent's to report, when it is the limit of
  // both.
  if (stop_requested()) return kernel_->end(syscalls::EndRequest::kInterrupted);
  if (outcome.limit.starts_with(kMaxOutputOption))
    return kernel_->end(syscalls::EndRequest::kOutputLimit);
  inherited_.system->options().child_failed(child);
  return syscalls::answer(Status::kChildFault);
}

}  // namespace cmos::runtime
