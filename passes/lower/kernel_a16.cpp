// A16MatMul as the vendor's kernel runs it. Columns are dealt out to lanes; weights come in tiles
// of columns, two buffers in turn, and are unpacked into half precision beside the load of the next
// tile; the cube multiplies them by x. What shares a bank with a load in progress would wait for
// it, so that each buffer has banks of its own.
//
// One to a lane's number of rows: x is in one row per lane and is transposed once; the scales of
// all columns are loaded at once where they fit. The tile is the largest for which
//   x + (x transposed, scales and zero points) + 2 tiles + 2 results + 2 work areas [+ 2 for a
//   bias]
// fit in all banks but one, or but two where x takes two. More rows: x is dealt out to lanes, its
// banks count twice, scales come with their tile, and all banks can be used. Where not even one
// column per lane fits, rows are cut in equal chunks; with one row per lane the inner dimension is.

#include "passes/lower/kernel_a16.h"

#include <algorithm>

#include "passes/lower/kernel.h"
#include "passes/lower/kernel_stream.h"

namespace tpuscope {
namespace {

constexpr std::int64_t kHalf = 2;        // bytes of an element of x
constexpr std::int64_t kScaleBytes = 3;  // a half-precision scale and an 8-bit zero point
constexpr std::int64_t kMostParts = 64;
/// Quarters of banks that a tile of half-precision weights takes at most, for one row of x.
constexpr std::int64_t kPlainTileBanks = 27;

std::int64_t weight_bytes(const PackedProduct& product, std::int64_t inner) {
  return inner * product.bits / 8;
}
std::int64_t scale_bytes(const PackedProduct& product, std::int64_t inner) {
  return product.is_packed() ? ceil_div(inner, product.group) * kScaleBytes : 0;
}

/// Whether vector instructions take 4-bit operands as they are packed.
bool takes_4_bits(const Chip& chip) {
  return chip.array.native_4_bit != 0;
}

/// Inner elements of a part: whole groups.
std::int64_t inner_of(const PackedProduct& product, std::int64_t parts) {
  const std::int64_t unit = product.is_packed() ? product.group : 1;
  return std::min(product.inner, align_up(ceil_div(product.inner, parts), unit));
}

/// Whether so much fits, in banks.
class Space {
 public:
  Space(const Chip& chip, const PackedProduct& product)
      : bank_(chip.bank_bytes()),
        all_(chip.local_memory.banks),
        lanes_(chip.array.lanes),
        product_(product),
        lane_columns_(ceil_div(product.columns, lanes_)) {}

  bool is_narrow() const { return product_.rows <= lanes_; }

  /// Columns per lane of the largest tile, 0 where there is none.
  std::int64_t most_columns(std::int64_t rows, std::int64_t parts, bool all_scales) const {
    std::int64_t most = 0;
    while (most < lane_columns_ && fits(rows, most + 1, parts, all_scales))
      ++most;
    return most;
  }

 private:
  std::int64_t banks(std::int64_t bytes) const { return ceil_div(bytes, bank_); }

  bool fits(std::int64_t rows, std::int64_t columns, std::int64_t parts, bool all_scales) const {
    const std::int64_t inner = inner_of(product_, parts);
    const std::int64_t scales = scale_bytes(product_, inner);
    const std::int64_t x = banks(ceil_div(rows, lanes_) * inner * kHalf);
    const std::int64_t results = 2 * banks(columns * rows * kHalf);
    const std::int64_t work = product_.is_packed() ? 2 * banks(columns * inner * kHalf) : 0;
    const std::int64_t tile = columns * weight_bytes(product_, inner);
    if (is_narrow() && !product_.is_packed()) return tile * 4 <= bank_ * kPlainTileBanks;
    const std::int64_t bias = product_.has_bias ? 2 : 0;
    if (is_narrow()) {
      const std::int64_t area = banks(inner + (all_scales ? lane_columns_ : columns) * scales);
      const std::int64_t most = all_ - (x > 1 ? 2 : 1);
      return x + area + 2 * banks(tile) + results + work + bias <= most;
    }
    return 2 * x + 2 * banks(tile + columns * scales) + results + work + bias <= all_;
  }

