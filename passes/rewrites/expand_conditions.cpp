// expand_conditions: the condition of a Where is written out in the shape of the result.
//
// Why: the machine selects element by element, by numbers as wide as what it selects from. The
// vendor's compiler tiles a condition of fewer elements in DDR, outside of layer groups, and each
// Where reads it whole; a mask that many layers share is tiled once. That is traffic, not gain: the
// compiler has always done so, which is why `baseline` contains this switch.
//
// How: for each Where whose condition is no constant and has another shape than the result, Cast
// the condition to the type of the result and Expand it. Wheres of the same condition, type and
// shape share both.
//
// Example:  Where(c[1,1,1,299], x[1,4,299,299], y)
//   becomes Where(Expand(Cast(c)) [1,4,299,299], x, y)

#include <map>
#include <tuple>

#include "graph/pass.h"
#include "graph/queries.h"

namespace tpuscope {
namespace {

constexpr std::string_view kExpandConditionsName = "expand_conditions";

using Wanted = std::tuple<Value, DType, Shape>;

/// The condition in the type and shape of what it selects.
Value written_out(Graph& graph, const Wanted& wanted) {
  const Value condition = std::get<Value>(wanted);
  const DType type = std::get<DType>(wanted);
  const Shape& shape = std::get<Shape>(wanted);
  const Op producer = graph[condition.op];
  const auto add = [&](std::string_view kind, Attributes attributes, Value operand) {
    return Value{graph.add_checked({.type = std::string(kind),
                                    .name = producer.name + "_mask",
                                    .attributes = std::move(attributes),
                                    .origin = producer.origin,
                                    .made_by = std::string(kExpandConditionsName)},
                                   {operand}, &condition.op)};
  };
  const Value typed = graph.type(condition).dtype == type
                          ? condition
                          : add("Cast", {{"to", std::string(name_of(type))}}, condition);
  return add("Expand", {{"shape", shape}}, typed);
}

Result<bool> expand_conditions(Graph& graph, const PassContext& context) {
  std::map<Wanted, Value> masks;
  for (const OpId id : graph.topological_order()) {
    const Op op = graph[id];
    if (op.is_dead || !op.is("Where") || is_weight(graph, op.inputs[0])) continue;
    const TensorType& result = op.results[0].type;
    if (graph.type(op.inputs[0]).shape == result.shape) continue;
    const Wanted wanted{op.inputs[0], result.dtype, result.shape};
    const auto [mask, is_new] = masks.try_emplace(wanted, Value{});
    if (is_new) mask->second = written_out(graph, wanted);
    graph.set_input(id, 0, mask->second);
    context.explain(op.name, "selects by a condition that is written out");
    context.count("conditions written out");
  }
  return !masks.empty();
}

TPU_REGISTER(register_pass({.name = kExpandConditionsName,
                            .summary = "write out conditions that have fewer elements",
                            .stage = PassStage::kOptimise,
                            .order = 40,
                            .since = 2022,
                            .run = expand_conditions}));

}  // namespace
}  // namespace tpuscope
