// Ranges tried as groups: their slices, their time and what is in their way.

#include "passes/planner/candidate_pricer.h"

#include <doctest/doctest.h>

#include "sim/engine/engine.h"
#include "tests/support/mini_chip.h"
#include "tests/support/test_group.h"

namespace tpuscope::test {
namespace {

struct Pricing {
  testing::TestGroup group;
  Chip chip;
  GroupOptions options;
  CandidatePricer pricer;

  Pricing(std::string_view text, Chip machine, GroupOptions choice = {})
      : group(text),
        chip(std::move(machine)),
        options(std::move(choice)),
        pricer(chip, group.run, options) {}

  Trial all() { return pricer.trial(0, group.run.ops.size() - 1); }
};

/// On the machine with 4 lanes a tensor of 4 channels has a channel per lane: h * w * 2 bytes.
std::string chain_of(std::int64_t images, std::int64_t rows) {
  const std::string shape = "[" + std::to_string(images) + ",4," + std::to_string(rows) + ",8]";
  return "x = Input f16" + shape + "\na = Relu(x)\nb = Exp(a)\nreturn b\n";
}

TEST_CASE("a range that fits whole is one slice") {
  // 8 * 8 * 2 = 128 bytes per lane and tensor.
  Pricing test(chain_of(1, 8), mini_chip());
  const Trial trial = test.all();
  REQUIRE(trial.candidate);
  CHECK(trial.candidate->slices == SliceCounts{1, 1, 1, 1, 1});
  CHECK(trial.missing_bytes == 0);
  CHECK(trial.candidate->schedule.rows.size() == 2);
}

TEST_CASE("images are sliced first, then rows") {
  // 4 images of 128 bytes: 512 of the 1024 bytes for each of the tensors that live at once.
  Pricing images(chain_of(4, 8), mini_chip());
  const Trial by_image = images.all();
  REQUIRE(by_image.candidate);
  CHECK(by_image.candidate->slices[kSliceN] > 1);
  CHECK(by_image.candidate->slices[kSliceH] == 1);
  // One image of 64 * 8 * 2 = 1024 bytes.
  Pricing rows(chain_of(1, 64), mini_chip());
  const Trial by_row = rows.all();
  REQUIRE(by_row.candidate);
  CHECK(by_row.candidate->slices[kSliceN] == 1);
  CHECK(by_row.candidate->slices[kSliceH] > 1);
}

TEST_CASE("no more local memory is used than the options allow") {
  const std::string text = chain_of(4, 8);
  Pricing whole(text, mini_chip());
  Pricing half(text, mini_chip(), {.local_bytes = 512});
  const Trial first = whole.all();
  const Trial second = half.all();
  REQUIRE(first.candidate);
  REQUIRE(second.candidate);
  CHECK(product_of(second.candidate->slices) > product_of(first.candidate->slices));
}

TEST_CASE("what is missing is counted in bytes per lane") {
  // Weights stay whole. The filters of 64 channels in and out: each of 4 lanes has 64 / 4 = 16 of
  // them, of 64 channels * 9 taps * 2 bytes: 18432 bytes in 1024.
  Pricing test(R"(
    x = Input f16[1,64,8,8]
    w = Weight f16[64,64,3,3]
    a = Conv(x, w) pads=[1,1,1,1]
    b = Relu(a)
    return b
  )",
               mini_chip());
  const Trial trial = test.all();
  CHECK_FALSE(trial.candidate);
  CHECK(trial.missing_bytes > 18432 - 1024);
  CHECK(trial.rule.empty());
}

TEST_CASE("an op without a local form is named by its rule") {
  Pricing test("x = Input f16[1,4,8,16]\na = Relu(x)\np = Permute(a) order=[0,1,3,2]\nreturn p\n",
               mini_chip());
  const Trial trial = test.all();
  CHECK_FALSE(trial.candidate);
  CHECK(trial.rule == "Permute");
  CHECK(trial.missing_bytes == 0);
}

TEST_CASE("forced slices are taken, or refused where an axis has fewer elements") {
  Pricing forced(chain_of(4, 8), mini_chip(), {.slices = SliceCounts{4, 1, 1, 2, 1}});
  const Trial trial = forced.all();
  REQUIRE(trial.candidate);
  CHECK(trial.candidate->slices == SliceCounts{4, 1, 1, 2, 1});
  Pricing refused(chain_of(4, 8), mini_chip(), {.slices = SliceCounts{5, 1, 1, 1, 1}});
  CHECK(refused.all().rule == "forced_slices");
}

TEST_CASE("the time of a single slice is the sum of its rows") {
  // One slice: load, two instructions and store follow each other.
  const Chip chip = mini_chip({{"command.sync_cycles", "0"}});
  Pricing test(chain_of(1, 8), chip);
  const Trial trial = test.all();
  REQUIRE(trial.candidate);
  GroupPrices prices(chip, test.group.run);
  std::vector<Region> regions;
  for (const GroupValue& value : test.group.run.values)
    regions.push_back(whole(value.type.shape));
  const GroupRange& range = test.group.range;
  const std::int64_t sum =
      prices.load(test.group.value("x"), range, regions[test.group.value("x")]).time +
      prices.op(0, range, regions).time + prices.op(1, range, regions).time +
      prices.store(test.group.value("b"), range, regions[test.group.value("b")]).time;
  CHECK(trial.candidate->time == sum);
}

TEST_CASE("a thorough trial is never slower than the quick one") {
  for (const std::int64_t images : {1, 3, 8}) {
    Pricing test(chain_of(images, 32), mini_chip());
    const Trial quick = test.all();
    const Trial thorough = test.pricer.best_trial(0, 1);
    REQUIRE(quick.candidate);
    REQUIRE(thorough.candidate);
    CHECK(thorough.candidate->time <= quick.candidate->time);
  }
}

TEST_CASE("two cores share slices where that is faster") {
  const Chip two = mini_chip({{"array.cores", "2"}});
  Pricing test(chain_of(8, 8), two);
  Pricing one(chain_of(8, 8), mini_chip());
  const Trial shared = test.pricer.best_trial(0, 1);
  const Trial single = one.pricer.best_trial(0, 1);
  REQUIRE(shared.candidate);
  REQUIRE(single.candidate);
  CHECK(shared.candidate->cores == 2);
  CHECK(single.candidate->cores == 1);
  CHECK(shared.candidate->time < single.candidate->time);
}

TEST_CASE("finer slices are the next ones, until the axes are used up") {
  Pricing test(chain_of(2, 2), mini_chip());
  const auto finer = test.pricer.finer_slices(0, 1, {1, 1, 1, 1, 1});
  REQUIRE(finer);
  CHECK(*finer == SliceCounts{2, 1, 1, 1, 1});
  CHECK_FALSE(test.pricer.finer_slices(0, 1, {2, 1, 1, 2, 1}));
}

}  // namespace
}  // namespace tpuscope::test
