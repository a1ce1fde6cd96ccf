// Forms of single ops: see op_form.h.

#include "passes/tiling/op_form.h"

#include <algorithm>
#include <limits>
#include <string_view>

#include "graph/region.h"
#include "passes/tiling/cube_instructions.h"
#include "passes/tiling/wide_product.h"

namespace tpuscope {
namespace {

/// Extents of a tensor over the result's axes: 1 where it is broadcast.
Shape broadcast_extents(const Shape& shape, std::size_t rank) {
  Shape extents(rank - shape.size(), 1);
  extents.insert(extents.end(), shape.begin(), shape.end());
  return extents;
}

/// Merges neighbouring axes along which every operand is whole, or every one broadcast, alike.
/// Tables have axes of their own.
void merge_axes(const OpDef& def, OpView& view) {
  const Shape result = view.result().shape;
  std::vector<Shape> operands;
  for (std::size_t i = 0; i < view.inputs.size() && !is_table(def, i); ++i) {
    operands.push_back(broadcast_extents(view.input(i).shape, result.size()));
  }
  Shape merged;
  std::vector<Shape> merged_operands(operands.size());
  std::vector<bool> pattern;
  for (std::size_t axis = 0; axis < result.size(); ++axis) {
    if (result[axis] == 1) continue;
    std::vector<bool> here;
    for (const Shape& operand : operands)
      here.push_back(operand[axis] == result[axis]);
    const bool joins = !merged.empty() && here == pattern;
    if (!joins) merged.push_back(1);
    merged.back() *= result[axis];
    for (std::size_t i = 0; i < operands.size(); ++i) {
      if (!joins) merged_operands[i].push_back(1);
      merged_operands[i].back() *= operands[i][axis];
    }
    pattern = std::move(here);
  }
  if (merged.empty()) {
    merged.push_back(1);
    for (Shape& operand : merged_operands)
      operand.push_back(1);
  }
  for (TensorType& type : view.results)
    type.shape = merged;
  for (std::size_t i = 0; i < operands.size(); ++i)
    view.inputs[i].shape = merged_operands[i];
}

/// Axes before `axis` are n, those after it w.
LocalShape spread_over(const Shape& shape, std::size_t axis) {
  return {.n = element_count(shape, 0, axis),
          .c = shape[axis],
          .h = 1,
          .w = element_count(shape, axis + 1, shape.size())};
}

/// Quotients and roots exist in f32 only, and sines are made of them: the vendor's compiler puts
/// such a function between two casts. Exponentials and logarithms alone run in 16 bits, and an op
/// that says which of its steps are f32 has its casts already. Error functions have theirs in the
/// network, or are computed in 16 bits (half_erf).
bool is_widened(const Work& work, DType vector_type) {
  if (!is_float(vector_type) || size_of(vector_type) != 2) return false;
  const bool is_mixed = std::any_of(work.begin(), work.end(),
                                    [](const WorkStep& step) { return step.type.has_value(); });
  return !is_mixed && std::any_of(work.begin(), work.end(), [](const WorkStep& step) {
    return step.unit == WorkUnit::kDivide || step.unit == WorkUnit::kRsqrt ||
           step.unit == WorkUnit::kSin;
  });
}

/// The axis of an elementwise op's merged shape that goes over lanes: the one with the fewest
/// vectors.
void choose_lane_axis(const Chip& chip, OpForm& form) {
  const Shape& shape = form.view.result().shape;
  form.spread = shape.size() == 1 ? Spread::kFlat : Spread::kAxis;
  std::int64_t best = std::numeric_limits<std::int64_t>::max();
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    // One element of a row in each lane: transfers move them one by one.
    const LocalShape spread = spread_over(shape, axis);
    const bool is_scattered = spread.w == 1 && spread.c > 1;
    const std::int64_t count =
        is_scattered ? spread.n * spread.c : vectors(chip, spread, form.vector_type);
    if (count >= best) continue;
    best = count;
    form.lane_axis = axis;
  }
}

void choose_spread(const Chip& chip, OpForm& form) {
  const OpDef& def = *form.def;
  const bool is_plain = def.input_region == nullptr && def.divisible_axes == nullptr;
  if (def.layout == LayoutRule::kElementwise && is_plain) {
    merge_axes(def, form.view);
    choose_lane_axis(chip, form);
    return;
  }
  if (def.layout == LayoutRule::kRows && def.row_axes != nullptr) {
    form.spread = Spread::kRows;
    const std::vector<bool> rows = def.row_axes(form.view);
    for (std::size_t axis = 0; axis < rows.size(); ++axis) {
      if (rows[axis]) form.row_length *= form.view.input(0).shape[axis];
    }
    return;
  }
  form.spread = def.work != nullptr && has_unit(def.work(form.view), WorkUnit::kMatMul)
                    ? Spread::kMatrix
                    : Spread::kMap;
}

/// The tile as the op's own functions see it.
OpView view_of(const OpForm& form, const Tile& tile) {
  OpView view{.attributes = form.view.attributes};
  for (std::size_t i = 0; i < form.view.inputs.size(); ++i) {
    view.inputs.push_back({form.view.inputs[i].dtype, extents_of(tile.operands[i])});
  }
  for (std::size_t i = 0; i < form.view.results.size(); ++i) {
    view.results.push_back({form.view.results[i].dtype, extents_of(tile.results[i])});
  }
  return view;
}

/// The work of a tile. A piece of a convolution's channels, however few, is no convolution of few:
/// its filter has the form that those of the other pieces have.
Work work_of(const OpForm& form, const OpView& tile) {
  Work work = form.def->work(tile);
  if (!form.fold) return work;
  for (WorkStep& step : work) {
    if (step.filter.channels > 0) step.filter.channels = form.view.input(0).shape[1];
  }
  return work;
}

/// Of an op that is alone: its norms sum in f32, whatever their type, and scale what they made f32
/// for that (read off streams of 256 x 768, 3136 x 96 and 256 x 1024).
Work summed_in_f32(const OpForm& form, Work work) {
  const auto converts = std::find_if(work.begin(), work.end(), [](const WorkStep& step) {
    return step.unit == WorkUnit::kConvert;
  });
  if (!has_row_kernel(form) || form.fold || converts == work.end()) return work;
  const auto root = std::find_if(
      work.begin(), work.end(), [](const WorkStep& step) { return step.unit == WorkUnit::kRsqrt; });
  if (root == work.end() || root + 1 == work.end()) return work;
  if (work.front().unit != WorkUnit::kReduce) {
    work.erase(root + 1);  // the row is f32 already
    return work;
  }
  const WorkStep widen = *converts;
  const WorkStep narrow = *(root + 1);
  work.front().type = DType::kF32;
  work.insert(work.begin() + 1, narrow);
  work.insert(work.begin(), widen);
  return work;
}

/// Rows of a matrix on lanes, or all outer axes where the product treats them as further rows;
/// whichever of the mappings takes the fewest bytes.
Placement placed_matrix(const Chip& chip, const TensorType& type, bool joins_rows) {
  const Shape& s = type.shape;
  const std::size_t rank = s.size();
  if (rank < 2) return placed(chip, {1, 1, 1, type.elements()}, Alignment::kAligned, type.dtype);
  std::vector<LocalShape> shapes{local_shape(chip, s, GroupType::kNormal),
                                 {element_count(s, 0, rank - 2), s[rank - 2], 1, s[rank - 1]}};
  if (joins_rows) shapes.push_back({1, element_count(s, 0, rank - 1), 1, s[rank - 1]});
  Placement best;
  for (const LocalShape& shape : shapes) {
    const Placement candidate = placed(chip, shape, Alignment::kAligned, type.dtype);
    if (best.bytes == 0 || candidate.bytes < best.bytes) best = candidate;
  }
  return best;
}

/// Products of f32 have some columns of each row in a lane: of the left operand a vector, of what
/// has the result's columns as many as the kernel chose.
void deal_out(const Chip& chip, const OpForm& form, const TensorType& type,
              std::optional<std::size_t> operand, Placement& matrix) {
  const std::int64_t columns = type.shape.empty() ? 1 : type.shape.back();
  std::int64_t in_lane = chip.eu_count(DType::kF32);
  if (operand != std::size_t{0}) in_lane = std::max(in_lane, form.lane_columns);
  matrix.runs = type.elements() / std::max<std::int64_t>(1, columns) * ceil_div(columns, in_lane);
  matrix.is_matrix = true;
}

void cut_to_piece(const FoldRange& fold, Tile& tile) {
  for (std::size_t i = 0; i < tile.operands.size(); ++i) {
    if (fold.axes[i]) tile.operands[i][*fold.axes[i]] = fold.range;
  }
  if (!fold.result_axis) return;
  tile.result[*fold.result_axis] = fold.range;
  for (Region& region : tile.results)
    region[*fold.result_axis] = fold.range;
}

/// A piece's fold waits in working space to be joined with the result so far, but for products,
/// which are added where they are; what earlier sweeps folded rows to stays there.
void add_space_of_folds(const Chip& chip, const FoldRange& fold,
                        const std::vector<PlacedStep>& steps, TilePlacement& placement) {
  if (fold.roles.empty()) return;
  std::int64_t results = 0;
  for (const Placement& result : placement.results)
    results += result.bytes;
  placement.scratch_bytes = std::max(placement.scratch_bytes, results);
  if (fold.sweeps == 1) return;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (fold.roles[i] == StepRole::kPiece) continue;
    const WorkStep& step = steps[i].step;
    placement.scratch_bytes +=
        placed(chip, {step.n, step.c, step.h, step.w}, steps[i].alignment, steps[i].type).bytes;
  }
}

