// Runs the one-op graphs of the operator tests: text and numbers in, numbers out.

#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tests/support/graphs.h"

namespace tpuscope::testing {

/// Values of the only output for inputs with these values, in the order of the Inputs.
inline std::vector<double> evaluated(std::string_view text,
                                     const std::vector<std::vector<double>>& inputs = {}) {
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

/// The message of the error that parsing the text gives.
inline std::string error_of(std::string_view text) {
  const Result<Graph> graph = parse_graph(text, "test");
  return graph.ok() ? "no error" : graph.error().message;
}

/// Type of the only output.
inline std::string type_of(std::string_view text) {
  const Graph graph = graph_of(text);
  return type_text(graph.type(graph[graph.outputs().front()].inputs[0]));
}

/// The graph's first op of a type, with its definition's view.
inline std::pair<const OpDef*, OpView> op_of(const Graph& graph, std::string_view type) {
  for (const OpId id : graph.ops()) {
    if (graph[id].is(type)) return {graph[id].def, graph.view(id)};
  }
  FAIL("no op ", std::string(type));
  return {};
}

}  // namespace tpuscope::testing
