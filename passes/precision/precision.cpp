// Lowering in three steps: what each op wants, what the constants and inputs of the network are
// wanted as, and then, from producers to consumers, the types themselves with Casts between them.

#include "passes/precision/precision.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <optional>

#include "base/text.h"
#include "graph/queries.h"
#include "passes/precision/half_rules.h"
#include "passes/precision/int8_rules.h"
#include "passes/precision/quantised_file.h"

namespace tpuscope {
namespace {

constexpr std::string_view kMadeBy = "lower_precision";

/// Element types of real numbers, which lowering may change.
bool is_real(DType type) {
  return type == DType::kF32 || type == DType::kF16 || type == DType::kBF16;
}

/// Integers that represent real numbers on the chip, or in a quantised file.
bool is_integer(DType type) {
  return type == DType::kI8 || type == DType::kI32 || type == DType::kU8 || type == DType::kI16 ||
         type == DType::kU16;
}

/// The values as integers, with the scale that makes the largest one the type's largest: symmetric,
/// as the compiler does for weights.
void quantise(HostTensor& data, DType to) {
  const double limit = to == DType::kI8 ? 127 : std::numeric_limits<std::int32_t>::max();
  double largest = 0;
  for (const double value : data.values) {
    if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
  }
  const double steps = largest > 0 ? limit / largest : 1;
  for (double& value : data.values) {
    value = std::isnan(value) ? 0 : std::clamp(std::nearbyint(value * steps), -limit, limit);
  }
}

class Lowering {
 public:
  Lowering(Graph& graph, const PrecisionOptions& options)
      : graph_(graph),
        options_(options),
        quantised_(take_out_quantisation(graph)),
        order_(graph.topological_order()) {}

  Status run() {
    TPU_TRY_STATUS(options_.table.check_names(graph_));
    note_reals();
    decide();
    trace_demands();
    if (options_.table.inputs.value_or(options_.boundary) == Boundary::kNative) type_inputs();
    type_quantised_inputs();
    for (const OpId op : order_)
      TPU_TRY_STATUS(lower(op));
    if (options_.table.outputs.value_or(options_.boundary) == Boundary::kSource) cast_outputs();
    cast_quantised_outputs();
    graph_.compact();
    return Ok{};
  }

 private:
  bool is_lowered(Value value) const { return reals_.contains(value); }

  void note_reals() {
    for (const OpId op : order_) {
      for (std::uint32_t i = 0; i < graph_[op].results.size(); ++i) {
        const DType type = graph_[op].results[i].type.dtype;
        if (is_real(type)) reals_[{op, i}] = type;
      }
    }
  }

  /// The type in which each op works; none for those that take what they get.
  void decide() {
    wanted_.resize(graph_.size());
    for (const OpId op : order_)
      wanted_[op.index] = type_of(op);
  }

  std::optional<DType> type_of(OpId op) const {
    const std::optional<DType> exception = options_.table.precision_of(graph_[op]);
    const DType precision = exception.value_or(options_.precision);
    const Int8Rule rule = int8_rule(graph_, op);
    if (options_.precision == DType::kI8 && options_.int8 == Int8Choice::kFile && !exception) {
      return type_in_file(op, rule);
    }
    if (precision != DType::kI8) {
      // After an op that stays f32 the next one of a 16-bit network has 16 bits, whatever it does.
      if (rule == Int8Rule::kFollow) return size_of(precision) == 2 ? precision : exception;
      return float_form(op, precision);
    }
    if (rule == Int8Rule::kFollow) return exception;
    return rule == Int8Rule::kInteger ? DType::kI8 : float_form(op, options_.float_type);
  }

  /// `type`, or f32 where the op has no form of 16 bits.
  DType float_form(OpId op, DType type) const {
    return size_of(type) == 2 && needs_f32(graph_, op) ? DType::kF32 : type;
  }

  /// 8-bit where the file keeps all that the op computes with in 8 bits.
  std::optional<DType> type_in_file(OpId op, Int8Rule rule) const {
    const bool narrow = has_narrow_operands(op);
    if (rule == Int8Rule::kFollow) return narrow ? std::optional(DType::kI8) : std::nullopt;
    return narrow && rule == Int8Rule::kInteger ? DType::kI8 : float_form(op, options_.float_type);
  }

  /// Constants count only as the weights of a product: to a sum they come in any type.
  bool has_narrow_operands(OpId id) const {
    const Op& op = graph_[id];
    const bool is_product = op.is("Conv") || op.is("ConvTranspose") || op.is("MatMul");
    bool any = false;
    for (std::uint32_t i = 0; i < op.inputs.size(); ++i) {
      if (!is_lowered(op.inputs[i])) continue;
      const Op& producer = graph_[op.inputs[i].op];
      if (is_weight(graph_, op.inputs[i])) {
        if (is_product && i == 1 && !is_narrow(stored_type(producer))) return false;
        continue;
      }
      const auto stored = quantised_.operands.find({id, i});
      if (stored == quantised_.operands.end() || !is_narrow(stored->second)) return false;
      any = true;
    }
    return any;
  }

