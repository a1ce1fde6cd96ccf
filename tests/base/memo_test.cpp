// Answers that are computed once.

#include "base/memo.h"

#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

namespace tpuscope {
namespace {

TEST_CASE("an answer is found by its key alone, and the first one stays") {
  Memo<std::string, int> memo;
  CHECK(memo.find("a") == nullptr);
  const int& first = memo.add("a", 1);
  CHECK(&memo.add("a", 2) == &first);
  CHECK(*memo.find("a") == 1);
  CHECK(memo.find("b") == nullptr);
}

TEST_CASE("what was found stays where it is while other threads add") {
  Memo<int, int> memo;
  const int& first = memo.add(-1, 7);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&memo] {
      for (int i = 0; i < 1000; ++i)
        memo.add(i, 2 * i);
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  CHECK(memo.find(-1) == &first);
  CHECK(first == 7);
  for (int i = 0; i < 1000; ++i) {
    REQUIRE(memo.find(i) != nullptr);
    CHECK(*memo.find(i) == 2 * i);
  }
}

}  // namespace
}  // namespace tpuscope
