#include "base/demangle.h"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>

namespace cmos {

std::string demangled(std::string_view name) {
  // Beyond this the demangler's recursion is not worth its risk.
  constexpr std::size_t kLongest = 4096;
  if (!name.starts_with("_Z") || name.size() > kLongest) return std::string(name);
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(
      abi::__cxa_demangle(std::string(name).c_str(), nullptr, nullptr, &status), &std::free);
  return status == 0 && text != nullptr ? std::string(text.get()) : std::string(name);
}

}  // namespace cmos
