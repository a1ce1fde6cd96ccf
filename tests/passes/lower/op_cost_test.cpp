// Costs of whole ops: the forms of convolution, and functions and normalisations as the instruction
// sequences of the kernel library. On 4 lanes of 8 bytes, with a cube of 2 columns by 2 channels.

#include <doctest/doctest.h>

#include "passes/tiling/op_form.h"
#include "sim/cost/cost.h"
#include "tests/support/graphs.h"
#include "tests/support/mini_chip.h"

using namespace tpuscope;
using test::mini_chip;

namespace {

/// Work of the one op of the text that computes.
Work work_in(const std::string& text) {
  const Graph graph = testing::graph_of(text);
  for (const OpId op : graph.ops()) {
    if (graph[op].def->work != nullptr) return graph[op].def->work(graph.view(op));
  }
  FAIL("nothing computes");
  return {};
}

std::vector<BdcCost> costs_of(const std::string& text, DType type) {
  std::vector<BdcCost> costs;
  for (const WorkStep& step : work_in(text)) {
    const std::vector<BdcCost> more = bdc_costs(mini_chip(), step, type);
    costs.insert(costs.end(), more.begin(), more.end());
  }
  return costs;
}

/// Cycles behind the start-up of each instruction.
std::int64_t busy_of(const std::vector<BdcCost>& costs) {
  std::int64_t cycles = 0;
  for (const BdcCost& cost : costs)
    cycles += (cost.cost.total() - cost.cost.initial).value;
  return cycles;
}

}  // namespace

TEST_CASE("a depthwise convolution runs its taps over whole vectors, a lane per channel") {
  const auto costs = costs_of(
      "x = Input f16[1,5,4,4]\nw = Weight f16[5,1,3,3]\ny = Conv(x, w) group=5 pads=[1,1,1,1]\n",
      DType::kF16);
  REQUIRE(costs.size() == 1);
  CHECK(costs[0].kind == CommandKind::kDepthwise);
  // 5 channels on 4 lanes: 2; 16 pixels of 4 to a vector: 4; 9 taps
  CHECK(costs[0].cost.total().value == 3 + 2 * 4 * 9);
}

TEST_CASE("a dilated convolution costs its taps, not the pixels between them") {
  // 4 channels: 1 set of lanes; 64 pixels in 2 columns: 32; 9 taps of 2 channels at once
  const auto costs = costs_of(
      "x = Input f16[1,2,8,8]\nw = Weight f16[4,2,3,3]\n"
      "y = Conv(x, w) dilations=[2,2] pads=[2,2,2,2]\n",
      DType::kF16);
  CHECK(costs.at(0).cost.total().value == 5 + 1 * 32 * 9 * 1);
}

TEST_CASE("a grouped convolution runs group after group") {
  // 2 groups; 4 channels each: 1 set of lanes; 16 pixels: 8; 1 tap of 2 channels
  const auto costs = costs_of(
      "x = Input f16[1,4,4,4]\nw = Weight f16[8,2,1,1]\ny = Conv(x, w) group=2\n", DType::kF16);
  CHECK(costs.at(0).cost.total().value == 5 + 2 * 1 * 8 * 1);
}

TEST_CASE("a 3-D convolution has the taps of three axes over the pixels of all slices") {
  // 4 x 4 x 4 pixels in 2 columns: 32; 27 taps
  const auto costs = costs_of(
      "x = Input f16[1,2,4,4,4]\nw = Weight f16[4,2,3,3,3]\ny = Conv(x, w) pads=[1,1,1,1,1,1]\n",
      DType::kF16);
  CHECK(costs.at(0).cost.total().value == 5 + 1 * 32 * 27);
}

TEST_CASE("a transposed convolution spreads each input pixel over its taps") {
  // 3 channels: 1 set of lanes; the 16 pixels of the input: 8; 4 taps. None for the zeros between.
  const auto costs = costs_of(
      "x = Input f16[1,2,4,4]\nw = Weight f16[2,3,2,2]\ny = ConvTranspose(x, w) strides=[2,2]\n",
      DType::kF16);
  CHECK(costs.at(0).cost.total().value == 5 + 1 * 8 * 4);
}

