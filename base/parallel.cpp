// Threads that take the next index until there is none.

#include "base/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace tpuscope {

void for_each_index(std::size_t count, std::size_t threads,
                    const std::function<void(std::size_t)>& work, const ProgressListener& listener,
                    std::string_view what) {
  if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
  threads = std::min(threads, count);
  std::atomic<std::size_t> next = 0;
  std::vector<std::exception_ptr> failures(count);
  std::mutex watching;
  std::size_t done = 0;
  if (listener && count > 0) listener(what, 0, count);
  // An exception that leaves a thread ends the program without a word.
  const auto take = [&] {
    for (std::size_t i = next++; i < count; i = next++) {
      try {
        work(i);
      } catch (...) {
        failures[i] = std::current_exception();
      }
      if (!listener) continue;
      const std::lock_guard lock(watching);
      listener(what, ++done, count);
    }
  };
  std::vector<std::thread> others;
  for (std::size_t i = 1; i < threads; ++i)
    others.emplace_back(take);
  take();
  for (std::thread& other : others)
    other.join();
  for (const std::exception_ptr& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
}

}  // namespace tpuscope