/// Whether the op is a mean of whole maps of 8 bits, whose kernel deals channels out to lanes in
/// runs: what a lane holds is contiguous in DDR (ResNet-50, DeepSORT, YOLOv8s-cls and the probe
/// gap_2048_7, whose transfers have as many rows as there are lanes).
bool takes_runs_of_channels(const Chip& chip, const OpForm& form) {
  if (form.def->name != "AveragePool" || size_of(form.view.input(0).dtype) != 1) return false;
  const Shape& result = form.view.result().shape;
  return result[1] % chip.array.lanes == 0 && element_count(result, 2, result.size()) == 1;
}

/// `operand` is empty for a result.
Placement place_tensor(const Chip& chip, const OpForm& form, const TensorType& type,
                       std::optional<std::size_t> operand, std::int64_t rows, const Work& work) {
  const std::int64_t elements = type.elements();
  if (operand && is_table(*form.def, *operand))
    return placed(chip, {1, 1, 1, elements}, Alignment::kCompact, type.dtype);
  switch (form.spread) {
    case Spread::kFlat:
      return placed(chip, {1, elements, 1, 1}, Alignment::kCompact, type.dtype);
    case Spread::kAxis:
      return placed(chip, spread_over(type.shape, form.lane_axis), Alignment::kAligned, type.dtype);
    case Spread::kRows: {
      const bool is_parameter = operand.value_or(0) > 0 && elements <= form.row_length;
      if (is_parameter || elements % rows != 0) {
        return placed(chip, {1, 1, 1, elements}, Alignment::kCompact, type.dtype);
      }
      return placed(chip, {1, rows, 1, elements / rows}, Alignment::kCompact, type.dtype);
    }
    case Spread::kMatrix: {
      Placement matrix = placed_matrix(chip, type, !work.empty() && work.front().n == 1);
      const bool is_packed = operand.value_or(0) == 1 && is_attention(work);
      if (is_packed) matrix.runs = std::min(matrix.runs, chip.array.lanes);
      if (size_of(form.cube_type) > 2) deal_out(chip, form, type, operand, matrix);
      return matrix;
    }
    case Spread::kMap: {
      const bool is_filter = operand.value_or(0) > 0 && (has_unit(work, WorkUnit::kConv) ||
                                                         has_unit(work, WorkUnit::kDepthwise));
      if (is_filter && !type.shape.empty()) {
        return placed_filter(chip, work, *operand, type.dtype, type.shape[0], elements);
      }
      if (takes_runs_of_channels(chip, form)) {
        const std::int64_t channels = type.shape[0] * type.shape[1];
        const LocalShape shape{1, channels, 1, elements / channels};
        return placed(chip, shape, Alignment::kCompact, type.dtype);
      }
      return placed(chip, local_shape(chip, type.shape, GroupType::kNormal), Alignment::kAligned,
                    type.dtype);
    }
  }
  unreachable();
}

}  // namespace

