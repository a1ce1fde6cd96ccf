// Ordering by names: producers first, the given order otherwise, and what is wrong with a file.

#include "graph/dependency_order.h"

#include <doctest/doctest.h>

namespace tpuscope {
namespace {

using DependencyOrderOrder = std::vector<std::size_t>;

TEST_CASE("producers come first, and the given order decides the rest") {
  const std::vector<NamedItem> items = {
      {"use", {"b", "x"}, {"c"}}, {"free", {}, {"d"}}, {"make", {"x"}, {"b"}}};
  CHECK(*dependency_order(items, {"x"}) == DependencyOrderOrder{1, 2, 0});
}

TEST_CASE("an item that reads one tensor twice waits for it once it is made") {
  CHECK(*dependency_order({{"twice", {"a", "a"}, {"b"}}, {"make", {}, {"a"}}}, {}) ==
        DependencyOrderOrder{1, 0});
}

TEST_CASE("a cycle is named from producer to consumer, a long one in part") {
  std::vector<std::vector<std::size_t>> ring;
  for (std::size_t i = 0; i < 10; ++i)
    ring.push_back({(i + 9) % 10});
  const auto name = [](std::size_t index) { return "n" + std::to_string(index); };
  const auto order = index_order(ring, name);
  REQUIRE_FALSE(order.ok());
  CHECK(order.error().message ==
        "the graph has a cycle: n1 -> n2 -> n3 -> n4 -> n5 -> n6 -> n7 -> n8 -> ... 2 more -> n1");
  CHECK(order.error().where == "n1");
}

}  // namespace
}  // namespace tpuscope
