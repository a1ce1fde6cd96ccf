// LayerNorm, RmsNorm, BatchNorm, GroupNorm, InstanceNorm, LpNorm, Lrn and the composed
// MeanVarianceNormalization.

#include "tests/support/ops.h"

namespace tpuscope::testing {
namespace {

TEST_CASE("layer norm brings rows to mean 0 and variance 1, then scales and shifts") {
  // Mean 3, variance (4 + 4) / 2 = 4: -1 and 1, times 10, plus 1.
  CHECK(close(values_of(R"(
    x = Weight f32[2,2] {1, 5, 5, 1}
    s = Weight f32[2] {10, 10}
    b = Weight f32[2] {1, 1}
    y = LayerNorm(x, s, b) epsilon=0.0)"),
              {-9, 11, 11, -9}));
}

TEST_CASE("the epsilon is added to the variance") {
  CHECK(close(values_of("x = Weight f32[2] {-4, 4}\ny = LayerNorm(x) epsilon=9.0"),
              {-4.0 / 5, 4.0 / 5}));  // sqrt(16 + 9) = 5
}

TEST_CASE("RMS norm leaves the mean in place") {
  // Root mean square of 1 and 7: sqrt((1 + 49) / 2) = 5.
  CHECK(close(values_of("x = Weight f32[2] {1, 7}\ns = Weight f32[1] {10}\n"
                        "y = RmsNorm(x, s) epsilon=0.0"),
              {10 * 1 / 5.0, 10 * 7 / 5.0}));
}

TEST_CASE("a scale that does not fit the rows is an error, one that broadcasts is not") {
  CHECK(error_of("x = Input f32[4,8]\ns = Weight f32[4]\ny = LayerNorm(x, s)") ==
        "operand 1 is f32[4], the rows are [8]");
  CHECK(error_of("x = Input f32[4,8]\ns = Weight f32[4,1]\ny = LayerNorm(x, s) axis=0") == "");
  CHECK(error_of("x = Input f32[4,8]\ny = LayerNorm(x) axis=2") ==
        "axis 2 does not exist in a tensor of rank 2");
}

TEST_CASE("layer norm folds twice, takes a root per row and a pass per affine operand") {
  const Work work = work_of(R"(
    x = Input f32[64,49,96]
    s = Weight f32[96]
    b = Weight f32[96]
    y = LayerNorm(x, s, b))");
  // Mean, difference; square, mean, epsilon, root, product; row and pass twice.
  REQUIRE(work.size() == 2 + 5 + 2 * 2);
  CHECK(work[0].unit == WorkUnit::kReduce);
  CHECK(work[0].elements() == 64 * 49);
  CHECK(work[0].kernel == 96);
  CHECK(work[5].unit == WorkUnit::kRsqrt);
  CHECK(work[5].elements() == 64 * 49);
  CHECK(work[7].unit == WorkUnit::kBroadcast);
  CHECK(work[7].elements() == 96);
  CHECK(work[8].elements() == 64 * 49 * 96);
}

TEST_CASE("RMS norm scales 16-bit rows in f32, instance norm ends in one linear pass") {
  const auto conversions = [](const std::string& op) {
    std::int64_t elements = 0;
    for (const WorkStep& step :
         work_of("x = Input f16[64,49,96]\ns = Weight f16[96]\ny = " + op + "(x, s)")) {
      if (step.unit == WorkUnit::kConvert) elements += step.elements();
    }
    return elements;
  };
  const std::int64_t all = 64 * 49 * 96;
  CHECK(conversions("RmsNorm") == 3 * all);
  CHECK(conversions("LayerNorm") == all + 64 * 49);
  const Work work = work_of("x = Input f32[2,8,5,5]\ns = Weight f32[8]\ny = InstanceNorm(x, s, s)");
  CHECK(work.back().unit == WorkUnit::kArith);
  CHECK(work.size() == 9);
}

TEST_CASE("a tile of a layer norm keeps its rows whole") {
  const char* const text = "x = Input f32[64,49,96]\ns = Weight f32[96]\ny = LayerNorm(x, s)";
  CHECK(cuts_of(text) == std::vector<bool>{true, true, false});
  CHECK(region_of(text, 0, {{0, 8}, {1, 2}, {0, 96}}) == Region{{0, 8}, {1, 2}, {0, 96}});
  CHECK(region_of(text, 1, {{0, 8}, {1, 2}, {0, 96}}) == Region{{0, 96}});
}

TEST_CASE("batch norm applies its statistics per channel") {
  CHECK(close(values_of(R"(
    x = Weight f32[1,2,2] {1, 2, 3, 4}
    scale = Weight f32[2] {1, 10}
    bias = Weight f32[2] {0, 5}
    mean = Weight f32[2] {1, 3}
    variance = Weight f32[2] {4, 0.25}
    y = BatchNorm(x, scale, bias, mean, variance) epsilon=0.0)"),
              {0, 1 / 2.0, 5, 5 + 10 * 1 / 0.5}));
}

TEST_CASE("a tile of a batch norm needs the parameters of its channels") {
  const char* const text = R"(
    x = Input f32[1,8,4,4]
    p = Weight f32[8]
    y = BatchNorm(x, p, p, p, p))";
  CHECK(region_of(text, 3, {{0, 1}, {2, 6}, {0, 4}, {0, 4}}) == Region{{2, 6}});
  CHECK(work_of(text)[0].passes == 1);
  CHECK(work_of(text)[0].macs() == 0);
  CHECK(error_of("x = Input f32[1,8,4,4]\np = Weight f32[4]\ny = BatchNorm(x, p, p, p, p)") ==
        "operand 1 is f32[4], the input has 8 channels");
}

TEST_CASE("group norm treats the channels of a group as one row, instance norm each alone") {
  const std::string sources = R"(
    x = Weight f32[1,4,1] {1, 5, 20, 40}
    s = Weight f32[4] {1, 1, 1, 2}
    b = Weight f32[4] {0, 0, 0, 1}
)";
  CHECK(close(values_of(sources + "y = GroupNorm(x, s, b) groups=2 epsilon=0.0"),
              {-1, 1, -1, 2 * 1 + 1}));
  CHECK(close(values_of(sources + "y = InstanceNorm(x, s, b)"), {0, 0, 0, 1}));
  CHECK(error_of("x = Input f32[1,4,1]\np = Weight f32[4]\ny = GroupNorm(x, p, p) groups=3") ==
        "4 channels do not divide in 3 groups");
}

