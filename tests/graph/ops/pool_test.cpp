// MaxPool and AveragePool: values, ceil rounding, work, halos, import.

#include "tests/support/ops.h"

namespace tpuscope::testing {
namespace {

TEST_CASE("padding never wins a maximum") {
  CHECK(values_of(R"(
    x = Weight f32[1,1,4] {-1, -2, -3, -4}
    y = MaxPool(x) kernel=[3] strides=[2] pads=[1,1])") == std::vector<double>{-1, -2});
}

TEST_CASE("a dilated maximum skips elements") {
  CHECK(values_of(R"(
    x = Weight f32[1,1,4] {1, 9, 3, 4}
    y = MaxPool(x) kernel=[2] dilations=[2])") == std::vector<double>{3, 9});
}

TEST_CASE("an average counts padding only where the node says so") {
  const std::string source = "x = Weight f32[1,1,2] {6, 12}\n";
  CHECK(values_of(source + "y = AveragePool(x) kernel=[2] pads=[1,0]") ==
        std::vector<double>{6, (6 + 12) / 2.0});
  CHECK(values_of(source + "y = AveragePool(x) kernel=[2] pads=[1,0] count_include_pad=true") ==
        std::vector<double>{(0 + 6) / 2.0, (6 + 12) / 2.0});
}

TEST_CASE("under ceil rounding a last window may overhang, and its overhang never counts") {
  const std::string source = "x = Weight f32[1,1,4] {1, 2, 3, 8}\n";
  CHECK(values_of(source + "y = AveragePool(x) kernel=[3] strides=[2]") == std::vector<double>{2});
  CHECK(values_of(source + "y = AveragePool(x) kernel=[3] strides=[2] ceil_mode=true "
                           "count_include_pad=true") == std::vector<double>{2, (3 + 8) / 2.0});
  // A window that would begin after the input does not exist.
  CHECK(shape_of("x = Input f32[1,1,4]\ny = MaxPool(x) kernel=[1] strides=[4] ceil_mode=true") ==
        Shape{1, 1, 1});
}

TEST_CASE("windows without input are refused") {
  CHECK(error_of("x = Input f32[1,1,4]\ny = MaxPool(x) kernel=[2] pads=[2,0]") ==
        "padding of 2 leaves windows of 2 without input");
  CHECK(error_of("x = Input f32[1,4]\ny = MaxPool(x) kernel=[2]") ==
        "the input is f32[1,4], rank 2; ranks 3 to 5 have 1 to 3 spatial axes");
}

TEST_CASE("pooling is one vector pass per tap, and no MACs") {
  const char* const text = "x = Input f32[1,8,8,8]\ny = MaxPool(x) kernel=[3,3] strides=[2,2]";
  const Work work = work_of(text);
  REQUIRE(work.size() == 1);
  CHECK(work[0].unit == WorkUnit::kDepthwise);
  CHECK(work[0].kernel == 9);
  CHECK(work[0].elements() == 8 * 3 * 3);
  CHECK(work[0].macs() == 0);
}

TEST_CASE("a pool of the whole map folds it as a row, but for 8-bit elements") {
  const std::string pool = "[1,8,7,5]\ny = MaxPool(x) kernel=[7,5]";
  CHECK(work_of("x = Input f16" + pool)[0].unit == WorkUnit::kReduce);
  CHECK(work_of("x = Input i8" + pool)[0].unit == WorkUnit::kDepthwise);
}

TEST_CASE("means at padded borders are scaled once more, side by side") {
  const std::string pool = "x = Input f32[1,8,6,5]\ny = AveragePool(x) kernel=[3,3] pads=[1,1,1,0]";
  const Work work = work_of(pool);
  REQUIRE(work.size() == 1 + 3);
  CHECK(work[1].elements() == 8 * 4);  // above, one row of 4
  CHECK(work[2].elements() == 8 * 6);  // on the left, a column of 6
  CHECK(work[3].elements() == 8 * 4);  // below
  CHECK(work_of(pool + " count_include_pad=true").size() == 1);
}

TEST_CASE("a tile of a pool needs its halo and its channels") {
  const char* const text = "x = Input f32[1,8,8,8]\ny = AveragePool(x) kernel=[3,3] pads=[1,1,1,1]";
  CHECK(region_of(text, 0, {{0, 1}, {2, 4}, {0, 4}, {4, 8}}) ==
        Region{{0, 1}, {2, 4}, {0, 5}, {3, 8}});
}

TEST_CASE("global pools take the whole map") {
  const char* const source = "x = Input f32[1,8,7,5]";
  CHECK(imported(source, "GlobalAveragePool", 13) == "AveragePool -> f32[1,8,1,1]");
  CHECK(imported(source, "GlobalMaxPool", 13) == "MaxPool -> f32[1,8,1,1]");
  CHECK(imported(source, "MaxPool", 13, {{"kernel_shape", IntList{3, 3}}}) ==
        "MaxPool -> f32[1,8,5,3]");
}

TEST_CASE("indices of a maximum that are used are reported as unsupported") {
  Graph graph = sources_of("x = Input f32[1,8,7,5]");
  OnnxNode node = onnx_node(graph, "MaxPool", 13, {{"kernel_shape", IntList{3, 3}}});
  node.output_used = {true, true};
  const OnnxValues values = OnnxRegistry::instance().find("MaxPool")->translate(node);
  REQUIRE_FALSE(values.ok());
  CHECK(values.error().code == ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace tpuscope::testing
