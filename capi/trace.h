// System calls as cmos.h tells them. Private to capi/.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "capi/cmos.h"
#include "runtime/process/observer.h"
#include "runtime/report/symbols.h"
#include "runtime/trace/trace_call.h"

namespace cmos::capi {

class CallTrace final : public runtime::Observer {
 public:
  CallTrace(cmos_trace_function function, void* user) : function_(function), user_(user) {}

  void on_start(const runtime::Process& process) override;
  void on_syscall_enter(const runtime::Process& process,
                        const runtime::SyscallEvent& event) override;
  void on_syscall_exit(const runtime::Process& process,
                       const runtime::SyscallEvent& event) override;
  void on_end(const runtime::Process& process, const runtime::Outcome& outcome) override;

 private:
  struct Target {
    runtime::SymbolIndex symbols;
    runtime::CapturedCall call = {};
  };

  cmos_trace_function function_;
  void* user_;
  runtime::CaptureOptions capture_;
  std::vector<std::unique_ptr<Target>> targets_;  ///< the process that runs is the last
};

}  // namespace cmos::capi
