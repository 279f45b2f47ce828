#include "linker/parallel.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace cmos::linker {

unsigned processors() {
  return std::max(1u, std::thread::hardware_concurrency());
}

void for_each_in_parallel(std::size_t count, unsigned threads,
                          const std::function<void(std::size_t)>& work) {
  const std::size_t wanted = threads == 0 ? processors() : threads;
  const std::size_t helpers = std::min(wanted, count) - std::min<std::size_t>(1, count);
  std::atomic<std::size_t> next{0};
  const auto run = [&] {
    for (std::size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::thread> pool;
  pool.reserve(helpers);
  for (std::size_t i = 0; i < helpers; ++i) pool.emplace_back(run);
  run();
  for (std::thread& one : pool) one.join();
}

}  // namespace cmos::linker
