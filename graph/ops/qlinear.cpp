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

/// x, weight and result with their scales and zero points, bias.
OnnxValues translate_conv_qlinear(OnnxNode& node) {
  TPU_TRY(const Value x, real_input(node, 0));
  TPU_TRY(const Value weight, real_input(node, 3, 0));
  std::vector<std::optional<Value>> inputs = {x, weight};
  if (node.has_input(8)) {
    TPU_TRY(const Value bias, real_bias(node, *node.inputs[8], 1, 4));
    inputs.emplace_back(bias);
  }
  TPU_TRY(const std::vector<Value> y, translate_onnx(node, "Conv", std::move(inputs)));
  return single(quantised_by(node, y.front(), 6));
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
  TPU_TRY(const Value x, real_input(node, 0));
  if (node.graph().type(x).rank() != 4) return unsupported(node, "channels_last of not four axes");
  TPU_TRY(const Value first, node.add("Permute", {{"order", IntList{0, 3, 1, 2}}}, {x}));
  TPU_TRY(const std::vector<Value> pooled, translate_onnx(node, kType, {first}));
  TPU_TRY(const Value y, node.add("Permute", {{"order", IntList{0, 2, 3, 1}}}, {pooled.front()}));
  return single(quantised_by(node, y, 3));
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

/// A weight of `n` columns of `k` numbers, packed in blocks of a few bits each.
struct PackedWeight {
  std::int64_t k = 0;
  std::int64_t n = 0;
  std::int64_t bits = 4;
  std::int64_t block = 0;
  std::optional<HostTensor> bytes{};
  std::optional<HostTensor> scales{};
  std::optional<HostTensor> points{};  ///< packed as well, or one real number per block

  std::int64_t blocks() const { return (k + block - 1) / block; }
  std::int64_t block_bytes() const { return (block * bits + 7) / 8; }
  std::int64_t point_bytes() const { return (blocks() * bits + 7) / 8; }
  bool has_plain_points() const { return points && points->elements() == n * blocks(); }

  /// Number `i` of those that begin at byte `first`.
  double field(const HostTensor& packed, std::int64_t first, std::int64_t i) const {
    const auto byte = static_cast<std::int64_t>(packed[first + i * bits / 8]);
    return static_cast<double>(byte >> (i * bits % 8) & ((std::int64_t{1} << bits) - 1));
  }
  double point(std::int64_t column, std::int64_t at) const {
    if (has_plain_points()) return (*points)[column * blocks() + at];
    if (points) return field(*points, column * point_bytes(), at);
    return static_cast<double>(std::int64_t{1} << (bits - 1));  // the middle
  }
  /// The real value of the number at `row` of `column`.
  double value(std::int64_t row, std::int64_t column) const {
    const std::int64_t at = row / block;
    const std::int64_t first = (column * blocks() + at) * block_bytes();
    return (field(*bytes, first, row % block) - point(column, at)) *
           (*scales)[column * blocks() + at];
  }
  /// Whether all that value() reads is there.
  bool is_known() const {
    if (!bytes || !scales || bytes->elements() != n * blocks() * block_bytes()) return false;
    const bool has_points =
        !points || has_plain_points() || points->elements() == n * point_bytes();
    return scales->elements() == n * blocks() && has_points;
  }
};

std::optional<HostTensor> known_input(const OnnxNode& node, std::size_t i) {
  Result<HostTensor> values = node.constant(i);
  return values.ok() ? std::optional(*std::move(values)) : std::nullopt;
}

/// The constant [K, N] of real numbers that a packed weight represents; values where the file has
/// them.
Result<Value> unpacked_weight(OnnxNode& node, DType real) {
  PackedWeight packed{.k = node.integer("K", 0),
                      .n = node.integer("N", 0),
                      .bits = node.integer("bits", 4),
                      .block = node.integer("block_size", 0)};
  const bool is_sound = packed.k > 0 && packed.n > 0 && packed.block > 0 &&
                        (packed.bits == 2 || packed.bits == 4 || packed.bits == 8);
  if (!is_sound) {
    return unsupported(node, fmt::format("K {}, N {}, {} bits in blocks of {}", packed.k, packed.n,
                                         packed.bits, packed.block));
  }
  const TensorType type{real, {packed.k, packed.n}};
  TPU_TRY_STATUS(check_shape(type.shape));
  packed.bytes = known_input(node, 1);
  packed.scales = known_input(node, 2);
  if (node.has_input(3)) {
    packed.points = known_input(node, 3);
    if (!packed.points) packed.bytes.reset();  // unknown points: unknown values
  }
  OpSpec spec{.type = "Weight",
              .name = node.name + "_weight",
              .attributes = {{"stored", fmt::format("u{}", packed.bits)}},
              .origin = {node.name},
              .result_types = {type}};
  if (packed.is_known()) {
    HostTensor data = HostTensor::zeros(type);
    for (std::int64_t row = 0; row < packed.k; ++row) {
      for (std::int64_t column = 0; column < packed.n; ++column)
        data[row * packed.n + column] = packed.value(row, column);
    }
    data.round();
    spec.data = std::make_shared<const HostTensor>(std::move(data));
  }
  TPU_TRY(const OpId weight, node.graph().add(std::move(spec), {}));
  return Value{weight};
}

/// a, packed b, scales, zero points, order of groups, bias.
OnnxValues translate_matmul_nbits(OnnxNode& node) {
  TPU_TRY(const Value a, node.input(0));
  if (node.has_input(4)) return unsupported(node, "an order of groups");
  TPU_TRY(const Value weight, unpacked_weight(node, node.type(0).dtype));
  TPU_TRY(const std::vector<Value> y, translate_onnx(node, "MatMul", {a, weight}));
  if (!node.has_input(5)) return y;
  return single(node.add("Add", {}, {y.front(), *node.inputs[5]}));
}

TPU_REGISTER(register_onnx("com.microsoft.MatMulNBits", translate_matmul_nbits));

}  // namespace
}  // namespace tpuscope
