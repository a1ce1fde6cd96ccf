// Reading the types of a quantised file off its Quantize and Dequantize ops, and taking these out.

#include "passes/precision/quantised_file.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <vector>

#include <fmt/core.h>

#include "graph/queries.h"
#include "passes/precision/int8_rules.h"

namespace tpuscope {
namespace {

constexpr std::string_view kMadeByQuantisation = "take_out_quantisation";

/// The real tensor that integers represent, and how.
struct RealImage {
  Value real{};
  Value scale{};
  std::optional<Value> point{};
  DType stored = DType::kI8;
};

/// Whether two scales, or zero points, are known to be the same.
bool same_constant(const Graph& graph, Value a, Value b) {
  if (a == b) return true;
  if (!is_weight(graph, a) || !is_weight(graph, b)) return false;
  const HostTensor* left = graph[a.op].data.get();
  const HostTensor* right = graph[b.op].data.get();
  if (graph.type(a).elements() != graph.type(b).elements()) return false;
  return left == nullptr || right == nullptr || left->values == right->values;
}

bool is_zero(const Graph& graph, std::optional<Value> point) {
  if (!point) return true;
  const HostTensor* data = graph[point->op].data.get();
  return data != nullptr && std::all_of(data->values.begin(), data->values.end(),
                                        [](double value) { return value == 0; });
}

bool same_point(const Graph& graph, std::optional<Value> a, std::optional<Value> b) {
  if (a && b) return same_constant(graph, *a, *b);
  return is_zero(graph, a) && is_zero(graph, b);
}

/// Whether the op only moves or picks elements, so that it does the same to the real values.
bool is_move(const Graph& graph, OpId id) {
  const Op& op = graph[id];
  if (op.def->layout == LayoutRule::kView || op.is("MaxPool")) return true;
  const bool moves = op.def->layout == LayoutRule::kMovement || op.is("Resize");
  return moves && int8_rule(graph, id) == Int8Rule::kFollow;
}

class Extraction {
 public:
  explicit Extraction(Graph& graph) : graph_(graph) {}

  QuantisedTensors run() {
    for (const OpId id : graph_.topological_order()) {
      const Op& op = graph_[id];
      if (op.is_dead) continue;
      if (op.is("Quantize")) {
        images_[{id}] = image_of(op, op.inputs[0], op.results[0].type.dtype);
      } else if (op.is("Dequantize")) {
        take_out(id);
      } else if (op.is("Cast")) {
        pass_sums(id);
      } else if (is_move(graph_, id)) {
        move_real(id);
      }
    }
    replace_rest();
    graph_.erase_unused();
    return std::move(found_);
  }

 private:
  static RealImage image_of(const Op& op, Value real, DType stored) {
    RealImage image{.real = real, .scale = op.inputs[1], .stored = stored};
    if (op.inputs.size() > 2) image.point = op.inputs[2];
    return image;
  }

  Value add(OpSpec spec, const std::vector<Value>& inputs, OpId near) {
    spec.made_by = std::string(kMadeByQuantisation);
    spec.origin = graph_[near].origin;
    if (spec.name.empty()) spec.name = graph_[near].name;
    return {graph_.add_checked(std::move(spec), inputs, &near)};
  }

  /// The same move of the real tensors.
  void move_real(OpId id) {
    const Op op = graph_[id];
    std::vector<Value> inputs = op.inputs;
    std::optional<RealImage> image;
    for (Value& input : inputs) {
      const auto found = images_.find(input);
      if (found == images_.end()) {
        // Indices may be beside it; integers of the tensor's own kind with an unknown scale may
        // not.
        if (graph_.type(input).dtype == op.results[0].type.dtype) return;
        continue;
      }
      const RealImage& real = found->second;
      const bool fits = !image || (same_constant(graph_, image->scale, real.scale) &&
                                   same_point(graph_, image->point, real.point));
      if (!fits) return;
      if (!image) image = real;
      input = real.real;
    }
    if (!image || op.results.size() != 1) return;
    Attributes attributes = op.attributes;
    if (op.is("Pad")) attributes.set("value", 0.0);  // integers are padded with the zero point
    OpSpec spec{.type = op.def->name, .name = op.name, .attributes = std::move(attributes)};
    image->real = add(std::move(spec), inputs, id);
    images_[{id}] = *image;
  }

