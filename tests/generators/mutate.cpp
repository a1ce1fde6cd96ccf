// A network built again, op by op, with changes on the way: see mutate.h.

#include "tests/generators/mutate.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "tests/generators/single_ops.h"

namespace tpuscope::generators {
namespace {

constexpr std::int64_t kMostMutatedElements = std::int64_t{1} << 22;

const std::vector<std::int64_t> kMutatedExtents = {1,  2,  3,  5,  7,   8,   16,
                                                   31, 33, 64, 65, 127, 256, 0};

class Mutator {
 public:
  Mutator(const Graph& graph, Choices& choices) : old_(graph), choices_(choices) {
    const auto count = static_cast<std::int64_t>(graph.size());
    for (std::int64_t i = choices.between(1, 3); i > 0; --i)
      targets_.push_back(static_cast<std::uint32_t>(choices.between(0, count - 1)));
  }

  Graph run() {
    for (const OpId id : old_.topological_order()) {
      const Op& op = old_[id];
      const bool is_target =
          std::find(targets_.begin(), targets_.end(), id.index) != targets_.end();
      if (op.def->layout == LayoutRule::kSource) {
        source(id, is_target);
      } else if (op.def->layout == LayoutRule::kSink) {
        sink(id, is_target);
      } else {
        add(id, is_target);
      }
    }
    if (made_.outputs().empty() && !values_.empty()) output(choices_.one_of(values_));
    return std::move(made_);
  }

 private:
  void keep(Value before, Value after) {
    map_[before] = after;
    values_.push_back(after);
  }

  void output(Value value) { made_.add_checked({.type = "Output", .name = "y"}, {value}); }

  void source(OpId id, bool is_target) {
    const Op& op = old_[id];
    TensorType type = op.results[0].type;
    std::shared_ptr<const HostTensor> data = op.data;
    if (is_target && !type.shape.empty()) {
      const auto axis =
          static_cast<std::size_t>(choices_.between(0, static_cast<std::int64_t>(type.rank()) - 1));
      type.shape[axis] = choices_.one_of(kMutatedExtents);
      data = nullptr;
      if (type.elements() > kMostMutatedElements) type.shape[axis] = 1;
    }
    const OpId made = made_.add_checked(
        {.type = op.def->name, .name = op.name, .data = std::move(data), .result_types = {type}},
        {});
    keep({id}, {made});
  }

  void sink(OpId id, bool is_target) {
    if (is_target && choices_.chance(50)) return;
    output(map_.at(old_[id].inputs[0]));
  }

  /// The op with what is changed of it, or inputs for its results.
  void add(OpId id, bool is_target) {
    const Op& op = old_[id];
    std::string_view type = op.def->name;
    Attributes attributes = op.attributes;
    std::vector<Value> inputs;
    for (const Value input : op.inputs)
      inputs.push_back(map_.at(input));
    if (is_target) change(type, attributes, inputs);
    const std::optional<OpId> made = try_add(type, std::move(attributes), inputs);
    for (std::uint32_t r = 0; r < op.results.size(); ++r) {
      if (made && r < made_[*made].results.size()) {
        keep({id, r}, {*made, r});
        continue;
      }
      const OpId input = made_.add_checked(
          {.type = "Input", .name = "i", .result_types = {op.results[r].type}}, {});
      keep({id, r}, {input});
    }
  }

  std::optional<OpId> try_add(std::string_view type, Attributes attributes,
                              const std::vector<Value>& inputs) {
    std::vector<TensorType> types;
    for (const Value input : inputs)
      types.push_back(made_.type(input));
    const OpDef& def = *OpRegistry::instance().find(type);
    const auto complete = complete_attributes(def, attributes);
    if (!complete.ok()) return std::nullopt;
    const auto results = infer_types(def, *complete, types);
    if (!results.ok()) return std::nullopt;
    for (const TensorType& result : *results) {
      if (result.elements() > kMostMutatedElements) return std::nullopt;
    }
    const Result<OpId> made =
        made_.add({.type = type, .name = "t", .attributes = std::move(attributes)}, inputs);
    return made.ok() ? std::optional(*made) : std::nullopt;
  }

  void change(std::string_view& type, Attributes& attributes, std::vector<Value>& inputs) {
    switch (choices_.between(0, 3)) {
      case 0:
        type = OpRegistry::instance().find(choices_.one_of(drawable_ops()))->name;
        attributes = {};
        break;
      case 1:
        if (!inputs.empty() && !values_.empty()) {
          inputs[static_cast<std::size_t>(choices_.between(
              0, static_cast<std::int64_t>(inputs.size()) - 1))] = choices_.one_of(values_);
        }
        break;
      default:
        change_attribute(attributes);
    }
  }

  void change_attribute(Attributes& attributes) {
    if (attributes.all().empty()) return;
    const auto [name, value] = choices_.one_of(attributes.all());
    if (const auto* flag = std::get_if<bool>(&value)) {
      attributes.set(name, !*flag);
    } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
      attributes.set(name, *number + choices_.between(-2, 3));
    } else if (const auto* list = std::get_if<IntList>(&value)) {
      if (list->empty()) return;
      IntList changed = *list;
      const auto at = static_cast<std::size_t>(
          choices_.between(0, static_cast<std::int64_t>(list->size()) - 1));
      changed[at] = choices_.chance(50) ? choices_.one_of(kMutatedExtents)
                                        : changed[at] + choices_.between(-2, 2);
      attributes.set(name, std::move(changed));
    }
  }

  const Graph& old_;
  Choices& choices_;
  std::vector<std::uint32_t> targets_{};
  Graph made_{"mutated"};
  std::map<Value, Value> map_{};
  std::vector<Value> values_{};
};

}  // namespace

Graph mutated(const Graph& graph, Choices& choices) {
  return graph.size() == 0 ? graph : Mutator(graph, choices).run();
}

}  // namespace tpuscope::generators
