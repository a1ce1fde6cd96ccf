// verify(): every invariant of a graph, however it was built.

#include <algorithm>
#include <set>

#include <boost/graph/depth_first_search.hpp>
#include <fmt/core.h>

#include "base/text.h"
#include "graph/foreign_op.h"
#include "graph/storage.h"

namespace tpuscope {
namespace {

/// Remembers the first back edge: a cycle goes from its target down to its source.
struct CycleFinder : boost::default_dfs_visitor {
  std::vector<std::size_t>* parent = nullptr;
  std::vector<std::size_t>* cycle = nullptr;

  template <typename Edge>
  void tree_edge(Edge edge, const BoostGraph& graph) const {
    (*parent)[boost::target(edge, graph)] = boost::source(edge, graph);
  }
  template <typename Edge>
  void back_edge(Edge edge, const BoostGraph& graph) const {
    if (!cycle->empty()) return;
    const std::size_t top = boost::target(edge, graph);
    for (std::size_t op = boost::source(edge, graph); op != top; op = (*parent)[op]) {
      cycle->push_back(op);
    }
    cycle->push_back(top);
    std::reverse(cycle->begin(), cycle->end());
  }
};

Status check_acyclic(const Graph& graph) {
  const BoostGraph& storage = GraphAccess::boost_graph(graph);
  std::vector<std::size_t> parent(graph.size());
  std::vector<std::size_t> cycle;
  CycleFinder finder;
  finder.parent = &parent;
  finder.cycle = &cycle;
  boost::depth_first_search(storage, boost::visitor(finder));
  if (cycle.empty()) return Ok{};
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min<std::size_t>(cycle.size(), 8); ++i) {
    names.push_back(storage[cycle[i]].name);
  }
  if (cycle.size() > names.size()) names.push_back("...");
  names.push_back(storage[cycle.front()].name);
  return Error{.message = "the graph has a cycle: " + join(names, " -> "),
               .where = storage[cycle.front()].name,
               .hint = "a network must be acyclic; loops have to be unrolled"};
}

Status check_op(const Graph& graph, OpId id) {
  const Op& op = graph[id];
  for (const Value input : op.inputs) {
    const Op& producer = graph[input.op];
    if (producer.is_dead || input.result >= producer.results.size()) {
      return Error{.message = "an operand does not exist", .where = op.name};
    }
  }
  if (op.def->layout == LayoutRule::kSource) {
    if (op.results.size() != 1) {
      return Error{
          .message = fmt::format("{} has {} results, not 1", op.def->name, op.results.size()),
          .where = op.name};
    }
    TPU_TRY_STATUS(with_location(check_shape(op.results[0].type.shape), op.name));
    if (op.data != nullptr && op.data->type.shape != op.results[0].type.shape) {
      return Error{
          .message = fmt::format("values have shape {}, the tensor {}", list_text(op.data->shape()),
                                 list_text(op.results[0].type.shape)),
          .where = op.name};
    }
    return Ok{};
  }
  if (is_foreign(*op.def)) return Ok{};
  const OpView view = graph.view(id);
  TPU_TRY(const Attributes complete,
          with_location(complete_attributes(*op.def, op.attributes), op.name));
  TPU_CHECK(complete == op.attributes, "{} lost an attribute", op.name);
  TPU_TRY(const std::vector<TensorType> types,
          with_location(infer_types(*op.def, op.attributes, view.inputs), op.name));
  if (types != view.results) {
    return Error{.message = types.size() == view.results.size() && !types.empty()
                                ? fmt::format("result is {}, its shape rule says {}",
                                              type_text(view.results[0]), type_text(types[0]))
                                : fmt::format("{} results, its shape rule says {}",
                                              view.results.size(), types.size()),
                 .where = op.name};
  }
  return Ok{};
}

}  // namespace

Status verify(const Graph& graph) {
  TPU_TRY_STATUS(check_acyclic(graph));
  Errors errors;
  std::set<std::string_view> names;
  for (const OpId op : graph.ops()) {
    const Status status = check_op(graph, op);
    if (!status.ok()) errors.push_back(status.error());
    for (const Tensor& result : graph[op].results) {
      if (!names.insert(result.name).second) {
        errors.push_back({.message = "two tensors are called " + in_quotes(result.name),
                          .where = graph[op].name});
      }
    }
    if (errors.size() >= kMaxErrors) break;
  }
  if (graph.outputs().empty()) {
    errors.push_back({.message = "the graph has no output", .where = graph.name()});
  }
  if (!errors.empty()) return errors;
  return Ok{};
}

}  // namespace tpuscope
