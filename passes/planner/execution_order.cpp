// Kahn's algorithm over ops and over units of ops; insertion into an ordered list.

#include "passes/planner/execution_order.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <list>
#include <optional>
#include <set>
#include <utility>

#include "passes/lower/kernel.h"
#include "passes/planner/canonical_order.h"
#include "passes/planner/compiler_names.h"

namespace tpuscope {
namespace {

/// An op whose operands are all made.
struct ReadyOp {
  OpId op{};
  std::size_t since = 0;  ///< how many ops were done when it got ready
};

/// The ready op with the lowest number comes next; `done` are the ops so far, in order.
using Urgency = std::function<std::size_t(const ReadyOp&, const std::vector<OpId>& done)>;

/// A topological order that takes the most urgent of the ready ops, of equal ones the first in
/// `order`.
std::vector<OpId> order_by(const Graph& graph, const std::vector<OpId>& order,
                           const Urgency& urgency) {
  std::vector<std::size_t> waits(graph.size(), 0);
  std::vector<std::size_t> place(graph.size(), 0);
  std::vector<ReadyOp> ready;
  for (std::size_t i = 0; i < order.size(); ++i) {
    place[order[i].index] = i;
    waits[order[i].index] = graph[order[i]].inputs.size();
    if (waits[order[i].index] == 0) ready.push_back({order[i], 0});
  }
  std::vector<OpId> done;
  const auto is_before = [&](const ReadyOp& a, const ReadyOp& b) {
    return std::pair(urgency(a, done), place[a.op.index]) <
           std::pair(urgency(b, done), place[b.op.index]);
  };
  while (!ready.empty()) {
    const auto next = std::min_element(ready.begin(), ready.end(), is_before);
    const OpId op = next->op;
    ready.erase(next);
    done.push_back(op);
    for (const Use& use : graph.uses(op)) {
      if (--waits[use.op.index] == 0) ready.push_back({use.op, done.size()});
    }
  }
  return done;
}

/// A list in which places can be compared and there is always room between two of them.
class OrderedList {
 public:
  struct Entry {
    OpId op{};
    std::uint64_t label = 0;  ///< grows along the list
  };
  using Place = std::list<Entry>::iterator;

  explicit OrderedList(std::size_t ops) : places_(ops, entries_.end()) {}

  void push_front(OpId op) { insert(entries_.begin(), op); }
  void insert_after(OpId before, OpId op) { insert(std::next(places_[before.index]), op); }
  bool contains(OpId op) const { return places_[op.index] != entries_.end(); }
  bool is_before(OpId a, OpId b) const { return places_[a.index]->label < places_[b.index]->label; }

  std::vector<OpId> take() const {
    std::vector<OpId> ops;
    for (const Entry& entry : entries_)
      ops.push_back(entry.op);
    return ops;
  }

 private:
  static constexpr std::uint64_t kGap = std::uint64_t{1} << 32U;

  void insert(Place next, OpId op) {
    const Place at = entries_.insert(next, {op, 0});
    places_[op.index] = at;
    const std::uint64_t below = at == entries_.begin() ? 0 : std::prev(at)->label;
    const std::uint64_t above = next == entries_.end() ? below + 2 * kGap : next->label;
    at->label = below + (above - below) / 2;
    if (at->label == below) spread();
  }

  void spread() {
    std::uint64_t label = 0;
    for (Entry& entry : entries_)
      entry.label = label += kGap;
  }

