// The text form of a graph, for tests, for people and for `optimize --print-changed`.

#include <algorithm>
#include <cmath>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/graph.h"

namespace tpuscope {
namespace {

/// Names are written bare unless a character would end them.
std::string name_text(const std::string& name) {
  constexpr std::string_view kDelimiters = " \t\r\n(),=[]{}\"\\#";
  const bool bare = !name.empty() && name.find_first_of(kDelimiters) == std::string::npos &&
                    name != ":" && name != "return" && name != "loc";
  return bare ? name : attribute_text(name);
}

/// Whole numbers are written bare, but a bare -0 would read back as an integer, which has no sign.
std::string value_text(double value) {
  return value == 0 && std::signbit(value) ? "-0.0" : fmt::format("{}", value);
}

std::string values_text(const HostTensor& data) {
  std::string text = " {";
  for (std::size_t i = 0; i < data.values.size(); ++i) {
    if (i > 0) text += ", ";
    text += value_text(data.values[i]);
  }
  return text + "}";
}

std::string op_text(const Graph& graph, const Op& op, const PrintOptions& options) {
  std::vector<std::string> results;
  for (const Tensor& result : op.results)
    results.push_back(name_text(result.name));
  std::string text = join(results) + " = " + std::string(op.def->name);
  if (op.def->layout == LayoutRule::kSource) {
    text += " " + type_text(op.results[0].type);
    if (op.data != nullptr) text += values_text(*op.data);
  } else {
    std::vector<std::string> operands;
    for (const Value input : op.inputs)
      operands.push_back(name_text(graph[input].name));
    text += "(" + join(operands) + ")";
  }
  for (const AttributeDef& row : op.def->attributes) {
    const AttributeValue& value = *op.attributes.find(row.name);
    if (row.required || value != row.default_value) {
      text += fmt::format(" {}={}", row.name, attribute_text(value));
    }
  }
  if (options.types && op.def->layout != LayoutRule::kSource) {
    std::vector<std::string> types;
    for (const Tensor& result : op.results)
      types.push_back(type_text(result.type));
    text += " : " + join(types);
  }
  if (options.locations && op.name != op.results[0].name) {
    text += fmt::format(" loc({})", attribute_text(op.name));
  }
  return text + "\n";
}

}  // namespace

std::string to_text(const Graph& graph, const PrintOptions& options) {
  std::string text;
  for (const OpId id : graph.topological_order()) {
    const Op& op = graph[id];
    if (op.def->layout != LayoutRule::kSink) text += op_text(graph, op, options);
  }
  std::vector<std::string> returned;
  for (const OpId id : graph.outputs()) {
    const std::string& value = graph[graph[id].inputs[0]].name;
    const std::string& name = graph[id].name;
    returned.push_back(name == value ? name_text(value) : name_text(name) + "=" + name_text(value));
  }
  if (!returned.empty()) text += "return " + join(returned) + "\n";
  return text;
}

}  // namespace tpuscope