  std::int64_t bank_;
  std::int64_t all_;
  std::int64_t lanes_;
  const PackedProduct& product_;
  std::int64_t lane_columns_;
};

/// Tiles of one size, a multiple of the lanes.
std::int64_t equal_tiles(const Chip& chip, std::int64_t columns, std::int64_t lane_columns) {
  const std::int64_t tiles = ceil_div(columns, lane_columns * chip.array.lanes);
  return align_up(ceil_div(columns, tiles), chip.array.lanes);
}

/// Sets rows and columns for the parts that the tiling has; false where no tile fits. Rows are cut
/// further before the inner dimension is.
bool cut_rows(const Chip& chip, const PackedProduct& product, const Space& space,
              PackedTiling& tiling) {
  const std::int64_t parts = tiling.parts;
  const std::int64_t fewest_rows = space.is_narrow() ? product.rows : chip.array.lanes / 2;
  std::int64_t chunks = parts == 1 || space.is_narrow() ? 1 : ceil_div(product.rows, fewest_rows);
  for (;; ++chunks) {
    tiling.rows = ceil_div(product.rows, chunks);
    if (const std::int64_t most = space.most_columns(tiling.rows, parts, false); most > 0) {
      // Chunks and parts go with the smallest tiles.
      tiling.columns = equal_tiles(chip, product.columns, chunks == 1 && parts == 1 ? most : 1);
      return true;
    }
    if (tiling.rows <= fewest_rows) return false;
  }
}

}  // namespace

PackedTiling packed_tiling(const Chip& chip, const PackedProduct& product) {
  const Space space(chip, product);
  PackedTiling tiling{.rows = product.rows};
  const bool loads_at_once = space.is_narrow() && !takes_4_bits(chip);
  for (std::int64_t parts = 1; parts <= kMostParts; ++parts) {
    tiling.parts = parts;
    if (parts == 1 && loads_at_once && product.is_packed()) {
      if (const std::int64_t most = space.most_columns(product.rows, 1, true); most > 0) {
        tiling.has_all_scales = true;
        tiling.columns = equal_tiles(chip, product.columns, most);
        return tiling;
      }
    }
    if (cut_rows(chip, product, space, tiling)) return tiling;
  }
  tiling.columns = chip.array.lanes;
  return tiling;
}

namespace {

/// The kernel on one core.
class PackedKernel {
 public:
  PackedKernel(const Chip& chip, const OpView& op, const PackedProduct& product,
               KernelStream& stream)
      : chip_(chip), op_(op), product_(product), stream_(stream), type_(op.input(0).dtype) {}

  /// Columns [begin, end).
  void run(std::int64_t begin, std::int64_t end) {
    PackedProduct own = product_;
    own.columns = end - begin;
    tiling_ = packed_tiling(chip_, own);
    begin_ = begin;
    end_ = end;
    inner_ = inner_of(product_, tiling_.parts);
    tiling_.parts = ceil_div(product_.inner, inner_);
    make_buffers();
    std::vector<Stage> stages;
    for (std::int64_t row = 0; row < product_.rows; row += tiling_.rows) {
      for (std::int64_t column = begin; column < end; column += tiling_.columns) {
        for (std::int64_t part = 0; part < tiling_.parts; ++part) {
          stages.push_back({{row, std::min(row + tiling_.rows, product_.rows)},
                            {column, std::min(column + tiling_.columns, end)},
                            part});
        }
      }
    }
    load(stages[0], 0);
    for (std::size_t i = 0; i < stages.size(); ++i) {
      // The next chunk's x takes the place of this one's.
      const bool is_last_of_chunk =
          i + 1 < stages.size() && stages[i + 1].rows.begin != stages[i].rows.begin;
      if (i + 1 < stages.size() && !is_last_of_chunk) load(stages[i + 1], i + 1);
      compute(stages[i], i);
      if (is_last_of_chunk) load(stages[i + 1], i + 1);
    }
  }

 private:
  struct Stage {
    Range rows{};
    Range columns{};
    std::int64_t part = 0;
  };

  bool is_narrow() const { return product_.rows <= chip_.array.lanes; }
  std::int64_t groups_of(std::int64_t inner) const {
    return product_.is_packed() ? inner / product_.group : 0;
  }

