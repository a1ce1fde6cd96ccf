// Plans that share what was found for other networks and other switches are the plans that each
// would get by itself.

#include "passes/planner/plan_memo.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include "base/text.h"
#include "tests/support/graphs.h"
#include "tests/support/grouping.h"

namespace tpuscope {
namespace {

/// Everything that the lowering reads, and why groups end.
std::string text_of_plan_memo(const Plan& plan) {
  std::string text;
  for (const Group& group : plan.groups) {
    text += fmt::format("{} cores {} pieces {} takes {} ps:", list_text(group.secs), group.cores,
                        group.pieces, group.estimate.value);
    for (const OpId op : group.ops)
      text += fmt::format(" {}", op.index);
    for (const TimestepRow& row : group.rows) {
      text +=
          fmt::format(" row {} {} {}", row.loads.size(), row.computes.size(), row.stores.size());
    }
    for (const LocalBuffer& buffer : group.buffers) {
      text += fmt::format(" buffer {}.{} {}-{}", buffer.value.op.index, buffer.value.result,
                          buffer.first, buffer.last);
      for (const LocalRange& place : buffer.places)
        text += fmt::format(" @{}+{}", place.address, place.bytes);
    }
    text += "\n";
  }
  for (const GroupDecision& decision : plan.decisions) {
    text += fmt::format("{} {} {} {} {}\n", decision.op.index, decision.rule, decision.text,
                        decision.bytes, decision.cost.value);
  }
  return text;
}

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
      CHECK(text_of_plan_memo(*shared) ==
            text_of_plan_memo(testing::planned(graph, chip, options)));
    }
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