  /// A Cast of 32-bit sums to real numbers: the sums are real already.
  void pass_sums(OpId id) {
    const Op op = graph_[id];
    const auto found = images_.find(op.inputs[0]);
    const HostTensor* scale =
        found == images_.end() ? nullptr : graph_.constant(found->second.scale);
    const bool is_plain = scale != nullptr && scale->values[0] == 1 &&
                          is_zero(graph_, found->second.point) &&
                          found->second.stored == DType::kI32;
    if (!is_plain || !is_float(op.results[0].type.dtype)) return;
    graph_.replace_uses({id}, in_type(found->second.real, op.results[0].type.dtype, id));
  }

  Value in_type(Value value, DType type, OpId near) {
    if (graph_.type(value).dtype == type) return value;
    return add({.type = "Cast", .attributes = {{"to", std::string(name_of(type))}}}, {value}, near);
  }

  /// The real numbers of a Dequantize op; empty where only its integers are known.
  std::optional<Value> real_of(OpId id, const Op& op) {
    const auto found = images_.find(op.inputs[0]);
    if (found == images_.end()) return retyped_input(op);
    const RealImage& image = found->second;
    if (!same_point(graph_, image.point,
                    op.inputs.size() > 2 ? std::optional(op.inputs[2]) : std::nullopt)) {
      return std::nullopt;
    }
    const Value real = in_type(image.real, op.results[0].type.dtype, id);
    if (same_constant(graph_, image.scale, op.inputs[1])) return real;
    const Value inverse = add({.type = "Reciprocal"}, {image.scale}, id);
    const Value units = add({.type = "Mul"}, {real, inverse}, id);
    const HostTensor* scale = graph_.constant(op.inputs[1]);
    if (scale != nullptr && scale->values[0] == 1) return units;
    return add({.type = "Mul"}, {units, op.inputs[1]}, id);
  }

  /// An input of the network whose integers nothing but Dequantize ops read becomes one of real
  /// numbers; what it holds in memory is noted.
  std::optional<Value> retyped_input(const Op& op) {
    const Value value = op.inputs[0];
    const Op& input = graph_[value.op];
    if (!input.is("Input")) return std::nullopt;
    const std::vector<Use> uses = graph_.uses(value);
    const bool is_read_as_real = std::all_of(
        uses.begin(), uses.end(), [&](const Use& use) { return graph_[use.op].is("Dequantize"); });
    if (!is_read_as_real) return std::nullopt;
    const DType stored = graph_.type(value).dtype;
    const DType real = op.results[0].type.dtype;
    if (is_float(stored)) return stored == real ? std::optional(value) : std::nullopt;
    found_.inputs[value.op] = stored;
    graph_.set_dtype(value, real);
    return value;
  }

  void take_out(OpId id) {
    const Op op = graph_[id];
    const auto noted = found_.inputs.find(op.inputs[0].op);
    const DType stored =
        noted != found_.inputs.end() ? noted->second : graph_.type(op.inputs[0]).dtype;
    std::optional<Value> real = real_of(id, op);
    if (!real) real = scaled_cast(op.inputs[0], op.results[0].type.dtype, id);
    for (const Use& use : graph_.uses({id, 0}))
      found_.operands[use] = stored;
    graph_.replace_uses({id, 0}, *real);
  }

  Value scaled_cast(Value value, DType to, OpId near) {
    const std::string type(name_of(to));
    return add({.type = "Cast",
                .name = graph_[value].name + "_" + type,
                .attributes = {{"to", type}, {"scaled", true}}},
               {value}, near);
  }

