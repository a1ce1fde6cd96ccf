// Kahn's algorithm over ops and over units of ops: see execution_order.h.

#include "passes/planner/execution_order.h"

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

std::vector<std::vector<OpId>> other_orders(const Graph& graph, const std::vector<OpId>& order,
                                            const std::vector<bool>& is_local) {
  const auto ops_by = [&](auto urgency) {
    std::vector<std::size_t> waits(graph.size(), 0);
    for (const OpId op : order)
      waits[op.index] = graph[op].inputs.size();
    // The most urgent of the ready ops, of equal ones the first in `order`.
    std::vector<OpId> ready;
    std::vector<std::size_t> since(graph.size(), 0);  // how many ops were done when it got ready
    std::vector<OpId> result;
    std::vector<std::size_t> place(graph.size(), 0);
    for (std::size_t i = 0; i < order.size(); ++i) {
      place[order[i].index] = i;
      if (waits[order[i].index] == 0) ready.push_back(order[i]);
    }
    while (!ready.empty()) {
      const auto next = std::min_element(ready.begin(), ready.end(), [&](OpId a, OpId b) {
        const std::pair mine(urgency(a, since[a.index], result), place[a.index]);
        return mine < std::pair(urgency(b, since[b.index], result), place[b.index]);
      });
      const OpId op = *next;
      ready.erase(next);
      result.push_back(op);
      for (const Use& use : graph.uses(op)) {
        if (--waits[use.op.index] > 0) continue;
        since[use.op.index] = result.size();
        ready.push_back(use.op);
      }
    }
    return result;
  };
  std::vector<std::vector<OpId>> orders;
  const auto keep = [&](std::vector<OpId> found) {
    if (found != order && std::find(orders.begin(), orders.end(), found) == orders.end()) {
      orders.push_back(std::move(found));
    }
  };
  // Constants and inputs cost nothing wherever they stand: they come first.
  const auto is_source = [&](OpId op) { return graph[op].inputs.empty(); };
  keep(ops_by([&](OpId op, std::size_t since, const std::vector<OpId>&) {
    return is_source(op) ? std::size_t{0} : 1 + order.size() - since;
  }));
  keep(ops_by([&](OpId op, std::size_t, const std::vector<OpId>& done) {
    if (is_source(op)) return std::size_t{0};
    const bool is_alike = !done.empty() && is_local[op.index] == is_local[done.back().index];
    return is_alike ? std::size_t{1} : std::size_t{2};
  }));
  return orders;
}

}  // namespace tpuscope
