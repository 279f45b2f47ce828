#include <cmos/base/host_file.h>
#include <cmos/runtime/process/process.h>

#include <cstdio>

#include "base/error.h"

int main(int, char** arguments) {
  const auto bytes = cmos::read_host_file(arguments[1]);
  if (!bytes) return kUnreadable;
  auto process = cmos::runtime::Process::load(*bytes, arguments[1], {});
  if (!process) return 126;
  const int status = cmos::runtime::exit_status((*process)->run());
  std::fputs((*process)->buffer()->output().c_str(), stdout);
  return status;
}
