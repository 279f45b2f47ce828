// C++ names as people write them.
#pragma once

#include <string>
#include <string_view>

namespace cmos {

/// "A::g(int) const" for "_ZNK1A1gEi"; a name that is not mangled, or longer than 4096 bytes, stays
/// as it is. The result is not made presentable.
std::string demangled(std::string_view name);

}  // namespace cmos
