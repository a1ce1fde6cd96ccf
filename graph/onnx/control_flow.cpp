// If, Loop and Scan whose course is known while the file is read: a branch, or a body as often as
// it is run. Only what depends on data stays a choice of the user's.

#include <algorithm>

#include <fmt/core.h>

#include "base/figures.h"
#include "base/text.h"
#include "graph/onnx/model_reader.h"
#include "graph/onnx/node_attributes.h"
#include "graph/onnx/proto_tensor.h"

namespace tpuscope {
namespace {

/// More trips than any loop of a network makes.
constexpr std::int64_t kMaxTrips = std::int64_t{1} << 16U;
constexpr const char* kFixedSteps = "export the network with a fixed number of steps";

TPU_REGISTER(register_onnx("If", nullptr) && register_onnx("Loop", nullptr) &&
             register_onnx("Scan", nullptr));

/// The one value of a constant; empty when it is not known.
std::optional<double> known_number(const Graph& graph, const std::optional<Value>& value) {
  if (!value) return std::nullopt;
  const HostTensor* constant = graph.constant(*value);
  return constant == nullptr ? std::nullopt : std::optional<double>((*constant)[0]);
}

OnnxNamed constant_number(OnnxNode& node, DType dtype, double number) {
  return {.tensor = node.constant_of(HostTensor::scalar(dtype, number))};
}

/// An input of a Scan that each trip gets one part of.
struct ScannedInput {
  Value value{};
  std::size_t axis = 0;
  std::int64_t extent = 0;
  bool is_backward = false;
};

Result<Value> single_slice(OnnxNode& node, const ScannedInput& source, std::int64_t trip) {
  IntList extents = node.graph().type(source.value).shape;
  IntList starts(extents.size(), 0);
  starts[source.axis] = source.is_backward ? source.extent - 1 - trip : trip;
  extents[source.axis] = 1;
  TPU_TRY(const Value slice,
          node.add("Slice", {{"starts", starts}, {"extents", extents}}, {source.value}));
  return node.add("Squeeze", {{"axes", IntList{static_cast<std::int64_t>(source.axis)}}}, {slice});
}

/// Entry `i` of a list that may be left out, where all entries are 0.
std::int64_t listed(const OnnxNode& node, std::string_view name, std::size_t i) {
  const IntList list = node.integers(name, {});
  return i < list.size() ? list[i] : 0;
}

/// The type that a file declares in full.
Result<TensorType> declared_type(const onnx::ValueInfoProto& declared) {
  TPU_TRY(const DType dtype, input_dtype(declared));
  TensorType type{dtype, {}};
  for (const auto& dimension : declared.type().tensor_type().shape().dim()) {
    if (!dimension.has_dim_value() || dimension.dim_value() < 0) {
      return Error{.code = ErrorCode::kUnsupported,
                   .message = "a loop without trips collects tensors of unknown extents"};
    }
    type.shape.push_back(dimension.dim_value());
  }
  return type;
}

/// Results of the trips one after the other along a new axis.
Result<Value> stacked(OnnxNode& node, const std::vector<Value>& parts, std::int64_t axis) {
  std::vector<Value> wider;
  for (const Value part : parts) {
    const auto rank = static_cast<std::int64_t>(node.graph().type(part).rank());
    TPU_TRY(const std::size_t at, normalised_axis(axis, static_cast<std::size_t>(rank) + 1));
    axis = static_cast<std::int64_t>(at);
    TPU_TRY(wider.emplace_back(), node.add("Unsqueeze", {{"axes", IntList{axis}}}, {part}));
  }
  if (wider.size() == 1) return wider.front();
  return node.add("Concat", {{"axis", axis}}, wider);
}

Error depends_on_data(std::string what, std::string hint) {
  return {.code = ErrorCode::kUnsupported, .message = std::move(what), .hint = std::move(hint)};
}

/// "3 ops, 1.2 M MACs" of the ops from `begin` on.
std::string cost_since(const Graph& graph, std::size_t begin) {
  std::size_t ops = 0;
  std::int64_t macs = 0;
  for (const OpId op : graph.ops()) {
    if (op.index < begin || graph[op].def->layout == LayoutRule::kSource) continue;
    ++ops;
    macs += count_macs(graph, op);
  }
  return fmt::format("{} {}, {} MACs", ops, ops == 1 ? "op" : "ops",
                     macs == 0 ? "no" : si_text(static_cast<double>(macs)));
}

}  // namespace

Result<const onnx::GraphProto*> ModelReader::subgraph(const onnx::NodeProto& proto,
                                                      std::string_view name,
                                                      const Scope& scope) const {
  const onnx::AttributeProto* attribute = attribute_of(proto, name, scope.frame);
  if (attribute != nullptr && attribute->has_g()) return &attribute->g();
  return Error{.message = fmt::format("the {} has no {}", proto.op_type(), in_quotes(name))};
}

OnnxResults ModelReader::read_subgraph(const onnx::GraphProto& graph,
                                       const std::vector<OnnxNamed>& inputs, Scope inner) {
  if (static_cast<std::size_t>(graph.input_size()) != inputs.size()) {
    return Error{.message = fmt::format("its body has {} inputs, {} are given", graph.input_size(),
                                        inputs.size())};
  }
  TPU_TRY_STATUS(read_initializers(graph, inner));
  for (std::size_t i = 0; i < inputs.size(); ++i)
    inner.values.insert_or_assign(graph.input(static_cast<int>(i)).name(), inputs[i]);
  std::vector<std::string_view> outputs;
  for (const onnx::ValueInfoProto& output : graph.output())
    outputs.push_back(output.name());
  TPU_TRY(const Body* chosen, body(graph.node(), outputs, inner));
  inner.declared = declared_types(graph);
  TPU_TRY_STATUS(read_nodes(graph.node(), *chosen, inner));
  std::vector<OnnxNamed> results;
  for (const onnx::ValueInfoProto& output : graph.output()) {
    TPU_TRY(results.emplace_back(), find(inner, output.name()));
  }
  return results;
}

/// Exporters guard a squeeze or a default with an If whose condition is a constant.
OnnxResults ModelReader::read_if(const onnx::NodeProto& proto, OnnxNode& node, Scope& outer) {
  TPU_TRY(const Value condition, node.input(0));
  TPU_TRY(const onnx::GraphProto* then_graph, subgraph(proto, "then_branch", outer));
  TPU_TRY(const onnx::GraphProto* else_graph, subgraph(proto, "else_branch", outer));
  std::optional<bool> takes_then;
  if (const auto known = known_number(graph_, condition)) takes_then = *known != 0;
  if (const auto given = options_.branches.find(node.name); given != options_.branches.end()) {
    used_branches_.insert(node.name);
    if (!takes_then) takes_then = given->second;
  }
  if (!takes_then) return read_if_on_data(*then_graph, *else_graph, node, outer);
  const Scope inner{.outer = &outer,
                    .frame = outer.frame,
                    .prefix = outer.prefix,
                    .path = node.module_path,
                    .is_repeated = outer.is_repeated};
  return read_subgraph(*takes_then ? *then_graph : *else_graph, {}, inner);
}

/// Both branches are read, so that a user knows what the choice costs, and so that all choices of a
/// file are reported at once.
OnnxResults ModelReader::read_if_on_data(const onnx::GraphProto& then_graph,
                                         const onnx::GraphProto& else_graph, const OnnxNode& node,
                                         Scope& outer) {
  std::string costs;
  OnnxResults results = Error{};
  for (const auto& [word, branch] : {std::pair{"then", &then_graph}, {"else", &else_graph}}) {
    const std::size_t before = graph_.size();
    const std::size_t errors_before = errors_.size();
    OnnxResults read = read_subgraph(
        *branch, {},
        {.outer = &outer, .frame = outer.frame, .prefix = outer.prefix, .path = node.module_path});
    costs += fmt::format("{}{}: {}", costs.empty() ? "" : "; ", word,
                         read.ok() ? cost_since(graph_, before) : read.error().message);
    errors_.resize(std::min(errors_.size(), errors_before));  // choices within come after this one
    if (read.ok() && !results.ok()) results = std::move(read);
  }
  const Error error = {.code = ErrorCode::kUnsupported,
                       .message = "which branch is taken depends on data; " + costs,
                       .where = node.name,
                       .hint = fmt::format("--branch {0}=then or --branch {0}=else", node.name)};
  if (!results.ok()) return error;
  if (errors_.size() < kMaxErrors) errors_.push_back(error);
  return results;
}

Status ModelReader::read_trip(const onnx::GraphProto& graph, const OnnxNode& node, Scope& outer,
                              std::int64_t trip, const std::vector<OnnxNamed>& scanned,
                              Repeated& state) {
  if (trip == kMaxTrips) {
    return depends_on_data(fmt::format("it makes more than {} trips", kMaxTrips), kFixedSteps);
  }
  std::vector<OnnxNamed> inputs;
  if (state.counter) inputs.push_back(*state.counter);
  inputs.insert(inputs.end(), state.carried.begin(), state.carried.end());
  inputs.insert(inputs.end(), scanned.begin(), scanned.end());
  TPU_TRY(const std::vector<OnnxNamed> results,
          read_subgraph(graph, inputs,
                        {.outer = &outer,
                         .frame = outer.frame,
                         .prefix = fmt::format("{}/{}/", node.name, trip),
                         .path = node.module_path,
                         .is_repeated = true}));
  const std::size_t states = state.carried.size();
  if (results.size() < states) {
    return Error{.message =
                     fmt::format("its body has {} outputs for {} states", results.size(), states)};
  }
  std::copy_n(results.begin(), states, state.carried.begin());
  state.collected.resize(results.size() - states);
  for (std::size_t i = 0; i < state.collected.size(); ++i) {
    const OnnxNamed& result = results[states + i];
    if (!result.tensor) return Error{.message = "tensors alone are collected over its trips"};
    state.collected[i].push_back(*result.tensor);
  }
  return Ok{};
}

/// What is collected over no trips: empty tensors of the types that the body declares.
Result<Value> ModelReader::nothing_collected(const onnx::ValueInfoProto& declared, OnnxNode& node) {
  TPU_TRY(TensorType type, with_location(declared_type(declared), node.name));
  type.shape.insert(type.shape.begin(), 0);
  return node.constant_of(HostTensor{type, {}});
}

OnnxResults ModelReader::read_loop(const onnx::NodeProto& proto, OnnxNode& node, Scope& outer) {
  TPU_TRY(const onnx::GraphProto* graph, subgraph(proto, "body", outer));
  std::optional<double> trips;
  if (node.has_input(0)) {
    trips = known_number(graph_, node.inputs[0]);
    if (!trips) {
      return depends_on_data("the number of trips of the Loop depends on data", kFixedSteps);
    }
  }
  // The first of what is carried is whether the loop goes on.
  Repeated state{.counter = OnnxNamed{}};
  state.carried.push_back(node.has_input(1) ? OnnxNamed{.tensor = node.inputs[1]}
                                            : constant_number(node, DType::kBool, 1));
  for (std::size_t i = 2; i < node.inputs.size(); ++i)
    state.carried.push_back({node.inputs[i], node.sequences[i]});
  for (std::int64_t trip = 0; !trips || static_cast<double>(trip) < *trips; ++trip) {
    const auto goes_on = known_number(graph_, state.carried[0].tensor);
    if (!goes_on) return depends_on_data("whether the Loop goes on depends on data", kFixedSteps);
    if (*goes_on == 0) break;
    state.counter = constant_number(node, DType::kI64, static_cast<double>(trip));
    TPU_TRY_STATUS(read_trip(*graph, node, outer, trip, {}, state));
  }
  std::vector<OnnxNamed> results(state.carried.begin() + 1, state.carried.end());
  for (const std::vector<Value>& parts : state.collected) {
    TPU_TRY(const Value whole, stacked(node, parts, 0));
    results.push_back({.tensor = whole});
  }
  const auto declared = static_cast<std::size_t>(graph->output_size());
  for (std::size_t i = results.size(); i + 1 < declared && state.collected.empty(); ++i) {
    results.emplace_back();
    if (i >= node.output_used.size() || !node.output_used[i]) continue;
    TPU_TRY(results.back().tensor, nothing_collected(graph->output(static_cast<int>(i) + 1), node));
  }
  return results;
}

OnnxResults ModelReader::read_scan(const onnx::NodeProto& proto, OnnxNode& node, Scope& outer) {
  TPU_TRY(const onnx::GraphProto* graph, subgraph(proto, "body", outer));
  const std::int64_t scans = node.integer("num_scan_inputs", 0);
  const auto count = static_cast<std::int64_t>(node.inputs.size());
  if (node.opset < 9 || scans < 1 || scans > count) {
    return Error{.code = ErrorCode::kUnsupported,
                 .message = fmt::format("a Scan of operator set {} that scans {} of {} inputs is "
                                        "not supported",
                                        node.opset, scans, count)};
  }
  TPU_TRY(const std::vector<Value> inputs, node.all_inputs());
  const auto states = static_cast<std::size_t>(count - scans);
  Repeated state;
  for (std::size_t i = 0; i < states; ++i)
    state.carried.push_back({.tensor = inputs[i]});
  std::vector<ScannedInput> sources;
  for (std::size_t i = states; i < inputs.size(); ++i) {
    const Shape& shape = graph_.type(inputs[i]).shape;
    TPU_TRY(const std::size_t axis,
            normalised_axis(listed(node, "scan_input_axes", i - states), shape.size()));
    sources.push_back(
        {inputs[i], axis, shape[axis], listed(node, "scan_input_directions", i - states) != 0});
    if (sources.back().extent == sources.front().extent) continue;
    return Error{.message = "the scanned inputs of a Scan have different lengths"};
  }
  const std::int64_t trips = sources.front().extent;
  for (std::int64_t trip = 0; trip < trips; ++trip) {
    std::vector<OnnxNamed> parts;
    for (const ScannedInput& source : sources) {
      TPU_TRY(const Value part, single_slice(node, source, trip));
      parts.push_back({.tensor = part});
    }
    TPU_TRY_STATUS(read_trip(*graph, node, outer, trip, parts, state));
  }
  std::vector<OnnxNamed> results = state.carried;
  for (std::size_t i = 0; i < state.collected.size(); ++i) {
    std::vector<Value>& parts = state.collected[i];
    if (listed(node, "scan_output_directions", i) != 0) std::reverse(parts.begin(), parts.end());
    TPU_TRY(const Value whole, stacked(node, parts, listed(node, "scan_output_axes", i)));
    results.push_back({.tensor = whole});
  }
  return results;
}

}  // namespace tpuscope
