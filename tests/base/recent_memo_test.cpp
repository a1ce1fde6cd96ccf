// Answers of which only the last used are kept.

#include "base/recent_memo.h"

#include <atomic>
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>

#include "base/parallel.h"

namespace tpuscope {
namespace {

TEST_CASE("an answer is made once while it is among the last used") {
  RecentMemo<int, std::string> memo(2);
  int made = 0;
  const auto get = [&](int key) {
    return *memo.get(key, [&] {
      ++made;
      return std::to_string(key);
    });
  };
  CHECK(get(1) == "1");
  CHECK(get(2) == "2");
  CHECK(get(1) == "1");
  CHECK(made == 2);
  // 2 was used longest ago, so it goes, and 1 stays.
  CHECK(get(3) == "3");
  CHECK(get(1) == "1");
  CHECK(made == 3);
  CHECK(get(2) == "2");
  CHECK(made == 4);
}

TEST_CASE("an answer in use outlives its place in the memo") {
  RecentMemo<int, std::string> memo(1);
  const auto first = memo.get(1, [] { return std::string("one"); });
  static_cast<void>(memo.get(2, [] { return std::string("two"); }));
  CHECK(*first == "one");
}

TEST_CASE("threads that need one answer wait for the one that makes it") {
  RecentMemo<int, int> memo(3);
  std::atomic<int> made = 0;
  for_each_index(300, 4, [&](std::size_t i) {
    const int key = static_cast<int>(i % 3);
    const auto answer = memo.get(key, [&] {
      ++made;
      return 10 * key;
    });
    if (*answer != 10 * key) throw std::runtime_error("the answer of another key");
  });
  CHECK(made == 3);
}

TEST_CASE("after a failure the next one tries again") {
  RecentMemo<int, int> memo(1);
  CHECK_THROWS_AS(static_cast<void>(memo.get(1, []() -> int { throw std::runtime_error("no"); })),
                  std::runtime_error);
  CHECK(*memo.get(1, [] { return 7; }) == 7);
}

}  // namespace
}  // namespace tpuscope
