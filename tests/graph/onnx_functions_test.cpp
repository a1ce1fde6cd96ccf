// Operators of ONNX that are taken apart: values against their definitions.

#include <cmath>

#include <doctest/doctest.h>

#include "tests/support/onnx_models.h"

namespace tpuscope {
namespace {

using testing::OnnxModel;

HostTensor tensor_of(const Shape& shape, double scale = 1.0) {
  HostTensor tensor = HostTensor::zeros({DType::kF32, shape});
  for (std::int64_t i = 0; i < tensor.elements(); ++i)
    tensor[i] = scale * std::sin(static_cast<double>(i) * 1.7 + 0.3);
  tensor.round();
  return tensor;
}

std::vector<HostTensor> run(const OnnxModel& model, const std::vector<HostTensor>& inputs) {
  const Result<Graph> graph = model.read();
  if (!graph.ok()) FAIL(graph.error().where, ": ", graph.error().message);
  const auto results = evaluate(*graph, inputs);
  if (!results.ok()) FAIL(results.error().message);
  return *results;
}

void set_integer(onnx::NodeProto& node, const char* name, std::int64_t value) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INT);
  attribute.set_i(value);
}

void set_number(onnx::NodeProto& node, const char* name, float value) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::FLOAT);
  attribute.set_f(value);
}

void check_close(const HostTensor& got, const HostTensor& expected) {
  REQUIRE(got.shape() == expected.shape());
  for (std::int64_t i = 0; i < got.elements(); ++i)
    CHECK(got[i] == doctest::Approx(expected[i]).epsilon(1e-5));
}

TEST_CASE("Swish is x * sigmoid(alpha * x), and Silu where alpha is 1") {
  const HostTensor x = tensor_of({5});
  for (const float alpha : {1.0F, 2.0F}) {
    OnnxModel model(24);
    onnx::NodeProto& node = model.input("x", {5}).add_node("Swish", {"x"}, {"y"});
    set_number(node, "alpha", alpha);
    model.output("y");
    HostTensor expected = x;
    for (double& value : expected.values)
      value = value / (1 + std::exp(-static_cast<double>(alpha) * value));
    check_close(run(model, {x})[0], expected);
    const Graph graph = *model.read();
    const bool is_silu = graph[graph[graph.outputs()[0]].inputs[0].op].is("Silu");
    CHECK(is_silu == (alpha == 1.0F));
  }
}

/// One head's attention by its definition: rows of q against all of k, with keys j <= i + offset.
double attended(const HostTensor& q, const HostTensor& k, const HostTensor& v, std::int64_t head,
                std::int64_t kv_head, std::int64_t i, std::int64_t d, std::int64_t offset) {
  const std::int64_t width = q.shape()[3];
  const std::int64_t keys = k.shape()[2];
  double sum = 0;
  double weighted = 0;
  for (std::int64_t j = 0; j < keys && j <= i + offset; ++j) {
    double score = 0;
    for (std::int64_t c = 0; c < width; ++c) {
      score += q[(head * q.shape()[2] + i) * width + c] * k[(kv_head * keys + j) * width + c];
    }
    const double weight = std::exp(score / std::sqrt(static_cast<double>(width)));
    sum += weight;
    weighted += weight * v[(kv_head * keys + j) * v.shape()[3] + d];
  }
  return weighted / sum;
}

