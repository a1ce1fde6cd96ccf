// Nodes and edges in the order of the graph.

#include "profiles/views/network_nodes.h"

#include <map>

namespace tpuscope {

NetworkNodes network_nodes(const Profile& profile) {
  const Graph& graph = profile.graph;
  std::map<OpId, std::int64_t> rows;
  for (std::size_t row = 0; row < profile.report.ops.size(); ++row)
    rows[profile.report.ops[row].op] = static_cast<std::int64_t>(row);
  NetworkNodes nodes;
  std::map<OpId, std::size_t> numbers;
  for (const OpId op : graph.ops()) {
    if (graph[op].is("Weight")) continue;
    numbers.emplace(op, nodes.ops.size());
    const auto row = rows.find(op);
    nodes.ops.push_back(op);
    nodes.rows.push_back(row == rows.end() ? -1 : row->second);
  }
  for (const auto& [op, node] : numbers) {
    for (const Value& input : graph[op].inputs) {
      const auto operand = numbers.find(input.op);
      if (operand != numbers.end()) nodes.edges.push_back({operand->second, node});
    }
  }
  return nodes;
}

}  // namespace tpuscope