DType vector_type_of(const OpView& op) {
  std::vector<DType> types;
  if (op.has_input(0)) types.push_back(op.input(0).dtype);
  for (const TensorType& type : op.results)
    types.push_back(type.dtype);
  DType widest = types.front();
  for (const DType type : types) {
    const auto key = [](DType t) { return std::pair(is_float(t), size_of(t)); };
    if (key(type) > key(widest)) widest = type;
  }
  if (size_of(widest) <= 4) return widest;
  return is_float(widest) ? DType::kF32 : DType::kI32;
}

Placement placed(const Chip& chip, const LocalShape& shape, Alignment alignment, DType type) {
  Placement placement{.shape = shape, .alignment = alignment};
  const std::int64_t slots = shape.n * ceil_div(shape.c, chip.array.lanes);
  if (alignment == Alignment::kCompact) {
    const std::int64_t bytes = slots * shape.h * shape.w * size_of(type);
    placement.bytes = align_up(bytes, chip.array.eu_bytes_per_lane);
    placement.runs = std::min(shape.n * shape.c, chip.array.lanes);
  } else {
    placement.bytes = bytes_per_lane(chip, shape, type);
    placement.runs = shape.n * shape.c;
  }
  return placement;
}

bool is_single_core(const OpDef& def, const OpView& op) {
  constexpr std::size_t kVolumeRank = 5;
  return def.work != nullptr && op.has_input(0) && op.input(0).rank() == kVolumeRank &&
         has_unit(def.work(op), WorkUnit::kConv);
}

