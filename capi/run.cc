// Input, running, output and outcome.
#include <exception>
#include <string>

#include "base/bytes.h"
#include "capi/process.h"
#include "runtime/report/report.h"

namespace cmos::capi {
namespace {

using runtime::Ending;

static_assert(static_cast<int>(Ending::kRunning) == CMOS_RUNNING);
static_assert(static_cast<int>(Ending::kExited) == CMOS_EXITED);
static_assert(static_cast<int>(Ending::kFaulted) == CMOS_FAULTED);
static_assert(static_cast<int>(Ending::kLimit) == CMOS_LIMITED);
static_assert(static_cast<int>(Ending::kInterrupted) == CMOS_INTERRUPTED);

/// nullptr while there is nothing to be told.
const runtime::Process* ended(const cmos_process* handle) {
  if (handle == nullptr || handle->process == nullptr || !handle->process->ended()) return nullptr;
  return handle->process.get();
}

/// What the end of a program could not do is the host's failure: its mini-disk was not saved.
cmos_status concluded(const cmos_process& self) {
  const bool failed = self.process->ended() && self.system != nullptr && self.system->failed();
  return failed ? CMOS_HOST_IO : CMOS_OK;
}

template <class Make>
const char* kept_text(cmos_process* handle, std::optional<std::string>& place, Make&& make) {
  const runtime::Process* const process = ended(handle);
  if (process == nullptr || handle->busy) return nullptr;
  try {
    if (!place) place = make(runtime::make_report(*process));
    return place->c_str();
  } catch (const std::exception&) {
    return nullptr;
  }
}

}  // namespace
}  // namespace cmos::capi

using cmos::capi::fail;
using cmos::capi::guarded;
using cmos::capi::guarded_loaded;

cmos_status cmos_feed(cmos_process* process, const void* bytes, size_t size) noexcept {
  return guarded(process, [&](cmos_process& self) {
    if (self.busy) return fail(self, CMOS_USAGE, "the program runs");
    if (self.console.has_input_function())
      return fail(self, CMOS_USAGE, "input comes from a callback");
    if (bytes == nullptr && size != 0) return fail(self, CMOS_USAGE, "the input is NULL");
    if (size != 0) self.console.feed({static_cast<const char*>(bytes), size});
    return CMOS_OK;
  });
}

cmos_status cmos_run(cmos_process* process) noexcept {
  return guarded_loaded(process, [](cmos_process& self) {
    if (self.busy) return fail(self, CMOS_USAGE, "the program runs");
    const cmos::capi::Busy busy(self);
    self.process->run();
    return cmos::capi::concluded(self);
  });
}

cmos_status cmos_step(cmos_process* process, uint64_t count, uint64_t* executed) noexcept {
  if (executed != nullptr) *executed = 0;
  return guarded_loaded(process, [&](cmos_process& self) {
    if (self.busy) return fail(self, CMOS_USAGE, "the program runs");
    const cmos::capi::Busy busy(self);
    for (std::uint64_t done = 0; done < count && !self.process->ended();) {
      self.process->step();
      ++done;
      if (executed != nullptr) *executed = done;
    }
    return cmos::capi::concluded(self);
  });
}

void cmos_request_stop(cmos_process* process) noexcept {
  if (process == nullptr) return;
  if (cmos::runtime::Process* const running = process->stoppable.load()) running->request_stop();
}

const char* cmos_take_output(cmos_process* process, int stream, size_t* size) noexcept {
  if (size != nullptr) *size = 0;
  const auto index = static_cast<std::size_t>(stream);
  if (process == nullptr || size == nullptr || index >= process->taken.size()) return nullptr;
  std::string& taken = process->taken[index];
  taken = process->console.take(index);
  *size = taken.size();
  return taken.c_str();
}

cmos_ending cmos_how_ended(const cmos_process* process) noexcept {
  const cmos::runtime::Process* const ended = cmos::capi::ended(process);
  return ended == nullptr ? CMOS_RUNNING : static_cast<cmos_ending>(ended->outcome().ending);
}

int cmos_exit_status(const cmos_process* process) noexcept {
  const cmos::runtime::Process* const ended = cmos::capi::ended(process);
  return ended == nullptr ? -1 : cmos::runtime::exit_status(ended->outcome());
}

uint64_t cmos_exit_code(const cmos_process* process) noexcept {
  const cmos::runtime::Process* const ended = cmos::capi::ended(process);
  const bool exited = ended != nullptr && ended->outcome().ending == cmos::runtime::Ending::kExited;
  return exited ? ended->outcome().code : 0;
}

cmos_status cmos_instructions(cmos_process* process, uint64_t* count) noexcept {
  return guarded_loaded(process, [&](cmos_process& self) {
    const auto executed = self.process->instructions();
    if (!executed || count == nullptr)
      return fail(self, CMOS_USAGE, "instructions are not counted, or there is no place for them");
    *count = *executed;
    return CMOS_OK;
  });
}

const char* cmos_report_text(cmos_process* process) noexcept {
  if (process == nullptr) return nullptr;
  return cmos::capi::kept_text(process, process->report_text, cmos::runtime::report_text);
}

const char* cmos_report_json(cmos_process* process) noexcept {
  if (process == nullptr) return nullptr;
  return cmos::capi::kept_text(process, process->report_json, cmos::runtime::report_json);
}
