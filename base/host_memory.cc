#include "base/host_memory.h"

#include <fmt/format.h>
#include <sys/resource.h>

namespace cmos {

Error no_host_memory(std::string_view what) {
  rlimit limit{};
  const bool limited = ::getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
  return Error{.code = ErrorCode::kHostIo,
               .message = fmt::format(
                   "the host has no memory for {}: {}", what,
                   limited ? fmt::format("ulimit -v allows {} KiB, some 100,000 and what the "
                                         "program uses are needed",
                                         limit.rlim_cur / 1024)
                           : "end other programs, or let this one have less (--memory)")};
}

}  // namespace cmos