/// Read off streams of BERT, Swin-T and wenet: wide products of f32 put two vectors of a row in a
/// lane although one would do.
std::int64_t usual_lane_columns(const Chip& chip, const OpForm& form) {
  if (size_of(form.cube_type) <= 2) return 0;
  constexpr std::int64_t kWide = 768;
  constexpr std::int64_t kLong = 1024;
  for (const WorkStep& step : form.def->work(form.view)) {
    const bool is_wide =
        step.unit == WorkUnit::kMatMul && step.w >= kWide && std::max(step.w, step.reduce) > kLong;
    if (is_wide) return 2 * chip.eu_count(DType::kF32);
  }
  return 0;
}

OpForm form_of(const Chip& chip, const OpDef& def, const OpView& op) {
  OpForm form{.def = &def, .view = op};
  form.vector_type = vector_type_of(op);
  form.cube_type = op.has_input(0) ? op.input(0).dtype : form.vector_type;
  form.cores = is_single_core(def, op) ? 1 : chip.array.cores;
  choose_spread(chip, form);
  if (form.spread == Spread::kMatrix) {
    // Where the kernel's tiles are known they say how many columns a lane has.
    const std::optional<WideProductTile> tile = wide_product_tile(chip, form);
    form.lane_columns = tile ? tile->lane_columns : usual_lane_columns(chip, form);
    form.reloads_bias = tile.has_value();
  }
  if (form.spread == Spread::kFlat || form.spread == Spread::kAxis) {
    form.divisible.assign(form.view.result().rank(), true);
  } else {
    form.divisible = divisible_axes(def, form.view);
    // Whole groups of channels may be apart, which as layers of a group they may not.
    if (def.channel_unit != nullptr && !form.divisible[1]) {
      form.channel_unit = def.channel_unit(form.view);
      form.divisible[1] = true;
    }
  }
  return form;
}

Tile tile_of(const OpForm& form, const Region& result) {
  Tile tile{.result = result};
  tile.results.reserve(form.view.results.size());
  tile.operands.reserve(form.view.inputs.size());
  const Shape& shape = form.view.result().shape;
  for (const TensorType& type : form.view.results) {
    Region region = whole(type.shape);
    for (std::size_t axis = 0; type.rank() == shape.size() && axis < shape.size(); ++axis) {
      if (type.shape[axis] == shape[axis]) region[axis] = result[axis];
    }
    tile.results.push_back(std::move(region));
  }
  tile.results.front() = result;
  const bool is_merged = form.spread == Spread::kFlat || form.spread == Spread::kAxis;
  for (std::size_t i = 0; i < form.view.inputs.size(); ++i) {
    if (!is_merged || is_table(*form.def, i)) {
      tile.operands.push_back(input_region(*form.def, form.view, i, result));
      continue;
    }
    Region region = result;
    for (std::size_t axis = 0; axis < region.size(); ++axis) {
      if (form.view.input(i).shape[axis] == 1) region[axis] = {0, 1};
    }
    tile.operands.push_back(std::move(region));
  }
  if (form.fold) cut_to_piece(*form.fold, tile);
  return tile;
}

