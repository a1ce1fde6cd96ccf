// MAC and parameter counts: what tables of networks quote.

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

GraphCounts count(const Graph& graph) {
  GraphCounts counts;
  for (const OpId id : graph.ops()) {
    const Op& op = graph[id];
    if (op.is("Weight") && is_float(op.results[0].type.dtype)) {
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
