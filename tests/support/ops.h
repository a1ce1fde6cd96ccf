// One operator in a test: its result types, values, work, tiles and errors, from a graph in text
// form whose last op is the one under test.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "graph/onnx/node.h"
#include "tests/support/graphs.h"

namespace tpuscope::testing {

/// The last op that is not an Output.
inline OpId last_op(const Graph& graph) {
  OpId last{};
  for (const OpId op : graph.ops()) {
    if (graph[op].def->layout != LayoutRule::kSink) last = op;
  }
  return last;
}

/// Shape of the last op's first result.
inline Shape shape_of(std::string_view text) {
  const Graph graph = graph_of(text);
  return graph[last_op(graph)].results[0].type.shape;
}

/// Message of the error that the text gives; empty when it gives none.
inline std::string error_of(std::string_view text) {
  const Result<Graph> graph = parse_graph(text, "test");
  return graph.ok() ? "" : graph.error().message;
}

/// Values of an output of a graph without inputs: all its operands are Weights.
inline std::vector<double> values_of(const Graph& graph, std::size_t output = 0) {
  Result<std::vector<HostTensor>> results = evaluate(graph, {});
  if (!results.ok()) FAIL(results.error().where, ": ", results.error().message);
  return results->at(output).values;
}
inline std::vector<double> values_of(std::string_view text, std::size_t output = 0) {
  return values_of(graph_of(text), output);
}

/// Whether two lists agree element by element, up to single precision.
inline bool close(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!(a[i] == doctest::Approx(b[i]).epsilon(1e-6))) return false;
  }
  return true;
}

/// The work of the last op.
inline Work work_of(std::string_view text) {
  const Graph graph = graph_of(text);
  const OpId op = last_op(graph);
  return graph[op].def->work(graph.view(op));
}

/// The units of the work of the last op, in order.
inline std::vector<WorkUnit> units_of(std::string_view text) {
  std::vector<WorkUnit> units;
  for (const WorkStep& step : work_of(text))
    units.push_back(step.unit);
  return units;
}

/// Multiply-accumulates of the last op.
inline std::int64_t macs_of(std::string_view text) {
  const Graph graph = graph_of(text);
  return count_macs(graph, last_op(graph));
}

/// What a tile of the last op's result needs of an operand.
inline Region region_of(std::string_view text, std::size_t operand, const Region& tile) {
  const Graph graph = graph_of(text);
  const OpId op = last_op(graph);
  return input_region(*graph[op].def, graph.view(op), operand, tile);
}

/// Axes along which the last op's result may be cut.
inline std::vector<bool> cuts_of(std::string_view text) {
  const Graph graph = graph_of(text);
  const OpId op = last_op(graph);
  return divisible_axes(*graph[op].def, graph.view(op));
}

/// A graph of Inputs and Weights alone, for a node to be added to. Graphs need an output, so the
/// first one is also that.
inline Graph sources_of(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \n");
  const std::string first(text.substr(begin, text.find(' ', begin) - begin));
  return graph_of(std::string(text) + "\nreturn " + first);
}

/// An ONNX node whose inputs are the graph's Inputs and Weights in order.
inline OnnxNode onnx_node(Graph& graph, std::string_view op_type, std::int64_t opset,
                          const Attributes& attributes) {
  OnnxNode node(graph);
  node.op_type = std::string(op_type);
  node.name = "node";
  node.opset = opset;
  node.attributes = attributes;
  node.output_used = {true};
  node.output_names = {"y"};
  for (const OpId op : graph.ops()) {
    if (graph[op].def->layout != LayoutRule::kSource) continue;
    node.inputs.push_back(Value{op, 0});
    node.input_names.push_back(graph[op].name);
  }
  return node;
}

/// The ops, in text form, that an ONNX node becomes; `sources` are its inputs. The error's message
/// when it cannot be translated.
inline std::string imported(std::string_view sources, std::string_view op_type, std::int64_t opset,
                            const Attributes& attributes = {}) {
  Graph graph = sources_of(sources);
  OnnxNode node = onnx_node(graph, op_type, opset, attributes);
  const OnnxTranslation* translation = OnnxRegistry::instance().find(op_type);
  REQUIRE(translation != nullptr);
  const OnnxValues values = translation->translate(node);
  if (!values.ok()) return values.error().message;
  std::string text;
  for (const OpId op : graph.topological_order()) {
    const LayoutRule layout = graph[op].def->layout;
    if (layout == LayoutRule::kSource || layout == LayoutRule::kSink) continue;
    if (!text.empty()) text += " ";
    text += graph[op].def->name;
  }
  return text + " -> " + type_text(graph.type(values->front()));
}

}  // namespace tpuscope::testing
