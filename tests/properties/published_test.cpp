// What was published about networks on BM1684X, against what the simulator makes of its chip file.
// The figures below are nowhere else but in tests, docs and the table of measurements.

#include "tests/support/grouping.h"
#include "tests/support/mini_chip.h"

namespace tpuscope {
namespace {

using testing::simulated;

struct PublishedOutcome {
  double ms = 0;
  double megabytes = 0;  ///< on the DDR bus, 10^6
};

PublishedOutcome outcome_of(const std::string& model, DType precision,
                            const std::string& switches) {
  const Result<Graph> network = load_graph(model);
  REQUIRE(network.ok());
  const auto run = simulated(*network, *load_chip("bm1684x", {{"overhead.launch_us", "13"}}),
                             precision, switches);
  REQUIRE(run.has_value());
  PublishedOutcome outcome{.ms =
                               static_cast<double>(run->simulation.timeline.makespan.value) / 1e9};
  for (const Command& command : run->simulation.program.commands)
    outcome.megabytes += static_cast<double>(command.ddr_read + command.ddr_write) / 1e6;
  return outcome;
}

bool is_within(double value, double published, double part) {
  return value > published * (1 - part) && value < published * (1 + part);
}

// The report is on the compiler and counts the device's time, not a launch as bmrt_test does.
// Before: the permutes of that compiler took several passes, ours take one. After: all but a tenth.
TEST_CASE("Swin-T takes the published time before and after its optimisation") {
  struct Published {
    DType precision;
    double before;
    double after;
  };
  for (const Published& row :
       {Published{DType::kF16, 7.411, 3.522}, Published{DType::kI8, 5.505, 2.228}}) {
    CAPTURE(name_of(row.precision));
    const double before = outcome_of("swin_t", row.precision, "baseline").ms;
    const double after = outcome_of("swin_t", row.precision, "optimized").ms;
    CHECK(is_within(before, row.before, 0.2));
    CHECK(is_within(after, row.after, 0.1));
    CHECK(is_within(before / after, row.before / row.after, 0.25));
    CHECK_FALSE(is_within(after, row.before, 0.2));  // the comparison can fail
  }
  // One figure: the optimisation hardly changes FP32, whose products stay outside of groups.
  const double before = outcome_of("swin_t", DType::kF32, "baseline").ms;
  CHECK(is_within(before, 41.89, 0.1));
  CHECK(is_within(outcome_of("swin_t", DType::kF32, "optimized").ms, 41.89, 0.05));
}

TEST_CASE("DDR bytes are those that published utilisation implies, within 15 %") {
  // Utilisation * time * peak (64 to 68.3 GB/s, here the upper) of the model zoo's records.
  struct Published {
    const char* model;
    DType precision;
    const char* switches;
    double megabytes;
  };
  for (const Published& row : {
           Published{"resnet50", DType::kF32, "optimized", 113},
           Published{"resnet50", DType::kF16, "optimized", 52.4},
           Published{"resnet50", DType::kI8, "optimized", 27.3},
           Published{"swin_t", DType::kF32, "baseline", 516},
           // A compiler between before and after, 4.316 ms: it eliminates transposes, but has no
           // local Squeeze and does not split the weights of elementwise ops.
           Published{"swin_t", DType::kF16,
                     "optimized,-local.squeeze,-local.weight_split,-split_products,-fold_stems",
                     151},
       }) {
    CAPTURE(row.model);
    CAPTURE(name_of(row.precision));
    CHECK(is_within(outcome_of(row.model, row.precision, row.switches).megabytes, row.megabytes,
                    0.15));
  }
  const PublishedOutcome between =
      outcome_of("swin_t", DType::kF16, "optimized,-local.squeeze,-local.weight_split");
  CHECK(is_within(between.ms, 4.316, 0.15));
}

}  // namespace
}  // namespace tpuscope