  /// Type of an operand of an op that works in `type`.
  DType operand_type(OpId op, std::size_t operand, DType type) const {
    return type == DType::kI8 ? int8_operand(graph_[op], operand) : type;
  }

  /// For every op, the type in which its first user needs its result, seen through ops that take
  /// what they get: what constants and inputs become that have no type of their own.
  void trace_demands() {
    const bool is_int8 = options_.precision == DType::kI8;
    demands_.assign(graph_.size(), is_int8 ? options_.float_type : options_.precision);
    for (auto op = order_.rbegin(); op != order_.rend(); ++op) {
      for (const Use& use : graph_.uses(*op)) {
        if (graph_[use.op].def->layout == LayoutRule::kSink) continue;
        const std::optional<DType> type = wanted_[use.op.index];
        demands_[op->index] =
            type ? operand_type(use.op, use.operand, *type) : demands_[use.op.index];
        break;
      }
    }
  }

  void type_inputs() {
    for (const OpId input : graph_.inputs()) {
      if (is_lowered({input})) graph_.set_dtype({input}, demands_[input.index]);
    }
  }

  /// Inputs whose integers represent real numbers hold integers whatever computes with them.
  void type_quantised_inputs() {
    for (const auto& [input, stored] : quantised_.inputs) {
      const bool is_read_as_int8 = demands_[input.index] == DType::kI8 && is_narrow(stored);
      graph_.set_dtype({input}, is_read_as_int8 ? DType::kI8 : stored);
    }
  }

  Status lower(OpId id) {
    const Op op = graph_[id];
    if (op.def->layout == LayoutRule::kSource || op.def->layout == LayoutRule::kSink) return Ok{};
    const DType type = wanted_[id.index].value_or(followed_type(id));
    for (std::size_t i = 0; i < op.inputs.size(); ++i) {
      if (is_lowered(op.inputs[i])) connect({id, static_cast<std::uint32_t>(i)}, type);
    }
    if (op.is("Cast") && is_lowered({id})) {
      return graph_.set_attributes(id, {{"to", std::string(name_of(type))}});
    }
    return graph_.refresh_types(id);
  }

  /// Of the operands that have a type already, 8-bit ones first: what is small stays small.
  DType followed_type(OpId id) const {
    std::optional<DType> followed;
    for (const Value value : graph_[id].inputs) {
      if (!is_lowered(value) || graph_[value.op].def->layout == LayoutRule::kSource) continue;
      const DType type = graph_.type(value).dtype;
      if (!followed || type == DType::kI8) followed = type;
    }
    return followed.value_or(demands_[id.index]);
  }

  /// Gives the operand of an op that works in `type` what it needs.
  void connect(const Use& use, DType type) {
    const Value value = graph_[use.op].inputs[use.operand];
    const DType needed = operand_type(use.op, use.operand, type);
    const auto [known, is_new] = versions_.try_emplace({value, needed}, value);
    if (is_new) known->second = make_version(value, needed, use.op);
    if (known->second != value) graph_.set_input(use.op, use.operand, known->second);
  }

  /// The value in another type: a constant by itself or as a copy, anything else by a Cast.
  Value make_version(Value value, DType type, OpId near) {
    if (graph_.type(value).dtype == type && !is_weight(graph_, value)) return value;
    if (!is_weight(graph_, value)) {
      const bool is_input = graph_[value.op].def->layout == LayoutRule::kSource;
      return cast(value, type, is_input ? value.op : near);
    }
    OpId weight = value.op;
    if (const auto original = originals_.find(weight); original != originals_.end()) {
      const Op& op = graph_[weight];
      weight = graph_.add_checked({.type = "Weight",
                                   .name = op.name + "_" + std::string(name_of(type)),
                                   .origin = op.origin,
                                   .made_by = std::string(kMadeBy),
                                   .data = original->second,
                                   .result_types = {op.results[0].type}},
                                  {}, &near);
    } else {
      originals_[weight] = graph_[weight].data;
    }
    set_weight_type(weight, type);
    return {weight};
  }

  void set_weight_type(OpId weight, DType type) {
    graph_.set_dtype({weight}, type);
    if (graph_[weight].data == nullptr) return;
    HostTensor data = *graph_[weight].data;
    data.type.dtype = type;
    if (options_.values == LoweredValues::kRounded) {
      if (is_integer(type)) quantise(data, type);
      data.round();
    }
    graph_.set_data(weight, std::make_shared<const HostTensor>(std::move(data)));
  }

  /// A Cast of `value` after the op that makes it, named after the tensor whose border it is.
  Value cast(Value value, DType to, OpId near) {
    const bool is_scaled = is_integer(to) || is_integer(graph_.type(value).dtype);
    const std::string type(name_of(to));
    return {graph_.add_checked({.type = "Cast",
                                .name = graph_[value].name + "_" + type,
                                .attributes = {{"to", type}, {"scaled", is_scaled}},
                                .origin = graph_[near].origin,
                                .made_by = std::string(kMadeBy)},
                               {value}, &value.op)};
  }

