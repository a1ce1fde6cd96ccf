// Gather: slices of operand 0 along an axis, picked by an index tensor whose shape takes the axis'
// place. Constant indices at equal distances are a Slice, which costs far less: settled at import.

#include "graph/onnx/emission.h"
#include "graph/ops/by_name.h"
#include "graph/ops/movement.h"
#include "graph/ops/rows.h"
#include "graph/ops/slice.h"

namespace tpuscope {
namespace {

Result<std::vector<TensorType>> infer_gather(const OpView& op) {
  const Shape& data = op.input(0).shape;
  const Shape& indices = op.input(1).shape;
  TPU_TRY(const std::size_t axis, normalised_axis(op.attrs().integer("axis"), data.size()));
  const auto split = data.begin() + static_cast<std::ptrdiff_t>(axis);
  Shape shape(data.begin(), split);
  shape.insert(shape.end(), indices.begin(), indices.end());
  shape.insert(shape.end(), split + 1, data.end());
  return std::vector<TensorType>{{op.input(0).dtype, shape}};
}

/// The tensor as [outer, axis, inner].
struct Folded {
  std::int64_t outer = 1;
  std::int64_t axis = 1;
  std::int64_t inner = 1;
};

Folded folded_data(const OpView& op) {
  const Shape& data = op.input(0).shape;
  const std::size_t axis = checked_axis(op);
  return {element_count(data, 0, axis), data[axis], element_count(data, axis + 1, data.size())};
}

Result<std::vector<HostTensor>> evaluate_gather(const OpView& op,
                                                std::span<const HostTensor> inputs) {
  const Folded data = folded_data(op);
  const std::int64_t count = inputs[1].elements();
  HostTensor result = HostTensor::zeros(op.result());
  for (std::int64_t i = 0; i < count; ++i) {
    TPU_TRY(const std::int64_t index, checked_index(inputs[1][i], data.axis));
    for (std::int64_t outer = 0; outer < data.outer; ++outer) {
      for (std::int64_t k = 0; k < data.inner; ++k) {
        result[(outer * count + i) * data.inner + k] =
            inputs[0][(outer * data.axis + index) * data.inner + k];
      }
    }
  }
  return std::vector<HostTensor>{std::move(result)};
}

Movement movement_gather(const OpView& op) {
  const Folded data = folded_data(op);
  const std::int64_t indices = op.input(1).elements();
  return {.gather_runs = data.outer * indices,
          .gather_run_elements = data.inner,
          .gather_indices = op.attrs().flag("from_end") ? indices : 0};
}

Region input_region_gather(const OpView& op, std::size_t operand, const Region& result) {
  const std::size_t axis = checked_axis(op);
  const std::size_t index_rank = op.input(1).rank();
  std::vector<std::size_t> axes;
  if (operand == 1) {
    for (std::size_t i = 0; i < index_rank; ++i)
      axes.push_back(axis + i);
  } else {
    for (std::size_t i = 0; i < op.input(0).rank(); ++i) {
      axes.push_back(i < axis ? i : i == axis ? kWholeAxis : i - 1 + index_rank);
    }
  }
  return follow_axes(op.input(operand).shape, axes, result);
}

/// Places of an axis that follow each other at equal distances; a step of 0: they do not.
struct Progression {
  std::int64_t first = 0;
  std::int64_t count = 1;
  std::int64_t step = 1;
};

Result<Progression> progression_of(const HostTensor& indices, std::int64_t extent) {
  Progression places{.count = indices.elements()};
  TPU_TRY(places.first, checked_index(indices[0], extent));
  if (places.count > 1) {
    TPU_TRY(const std::int64_t second, checked_index(indices[1], extent));
    places.step = second - places.first;
  }
  for (std::int64_t i = 0; i < places.count; ++i) {
    TPU_TRY(const std::int64_t index, checked_index(indices[i], extent));
    if (index != places.first + i * places.step) return Progression{.step = 0};
  }
  return places;
}

Result<Value> slice_at(OnnxNode& node, Value x, std::size_t axis, const Progression& places) {
  if (places.step == 1) return add_axis_slice(node, x, axis, places.first, places.count);
  const Shape& shape = node.graph().type(x).shape;
  IntList starts(shape.size(), 0);
  IntList extents = shape;
  IntList steps(shape.size(), 1);
  starts[axis] = places.first;
  extents[axis] = places.count;
  steps[axis] = places.step;
  return node.add("Slice", {{"starts", starts}, {"extents", extents}, {"steps", steps}}, {x});
}

OnnxValues translate_gather(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  TPU_TRY(const Value index_value, node.input(1));
  const Shape shape = node.graph().type(x).shape;
  TPU_TRY(const std::size_t axis, normalised_axis(node.integer("axis", 0), shape.size()));
  const Attributes attributes{{"axis", static_cast<std::int64_t>(axis)}};
  const Result<HostTensor> indices = node.constant(1);
  // Small results fold anyway, whatever their indices; what stays is large and worth a Slice.
  if (!indices.ok() || indices->values.empty()) {
    return single(node.add("Gather", attributes, {x, index_value}));
  }
  TPU_TRY(const Progression places, progression_of(*indices, shape[axis]));
  if (places.step < 1) return single(node.add("Gather", attributes, {x, index_value}));
  TPU_TRY(const Value slice, slice_at(node, x, axis, places));
  if (indices->shape().size() == 1) return std::vector<Value>{slice};
  if (indices->shape().empty()) {
    return single(
        node.add("Squeeze", {{"axes", IntList{static_cast<std::int64_t>(axis)}}}, {slice}));
  }
  const TensorType folded = node.graph().type(slice);
  const auto at = static_cast<std::ptrdiff_t>(axis);
  Shape target(folded.shape.begin(), folded.shape.begin() + at);
  target.insert(target.end(), indices->shape().begin(), indices->shape().end());
  target.insert(target.end(), folded.shape.begin() + at + 1, folded.shape.end());
  return single(node.add("Reshape", {{"shape", target}}, {slice}));
}

TPU_REGISTER(register_op({.name = "Gather",
                          .summary = "slices of operand 0 picked by the indices in operand 1",
                          .operands = {2, 2},
                          .attributes = {{"axis", std::int64_t{0},
                                          "axis that the indices count along"},
                                         {.name = "from_end",
                                          .default_value = true,
                                          .help = "indices below 0 count from the end of the axis",
                                          .is_ours = true}},
                          .layout = LayoutRule::kMovement,
                          .infer = infer_gather,
                          .evaluate = evaluate_gather,
                          .movement = movement_gather,
                          .input_region = input_region_gather,
                          .divisible_axes = all_axes}) &&
             register_onnx("Gather", translate_gather));

TPU_REGISTER(register_onnx_emission("Gather", emit_by_name));

}  // namespace
}  // namespace tpuscope
