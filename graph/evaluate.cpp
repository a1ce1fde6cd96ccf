// Runs a graph with the reference kernels.

#include <map>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/graph.h"

namespace tpuscope {
namespace {

Result<std::vector<HostTensor>> evaluate_op(const Graph& graph, OpId id,
                                            const std::map<Value, HostTensor>& values) {
  const Op& op = graph[id];
  if (op.def->evaluate == nullptr) {
    return Error{.code = ErrorCode::kUnsupported,
                 .message = fmt::format("{} has no reference kernel", op.def->name),
                 .where = op.name};
  }
  std::vector<HostTensor> inputs;
  for (const Value input : op.inputs)
    inputs.push_back(values.at(input));
  TPU_TRY(std::vector<HostTensor> results,
          with_location(op.def->evaluate(graph.view(id), inputs), op.name));
  TPU_CHECK(results.size() == op.results.size(), "{} gave {} results", op.name, results.size());
  for (std::size_t i = 0; i < results.size(); ++i) {
    const TensorType& type = op.results[i].type;
    TPU_CHECK(results[i].elements() == type.elements(), "{} gave {} elements for {}", op.name,
              results[i].elements(), type_text(type));
    results[i].type = type;
    results[i].round();
  }
  return results;
}

}  // namespace

Result<std::vector<HostTensor>> evaluate(const Graph& graph,
                                         const std::vector<HostTensor>& inputs) {
  const std::vector<OpId> parameters = graph.inputs();
  if (inputs.size() != parameters.size()) {
    return Error{.message = fmt::format("{} inputs given, the graph has {}", inputs.size(),
                                        parameters.size())};
  }
  std::map<Value, HostTensor> values;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const TensorType& type = graph[parameters[i]].results[0].type;
    if (inputs[i].type.shape != type.shape) {
      return Error{.message = fmt::format("input is {}, the graph wants {}",
                                          type_text(inputs[i].type), type_text(type)),
                   .where = graph[parameters[i]].name};
    }
    values[{parameters[i], 0}] = inputs[i];
  }
  std::map<Value, std::size_t> remaining;  // uses left, so that dead tensors can be freed
  std::vector<HostTensor> results;
  for (const OpId id : graph.topological_order()) {
    const Op& op = graph[id];
    if (op.def->layout == LayoutRule::kSource) {
      if (op.data != nullptr) {
        values[{id, 0}] = *op.data;
      } else if (!values.contains({id, 0})) {
        return Error{.message = "the values of this weight are not known", .where = op.name};
      }
    } else if (op.def->layout != LayoutRule::kSink) {
      TPU_TRY(std::vector<HostTensor> computed, evaluate_op(graph, id, values));
      for (std::uint32_t i = 0; i < computed.size(); ++i) {
        values[{id, i}] = std::move(computed[i]);
      }
    }
    for (std::uint32_t i = 0; i < op.results.size(); ++i) {
      remaining[{id, i}] = graph.uses(Value{id, i}).size();
    }
    if (op.def->layout == LayoutRule::kSink) continue;
    for (const Value input : op.inputs) {
      if (--remaining[input] == 0) values.erase(input);
    }
  }
  for (const OpId output : graph.outputs())
    results.push_back(values.at(graph[output].inputs[0]));
  return results;
}

}  // namespace tpuscope
