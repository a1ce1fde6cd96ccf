// Small steps that the rewrites of permutes share.

#include "passes/rewrites/rewrite.h"

#include <algorithm>
#include <utility>

namespace tpuscope {

Permutation order_of(const Op& permute) {
  const auto order = Permutation::from(permute.attributes.integers("order"));
  TPU_CHECK(order.has_value(), "{} has no valid order", permute.name);
  return *order;
}

bool moves_data(const Graph& graph, OpId op) {
  return is_permute(graph[op]) &&
         !order_of(graph[op]).is_reshape_of(graph.type(graph[op].inputs[0]).shape);
}

Value add_permute(Graph& graph, Value value, const Permutation& order, OpId near, const Op& like,
                  std::string_view made_by) {
  if (order.is_identity()) return value;
  OpSpec spec{.type = "Permute",
              .name = like.name,
              .attributes = {{"order", order.to_list()}},
              .result_names = {like.results.at(0).name},
              .origin = like.origin,
              .made_by = std::string(made_by)};
  return {graph.add_checked(std::move(spec), {value}, &near)};
}

Value add_reshape(Graph& graph, Value value, const Shape& shape, OpId near, const Op& like,
                  std::string_view made_by) {
  if (graph.type(value).shape == shape) return value;
  OpSpec spec{.type = "Reshape",
              .name = like.name,
              .attributes = {{"shape", shape}},
              .result_names = {like.results.at(0).name},
              .origin = like.origin,
              .made_by = std::string(made_by)};
  return {graph.add_checked(std::move(spec), {value}, &near)};
}

void replace(Graph& graph, OpId old, Value value) {
  const std::string name = graph[old].results.at(0).name;
  graph.replace_uses({old}, value);
  erase_dead_chain(graph, old);
  const bool stands_in = !graph[value.op].made_by.empty() && graph[value].name.starts_with(name);
  if (graph[old].is_dead && stands_in) graph.set_result_name(value, name);
}

void erase_dead_chain(Graph& graph, OpId op) {
  if (graph[op].is_dead || !graph.uses(op).empty()) return;
  if (graph[op].is("Input") || graph[op].def->layout == LayoutRule::kSink) return;
  const std::vector<Value> inputs = graph[op].inputs;
  graph.erase(op);
  for (const Value input : inputs)
    erase_dead_chain(graph, input.op);
}

Permutation last_two_swapped(std::size_t rank) {
  TPU_CHECK(rank >= 2, "rank {} has no last two axes", rank);
  std::vector<std::int64_t> order = Permutation::identity(rank).to_list();
  std::swap(order[rank - 1], order[rank - 2]);
  return *Permutation::from(order);
}

}  // namespace tpuscope
