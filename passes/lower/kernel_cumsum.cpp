// Running sums as the vendor's kernel makes them: position by position of the axis, each loaded,
// added to the sum before and stored. Axes before it are on lanes, those behind it beside each
// other in a lane. The compiler stores the first position as it was loaded; here it is copied,
// since what an op makes it computes.

#include <algorithm>
#include <array>

#include "graph/ops/rows.h"
#include "passes/lower/kernel.h"
#include "passes/lower/kernel_stream.h"

namespace tpuscope {
namespace {

/// The operand as [outer, length, inner].
struct Matrix {
  std::int64_t outer = 1;
  std::int64_t length = 1;
  std::int64_t inner = 1;
};

Matrix matrix_of(const OpView& op) {
  const Shape& shape = op.input(0).shape;
  const std::size_t axis = checked_axis(op);
  return {element_count(shape, 0, axis), shape[axis], element_count(shape, axis + 1, shape.size())};
}

/// Longer ones have not been seen; they are cut into tiles.
constexpr std::int64_t kLongest = 2048;

bool serves_cumsum(const Chip& chip, const OpView& op) {
  const Matrix matrix = matrix_of(op);
  constexpr std::int64_t kBuffers = 4;
  return !op.attrs().flag("exclusive") && matrix.length <= kLongest && op.input(0).elements() > 0 &&
         size_of(op.input(0).dtype) <= 4 && chip.local_memory.banks >= kBuffers;
}

class CumSumKernel {
 public:
  CumSumKernel(const OpView& op, const Matrix& matrix, std::int64_t bytes, KernelStream& stream)
      : op_(op), matrix_(matrix), element_bytes_(size_of(op.input(0).dtype)), stream_(stream) {
    for (KernelBuffer& buffer : loaded_)
      buffer = stream.buffer(bytes);
    for (KernelBuffer& buffer : sums_)
      buffer = stream.buffer(bytes);
  }

  void run(const Range& rows, const Range& columns) {
    const LocalShape extent{1, rows.extent(), 1, columns.extent()};
    const auto bits = static_cast<std::uint32_t>(8 * element_bytes_);
    for (std::int64_t i = 0; i < matrix_.length; ++i) {
      const bool is_reverse = op_.attrs().flag("reverse");
      const std::int64_t at = is_reverse ? matrix_.length - 1 - i : i;
      const DdrBlock block = block_of(rows, {at, at + 1}, columns);
      KernelBuffer& loaded = loaded_.at(static_cast<std::size_t>(i % 2));
      KernelBuffer& sum = sums_.at(static_cast<std::size_t>(i % 2));
      KernelBuffer& before = sums_.at(static_cast<std::size_t>((i + 1) % 2));
      stream_.set_slice(slice_++);
      stream_.load(block, loaded);
      if (i == 0) {
        stream_.finish(kernel_vector(ComputeKind::kArith, extent, bits), {&loaded}, sum, block);
      } else {
        stream_.finish(kernel_vector(ComputeKind::kArith, extent, bits, 2), {&loaded, &before}, sum,
                       block);
      }
      stream_.store(sum, block);
    }
  }

 private:
  DdrBlock block_of(const Range& rows, const Range& at, const Range& columns) const {
    DdrBlock block{.view = {matrix_.outer, matrix_.length, matrix_.inner},
                   .region = {rows, at, columns},
                   .local_runs = rows.extent()};
    const bool is_dense = matrix_.length == 1 && columns.extent() == matrix_.inner;
    block.runs = is_dense ? 1 : rows.extent();
    block.bytes = rows.extent() * columns.extent() / block.runs * element_bytes_;
    return block;
  }

  const OpView& op_;
  Matrix matrix_;
  std::int64_t element_bytes_;
  KernelStream& stream_;
  std::int64_t slice_ = 0;
  std::array<KernelBuffer, 2> loaded_{};
  std::array<KernelBuffer, 2> sums_{};
};

/// Cores share the rows; a lane has as many rows, or as much of one, as fit in a bank.
void emit_cumsum_kernel(const Chip& chip, const OpView& op, std::int64_t cores, OpStream& out) {
  KernelStream stream(chip, op, out);
  const Matrix matrix = matrix_of(op);
  const std::int64_t bank =
      chip.bank_bytes() / chip.array.eu_bytes_per_lane * chip.array.eu_bytes_per_lane;
  const std::int64_t bytes = size_of(op.input(0).dtype);
  const std::int64_t width = std::min(matrix.inner, bank / bytes);
  const std::int64_t row_bytes = align_up(width * bytes, chip.array.eu_bytes_per_lane);
  const std::int64_t most_rows = bank / row_bytes * chip.array.lanes;
  const std::int64_t share = ceil_div(matrix.outer, cores);
  for (std::int64_t core = 0; core * share < matrix.outer; ++core) {
    const std::int64_t end = std::min((core + 1) * share, matrix.outer);
    stream.set_core(static_cast<std::size_t>(core));
    const std::int64_t rows = std::min(most_rows, end - core * share);
    CumSumKernel kernel(op, matrix, ceil_div(rows, chip.array.lanes) * row_bytes, stream);
    for (std::int64_t row = core * share; row < end; row += rows) {
      for (std::int64_t column = 0; column < matrix.inner; column += width) {
        kernel.run({row, std::min(row + rows, end)},
                   {column, std::min(column + width, matrix.inner)});
      }
    }
  }
}

TPU_REGISTER(register_kernel({.name = "CumSum",
                              .emit = emit_cumsum_kernel,
                              .takes_any_type = true,
                              .serves = serves_cumsum}));

}  // namespace
}  // namespace tpuscope
