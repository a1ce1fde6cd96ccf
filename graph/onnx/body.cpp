// Which node reads what another one makes, and good names for what can go wrong: most broken files
// are broken here.

#include "graph/onnx/body.h"

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

Result<Producers> producers_of(const OnnxNodes& nodes, const std::vector<int>& live,
                               const std::function<bool(std::string_view)>& is_known) {
  Producers producers;
  Errors errors;
  for (const int i : live) {
    for (const std::string& output : nodes[i].output()) {
      if (output.empty()) continue;
      const auto [at, inserted] = producers.try_emplace(output, i);
      if (inserted && !is_known(output)) continue;
      const std::string other = inserted ? "an input or initializer"
                                         : in_quotes(node_name(nodes[at->second], at->second));
      if (errors.size() == kMaxErrors) continue;
      errors.push_back({.message = fmt::format("tensor {} is also produced by {}",
                                               in_quotes(printable_name(output)), other),
                        .where = node_name(nodes[i], i),
                        .hint = "each tensor needs a name of its own"});
    }
  }
  if (!errors.empty()) return errors;
  return producers;
}

/// Indices of the nodes that the outputs need, in the file's order.
std::vector<int> live_nodes(const OnnxNodes& nodes, const std::vector<std::string_view>& outputs) {
  std::multimap<std::string_view, int> producers;
  for (int i = 0; i < nodes.size(); ++i) {
    for (const std::string& output : nodes[i].output()) {
      if (!output.empty()) producers.emplace(output, i);
    }
  }
  std::set<int> live;
  std::vector<std::string_view> pending = outputs;
  std::set<std::string_view> seen;
  while (!pending.empty()) {
    const std::string_view name = pending.back();
    pending.pop_back();
    if (!seen.insert(name).second) continue;
    const auto [begin, end] = producers.equal_range(name);
    for (auto producer = begin; producer != end; ++producer) {
      if (!live.insert(producer->second).second) continue;
      for_each_read(nodes[producer->second],
                    [&](std::string_view read) { pending.push_back(read); });
    }
  }
  return {live.begin(), live.end()};
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

Result<Body> body_of(const OnnxNodes& nodes, const std::vector<std::string_view>& outputs,
                     const std::function<bool(std::string_view)>& is_known) {
  const std::vector<int> live = live_nodes(nodes, outputs);
  TPU_TRY(const Producers producers, producers_of(nodes, live, is_known));
  Body body{.read = {outputs.begin(), outputs.end()}};
  std::map<int, std::size_t> place;  // among the live ones
  for (std::size_t i = 0; i < live.size(); ++i)
    place[live[i]] = i;
  std::vector<std::vector<std::size_t>> waits_for(live.size());
  Errors errors;
  for (std::size_t i = 0; i < live.size(); ++i) {
    for_each_read(nodes[live[i]], [&](std::string_view name) {
      body.read.insert(name);
      const auto found = producers.find(name);
      if (found != producers.end()) {
        waits_for[i].push_back(place.at(found->second));
      } else if (!is_known(name) && errors.size() < kMaxErrors) {
        errors.push_back({.message = fmt::format("reads {}, which nothing produces",
                                                 in_quotes(printable_name(name))),
                          .where = node_name(nodes[live[i]], live[i]),
                          .hint = "the file is incomplete"});
      }
    });
  }
  if (!errors.empty()) return errors;
  TPU_TRY(const std::vector<std::size_t> order, index_order(waits_for, [&](std::size_t index) {
            return node_name(nodes[live[index]], live[index]);
          }));
  for (const std::size_t index : order)
    body.order.push_back(live[index]);
  return body;
}

}  // namespace tpuscope