  void make_buffers() {
    const std::int64_t lanes = chip_.array.lanes;
    const std::int64_t columns = ceil_div(tiling_.columns, lanes);
    const std::int64_t x_bytes = ceil_div(tiling_.rows, lanes) * inner_ * kHalf;
    x_[0] = stream_.buffer(x_bytes);
    if (tiling_.parts > 1) x_[1] = stream_.buffer(x_bytes);
    const std::int64_t w_bytes = columns * weight_bytes(product_, inner_);
    const std::int64_t per_column = groups_of(inner_);
    for (std::size_t i = 0; i < 2; ++i) {
      const std::int64_t scales = tiling_.has_all_scales ? 0 : columns * per_column;
      const std::int64_t result_bytes = columns * tiling_.rows * kHalf;
      // The few results of a large tile of plain weights share its last bank.
      const bool shares = is_narrow() && !product_.is_packed();
      w_[i] = stream_.buffer(w_bytes + scales * kScaleBytes + (shares ? result_bytes : 0));
      take_scales(w_[i], w_bytes, scales, i);
      result_[i].range = {w_[i].range.address + narrowed(w_bytes), narrowed(result_bytes)};
      if (!shares) result_[i] = stream_.buffer(result_bytes);
      w_[i].range.bytes = narrowed(w_bytes);
      if (product_.is_packed()) work_[i] = stream_.buffer(columns * inner_ * kHalf);
    }
    if (tiling_.has_all_scales) {
      const std::int64_t scales = ceil_div(end_ - begin_, lanes) * per_column;
      take_scales(stream_.buffer(scales * kScaleBytes), 0, scales, 0);
    }
    if (is_narrow() && product_.is_packed()) turned_ = stream_.buffer(inner_);
    if (!product_.has_bias) return;
    for (KernelBuffer& bias : bias_)
      bias = stream_.buffer(columns * kHalf);
  }

  /// Scales and zero points lie in the buffer from `offset` on.
  void take_scales(const KernelBuffer& area, std::int64_t offset, std::int64_t count,
                   std::size_t i) {
    const std::uint32_t address = area.range.address + narrowed(offset);
    scale_[i].range = {address, narrowed(count * kHalf)};
    zero_[i].range = {address + narrowed(count * kHalf), narrowed(count)};
  }

  // --- loads ---

  void load(const Stage& stage, std::size_t i) {
    stream_.set_slice(static_cast<std::int64_t>(i));
    KernelBuffer& x = x_[x_index(i)];
    const bool is_new_chunk = i == 0 || stage.rows.begin != loaded_row_;
    if (is_new_chunk || tiling_.parts > 1) load_x(stage, x);
    loaded_row_ = stage.rows.begin;
    load_w(stage, w_[i % 2]);
    if (product_.has_bias && stage.part == 0) load_bias(stage, bias_of(i));
    if (!product_.is_packed() || (i > 0 && tiling_.has_all_scales)) return;
    const Range columns = tiling_.has_all_scales ? Range{begin_, end_} : stage.columns;
    load_groups(2, columns, stage.part, kHalf, scale_[i % 2]);
    load_groups(3, columns, stage.part, 1, zero_[i % 2]);
  }

  /// Of the tile that stage `i` works on.
  KernelBuffer& bias_of(std::size_t i) {
    return bias_[i / static_cast<std::size_t>(tiling_.parts) % 2];
  }

  std::size_t x_index(std::size_t i) const { return tiling_.parts > 1 ? i % 2 : 0; }

  Range inner_range(std::int64_t part) const {
    return {part * inner_, std::min((part + 1) * inner_, product_.inner)};
  }

  /// The rows as a region of x, whose rows may lie along several axes.
  Region rows_region(const TensorType& type, const Range& rows, const Range& last) const {
    Region region = whole(type.shape);
    region.back() = last;
    for (std::size_t axis = 0; axis + 1 < region.size(); ++axis)
      if (type.shape[axis] == product_.rows) region[axis] = rows;
    return region;
  }

  void load_x(const Stage& stage, KernelBuffer& to) {
    const Range inner = inner_range(stage.part);
    const std::int64_t runs = tiling_.parts > 1 ? stage.rows.extent() : 1;
    stream_.load({.index = 0,
                  .region = rows_region(op_.input(0), stage.rows, inner),
                  .runs = runs,
                  .bytes = stage.rows.extent() / runs * inner.extent() * kHalf,
                  .local_runs = stage.rows.extent()},
                 to);
  }

