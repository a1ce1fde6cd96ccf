// Threads that take the next index until there is none.

#include "profiles/validation/parallel.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace tpuscope {

void for_each_index(std::size_t count, std::size_t threads,
                    const std::function<void(std::size_t)>& work) {
  if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
  threads = std::min(threads, count);
  std::atomic<std::size_t> next = 0;
  const auto take = [&] {
    for (std::size_t i = next++; i < count; i = next++)
      work(i);
  };
  std::vector<std::thread> others;
  for (std::size_t i = 1; i < threads; ++i)
    others.emplace_back(take);
  take();
  for (std::thread& other : others)
    other.join();
}

}  // namespace tpuscope