  /// Quantize ops whose integers are still read: at an output of the network, or by arithmetic.
  void replace_rest() {
    for (const auto& [quantised, image] : images_) {
      if (!graph_[quantised.op].is("Quantize")) continue;
      for (const Use& use : graph_.uses(quantised)) {
        if (graph_[use.op].is("Output")) {
          found_.outputs[use.op] = image.stored;
          graph_.set_input(use.op, use.operand, image.real);
        }
      }
      if (graph_.uses(quantised).empty()) continue;
      graph_.replace_uses(quantised, scaled_cast(image.real, image.stored, quantised.op));
    }
  }

  Graph& graph_;
  QuantisedTensors found_{};
  std::map<Value, RealImage> images_{};  ///< by the integer tensor
};

}  // namespace

bool is_quantised(const Graph& graph) {
  const std::vector<OpId> ops = graph.ops();
  return std::any_of(ops.begin(), ops.end(), [&](OpId id) {
    return graph[id].is("Quantize") || graph[id].is("Dequantize");
  });
}

bool has_quantised_weights(const Graph& graph) {
  const std::vector<OpId> ops = graph.ops();
  return std::any_of(ops.begin(), ops.end(),
                     [&](OpId id) { return !stored_type(graph[id]).empty(); });
}

bool has_packed_weights(const Graph& graph) {
  const std::vector<OpId> ops = graph.ops();
  return std::any_of(ops.begin(), ops.end(), [&](OpId id) {
    return graph[id].is("Weight") && graph[id].attributes.integer("stored_group") > 0;
  });
}

QuantisedTensors take_out_quantisation(Graph& graph) {
  return Extraction(graph).run();
}

std::string stored_type(const Op& op) {
  return op.is("Weight") ? op.attributes.text("stored") : std::string();
}

bool is_narrow(DType stored) {
  return !is_float(stored) && stored != DType::kBool && size_of(stored) == 1;
}

bool is_narrow(std::string_view stored) {
  const std::optional<DType> type = dtype_from_name(stored);
  return type && is_narrow(*type);
}

namespace {

/// "169 in u4 with groups of 32", for each way in which weights are packed.
std::string packing_text(const Graph& graph) {
  std::map<std::pair<std::string, std::int64_t>, std::int64_t> ways;
  for (const OpId id : graph.ops()) {
    if (!graph[id].is("Weight")) continue;
    const std::int64_t group = graph[id].attributes.integer("stored_group");
    if (group > 0) ++ways[{stored_type(graph[id]), group}];
  }
  std::string text;
  for (const auto& [way, count] : ways) {
    text += fmt::format("{}{} in {} with groups of {}", text.empty() ? "" : ", ", count, way.first,
                        way.second);
  }
  return text;
}

}  // namespace

std::string quantisation_note(const Graph& graph, DType float_type) {
  std::int64_t narrow = 0;
  std::int64_t wide = 0;
  std::int64_t floats = 0;
  for (const OpId id : graph.ops()) {
    if (!graph[id].is("Quantize")) continue;
    const DType type = graph[id].results[0].type.dtype;
    if (is_narrow(type)) ++narrow;
    if (size_of(type) == 2) ++wide;
    if (is_float(type)) ++floats;
  }
  if (narrow == 0 && wide == 0 && floats == 0) {
    const std::string packed = packing_text(graph);
    if (!packed.empty() && size_of(float_type) == 2) {
      return fmt::format("the file packs weights: {}; everything else is {}", packed,
                         name_of(float_type));
    }
    return fmt::format("the file quantises weights only; the network is {}", name_of(float_type));
  }
  std::string note = fmt::format("8-bit where the file says so: {} {}", narrow,
                                 narrow == 1 ? "tensor" : "tensors");
  if (wide > 0) {
    note += fmt::format("; {} of 16 bits, for which the chip has no integer products, are {}", wide,
                        name_of(float_type));
  }
  if (floats > 0) {
    note += fmt::format("; {} of 8-bit floats, which the chip does not have, are {}", floats,
                        name_of(float_type));
  }
  return note;
}

}  // namespace tpuscope
