// Quantize and Dequantize: real numbers as integers (or floats of 8 bits and fewer) by a scale and
// a zero point, and back. A file that a quantiser wrote holds pairs of them: the tensor between the
// two is one that the machine keeps in few bits. Scales and zero points broadcast against the
// tensor: one for all, or one per channel as [1,c,1,1]. What becomes of them on a chip is
// passes/precision's business: no op of a lowered network is one of these.

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/ops/elementwise.h"
#include "graph/ops/quantised.h"
#include "graph/queries.h"

namespace tpuscope {
namespace {

struct CodeRange {
  double lowest = 0;
  double highest = 0;
  bool is_integer = true;
};

/// The numbers of a type that a quantised tensor may have, integers of up to 32 bits or floats of
/// up to 8; empty for others.
std::optional<CodeRange> range_of(DType type) {
  switch (type) {
    case DType::kI8:
      return CodeRange{-128, 127};
    case DType::kU8:
      return CodeRange{0, 255};
    case DType::kI16:
      return CodeRange{-32768, 32767};
    case DType::kU16:
      return CodeRange{0, 65535};
    case DType::kI32:
      return CodeRange{-2147483648.0, 2147483647.0};
    case DType::kI4:
      return CodeRange{-8, 7};
    case DType::kU4:
      return CodeRange{0, 15};
    case DType::kI2:
      return CodeRange{-2, 1};
    case DType::kU2:
      return CodeRange{0, 3};
    case DType::kF8E4M3:
    case DType::kF8E4M3Fnuz:
    case DType::kF8E5M2:
    case DType::kF8E5M2Fnuz:
    case DType::kF4E2M1: {
      const double largest = rounded_to(type, std::numeric_limits<float>::max());
      return CodeRange{-largest, largest, false};
    }
    default:
      return std::nullopt;
  }
}

/// The scale broadcasts against the tensor, the zero point against the scale.
Status check_scale(const OpView& op) {
  for (std::size_t operand = 1; operand < op.inputs.size(); ++operand) {
    const Result<Shape> shape = broadcast(op.input(0).shape, op.input(operand).shape);
    if (shape.ok() && *shape == op.input(0).shape) continue;
    return Error{.message = fmt::format("operand {} is {}, the tensor is {}", operand,
                                        type_text(op.input(operand)), type_text(op.input(0)))};
  }
  if (is_float(op.input(1).dtype)) return Ok{};
  return Error{.message = fmt::format("the scale is {}, no real number", type_text(op.input(1)))};
}

Result<std::vector<TensorType>> infer_quantize(const OpView& op) {
  TPU_TRY_STATUS(check_scale(op));
  const std::optional<DType> to = dtype_from_name(op.attrs().text("to"));
  if (!to || !range_of(*to)) {
    return Error{
        .message = fmt::format("tensors are not quantised to {}", in_quotes(op.attrs().text("to"))),
        .hint = "integers of up to 32 bits, or floats of up to 8"};
  }
  return std::vector<TensorType>{{*to, op.input(0).shape}};
}

Result<std::vector<TensorType>> infer_dequantize(const OpView& op) {
  TPU_TRY_STATUS(check_scale(op));
  if (!range_of(op.input(0).dtype)) {
    return Error{.message = fmt::format("{} holds no quantised numbers", type_text(op.input(0)))};
  }
  return std::vector<TensorType>{{op.input(1).dtype, op.input(0).shape}};
}

/// result = function(element, scale, zero point), the latter two broadcast.
template <typename Function>
std::vector<HostTensor> map_scaled(const OpView& op, std::span<const HostTensor> inputs,
                                   Function function) {
  const Shape& shape = op.result().shape;
  const HostTensor no_point = HostTensor::scalar(DType::kI32, 0);
  const HostTensor& point = inputs.size() > 2 ? inputs[2] : no_point;
  HostTensor result = HostTensor::zeros(op.result());
  for_each_offset<3>(shape,
                     {dense_strides(shape), broadcast_strides(inputs[1].shape(), shape),
                      broadcast_strides(point.shape(), shape)},
                     {}, [&](const std::array<std::int64_t, 3>& at) {
                       result[at[0]] = function(inputs[0][at[0]], inputs[1][at[1]], point[at[2]]);
                     });
  return {std::move(result)};
}

/// The nearest integer of x / scale, ties to even, plus the zero point, within the type's range. A
/// type of floats rounds the quotient itself and has no zero point but 0.
Result<std::vector<HostTensor>> evaluate_quantize(const OpView& op,
                                                  std::span<const HostTensor> inputs) {
  const CodeRange range = *range_of(op.result().dtype);
  // ONNX defines the quotient in the type of its operands, which decides what is a tie.
  const bool is_single = op.input(0).dtype == DType::kF32;
  return map_scaled(op, inputs, [&](double x, double scale, double point) {
    const double quotient =
        is_single ? static_cast<double>(static_cast<float>(x) / static_cast<float>(scale))
                  : x / scale;
    const double code = (range.is_integer ? std::nearbyint(quotient) : quotient) + point;
    return std::isnan(code) ? point : std::clamp(code, range.lowest, range.highest);
  });
}

Result<std::vector<HostTensor>> evaluate_dequantize(const OpView& op,
                                                    std::span<const HostTensor> inputs) {
  return map_scaled(op, inputs, [](double integer, double scale, double point) {
    return (integer - point) * scale;
  });
}

OpDef with_scale(OpDef definition) {
  definition.operands = {2, 3};
  definition.layout = LayoutRule::kElementwise;
  definition.work = one_pass<WorkUnit::kRequant>;
  definition.local_obstacle = local_binary;
  return definition;
}

TPU_REGISTER(
    register_op(with_scale({.name = "Quantize",
                            .summary = "x / scale + zero point as integers: x, scale, zero point",
                            .attributes = {{"to", std::string(), "type of the integers", true}},
                            .infer = infer_quantize,
                            .evaluate = evaluate_quantize})) &&
    register_op(with_scale({.name = "Dequantize",
                            .summary = "(q - zero point) * scale: q, scale, zero point",
                            .infer = infer_dequantize,
                            .evaluate = evaluate_dequantize})));

/// A scale or zero point in a shape that broadcasts against the tensor: one number, one per index
/// of `axis`, or one per block of `block` indices of it, which is repeated for each.
Result<Value> spread(OnnxNode& node, Value value, const Shape& tensor, std::int64_t given_axis,
                     std::int64_t block) {
  const Shape shape = node.graph().type(value).shape;
  if (element_count(shape) == 1 && block <= 0) {
    if (shape.size() <= tensor.size()) return value;
    return node.add("Reshape", {{"shape", IntList{}}}, {value});
  }
  TPU_TRY(const std::size_t axis, normalised_axis(given_axis, tensor.size()));
  if (block <= 0) {
    Shape spread_shape(tensor.size(), 1);
    spread_shape[axis] = element_count(shape);
    return node.add("Reshape", {{"shape", spread_shape}}, {value});
  }
  if (shape.size() != tensor.size() || shape[axis] * block < tensor[axis]) {
    return Error{.message = fmt::format("{} numbers do not cover {} in blocks of {}",
                                        list_text(shape), list_text(tensor), block)};
  }
  Shape split = shape;
  split.insert(split.begin() + static_cast<std::ptrdiff_t>(axis) + 1, 1);
  Shape repeated = split;
  repeated[axis + 1] = block;
  Shape joined = shape;
  joined[axis] *= block;
  TPU_TRY(Value all, node.add("Reshape", {{"shape", split}}, {value}));
  TPU_TRY(all, node.add("Expand", {{"shape", repeated}}, {all}));
  TPU_TRY(all, node.add("Reshape", {{"shape", joined}}, {all}));
  if (joined[axis] == tensor[axis]) return all;
  Shape extents = joined;
  extents[axis] = tensor[axis];
  return node.add("Slice", {{"starts", IntList(joined.size(), 0)}, {"extents", extents}}, {all});
}

/// Scale and, where there is one, zero point of a node's inputs 1 and 2.
Result<std::vector<Value>> scaled_operands(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  const Shape shape = node.graph().type(x).shape;
  const std::int64_t axis = node.integer("axis", 1);
  const std::int64_t block = node.integer("block_size", 0);
  std::vector<Value> operands = {x};
  for (const std::size_t i : {1U, 2U}) {
    if (i == 2 && !node.has_input(2)) break;
    TPU_TRY(const Value given, node.input(i));
    TPU_TRY(const Value value, spread(node, given, shape, axis, block));
    operands.push_back(value);
  }
  return operands;
}

OnnxValues translate_quantize(OnnxNode& node) {
  TPU_TRY(const std::vector<Value> operands, scaled_operands(node));
  DType to = DType::kU8;
  if (operands.size() > 2) {
    to = node.graph().type(operands[2]).dtype;
  } else if (const std::int64_t given = node.integer("output_dtype", 0); given != 0) {
    TPU_TRY(to, dtype_from_onnx(given));
  }
  return single(node.add("Quantize", {{"to", std::string(name_of(to))}}, operands));
}

/// Notes how many neighbours of a constant share a scale, where that is how weights are packed:
/// blocks, or few bits with a scale for each index of an axis.
Status note_group(OnnxNode& node, Value real) {
  const TensorType& type = node.graph().type(real);
  if (!is_weight(node.graph(), real) || type.rank() != 2) return Ok{};
  const DType stored = node.type(0).dtype;
  const bool is_4_bits = stored == DType::kI4 || stored == DType::kU4;
  const std::int64_t block = node.integer("block_size", 0);
  if (block <= 0 && !is_4_bits) return Ok{};
  TPU_TRY(std::size_t axis, normalised_axis(node.integer("axis", 1), type.rank()));
  if (block <= 0) axis = 1 - axis;  // one scale for all of a column
  return node.graph().set_attributes(real.op,
                                     {{"stored", std::string(name_of(stored))},
                                      {"stored_group", block > 0 ? block : type.shape[axis]},
                                      {"stored_axis", static_cast<std::int64_t>(axis)}});
}

OnnxValues translate_dequantize(OnnxNode& node) {
  TPU_TRY(const std::vector<Value> operands, scaled_operands(node));
  TPU_TRY(const Value real, dequantised(node, operands));
  TPU_TRY_STATUS(note_group(node, real));
  return std::vector<Value>{real};
}

TPU_REGISTER(register_onnx("QuantizeLinear", translate_quantize) &&
             register_onnx("DequantizeLinear", translate_dequantize) &&
             register_onnx("com.microsoft.QuantizeLinear", translate_quantize) &&
             register_onnx("com.microsoft.DequantizeLinear", translate_dequantize));

/// In elementary operators: QuantizeLinear of the operator set that is written knows neither 16
/// bits nor scales of every shape.
Status emit_quantize(OnnxEmission& out) {
  // The range is that of the type itself, which may be written as a wider one.
  const std::string& kept = out.attrs().text("to");
  const CodeRange range = *range_of(*dtype_from_name(kept));
  if (!range.is_integer) return out.unsupported("numbers of " + kept);
  const DType to = out.view().result().dtype;
  std::string y = out.add("Round", {out.add("Div", {out.input(0), out.input(1)})});
  if (out.has_input(2)) {
    const std::int64_t real = onnx_from_dtype(out.view().input(0).dtype);
    y = out.add("Add", {y, out.add("Cast", {out.input(2)}, {{"to", real}})});
  }
  y = out.add("Clip", {y, out.scalar(range.lowest), out.scalar(range.highest)});
  return out.finish("Cast", {y}, {{"to", onnx_from_dtype(to)}});
}

Status emit_dequantize(OnnxEmission& out) {
  const Attributes to_real{{"to", onnx_from_dtype(out.view().result().dtype)}};
  std::string y = out.add("Cast", {out.input(0)}, to_real);
  if (out.has_input(2)) {
    y = out.add("Sub", {y, out.add("Cast", {out.input(2)}, to_real)});
  }
  return out.finish("Mul", {y, out.input(1)});
}

TPU_REGISTER(register_onnx_emission("Quantize", emit_quantize) &&
             register_onnx_emission("Dequantize", emit_dequantize));

}  // namespace

Result<Value> dequantised(OnnxNode& node, const std::vector<Value>& operands) {
  const DType stored = node.graph().type(operands[0]).dtype;
  TPU_TRY(const Value real, node.add("Dequantize", {}, operands));
  if (!is_weight(node.graph(), real)) return real;
  TPU_TRY_STATUS(node.graph().set_attributes(real.op, {{"stored", std::string(name_of(stored))}}));
  return real;
}

}  // namespace tpuscope