TilePlacement place(const Chip& chip, const OpForm& form, const Tile& tile) {
  const OpView view = view_of(form, tile);
  const Work work = work_of(form, view);
  const std::int64_t rows =
      form.spread == Spread::kRows
          ? std::max<std::int64_t>(1, elements_of(tile.operands.front()) / form.row_length)
          : 1;
  TilePlacement placement;
  for (std::size_t i = 0; i < view.inputs.size(); ++i) {
    placement.operands.push_back(place_tensor(chip, form, view.input(i), i, rows, work));
  }
  for (const TensorType& type : view.results) {
    placement.results.push_back(place_tensor(chip, form, type, std::nullopt, rows, work));
  }
  const std::vector<PlacedStep> steps = steps_of(form, tile);
  for (const PlacedStep& placed_step : steps) {
    const WorkStep& step = placed_step.step;
    // Products of integers gather in 32 bits before they are scaled.
    const bool has_sums = step.scaled && chip.cube.scales_results == 0;
    if (is_cube(step.unit) && !has_sums) continue;
    // Transcendental sequences keep two intermediate tensors; steps hand one to the next.
    const std::int64_t tensors = is_series(step.unit) ? 2 : steps.size() > 1 || has_sums ? 1 : 0;
    const Placement buffer = placed(chip, {step.n, step.c, step.h, step.w}, placed_step.alignment,
                                    has_sums ? DType::kI32 : placed_step.type);
    placement.scratch_bytes = std::max(placement.scratch_bytes, tensors * buffer.bytes);
  }
  if (form.fold) add_space_of_folds(chip, *form.fold, steps, placement);
  return placement;
}

Work widened(Work work, DType vector_type) {
  if (!is_widened(work, vector_type)) return work;
  const auto largest = std::max_element(
      work.begin(), work.end(),
      [](const WorkStep& a, const WorkStep& b) { return a.elements() < b.elements(); });
  WorkStep convert = *largest;
  convert.unit = WorkUnit::kConvert;
  convert.passes = 1;
  work.insert(work.begin(), convert);
  work.push_back(convert);
  return work;
}

bool is_attention(const Work& work) {
  return has_unit(work, WorkUnit::kMatMul) && has_unit(work, WorkUnit::kReduce);
}

DType step_type(DType vector_type, DType cube_type, const Work& work, const WorkStep& step) {
  if (step.type) return *step.type;
  if (is_cube(step.unit)) return cube_type;
  return is_widened(work, vector_type) ? DType::kF32 : vector_type;
}

namespace {

bool has_short_rows(const OpForm& form) {
  const Shape& shape = form.view.result().shape;
  return form.spread == Spread::kMatrix && !shape.empty() &&
         is_short_row(shape.back(), form.cube_type);
}

/// What an op alone need not spread over lanes itself: the transfer that brings a product's bias or
/// a table does.
bool arrives_spread(const Work& work) {
  return has_unit(work, WorkUnit::kMatMul) || has_unit(work, WorkUnit::kLookup);
}

}  // namespace

bool has_row_kernel(const OpForm& form) {
  const std::string_view name = form.def->name;
  const bool is_known = name == "LayerNorm" || name == "RmsNorm" || name == "Softmax";
  return is_known && form.spread == Spread::kRows &&
         form.row_length == form.view.input(0).shape.back();
}

std::vector<PlacedStep> steps_of(const OpForm& form, const Tile& tile) {
  OpView view = view_of(form, tile);
  Alignment alignment = Alignment::kAligned;
  std::int64_t rows = 1;
  if (form.spread == Spread::kFlat || form.spread == Spread::kAxis) {
    const Shape extents = extents_of(tile.result);
    const LocalShape shape = form.spread == Spread::kFlat
                                 ? LocalShape{1, element_count(extents), 1, 1}
                                 : spread_over(extents, form.lane_axis);
    for (TensorType& type : view.results)
      type.shape = {shape.n, shape.c, shape.h, shape.w};
    if (form.spread == Spread::kFlat) alignment = Alignment::kCompact;
  } else if (form.spread == Spread::kRows) {
    alignment = Alignment::kCompact;
    rows = std::max<std::int64_t>(1, elements_of(tile.operands.front()) / form.row_length);
  }
  std::vector<PlacedStep> steps;
  const Work work = widened(summed_in_f32(form, work_of(form, view)), form.vector_type);
  const bool has_kernel = has_row_kernel(form);
  if (has_kernel) alignment = Alignment::kAligned;
  const bool is_spread = arrives_spread(work);
  for (WorkStep step : work) {
    if (is_spread && step.unit == WorkUnit::kBroadcast) continue;
    if (form.spread == Spread::kRows && step.elements() % rows == 0) {
      step.w = step.elements() / rows;
      step.n = step.h = 1;
      step.c = rows;
    }
    steps.push_back({.step = step,
                     .type = step_type(form.vector_type, form.cube_type, work, step),
                     .alignment = alignment,
                     .folds_at_once = has_kernel && form.def->name != "Softmax",
                     .keeps_tables = has_kernel,
                     .is_short_row = has_short_rows(form),
                     .lane_columns = form.lane_columns});
  }
  return steps;
}

}  // namespace tpuscope
