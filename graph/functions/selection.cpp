// Selections: how many results they give depends on data. Of constants it is known: exporters make
// index tables that way. Of other data the host selects, and as many results are taken as there may
// be at most.

#include <algorithm>

#include <fmt/core.h>

#include "graph/functions/steps.h"
#include "graph/onnx/host_operators.h"
#include "graph/ops/by_name.h"
#include "graph/queries.h"

namespace tpuscope {
namespace {

OnnxValues translate_non_zero(OnnxNode& node) {
  TPU_TRY(const Value selector, node.input(0));
  if (!is_weight(node.graph(), selector)) {
    const TensorType& type = node.type(0);
    const std::int64_t rows = bounded_rows(node, type.elements());
    return host_work(node, {{DType::kI64, {static_cast<std::int64_t>(type.rank()), rows}}}, rows);
  }
  TPU_TRY(const HostTensor x, node.constant(0));
  const Shape& shape = x.shape();
  const std::vector<std::int64_t> strides = dense_strides(shape);
  std::vector<std::int64_t> places;
  for (std::int64_t i = 0; i < x.elements(); ++i) {
    if (x[i] != 0) places.push_back(i);
  }
  const auto rank = static_cast<std::int64_t>(shape.size());
  HostTensor indices{{DType::kI64, {rank, static_cast<std::int64_t>(places.size())}}, {}};
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    for (const std::int64_t place : places)
      indices.values.push_back(static_cast<double>(place / strides[axis] % shape[axis]));
  }
  return std::vector<Value>{node.constant_of(std::move(indices))};
}

/// The axis along which the operator selects from the type; without one all elements are in a row.
Result<std::size_t> selected_axis(const OnnxNode& node, TensorType& type) {
  if (node.has("axis")) return normalised_axis(node.integer("axis", 0), type.rank());
  type.shape = {type.elements()};
  return std::size_t{0};
}

OnnxValues compress_on_host(OnnxNode& node) {
  TensorType result = node.type(0);
  TPU_TRY(const std::size_t axis, selected_axis(node, result));
  const std::int64_t rows =
      bounded_rows(node, std::min(result.shape[axis], node.type(1).elements()));
  result.shape[axis] = rows;
  return host_work(node, {result}, rows);
}

OnnxValues translate_compress(OnnxNode& node) {
  TPU_TRY(Value x, node.input(0));
  TPU_TRY(const Value selector, node.input(1));
  if (!is_weight(node.graph(), selector)) return compress_on_host(node);
  TPU_TRY(const HostTensor condition, node.constant(1));
  std::size_t axis = 0;
  if (node.has("axis")) {
    TPU_TRY(axis, normalised_axis(node.integer("axis", 0), node.type(0).rank()));
  } else {
    TPU_TRY(x, reshaped(node, x, {node.type(0).elements()}));
  }
  std::vector<std::int64_t> taken;
  for (std::int64_t i = 0; i < condition.elements(); ++i) {
    if (condition[i] != 0) taken.push_back(i);
  }
  const Value indices = node.constant_of(HostTensor::integers(taken));
  return single(node.add("Gather", {{"axis", static_cast<std::int64_t>(axis)}}, {x, indices}));
}

/// Boxes [images, boxes, 4], scores [images, classes, boxes]: of each class of each image as many
/// as the third input says.
OnnxValues translate_suppression(OnnxNode& node) {
  TPU_TRY([[maybe_unused]] const Value boxes, node.input(0));
  TPU_TRY([[maybe_unused]] const Value scores, node.input(1));
  const Shape shape = node.type(1).shape;
  if (shape.size() != 3) {
    return Error{.message =
                     fmt::format("scores are {}, they need three axes", type_text(node.type(1)))};
  }
  std::int64_t of_class = shape[2];
  if (node.has_input(2) && is_weight(node.graph(), *node.inputs[2])) {
    TPU_TRY(const IntList most, node.integers(std::size_t{2}));
    if (!most.empty()) of_class = std::clamp<std::int64_t>(most[0], 0, of_class);
  }
  const std::int64_t rows = bounded_rows(node, shape[0] * shape[1] * of_class);
  return host_work(node, {{DType::kI64, {rows, 3}}}, rows);
}

/// Values, and for each of them where it was first, how often; for each element which it became.
OnnxValues translate_unique(OnnxNode& node) {
  TPU_TRY([[maybe_unused]] const Value x, node.input(0));
  TensorType values = node.type(0);
  TPU_TRY(const std::size_t axis, selected_axis(node, values));
  const std::int64_t all = values.shape[axis];
  const std::int64_t rows = bounded_rows(node, all);
  values.shape[axis] = rows;
  const auto positions = [](std::int64_t count) { return TensorType{DType::kI64, {count}}; };
  return host_work(node, {values, positions(rows), positions(all), positions(rows)}, rows);
}

TPU_REGISTER(register_onnx("NonZero", translate_non_zero) &&
             register_onnx("Compress", translate_compress) &&
             register_onnx("NonMaxSuppression", translate_suppression) &&
             register_onnx("Unique", translate_unique) &&
             register_onnx("com.microsoft.Unique", translate_unique));

}  // namespace
}  // namespace tpuscope
