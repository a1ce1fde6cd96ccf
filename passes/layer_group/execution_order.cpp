// Kahn's algorithm over units: see execution_order.h.

#include "passes/layer_group/execution_order.h"

#include <algorithm>
#include <set>
#include <utility>

namespace tpuscope {

std::vector<std::size_t> ordered_units(const Graph& graph, const std::vector<OpId>& order,
                                       const std::vector<std::size_t>& unit_of) {
  std::size_t count = 0;
  for (const OpId op : order)
    count = std::max(count, unit_of[op.index] + 1);
  std::vector<std::size_t> rank(count, order.size());
  for (std::size_t i = order.size(); i-- > 0;)
    rank[unit_of[order[i].index]] = i;
  std::set<std::pair<std::size_t, std::size_t>> edges;
  for (const OpId op : order) {
    for (const Value input : graph[op].inputs) {
      const std::pair edge(unit_of[input.op.index], unit_of[op.index]);
      if (edge.first != edge.second) edges.insert(edge);
    }
  }
  std::vector<std::size_t> waits(count, 0);
  for (const auto& [from, to] : edges)
    ++waits[to];
  // Ready units by rank; unused numbers have the rank of no op and are left out.
  std::set<std::pair<std::size_t, std::size_t>> ready;
  for (std::size_t unit = 0; unit < count; ++unit) {
    if (waits[unit] == 0 && rank[unit] < order.size()) ready.emplace(rank[unit], unit);
  }
  std::vector<std::size_t> units;
  while (!ready.empty()) {
    const std::size_t unit = ready.begin()->second;
    ready.erase(ready.begin());
    units.push_back(unit);
    for (auto edge = edges.lower_bound({unit, 0}); edge != edges.end() && edge->first == unit;
         ++edge) {
      if (--waits[edge->second] == 0) ready.emplace(rank[edge->second], edge->second);
    }
  }
  return units;
}

}  // namespace tpuscope