TEST_CASE("functions cost the passes of their sequences in the kernel library") {
  // Cycles per vector in f32: a pass 1, a division 5, a series of L terms (2 L - 1) / 2.
  constexpr double kExp = 10 + 9.5;
  constexpr double kLog = 11 + 15.5;
  struct Row {
    const char* op = nullptr;
    double cycles = 0;
    std::size_t instructions = 0;
  };
  const Row rows[] = {
      {"Exp", kExp, 11},
      {"Sigmoid", 2 + kExp + 5, 2 + 11 + 1},  // negate, e^x, add 1, reciprocal: 26.5
      {"Silu", 2 + kExp + 5, 2 + 11 + 1},     // negate, e^x, add 1, divide: 26.5
      {"Tanh", 3 + kExp + 5, 3 + 11 + 1},     // add, e^x, add 1, divide, subtract: 27.5
      {"Softplus", kExp + 1 + kLog, 11 + 1 + 12},
      // softplus, tanh, product
      {"Mish", (kExp + 1 + kLog) + (3 + kExp + 5) + 1, (11 + 1 + 12) + (3 + 11 + 1) + 1},
  };
  for (const Row& row : rows) {
    CAPTURE(row.op);
    // 4 channels on 4 lanes, 8 elements of 2 to a vector: 4 vectors
    const auto costs =
        costs_of("x = Input f32[1,4,1,8]\ny = " + std::string(row.op) + "(x)\n", DType::kF32);
    CHECK(costs.size() == row.instructions);
    CHECK(static_cast<double>(busy_of(costs)) == 4 * row.cycles);
  }
}

TEST_CASE("normalisations pass over the tensor seven times, without a mean four times") {
  struct Passes {
    std::int64_t tensor = 0;  ///< over all elements, folds included
    std::int64_t rows = 0;    ///< over one value per row
  };
  const auto passes_of = [](const std::string& text, std::int64_t elements) {
    Passes passes;
    for (const WorkStep& step : work_in(text)) {
      const bool is_whole = step.elements() * step.kernel == elements;
      (is_whole ? passes.tensor : passes.rows) += step.passes;
    }
    return passes;
  };
  const Passes group = passes_of(
      "x = Input f32[2,8,4,4]\ns = Weight f32[8]\nb = Weight f32[8]\n"
      "y = GroupNorm(x, s, b) groups=2\n",
      2 * 8 * 4 * 4);
  // mean, subtract, square, mean, scale by 1 / sqrt, gamma, beta; rows: epsilon, 1 / sqrt
  CHECK(group.tensor == 7);
  CHECK(group.rows == 2);
  const Passes rms =
      passes_of("x = Input f32[16,32]\ns = Weight f32[32]\ny = RmsNorm(x, s)\n", 16 * 32);
  // square, mean, scale by 1 / sqrt, gamma
  CHECK(rms.tensor == 4);
  CHECK(rms.rows == 2);
}

TEST_CASE("top-k takes the sorter row by row, sixteen elements a cycle and log2(row) rounds") {
  const auto costs = costs_of("x = Input f32[3,100]\ny, z = TopK(x) k=5 axis=1\n", DType::kF32);
  REQUIRE(costs.size() == 1);
  // 3 rows of 20 to start and 7 rounds of ceil(100 / 16) = 7 cycles
  CHECK(costs[0].kind == CommandKind::kSort);
  CHECK(costs[0].cost.total().value == 3 * (20 + 7 * 7));
}

TEST_CASE("a 16-bit op with a transcendental function runs in f32 between two conversions") {
  const Work work = work_in("x = Input f16[1,4,2,2]\ny = Silu(x)\n");
  const Work wide = widened(work, DType::kF16);
  REQUIRE(wide.size() == work.size() + 2);
  CHECK(wide.front().unit == WorkUnit::kConvert);
  CHECK(wide.back().unit == WorkUnit::kConvert);
  CHECK(wide.front().elements() == 16);
  CHECK(step_type(DType::kF16, DType::kF16, wide, WorkUnit::kExp) == DType::kF32);
  CHECK(step_type(DType::kF16, DType::kF16, wide, WorkUnit::kArith) == DType::kF32);
}

TEST_CASE("an op in f32 and one without such a function stay as they are") {
  const Work silu = work_in("x = Input f32[1,4,2,2]\ny = Silu(x)\n");
  CHECK(widened(silu, DType::kF32).size() == silu.size());
  const Work add = work_in("x = Input f16[1,4,2,2]\ny = Add(x, x)\n");
  CHECK(widened(add, DType::kF16).size() == add.size());
  CHECK(step_type(DType::kF16, DType::kF16, add, WorkUnit::kArith) == DType::kF16);
}