TEST_CASE("Attention with grouped heads, a cache and a causal mask is what it is defined as") {
  OnnxModel model(23);
  model.input("q", {1, 4, 3, 8}).input("k", {1, 2, 3, 8}).input("v", {1, 2, 3, 6});
  model.input("past_k", {1, 2, 5, 8}).input("past_v", {1, 2, 5, 6});
  onnx::NodeProto& node =
      model.add_node("Attention", {"q", "k", "v", "", "past_k", "past_v"}, {"y", "all_k", "all_v"});
  set_integer(node, "is_causal", 1);
  model.output("y").output("all_k").output("all_v");
  const std::vector<HostTensor> inputs = {tensor_of({1, 4, 3, 8}), tensor_of({1, 2, 3, 8}, 0.7),
                                          tensor_of({1, 2, 3, 6}, 3), tensor_of({1, 2, 5, 8}, 0.4),
                                          tensor_of({1, 2, 5, 6}, 2)};
  const std::vector<HostTensor> results = run(model, inputs);
  REQUIRE(results[1].shape() == Shape{1, 2, 8, 8});
  HostTensor expected = HostTensor::zeros({DType::kF32, {1, 4, 3, 6}});
  for (std::int64_t head = 0; head < 4; ++head) {
    for (std::int64_t i = 0; i < 3; ++i) {
      for (std::int64_t d = 0; d < 6; ++d) {
        expected[(head * 3 + i) * 6 + d] =
            attended(inputs[0], results[1], results[2], head, head / 2, i, d, 5);
      }
    }
  }
  check_close(results[0], expected);
  // The keys of both heads that share them are never copied.
  for (const OpId op : model.read()->ops())
    CHECK_FALSE((*model.read())[op].is("Expand"));
}

TEST_CASE("Attention of heads that do not divide is refused") {
  OnnxModel model(23);
  model.input("q", {1, 3, 3, 8}).input("k", {1, 2, 3, 8}).input("v", {1, 2, 3, 8});
  model.node("Attention", {"q", "k", "v"}, {"y"}, "mix").output("y");
  const Error error = model.read().error();
  CHECK(error.where == "test.onnx: mix");
  CHECK(error.message.find("do not go together") != std::string::npos);
}

TEST_CASE("RotaryEmbedding turns pairs by the angle of their position") {
  for (const std::int64_t interleaved : {0, 1}) {
    OnnxModel model(23);
    model.input("x", {1, 2, 3, 6}).input("cos", {10, 2}).input("sin", {10, 2});
    model.input("places", {1, 3}, onnx::TensorProto::INT64);
    onnx::NodeProto& node = model.add_node("RotaryEmbedding", {"x", "cos", "sin", "places"}, {"y"});
    set_integer(node, "rotary_embedding_dim", 4);
    set_integer(node, "interleaved", interleaved);
    model.output("y");
    const HostTensor x = tensor_of({1, 2, 3, 6});
    const HostTensor cosine = tensor_of({10, 2}, 0.9);
    const HostTensor sine = tensor_of({10, 2}, 0.5);
    const HostTensor places{{DType::kI64, {1, 3}}, {4, 0, 9}};
    HostTensor expected = x;  // the last two of six elements stay
    for (std::int64_t row = 0; row < 6; ++row) {
      for (std::int64_t pair = 0; pair < 2; ++pair) {
        const std::int64_t a = row * 6 + (interleaved != 0 ? 2 * pair : pair);
        const std::int64_t b = interleaved != 0 ? a + 1 : a + 2;
        const auto entry = static_cast<std::int64_t>(places[row % 3]) * 2 + pair;
        expected[a] = x[a] * cosine[entry] - x[b] * sine[entry];
        expected[b] = x[a] * sine[entry] + x[b] * cosine[entry];
      }
    }
    check_close(run(model, {x, cosine, sine, places})[0], expected);
  }
}

TEST_CASE(
    "TensorScatter replaces rows from a known index by slices, from an unknown one row by row") {
  const HostTensor cache = tensor_of({2, 5, 3});
  const HostTensor update = tensor_of({2, 2, 3}, 10);
  const HostTensor places{{DType::kI64, {2}}, {1, 3}};
  OnnxModel model(24);
  model.input("cache", {2, 5, 3}).input("update", {2, 2, 3});
  model.input("at", {2}, onnx::TensorProto::INT64);
  model.node("TensorScatter", {"cache", "update", "at"}, {"y"}, "write").output("y");
  HostTensor expected = cache;
  for (std::int64_t sample = 0; sample < 2; ++sample) {
    for (std::int64_t i = 0; i < 6; ++i) {
      const auto first = static_cast<std::int64_t>(places[sample]);
      expected[sample * 15 + first * 3 + i] = update[sample * 6 + i];
    }
  }
  check_close(run(model, {cache, update, places})[0], expected);
  OnnxModel known(24);
  known.input("cache", {2, 5, 3}).input("update", {2, 2, 3}).integers("at", {3, 3});
  known.node("TensorScatter", {"cache", "update", "at"}, {"y"}, "write").output("y");
  const Graph graph = *known.read();
  for (const OpId op : graph.ops())
    CHECK_FALSE(graph[op].is("ScatterND"));
  OnnxModel beyond(24);
  beyond.input("cache", {2, 5, 3}).input("update", {2, 2, 3}).integers("at", {4, 4});
  beyond.node("TensorScatter", {"cache", "update", "at"}, {"y"}, "write").output("y");
  CHECK_FALSE(beyond.read().ok());
}

