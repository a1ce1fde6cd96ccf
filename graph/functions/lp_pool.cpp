// LpPool and GlobalLpPool: the p-norm under a window, as a mean of powers times their number.

#include <cmath>

#include "graph/functions/steps.h"
#include "graph/ops/by_name.h"
#include "graph/ops/pool.h"

namespace tpuscope {
namespace {

Result<Value> powered(OnnxNode& node, Value x, double exponent) {
  if (exponent == 1) return x;
  if (exponent == 2) return node.add("Mul", {}, {x, x});
  if (exponent == 0.5) return node.add("Sqrt", {}, {x});
  const DType dtype = node.graph().type(x).dtype;
  return node.add("Pow", {}, {x, node.constant_of(HostTensor::scalar(dtype, exponent))});
}

OnnxValues p_norm(OnnxNode& node, Attributes window) {
  // An attribute of both operators; the first version had it as a float.
  const AttributeValue* given = node.attributes.find("p");
  const auto* whole = given == nullptr ? nullptr : std::get_if<std::int64_t>(given);
  const double p = whole == nullptr ? node.number("p", 2) : static_cast<double>(*whole);
  const std::int64_t taps = element_count(window.integers("kernel"));
  window.set("count_include_pad", true);
  TPU_TRY(const Value x, node.input(0));
  Value positive = x;
  if (std::fmod(p, 2) != 0) {
    TPU_TRY(positive, node.add("Abs", {}, {x}));
  }
  TPU_TRY(const Value powers, powered(node, positive, p));
  TPU_TRY(const Value mean, node.add("AveragePool", std::move(window), {powers}));
  TPU_TRY(const Value sum, scaled(node, mean, static_cast<double>(taps)));
  return single(powered(node, sum, 1 / p));
}

OnnxValues translate_lp_pool(OnnxNode& node) {
  TPU_TRY(Attributes window, onnx_pool(node));
  if (window.flag("ceil_mode")) return unsupported(node, "ceil_mode");
  return p_norm(node, std::move(window));
}

OnnxValues translate_global_lp_pool(OnnxNode& node) {
  TPU_TRY(Attributes window, onnx_global_pool(node));
  return p_norm(node, std::move(window));
}

TPU_REGISTER(register_onnx("LpPool", translate_lp_pool) &&
             register_onnx("GlobalLpPool", translate_global_lp_pool));

}  // namespace
}  // namespace tpuscope
