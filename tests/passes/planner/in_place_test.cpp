// Results in their operands' places: only where nothing fits otherwise, only over what is dead, and
// at the price of a bank conflict.

#include <algorithm>

#include <doctest/doctest.h>

#include "sim/verify/schedule_check.h"
#include "tests/support/graphs.h"
#include "tests/support/grouping.h"
#include "tests/support/models.h"

namespace tpuscope {
namespace {

const Chip& bm1684x_in_place() {
  static const Chip chip = *load_chip("bm1684x");
  return chip;
}

/// Of a tensor f16[1,64,256,256] each lane holds 256 * 256 * 2 = 128 KiB: two of them fill it.
GroupOptions one_slice() {
  GroupOptions options = testing::grouping("optimized");
  options.slices = SliceCounts{1, 1, 1, 1, 1};
  return options;
}

/// Of a plan of one group, the address of an op's result.
std::uint32_t address_of(const Graph& graph, const Plan& plan, std::string_view name) {
  for (const LocalBuffer& buffer : plan.groups.at(0).layers()->buffers) {
    if (graph[buffer.value].name == name) return buffer.ranges.at(0).address;
  }
  FAIL(std::string(name), " has no buffer");
  return 0;
}

void check_order_in_place(const Graph& graph, const Plan& plan) {
  const Simulation simulation = *simulate(graph, bm1684x_in_place(), plan);
  for (const Error& error :
       check_schedule(graph, bm1684x_in_place(), simulation.program, simulation.timeline)) {
    FAIL_CHECK(error.message);
  }
}

TEST_CASE("a sum takes the place of an operand that dies, where three tensors do not fit") {
  const Graph graph = testing::graph_of(R"(
    x = Input f16[1,64,256,256]
    y = Input f16[1,64,256,256]
    a = Add(x, y)
    b = Mul(a, y)
    return b
  )");
  const Plan plan = testing::planned(graph, bm1684x_in_place(), one_slice());
  REQUIRE(plan.groups.size() == 1);
  // y is needed again, x is not; then a and y both die, and the first is taken.
  CHECK(address_of(graph, plan, "a") == address_of(graph, plan, "x"));
  CHECK(address_of(graph, plan, "b") == address_of(graph, plan, "a"));
  CHECK(plan.groups[0].peak_local_bytes() == 256 * 1024);
  check_order_in_place(graph, plan);
}

TEST_CASE("an operand that is needed again keeps its place") {
  const Graph graph = testing::graph_of(R"(
    x = Input f16[1,64,256,256]
    y = Input f16[1,64,256,256]
    a = Add(x, y)
    b = Mul(x, y)
    c = Sub(a, b)
    return c
  )");
  CHECK(testing::planned(graph, bm1684x_in_place(), one_slice()).groups.size() == 3);
}

TEST_CASE("an operand that is stored or broadcast keeps its place") {
  const Graph stored = testing::graph_of(R"(
    x = Input f16[1,64,256,128]
    y = Input f16[1,64,256,128]
    z = Input f16[1,64,256,128]
    a = Add(x, y)
    b = Mul(a, z)
    return a, b
  )");
  // Four of five tensors of 64 KiB fit: b needs a place, and that of a is being stored.
  const Plan plan = testing::planned(stored, bm1684x_in_place(), one_slice());
  check_order_in_place(stored, plan);
  if (plan.groups.size() == 1) {
    CHECK(address_of(stored, plan, "b") != address_of(stored, plan, "a"));
  }
  const Graph broadcast = testing::graph_of(R"(
    x = Input f16[1,64,256,256]
    y = Input f16[1,64,256,1]
    a = Add(y, x)
    b = Add(y, a)
    return b
  )");
  const Plan sums = testing::planned(broadcast, bm1684x_in_place(), one_slice());
  REQUIRE(sums.groups.size() == 1);
  CHECK(address_of(broadcast, sums, "a") == address_of(broadcast, sums, "x"));
  CHECK(address_of(broadcast, sums, "b") == address_of(broadcast, sums, "a"));
  check_order_in_place(broadcast, sums);
}

TEST_CASE("where everything fits, results have places of their own") {
  const Graph graph = testing::graph_of(R"(
    x = Input f16[1,64,64,64]
    y = Input f16[1,64,64,64]
    a = Add(x, y)
    b = Mul(a, y)
    return b
  )");
  const Plan plan = testing::planned(graph, bm1684x_in_place(), one_slice());
  REQUIRE(plan.groups.size() == 1);
  CHECK(address_of(graph, plan, "a") != address_of(graph, plan, "x"));
  CHECK(address_of(graph, plan, "b") != address_of(graph, plan, "a"));
}

TEST_CASE("with little local memory schedules that write in place are in order") {
  std::size_t in_place = 0;
  for (const char* name : {"resnet50", "swin_t", "yolov5s"}) {
    if (testing::kIsSanitized && name != std::string_view("resnet50")) continue;
    const Graph graph = testing::prepared(name, DType::kF16, "optimized");
    for (const std::int64_t kib : {160, 96, 64, 40, 32, 24}) {
      GroupOptions options = testing::grouping("optimized");
      options.local_bytes = kib * 1024;
      const Plan plan = testing::planned(graph, bm1684x_in_place(), options);
      check_order_in_place(graph, plan);
      for (const Group& group : plan.groups) {
        const LayerGroup* layers = group.layers();
        if (layers == nullptr) continue;
        for (const LocalBuffer& a : layers->buffers) {
          in_place += std::any_of(layers->buffers.begin(), layers->buffers.end(),
                                  [&](const LocalBuffer& b) {
                                    return !(a.value == b.value) && a.last == b.first &&
                                           a.kind != BufferKind::kScratch &&
                                           b.kind != BufferKind::kScratch &&
                                           a.ranges.at(0).address == b.ranges.at(0).address;
                                  })
                          ? 1U
                          : 0U;
        }
      }
    }
  }
  CHECK(in_place > 0);
}

}  // namespace
}  // namespace tpuscope
