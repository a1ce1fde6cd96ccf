// OnnxNode: the helpers that every translation of an ONNX operator shares. Folding lives here, so
// that shapes computed in the graph (Shape, Gather, Concat, Reshape ...) are gone before any op of
// ours needs them, and no translation has to know about it.

#include "graph/onnx/node.h"

#include <algorithm>
#include <set>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/queries.h"

namespace tpuscope {
namespace {

/// Folding keeps no values of larger results: only weights are this large, and their values are
/// never read.
constexpr std::int64_t kMaxFoldedElements = std::int64_t{1} << 24;
/// Folding does not run kernels that need more steps than this (about a second).
constexpr std::int64_t kMaxFoldedWork = std::int64_t{1} << 30;

/// Which inputs of the network to give the values of, so that those of `op` are known.
std::string values_hint(const Graph& graph, OpId op) {
  constexpr std::size_t kMaxNamed = 4;
  std::set<OpId> above = {op};
  std::vector<OpId> pending = {op};
  std::vector<std::string> flags;
  while (!pending.empty()) {
    const Op& next = graph[pending.back()];
    pending.pop_back();
    if (next.is("Input")) flags.push_back("--value " + next.results[0].name + "=...");
    for (const Value operand : next.inputs) {
      if (above.insert(operand.op).second) pending.push_back(operand.op);
    }
  }
  std::sort(flags.begin(), flags.end());
  const std::string given =
      flags.empty() || flags.size() > kMaxNamed ? "--value NAME=..." : join(flags, " ");
  return "give the values of the input that they are computed from, with " + given +
         ", or export the model with fixed shapes";
}

std::int64_t saturated_product(std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? kMaxElements : product;
}

/// Multiply-accumulates stay in the graph even between constants: they are work that the network
/// states, and what its author counts.
bool is_network_work(const OpDef& def, const OpView& view) {
  if (def.work == nullptr) return false;
  const Work work = def.work(view);
  return std::any_of(work.begin(), work.end(), [](const WorkStep& step) {
    return step.unit == WorkUnit::kConv || step.unit == WorkUnit::kMatMul;
  });
}

/// A constant whose numbers were only moved, or given another type, is stored as they were.
Status keep_storage(Graph& graph, Value from, Value to, const OpView& view) {
  const Attributes& stored = graph[from.op].attributes;
  const std::int64_t group = stored.integer("stored_group");
  if (group == 0 || !is_float(view.results[0].dtype)) return Ok{};
  std::int64_t axis = stored.integer("stored_axis");
  if (const AttributeValue* order = view.attrs().find("order")) {
    const auto& axes = std::get<IntList>(*order);
    axis = std::find(axes.begin(), axes.end(), axis) - axes.begin();
  }
  return graph.set_attributes(
      to.op, {{"stored", stored.text("stored")}, {"stored_group", group}, {"stored_axis", axis}});
}

/// Whether the reference kernel of such an op may run during an import.
bool is_cheap(const OpDef& def, const OpView& view) {
  std::int64_t elements = 0;
  for (const TensorType& type : view.results)
    elements += type.elements();
  if (elements > kMaxFoldedElements) return false;
  if (def.work == nullptr) return true;
  std::int64_t total = 0;
  for (const WorkStep& step : def.work(view)) {
    std::int64_t steps = saturated_product(step.n, step.c);
    for (const std::int64_t factor : {step.h, step.w, step.reduce, step.kernel, step.passes}) {
      steps = saturated_product(steps, factor);
    }
    total += std::min(steps, kMaxElements);
  }
  return total <= kMaxFoldedWork;
}

}  // namespace

Result<Value> OnnxNode::input(std::size_t i) const {
  if (has_input(i)) return *inputs[i];
  return Error{.message = fmt::format("{} needs an input {}, got {}", op_type, i, inputs.size())};
}

Result<std::vector<Value>> OnnxNode::all_inputs() const {
  std::vector<Value> values;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    TPU_TRY(const Value value, input(i));
    values.push_back(value);
  }
  return values;
}

Result<HostTensor> OnnxNode::constant(std::size_t i) const {
  TPU_TRY(const Value value, input(i));
  const Op& producer = (*graph_)[value.op];
  if (producer.data != nullptr) return *producer.data;
  const std::string tensor = i < input_names.size() ? input_names[i] : (*graph_)[value].name;
  const bool stored = producer.is("Weight");
  return Error{.code = stored ? ErrorCode::kInvalidInput : ErrorCode::kUnsupported,
               .message = fmt::format("the values of input {} {} are needed and not known", i,
                                      in_quotes(tensor)),
               .hint = stored && !missing_values.empty() ? std::string(missing_values)
                       : stored ? "store this small tensor in the model file itself"
                                : values_hint(*graph_, value.op)};
}

Result<IntList> OnnxNode::integers(std::size_t i) const {
  TPU_TRY(const HostTensor tensor, constant(i));
  return tensor.to_integers();
}

Result<OnnxSequence> OnnxNode::sequence(std::size_t i) const {
  if (i < sequences.size() && sequences[i] != nullptr) return *sequences[i];
  return Error{.message = fmt::format("input {} of {} is no sequence", i, op_type)};
}

