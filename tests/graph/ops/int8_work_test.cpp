// What ops ask of the machine when their elements are 8-bit.

#include <algorithm>

#include <doctest/doctest.h>

#include "tests/support/ops.h"

namespace tpuscope {
namespace {

using testing::units_of;
using testing::work_of;
using Units = std::vector<WorkUnit>;

TEST_CASE("a function of an 8-bit tensor is a table for every lane and a look-up") {
  const Units table{WorkUnit::kBroadcast, WorkUnit::kLookup};
  for (const std::string op : {"Gelu", "Sigmoid", "Silu", "Tanh", "Mish", "HardSwish", "Erf"}) {
    CAPTURE(op);
    CHECK(units_of("x = Input i8[2,64]\ny = " + op + "(x)") == table);
    CHECK(units_of("x = Input f16[2,64]\ny = " + op + "(x)") != table);
    const Work work = work_of("x = Input i8[2,64]\ny = " + op + "(x)");
    CHECK(work[0].elements() == 256);
    CHECK(work[1].elements() == 2 * 64);
    CHECK(work[1].passes == 1);
  }
}

TEST_CASE("one or two plain passes stay what they are") {
  CHECK(units_of("x = Input i8[2,64]\ny = Relu(x)") == Units{WorkUnit::kArith});
  CHECK(units_of("x = Input i8[2,64]\ny = LeakyRelu(x)") ==
        Units{WorkUnit::kArith, WorkUnit::kCompare});
  CHECK(units_of("x = Input i8[2,64]\ny = Clip(x) min=0.0 max=6.0") == Units{WorkUnit::kArith});
  CHECK(units_of("x = Input i8[2,64]\ny = Cast(x) to=\"f16\"") == Units{WorkUnit::kConvert});
}

TEST_CASE("8-bit sums scale each operand, products and quotients one, in 16 bits") {
  const auto scalings = [](const std::string& op, const std::string& type) {
    std::int64_t passes = 0;
    for (const WorkStep& step : work_of("a = Input " + type + "[2,64]\nb = Input " + type +
                                        "[2,64]\ny = " + op + "(a, b)")) {
      if (step.type == DType::kI16) passes += step.passes;
    }
    return std::max<std::int64_t>(0, passes - 1);  // the sum or product itself
  };
  CHECK(scalings("Add", "i8") == 2);
  CHECK(scalings("Sub", "i8") == 2);
  CHECK(scalings("Mul", "i8") == 1);
  CHECK(scalings("Div", "i8") == 1);
  CHECK(scalings("Max", "i8") == 0);
  CHECK(scalings("Add", "f16") == 0);
}

TEST_CASE(
    "8-bit products say that they are brought to the result's scale and whether a bias is added") {
  const Work work = work_of("a = Input i8[3,5,7]\nb = Input i8[3,7,9]\ny = MatMul(a, b)");
  REQUIRE(work.size() == 1);
  CHECK(work[0].scaled);
  CHECK_FALSE(work[0].biased);
  CHECK_FALSE(work_of("a = Input f16[3,5,7]\nb = Input f16[3,7,9]\ny = MatMul(a, b)")[0].scaled);
  const std::string conv = "x = Input i8[1,80,8,8]\nw = Weight i8[4,80,3,3]\nb = Weight i32[4]\n";
  CHECK(units_of(conv + "y = Conv(x, w)") == Units{WorkUnit::kConv});
  CHECK(work_of(conv + "y = Conv(x, w)")[0].scaled);
  CHECK_FALSE(work_of(conv + "y = Conv(x, w)")[0].biased);
  CHECK(work_of(conv + "y = Conv(x, w, b)")[0].biased);
}

TEST_CASE("a transposed convolution of 8 bits gets bias and scale by steps of their own") {
  const std::string text = "x = Input i8[1,8,4,4]\nb = Weight i32[8]\n";
  CHECK(units_of(text + "w = Weight i8[8,8,2,2]\ny = ConvTranspose(x, w, b) strides=[2,2]") ==
        Units{WorkUnit::kConv, WorkUnit::kArith, WorkUnit::kRequant});
  // A depthwise instruction has a bias of its own.
  CHECK(
      units_of(text + "w = Weight i8[8,1,2,2]\ny = ConvTranspose(x, w, b) strides=[2,2] group=8") ==
      Units{WorkUnit::kDepthwise, WorkUnit::kRequant});
}

TEST_CASE("parameters are counted in INT8 as in float, indices are not") {
  const Graph graph = testing::graph_of(R"(
    x = Input i8[2,4]
    w = Weight i8[4,3]
    b = Weight i32[3]
    m = MatMul(x, w, b)
    i = Weight i32[2] {0, 1}
    y = Gather(m, i) axis=1
  )");
  CHECK(count(graph).parameters == 4 * 3 + 3);
  CHECK(count(graph).parameter_bytes == 4 * 3 + 4 * 3);
}

}  // namespace
}  // namespace tpuscope
