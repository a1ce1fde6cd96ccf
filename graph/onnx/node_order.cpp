// Which node reads what another one makes, and good names for what can go wrong: most broken files
// are broken here.

#include "graph/onnx/node_order.h"

#include <map>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/dependency_order.h"
#include "graph/onnx/proto_tensor.h"

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
  std::vector<std::vector<std::size_t>> waits_for(static_cast<std::size_t>(graph.node_size()));
  Errors errors;
  for (int i = 0; i < graph.node_size(); ++i) {
    for_each_read(graph.node(i), [&](std::string_view name) {
      const auto found = producers.find(name);
      if (found != producers.end()) {
        waits_for[static_cast<std::size_t>(i)].push_back(static_cast<std::size_t>(found->second));
      } else if (!is_known(name) && errors.size() < kMaxErrors) {
        errors.push_back({.message = fmt::format("reads {}, which nothing produces",
                                                 in_quotes(printable_name(name))),
                          .where = node_name(graph.node(i), i),
                          .hint = "the file is incomplete"});
      }
    });
  }
  if (!errors.empty()) return errors;
  TPU_TRY(const std::vector<std::size_t> order, index_order(waits_for, [&](std::size_t index) {
            const int node = static_cast<int>(index);
            return node_name(graph.node(node), node);
          }));
  return std::vector<int>(order.begin(), order.end());
}

}  // namespace tpuscope
