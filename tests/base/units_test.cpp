// Quantities: what adds up, and what does not even compile.

#include "base/units.h"

#include <doctest/doctest.h>

#include "sim/program/command.h"

namespace tpuscope {
namespace {

template <typename A, typename B>
concept Adds = requires(A a, B b) {
  a + b;
};
template <typename A, typename B>
concept Compares = requires(A a, B b) {
  a < b;
};

TEST_CASE("quantities of one unit add up and compare") {
  CHECK(Bytes{3} + Bytes{4} == Bytes{7});
  CHECK(2 * Cycles<BdcClock>{5} - Cycles<BdcClock>{4} == Cycles<BdcClock>{6});
  CHECK(Picoseconds{1} < Picoseconds{2});
}

TEST_CASE("quantities of two units neither add up nor compare") {
  static_assert(Adds<Cycles<BdcClock>, Cycles<BdcClock>>);
  static_assert(!Adds<Cycles<BdcClock>, Cycles<GdmaClock>>);
  static_assert(!Adds<Cycles<GdmaClock>, Bytes>);
  static_assert(!Adds<Bytes, Picoseconds>);
  static_assert(!Adds<Bytes, std::int64_t>);
  static_assert(Compares<Bytes, Bytes>);
  static_assert(!Compares<Cycles<BdcClock>, Cycles<GdmaClock>>);
  static_assert(!Compares<Cycles<BdcClock>, Picoseconds>);
}

TEST_CASE("a command's cost is the sum of its parts, in the cycles of its engine") {
  const EngineCost<GdmaClock> cost{.initial = {10}, .useful = {5}, .padding = {2}, .conflict = {1}};
  CHECK(cost.total() == Cycles<GdmaClock>{18});
  CHECK(recorded(cost).total() == 18);
}

}  // namespace
}  // namespace tpuscope
