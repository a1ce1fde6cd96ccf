// Neighbouring groups: the next one's first loads come before this one's last stores, unless they
// need what is stored or where it is.

#include <algorithm>

#include <doctest/doctest.h>

#include "sim/verify/schedule_check.h"
#include "tests/support/graphs.h"
#include "tests/support/grouping.h"

namespace tpuscope {
namespace {

/// Two groups of two ops each, which share nothing: the limit cuts them apart; the one written last
/// comes first. All three of its tensors live while b is made, so that b does not lie at the
/// bottom, where y will.
constexpr std::string_view kApart = R"(
  x = Input f16[1,64,64,64]
  y = Input f16[1,64,64,64]
  c = Relu(y)
  d = Tanh(c)
  a = Relu(x)
  b = Add(a, x)
  return b, d
)";

/// The second group works on what the first one stores.
constexpr std::string_view kBehind = R"(
  x = Input f16[1,64,64,64]
  a = Relu(x)
  b = Tanh(a)
  c = Relu(b)
  d = Tanh(c)
  return d
)";

Simulation run(const Graph& graph, const std::string& switches) {
  const Chip chip = *load_chip("bm1684x");
  GroupOptions options = testing::grouping(switches);
  options.max_ops = 2;
  options.slices = SliceCounts{1, 1, 1, 1, 1};
  const Plan plan = testing::planned(graph, chip, options);
  REQUIRE(plan.groups.size() == 2);
  REQUIRE(plan.groups[1].ops().size() == 2);
  Result<Simulation> simulation = simulate(graph, chip, plan);
  REQUIRE(simulation.ok());
  for (const Error& error :
       check_schedule(graph, chip, simulation->program, simulation->timeline)) {
    FAIL_CHECK(error.message);
  }
  return *std::move(simulation);
}

/// Groups of the GDMA's commands, in the order of its queue.
std::vector<std::uint32_t> transfers_of(const Simulation& simulation) {
  std::vector<std::uint32_t> groups;
  for (const Command& command : simulation.program.commands) {
    if (command.engine == Engine::kGdma) groups.push_back(command.group);
  }
  return groups;
}

using OverlapGroupsOrder = std::vector<std::uint32_t>;

TEST_CASE("the load of a group that shares nothing comes before the store of the one before it") {
  const Graph graph = testing::graph_of(kApart);
  const Simulation before = run(graph, "optimized,-group_overlap");
  const Simulation after = run(graph, "optimized");
  CHECK(transfers_of(before) == OverlapGroupsOrder{0, 0, 1, 1});
  CHECK(transfers_of(after) == OverlapGroupsOrder{0, 1, 0, 1});
  CHECK(after.timeline.makespan < before.timeline.makespan);
  CHECK(after.program.commands.size() == before.program.commands.size());
}

TEST_CASE("what the group before stores is loaded behind that store") {
  const Graph graph = testing::graph_of(kBehind);
  const Simulation before = run(graph, "optimized,-group_overlap");
  const Simulation after = run(graph, "optimized");
  CHECK(transfers_of(after) == OverlapGroupsOrder{0, 0, 1, 1});
  CHECK(after.timeline.makespan == before.timeline.makespan);
}

TEST_CASE("a load keeps its place where the group before has no room for it") {
  // Two of three tensors of 88 KiB per lane fit: the load of y would write where b lies.
  const Graph graph = testing::graph_of(R"(
    x = Input f16[1,64,176,256]
    y = Input f16[1,64,176,256]
    a = Relu(x)
    b = Relu(a)
    c = Relu(y)
    d = Relu(c)
    return b, d
  )");
  const Simulation after = run(graph, "optimized");
  const std::vector<std::uint32_t> order = transfers_of(after);
  const auto second = std::find(order.begin(), order.end(), 1U);
  // Whatever the addresses, the replay in run() found nothing overwritten; and the load waits for
  // the instructions that used its place.
  CHECK(second != order.begin());
}

TEST_CASE("with overlap no network is slower") {
  const Chip chip = *load_chip("bm1684x");
  for (const char* name : {"resnet50", "yolov5s", "swin_t"}) {
    CAPTURE(name);
    const Graph graph = testing::prepared(name, DType::kF16, "optimized");
    Plan plan = testing::planned(graph, chip, testing::grouping("optimized"));
    REQUIRE(plan.overlaps_groups);
    const Simulation with = *simulate(graph, chip, plan);
    plan.overlaps_groups = false;
    const Simulation without = *simulate(graph, chip, plan);
    CHECK(with.timeline.makespan <= without.timeline.makespan);
  }
}

}  // namespace
}  // namespace tpuscope