TEST_CASE("group norm of opset 18 repeats one scale per group for its channels") {
  CHECK(imported("x = Input f32[1,4,5]\ns = Weight f32[2]\nb = Weight f32[2]", "GroupNormalization",
                 18, {{"num_groups", std::int64_t{2}}}) == "GroupNorm -> f32[1,4,5]");
}

TEST_CASE("LP norm divides rows by their length, and leaves rows of zeros") {
  CHECK(close(values_of("x = Weight f32[2,2] {3, 4, 0, 0}\ny = LpNorm(x)"), {0.6, 0.8, 0, 0}));
  CHECK(close(values_of("x = Weight f32[2] {1, -3}\ny = LpNorm(x) p=1"), {0.25, -0.75}));
  CHECK(error_of("x = Input f32[2]\ny = LpNorm(x) p=3") == "p is 3, allowed are 1 and 2");
}

TEST_CASE("local response norm looks at the nearest channels") {
  // (1 + 3 / 3 * sum of squares of up to three channels) ^ 1.
  CHECK(close(values_of("x = Weight f32[1,3] {1, 2, 3}\n"
                        "y = Lrn(x) size=3 alpha=3.0 beta=1.0 bias=1.0"),
              {1.0 / (1 + 1 + 4), 2.0 / (1 + 1 + 4 + 9), 3.0 / (1 + 4 + 9)}));
  CHECK(cuts_of("x = Input f32[1,8,4,4]\ny = Lrn(x) size=3") ==
        std::vector<bool>{true, false, true, true});
}

TEST_CASE("statistics of training are results where they are used") {
  Graph graph = sources_of("x = Input f32[4,8]\ns = Weight f32[8]");
  OnnxNode node = onnx_node(graph, "LayerNormalization", 17, {});
  node.output_used = {true, true};
  const OnnxValues values = OnnxRegistry::instance().find("LayerNormalization")->translate(node);
  REQUIRE(values.ok());
  REQUIRE(values->size() >= 2);
  CHECK(graph.type((*values)[1]).shape == Shape{4, 1});
}

TEST_CASE("MeanVarianceNormalization becomes reductions and arithmetic") {
  CHECK(imported("x = Input f32[2,3,4,4]", "MeanVarianceNormalization", 13) ==
        "Reduce Sub Mul Reduce Sqrt Add Div -> f32[2,3,4,4]");
}

}  // namespace
}  // namespace tpuscope::testing