TEST_CASE(
    "the scale of GroupNormalization is per group before operator set 21, per channel since") {
  // Two groups of two channels; every element of a channel is its number, so groups are -1 and 1.
  const HostTensor x{{DType::kF32, {1, 4, 1, 1}}, {0, 2, 10, 14}};
  const auto normalised = [&](std::int64_t opset, const std::vector<float>& scale) {
    OnnxModel model(opset);
    model.input("x", {1, 4, 1, 1});
    onnx::TensorProto& weights =
        model.initializer("scale", {static_cast<std::int64_t>(scale.size())});
    onnx::TensorProto& bias = model.initializer("bias", {static_cast<std::int64_t>(scale.size())});
    for (const float value : scale) {
      weights.add_float_data(value);
      bias.add_float_data(0);
    }
    onnx::NodeProto& node = model.add_node("GroupNormalization", {"x", "scale", "bias"}, {"y"});
    set_integer(node, "num_groups", 2);
    set_number(node, "epsilon", 0);
    return model.output("y");
  };
  CHECK(run(normalised(18, {3, 5}), {x})[0].values == std::vector<double>{-3, 3, -5, 5});
  CHECK(run(normalised(21, {1, 2, 3, 4}), {x})[0].values == std::vector<double>{-1, 2, -3, 4});
  CHECK_FALSE(normalised(21, {3, 5}).read().ok());
}

TEST_CASE("Einsum sums over any labels, with an ellipsis for the rest") {
  const auto einsum = [](const char* equation, const std::vector<Shape>& shapes) {
    OnnxModel model;
    std::vector<std::string> names;
    for (const Shape& shape : shapes) {
      names.push_back("x" + std::to_string(names.size()));
      model.input(names.back(), shape);
    }
    onnx::NodeProto& node = model.add_node("Einsum", names, {"y"}, "sum");
    onnx::AttributeProto& attribute = *node.add_attribute();
    attribute.set_name("equation");
    attribute.set_type(onnx::AttributeProto::STRING);
    attribute.set_s(equation);
    model.output("y");
    return model;
  };
  const HostTensor a = tensor_of({2, 3, 4});
  const HostTensor b = tensor_of({4, 5});
  HostTensor expected = HostTensor::zeros({DType::kF32, {2, 3, 5}});
  for (std::int64_t row = 0; row < 6; ++row) {
    for (std::int64_t column = 0; column < 5; ++column) {
      for (std::int64_t k = 0; k < 4; ++k)
        expected[row * 5 + column] += a[row * 4 + k] * b[k * 5 + column];
    }
  }
  check_close(run(einsum("...i,ij->...j", {{2, 3, 4}, {4, 5}}), {a, b})[0], expected);
  HostTensor sums = HostTensor::zeros({DType::kF32, {3}});
  for (std::int64_t i = 0; i < a.elements(); ++i)
    sums[i / 4 % 3] += a[i];
  check_close(run(einsum("bij->i", {{2, 3, 4}}), {a})[0], sums);
  HostTensor total = HostTensor::zeros({DType::kF32, {}});
  for (std::int64_t i = 0; i < a.elements(); ++i)
    total[0] += a[i] * a[i];
  check_close(run(einsum("abc,abc->", {{2, 3, 4}, {2, 3, 4}}), {a, a})[0], total);
  CHECK(einsum("ii->i", {{3, 3}}).read().error().message ==
        "the term \"ii\" of Einsum is not supported");
  CHECK_FALSE(einsum("ij,jk->ik", {{2, 3}, {4, 5}}).read().ok());
}

