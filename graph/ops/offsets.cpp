// Strides for walking broadcast operands: see offsets.h.

#include "graph/ops/offsets.h"

#include "base/check.h"

namespace tpuscope {

std::vector<std::int64_t> broadcast_strides(const Shape& operand, const Shape& result) {
  TPU_CHECK(operand.size() <= result.size(), "rank {} against {}", operand.size(), result.size());
  const std::vector<std::int64_t> dense = dense_strides(operand);
  const std::size_t skipped = result.size() - operand.size();
  std::vector<std::int64_t> strides(result.size(), 0);
  for (std::size_t axis = 0; axis < operand.size(); ++axis) {
    if (operand[axis] != 1) strides[axis + skipped] = dense[axis];
  }
  return strides;
}

}  // namespace tpuscope