  void load_w(const Stage& stage, KernelBuffer& to) {
    const Range inner = inner_range(stage.part);
    const std::int64_t row = weight_bytes(product_, inner.extent());
    const std::int64_t columns = stage.columns.extent();
    const bool is_whole = tiling_.parts == 1;
    const auto position = [&](std::int64_t element) {
      return product_.is_packed() ? weight_bytes(product_, element) : element;
    };
    stream_.load({.is_weight = true,
                  .index = 1,
                  .region = {stage.columns, {position(inner.begin), position(inner.end)}},
                  .runs = is_whole ? 1 : columns,
                  .bytes = is_whole ? columns * row : row,
                  .local_runs = columns},
                 to);
  }

  /// Scales and zero points are stored by lanes.
  void load_groups(std::size_t operand, const Range& columns, std::int64_t part, std::int64_t bytes,
                   KernelBuffer& to) {
    const Range inner = inner_range(part);
    const Range groups{groups_of(inner.begin), groups_of(inner.end)};
    const std::int64_t all = columns.extent() * groups.extent() * bytes;
    const std::int64_t lanes = std::min(chip_.array.lanes, columns.extent());
    const bool is_whole = columns.extent() == product_.columns && tiling_.parts == 1;
    const std::int64_t runs = is_whole ? 1 : lanes;
    stream_.load({.is_weight = true,
                  .index = operand,
                  .region = {columns, groups},
                  .runs = runs,
                  .bytes = ceil_div(all, runs),
                  .local_runs = lanes},
                 to);
  }

  void load_bias(const Stage& stage, KernelBuffer& to) {
    stream_.load({.is_weight = true,
                  .index = op_.inputs.size() - 1,
                  .region = {stage.columns},
                  .runs = 1,
                  .bytes = stage.columns.extent() * kHalf,
                  .local_runs = std::min(chip_.array.lanes, stage.columns.extent())},
                 to);
  }

  // --- arithmetic ---

  /// A column's results lie one by one.
  std::int64_t lane_runs(const Stage& stage) const {
    return is_narrow() ? stage.columns.extent() : 1;
  }

  void compute(const Stage& stage, std::size_t i) {
    stream_.set_slice(static_cast<std::int64_t>(i));
    KernelBuffer& x = x_[x_index(i)];
    KernelBuffer& w = w_[i % 2];
    KernelBuffer& scale = scale_[tiling_.has_all_scales ? 0 : i % 2];
    KernelBuffer& zero = zero_[tiling_.has_all_scales ? 0 : i % 2];
    const std::int64_t lane_columns = ceil_div(stage.columns.extent(), chip_.array.lanes);
    const std::int64_t inner = inner_range(stage.part).extent();
    const LocalShape weights{1, chip_.array.lanes, lane_columns, inner};
    KernelBuffer* half = &w;
    if (product_.is_packed()) {
      dequantise(weights, w, zero, scale);
      half = &work_[1];
    }
    if (is_narrow() && product_.is_packed() && (i == 0 || tiling_.parts > 1)) turn(x, inner);
    const std::size_t tile = i / static_cast<std::size_t>(tiling_.parts);
    KernelBuffer& result = result_[tile % 2];
    const std::int64_t rows = stage.rows.extent();
    const ComputeInstruction product =
        kernel_product(stage.columns.extent(), rows, inner, type_, true);
    const bool is_last = stage.part + 1 == tiling_.parts;
    // Rows of half-precision weights leave their results as the column that they are.
    const bool turns = is_narrow() && product_.is_packed();
    const DdrBlock block{
        .index = 0,
        .region = rows_region(op_.result(), stage.rows, stage.columns),
        .runs = rows,
        .bytes = stage.columns.extent() * kHalf,
        .local_runs = turns ? std::max(rows, std::min(chip_.array.lanes, stage.columns.extent()))
                            : std::max(rows, lane_runs(stage))};
    if (!is_last || turns || product_.has_bias) {
      stream_.compute(product, {half, &x}, result);
    } else {
      stream_.finish(product, {half, &x}, result, block);
    }
    if (!is_last) return;
    if (product_.has_bias) {
      const ComputeInstruction add =
          kernel_vector(ComputeKind::kArith, {1, chip_.array.lanes, lane_columns, rows}, 16, 2);
      if (turns) {
        stream_.compute(add, {&bias_of(i), &result}, result);
      } else {
        stream_.finish(add, {&bias_of(i), &result}, result, block);
      }
    }
    // A few results per lane become rows again.
    if (turns) {
      const LocalShape turned{1, chip_.array.lanes,
                              ceil_div(lane_columns * rows, chip_.array.lanes), chip_.array.lanes};
      stream_.finish(kernel_vector(ComputeKind::kTranspose, turned, 16), {&result}, result, block);
    }
    stream_.store(result, block);
  }