TEST_CASE("random numbers are there before the run: constants of unknown values") {
  OnnxModel model(22);
  model.input("x", {2, 3});
  model.node("RandomNormalLike", {"x"}, {"noise"}).node("Add", {"x", "noise"}, {"sum"});
  model.node("Bernoulli", {"sum"}, {"y"}).output("y");
  const Result<Graph> graph = model.read();
  REQUIRE(graph.ok());
  const std::string text = to_text(*graph);
  CHECK(text.find("Weight f32[2,3]") != std::string::npos);
  CHECK(text.find("Less(") != std::string::npos);  // of another random number
  CHECK(text.find("return") != std::string::npos);
  // The sums of random numbers are none: nothing is computed with values that nobody knows.
  CHECK_FALSE(evaluate(*graph, {tensor_of({2, 3})}).ok());
}

TEST_CASE("random numbers of a type that the network cannot have are refused") {
  OnnxModel model(22);
  model.input("x", {2});
  set_integer(model.add_node("RandomUniformLike", {"x"}, {"y"}), "dtype", 999);
  model.output("y");
  CHECK_FALSE(model.read().ok());
}

TEST_CASE("an operator set is read by what its operators mean, not by its number") {
  const auto relu = [](std::int64_t opset) {
    OnnxModel model(opset);
    return model.input("x", {1}).node("Relu", {"x"}, {"y"}, "act").output("y");
  };
  for (const std::int64_t opset : {6, 7, 18, 28})
    CHECK(relu(opset).read().ok());
  // Relu is defined anew in set 6 (without "consumed_inputs"), Add in set 7 (with broadcasting).
  CHECK(relu(5).read().error().message == "operator \"Relu\" of operator set 5 is not supported");
  CHECK_FALSE(OnnxModel(6).input("x", {1}).node("Add", {"x", "x"}, {"y"}).output("y").read().ok());
  std::vector<Error> notices;
  ImportOptions options;
  options.on_notice = [&](const Error& notice) { notices.push_back(notice); };
  CHECK(relu(99).read(options).ok());
  REQUIRE(notices.size() == 1);
  CHECK(notices[0].message.find("operator set 99 is newer than") == 0);
}

TEST_CASE("weights in 4 bits and in floats of 8 are read from packed bytes") {
  const auto weight = [](int type, const std::string& bytes, std::int64_t count) {
    OnnxModel model(23);
    model.initializer("w", {count}, type).set_raw_data(bytes);
    onnx::NodeProto& node = model.input("x", {1}).add_node("Cast", {"w"}, {"f"});
    set_integer(node, "to", onnx::TensorProto::FLOAT);
    return model.node("Add", {"x", "f"}, {"y"}).output("y");
  };
  const HostTensor zero{{DType::kF32, {1}}, {0}};
  using Values = std::vector<double>;
  // Low bits first: 0xF1 is 1 and then 15, or -1 with a sign.
  CHECK(run(weight(21, "\xF1\x07", 3), {zero})[0].values == Values{1, 15, 7});  // UINT4
  CHECK(run(weight(22, "\xF1\x07", 3), {zero})[0].values == Values{1, -1, 7});  // INT4
  CHECK(run(weight(26, "\x1B", 4), {zero})[0].values == Values{-1, -2, 1, 0});  // INT2
  // FLOAT8E4M3FN: 1 01111 000 is -2^(15-7) ... here 0x38 is 2^0, 0xC4 is -(1 + 4/8) * 2^1.
  CHECK(run(weight(17, "\x38\xC4", 2), {zero})[0].values == Values{1, -3});
  // FLOAT8E5M2: 0x3C is 1, 0x7B the largest, 1.75 * 2^15.
  CHECK(run(weight(19, "\x3C\x7B", 2), {zero})[0].values == Values{1, 57344});
  CHECK(weight(22, "\xF1", 3).read().error().message ==
        "the tensor holds 1 bytes, its type i4[3] needs 2");
}

