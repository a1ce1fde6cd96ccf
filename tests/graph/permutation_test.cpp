// Permutations: composition, inverse, and the reduced form that says what really moves.

#include "graph/permutation.h"

#include <algorithm>
#include <rapidcheck.h>

#include <doctest/doctest.h>

namespace tpuscope {
namespace {

Permutation order_permutation(const std::vector<std::int64_t>& axes) {
  return *Permutation::from(axes);
}

TEST_CASE("only bijections are orders") {
  CHECK(Permutation::from({2, 0, 1}).has_value());
  CHECK_FALSE(Permutation::from({0, 0}).has_value());
  CHECK_FALSE(Permutation::from({0, 2}).has_value());
  CHECK_FALSE(Permutation::from({-1, 0}).has_value());
}

TEST_CASE("composition applies the left order first") {
  const Permutation first = order_permutation({2, 0, 1});
  const Permutation second = order_permutation({1, 0, 2});
  const Shape shape = {5, 6, 7};
  CHECK(first.then(second).apply(shape) == second.apply(first.apply(shape)));
}

TEST_CASE("an order that moves only unit axes is a reshape") {
  CHECK(order_permutation({1, 0, 2}).is_reshape_of({1, 5, 6}));
  CHECK_FALSE(order_permutation({1, 0, 2}).is_reshape_of({2, 5, 6}));
}

TEST_CASE("neighbours that stay together are merged and unit axes dropped") {
  const ReducedPermutation small = reduced(order_permutation({0, 3, 1, 2}), {1, 4, 5, 6});
  CHECK(small.shape == Shape{4 * 5, 6});
  CHECK(small.order == order_permutation({1, 0}));
}

TEST_CASE("an order followed by its inverse changes nothing") {
  rc::check("for random orders up to rank 6", [] {
    const auto rank = *rc::gen::inRange<std::int64_t>(1, 7);
    std::vector<std::int64_t> axes;
    for (std::int64_t axis = 0; axis < rank; ++axis) {
      axes.insert(axes.begin() + *rc::gen::inRange<std::int64_t>(0, axis + 1), axis);
    }
    const Permutation random = order_permutation(axes);
    RC_ASSERT(random.then(random.inverse()).is_identity());
    RC_ASSERT(random.inverse().then(random).is_identity());
    Shape shape;
    for (std::int64_t axis = 0; axis < rank; ++axis)
      shape.push_back(*rc::gen::inRange(1, 4));
    const ReducedPermutation small = reduced(random, shape);
    RC_ASSERT(element_count(small.shape) == element_count(shape));
    RC_ASSERT(small.order.is_identity() == random.is_reshape_of(shape));
  });
}

}  // namespace
}  // namespace tpuscope
