// The software pipeline of a group, priced by hand.

#include "passes/planner/schedule.h"

#include <doctest/doctest.h>

namespace tpuscope {
namespace {

/// Two ops: a load of 5 for the first, computes of 10 and 20, a store of 7 of the last. Rows: row 0
/// computes 10 beside the store of the slice before, row 1 computes 20 beside the next load.
Schedule two_rows() {
  Schedule schedule;
  schedule.rows = {0, 1};
  schedule.transfers = {
      {.value = 0, .is_load = true, .position = 1, .bound = 2, .last = 2},
      {.value = 1, .is_load = false, .position = 4, .bound = 3, .last = 3},
  };
  return schedule;
}

SliceCosts costs(std::int64_t slices) {
  const SliceCost slice{.compute = {10, 20}, .transfer = {5, 7}};
  return {.first = slice, .middle = slice, .last = slice, .slices = slices};
}

TEST_CASE("the pipeline takes slices + 2 iterations of its rows") {
  // fill: the load alone, 5. Each slice: max(10, store) + max(20, load) = 30. Drain: the store, 7.
  CHECK(schedule_time(two_rows(), costs(1), 0) == 5 + 30 + 7);
  CHECK(schedule_time(two_rows(), costs(2), 0) == 5 + 2 * 30 + 7);
  CHECK(schedule_time(two_rows(), costs(3), 0) == 5 + 3 * 30 + 7);
  CHECK(schedule_time(two_rows(), costs(4), 0) == 5 + 4 * 30 + 7);
  CHECK(schedule_time(two_rows(), costs(10), 0) == 5 + 10 * 30 + 7);
}

TEST_CASE("a row takes as long as the slower engine") {
  SliceCosts slow = costs(10);
  for (SliceCost* cost : {&slow.first, &slow.middle, &slow.last})
    cost->transfer = {50, 7};
  // The load of 50 hides the compute of 20 in nine of ten rows 1; the last slice loads nothing.
  CHECK(schedule_time(two_rows(), slow, 0) == 50 + 9 * (10 + 50) + (10 + 20) + 7);
}

TEST_CASE("held weights are loaded for the first slice only") {
  Schedule schedule = two_rows();
  schedule.transfers[0].is_resident = true;
  SliceCosts slow = costs(10);
  for (SliceCost* cost : {&slow.first, &slow.middle, &slow.last})
    cost->transfer = {50, 7};
  CHECK(schedule_time(schedule, slow, 0) == 50 + 10 * 30 + 7);
}

TEST_CASE("balancing moves a load to the row that hides it") {
  // Three ops; what the last one needs is loaded beside the second, which is too short for it.
  Schedule schedule;
  schedule.rows = {0, 1, 2};
  schedule.transfers = {{.value = 0, .is_load = true, .position = 4, .bound = 5, .last = 5}};
  const SliceCost slice{.compute = {40, 10, 40}, .transfer = {30}};
  const SliceCosts times{.first = slice, .middle = slice, .last = slice, .slices = 8};
  CHECK(schedule_time(schedule, times, 0) == 8 * (40 + 30 + 40));
  CHECK(balance(schedule, times, 0));
  CHECK(schedule.transfers[0].position == 3);
  CHECK(schedule_time(schedule, times, 0) == 8 * (40 + 10 + 40));
}

TEST_CASE("a transfer that may not move to the best row moves to the next best, or stays") {
  // Row 0 hides all of the load of row 3's operand, row 1 most of it; today row 2 waits for it.
  Schedule schedule;
  schedule.rows = {0, 1, 2, 3};
  schedule.transfers = {{.value = 0, .is_load = true, .position = 6, .bound = 7, .last = 7}};
  const SliceCost slice{.compute = {40, 25, 10, 40}, .transfer = {30}};
  const SliceCosts times{.first = slice, .middle = slice, .last = slice, .slices = 8};
  const auto moved_unless = [&](std::size_t first, std::size_t second) {
    Schedule tried = schedule;
    balance(tried, times, 0, [&](const ScheduledTransfer& transfer) {
      return transfer.position != first && transfer.position != second;
    });
    return tried.transfers[0].position;
  };
  CHECK(moved_unless(0, 0) == 4);
  CHECK(moved_unless(4, 0) == 5);
  CHECK(moved_unless(4, 5) == 6);
}

TEST_CASE("what is hidden already stays where it is") {
  Schedule schedule = two_rows();
  CHECK_FALSE(balance(schedule, costs(10), 0));
  CHECK(schedule.transfers[0].position == 1);
}

}  // namespace
}  // namespace tpuscope
