// fuse_relu: a ReLU becomes part of the op that computes its operand.
//
// Why: the machine clamps results while it writes them, so that a fused ReLU costs nothing, where
// one by itself is a pass over the tensor and, outside a layer group, a round trip through DDR. The
// vendor's compiler has always done so (do_relu), which is why `baseline` contains this switch.
//
// How: for each Relu, and each Clip from 0 to a limit of at least 0, set `relu` and `relu_limit` of
// the producer and hand its result on. Not when
//   - the producer's type of op cannot clamp (its attribute table has no `relu`). Pooling and
//     concats could in the vendor's compiler; networks have their ReLU before those;
//   - the producer's result has another user, who needs it unclamped.
//
// Example:  Conv(x, w) -> Relu     becomes     Conv(x, w) relu=true

#include <algorithm>
#include <limits>
#include <optional>

#include "graph/ops/fused_relu.h"
#include "graph/pass.h"

namespace tpuscope {
namespace {

/// The upper limit of an op that is a ReLU, kNoReluLimit where it has none; empty for other ops.
std::optional<double> relu_limit(const Op& op) {
  if (op.is("Relu")) return kNoReluLimit;
  if (!op.is("Clip") || op.attributes.number("min") != 0) return std::nullopt;
  const double limit = op.attributes.number("max");
  if (limit < 0) return std::nullopt;
  // The default of Clip's attribute means no limit.
  const bool is_limited = limit < static_cast<double>(std::numeric_limits<float>::max());
  return is_limited ? limit : kNoReluLimit;
}

double tighter(double a, double b) {
  if (a < 0) return b;
  return b < 0 ? a : std::min(a, b);
}

bool fuse_fuse_relu(Graph& graph, OpId relu, const PassContext& context) {
  const std::optional<double> limit = relu_limit(graph[relu]);
  if (!limit) return false;
  const Value value = graph[relu].inputs[0];
  const Op& producer = graph[value.op];
  if (!can_fuse_relu(*producer.def)) return false;
  if (!graph.has_single_use(value)) {
    context.explain(graph[relu].name, "stays: " + graph[value].name + " has several users");
    return false;
  }
  Attributes attributes = producer.attributes;
  const double before = attributes.flag("relu") ? attributes.number("relu_limit") : kNoReluLimit;
  attributes.set("relu", true);
  attributes.set("relu_limit", tighter(before, *limit));
  const Status status = graph.set_attributes(value.op, std::move(attributes));
  TPU_CHECK(status.ok(), "{}", status.error().message);
  std::vector<std::string> origin = producer.origin;
  origin.insert(origin.end(), graph[relu].origin.begin(), graph[relu].origin.end());
  graph.set_origin(value.op, std::move(origin));
  const std::string name = graph[relu].results[0].name;
  graph.replace_uses({relu}, value);
  graph.erase(relu);
  graph.set_result_name(value, name);
  context.explain(name, "is written clamped by " + graph[value.op].name);
  context.count("ReLUs fused");
  return true;
}

Result<bool> fuse_relu(Graph& graph, const PassContext& context) {
  bool changed = false;
  for (const OpId op : graph.topological_order()) {
    if (!graph[op].is_dead) changed |= fuse_fuse_relu(graph, op, context);
  }
  return changed;
}

TPU_REGISTER(register_pass({.name = "fuse_relu",
                            .summary = "make a ReLU part of the op that computes its operand",
                            .stage = PassStage::kOptimise,
                            .order = 5,
                            .since = 2022,
                            .run = fuse_relu}));

}  // namespace
}  // namespace tpuscope
