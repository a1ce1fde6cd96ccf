// Plans that share what was found for other networks and other switches are the plans that each
// would get by itself.

#include "passes/planner/plan_memo.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/graphs.h"
#include "tests/support/grouping.h"
#include "tests/support/plan_text.h"

namespace tpuscope {
namespace {

TEST_CASE("plans with a shared memo are the same as plans by themselves") {
  const Chip chip = *load_chip("bm1684x", {});
  PlanMemo memo;
  for (const DType precision : {DType::kF16, DType::kI8}) {
    for (const std::string switches :
         {"baseline", "optimized", "optimized,-local.squeeze", "optimized,-local.weight_split",
          "optimized,-timestep_balance"}) {
      CAPTURE(switches);
      const Graph graph = testing::prepared("swin_t", precision, switches);
      const GroupOptions options = testing::grouping(switches);
      const Result<Plan> shared = plan_layer_groups(graph, chip, options, &memo);
      REQUIRE(shared.ok());
      CHECK(testing::plan_text(graph, *shared) ==
            testing::plan_text(graph, testing::planned(graph, chip, options)));
    }
  }
}

TEST_CASE("a run that was cut before is cut anew by another method and within another limit") {
  const Chip chip = *load_chip("bm1684x", {});
  PlanMemo memo;
  const Graph graph = testing::prepared("swin_t", DType::kF16, "optimized");
  GroupOptions small = testing::grouping("optimized");
  small.max_ops = 2;
  for (const GroupOptions& options : {testing::grouping("optimized", GroupMethod::kDp),
                                      testing::grouping("optimized", GroupMethod::kGreedy), small,
                                      testing::grouping("optimized", GroupMethod::kDp)}) {
    const Result<Plan> shared = plan_layer_groups(graph, chip, options, &memo);
    REQUIRE(shared.ok());
    CHECK(testing::plan_text(graph, *shared) ==
          testing::plan_text(graph, testing::planned(graph, chip, options)));
  }
}

TEST_CASE("a chip lacks a type however often it is asked") {
  // The second network asks for what the first one has put into the memo.
  const Chip chip = *load_chip("bm1684", {});
  PlanMemo memo;
  for (const std::string name : {"a", "b"}) {
    const Graph graph = testing::graph_of("x = Input f16[2,64]\n" + name + " = Relu(x)");
    const Result<Plan> plan = plan_layer_groups(graph, chip, {}, &memo);
    REQUIRE_FALSE(plan.ok());
    CHECK(plan.error().message == "bm1684 has no f16");
    CHECK(plan.error().where == name);
  }
}

}  // namespace
}  // namespace tpuscope
