// Memory for a big source.
#pragma once

#include <cstddef>

namespace cmos::as {

/// Asks for what a program of a source of so many bytes is going to need, in huge pages where the
/// host has them: half of the system's part of the time would go into one page after the other.
/// Does nothing where malloc is not glibc's.
void prepare_heap(std::size_t source);

}  // namespace cmos::as