  std::list<Entry> entries_{};
  std::vector<Place> places_;
};

/// Each op of the order right after the last of its operands.
std::vector<OpId> after_operands(const Graph& graph, const std::vector<OpId>& order) {
  const auto is_source = [&](OpId op) { return graph[op].inputs.empty(); };
  OrderedList list(graph.size());
  for (const OpId op : order) {
    if (is_source(op) || graph[op].def->layout == LayoutRule::kSink) continue;
    std::optional<OpId> last;
    for (const Value input : graph[op].inputs) {
      if (list.contains(input.op) && (!last || list.is_before(*last, input.op))) last = input.op;
    }
    if (last) {
      list.insert_after(*last, op);
    } else {
      list.push_front(op);
    }
  }
  std::vector<OpId> found;
  std::copy_if(order.begin(), order.end(), std::back_inserter(found), is_source);
  const std::vector<OpId> between = list.take();
  found.insert(found.end(), between.begin(), between.end());
  std::copy_if(order.begin(), order.end(), std::back_inserter(found), [&](OpId op) {
    return !is_source(op) && graph[op].def->layout == LayoutRule::kSink;
  });
  return found;
}

}  // namespace

namespace {

/// The only operand of an op that another op makes; none where there are more.
std::optional<OpId> only_producer(const Graph& graph, OpId op) {
  std::optional<OpId> found;
  for (const Value input : graph[op].inputs) {
    if (graph[input.op].inputs.empty()) continue;
    if (found) return std::nullopt;
    found = input.op;
  }
  return found;
}

/// The function that alone reads what `op` makes, and nothing else that is computed.
std::optional<OpId> only_function(const Graph& graph, OpId op) {
  const std::vector<Use> uses = graph.uses(op);
  if (uses.size() != 1) return std::nullopt;
  const OpId reader = uses[0].op;
  const bool is_function = graph[reader].def->layout == LayoutRule::kElementwise;
  return is_function && only_producer(graph, reader) == op ? std::optional(reader) : std::nullopt;
}

/// The order with the functions of a product right after it: a gated pair's second product comes
/// after the activation of the first, wherever an exporter wrote it.
std::vector<OpId> activations_after_products(const Graph& graph, const std::vector<OpId>& order) {
  std::vector<bool> is_placed(graph.size(), false);
  std::vector<OpId> found;
  const auto place = [&](OpId op) {
    if (is_placed[op.index]) return;
    is_placed[op.index] = true;
    found.push_back(op);
  };
  for (const OpId op : order) {
    place(op);
    if (!graph[op].is("MatMul") && !is_kernel_only(*graph[op].def)) continue;
    for (std::optional<OpId> next = only_function(graph, op); next;
         next = only_function(graph, *next)) {
      for (const Value constant : graph[*next].inputs)
        place(constant.op);
      place(*next);
    }
  }
  return found;
}

}  // namespace

std::vector<OpId> compiler_order(const Graph& graph) {
  std::vector<OpId> order = graph.topological_order();
  const auto has_kernel = [&](OpId op) { return is_kernel_only(*graph[op].def); };
  if (std::any_of(order.begin(), order.end(), has_kernel)) {
    return activations_after_products(graph, order);
  }
  return after_operands(graph, canonical_order(graph));
}

std::vector<OpId> order_like(const Graph& graph, const std::vector<std::string>& names) {
  const CompilerNames known(graph);
  // Twice the place, so that there is room behind each.
  std::vector<std::optional<std::size_t>> rank(graph.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::optional<OpId> op = known.find(names[i]);
    if (op && !rank[op->index]) rank[op->index] = 2 * i + 2;
  }
  const std::vector<OpId> order = compiler_order(graph);
  for (const OpId op : order) {
    if (rank[op.index]) continue;
    std::size_t behind = 0;
    for (const Value input : graph[op].inputs)
      behind = std::max(behind, *rank[input.op.index]);
    rank[op.index] = graph[op].inputs.empty() ? 0 : behind | 1U;
  }
  return order_by(graph, order, [&](const ReadyOp& ready, const std::vector<OpId>&) {
    return *rank[ready.op.index];
  });
}

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
  // Constants and inputs cost nothing wherever they are: they come first.
  const auto is_source = [&](OpId op) { return graph[op].inputs.empty(); };
  const auto last_ready_first = [&](const ReadyOp& ready, const std::vector<OpId>&) {
    return is_source(ready.op) ? std::size_t{0} : 1 + order.size() - ready.since;
  };
  const auto alike_first = [&](const ReadyOp& ready, const std::vector<OpId>& done) {
    if (is_source(ready.op)) return std::size_t{0};
    const bool is_alike = !done.empty() && is_local[ready.op.index] == is_local[done.back().index];
    return is_alike ? std::size_t{1} : std::size_t{2};
  };
  std::vector<std::vector<OpId>> orders;
  for (const Urgency& urgency : {Urgency(last_ready_first), Urgency(alike_first)}) {
    std::vector<OpId> found = order_by(graph, order, urgency);
    const bool is_known =
        found == order || std::find(orders.begin(), orders.end(), found) != orders.end();
    if (!is_known) orders.push_back(std::move(found));
  }
  return orders;
}

std::size_t count_runs(const Graph& graph, const std::vector<OpId>& order,
                       const std::vector<bool>& is_local) {
  std::size_t runs = 0;
  bool is_open = false;
  for (const OpId op : order) {
    const LayoutRule layout = graph[op].def->layout;
    if (layout == LayoutRule::kSource || layout == LayoutRule::kSink) continue;
    if (is_local[op.index] && !is_open) ++runs;
    is_open = is_local[op.index];
  }
  return runs;
}

}  // namespace tpuscope
