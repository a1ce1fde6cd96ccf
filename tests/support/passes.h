// Running one pass in a test: the text that comes out, and the proof that the function is the same.

#pragma once

#include <algorithm>
#include <string_view>

#include <doctest/doctest.h>

#include "passes/pipeline.h"
#include "tests/support/graphs.h"

namespace tpuscope::testing {

/// Inputs with values that no symmetry hides: small integers that differ everywhere.
inline std::vector<HostTensor> sample_inputs(const Graph& graph) {
  std::vector<HostTensor> inputs;
  std::int64_t next = 0;
  for (const OpId op : graph.inputs()) {
    HostTensor tensor = HostTensor::zeros(graph[op].results[0].type);
    for (double& value : tensor.values)
      value = static_cast<double>((next++ * 37) % 101 - 50) / 8;
    inputs.push_back(std::move(tensor));
  }
  return inputs;
}

/// Both graphs compute the same from the same inputs.
inline void check_same_function(const Graph& before, const Graph& after) {
  const std::vector<HostTensor> inputs = sample_inputs(before);
  const auto expected = evaluate(before, inputs);
  const auto got = evaluate(after, inputs);
  REQUIRE(expected.ok());
  REQUIRE(got.ok());
  REQUIRE(got->size() == expected->size());
  for (std::size_t i = 0; i < expected->size(); ++i) {
    CHECK(got->at(i).type == expected->at(i).type);
    REQUIRE(got->at(i).values.size() == expected->at(i).values.size());
    double worst = 0;
    for (std::size_t j = 0; j < expected->at(i).values.size(); ++j) {
      worst = std::max(worst, std::abs(got->at(i).values[j] - expected->at(i).values[j]));
    }
    CHECK(worst <= 1e-5);
  }
}

/// The graph after `pass` alone, run until nothing changes, with the graph's rules verified.
inline Graph after_pass(std::string_view pass, const Graph& before) {
  Graph graph = before;
  const auto result = run_pipeline(graph, {.switches = {std::string(pass)}, .verify_each = true});
  REQUIRE(result.ok());
  CHECK(result->reached_fixed_point);
  return graph;
}

/// `pass` turns the text `before` into `after`, and the function stays.
inline void check_rewrite(std::string_view pass, std::string_view before, std::string_view after) {
  const Graph graph = graph_of(before);
  const Graph rewritten = after_pass(pass, graph);
  CHECK(to_text(rewritten, {.locations = false}) == lines(after));
  check_same_function(graph, rewritten);
}

inline void check_unchanged(std::string_view pass, std::string_view text) {
  const Graph graph = graph_of(text);
  CHECK(to_text(after_pass(pass, graph)) == to_text(graph));
}

}  // namespace tpuscope::testing
