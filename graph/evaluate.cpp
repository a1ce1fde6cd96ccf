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

/// Tensors by value, each freed after its last use.
class Tensors {
 public:
  explicit Tensors(const Graph& graph) : graph_(graph) {}

  const std::map<Value, HostTensor>& all() const { return values_; }
  void set(Value value, HostTensor tensor) { values_[value] = std::move(tensor); }
  bool has(Value value) const { return values_.contains(value); }

  /// Notes how often the op's results will be used, and that it has used its operands.
  void finish(OpId id) {
    const Op& op = graph_[id];
    for (std::uint32_t i = 0; i < op.results.size(); ++i)
      uses_left_[{id, i}] = graph_.uses(Value{id, i}).size();
    if (op.def->layout == LayoutRule::kSink) return;
    for (const Value input : op.inputs) {
      if (--uses_left_[input] == 0) values_.erase(input);
    }
  }

 private:
  const Graph& graph_;
  std::map<Value, HostTensor> values_{};
  std::map<Value, std::size_t> uses_left_{};
};

Status set_inputs(const Graph& graph, const std::vector<HostTensor>& inputs, Tensors& tensors) {
  const std::vector<OpId> parameters = graph.inputs();
  if (inputs.size() != parameters.size()) {
    return Error{.message = fmt::format("{} inputs given, the graph has {}", inputs.size(),
                                        parameters.size())};
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const TensorType& type = graph[parameters[i]].results[0].type;
    if (inputs[i].type.shape != type.shape) {
      return Error{.message = fmt::format("input is {}, the graph expects {}",
                                          type_text(inputs[i].type), type_text(type)),
                   .where = graph[parameters[i]].name};
    }
    tensors.set({parameters[i], 0}, inputs[i]);
  }
  return Ok{};
}

/// Values of an op's results; those of inputs are there already.
Status compute(const Graph& graph, OpId id, Tensors& tensors) {
  const Op& op = graph[id];
  if (op.def->layout == LayoutRule::kSink) return Ok{};
  if (op.def->layout == LayoutRule::kSource) {
    if (op.data == nullptr && !tensors.has({id, 0})) {
      return Error{.message = "the values of this weight are not known", .where = op.name};
    }
    if (op.data != nullptr) tensors.set({id, 0}, *op.data);
    return Ok{};
  }
  TPU_TRY(std::vector<HostTensor> computed, evaluate_op(graph, id, tensors.all()));
  for (std::uint32_t i = 0; i < computed.size(); ++i)
    tensors.set({id, i}, std::move(computed[i]));
  return Ok{};
}

}  // namespace

Result<std::vector<HostTensor>> evaluate(const Graph& graph,
                                         const std::vector<HostTensor>& inputs) {
  Tensors tensors(graph);
  TPU_TRY_STATUS(set_inputs(graph, inputs, tensors));
  for (const OpId id : graph.topological_order()) {
    TPU_TRY_STATUS(compute(graph, id, tensors));
    tensors.finish(id);
  }
  std::vector<HostTensor> results;
  for (const OpId output : graph.outputs())
    results.push_back(tensors.all().at(graph[output].inputs[0]));
  return results;
}

}  // namespace tpuscope
