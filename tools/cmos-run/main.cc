// cmos-run: runs a CalamOS program and ends with its status (abi 6).
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <variant>

#include "base/host_file.h"
#include "tools/cmos-run/cpm.h"
#include "tools/cmos-run/list.h"
#include "tools/cmos-run/options.h"
#include "tools/cmos-run/run.h"
#include "tools/cmos-run/supervised.h"
#include "tools/common/command_line.h"
#include "tools/common/diagnostics.h"
#include "tools/common/exit_status.h"

namespace {

/// A standard descriptor that the caller closed would be taken by the next file opened. Its place
/// is filled so that a read of a closed stdin and a write to a closed stdout still fail.
void reserve_standard_descriptors() {
  for (int descriptor = 0; descriptor <= 2; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) < 0)
      ::open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY);
  }
}

int print_list(cmos::run::Options::List list) {
  using List = cmos::run::Options::List;
  std::string text;
  switch (list) {
    case List::kNothing:
      break;
    case List::kSyscalls:
      text = cmos::run::syscalls_text();
      break;
    case List::kSyscallsJson:
      text = cmos::run::syscalls_json();
      break;
    case List::kSyscallsMarkdown:
      text = cmos::run::syscalls_markdown();
      break;
    case List::kArchs:
      text = cmos::run::archs_text();
      break;
  }
  return cmos::tools::print(text) ? 0 : cmos::tools::runner_status(cmos::ErrorCode::kHostIo);
}

}  // namespace

int main(int argc, char** argv) {
  reserve_standard_descriptors();
  // A write to a reader that went away, or past the host's limit of a file's size, is an error like
  // others.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  const auto parsed = cmos::run::parse_options(argc, argv);
  if (const int* status = std::get_if<int>(&parsed)) return *status;
  const auto& options = std::get<cmos::run::Options>(parsed);
  if (options.list != cmos::run::Options::List::kNothing) return print_list(options.list);
  // What was asked for must not turn out to be lost when a long run is over.
  if (!options.report.empty()) {
    if (const auto writable = cmos::check_can_write(options.report); !writable) {
      cmos::tools::complain(writable.error());
      return cmos::tools::runner_status(writable.error().code);
    }
  }
  if (options.os == cmos::run::Options::Os::kCpm) return cmos::run::run_cpm(options);
  const int status = cmos::run::run_supervised(
      options, [](const cmos::run::Options& inner, const cmos::run::Inside& inside) {
        return cmos::run::run(inner, inside);
      });
  // All is written and flushed; destructors of statics and of the engine would only cost time.
  std::fflush(stderr);
  ::_exit(status);
}
