// One function per kernel: see kernel_tiling.h.

#include "passes/tiling/kernel_tiling.h"

#include <algorithm>

#include "passes/tiling/cube_instructions.h"
#include "passes/tiling/wide_product.h"
#include "sim/cost/layout.h"

namespace tpuscope {
namespace {

/// A kernel for operands and results of one shape. They are seen as a matrix whose rows fill all
/// lanes; tiles are whole rows, and what fills no row is a tile of its own.
struct RowKernel {
  std::int64_t lane_elements = 256;  ///< of a row
  std::int64_t banks = 1;            ///< of each buffer
  std::int64_t least_tiles = 2;      ///< so that loads, work and stores overlap
};

RowKernel row_kernel(const OpForm& form, bool has_constant) {
  if (form.view.inputs.size() > 1 && !is_table(*form.def, 1) && !has_constant) {
    // Integers pass through a further buffer, in one tile where that fits.
    if (!is_float(form.view.result().dtype)) return {.banks = 1, .least_tiles = 1};
    return {.banks = 2};
  }
  if (form.def->name == "Cast") return {.lane_elements = 512, .banks = 4};
  if (has_unit(form.def->work(form.view), WorkUnit::kLookup))
    return {.lane_elements = 512, .banks = 3};
  return {};
}

std::int64_t widest_element(const OpView& view) {
  std::int64_t widest = 1;
  for (const TensorType& type : view.inputs)
    widest = std::max(widest, size_of(type.dtype));
  for (const TensorType& type : view.results)
    widest = std::max(widest, size_of(type.dtype));
  return widest;
}

/// With a constant of one element the kernel takes the longest rows that a command can have.
std::vector<SliceLoop> constant_loops(std::int64_t elements) {
  if (elements <= kMostColumns) return {};
  return {{.axis = 0,
           .count = static_cast<std::uint32_t>(ceil_div(elements, kMostColumns)),
           .extent = kMostColumns}};
}

std::vector<SliceLoop> row_loops(const Chip& chip, const OpForm& form, bool has_constant) {
  const RowKernel kernel = row_kernel(form, has_constant);
  const std::int64_t elements = form.view.result().elements();
  const std::int64_t row = chip.array.lanes * kernel.lane_elements;
  const std::int64_t full = elements / row;
  if (full == 0) return {};
  const std::int64_t row_bytes = kernel.lane_elements * widest_element(form.view);
  const std::int64_t most = std::max<std::int64_t>(1, kernel.banks * chip.bank_bytes() / row_bytes);
  const std::int64_t rows = ceil_div(elements, row);
  const std::int64_t tiles = std::max(kernel.least_tiles, ceil_div(rows, most));
  if (tiles == 1) return {};
  const std::int64_t tile = ceil_div(rows, tiles);
  const std::int64_t rest = elements % row == 0 ? 0 : 1;
  const std::int64_t count = ceil_div(full, tile) + rest;
  if (count == 1) return {};
  return {{.axis = 0,
           .count = static_cast<std::uint32_t>(count),
           .extent = std::min(tile, full) * row,
           .remainder = Remainder::kApart,
           .unit = row}};
}

/// The kernel of LeakyRelu goes by bytes: rows of a bank in each lane, as many at once as leave
/// room for two operands and two results; then the vectors that fill no row, and what fills no
/// vector.
std::vector<SliceLoop> bank_loops(const Chip& chip, const OpForm& form) {
  constexpr std::int64_t kBuffers = 4;
  const std::int64_t size = widest_element(form.view);
  const std::int64_t elements = form.view.result().elements();
  const std::int64_t piece = chip.array.lanes * chip.array.eu_bytes_per_lane / size;
  const std::int64_t row = chip.array.lanes * chip.bank_bytes() / size;
  const std::int64_t most = std::max<std::int64_t>(1, chip.local_memory.banks / kBuffers);
  SliceLoop loop{.remainder = Remainder::kFiner, .unit = row, .piece = piece};
  if (elements < row) loop.unit = piece;
  loop.extent = elements / loop.unit * loop.unit;
  if (elements >= row) loop.extent = std::min(loop.extent, most * row);
  if (loop.extent == 0) return {};
  const auto parts = [](std::int64_t rest) { return rest > 0 ? 1U : 0U; };
  loop.count = static_cast<std::uint32_t>(elements / loop.extent) +
               parts(elements % loop.extent / loop.unit) + parts(elements % loop.unit / piece) +
               parts(elements % piece);
  if (loop.count == 1) return {};
  return {loop};
}

/// The kernel of convolutions over maps: all input channels of a tile at once. Rows of the result
/// are cut as seldom as its buffers allow, each in banks of its own and all but sums twice.
class ConvKernel {
 public:
  ConvKernel(const Chip& chip, const OpForm& form)
      : chip_(chip),
        form_(form),
        channels_(form.view.result().shape[1]),
        rows_(form.view.result().shape[2]) {
    const Tile all = tile_of(form, whole(form.view.result().shape));
    is_folded_ = laid_out_channels(chip, steps_of(form, all).front()).has_value();
    is_integer_ = size_of(form.view.input(0).dtype) == 1;
    is_half_ = size_of(form.view.input(0).dtype) == 2;
  }

