// Depth-first search from the ops that nothing reads, and the ways from an op to them.

#include "passes/planner/canonical_order.h"

#include <algorithm>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace tpuscope {
namespace {

/// What an op is besides its names. Compared member by member.
struct Description {
  std::vector<std::size_t> operands{};  ///< what each is made of, and which result of that it is
  std::string_view kind{};
  std::vector<std::int64_t> numbers{};  ///< first parts come before later ones
  std::string text{};                   ///< the rest

  std::strong_ordering operator<=>(const Description&) const = default;
};

/// Per op its place when ops are sorted by how many steps it takes to make them, then by their
/// descriptions. Ops that are made alike share one.
class Structure {
 public:
  explicit Structure(const Graph& graph) : graph_(graph), rank_(graph.size(), 0) {
    std::vector<OpId> order = graph.topological_order();
    std::vector<std::size_t> depth(graph.size(), 0);
    for (const OpId op : order) {
      for (const Value input : graph[op].inputs)
        depth[op.index] = std::max(depth[op.index], depth[input.op.index] + 1);
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](OpId a, OpId b) { return depth[a.index] < depth[b.index]; });
    for (auto begin = order.begin(); begin != order.end();) {
      const auto end = std::find_if(begin, order.end(),
                                    [&](OpId op) { return depth[op.index] > depth[begin->index]; });
      rank({begin, end});
      begin = end;
    }
  }

  std::size_t operator[](OpId op) const { return rank_[op.index]; }

 private:
  /// Ops of one depth: what they are made of has its ranks.
  void rank(const std::vector<OpId>& ops) {
    if (ops.size() == 1) {
      rank_[ops.front().index] = next_++;
      return;
    }
    std::vector<std::pair<Description, OpId>> described;
    for (const OpId op : ops)
      described.emplace_back(description(op), op);
    std::sort(described.begin(), described.end());
    for (std::size_t i = 0; i < described.size(); ++i) {
      if (i > 0 && described[i].first != described[i - 1].first) ++next_;
      rank_[described[i].second.index] = next_;
    }
    ++next_;
  }

  Description description(OpId id) const {
    const Op& op = graph_[id];
    Description found{.kind = op.def->name};
    for (const Value input : op.inputs) {
      found.operands.push_back(rank_[input.op.index]);
      found.operands.push_back(input.result);
    }
    for (const auto& [name, value] : op.attributes.all()) {
      if (const auto* number = std::get_if<std::int64_t>(&value)) found.numbers.push_back(*number);
      if (const auto* list = std::get_if<IntList>(&value))
        found.numbers.insert(found.numbers.end(), list->begin(), list->end());
      found.text += name + "=" + attribute_text(value) + "|";
    }
    for (const Tensor& result : op.results)
      found.text += type_text(result.type);
    return found;
  }

  const Graph& graph_;
  std::vector<std::size_t> rank_;
  std::size_t next_ = 0;
};

/// What nothing reads: the outputs.
std::vector<OpId> ends_of(const Graph& graph) {
  std::vector<OpId> ends = graph.ops();
  std::erase_if(ends, [&](OpId op) { return !graph.uses(op).empty(); });
  if (ends.size() < 2) return ends;
  const Structure structure(graph);
  std::stable_sort(ends.begin(), ends.end(),
                   [&](OpId a, OpId b) { return structure[a] < structure[b]; });
  return ends;
}

/// What an op needs right before it, operands one after the other.
std::vector<OpId> depth_first_order(const Graph& graph) {
  struct Open {
    OpId op{};
    std::size_t operands = 0;  ///< looked at so far
  };
  std::vector<OpId> order;
  std::vector<bool> is_known(graph.size(), false);
  std::vector<Open> open;  // networks are deeper than the stack of calls
  const auto enter = [&](OpId op) {
    if (is_known[op.index]) return;
    is_known[op.index] = true;
    open.push_back({op});
  };
  for (const OpId end : ends_of(graph)) {
    enter(end);
    while (!open.empty()) {
      Open& top = open.back();
      const std::vector<Value>& inputs = graph[top.op].inputs;
      if (top.operands < inputs.size()) {
        enter(inputs[top.operands++].op);
        continue;
      }
      order.push_back(top.op);
      open.pop_back();
    }
  }
  return order;
}

}  // namespace

std::vector<OpId> canonical_order(const Graph& graph) {
  std::vector<OpId> order = depth_first_order(graph);
  std::vector<std::size_t> to_end(graph.size(), 0);  // ops on the longest way from an op
  for (auto op = order.rbegin(); op != order.rend(); ++op) {
    for (const Value input : graph[*op].inputs)
      to_end[input.op.index] = std::max(to_end[input.op.index], to_end[op->index] + 1);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](OpId a, OpId b) { return to_end[a.index] > to_end[b.index]; });
  return order;
}

}  // namespace tpuscope
