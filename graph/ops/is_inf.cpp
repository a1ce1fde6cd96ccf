// IsInf: one comparison per sign that counts.

#include <limits>

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

Result<std::vector<HostTensor>> evaluate_is_inf(const OpView& op,
                                                std::span<const HostTensor> inputs) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const bool negative = op.attrs().integer("detect_negative") != 0;
  const bool positive = op.attrs().integer("detect_positive") != 0;
  return map_each(op, inputs, [=](double x) {
    return (negative && x == -kInfinity) || (positive && x == kInfinity) ? 1.0 : 0.0;
  });
}

Work work_is_inf(const OpView& op) {
  const bool both =
      op.attrs().integer("detect_negative") != 0 && op.attrs().integer("detect_positive") != 0;
  return vector_work(op, {{WorkUnit::kCompare, both ? 2 : 1}});
}

TPU_REGISTER(
    register_op(unary({.name = "IsInf",
                       .summary = "whether x is infinite",
                       .attributes = {{"detect_negative", std::int64_t{1}, "1: -inf counts"},
                                      {"detect_positive", std::int64_t{1}, "1: +inf counts"}},
                       .infer = infer_comparison,
                       .evaluate = evaluate_is_inf,
                       .work = work_is_inf})) &&
    register_onnx_twin("IsInf"));

}  // namespace
}  // namespace tpuscope
