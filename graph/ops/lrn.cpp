// Lrn: local response normalisation: x / (bias + alpha / size * sum of squares over the `size`
// nearest channels) ^ beta.

#include <algorithm>
#include <cmath>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/onnx/emission.h"
#include "graph/onnx/node.h"
#include "graph/ops/by_name.h"
#include "graph/ops/rows.h"

namespace tpuscope {
namespace {

Result<std::vector<TensorType>> infer_lrn(const OpView& op) {
  if (op.input(0).rank() < 2) {
    return Error{.message = fmt::format("the input is {}, it needs channels at axis 1",
                                        type_text(op.input(0)))};
  }
  if (op.attrs().integer("size") < 1) {
    return Error{.message = fmt::format("size is {}, at least 1 channel is needed",
                                        op.attrs().integer("size"))};
  }
  return std::vector<TensorType>{op.input(0)};
}

std::vector<bool> channel_rows(const OpView& op) {
  return one_axis(op.input(0).rank(), 1);
}

Result<std::vector<HostTensor>> evaluate_lrn(const OpView& op, std::span<const HostTensor> inputs) {
  const HostTensor& x = inputs[0];
  HostTensor y = x;
  const std::int64_t size = op.attrs().integer("size");
  const std::int64_t channels = x.shape()[1];
  const Rows rows = rows_of(x.shape(), channel_rows(op));
  for (const std::int64_t start : rows.starts) {
    for (std::int64_t c = 0; c < channels; ++c) {
      double sum = 0.0;
      const std::int64_t first = std::max<std::int64_t>(c - (size - 1) / 2, 0);
      const std::int64_t last = std::min(c + size / 2, channels - 1);
      for (std::int64_t i = first; i <= last; ++i) {
        const double value = x[start + rows.offsets[static_cast<std::size_t>(i)]];
        sum += value * value;
      }
      const double base =
          op.attrs().number("bias") + op.attrs().number("alpha") / static_cast<double>(size) * sum;
      y[start + rows.offsets[static_cast<std::size_t>(c)]] /=
          std::pow(base, op.attrs().number("beta"));
    }
  }
  return std::vector<HostTensor>{y};
}

/// Square, fold of `size` channels, scale and add, power as exp(-beta * log), multiply.
Work work_lrn(const OpView& op) {
  const Shape& shape = op.result().shape;
  WorkStep fold = step_over(shape, WorkUnit::kReduce);
  fold.kernel = std::min(op.attrs().integer("size"), shape[1]);
  return {step_over(shape, WorkUnit::kArith),    fold,
          step_over(shape, WorkUnit::kArith, 2), step_over(shape, WorkUnit::kLog),
          step_over(shape, WorkUnit::kArith),    step_over(shape, WorkUnit::kExp),
          step_over(shape, WorkUnit::kArith)};
}

TPU_REGISTER(register_op({.name = "Lrn",
                          .summary = "local response normalisation over neighbouring channels",
                          .attributes = {{"size", 1, "channels that count", true},
                                         {"alpha", 1e-4, "weight of the mean square"},
                                         {"beta", 0.75, "exponent"},
                                         {"bias", 1.0, "added to the weighted mean square"}},
                          .layout = LayoutRule::kRows,
                          .infer = infer_lrn,
                          .evaluate = evaluate_lrn,
                          .work = work_lrn,
                          .row_axes = channel_rows}));

OnnxValues translate_lrn(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  return single(node.add("Lrn",
                         {{"size", node.integer("size", 0)},
                          {"alpha", node.number("alpha", 1e-4)},
                          {"beta", node.number("beta", 0.75)},
                          {"bias", node.number("bias", 1.0)}},
                         {x}));
}

TPU_REGISTER(register_onnx("LRN", translate_lrn));

Status emit_lrn(OnnxEmission& out) {
  return emit_as(out, "LRN");
}

TPU_REGISTER(register_onnx_emission("Lrn", emit_lrn));

}  // namespace
}  // namespace tpuscope