  void cast_outputs() {
    for (const OpId output : graph_.outputs()) {
      const Value value = graph_[output].inputs[0];
      const auto original = reals_.find(value);
      if (quantised_.outputs.contains(output) || original == reals_.end() ||
          graph_.type(value).dtype == original->second) {
        continue;
      }
      graph_.set_input(output, 0, cast(value, original->second, output));
    }
  }

  /// Outputs whose integers represent real numbers are stored as integers.
  void cast_quantised_outputs() {
    for (const auto& [output, stored] : quantised_.outputs) {
      const Value value = graph_[output].inputs[0];
      const DType type = graph_.type(value).dtype;
      const bool is_same = type == stored || (type == DType::kI8 && is_narrow(stored));
      if (!is_same) graph_.set_input(output, 0, cast(value, stored, output));
    }
  }

  Graph& graph_;
  const PrecisionOptions& options_;
  QuantisedTensors quantised_;
  std::vector<OpId> order_;
  std::map<Value, DType> reals_{};  ///< tensors of real numbers, with their types in the source
  std::vector<std::optional<DType>> wanted_{};  ///< by op
  std::vector<DType> demands_{};                ///< by op
  std::map<std::pair<Value, DType>, Value> versions_{};
  /// Values, as imported, of weights that some user has given their type.
  std::map<OpId, std::shared_ptr<const HostTensor>> originals_{};
};

}  // namespace

const std::vector<DType>& precisions() {
  static const std::vector<DType> all = {DType::kF32, DType::kF16, DType::kBF16, DType::kI8};
  return all;
}

std::string_view precision_name(DType precision) {
  return precision == DType::kI8 ? "int8" : name_of(precision);
}

namespace {

/// "FP16", "Float16" and "I8" as "f16" and "int8": data sheets and frameworks spell them so.
std::string usual_spelling(std::string_view name) {
  const std::string word = lower_case(std::string(name));
  constexpr std::pair<std::string_view, std::string_view> kBeginnings[] = {
      {"bfloat", "bf"}, {"float", "f"}, {"fp", "f"}};
  for (const auto& [from, to] : kBeginnings) {
    if (word.starts_with(from)) return std::string(to) + word.substr(from.size());
  }
  return word == "i8" ? "int8" : word;
}

}  // namespace

Result<DType> parse_precision(std::string_view name) {
  const std::string word = usual_spelling(name);
  std::vector<std::string> names;
  for (const DType precision : precisions()) {
    if (precision_name(precision) == word) return precision;
    names.emplace_back(precision_name(precision));
  }
  return Error{.code = ErrorCode::kUsage,
               .message = "unknown precision " + in_quotes(name),
               .hint = did_you_mean(name, names)};
}

const std::vector<PackedPrecision>& packed_precisions() {
  static const std::vector<PackedPrecision> all = {{"w4f16", DType::kF16, 4},
                                                   {"w4bf16", DType::kBF16, 4},
                                                   {"w8f16", DType::kF16, 8},
                                                   {"w8bf16", DType::kBF16, 8}};
  return all;
}

Result<TypeChoice> parse_type_choice(std::string_view name) {
  const std::string word = lower_case(std::string(name));
  std::vector<std::string> names;
  for (const PackedPrecision& known : packed_precisions()) {
    if (known.name == word) return TypeChoice{known.half, known.bits};
    names.emplace_back(known.name);
  }
  const Result<DType> precision = parse_precision(name);
  if (precision.ok()) return TypeChoice{.precision = *precision};
  for (const DType plain : precisions())
    names.emplace_back(precision_name(plain));
  Error error = precision.error();
  error.hint = did_you_mean(name, names);
  return error;
}

std::string type_choice_name(const TypeChoice& choice) {
  for (const PackedPrecision& known : packed_precisions()) {
    if (known.half == choice.precision && known.bits == choice.weight_bits)
      return std::string(known.name);
  }
  return std::string(precision_name(choice.precision));
}

DType float_type_of(const Chip& chip) {
  return peak_macs_per_cycle(chip, DType::kF16) > 0 ? DType::kF16 : DType::kF32;
}

bool has_half_precision(const Graph& graph) {
  const std::vector<OpId> ops = graph.ops();
  return std::any_of(ops.begin(), ops.end(), [&](OpId id) {
    const std::vector<Tensor>& results = graph[id].results;
    return std::any_of(results.begin(), results.end(), [](const Tensor& result) {
      return is_real(result.type.dtype) && result.type.dtype != DType::kF32;
    });
  });
}

Status lower_precision(Graph& graph, const PrecisionOptions& options) {
  const bool is_single = !is_quantised(graph) && !has_half_precision(graph);
  if (options.precision == DType::kF32 && options.table.entries.empty() && is_single) return Ok{};
  // Rows of packed weights are in half precision.
  if (size_of(options.precision) == 2) TPU_TRY_STATUS(pack_weights(graph, options.weights));
  return Lowering(graph, options).run();
}

Status lower_precision(Graph& graph, DType precision, LoweredValues values) {
  return lower_precision(graph, {.precision = precision, .values = values});
}

}  // namespace tpuscope
