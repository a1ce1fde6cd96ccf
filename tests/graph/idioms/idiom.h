// Running one import pass in a test: text in, text out, and the proof that the function stayed.

#pragma once

#include <string_view>

#include <doctest/doctest.h>

#include "graph/pass.h"
#include "tests/support/graphs.h"
#include "tests/support/passes.h"

namespace tpuscope::testing {

/// The graph after the import pass `name` ran until it changed nothing.
inline Graph after_idiom(std::string_view name, Graph graph) {
  const Pass* pass = PassRegistry::instance().find(name);
  REQUIRE(pass != nullptr);
  CHECK(pass->stage == PassStage::kImport);
  bool changed = true;
  for (int round = 0; changed; ++round) {
    REQUIRE(round < 8);
    const Result<bool> result = pass->run(graph, {});
    REQUIRE(result.ok());
    changed = *result;
  }
  graph.erase_unused();
  graph.compact();
  const Status verified = verify(graph);
  CHECK_MESSAGE(verified.ok(), (verified.ok() ? "" : verified.error().message));
  return graph;
}

/// The pass turns `before` into `after`. With `evaluated`, which needs values for all weights, both
/// compute the same.
inline void check_idiom(std::string_view name, std::string_view before, std::string_view after,
                        bool evaluated = true) {
  const Graph graph = graph_of(before);
  const Graph rewritten = after_idiom(name, graph);
  CHECK(to_text(rewritten, {.locations = false}) == lines(after));
  if (evaluated) check_same_function(graph, rewritten);
}

inline void check_no_idiom(std::string_view name, std::string_view text) {
  const Graph graph = graph_of(text);
  CHECK(to_text(after_idiom(name, graph)) == to_text(graph));
}

}  // namespace tpuscope::testing
