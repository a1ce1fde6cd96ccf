// commute: a permute and a reshape change places when the reshape keeps the moved blocks whole.

#include "passes/rewrites/permute_reshape.h"

#include <doctest/doctest.h>

namespace tpuscope {
namespace {

Permutation order_permute_reshape(const std::vector<std::int64_t>& axes) {
  return *Permutation::from(axes);
}

TEST_CASE("a split axis is split before the permute") {
  // [8,4,6] -> P[1,0,2] -> [4,8,6] -> reshape [4,2,4,6]
  const auto result = commute(order_permute_reshape({1, 0, 2}), {4, 8, 6}, {4, 2, 4, 6});
  REQUIRE(result.has_value());
  CHECK(result->shape == Shape{2, 4, 4, 6});
  CHECK(result->order == order_permute_reshape({2, 0, 1, 3}));
}

TEST_CASE("axes merge when they were neighbours before the permute") {
  // [8,4,6] -> P[1,2,0] -> [4,6,8] -> reshape [24,8]
  const auto result = commute(order_permute_reshape({1, 2, 0}), {4, 6, 8}, {24, 8});
  REQUIRE(result.has_value());
  CHECK(result->shape == Shape{8, 24});
  CHECK(result->order == order_permute_reshape({1, 0}));
}

TEST_CASE("axes that the permute brought together do not merge before it") {
  CHECK_FALSE(commute(order_permute_reshape({1, 0, 2}), {4, 8, 6}, {32, 6}).has_value());
}

TEST_CASE("a reshape across several axes has no common blocks to move") {
  CHECK_FALSE(commute(order_permute_reshape({1, 0}), {6, 4}, {8, 3}).has_value());
}

TEST_CASE("leading and trailing unit axes are no obstacle") {
  const auto result = commute(order_permute_reshape({1, 0}), {6, 4}, {1, 6, 4, 1});
  REQUIRE(result.has_value());
  CHECK(result->order.apply(result->shape) == Shape{1, 6, 4, 1});
}

}  // namespace
}  // namespace tpuscope
