// Questions about a graph that several layers ask.

#include "graph/queries.h"

namespace tpuscope {

bool is_weight(const Graph& graph, Value value) {
  return graph[value.op].is("Weight");
}

bool has_relu(const Op& op) {
  return op.attributes.find("relu") != nullptr && op.attributes.flag("relu");
}

bool packs_bias(const OpDef& def, const OpView& op) {
  constexpr std::size_t kOperands = 3;
  if (def.work == nullptr || op.inputs.size() < kOperands) return false;
  if (size_of(op.input(0).dtype) != 1) return false;
  const Work work = def.work(op);
  return !work.empty() && work.front().filter.channels > 0 && work.front().scaled &&
         work.front().biased;
}

OpSpec spec_of(const Op& op) {
  OpSpec spec{.type = op.def->name,
              .name = op.name,
              .attributes = op.attributes,
              .origin = op.origin,
              .made_by = op.made_by,
              .data = op.data};
  for (const Tensor& result : op.results) {
    spec.result_names.push_back(result.name);
    spec.result_types.push_back(result.type);
  }
  return spec;
}

}  // namespace tpuscope
