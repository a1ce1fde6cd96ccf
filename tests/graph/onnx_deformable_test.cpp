// DeformConv: taps that read between the elements of a map, at places that are computed.

#include <doctest/doctest.h>

#include "tests/support/onnx_models.h"

namespace tpuscope {
namespace {

using testing::OnnxModel;

void set_list(onnx::NodeProto& node, const char* name, const std::vector<std::int64_t>& list) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INTS);
  for (const std::int64_t value : list)
    attribute.add_ints(value);
}

HostTensor all_zero(const Shape& shape) {
  return HostTensor::zeros({DType::kF32, shape});
}

HostTensor numbered(const Shape& shape) {
  HostTensor tensor = all_zero(shape);
  for (std::int64_t i = 0; i < tensor.elements(); ++i)
    tensor[i] = static_cast<double>(i % 23);
  return tensor;
}

std::vector<double> values_of_model(const OnnxModel& model, const std::vector<HostTensor>& inputs) {
  const Result<Graph> graph = model.read();
  if (!graph.ok()) FAIL(graph.error().where, ": ", graph.error().message);
  const auto results = evaluate(*graph, inputs);
  if (!results.ok()) FAIL(results.error().message);
  return results->at(0).values;
}

void check_near(const std::vector<double>& got, const std::vector<double>& expected) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    CHECK(got[i] == doctest::Approx(expected[i]).epsilon(1e-4));
}

/// A 2x2 kernel of ones over a 3x3 map with a border of zeros.
OnnxModel padded_model() {
  OnnxModel model(19);
  onnx::NodeProto& node = model.input("x", {1, 1, 3, 3})
                              .input("w", {1, 1, 2, 2})
                              .input("o", {1, 8, 4, 4})
                              .add_node("DeformConv", {"x", "w", "o"}, {"y"});
  set_list(node, "pads", {1, 1, 1, 1});
  set_list(node, "kernel_shape", {2, 2});
  model.output("y");
  return model;
}

TEST_CASE("a tap whose offset leads between two elements reads their weighted mean") {
  HostTensor ones = all_zero({1, 1, 2, 2});
  for (double& value : ones.values)
    value = 1;
  HostTensor offsets = all_zero({1, 8, 4, 4});
  // The third tap reads a tenth of a column before its own at row 1, column 2: it loses 0.1.
  offsets[(5 * 4 + 1) * 4 + 2] = -0.1;
  check_near(values_of_model(padded_model(), {numbered({1, 1, 3, 3}), ones, offsets}),
             {0, 1, 3, 2, 3, 8, 11.9, 7, 9, 20, 24, 13, 6, 13, 15, 8});
}

/// Strides, dilations, groups and groups of offsets; a mask and a bias.
OnnxModel general_model(std::string_view type) {
  const bool is_deformed = type == "DeformConv";
  OnnxModel model(19);
  model.input("x", {2, 4, 7, 6}).input("w", {6, 2, 3, 2}).input("b", {6});
  if (is_deformed) model.input("o", {2, 24, 3, 5}).input("m", {2, 12, 3, 5});
  onnx::NodeProto& node =
      model.add_node(std::string(type),
                     is_deformed ? std::vector<std::string>{"x", "w", "o", "b", "m"}
                                 : std::vector<std::string>{"x", "w", "b"},
                     {"y"});
  set_list(node, "strides", {2, 1});
  set_list(node, "dilations", {1, 2});
  set_list(node, "pads", {0, 1, 0, 0});
  for (const auto& [name, value] : {std::pair{"group", 2}, {"offset_group", 2}}) {
    if (!is_deformed && std::string_view(name) == "offset_group") continue;
    onnx::AttributeProto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(value);
  }
  model.output("y");
  return model;
}

TEST_CASE("without offsets and with a mask of ones it is a convolution") {
  const HostTensor x = numbered({2, 4, 7, 6});
  const HostTensor w = numbered({6, 2, 3, 2});
  const HostTensor b = numbered({6});
  HostTensor mask = all_zero({2, 12, 3, 5});
  for (double& value : mask.values)
    value = 1;
  const std::vector<double> expected = values_of_model(general_model("Conv"), {x, w, b});
  check_near(values_of_model(general_model("DeformConv"), {x, w, b, all_zero({2, 24, 3, 5}), mask}),
             expected);
  // Half of the mask is half of all but the bias.
  for (double& value : mask.values)
    value = 0.5;
  const std::vector<double> halves =
      values_of_model(general_model("DeformConv"), {x, w, b, all_zero({2, 24, 3, 5}), mask});
  for (std::size_t i = 0; i < halves.size(); ++i) {
    const double bias = b.values[i / 15 % 6];
    CHECK(halves[i] == doctest::Approx((expected[i] - bias) / 2 + bias).epsilon(1e-4));
  }
}

TEST_CASE("offsets of another size than the taps need are refused") {
  OnnxModel model(19);
  model.input("x", {1, 1, 3, 3})
      .input("w", {1, 1, 2, 2})
      .input("o", {1, 6, 2, 2})
      .node("DeformConv", {"x", "w", "o"}, {"y"})
      .output("y");
  const Result<Graph> graph = model.read();
  REQUIRE_FALSE(graph.ok());
  CHECK(graph.error().message.find("do not go together") != std::string::npos);
}

}  // namespace
}  // namespace tpuscope
