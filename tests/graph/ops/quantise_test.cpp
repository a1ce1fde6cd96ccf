// Quantize and Dequantize: numbers, ranges, scales per channel, and the operators made of them.

#include "tests/graph/ops/evaluated.h"
#include "tests/support/onnx_models.h"

namespace tpuscope {
namespace {

using testing::evaluated;
using testing::type_of;

TEST_CASE("Quantize rounds to the nearest step, ties to even, and adds the zero point") {
  // 0.25 / 0.5 = 0.5 and 0.75 / 0.5 = 1.5 are ties.
  CHECK(evaluated("x = Input f32[4]\ns = Weight f32[] {0.5}\nz = Weight u8[] {10}\n"
                  "y = Quantize(x, s, z) to=\"u8\"",
                  {{0.25, 0.75, -1, 2}}) == std::vector<double>{10 + 0, 10 + 2, 10 - 2, 10 + 4});
}

TEST_CASE("Quantize ends at the limits of its type") {
  const std::string text = "x = Input f32[3]\ns = Weight f32[] {1}\ny = Quantize(x, s) to=";
  CHECK(evaluated(text + "\"i8\"", {{-1000, 3, 1000}}) == std::vector<double>{-128, 3, 127});
  CHECK(evaluated(text + "\"u8\"", {{-1000, 3, 1000}}) == std::vector<double>{0, 3, 255});
  CHECK(evaluated(text + "\"i16\"", {{-1e6, 3, 1e6}}) == std::vector<double>{-32768, 3, 32767});
  CHECK(evaluated(text + "\"u16\"", {{-1e6, 3, 1e6}}) == std::vector<double>{0, 3, 65535});
  CHECK(evaluated(text + "\"i4\"", {{-1000, 3, 1000}}) == std::vector<double>{-8, 3, 7});
  CHECK(evaluated(text + "\"u4\"", {{-1000, 3, 1000}}) == std::vector<double>{0, 3, 15});
  CHECK(evaluated(text + "\"i2\"", {{-1000, 1, 1000}}) == std::vector<double>{-2, 1, 1});
  CHECK(evaluated(text + "\"u2\"", {{-1000, 1, 1000}}) == std::vector<double>{0, 1, 3});
}

TEST_CASE("Quantize to floats rounds to their numbers, not to integers, and ends at the largest") {
  // e4m3 has 3 bits after the leading one: 1.125 and 1.25 stand around 1.2.
  CHECK(evaluated("x = Input f32[3]\ns = Weight f32[] {0.5}\ny = Quantize(x, s) to=\"f8e4m3\"",
                  {{0.6, -1e6, 1e6}}) == std::vector<double>{1.25, -448, 448});
}

TEST_CASE("Dequantize takes integers of 4 bits and floats of 8") {
  CHECK(evaluated("q = Input i4[2]\ns = Weight f32[] {0.5}\ny = Dequantize(q, s)", {{-8, 7}}) ==
        std::vector<double>{-8 * 0.5, 7 * 0.5});
  CHECK(evaluated("q = Input f8e4m3[2]\ns = Weight f32[] {2}\ny = Dequantize(q, s)",
                  {{1.25, -448}}) == std::vector<double>{1.25 * 2, -448 * 2});
}

TEST_CASE("Dequantize is the way back, with a scale for each channel") {
  CHECK(evaluated("q = Input i8[2,2]\ns = Weight f32[2,1] {0.5, 2}\nz = Weight i8[2,1] {1, -1}\n"
                  "y = Dequantize(q, s, z)",
                  {{3, 4, 5, 6}}) ==
        std::vector<double>{(3 - 1) * 0.5, (4 - 1) * 0.5, (5 + 1) * 2, (6 + 1) * 2});
}

TEST_CASE("a scale that does not broadcast, or is an integer, is an error") {
  const auto error = [](const std::string& text) {
    const auto graph = parse_graph(text);
    return graph.ok() ? std::string() : graph.error().message;
  };
  CHECK(error("x = Input f32[2]\ns = Weight f32[3]\ny = Quantize(x, s) to=\"i8\"") ==
        "operand 1 is f32[3], the tensor is f32[2]");
  CHECK(error("x = Input f32[2]\ns = Weight i32[]\ny = Quantize(x, s) to=\"i8\"") ==
        "the scale is i32[], no real number");
  CHECK(error("x = Input f32[2]\ns = Weight f32[]\ny = Quantize(x, s) to=\"f16\"") ==
        "tensors are not quantised to \"f16\"");
  CHECK(error("x = Input i64[2]\ns = Weight f32[]\ny = Dequantize(x, s)") ==
        "i64[2] holds no quantised numbers");
}

TEST_CASE("a weight in blocks has one scale for each block") {
  testing::OnnxModel model(13);
  model.input("x", {1, 4});
  onnx::TensorProto& weight = model.initializer("w", {4, 1}, onnx::TensorProto::INT8);
  for (const int value : {1, 2, 3, 4})
    weight.add_int32_data(value);
  onnx::TensorProto& scale = model.initializer("s", {2, 1});
  scale.add_float_data(0.5);
  scale.add_float_data(2);
  onnx::NodeProto& node = model.add_node("DequantizeLinear", {"w", "s"}, {"d"});
  for (const auto& [name, value] : {std::pair{"axis", 0}, std::pair{"block_size", 2}}) {
    onnx::AttributeProto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(value);
  }
  model.node("MatMul", {"x", "d"}, {"y"}).output("y");
  const auto graph = model.read();
  REQUIRE(graph.ok());
  // 1 * 0.5, 2 * 0.5, 3 * 2, 4 * 2
  CHECK(to_text(*graph).find("Weight f32[4,1] {0.5, 1, 6, 8} stored=\"i8\"") != std::string::npos);
}

}  // namespace
}  // namespace tpuscope
