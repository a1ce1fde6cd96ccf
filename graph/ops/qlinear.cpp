// Operators on quantised tensors, ONNX's own and those of com.microsoft: each is its operator on
// real numbers between a Dequantize and a Quantize, which is how their texts define them. What the
// machine computes in 8 bits is decided where types are lowered.

#include <optional>

#include <fmt/core.h>

#include "graph/ops/by_name.h"
#include "graph/ops/quantised.h"
#include "graph/queries.h"

namespace tpuscope {
namespace {

/// A scale or zero point with one number per index of `axis` of a tensor, in a shape that
/// broadcasts against it.
Result<Value> along_axis(OnnxNode& node, Value value, std::size_t rank, std::size_t axis) {
  const Shape shape = node.graph().type(value).shape;
  if (element_count(shape) == 1) {
    if (shape.empty()) return value;
    return node.add("Reshape", {{"shape", IntList{}}}, {value});
  }
  if (shape.size() != 1 || axis >= rank) return value;
  Shape spread(rank, 1);
  spread[axis] = shape[0];
  return node.add("Reshape", {{"shape", spread}}, {value});
}

/// Input `at` as real numbers, with its scale and zero point in the next two inputs; `axis` is the
/// one along which these may differ.
Result<Value> real_input(OnnxNode& node, std::size_t at, std::size_t axis = 0) {
  TPU_TRY(const Value q, node.input(at));
  TPU_TRY(const Value scale, node.input(at + 1));
  const std::size_t rank = node.graph().type(q).rank();
  TPU_TRY(const Value factor, along_axis(node, scale, rank, axis));
  std::vector<Value> operands = {q, factor};
  if (node.has_input(at + 2)) {
    TPU_TRY(const Value point, along_axis(node, *node.inputs[at + 2], rank, axis));
    operands.push_back(point);
  }
  return dequantised(node, operands);
}

/// `real` as integers, by the scale at input `at` and the zero point at the next input.
Result<Value> quantised_by(OnnxNode& node, Value real, std::size_t at) {
  TPU_TRY(const Value scale, node.input(at));
  TPU_TRY(const Value factor, along_axis(node, scale, 0, 0));
  std::vector<Value> operands = {real, factor};
  DType to = DType::kU8;
  if (node.has_input(at + 1)) {
    TPU_TRY(const Value point, along_axis(node, *node.inputs[at + 1], 0, 0));
    operands.push_back(point);
    to = node.graph().type(point).dtype;
  }
  return node.add("Quantize", {{"to", std::string(name_of(to))}}, operands);
}

/// A 32-bit bias as real numbers: its scale is the product of those at inputs `a` and `b`.
Result<Value> real_bias(OnnxNode& node, Value bias, std::size_t a, std::size_t b) {
  TPU_TRY(const Value left, node.input(a));
  TPU_TRY(const Value right, node.input(b));
  TPU_TRY(const Value flat, along_axis(node, left, 0, 0));
  TPU_TRY(const Value other, along_axis(node, right, 1, 0));
  TPU_TRY(const Value scale, node.add("Mul", {}, {flat, other}));
  return dequantised(node, {bias, scale});
}

/// The integers at input `at` with their channels, which come last, as axis 1.
Status channels_first(OnnxNode& node, std::size_t at) {
  TPU_TRY(const Value q, node.input(at));
  if (node.graph().type(q).rank() != 4) return unsupported(node, "channels_last of not four axes");
  TPU_TRY(node.inputs[at], node.add("Permute", {{"order", IntList{0, 3, 1, 2}}}, {q}));
  return Ok{};
}

/// The way back.
OnnxValues channels_last(OnnxNode& node, Value q) {
  return single(node.add("Permute", {{"order", IntList{0, 2, 3, 1}}}, {q}));
}

/// x, weight and result with their scales and zero points, bias. ONNX Runtime's optimiser puts the
/// channels of x and the result last; the weight stays as it is.
OnnxValues translate_conv_qlinear(OnnxNode& node) {
  const bool is_last = node.integer("channels_last", 0) != 0;
  if (is_last) {
    TPU_TRY_STATUS(channels_first(node, 0));
  }
  TPU_TRY(const Value x, real_input(node, 0));
  TPU_TRY(const Value weight, real_input(node, 3, 0));
  std::vector<std::optional<Value>> inputs = {x, weight};
  if (node.has_input(8)) {
    TPU_TRY(const Value bias, real_bias(node, *node.inputs[8], 1, 4));
    inputs.emplace_back(bias);
  }
  TPU_TRY(const std::vector<Value> y, translate_onnx(node, "Conv", std::move(inputs)));
  TPU_TRY(const Value q, quantised_by(node, y.front(), 6));
  if (!is_last) return std::vector<Value>{q};
  return channels_last(node, q);
}

/// a, b and result, each with scale and zero point. Scales of b may differ per column.
OnnxValues translate_matmul_qlinear(OnnxNode& node) {
  TPU_TRY(const Value a, real_input(node, 0));
  TPU_TRY(const Value q, node.input(3));
  const std::size_t rank = node.graph().type(q).rank();
  TPU_TRY(const Value b, real_input(node, 3, rank > 0 ? rank - 1 : 0));
  TPU_TRY(const std::vector<Value> y, translate_onnx(node, "MatMul", {a, b}));
  return single(quantised_by(node, y.front(), 6));
}

/// a, b with scales and zero points, a 32-bit C, scale and zero point of the result; without the
/// latter the result is real.
OnnxValues translate_gemm_qlinear(OnnxNode& node) {
  TPU_TRY(const Value a, real_input(node, 0));
  const bool transposed = node.integer("transB", 0) != 0;
  TPU_TRY(const Value b, real_input(node, 3, transposed ? 0 : 1));
  std::vector<std::optional<Value>> inputs = {a, b};
  if (node.has_input(6)) {
    TPU_TRY(const Value bias, real_bias(node, *node.inputs[6], 1, 4));
    inputs.emplace_back(bias);
  }
  TPU_TRY(const std::vector<Value> y, translate_onnx(node, "Gemm", std::move(inputs)));
  if (!node.has_input(7)) return y;
  return single(quantised_by(node, y.front(), 7));
}

template <const char* kType>
OnnxValues translate_pair_qlinear(OnnxNode& node) {
  TPU_TRY(const Value a, real_input(node, 0));
  TPU_TRY(const Value b, real_input(node, 3));
  TPU_TRY(const Value y, node.add(kType, {}, {a, b}));
  return single(quantised_by(node, y, 6));
}

/// x with scale and zero point, those of the result; the operator `kType` of ONNX between.
template <const char* kType>
OnnxValues translate_unary_qlinear(OnnxNode& node) {
  TPU_TRY(const Value x, real_input(node, 0));
  TPU_TRY(const std::vector<Value> y, translate_onnx(node, kType, {x}));
  return single(quantised_by(node, y.front(), 3));
}

/// As translate_unary_qlinear, for pooling: channels may be the last axis.
template <const char* kType>
OnnxValues translate_pool_qlinear(OnnxNode& node) {
  if (node.integer("channels_last", 0) == 0) return translate_unary_qlinear<kType>(node);
  TPU_TRY_STATUS(channels_first(node, 0));
  TPU_TRY(const std::vector<Value> q, translate_unary_qlinear<kType>(node));
  return channels_last(node, q.front());
}

/// MaxPool with the channels last, of integers: their order is that of what they stand for.
OnnxValues translate_nhwc_max_pool(OnnxNode& node) {
  TPU_TRY_STATUS(channels_first(node, 0));
  TPU_TRY(const std::vector<Value> y, translate_onnx(node, "MaxPool", {node.inputs[0]}));
  return channels_last(node, y.front());
}

/// Which of two, each with scale and zero point; those of the result.
OnnxValues translate_where_qlinear(OnnxNode& node) {
  TPU_TRY(const Value condition, node.input(0));
  TPU_TRY(const Value a, real_input(node, 1));
  TPU_TRY(const Value b, real_input(node, 4));
  TPU_TRY(const Value y, node.add("Where", {}, {condition, a, b}));
  return single(quantised_by(node, y, 7));
}

/// Scale and zero point of the result, then three inputs for each tensor.
OnnxValues translate_concat_qlinear(OnnxNode& node) {
  std::vector<std::optional<Value>> parts;
  for (std::size_t i = 2; i + 2 < node.inputs.size(); i += 3) {
    TPU_TRY(const Value part, real_input(node, i));
    parts.emplace_back(part);
  }
  TPU_TRY(const std::vector<Value> y, translate_onnx(node, "Concat", std::move(parts)));
  return single(quantised_by(node, y.front(), 0));
}

constexpr char kAddName[] = "Add";
constexpr char kMulName[] = "Mul";
constexpr char kSigmoidName[] = "Sigmoid";
constexpr char kLeakyReluName[] = "LeakyRelu";
constexpr char kSoftmaxName[] = "Softmax";
constexpr char kAveragePoolName[] = "AveragePool";
constexpr char kGlobalAveragePoolName[] = "GlobalAveragePool";

TPU_REGISTER(register_onnx("QLinearConv", translate_conv_qlinear) &&
             register_onnx("com.microsoft.QLinearConv", translate_conv_qlinear) &&
             register_onnx("QLinearMatMul", translate_matmul_qlinear) &&
             register_onnx("com.microsoft.QGemm", translate_gemm_qlinear) &&
             register_onnx("com.microsoft.QLinearAdd", translate_pair_qlinear<kAddName>) &&
             register_onnx("com.microsoft.QLinearMul", translate_pair_qlinear<kMulName>) &&
             register_onnx("com.microsoft.QLinearSigmoid", translate_unary_qlinear<kSigmoidName>) &&
             register_onnx("com.microsoft.QLinearLeakyRelu",
                           translate_unary_qlinear<kLeakyReluName>) &&
             register_onnx("com.microsoft.QLinearSoftmax", translate_unary_qlinear<kSoftmaxName>) &&
             register_onnx("com.microsoft.QLinearAveragePool",
                           translate_pool_qlinear<kAveragePoolName>) &&
             register_onnx("com.microsoft.QLinearGlobalAveragePool",
                           translate_pool_qlinear<kGlobalAveragePoolName>) &&
             register_onnx("com.microsoft.QLinearWhere", translate_where_qlinear) &&
             register_onnx("com.microsoft.NhwcMaxPool", translate_nhwc_max_pool) &&
             register_onnx("com.microsoft.QLinearConcat", translate_concat_qlinear));

/// Integers as real numbers of scale 1, without the zero point at input `point`, which may differ
/// along `axis`.
Result<Value> unscaled(OnnxNode& node, std::size_t at, std::size_t point, std::size_t axis) {
  TPU_TRY(const Value q, node.input(at));
  std::vector<Value> operands = {q, node.constant_of(HostTensor::scalar(DType::kF32, 1))};
  if (node.has_input(point)) {
    TPU_TRY(const Value zero,
            along_axis(node, *node.inputs[point], node.graph().type(q).rank(), axis));
    operands.push_back(zero);
  }
  return dequantised(node, operands);
}

/// Sums of products of integers, as the 32-bit integers that they are.
OnnxValues as_sums(OnnxNode& node, Value real) {
  const Value one = node.constant_of(HostTensor::scalar(DType::kF32, 1));
  return single(node.add("Quantize", {{"to", std::string("i32")}}, {real, one}));
}

OnnxValues translate_conv_integer(OnnxNode& node) {
  TPU_TRY(const Value x, unscaled(node, 0, 2, 0));
  TPU_TRY(const Value weight, unscaled(node, 1, 3, 0));
  TPU_TRY(const std::vector<Value> y, translate_onnx(node, "Conv", {x, weight}));
  return as_sums(node, y.front());
}

/// The product of a (rows) and b (columns) as real numbers of scale 1.
Result<Value> integer_product(OnnxNode& node, std::size_t a_point, std::size_t b_point) {
  TPU_TRY(const Value left, node.input(0));
  TPU_TRY(const Value right, node.input(1));
  const std::size_t rows = node.graph().type(left).rank();
  const std::size_t columns = node.graph().type(right).rank();
  TPU_TRY(const Value a, unscaled(node, 0, a_point, rows < 2 ? 0 : rows - 2));
  TPU_TRY(const Value b, unscaled(node, 1, b_point, columns < 1 ? 0 : columns - 1));
  TPU_TRY(const std::vector<Value> y, translate_onnx(node, "MatMul", {a, b}));
  return y.front();
}

OnnxValues translate_matmul_integer(OnnxNode& node) {
  TPU_TRY(const Value y, integer_product(node, 2, 3));
  return as_sums(node, y);
}

TPU_REGISTER(register_onnx("ConvInteger", translate_conv_integer) &&
             register_onnx("MatMulInteger", translate_matmul_integer));

/// The scale, the zero point and the integers of a tensor whose range is found as it comes: 0 and
/// its extremes as 0 to 255.
struct DynamicScale {
  Value integers{};
  Value scale{};
  Value point{};
};

Result<Value> extreme(OnnxNode& node, Value x, const std::string& mode) {
  TPU_TRY(const Value found, node.add("Reduce", {{"mode", mode}, {"keepdims", false}}, {x}));
  const Value zero = node.constant_of(HostTensor::scalar(node.graph().type(x).dtype, 0));
  return node.add(mode == "max" ? "Max" : "Min", {}, {found, zero});
}

Result<DynamicScale> dynamic_scale(OnnxNode& node, Value x) {
  const DType real = node.graph().type(x).dtype;
  TPU_TRY(const Value high, extreme(node, x, "max"));
  TPU_TRY(const Value low, extreme(node, x, "min"));
  TPU_TRY(const Value span, node.add("Sub", {}, {high, low}));
  DynamicScale result;
  const Value steps = node.constant_of(HostTensor::scalar(real, 1.0 / 255));
  TPU_TRY(result.scale, node.add("Mul", {}, {span, steps}));
  TPU_TRY(const Value ratio, node.add("Div", {}, {low, result.scale}));
  TPU_TRY(const Value offset, node.add("Neg", {}, {ratio}));
  TPU_TRY(const Value rounded, node.add("Round", {}, {offset}));
  TPU_TRY(const Value kept, node.add("Clip", {{"min", 0.0}, {"max", 255.0}}, {rounded}));
  TPU_TRY(result.point, node.add("Cast", {{"to", std::string("u8")}}, {kept}));
  TPU_TRY(result.integers,
          node.add("Quantize", {{"to", std::string("u8")}}, {x, result.scale, result.point}));
  return result;
}

OnnxValues translate_dynamic_quantize(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  TPU_TRY(const DynamicScale found, dynamic_scale(node, x));
  return std::vector<Value>{found.integers, found.scale, found.point};
}

/// a (real), b with scale and zero point, bias: quantises a as it comes.
OnnxValues translate_dynamic_matmul(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  TPU_TRY(const DynamicScale found, dynamic_scale(node, x));
  TPU_TRY(const Value a, dequantised(node, {found.integers, found.scale, found.point}));
  TPU_TRY(const Value q, node.input(1));
  TPU_TRY(const Value scale, node.input(2));
  const std::size_t rank = node.graph().type(q).rank();
  const std::size_t columns = rank > 0 ? rank - 1 : 0;
  TPU_TRY(const Value factor, along_axis(node, scale, rank, columns));
  std::vector<Value> operands = {q, factor};
  if (node.has_input(3)) {
    TPU_TRY(const Value point, along_axis(node, *node.inputs[3], rank, columns));
    operands.push_back(point);
  }
  TPU_TRY(const Value b, dequantised(node, operands));
  TPU_TRY(const std::vector<Value> y, translate_onnx(node, "MatMul", {a, b}));
  if (!node.has_input(4)) return y;
  return single(node.add("Add", {}, {y.front(), *node.inputs[4]}));
}

/// a, b, their scales, their zero points, bias: a product of integers as real numbers.
OnnxValues translate_matmul_to_float(OnnxNode& node) {
  TPU_TRY(Value y, integer_product(node, 4, 5));
  TPU_TRY(const Value left, node.input(2));
  TPU_TRY(const Value right, node.input(3));
  TPU_TRY(const Value scale, node.add("Mul", {}, {left, right}));
  TPU_TRY(y, node.add("Mul", {}, {y, scale}));
  if (!node.has_input(6)) return std::vector<Value>{y};
  return single(node.add("Add", {}, {y, *node.inputs[6]}));
}

TPU_REGISTER(register_onnx("DynamicQuantizeLinear", translate_dynamic_quantize) &&
             register_onnx("com.microsoft.DynamicQuantizeMatMul", translate_dynamic_matmul) &&
             register_onnx("com.microsoft.MatMulIntegerToFloat", translate_matmul_to_float));

}  // namespace
}  // namespace tpuscope
