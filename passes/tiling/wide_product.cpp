// Read off every product of f32 in compiled networks and probes. Columns of a matrix lie over
// lanes, some next to each other in each: few of them keep all lanes busy, many make transfers
// fast, since what is contiguous gets longer. The kernel takes the fewest with which loading a row
// of the right operand takes no longer than multiplying with it. Each operand and the result have
// two banks, twice; within that rows, columns and depth are cut evenly, and no more than they must.

#include "passes/tiling/wide_product.h"

#include <algorithm>

#include "passes/tiling/partial.h"

namespace tpuscope {
namespace {

/// The product that the kernel works off; none for other ops and other forms of it.
std::optional<WorkStep> wide_product(const OpForm& form) {
  if (form.spread != Spread::kMatrix || size_of(form.cube_type) <= 2) return std::nullopt;
  const std::optional<WorkStep> step = plain_product(form);
  const bool is_empty = step && (step->elements() == 0 || step->reduce == 0);
  return is_empty ? std::nullopt : step;
}

/// `extent` in as few even parts as are at most `most`, in whole `units`.
std::int64_t even_extent(std::int64_t extent, std::int64_t most, std::int64_t unit = 1) {
  most = std::max(unit, most / unit * unit);
  const std::int64_t parts = ceil_div(extent, most);
  return std::min(extent, align_up(ceil_div(extent, parts), unit));
}

/// Whether multiplying a row of a tile takes as long as loading it: of `columns`, as many as all
/// lanes have.
bool hides_loads(const Chip& chip, std::int64_t rows, std::int64_t columns, std::int64_t width) {
  const std::int64_t units = chip.eu_count(DType::kF32);
  columns = std::min(columns, chip.array.lanes * width);
  constexpr double kFullSpeed = 64;  // columns in a lane at which transfers reach their rate
  // Bytes per cycle of loads by the compiler's own estimate, by which it decides.
  constexpr double kEstimatedRate = 54;
  const double multiplying = static_cast<double>(rows * (width / units));
  const double loading = static_cast<double>(columns * size_of(DType::kF32)) /
                         (kEstimatedRate * static_cast<double>(width) / kFullSpeed);
  return multiplying >= loading;
}

}  // namespace

std::optional<WideProductTile> wide_product_tile(const Chip& chip, const OpForm& form) {
  if (form.cores != 1 || !has_unscaled_half_cube(chip)) return std::nullopt;
  const std::optional<WorkStep> step = wide_product(form);
  if (!step) return std::nullopt;
  const std::int64_t lanes = chip.array.lanes;
  const std::int64_t units = chip.eu_count(DType::kF32);
  const std::int64_t bytes = 2 * chip.bank_bytes();
  const std::int64_t vector = chip.array.eu_bytes_per_lane;
  WideProductTile tile;
  // The left operand's rows stay for the whole sum, a vector of each in a lane.
  const std::int64_t left_vectors = ceil_div(step->reduce, units * lanes);
  tile.rows = even_extent(step->c, bytes / (vector * left_vectors));
  tile.lane_columns = units;
  while (tile.lane_columns < 4 * units &&
         !hides_loads(chip, tile.rows, step->w, tile.lane_columns)) {
    tile.lane_columns += units;
  }
  const std::int64_t row_bytes = tile.lane_columns * size_of(DType::kF32);
  tile.rows = even_extent(step->c, std::min(tile.rows, bytes / row_bytes));
  tile.columns = std::min(step->w, lanes * tile.lane_columns);
  tile.depth = even_extent(step->reduce, bytes / row_bytes, units);
  return tile;
}

std::vector<SliceLoop> wide_product_loops(const OpForm& form, const WideProductTile& tile) {
  const Shape& shape = form.view.result().shape;
  const WorkStep step = *plain_product(form);
  const std::size_t column_axis = shape.size() - 1;
  std::vector<SliceLoop> loops;
  const auto cut = [&](std::size_t axis, std::int64_t extent, bool drains) {
    const std::int64_t count = ceil_div(shape[axis], extent);
    if (count > 1) {
      loops.push_back({.axis = static_cast<std::uint32_t>(axis),
                       .count = static_cast<std::uint32_t>(count),
                       .extent = extent,
                       .drains = drains});
    }
  };
  // Rows of all matrices that share a right operand are those of one.
  std::int64_t parts = ceil_div(step.c, tile.rows);
  for (std::size_t axis = 0; axis < column_axis; ++axis) {
    const bool is_matrix = step.n > 1 && axis + 1 < column_axis;
    const std::int64_t count = is_matrix ? shape[axis] : std::min(parts, shape[axis]);
    cut(axis, ceil_div(shape[axis], std::max<std::int64_t>(1, count)), is_matrix);
    if (!is_matrix && count > 0) parts = ceil_div(parts, count);
  }
  cut(column_axis, tile.columns, false);
  return loops;
}

}  // namespace tpuscope
