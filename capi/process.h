// What is behind the handle of cmos.h. Private to capi/.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "capi/cmos.h"
#include "capi/console.h"
#include "capi/trace.h"
#include "runtime/process/process.h"
#include "runtime/process/system.h"
#include "vfs/namespace.h"

/// The members are in the order in which what borrows is destroyed before what it borrows.
struct cmos_process {
  cmos::runtime::ProcessOptions options = {};  ///< for the next load; `arguments` without number 0
  std::optional<std::string> root;
  std::vector<cmos::vfs::Mount> mounts;

  cmos::capi::HandleConsole console;
  std::unique_ptr<cmos::capi::CallTrace> trace;
  std::unique_ptr<cmos::runtime::System> system;
  std::unique_ptr<cmos::runtime::Process> process;          ///< once loaded
  std::atomic<cmos::runtime::Process*> stoppable{nullptr};  ///< the same, for other threads

  bool busy = false;  ///< inside cmos_run(), cmos_step() or a load
  std::string error;
  std::string arch;
  std::vector<std::string> registers;  ///< the names of whole registers
  std::array<std::string, 2> taken;    ///< what cmos_take_output() gave, by stream
  std::optional<std::string> report_text, report_json;
};

namespace cmos::capi {

cmos_status status_of(ErrorCode code);

/// Notes the failure for cmos_error(); without memory for the text, a part of it.
cmos_status fail(cmos_process& handle, cmos_status status, std::string_view text) noexcept;
cmos_status fail(cmos_process& handle, const Error& error) noexcept;

/// Calls `act(process)`, which returns a cmos_status, and makes one of every exception.
template <class Act>
cmos_status guarded(cmos_process* handle, Act&& act) noexcept {
  if (handle == nullptr) return CMOS_USAGE;
  try {
    return std::forward<Act>(act)(*handle);
  } catch (const std::bad_alloc&) {
    return fail(*handle, CMOS_NO_MEMORY, "the host has no memory left");
  } catch (const std::exception& exception) {
    return fail(*handle, CMOS_INTERNAL, exception.what());
  } catch (...) {
    return fail(*handle, CMOS_INTERNAL, "an exception of a callback");
  }
}

/// The same for what changes options, which a loaded program has already had.
template <class Act>
cmos_status guarded_option(cmos_process* handle, Act&& act) noexcept {
  return guarded(handle, [&](cmos_process& self) {
    if (self.busy || self.process != nullptr)
      return fail(self, CMOS_USAGE, "options are set before a program is loaded");
    return std::forward<Act>(act)(self);
  });
}

/// The same for what needs a program.
template <class Act>
cmos_status guarded_loaded(cmos_process* handle, Act&& act) noexcept {
  return guarded(handle, [&](cmos_process& self) {
    if (self.process == nullptr) return fail(self, CMOS_USAGE, "no program is loaded");
    return std::forward<Act>(act)(self);
  });
}

/// The handle is busy as long as this lives.
class Busy {
 public:
  explicit Busy(cmos_process& handle) : handle_(handle) { handle_.busy = true; }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;
  ~Busy() { handle_.busy = false; }

 private:
  cmos_process& handle_;
};

}  // namespace cmos::capi
