// Runs the graphs of operator tests on given inputs: text and numbers in, numbers out.

#pragma once

#include <string_view>
#include <vector>

#include "tests/support/ops.h"

namespace tpuscope::testing {

/// Values of the only output for inputs with these values, in the order of the Inputs.
inline std::vector<double> evaluated(std::string_view text,
                                     const std::vector<std::vector<double>>& inputs) {
  const Graph graph = graph_of(text);
  std::vector<HostTensor> tensors;
  const std::vector<OpId> parameters = graph.inputs();
  REQUIRE(parameters.size() == inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    tensors.push_back({graph.type({parameters[i], 0}), inputs[i]});
  }
  const Result<std::vector<HostTensor>> results = evaluate(graph, tensors);
  if (!results.ok()) FAIL(results.error().where, ": ", results.error().message);
  return results->front().values;
}

/// Type of the last op's first result.
inline std::string type_of(std::string_view text) {
  const Graph graph = graph_of(text);
  return type_text(graph.type({last_op(graph), 0}));
}

/// What the last op moves.
inline Movement movement_of(std::string_view text) {
  const Graph graph = graph_of(text);
  const OpId op = last_op(graph);
  return graph[op].def->movement(graph.view(op));
}

}  // namespace tpuscope::testing
