// All ops of a small network as one group, with its values by name.

#pragma once

#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "passes/tiling/group_graph.h"
#include "tests/support/graphs.h"

namespace tpuscope::testing {

struct TestGroup {
  Graph graph{};
  GroupGraph run{};
  GroupRange range{};

  explicit TestGroup(std::string_view text, GroupType type = GroupType::kNormal)
      : graph(graph_of(text)) {
    std::vector<OpId> ops;
    for (const OpId op : graph.topological_order()) {
      const LayoutRule layout = graph[op].def->layout;
      if (layout != LayoutRule::kSource && layout != LayoutRule::kSink) ops.push_back(op);
    }
    run = group_graph(graph, ops);
    range = {0, run.ops.size() - 1, type};
  }

  /// Index in GroupGraph::values of the tensor of this name.
  std::size_t value(std::string_view name) const {
    for (std::size_t i = 0; i < run.values.size(); ++i) {
      const Value value = run.values[i].value;
      if (graph[value.op].results[value.result].name == name) return i;
    }
    FAIL("the group has no ", name);
    return 0;
  }
  /// Index in GroupGraph::ops of the op that makes it.
  std::size_t op(std::string_view name) const { return run.values[value(name)].producer; }
};

}  // namespace tpuscope::testing