TEST_CASE("what a reduction folds along several long axes it folds axis by axis") {
  const auto reduced = [](const char* op_type, const Shape& shape, std::size_t& count) {
    OnnxModel model(11);
    onnx::NodeProto& node = model.input("x", shape).add_node(op_type, {"x"}, {"y"});
    onnx::AttributeProto& axes = *node.add_attribute();
    axes.set_name("axes");
    axes.set_type(onnx::AttributeProto::INTS);
    for (std::size_t axis = 1; axis < shape.size(); ++axis)
      axes.add_ints(static_cast<std::int64_t>(axis));
    set_integer(node, "keepdims", 0);
    model.output("y");
    const Result<Graph> graph = model.read();
    REQUIRE(graph.ok());
    count = 0;
    for (const OpId op : graph->ops())
      count += (*graph)[op].is("Reduce") ? 1U : 0U;
    return run(model, {tensor_of(shape)})[0];
  };
  // 65 x 64 elements lie at each place of the axis of 128; with 64 x 64 a piece of a row fits.
  const Shape shape{1, 65, 64, 128};
  for (const char* op_type : {"ReduceMean", "ReduceMax", "ReduceSumSquare", "ReduceL2"}) {
    CAPTURE(op_type);
    std::size_t count = 0;
    const HostTensor y = reduced(op_type, shape, count);
    CHECK(count == 2);
    CHECK(y.shape() == Shape{1});
    std::size_t one = 0;
    const HostTensor flat = reduced(op_type, {1, 65 * 64 * 128}, one);
    CHECK(one == 1);
    CHECK(y[0] == doctest::Approx(flat[0]).epsilon(1e-4));
  }
  std::size_t count = 0;
  reduced("ReduceMean", {1, 64, 64, 128}, count);
  CHECK(count == 1);
}

TEST_CASE("CumProd multiplies what is before an element, from either end, with or without itself") {
  struct Case {
    std::int64_t exclusive;
    std::int64_t reverse;
    std::vector<double> expected;
  };
  const std::vector<Case> cases = {{0, 0, {2, -6, -24, -120, -720}},
                                   {1, 0, {1, 2, -6, -24, -120}},
                                   {0, 1, {-720, -360, 120, 30, 6}},
                                   {1, 1, {-360, 120, 30, 6, 1}}};
  for (const Case& each : cases) {
    OnnxModel model(26);
    onnx::NodeProto& node =
        model.input("x", {1, 5}).integers("a", {1}).add_node("CumProd", {"x", "a"}, {"y"});
    set_integer(node, "exclusive", each.exclusive);
    set_integer(node, "reverse", each.reverse);
    model.output("y");
    check_close(run(model, {{{DType::kF32, {1, 5}}, {2, -3, 4, 5, 6}}})[0],
                {{DType::kF32, {1, 5}}, each.expected});
  }
  OnnxModel wrong(26);
  wrong.input("x", {1, 5}).integers("a", {2}).node("CumProd", {"x", "a"}, {"y"}).output("y");
  CHECK_FALSE(wrong.read().ok());
}

TEST_CASE("an Imputer replaces NaN, which no operator of the chip has as an attribute") {
  const auto reads = [](const char* op_type, const char* domain) {
    OnnxModel model(17);
    onnx::OperatorSetIdProto& set = *model.proto().add_opset_import();
    set.set_domain("ai.onnx.ml");
    set.set_version(3);
    onnx::NodeProto& node = model.input("x", {1, 4}).add_node(op_type, {"x"}, {"y"});
    node.set_domain(domain);
    const bool is_imputer = *domain != '\0';
    set_number(node, is_imputer ? "replaced_value_float" : "alpha", std::nanf(""));
    return model.output("y").read().ok();
  };
  CHECK(reads("Imputer", "ai.onnx.ml"));
  CHECK_FALSE(reads("LeakyRelu", ""));
}

}  // namespace
}  // namespace tpuscope
