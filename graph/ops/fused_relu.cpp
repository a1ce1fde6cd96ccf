// The ReLU in an op: see fused_relu.h.

#include "graph/ops/fused_relu.h"

#include <algorithm>
#include <cmath>

namespace tpuscope {
namespace {

constexpr std::string_view kRelu = "relu";
constexpr std::string_view kLimit = "relu_limit";

bool has_limit(const Attributes& attributes) {
  return attributes.number(kLimit) >= 0;
}

}  // namespace

std::vector<AttributeDef> with_relu(std::vector<AttributeDef> attributes) {
  attributes.push_back({kRelu, false, "whether negative results become 0"});
  attributes.push_back({kLimit, kNoReluLimit, "what larger results become; -1: they stay"});
  return attributes;
}

bool can_fuse_relu(const OpDef& def) {
  return std::any_of(def.attributes.begin(), def.attributes.end(),
                     [](const AttributeDef& row) { return row.name == kRelu; });
}

Result<std::vector<HostTensor>> apply_relu(const OpView& op,
                                           Result<std::vector<HostTensor>> results) {
  if (!results.ok() || !op.attrs().flag(kRelu)) return results;
  const double limit = op.attrs().number(kLimit);
  const bool is_limited = has_limit(op.attrs());
  for (double& value : results->front().values) {
    if (std::isnan(value)) continue;
    value = std::max(value, 0.0);
    if (is_limited) value = std::min(value, limit);
  }
  return results;
}

Work with_relu_passes(const OpView& op, Work work) {
  if (!op.attrs().flag(kRelu) || !is_float(op.result().dtype)) return work;
  WorkStep clamp = step_over(op.result().shape, WorkUnit::kArith, has_limit(op.attrs()) ? 2 : 1);
  clamp.overwrites = true;
  work.push_back(clamp);
  return work;
}

Status finish_with_relu(OnnxEmission& out, std::string_view op_type,
                        const std::vector<std::string>& inputs, Attributes attributes) {
  attributes.erase(kRelu);
  attributes.erase(kLimit);
  if (!out.attrs().flag(kRelu)) return out.finish(op_type, inputs, attributes);
  const std::string y = out.add(op_type, inputs, attributes);
  if (!has_limit(out.attrs())) return out.finish("Relu", {y});
  return out.finish("Clip", {y, out.scalar(0), out.scalar(out.attrs().number(kLimit))});
}

Status emit_with_relu(OnnxEmission& out) {
  return finish_with_relu(out, out.op().def->name, out.inputs(), stated_attributes(out));
}

}  // namespace tpuscope
