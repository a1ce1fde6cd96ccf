// DFT and STFT as what they are on a machine of products: sums of the samples with constant cosines
// and sines. A DFT is a product with one constant matrix, an STFT a convolution with a window times
// the waves, which steps from frame to frame.

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/core.h>

#include "graph/functions/steps.h"
#include "graph/ops/by_name.h"

namespace tpuscope {
namespace {

/// Larger constants stay without values, which nothing but an evaluation asks for.
constexpr std::int64_t kMaxWaves = std::int64_t{1} << 18U;

/// A transform of `length` points, of which the first `samples` are given and the first `bins` are
/// wanted. Numbers are complex where `parts` is 2.
struct Transform {
  std::int64_t length = 1;
  std::int64_t samples = 1;
  std::int64_t bins = 1;
  std::int64_t parts = 1;
  std::int64_t results = 2;  ///< parts of a bin: real, imaginary
  /// The samples are the first half of a spectrum whose second half mirrors it.
  bool is_mirrored = false;
  double sign = -1;  ///< of the exponent: -1 forward, 1 back
  double scale = 1;
};

/// What part `from` (0 real, 1 imaginary) of sample `j` adds to part `to` of bin `k`.
double wave(const Transform& transform, std::int64_t j, std::int64_t from, std::int64_t k,
            std::int64_t to) {
  // j * k modulo the length keeps the angle small, and so exact.
  const auto turn = static_cast<double>(j * k % transform.length);
  const double angle =
      transform.sign * 2 * std::numbers::pi * turn / static_cast<double>(transform.length);
  const bool is_twice = transform.is_mirrored && j != 0 && 2 * j != transform.length;
  const double scale = is_twice ? 2 * transform.scale : transform.scale;
  const double real = scale * std::cos(angle);
  const double imaginary = scale * std::sin(angle);
  if (from == 0) return to == 0 ? real : imaginary;
  return to == 0 ? -imaginary : real;  // i times a wave
}

/// The matrix [samples * parts, bins * results]; without values where nobody would keep them.
Result<Value> matrix_of(OnnxNode& node, const Transform& transform, DType dtype) {
  const TensorType type{dtype,
                        {transform.samples * transform.parts, transform.bins * transform.results}};
  TPU_TRY_STATUS(check_shape(type.shape));
  if (type.elements() > kMaxWaves) return node.constant_of(type);
  HostTensor matrix = HostTensor::zeros(type);
  const std::int64_t columns = transform.bins * transform.results;
  for (std::int64_t i = 0; i < matrix.elements(); ++i) {
    const std::int64_t row = i / columns;
    const std::int64_t column = i % columns;
    matrix[i] = wave(transform, row / transform.parts, row % transform.parts,
                     column / transform.results, column % transform.results);
  }
  matrix.round();
  return node.constant_of(std::move(matrix));
}

/// The one number of a constant input.
Result<std::int64_t> single_integer(const OnnxNode& node, std::size_t input) {
  TPU_TRY(const IntList values, node.integers(input));
  if (values.size() != 1) return Error{.message = "a size is no single number"};
  return values.front();
}

/// The axis of a DFT: an attribute, since operator set 20 an input.
Result<std::size_t> transformed_axis(const OnnxNode& node, std::size_t rank) {
  std::int64_t given = node.opset >= 20 ? -2 : node.integer("axis", 1);
  if (node.has_input(2)) {
    TPU_TRY(given, single_integer(node, 2));
  }
  TPU_TRY(const std::size_t axis, normalised_axis(given, rank));
  if (axis + 1 == rank) return Error{.message = "the axis is that of the two parts"};
  return axis;
}

/// What a DFT of `extent` numbers of `parts` each does.
Result<Transform> transform_of(const OnnxNode& node, std::int64_t extent, std::int64_t parts) {
  Transform transform{.length = extent, .parts = parts};
  const bool is_inverse = node.integer("inverse", 0) != 0;
  const bool is_onesided = node.integer("onesided", 0) != 0;
  transform.is_mirrored = is_inverse && is_onesided;
  if (transform.is_mirrored) {
    if (parts != 2) return Error{.message = "half a spectrum holds complex numbers"};
    transform.length = 2 * (extent - 1);
    transform.results = 1;
  }
  if (node.has_input(1)) {
    TPU_TRY(transform.length, single_integer(node, 1));
  }
  if (transform.length < 1 || transform.length > kMaxElements) {
    return unsupported(node, fmt::format("a transform of {} points", transform.length));
  }
  const std::int64_t half = transform.length / 2 + 1;
  transform.samples = std::min(extent, transform.is_mirrored ? half : transform.length);
  transform.bins = is_onesided && !is_inverse ? half : transform.length;
  if (is_inverse) {
    transform.sign = 1;
    transform.scale = 1 / static_cast<double>(transform.length);
  }
  return transform;
}

/// The transform along the last axis but one, which forms the product's inner axis with the parts.
Result<Value> transformed(OnnxNode& node, const Transform& transform, Value x) {
  const TensorType type = node.graph().type(x);
  const std::size_t axis = type.rank() - 2;
  if (transform.samples < type.shape[axis]) {
    Shape extents = type.shape;
    extents[axis] = transform.samples;
    const IntList starts(type.rank(), 0);
    TPU_TRY(x, node.add("Slice", {{"starts", starts}, {"extents", extents}}, {x}));
  }
  const Shape outer(type.shape.begin(), type.shape.end() - 2);
  TPU_TRY(const Value rows,
          reshaped(node, x, {element_count(outer), transform.samples * transform.parts}));
  TPU_TRY(const Value matrix, matrix_of(node, transform, type.dtype));
  TPU_TRY(const Value y, node.add("MatMul", {}, {rows, matrix}));
  Shape result = outer;
  result.insert(result.end(), {transform.bins, transform.results});
  return reshaped(node, y, result);
}

/// x [..., samples, ..., 1 or 2], number of points, axis.
OnnxValues translate_dft(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  const TensorType type = node.type(0);
  if (type.rank() < 2 || type.shape.back() < 1 || type.shape.back() > 2) {
    return Error{.message = fmt::format("{} holds no real or complex numbers", type_text(type))};
  }
  TPU_TRY(const std::size_t axis, transformed_axis(node, type.rank()));
  TPU_TRY(const Transform transform, transform_of(node, type.shape[axis], type.shape.back()));
  IntList there;
  for (std::size_t i = 0; i + 1 < type.rank(); ++i) {
    if (i != axis) there.push_back(static_cast<std::int64_t>(i));
  }
  there.push_back(static_cast<std::int64_t>(axis));
  there.push_back(static_cast<std::int64_t>(type.rank()) - 1);
  IntList back(type.rank());
  for (std::size_t i = 0; i < there.size(); ++i)
    back[static_cast<std::size_t>(there[i])] = static_cast<std::int64_t>(i);
  TPU_TRY(const Value moved, permuted(node, x, there));
  TPU_TRY(const Value y, transformed(node, transform, moved));
  return single(permuted(node, y, back));
}

/// The filters [bins * 2, parts, frame] of a convolution that transforms frames: the waves times
/// the window.
Result<Value> frame_filters(OnnxNode& node, const Transform& transform, DType dtype) {
  const TensorType type{dtype, {transform.bins * 2, transform.parts, transform.samples}};
  TPU_TRY_STATUS(check_shape(type.shape));
  Value filters = node.constant_of(type);
  if (type.elements() <= kMaxWaves) {
    HostTensor waves = HostTensor::zeros(type);
    for (std::int64_t i = 0; i < waves.elements(); ++i) {
      const std::int64_t part = i / transform.samples % transform.parts;
      const std::int64_t out = i / transform.samples / transform.parts;
      waves[i] = wave(transform, i % transform.samples, part, out / 2, out % 2);
    }
    waves.round();
    filters = node.constant_of(std::move(waves));
  }
  if (!node.has_input(2)) return filters;
  if (node.type(2).elements() != transform.samples) {
    return Error{.message = fmt::format("a window of {} samples for frames of {}",
                                        node.type(2).elements(), transform.samples)};
  }
  TPU_TRY(const Value window, reshaped(node, *node.inputs[2], {1, 1, transform.samples}));
  return node.add("Mul", {}, {filters, window});
}

/// signal [batch, length, 1 or 2], step from frame to frame, window, length of a frame.
OnnxValues translate_stft(OnnxNode& node) {
  TPU_TRY(Value x, node.input(0));
  Shape shape = node.type(0).shape;
  if (shape.size() == 2) shape.push_back(1);
  if (shape.size() != 3 || shape[2] < 1 || shape[2] > 2) {
    return Error{.message = fmt::format("{} is no signal", type_text(node.type(0)))};
  }
  TPU_TRY(const std::int64_t step, single_integer(node, 1));
  Transform transform{.parts = shape[2]};
  if (node.has_input(3)) {
    TPU_TRY(transform.length, single_integer(node, 3));
  } else if (node.has_input(2)) {
    transform.length = node.type(2).elements();
  } else {
    return Error{.message = "neither a window nor the length of a frame is given"};
  }
  if (step < 1 || transform.length < 1 || transform.length > shape[1]) {
    return unsupported(node, fmt::format("frames of {} at steps of {} in {} samples",
                                         transform.length, step, shape[1]));
  }
  transform.samples = transform.length;
  const bool is_onesided = node.integer("onesided", 1) != 0;
  transform.bins = is_onesided ? transform.length / 2 + 1 : transform.length;
  TPU_TRY(x, reshaped(node, x, shape));
  TPU_TRY(x, permuted(node, x, {0, 2, 1}));
  TPU_TRY(const Value filters, frame_filters(node, transform, node.type(0).dtype));
  node.attributes = Attributes{{"strides", IntList{step}}};
  TPU_TRY(const std::vector<Value> made, translate_onnx(node, "Conv", {x, filters}));
  TPU_TRY(const Value frames, permuted(node, made.front(), {0, 2, 1}));
  const std::int64_t count = node.graph().type(frames).shape[1];
  return single(reshaped(node, frames, {shape[0], count, transform.bins, 2}));
}

TPU_REGISTER(register_onnx("DFT", translate_dft) && register_onnx("STFT", translate_stft));

}  // namespace
}  // namespace tpuscope