  std::optional<std::vector<SliceLoop>> loops() const {
    for (std::int64_t tiles = 1; tiles <= rows_; ++tiles) {
      if (const auto channels = tile_channels(ceil_div(rows_, tiles))) {
        std::vector<SliceLoop> loops;
        add_loop(1, ceil_div(channels_, *channels), *channels, Remainder::kLast, loops);
        // Parts of an 8-bit convolution are convolutions by themselves.
        if (!loops.empty()) loops.front().restarts = is_integer_;
        add_loop(2, tiles, ceil_div(rows_, tiles), Remainder::kSpread, loops);
        return loops;
      }
    }
    return std::nullopt;
  }

 private:
  static void add_loop(std::uint32_t axis, std::int64_t count, std::int64_t extent,
                       Remainder remainder, std::vector<SliceLoop>& loops) {
    if (count == 1) return;
    loops.push_back({axis, static_cast<std::uint32_t>(count), extent, remainder});
  }

  /// Channels of a tile of so many rows of the result; none where it does not fit: as many as fit.
  /// In 16 bits those of one slot where rows are not cut, so that filters arrive while the channels
  /// before are worked on, and else all, so that filters stay.
  std::optional<std::int64_t> tile_channels(std::int64_t rows) const {
    const std::int64_t lanes = chip_.array.lanes;
    if (is_half_) {
      const std::int64_t channels = rows == rows_ ? std::min(channels_, lanes) : channels_;
      return fits(rows, channels) ? std::optional(channels) : std::nullopt;
    }
    const std::int64_t slots = ceil_div(channels_, lanes);
    for (std::int64_t parts = 1; parts <= slots; ++parts) {
      const std::int64_t channels = parts == 1 ? channels_ : ceil_div(slots, parts) * lanes;
      if (fits(rows, channels)) return channels;
    }
    return std::nullopt;
  }

  bool fits(std::int64_t rows, std::int64_t channels) const {
    Region region = whole(form_.view.result().shape);
    region[1] = {0, channels};
    // A tile inside, which has all of its halo.
    const std::int64_t begin = std::min(rows, rows_ - rows);
    region[2] = {begin, begin + rows};
    const Tile tile = tile_of(form_, region);
    const TilePlacement placement = place(chip_, form_, tile);
    std::int64_t banks = 2 * banks_of(placement.operands[0].bytes) +
                         2 * banks_of(placement.results[0].bytes) + banks_between(tile);
    const bool streams_filters = is_half_ && rows == rows_;
    if (!is_folded_) banks += (streams_filters ? 2 : 1) * banks_of(filter_bytes(channels));
    // What is left holds biases and multipliers.
    constexpr std::int64_t kKeptFloat = 1;
    constexpr std::int64_t kKeptInteger = 2;
    return banks <= chip_.local_memory.banks - (is_integer_ ? kKeptInteger : kKeptFloat);
  }

  std::int64_t banks_of(std::int64_t bytes) const { return ceil_div(bytes, chip_.bank_bytes()); }

  /// Sums of 32 bits, and the operand that a folded convolution lays out.
  std::int64_t banks_between(const Tile& tile) const {
    std::int64_t sums = 0;
    std::int64_t laid_out = 0;
    for (const PlacedStep& placed_step : steps_of(form_, tile)) {
      const WorkStep& step = placed_step.step;
      const auto bytes = [&](const LocalShape& shape, DType type) {
        return placed(chip_, shape, placed_step.alignment, type).bytes;
      };
      if (step.scaled) sums = bytes({step.n, step.c, step.h, step.w}, DType::kI32);
      const auto channels = laid_out_channels(chip_, placed_step);
      if (channels) laid_out = bytes(*channels, placed_step.type);
    }
    return banks_of(sums) + banks_of(laid_out);
  }

  /// Per lane: input channels fill up what the cube sums at once.
  std::int64_t filter_bytes(std::int64_t channels) const {
    const TensorType& filter = form_.view.input(1);
    const std::int64_t taps = element_count(filter.shape, 2, filter.shape.size());
    const std::int64_t summed =
        std::max<std::int64_t>(1, chip_.array.lanes / size_of(filter.dtype));
    const std::int64_t inputs = align_up(filter.shape[1], summed);
    return ceil_div(channels, chip_.array.lanes) * taps * inputs * size_of(filter.dtype);
  }

