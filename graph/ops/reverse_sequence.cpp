// ReverseSequence: per entry of the batch axis, the first `length` steps of the time axis in
// reverse order; how many, an operand says, so the copies are known only at run time.

#include <algorithm>

#include <fmt/core.h>

#include "graph/ops/movement.h"
#include "graph/ops/offsets.h"

namespace tpuscope {
namespace {

struct Axes {
  std::size_t batch = 1;
  std::size_t time = 0;
};

Result<Axes> axes_of(const OpView& op) {
  const std::size_t rank = op.input(0).rank();
  TPU_TRY(const std::size_t batch, normalised_axis(op.attrs().integer("batch_axis"), rank));
  TPU_TRY(const std::size_t time, normalised_axis(op.attrs().integer("time_axis"), rank));
  if (batch == time) return Error{.message = fmt::format("batch and time are both axis {}", time)};
  return Axes{batch, time};
}

Result<std::vector<TensorType>> infer_reverse_sequence(const OpView& op) {
  TPU_TRY(const Axes axes, axes_of(op));
  if (op.input(1).shape != Shape{op.input(0).shape[axes.batch]}) {
    return Error{.message =
                     fmt::format("lengths {} do not suit axis {} of {}", type_text(op.input(1)),
                                 axes.batch, type_text(op.input(0)))};
  }
  return std::vector<TensorType>{op.input(0)};
}

Result<std::vector<HostTensor>> evaluate_reverse_sequence(const OpView& op,
                                                          std::span<const HostTensor> inputs) {
  TPU_TRY(const Axes axes, axes_of(op));
  const Shape& shape = op.result().shape;
  const std::vector<std::int64_t> strides = dense_strides(shape);
  std::vector<std::int64_t> batch_index(shape.size(), 0);
  std::vector<std::int64_t> time_index(shape.size(), 0);
  batch_index[axes.batch] = 1;
  time_index[axes.time] = 1;
  std::vector<std::int64_t> lengths = inputs[1].to_integers();
  for (std::int64_t& length : lengths)
    length = std::clamp<std::int64_t>(length, 0, shape[axes.time]);
  HostTensor result = HostTensor::zeros(op.result());
  for_each_offset<3>(shape, {strides, batch_index, time_index}, {},
                     [&](const std::array<std::int64_t, 3>& at) {
                       const std::int64_t length = lengths[static_cast<std::size_t>(at[1])];
                       const std::int64_t time = at[2];
                       const std::int64_t source = time < length ? length - 1 - time : time;
                       result[at[0]] = inputs[0][at[0] + (source - time) * strides[axes.time]];
                     });
  return std::vector<HostTensor>{std::move(result)};
}

Movement movement_reverse_sequence(const OpView& op) {
  const Axes axes = axes_of(op).value();
  const Shape& shape = op.result().shape;
  const std::size_t inner = std::max(axes.batch, axes.time) + 1;
  return {.gather_runs = element_count(shape, 0, inner),
          .gather_run_elements = element_count(shape, inner, shape.size())};
}

TPU_REGISTER(register_op({.name = "ReverseSequence",
                          .summary = "leading steps of each batch entry in reverse order",
                          .operands = {2, 2},
                          .attributes = {{"batch_axis", std::int64_t{1}, "axis of the lengths"},
                                         {"time_axis", std::int64_t{0}, "axis that is reversed"}},
                          .layout = LayoutRule::kMovement,
                          .infer = infer_reverse_sequence,
                          .evaluate = evaluate_reverse_sequence,
                          .movement = movement_reverse_sequence}) &&
             register_onnx_twin("ReverseSequence"));

}  // namespace
}  // namespace tpuscope
