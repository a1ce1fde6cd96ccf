// The walk over a graph that becomes an ONNX model. What an op means in ONNX is defined by its
// emission; this file knows names and element types. Tensors of half precision are written in
// single precision (see written_dtype), and a Cast between types that are written alike vanishes:
// its result goes by the name of its operand.

#include "graph/onnx/writer.h"

#include <map>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/onnx/builder.h"
#include "graph/onnx/emission.h"

namespace tpuscope {
namespace {

/// Ops of one type that an error names.
constexpr std::size_t kMaxNamedOps = 3;

/// Input, Weight and Output, which are parts of an ONNX graph and not nodes.
bool is_border(const Op& op) {
  return op.def->layout == LayoutRule::kSource || op.def->layout == LayoutRule::kSink;
}

/// All ops without an emission, in one error: users need the whole list.
Status check_emissions(const Graph& graph) {
  std::map<std::string_view, std::vector<std::string>> gaps;
  for (const OpId id : graph.ops()) {
    const Op& op = graph[id];
    if (is_border(op) || OnnxWritingRegistry::instance().find(op.def->name) != nullptr) continue;
    gaps[op.def->name].push_back(op.name);
  }
  if (gaps.empty()) return Ok{};
  std::vector<std::string> texts;
  for (auto& [type, ops] : gaps) {
    const std::size_t more = ops.size() - std::min(ops.size(), kMaxNamedOps);
    ops.resize(ops.size() - more);
    const std::string rest = more > 0 ? fmt::format(" and {} more", more) : "";
    texts.push_back(fmt::format("{} ({}{})", type, join(ops), rest));
  }
  return Error{.code = ErrorCode::kUnsupported,
               .message = "no form in ONNX is known for " + join(texts),
               .where = graph.name(),
               .hint = "write the network as .tpu or .json"};
}

TensorType written(TensorType type) {
  type.dtype = written_dtype(type.dtype);
  return type;
}

class ModelWriter {
 public:
  explicit ModelWriter(const Graph& graph) : graph_(graph), builder_(graph.name()) {}

  Result<onnx::ModelProto> write() {
    TPU_TRY_STATUS(check_emissions(graph_));
    TPU_TRY_STATUS(check_scales());
    add_inputs();
    reserve_outputs();
    Errors errors;
    for (const OpId id : graph_.topological_order()) {
      const Status status = add(id);
      if (!status.ok()) errors.push_back(status.error());
      if (errors.size() == kMaxErrors) break;
    }
    if (!errors.empty()) return errors;
    add_outputs();
    return builder_.take_model();
  }

 private:
  /// INT8 products, and Casts on their borders, mean something only together with scales.
  Status check_scales() const {
    for (const OpId id : graph_.ops()) {
      const Op& op = graph_[id];
      const bool is_product = !op.inputs.empty() && count_macs(graph_, id) > 0 &&
                              graph_.type(op.inputs[0]).dtype == DType::kI8;
      if (!is_product && !(op.is("Cast") && op.attributes.flag("scaled"))) continue;
      return Error{.code = ErrorCode::kUnsupported,
                   .message = "an INT8 network cannot be written as ONNX, which needs its scales",
                   .where = op.name,
                   .hint = "scales come from calibration: write .json or .tpu, or use f16"};
    }
    return Ok{};
  }

  /// Where a tensor comes from when vanishing Casts are left out.
  Value source_of(Value value) const {
    while (vanishes(value.op))
      value = graph_[value.op].inputs[0];
    return value;
  }

  bool vanishes(OpId id) const {
    const Op& op = graph_[id];
    return op.is("Cast") && written(graph_.type(op.inputs[0])) == written(op.results[0].type);
  }

  void add_inputs() {
    for (const OpId id : graph_.inputs()) {
      const Tensor& tensor = graph_[Value{id, 0}];
      names_[{id, 0}] = builder_.take_name(tensor.name);
      builder_.add_input(names_[{id, 0}], written(tensor.type));
    }
  }

  /// Outputs keep their names before tensors in between do.
  void reserve_outputs() {
    for (const OpId id : graph_.outputs()) {
      const Value source = source_of(graph_[id].inputs[0]);
      const auto input = names_.find(source);
      const bool is_input = input != names_.end() && input->second == graph_[id].name;
      std::string name = is_input ? graph_[id].name : builder_.take_name(graph_[id].name);
      reserved_.emplace(name, source);
      output_names_.push_back(std::move(name));
    }
  }

  const std::string& name_result(Value value) {
    const std::string& wish = graph_[value].name;
    const auto reserved = reserved_.find(wish);
    const bool is_output = reserved != reserved_.end() && reserved->second == value;
    return names_[value] = is_output ? wish : builder_.take_name(wish);
  }

  Status add(OpId id) {
    const Op& op = graph_[id];
    if (op.is("Input") || op.def->layout == LayoutRule::kSink) return Ok{};
    if (vanishes(id)) {
      names_[{id, 0}] = names_.at(op.inputs[0]);
      return Ok{};
    }
    std::vector<std::string> results;
    for (std::uint32_t i = 0; i < op.results.size(); ++i)
      results.push_back(name_result({id, i}));
    if (op.is("Weight")) {
      add_weight(op, results[0]);
      return Ok{};
    }
    std::vector<std::string> inputs;
    for (const Value input : op.inputs)
      inputs.push_back(names_.at(input));
    OpView view = graph_.view(id);
    for (TensorType& type : view.inputs)
      type = written(type);
    for (std::size_t i = 0; i < results.size(); ++i) {
      view.results[i] = written(view.results[i]);
      if (!reserved_.contains(results[i])) builder_.add_type(results[i], view.results[i]);
    }
    OnnxEmission emission(builder_, op, std::move(view), std::move(inputs), std::move(results));
    return OnnxWritingRegistry::instance().find(op.def->name)->emit(emission);
  }

  void add_weight(const Op& op, const std::string& name) {
    const TensorType type = written(op.results[0].type);
    if (op.data == nullptr) {
      builder_.add_reference(name, type);
    } else if (op.data->type == type) {
      builder_.add_values(name, *op.data);
    } else {
      builder_.add_values(name, {type, op.data->values});
    }
  }

  void add_outputs() {
    std::size_t index = 0;
    for (const OpId id : graph_.outputs()) {
      const Op& op = graph_[id];
      const std::string& name = output_names_[index++];
      const std::string& tensor = names_.at(op.inputs[0]);
      if (tensor != name) builder_.add_node("Identity", op.name, {tensor}, {name}, {});
      builder_.add_output(name, written(graph_.type(op.inputs[0])));
    }
  }

  const Graph& graph_;
  OnnxBuilder builder_;
  std::map<Value, std::string> names_{};
  std::map<std::string, Value, std::less<>> reserved_{};  ///< names of outputs
  std::vector<std::string> output_names_{};
};

}  // namespace

Result<onnx::ModelProto> onnx_from_graph(const Graph& graph) {
  return ModelWriter(graph).write();
}

}  // namespace tpuscope
