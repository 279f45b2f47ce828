#include "tools/cmos-run/stop_signals.h"

#include <array>
#include <atomic>
#include <csignal>

#include "runtime/console/terminal.h"

namespace cmos::run {
namespace {

std::atomic<runtime::Process*> running{nullptr};

void end_at_once(int signal) {
  runtime::restore_terminal();
  std::signal(signal, SIG_DFL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  ::raise(signal);
}

void on_signal(int signal) {
  runtime::Process* process = running.exchange(nullptr);
  if (process == nullptr || signal == SIGQUIT) {
    end_at_once(signal);
    return;
  }
  process->request_stop(signal);
}

}  // namespace

StopSignals::StopSignals(runtime::Process& process) {
  running.store(&process);
  struct sigaction action {};
  action.sa_handler = on_signal;  // without SA_RESTART: a write that blocks is given up too
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    struct sigaction before {};
    ::sigaction(signal, nullptr, &before);
    if (before.sa_handler != SIG_IGN)
      ::sigaction(signal, &action, nullptr);  // nohup and background jobs
  }
}

StopSignals::~StopSignals() {
  running.store(nullptr);
}

}  // namespace cmos::run