template <typename T>
const T* OnnxNode::typed_attribute(std::string_view attribute, std::string_view wanted) const {
  const AttributeValue* value = attributes.find(attribute);
  if (value == nullptr) return nullptr;
  if (const T* typed = std::get_if<T>(value)) return typed;
  attribute_errors_.push_back(
      {.message = fmt::format("attribute {} of {} is {}, not {}", in_quotes(attribute), op_type,
                              name_of(kind_of(*value)), wanted)});
  return nullptr;
}

std::int64_t OnnxNode::integer(std::string_view attribute, std::int64_t fallback) const {
  const auto* value = typed_attribute<std::int64_t>(attribute, "int");
  return value == nullptr ? fallback : *value;
}

double OnnxNode::number(std::string_view attribute, double fallback) const {
  const auto* value = typed_attribute<double>(attribute, "float");
  return value == nullptr ? fallback : *value;
}

std::string OnnxNode::text(std::string_view attribute, std::string_view fallback) const {
  const auto* value = typed_attribute<std::string>(attribute, "string");
  return value == nullptr ? std::string(fallback) : *value;
}

IntList OnnxNode::integers(std::string_view attribute, IntList fallback) const {
  const auto* value = typed_attribute<IntList>(attribute, "int list");
  return value == nullptr ? std::move(fallback) : *value;
}

Result<Value> OnnxNode::add(std::string_view type, Attributes op_attributes,
                            const std::vector<Value>& operands) {
  TPU_TRY(const std::vector<Value> values, add_all(type, std::move(op_attributes), operands));
  return values.front();
}

Result<std::vector<Value>> OnnxNode::add_all(std::string_view type, Attributes op_attributes,
                                             const std::vector<Value>& operands) {
  const bool constant = std::all_of(operands.begin(), operands.end(),
                                    [&](const Value& value) { return is_weight(*graph_, value); });
  if (const OpDef* def = OpRegistry::instance().find(type); def != nullptr && constant) {
    TPU_TRY(const Attributes complete, complete_attributes(*def, op_attributes));
    OpView view{.attributes = &complete, .inputs = {}, .results = {}};
    for (const Value value : operands)
      view.inputs.push_back(graph_->type(value));
    TPU_TRY(view.results, infer_types(*def, complete, view.inputs));
    if (!is_network_work(*def, view)) return fold(*def, view, operands);
  }
  OpSpec spec{
      .type = type, .name = name, .attributes = std::move(op_attributes), .origin = {origin()}};
  TPU_TRY(const OpId op, graph_->add(std::move(spec), operands));
  std::vector<Value> values;
  const std::size_t results = (*graph_)[op].results.size();
  for (std::uint32_t i = 0; i < results; ++i)
    values.push_back({op, i});
  return values;
}

Result<std::vector<Value>> OnnxNode::fold(const OpDef& def, const OpView& view,
                                          const std::vector<Value>& operands) {
  bool known = def.evaluate != nullptr;
  for (const Value value : operands)
    known = known && (*graph_)[value.op].data != nullptr;
  std::vector<std::shared_ptr<const HostTensor>> data(view.results.size());
  std::int64_t elements = 0;
  for (const TensorType& type : view.results)
    elements += type.elements();
  const bool affordable = fold_budget == nullptr || elements <= *fold_budget;
  if (known && affordable && is_cheap(def, view)) {
    std::vector<HostTensor> known_values;
    for (const Value value : operands)
      known_values.push_back(*(*graph_)[value.op].data);
    TPU_TRY(std::vector<HostTensor> results, def.evaluate(view, known_values));
    TPU_CHECK(results.size() == data.size(), "{} evaluates to {} results, infers {}", def.name,
              results.size(), data.size());
    for (std::size_t i = 0; i < data.size(); ++i) {
      results[i].type = view.results[i];
      TPU_CHECK(results[i].elements() == view.results[i].elements(),
                "{} evaluates to {} elements, infers {}", def.name, results[i].elements(),
                type_text(view.results[i]));
      results[i].round();
      data[i] = std::make_shared<const HostTensor>(std::move(results[i]));
    }
    if (fold_budget != nullptr) *fold_budget -= elements;
  }
  std::vector<Value> values;
  for (std::size_t i = 0; i < data.size(); ++i) {
    values.push_back(add_weight(view.results[i], std::move(data[i])));
  }
  if (def.name == "Permute" || def.name == "Cast") {
    TPU_TRY_STATUS(keep_storage(*graph_, operands[0], values[0], view));
  }
  return values;
}

Value OnnxNode::constant_of(HostTensor tensor) {
  TensorType type = tensor.type;
  tensor.round();
  return add_weight(std::move(type), std::make_shared<const HostTensor>(std::move(tensor)));
}

Value OnnxNode::constant_of(TensorType type) {
  return add_weight(std::move(type), nullptr);
}

Value OnnxNode::add_weight(TensorType type, std::shared_ptr<const HostTensor> data) {
  OpSpec spec{.type = "Weight",
              .name = name,
              .origin = {origin()},
              .data = std::move(data),
              .result_types = {std::move(type)}};
  return {graph_->add_checked(std::move(spec), {}), 0};
}

OnnxValues single_sequence(OnnxNode& node, OnnxSequence sequence) {
  node.named_results = {{.sequence = std::make_shared<const OnnxSequence>(std::move(sequence))}};
  return std::vector<Value>{};
}

bool register_onnx(std::string_view op_type, OnnxValues (*translate)(OnnxNode& node)) {
  return OnnxRegistry::instance().add({op_type, translate});
}

}  // namespace tpuscope
