// Softmax, LogSoftmax, Hardmax: values, work, tiles, and the flattening of old opsets.

#include <cmath>

#include "tests/support/ops.h"

namespace tpuscope::testing {
namespace {

TEST_CASE("softmax gives shares of exponentials, along its axis") {
  // e^0 : e^ln(3) = 1 : 3
  CHECK(close(values_of("x = Weight f32[2] {0, 1.0986122886681098}\ny = Softmax(x)"),
              {1 / 4.0, 3 / 4.0}));
  CHECK(close(values_of("x = Weight f32[2,2] {0, 5, 0, 5}\ny = Softmax(x) axis=0"),
              {0.5, 0.5, 0.5, 0.5}));
}

TEST_CASE("large inputs do not overflow") {
  CHECK(close(values_of("x = Weight f32[2] {10000, 10000}\ny = Softmax(x)"), {0.5, 0.5}));
}

TEST_CASE("log softmax is the logarithm of softmax") {
  CHECK(close(values_of("x = Weight f32[2] {0, 1.0986122886681098}\ny = LogSoftmax(x)"),
              {std::log(1 / 4.0), std::log(3 / 4.0)}));
}

TEST_CASE("hardmax marks the first largest element") {
  CHECK(values_of("x = Weight f32[2,3] {1, 3, 3, 2, 0, 1}\ny = Hardmax(x)") ==
        std::vector<double>{0, 1, 0, 1, 0, 0});
}

TEST_CASE("softmax is fold, subtract, exponential, fold, divide per row, multiply") {
  const char* const text = "x = Input f32[64,3,49,49]\ny = Softmax(x)";
  CHECK(units_of(text) == std::vector{WorkUnit::kReduce, WorkUnit::kArith, WorkUnit::kExp,
                                      WorkUnit::kReduce, WorkUnit::kDivide, WorkUnit::kArith});
  CHECK(work_of(text)[0].kernel == 49);
  CHECK(work_of(text)[2].elements() == 64 * 3 * 49 * 49);
  CHECK(work_of(text)[4].elements() == 64 * 3 * 49);
}

TEST_CASE("in 8 bits the exponentials of softmax come from a table") {
  CHECK(units_of("x = Input i8[1,21,64]\ny = Softmax(x) axis=1") ==
        std::vector{WorkUnit::kDepthwise, WorkUnit::kArith, WorkUnit::kLookup, WorkUnit::kDepthwise,
                    WorkUnit::kArith, WorkUnit::kDivide, WorkUnit::kArith, WorkUnit::kArith,
                    WorkUnit::kConvert});
}

TEST_CASE("a softmax may be cut along every axis but its own") {
  const char* const text = "x = Input f32[64,3,49,49]\ny = Softmax(x) axis=2";
  CHECK(cuts_of(text) == std::vector<bool>{true, true, false, true});
  CHECK(error_of("x = Input f32[2,2]\ny = Softmax(x) axis=-3") ==
        "axis -3 does not exist in a tensor of rank 2");
}

TEST_CASE("before opset 13 all axes from the given one on are one row") {
  const char* const source = "x = Input f32[2,3,4]";
  CHECK(imported(source, "Softmax", 11) == "Reshape Softmax Reshape -> f32[2,3,4]");
  CHECK(imported(source, "Softmax", 11, {{"axis", std::int64_t{2}}}) == "Softmax -> f32[2,3,4]");
  CHECK(imported(source, "Softmax", 13, {{"axis", std::int64_t{1}}}) == "Softmax -> f32[2,3,4]");
  CHECK(imported("x = Input f32[2,1000,1,1]", "LogSoftmax", 11) == "LogSoftmax -> f32[2,1000,1,1]");
}

}  // namespace
}  // namespace tpuscope::testing
