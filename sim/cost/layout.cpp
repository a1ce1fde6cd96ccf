// Closed forms of local-memory layout (compiler backend: get_tensor_lmem_bytes, getNCDHW).

#include "sim/cost/layout.h"

#include <algorithm>

namespace tpuscope {

std::int64_t bytes_per_lane(const Chip& chip, const LocalShape& shape, DType type,
                            Alignment alignment) {
  const std::int64_t slots = shape.n * ceil_div(shape.c, chip.array.lanes);
  const std::int64_t bytes = shape.h * shape.w * size_of(type);
  return slots *
         (alignment == Alignment::kAligned ? align_up(bytes, chip.array.eu_bytes_per_lane) : bytes);
}

std::int64_t vectors(const Chip& chip, const LocalShape& shape, DType type) {
  return shape.n * ceil_div(shape.c, chip.array.lanes) *
         ceil_div(shape.h * shape.w, chip.eu_count(type));
}

std::int64_t row_vectors(const Chip& chip, const LocalShape& shape, DType type) {
  return shape.n * ceil_div(shape.c, chip.array.lanes) * shape.h *
         ceil_div(shape.w, chip.eu_count(type));
}

std::int64_t lanes_used(const Chip& chip, const LocalShape& shape) {
  return std::min(shape.c, chip.array.lanes);
}

namespace {

std::int64_t axis(const Shape& shape, std::size_t index) {
  return index < shape.size() ? shape[index] : 1;
}

std::int64_t rest(const Shape& shape, std::size_t begin) {
  return begin < shape.size() ? element_count(shape, begin, shape.size()) : 1;
}

/// Small-C mapping: `outer` axes join n, then follow c and h; or the outer axes and c fill lanes.
LocalShape small_c(const Chip& chip, const Shape& shape) {
  const std::size_t rank = shape.size();
  if (rank <= 1) return {.n = 1, .c = 1, .h = axis(shape, 0), .w = 1};
  if (rank == 2) return {.n = 1, .c = shape[0], .h = shape[1], .w = 1};
  if (rank == 3) return {.n = 1, .c = shape[0] * shape[1], .h = shape[2], .w = 1};
  const std::size_t outer = rank - 2;
  const std::int64_t joined = element_count(shape, 0, rank - 1);
  if (joined % chip.array.lanes == 0) {
    return {.n = joined / chip.array.lanes, .c = chip.array.lanes, .h = shape[rank - 1], .w = 1};
  }
  return {.n = element_count(shape, 0, outer), .c = shape[outer], .h = shape[outer + 1], .w = 1};
}

}  // namespace

LocalShape local_shape(const Chip& chip, const Shape& shape, GroupType type) {
  if (type == GroupType::kSmallC) return small_c(chip, shape);
  if (type == GroupType::k3d && shape.size() > 4) {
    return {.n = shape[0] * shape[2], .c = shape[1], .h = shape[3], .w = rest(shape, 4)};
  }
  return {.n = axis(shape, 0), .c = axis(shape, 1), .h = axis(shape, 2), .w = rest(shape, 3)};
}

}  // namespace tpuscope