  /// A row becomes a column, in as many passes as it has vectors.
  void turn(KernelBuffer& x, std::int64_t inner) {
    const std::int64_t lanes = chip_.array.lanes;
    const std::int64_t vectors = ceil_div(inner * kHalf, chip_.array.eu_bytes_per_lane);
    stream_.compute(
        kernel_vector(ComputeKind::kTranspose, {1, lanes, ceil_div(vectors, lanes), lanes}, 16),
        {&x}, turned_);
  }

  /// Codes to half precision: in `work_[1]`. The zero point of a group is read with a stride of 0.
  void dequantise(const LocalShape& weights, KernelBuffer& w, KernelBuffer& zero,
                  KernelBuffer& scale) {
    KernelBuffer* codes = &w;
    const bool unpacks = product_.bits == 4 && !takes_4_bits(chip_);
    if (unpacks) {
      // One command for each half of the bytes; their results lie in between each other.
      ComputeInstruction split =
          kernel_vector(ComputeKind::kArith, {weights.n, weights.c, weights.h, weights.w / 2}, 8);
      split.output.is_strided = true;
      split.output.w_stride = 2;
      stream_.compute(split, {&w}, work_[0]);
      stream_.compute(split, {&w}, work_[0]);
      codes = &work_[0];
    }
    // The difference of 8-bit numbers takes 16 bits, of 4-bit ones 8.
    ComputeInstruction centre =
        kernel_vector(ComputeKind::kArith, weights, product_.bits == 8 ? 16 : 8, 2);
    centre.operands[0].bits = 8;
    centre.operands[1].bits = 8;
    stream_.compute(centre, {codes, &zero, &w}, work_[1]);
    ComputeInstruction cast = kernel_vector(ComputeKind::kCast, weights, 16);
    cast.operands[0].bits = product_.bits == 8 ? 16 : 8;
    stream_.compute(cast, {&work_[1]}, work_[0]);
    stream_.compute(kernel_vector(ComputeKind::kArith, weights, 16, 2), {&work_[0], &scale},
                    work_[1]);
  }

  const Chip& chip_;
  const OpView& op_;
  const PackedProduct& product_;
  KernelStream& stream_;
  DType type_;
  PackedTiling tiling_{};
  std::int64_t begin_ = 0;
  std::int64_t end_ = 0;
  std::int64_t inner_ = 0;
  std::int64_t loaded_row_ = -1;
  std::array<KernelBuffer, 2> x_{};
  std::array<KernelBuffer, 2> w_{};
  std::array<KernelBuffer, 2> result_{};
  std::array<KernelBuffer, 2> scale_{};
  std::array<KernelBuffer, 2> zero_{};
  std::array<KernelBuffer, 2> work_{};
  std::array<KernelBuffer, 2> bias_{};
  KernelBuffer turned_{};
};

void emit_a16(const Chip& chip, const OpView& op, std::int64_t cores, OpStream& out) {
  const PackedProduct product = packed_product(op);
  KernelStream stream(chip, op, out);
  const std::int64_t lanes = chip.array.lanes;
  const std::int64_t share = align_up(ceil_div(product.columns, cores), lanes);
  for (std::int64_t core = 0; core * share < product.columns; ++core) {
    stream.set_core(static_cast<std::size_t>(core));
    PackedKernel(chip, op, product, stream)
        .run(core * share, std::min((core + 1) * share, product.columns));
  }
}

TPU_REGISTER(register_kernel({.name = "A16MatMul", .emit = emit_a16}));

}  // namespace
}  // namespace tpuscope