  const Chip& chip_;
  const OpForm& form_;
  std::int64_t channels_;
  std::int64_t rows_;
  bool is_folded_ = false;
  bool is_integer_ = false;
  bool is_half_ = false;
};

/// Convolutions of one image with dense filters.
bool has_conv_kernel(const OpForm& form) {
  constexpr std::size_t kMapRank = 4;
  const OpView& view = form.view;
  if (form.def->name != "Conv" || view.input(0).rank() != kMapRank) return false;
  return view.attrs().integer("group") == 1 && view.result().shape[0] == 1;
}

std::vector<SliceLoop> channel_loops(const OpForm& form, std::int64_t channels) {
  const std::int64_t all = form.view.result().shape[1];
  if (all <= channels) return {};
  return {{.axis = 1,
           .count = static_cast<std::uint32_t>(ceil_div(all, channels)),
           .extent = channels}};
}

/// Softmax takes as many rows as fill a bank of each lane.
std::vector<SliceLoop> softmax_loops(const Chip& chip, const OpForm& form) {
  const Shape& shape = form.view.result().shape;
  const std::int64_t row_bytes =
      align_up(shape.back() * size_of(form.view.result().dtype), chip.array.eu_bytes_per_lane);
  const std::int64_t in_lane = std::max<std::int64_t>(1, chip.bank_bytes() / row_bytes);
  const std::int64_t most = in_lane * chip.array.lanes;
  for (std::size_t axis = 0; axis + 1 < shape.size(); ++axis) {
    const std::int64_t inner = element_count(shape, axis + 1, shape.size() - 1);
    if (inner > most && axis + 2 < shape.size()) continue;
    const std::int64_t extent = std::max<std::int64_t>(1, most / inner);
    if (extent >= shape[axis]) return {};
    return {{.axis = static_cast<std::uint32_t>(axis),
             .count = static_cast<std::uint32_t>(ceil_div(shape[axis], extent)),
             .extent = extent}};
  }
  return {};
}

/// Whether what is folded are rows of the last axis, of one image in all or of each matrix.
bool takes_banks_of_rows(const OpForm& form) {
  return form.def->name == "Softmax" && has_row_kernel(form) &&
         size_of(form.view.result().dtype) > 1;
}

/// Transposed convolutions of 16 bits run group by group.
bool takes_single_channels(const OpForm& form) {
  if (form.def->name != "ConvTranspose") return false;
  const std::int64_t groups = form.view.attrs().integer("group");
  return groups > 1 && groups == form.view.result().shape[1] &&
         size_of(form.view.input(0).dtype) == 2;
}

bool takes_channel_slots(const OpForm& form) {
  return form.def->name == "MaxPool" && size_of(form.view.input(0).dtype) == 1 &&
         form.view.result().shape[0] == 1;
}

/// Products of f32, whose kernels balance their tiles.
bool is_wide_product(const OpForm& form) {
  const Work work = form.def->work(form.view);
  return size_of(form.cube_type) > 2 && has_unit(work, WorkUnit::kMatMul);
}

/// Products of 8 bits that read heads from between their matrix axes take one head of all images at
/// a time; those of 16 bits take all.
bool takes_single_heads(const OpForm& form) {
  const Attributes& attributes = form.view.attrs();
  return attributes.find("hdim_is_batch") != nullptr && attributes.flag("hdim_is_batch") &&
         size_of(form.view.input(0).dtype) == 1;
}

std::vector<SliceLoop> head_loops(const OpForm& form) {
  constexpr std::uint32_t kHeads = 2;
  const std::int64_t heads = form.view.result().shape[kHeads];
  if (heads == 1) return {};
  return {{.axis = kHeads, .count = static_cast<std::uint32_t>(heads), .extent = 1}};
}

}  // namespace

std::optional<std::vector<SliceLoop>> kernel_loops(const Chip& chip, const OpForm& form,
                                                   const OperandKinds& kinds) {
  if (const auto tile = wide_product_tile(chip, form)) return wide_product_loops(form, *tile);
  if (form.cores > 1 || form.fold) return std::nullopt;
  if (form.def->name == "LeakyRelu") return bank_loops(chip, form);
  if (form.spread == Spread::kFlat && form.def->name != "Relu") {
    const bool has_constant =
        std::find(kinds.immediate.begin(), kinds.immediate.end(), true) != kinds.immediate.end();
    if (has_constant && is_float(form.view.result().dtype))
      return constant_loops(form.view.result().elements());
    return row_loops(chip, form, has_constant);
  }
  if (has_conv_kernel(form)) return ConvKernel(chip, form).loops();
  if (takes_banks_of_rows(form)) return softmax_loops(chip, form);
  if (takes_single_channels(form)) return channel_loops(form, 1);
  if (takes_single_heads(form)) return head_loops(form);
  if (takes_channel_slots(form)) return channel_loops(form, chip.array.lanes);
  if (is_wide_product(form)) return std::nullopt;
  return std::vector<SliceLoop>{};
}

}  // namespace tpuscope
