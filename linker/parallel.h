// Work on independent items, spread over threads. What the items write must not depend on the
// order.
#pragma once

#include <cstddef>
#include <functional>

namespace cmos::linker {

/// The number of threads that 0 stands for.
unsigned processors();

/// Calls work(i) for every i below `count`, each once. Runs on the calling thread alone when
/// `threads` is 1 or there is no more than one item.
void for_each_in_parallel(std::size_t count, unsigned threads,
                          const std::function<void(std::size_t)>& work);

}  // namespace cmos::linker
