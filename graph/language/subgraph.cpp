// Copying ops with what they read, and a text of a graph without its names.

#include "graph/language/subgraph.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/queries.h"

namespace tpuscope {
namespace {

class Extraction {
 public:
  Extraction(const Graph& source, const std::vector<OpId>& ops, std::string name)
      : source_(source), ops_(ops), inside_(ops.begin(), ops.end()), result_(std::move(name)) {}

  Graph run() {
    for (const OpId id : ops_)
      copy(id);
    for (const OpId id : ops_)
      hand_out(id);
    result_.erase_unused();
    result_.compact();
    return std::move(result_);
  }

 private:
  void copy(OpId id) {
    const Op& op = source_[id];
    std::vector<Value> inputs;
    for (const Value input : op.inputs)
      inputs.push_back(value_of(input));
    const OpId copied = result_.add_checked(spec_of(op), inputs);
    for (std::uint32_t i = 0; i < op.results.size(); ++i)
      values_[{id, i}] = {copied, i};
  }

  /// The tensor in the new graph; one that another part makes is an input.
  Value value_of(Value value) {
    if (const auto found = values_.find(value); found != values_.end()) return found->second;
    OpSpec spec = spec_of(source_[value.op]);
    if (!is_weight(source_, value)) {
      const Tensor& tensor = source_[value];
      spec = {.type = "Input", .name = tensor.name, .result_types = {tensor.type}};
    }
    return values_[value] = {result_.add_checked(std::move(spec), {})};
  }

  void hand_out(OpId id) {
    const Op& op = source_[id];
    for (std::uint32_t i = 0; i < op.results.size(); ++i) {
      const std::vector<Use> uses = source_.uses(Value{id, i});
      const bool is_read = std::any_of(uses.begin(), uses.end(),
                                       [&](const Use& use) { return !inside_.contains(use.op); });
      if (!is_read || op.def->layout == LayoutRule::kSource) continue;
      result_.add_checked({.type = "Output", .name = op.results[i].name + "_out"},
                          {values_.at({id, i})});
    }
  }

  const Graph& source_;
  const std::vector<OpId>& ops_;
  std::set<OpId> inside_;
  Graph result_;
  std::map<Value, Value> values_{};
};

}  // namespace

Graph subgraph(const Graph& graph, const std::vector<OpId>& ops, std::string name) {
  return Extraction(graph, ops, std::move(name)).run();
}

std::string fingerprint(const Graph& graph) {
  std::map<OpId, std::size_t> places;
  std::string text;
  for (const OpId id : graph.topological_order()) {
    const Op& op = graph[id];
    places.emplace(id, places.size());
    text += op.def->name;
    for (const auto& [name, value] : op.attributes.all())
      text += fmt::format(" {}={}", name, attribute_text(value));
    for (const Value input : op.inputs)
      text += fmt::format(" {}.{}", places.at(input.op), input.result);
    for (const Tensor& result : op.results)
      text += " " + type_text(result.type);
    if (op.data != nullptr && op.data->elements() == 1) text += fmt::format(" {}", (*op.data)[0]);
    text += '\n';
  }
  return text;
}

}  // namespace tpuscope
