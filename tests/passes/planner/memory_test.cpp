// Buffers of groups: how long they live, which results reuse them, and their addresses. Sizes are
// given by hand, so that sums can be read.

#include "passes/planner/memory.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "tests/support/mini_chip.h"
#include "tests/support/test_group.h"

namespace tpuscope::test {
namespace {

/// Rows 0, 1, 2 make a, b, c. Position p is row p % 3 of stage p / 3: loads are in stage 0, ops in
/// stage 1 (positions 3, 4, 5), stores in stage 2.
constexpr std::string_view kChain = R"(
  x = Input f16[1,4,8,8]
  a = Relu(x)
  b = Sigmoid(a)
  c = Exp(b)
  return c
)";

struct Buffers {
  testing::TestGroup group;
  Schedule schedule{};
  BufferSizes sizes{};

  explicit Buffers(std::string_view text)
      : group(text),
        schedule(nearest_schedule(group.run, group.range,
                                  std::vector<bool>(group.run.values.size(), false))) {
    sizes.values.assign(group.run.values.size(), 64);
    sizes.scratch.assign(schedule.rows.size(), 0);
  }

  std::vector<GroupBuffer> made(bool is_sliced, const InPlaceOperands& in_place = {}) const {
    return group_buffers(group.run, group.range, schedule, sizes, is_sliced, in_place);
  }
  const GroupBuffer& of(const std::vector<GroupBuffer>& buffers, std::string_view name) const {
    const auto found = std::find_if(buffers.begin(), buffers.end(), [&](const GroupBuffer& buffer) {
      return buffer.value == group.value(name) && buffer.kind != BufferKind::kScratch;
    });
    REQUIRE(found != buffers.end());
    return *found;
  }
};

TEST_CASE("a buffer lives from its load or its op to its last reader or store") {
  const Buffers test(kChain);
  const std::vector<GroupBuffer> buffers = test.made(false);
  REQUIRE(buffers.size() == 4);
  // x is loaded beside the row before row 0 of stage 1, which is position 2, and read at 3.
  CHECK(test.of(buffers, "x").begin == 2);
  CHECK(test.of(buffers, "x").end == 3);
  CHECK(test.of(buffers, "a").begin == 3);
  CHECK(test.of(buffers, "a").end == 4);
  // c is made at 5 and stored one row later.
  CHECK(test.of(buffers, "c").begin == 5);
  CHECK(test.of(buffers, "c").end == 6);
}

TEST_CASE("working space lives in its op's row only") {
  Buffers test(kChain);
  test.sizes.scratch = {0, 128, 0};
  const std::vector<GroupBuffer> buffers = test.made(false);
  REQUIRE(buffers.size() == 5);
  CHECK(buffers.back().kind == BufferKind::kScratch);
  CHECK(buffers.back().bytes == 128);
  CHECK(buffers.back().begin == 4);
  CHECK(buffers.back().end == 4);
}

TEST_CASE("a buffer that lives longer than one turn of the rows has a copy for each turn") {
  // x is read in the last row again: alive from position 2 to 5, that is 4 of 3 rows.
  const Buffers test(R"(
    x = Input f16[1,4,8,8]
    a = Relu(x)
    b = Sigmoid(a)
    c = Add(b, x)
    return c
  )");
  CHECK(test.of(test.made(true), "x").copies == 2);
  CHECK(test.of(test.made(false), "x").copies == 1);  // of one slice there is one of everything
  CHECK(test.of(test.made(true), "a").copies == 1);
}

TEST_CASE("a result reuses the buffer of an operand that is read for the last time") {
  const Buffers test(kChain);
  const InPlaceOperands in_place = {{test.group.value("x")}, {test.group.value("a")}, {}};
  const std::vector<GroupBuffer> buffers = test.made(false, in_place);
  // a and b are in x's buffer, one after the other; c has its own.
  REQUIRE(buffers.size() == 2);
  const GroupBuffer& x = test.of(buffers, "x");
  REQUIRE(x.in_place.size() == 2);
  CHECK(x.in_place[0].value == test.group.value("a"));
  CHECK(x.in_place[1].value == test.group.value("b"));
  CHECK(x.end == test.of(test.made(false), "b").end);
}

TEST_CASE("a reused buffer is as large as the largest that is in it") {
  Buffers test(kChain);
  test.sizes.values[test.group.value("a")] = 96;
  const std::vector<GroupBuffer> buffers = test.made(false, {{test.group.value("x")}, {}, {}});
  CHECK(test.of(buffers, "x").bytes == 96);
}

TEST_CASE("a buffer that is read again later is not reused") {
  const Buffers test(R"(
    x = Input f16[1,4,8,8]
    a = Relu(x)
    b = Sigmoid(a)
    c = Add(b, x)
    return c
  )");
  CHECK(test.made(false, {{test.group.value("x")}, {}, {}}).size() == 4);
}

TEST_CASE("in slices, reuse must not make a buffer live longer than one turn of the rows") {
  const Buffers test(kChain);
  // x is alive from 2, c to 6: 5 positions of 3 rows. x with a alone: 2 to 4, which is one turn.
  const InPlaceOperands all = {
      {test.group.value("x")}, {test.group.value("a")}, {test.group.value("b")}};
  CHECK(test.made(false, all).size() == 1);
  const std::vector<GroupBuffer> sliced = test.made(true, all);
  CHECK(test.of(sliced, "x").in_place.size() == 1);
}

TEST_CASE("the peak is the most that lives in any row, on a ring where slices follow each other") {
  const Buffers test(kChain);
  // One slice: x and a at 3, a and b at 4, b and c at 5: two buffers of 64 at most.
  CHECK(peak_bytes(test.made(false), 3, false) == 2 * 64);
  // Slices: row 0 has x (read) and a of this slice and c (stored) of the slice before; row 2 has b,
  // c and the next x.
  CHECK(peak_bytes(test.made(true), 3, true) == 3 * 64);
}

TEST_CASE("the peak out of beginnings and ends is the peak of the buffers") {
  Buffers test(R"(
    x = Input f16[2,4,8,8]
    w = Weight f16[4,4,3,3]
    a = Relu(x)
    b = Conv(a, w) pads=[1,1,1,1]
    c = Sigmoid(b)
    v = Reshape(c) shape=[2,4,64]
    u = Reshape(a) shape=[2,4,64]
    d = Add(v, u)
    return d, c
  )");
  // Sizes that no two buffers share, so that one too many or too few shows.
  for (std::size_t value = 0; value < test.sizes.values.size(); ++value)
    test.sizes.values[value] = std::int64_t{1} << value;
  test.sizes.scratch[1] = 4096;
  const std::size_t rows = test.schedule.rows.size();
  const auto check = [&] {
    for (const bool is_sliced : {false, true}) {
      CHECK(peak_bytes(test.group.run, test.schedule, test.sizes, is_sliced) ==
            peak_bytes(test.made(is_sliced), rows, is_sliced));
    }
  };
  check();
  // Loads as early and stores as late as they may be, weights for all slices.
  for (ScheduledTransfer& transfer : test.schedule.transfers) {
    if (transfer.is_load) {
      transfer.position = transfer.last + 1 > rows ? transfer.last + 1 - rows : 0;
      transfer.is_resident = transfer.value == test.group.value("w");
    } else {
      transfer.position = transfer.bound + rows - 1;
    }
  }
  check();
  test.sizes.scratch[1] = 0;
  check();
}

TEST_CASE("buffers that live at the same time get different addresses, others may share one") {
  const Buffers test(kChain);
  const Chip chip = mini_chip();  // 1 KiB per lane in 4 banks
  std::vector<GroupBuffer> buffers = test.made(false);
  REQUIRE(place_buffers(chip, test.group.run, test.schedule, buffers, 1024, false));
  const auto address = [&](std::string_view name) {
    return test.of(buffers, name).ranges.at(0).address;
  };
  CHECK(address("x") != address("a"));
  CHECK(address("a") != address("b"));
  CHECK(address("b") != address("c"));
  // An instruction's operand and result begin in different banks where there is room.
  CHECK(address("x") / 256 != address("a") / 256);
  CHECK(address("x") == address("b"));
}

TEST_CASE("banks are given up before the group is") {
  const Buffers test(kChain);
  const Chip chip = mini_chip();
  std::vector<GroupBuffer> buffers = test.made(false);
  // 128 bytes hold two buffers of 64, all in the first bank of 256.
  REQUIRE(place_buffers(chip, test.group.run, test.schedule, buffers, 128, false));
  CHECK(bank_conflicts_of(chip, test.group.run, test.group.range, test.schedule, buffers) ==
        std::vector<std::int64_t>{1, 1, 1});
  REQUIRE(place_buffers(chip, test.group.run, test.schedule, buffers, 1024, false));
  CHECK(bank_conflicts_of(chip, test.group.run, test.group.range, test.schedule, buffers) ==
        std::vector<std::int64_t>{0, 0, 0});
  CHECK_FALSE(place_buffers(chip, test.group.run, test.schedule, buffers, 127, false));
}

TEST_CASE("every copy of a buffer has an address of its own") {
  const Buffers test(R"(
    x = Input f16[1,4,8,8]
    a = Relu(x)
    b = Sigmoid(a)
    c = Add(b, x)
    return c
  )");
  std::vector<GroupBuffer> buffers = test.made(true);
  REQUIRE(place_buffers(mini_chip(), test.group.run, test.schedule, buffers, 1024, true));
  const std::vector<LocalRange>& ranges = test.of(buffers, "x").ranges;
  REQUIRE(ranges.size() == 2);
  CHECK(ranges[0].address != ranges[1].address);
}

TEST_CASE("a buffer lives longer where its rows have room, and copies count") {
  // 64 bytes each: x lives in positions 2 and 3, a in 3 and 4, b in 4 and 5, c in 5 and 6.
  Buffers test(kChain);
  const std::vector<GroupBuffer> alone = test.made(false);
  const std::size_t x = test.group.value("x");
  CHECK(BytesInUse(alone, 3, false, 128).extend(x, 1));
  CHECK_FALSE(BytesInUse(alone, 3, false, 191).extend(x, 4));
  CHECK(BytesInUse(alone, 3, false, 192).extend(x, 4));
  // In slices row 1 holds a and b; x would be there as well, throughout.
  const std::vector<GroupBuffer> sliced = test.made(true);
  CHECK_FALSE(BytesInUse(sliced, 3, true, 191).extend(x, 1));
  BytesInUse in_use(sliced, 3, true, 200);
  CHECK(in_use.extend(x, 1));
  CHECK(in_use.extend(x, 2));
  // A fourth position is the first of a second copy: 256 bytes in every row.
  CHECK_FALSE(in_use.extend(x, 0));
  // The schedule with that load says the same.
  test.schedule.transfers[0].position = 1;
  CHECK(peak_bytes(test.made(true), 3, true) == 192);
}

TEST_CASE("a buffer does not live longer where a result could no longer reuse it") {
  const Buffers test(kChain);
  const std::size_t x = test.group.value("x");
  const std::size_t a = test.group.value("a");
  const std::size_t b = test.group.value("b");
  const std::vector<GroupBuffer> reused = test.made(false, {{x}, {a}, {b}});
  REQUIRE(reused.size() == 1);
  BytesInUse in_use(reused, 3, false, 64);
  CHECK(in_use.extend(x, 1));
  CHECK_FALSE(in_use.extend(b, 7));
  CHECK(in_use.extend(test.group.value("c"), 7));
}

}  // namespace
}  // namespace tpuscope::test
