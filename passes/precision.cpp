// Lowering every float tensor to one element type, with Casts on the borders.

#include "passes/precision.h"

#include <algorithm>
#include <memory>

#include "graph/text.h"

namespace tpuscope {
namespace {

constexpr std::string_view kMadeBy = "lower_precision";

/// Puts a Cast between `value` and the given uses. Named after the tensor whose border it is.
void add_cast(Graph& graph, Value value, const std::vector<Use>& uses, DType to, OpId near) {
  const std::string name = graph[value].name + "_" + std::string(name_of(to));
  const OpId cast = graph.add_checked({.type = "Cast",
                                       .name = name,
                                       .attributes = {{"to", std::string(name_of(to))}},
                                       .origin = graph[near].origin,
                                       .made_by = std::string(kMadeBy)},
                                      {value}, &near);
  for (const Use& use : uses)
    graph.set_input(use.op, use.operand, {cast});
}

void lower_weight(Graph& graph, OpId weight, DType precision, LoweredValues values) {
  graph.set_dtype({weight}, precision);
  if (graph[weight].data == nullptr) return;
  HostTensor data = *graph[weight].data;
  data.type.dtype = precision;
  if (values == LoweredValues::kRounded) data.round();
  graph.set_data(weight, std::make_shared<const HostTensor>(std::move(data)));
}

}  // namespace

const std::vector<DType>& precisions() {
  static const std::vector<DType> all = {DType::kF32, DType::kF16, DType::kBF16};
  return all;
}

Result<DType> parse_precision(std::string_view name) {
  std::vector<std::string> names;
  for (const DType precision : precisions()) {
    if (name_of(precision) == name) return precision;
    names.emplace_back(name_of(precision));
  }
  return Error{.code = ErrorCode::kUsage,
               .message = "unknown precision " + in_quotes(name),
               .hint = did_you_mean(name, names)};
}

Status lower_precision(Graph& graph, DType precision, LoweredValues values) {
  if (precision == DType::kF32) return Ok{};
  const std::vector<OpId> order = graph.topological_order();
  for (const OpId id : order) {
    const Op& op = graph[id];
    if (op.is("Weight") && op.results[0].type.dtype == DType::kF32) {
      lower_weight(graph, id, precision, values);
    } else if (op.is("Input") && op.results[0].type.dtype == DType::kF32) {
      add_cast(graph, {id}, graph.uses(id), precision, id);
    } else if (op.def->layout == LayoutRule::kSink) {
      continue;
    } else if (op.is("Cast") && op.attributes.text("to") == "f32") {
      TPU_TRY_STATUS(graph.set_attributes(id, {{"to", std::string(name_of(precision))}}));
    } else {
      TPU_TRY_STATUS(graph.refresh_types(id));
    }
  }
  for (const OpId output : graph.outputs()) {
    const Value value = graph[output].inputs[0];
    if (graph.type(value).dtype != precision) continue;
    add_cast(graph, value, {{output, 0}}, DType::kF32, output);
  }
  graph.compact();
  return Ok{};
}

}  // namespace tpuscope
