// --list-syscalls and --list-archs.
#pragma once

#include <string>

namespace cmos::run {

std::string syscalls_text();
std::string syscalls_json();
/// docs/syscalls.md.
std::string syscalls_markdown();
std::string archs_text();

}  // namespace cmos::run
