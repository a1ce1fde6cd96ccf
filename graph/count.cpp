// MAC and parameter counts: what tables of networks quote.

#include <algorithm>

#include "graph/graph.h"

namespace tpuscope {

std::int64_t count_macs(const Graph& graph, OpId op) {
  const OpDef& def = *graph[op].def;
  if (def.work == nullptr) return 0;
  std::int64_t macs = 0;
  for (const WorkStep& step : def.work(graph.view(op)))
    macs += step.macs();
  return macs;
}

namespace {

/// Weights of floats, and their form in INT8: 8-bit, with 32-bit biases of products. Indices and
/// shapes are none.
bool is_parameter(const Graph& graph, OpId id) {
  if (!graph[id].is("Weight")) return false;
  const DType type = graph[id].results[0].type.dtype;
  if (type != DType::kI32) return is_float(type) || type == DType::kI8;
  const std::vector<Use> uses = graph.uses(id);
  return std::any_of(uses.begin(), uses.end(),
                     [&](const Use& use) { return count_macs(graph, use.op) > 0; });
}

}  // namespace

GraphCounts count(const Graph& graph) {
  GraphCounts counts;
  for (const OpId id : graph.ops()) {
    const Op& op = graph[id];
    if (is_parameter(graph, id)) {
      counts.parameters += op.results[0].type.elements();
      counts.parameter_bytes += op.results[0].type.bytes();
    } else if (op.is("Input")) {
      counts.input_bytes += op.results[0].type.bytes();
    } else if (op.def->layout == LayoutRule::kSink) {
      counts.output_bytes += graph.type(op.inputs[0]).bytes();
    } else {
      counts.macs += count_macs(graph, id);
    }
  }
  return counts;
}

}  // namespace tpuscope
