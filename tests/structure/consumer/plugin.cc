// Of a shared object: an extension of a scripting language, say.
#include <cmos/runtime/process/process.h>

extern "C" int run_program(const unsigned char* bytes, unsigned long size) {
  const auto process = cmos::runtime::Process::load(cmos::Bytes(bytes, size), "program.cpe", {});
  return process ? cmos::runtime::exit_status((*process)->run()) : -1;
}
