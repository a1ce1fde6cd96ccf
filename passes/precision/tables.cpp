// Tables of 8-bit functions: see tables.h.

#include "passes/precision/tables.h"

#include <array>
#include <cmath>
#include <memory>

namespace tpuscope {
namespace {

/// The function's results for -128 to 127, in steps of 1; null where the kernel refuses.
std::shared_ptr<const HostTensor> results_of(const Op& op) {
  if (op.def->evaluate == nullptr) return nullptr;
  const TensorType type = table_type();
  HostTensor operands = HostTensor::zeros(type);
  double value = -128;
  for (double& operand : operands.values)
    operand = value++;
  const OpView view{.attributes = &op.attributes, .inputs = {type}, .results = {type}};
  const std::array<HostTensor, 1> inputs{std::move(operands)};
  Result<std::vector<HostTensor>> results = op.def->evaluate(view, inputs);
  if (!results.ok() || results->front().type != type) return nullptr;
  HostTensor table = std::move(results->front());
  for (double& result : table.values)
    result = std::isnan(result) ? 0 : std::nearbyint(result);
  table.round();
  return std::make_shared<const HostTensor>(std::move(table));
}

}  // namespace

void add_tables(Graph& graph) {
  bool any = false;
  for (const OpId id : graph.ops()) {
    if (!wants_table(*graph[id].def, graph.view(id))) continue;
    const Op op = graph[id];
    const OpId table = graph.add_checked({.type = "Weight",
                                          .name = graph.unique_name(op.name + "_table"),
                                          .origin = op.origin,
                                          .made_by = "add_tables",
                                          .data = results_of(op),
                                          .result_types = {table_type()}},
                                         {}, &id);
    graph.set_inputs(id, {op.inputs.front(), {table}});
    any = true;
  }
  if (any) graph.compact();
}

}  // namespace tpuscope
