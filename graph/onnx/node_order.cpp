// Kahn's algorithm with the file's order as tie-break, and good names for what can go wrong: most
// broken files are broken here.

#include "graph/onnx/node_order.h"

#include <algorithm>
#include <map>
#include <queue>

#include <fmt/core.h>

#include "graph/onnx/proto_tensor.h"
#include "graph/text.h"

namespace tpuscope {
namespace {

/// Node indices by the tensor that they produce.
using Producers = std::map<std::string_view, int>;

std::vector<const onnx::GraphProto*> subgraphs(const onnx::NodeProto& node) {
  std::vector<const onnx::GraphProto*> graphs;
  for (const onnx::AttributeProto& attribute : node.attribute()) {
    if (attribute.has_g()) graphs.push_back(&attribute.g());
    for (const onnx::GraphProto& graph : attribute.graphs())
      graphs.push_back(&graph);
  }
  return graphs;
}

Result<Producers> producers_of(const onnx::GraphProto& graph,
                               const std::function<bool(std::string_view)>& is_known) {
  Producers producers;
  Errors errors;
  for (int i = 0; i < graph.node_size(); ++i) {
    for (const std::string& output : graph.node(i).output()) {
      if (output.empty()) continue;
      const auto [at, inserted] = producers.try_emplace(output, i);
      if (inserted && !is_known(output)) continue;
      const std::string other = inserted ? "an input or initializer"
                                         : in_quotes(node_name(graph.node(at->second), at->second));
      if (errors.size() == kMaxErrors) continue;
      errors.push_back({.message = fmt::format("tensor {} is also produced by {}",
                                               in_quotes(printable_name(output)), other),
                        .where = node_name(graph.node(i), i),
                        .hint = "each tensor needs a name of its own"});
    }
  }
  if (!errors.empty()) return errors;
  return producers;
}

/// Names of the nodes on one cycle, among the nodes that could not be ordered: each of them waits
/// for another one, so walking from producer to producer must come round.
Error cycle_error(const onnx::GraphProto& graph, const Producers& producers,
                  const std::vector<int>& missing) {
  const auto waits_for = [&](int node) {
    int blocker = -1;
    for_each_read(graph.node(node), [&](std::string_view name) {
      const auto found = producers.find(name);
      if (found != producers.end() && missing[static_cast<std::size_t>(found->second)] > 0) {
        blocker = found->second;
      }
    });
    return blocker;
  };
  int node = 0;
  while (missing[static_cast<std::size_t>(node)] == 0)
    ++node;
  std::vector<int> walk;
  std::vector<bool> seen(missing.size());
  while (!seen[static_cast<std::size_t>(node)]) {
    seen[static_cast<std::size_t>(node)] = true;
    walk.push_back(node);
    node = waits_for(node);
    TPU_CHECK(node >= 0, "an unordered node waits for nothing");
  }
  walk.erase(walk.begin(), std::find(walk.begin(), walk.end(), node));
  std::reverse(walk.begin(), walk.end());  // from producer to consumer
  std::vector<std::string> names;
  constexpr std::size_t kShown = 8;
  for (std::size_t i = 0; i < std::min(walk.size(), kShown); ++i) {
    names.push_back(node_name(graph.node(walk[i]), walk[i]));
  }
  if (walk.size() > kShown) names.push_back(fmt::format("... {} more", walk.size() - kShown));
  const std::string first = names.front();
  names.push_back(first);
  return {.message = "the graph has a cycle: " + join(names, " -> "),
          .where = first,
          .hint = "a network must be acyclic; loops have to be unrolled"};
}

}  // namespace

std::string node_name(const onnx::NodeProto& node, int index) {
  if (!node.name().empty()) return printable_name(node.name());
  return printable_name(fmt::format("{}_{}", node.op_type(), index));
}

void for_each_read(const onnx::NodeProto& node,
                   const std::function<void(std::string_view)>& visit) {
  for (const std::string& input : node.input()) {
    if (!input.empty()) visit(input);
  }
  for (const onnx::GraphProto* graph : subgraphs(node)) {
    // A name that the subgraph makes itself is no read of ours.
    std::set<std::string_view> own;
    for (const auto& input : graph->input())
      own.insert(input.name());
    for (const auto& initializer : graph->initializer())
      own.insert(initializer.name());
    for (const auto& inner : graph->node())
      own.insert(inner.output().begin(), inner.output().end());
    const auto outer = [&](std::string_view name) {
      if (!own.contains(name)) visit(name);
    };
    for (const auto& inner : graph->node())
      for_each_read(inner, outer);
    for (const auto& output : graph->output())
      outer(output.name());
  }
}

Result<std::vector<int>> node_order(const onnx::GraphProto& graph,
                                    const std::function<bool(std::string_view)>& is_known) {
  TPU_TRY(const Producers producers, producers_of(graph, is_known));
  const auto nodes = static_cast<std::size_t>(graph.node_size());
  std::vector<int> missing(nodes);  // inputs that are not yet produced
  std::vector<std::vector<int>> consumers(nodes);
  Errors errors;
  for (int i = 0; i < graph.node_size(); ++i) {
    for_each_read(graph.node(i), [&](std::string_view name) {
      const auto found = producers.find(name);
      if (found != producers.end()) {
        ++missing[static_cast<std::size_t>(i)];
        consumers[static_cast<std::size_t>(found->second)].push_back(i);
      } else if (!is_known(name) && errors.size() < kMaxErrors) {
        errors.push_back({.message = fmt::format("reads {}, which nothing produces",
                                                 in_quotes(printable_name(name))),
                          .where = node_name(graph.node(i), i),
                          .hint = "the file is incomplete"});
      }
    });
  }
  if (!errors.empty()) return errors;
  std::priority_queue<int, std::vector<int>, std::greater<>> ready;
  for (std::size_t i = 0; i < nodes; ++i) {
    if (missing[i] == 0) ready.push(static_cast<int>(i));
  }
  std::vector<int> order;
  while (!ready.empty()) {
    const int node = ready.top();
    ready.pop();
    order.push_back(node);
    for (const int consumer : consumers[static_cast<std::size_t>(node)]) {
      if (--missing[static_cast<std::size_t>(consumer)] == 0) ready.push(consumer);
    }
  }
  if (order.size() < nodes) return cycle_error(graph, producers, missing);
  return order;
}

}  // namespace tpuscope
