// Normalisations: see normalise.h. The sequence of instructions is mean, subtract, square, mean,
// add epsilon, inverse root, multiply, then scale and bias.

#include "graph/ops/normalise.h"

#include <cmath>

#include <fmt/core.h>

#include "base/text.h"

namespace tpuscope {

HostTensor normalised_rows(const HostTensor& x, const Rows& rows, double epsilon,
                           Centring centring) {
  HostTensor y = HostTensor::zeros(x.type);
  const auto length = static_cast<double>(rows.offsets.size());
  for (const std::int64_t start : rows.starts) {
    double mean = 0.0;
    if (centring == Centring::kMean) {
      for (const std::int64_t offset : rows.offsets)
        mean += x[start + offset];
      mean /= length;
    }
    double variance = 0.0;
    for (const std::int64_t offset : rows.offsets) {
      variance += (x[start + offset] - mean) * (x[start + offset] - mean);
    }
    const double factor = 1.0 / std::sqrt(variance / length + epsilon);
    for (const std::int64_t offset : rows.offsets) {
      y[start + offset] = (x[start + offset] - mean) * factor;
    }
  }
  return y;
}

Work normalisation_work(DType type, const Shape& shape, const std::vector<bool>& row_axes,
                        Centring centring, std::int64_t affine_passes) {
  const Shape rows = folded(shape, row_axes);
  const bool is_narrow = size_of(type) <= 2;
  Work work;
  if (centring == Centring::kMean) {
    work.push_back(fold_rows(shape, row_axes));
    work.push_back(step_over(shape, WorkUnit::kArith));  // subtract the mean
    work.back().operands = 2;
  }
  // The variance is summed in f32.
  if (is_narrow) {
    work.push_back(float_step(shape, WorkUnit::kConvert));
    work.back().feeds_fold = true;
  }
  work.push_back(float_step(shape, WorkUnit::kArith));  // square
  work.back().feeds_fold = true;
  work.push_back(fold_rows(shape, row_axes));
  work.back().type = DType::kF32;
  work.push_back(float_step(rows, WorkUnit::kArith));  // add epsilon
  work.push_back(float_step(rows, WorkUnit::kRsqrt));
  // Around its mean a row is scaled in its own type, otherwise in f32.
  const bool is_wide = is_narrow && centring == Centring::kNone;
  if (is_narrow) work.push_back(float_step(is_wide ? shape : rows, WorkUnit::kConvert));
  work.push_back(step_over(shape, WorkUnit::kArith));
  work.back().operands = 2;
  work.back().overwrites = true;
  if (is_wide) {
    work.back().type = DType::kF32;
    work.push_back(float_step(shape, WorkUnit::kConvert));
  }
  for (std::int64_t i = 0; i < affine_passes; ++i) {
    work.push_back(
        {.unit = WorkUnit::kBroadcast, .w = row_length(shape, row_axes), .overwrites = true});
    work.push_back(step_over(shape, WorkUnit::kArith));
    work.back().operands = 2;
  }
  return work;
}

Status check_channel_operands(const OpView& op, std::size_t first) {
  const TensorType& x = op.input(0);
  if (x.rank() < 2) {
    return Error{.message =
                     fmt::format("the input is {}, it needs channels at axis 1", type_text(x))};
  }
  for (std::size_t operand = first; operand < op.inputs.size(); ++operand) {
    if (op.input(operand).shape == Shape{x.shape[1]}) continue;
    return Error{.message = fmt::format("operand {} is {}, the input has {} channels", operand,
                                        type_text(op.input(operand)), x.shape[1])};
  }
  return Ok{};
}

Region channel_operand_region(const OpView&, std::size_t operand, const Region& result) {
  return operand == 0 ? result : Region{result[1]};
}

Status check_only_first_output(const OnnxNode& node) {
  for (std::size_t i = 1; i < node.output_used.size(); ++i) {
    if (!node.output_used[i]) continue;
    return Error{.code = ErrorCode::kUnsupported,
                 .message = fmt::format("output {} of {} is used, only output 0 is modelled", i,
                                        node.op_type)};
  }
  return Ok{};
}

}  // namespace tpuscope
