// Plans of small networks, compared with stored files: which ops are together, how they are sliced,
// where their buffers are and what the planner expects of them. A change of the planner or of a
// chip's numbers shows as a difference in plans/*.plan. After a wanted change, run this file's
// tests once with TPUSCOPE_WRITE_GOLDEN=1 and read the difference before committing it.

#include <cstdlib>
#include <fstream>

#include <fmt/core.h>

#include "tests/support/grouping.h"
#include "tests/support/mini_chip.h"
#include "tests/support/places.h"
#include "tests/support/plan_text.h"
#include "tests/support/temporary_folder.h"

namespace tpuscope::testing {
namespace {

/// How a network of plans/ is planned.
struct GoldenPlan {
  std::string chip{"bm1684x"};
  DType precision = DType::kF16;
  GroupMethod method = GroupMethod::kDp;
  std::string switches{"optimized"};
};

std::string described(const std::string& network, const GoldenPlan& golden) {
  return fmt::format("{}.graph on {} in {}, {}, {}\n", network, golden.chip,
                     name_of(golden.precision), golden.switches, name_of(golden.method));
}

void check_plan(const std::string& network, const GoldenPlan& golden) {
  CAPTURE(network);
  const std::string path = test::source_folder() + "/tests/golden/plans/" + network;
  const Chip chip = *load_chip(golden.chip);
  Result<Graph> loaded = load_graph(path + ".graph");
  if (!loaded.ok()) FAIL(loaded.error().where, ": ", loaded.error().message);
  const Graph graph =
      prepared(*std::move(loaded), golden.precision, golden.switches, float_type_of(chip));
  const Plan plan = planned(graph, chip, grouping(golden.switches, golden.method));
  const std::string text = described(network, golden) + plan_text(graph, plan);
  if (std::getenv("TPUSCOPE_WRITE_GOLDEN") != nullptr) {
    std::ofstream(path + ".plan", std::ios::binary) << text;
  }
  CHECK(text == test::read_bytes(path + ".plan"));
}

TEST_CASE("convolutions with residuals are groups over the whole map") {
  check_plan("residual", {});
}

TEST_CASE("an attention layer without permutes, in rows") {
  check_plan("attention",
             {.method = GroupMethod::kOptimal, .switches = "optimized,-head_attention"});
}

TEST_CASE("attention in windows, between two permutes that stay") {
  check_plan("window_attention", {});
}

TEST_CASE("products in f32 run alone, in tiles") {
  check_plan("mlp", {.precision = DType::kF32});
}

TEST_CASE("a depthwise block on several images") {
  check_plan("depthwise", {.method = GroupMethod::kGreedy});
}

TEST_CASE("a neck that doubles and joins maps") {
  check_plan("neck", {.method = GroupMethod::kOptimal});
}

TEST_CASE("elementwise ops with views between them") {
  check_plan("views", {.precision = DType::kF32});
}

TEST_CASE("a quantised classifier") {
  check_plan("int8", {.precision = DType::kI8});
}

TEST_CASE("two cores share slices and tiles") {
  check_plan("two_cores", {.chip = "bm1688", .precision = DType::kI8});
}

TEST_CASE("what one result folds comes in pieces") {
  check_plan("pieces", {.precision = DType::kF32});
}

}  // namespace
}  // namespace tpuscope::testing
