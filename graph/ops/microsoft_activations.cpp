// Activations as ONNX Runtime's optimisers write them: with the bias that was added before, in an
// approximation, on one half of a tensor. Each is taken apart into ops of ours.

#include "graph/ops/microsoft_activations.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/ops/by_name.h"

namespace tpuscope {
namespace {

/// Input 0 plus input 1 where there is one.
Result<Value> with_bias(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  if (!node.has_input(1)) return x;
  return node.add("Add", {}, {x, *node.inputs[1]});
}

Attributes gelu_form(std::string_view approximate) {
  return {{"approximate", std::string(approximate)}};
}

OnnxValues translate_bias_gelu(OnnxNode& node) {
  TPU_TRY(const Value x, with_bias(node));
  return single(node.add("Gelu", gelu_form("none"), {x}));
}

OnnxValues translate_fast_gelu(OnnxNode& node) {
  TPU_TRY(const Value x, with_bias(node));
  return single(node.add("Gelu", gelu_form("tanh"), {x}));
}

/// x * sigmoid(alpha * x).
OnnxValues translate_quick_gelu(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  const double alpha = node.number("alpha", 1.702);
  if (alpha == 1) return single(node.add("Silu", {}, {x}));
  const Value factor = node.constant_of(HostTensor::scalar(node.type(0).dtype, alpha));
  TPU_TRY(const Value scaled, node.add("Mul", {}, {x, factor}));
  TPU_TRY(const Value gate, node.add("Sigmoid", {}, {scaled}));
  return single(node.add("Mul", {}, {x, gate}));
}

/// The first half of the last axis times the Gelu of the second, after a bias.
OnnxValues translate_bias_split_gelu(OnnxNode& node) {
  TPU_TRY(const Value x, with_bias(node));
  const Shape shape = node.graph().type(x).shape;
  if (shape.empty() || shape.back() % 2 != 0) {
    return Error{.message = fmt::format("{} does not divide in two halves", list_text(shape))};
  }
  IntList starts(shape.size(), 0);
  IntList extents = shape;
  extents.back() /= 2;
  TPU_TRY(const Value first, node.add("Slice", {{"starts", starts}, {"extents", extents}}, {x}));
  starts.back() = extents.back();
  TPU_TRY(const Value second, node.add("Slice", {{"starts", starts}, {"extents", extents}}, {x}));
  TPU_TRY(const Value gate, node.add("Gelu", gelu_form("none"), {second}));
  return single(node.add("Mul", {}, {first, gate}));
}

TPU_REGISTER(register_onnx("com.microsoft.BiasGelu", translate_bias_gelu) &&
             register_onnx("com.microsoft.FastGelu", translate_fast_gelu) &&
             register_onnx("com.microsoft.QuickGelu", translate_quick_gelu) &&
             register_onnx("com.microsoft.BiasSplitGelu", translate_bias_split_gelu));

/// Our attributes for the parameters of an activation, in their order.
struct FusedActivation {
  std::string_view name{};
  std::array<std::string_view, 2> parameters{};
};
constexpr std::array kFusedActivations = {
    FusedActivation{"Relu", {}},
    FusedActivation{"Tanh", {}},
    FusedActivation{"Sigmoid", {}},
    FusedActivation{"LeakyRelu", {"alpha"}},
    FusedActivation{"Clip", {"min", "max"}},
    FusedActivation{"HardSigmoid", {"alpha", "beta"}},
};

}  // namespace

Result<Value> fused_activation(OnnxNode& node, Value x) {
  const std::string name = node.text("activation", "");
  if (name.empty()) return x;
  const auto* known = std::find_if(kFusedActivations.begin(), kFusedActivations.end(),
                                   [&](const FusedActivation& row) { return row.name == name; });
  if (known == kFusedActivations.end()) {
    return unsupported(node, "activation " + in_quotes(sanitised_utf8(name)));
  }
  FloatList given;
  if (const AttributeValue* list = node.attributes.find("activation_params")) {
    if (const auto* numbers = std::get_if<FloatList>(list)) given = *numbers;
  }
  Attributes attributes;
  for (std::size_t i = 0; i < known->parameters.size(); ++i) {
    if (i >= given.size() || known->parameters[i].empty()) continue;
    attributes.set(std::string(known->parameters[i]), given[i]);
  }
  return node.add(known->name, std::move(attributes), {x});
}

}  // namespace tpuscope
