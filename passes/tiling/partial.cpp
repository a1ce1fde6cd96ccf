// Which folds have partial results is read from an op's work: a single fold, after steps over all
// of its operand and before steps over its results.

#include "passes/tiling/partial.h"

#include <algorithm>

#include "passes/tiling/cube_instructions.h"
#include "passes/tiling/wide_product.h"

namespace tpuscope {
namespace {

/// Depths of products of f32 fill vectors, but for the last piece of the sum.
constexpr std::int64_t kWideDepth = 16;

bool is_fold(const WorkStep& step) {
  return step.unit == WorkUnit::kReduce || is_cube(step.unit);
}

std::optional<FoldRange> fold_of_rows(const OpForm& form) {
  const OpView& op = form.view;
  // A result of another type is no partial result: the position of the largest element.
  const bool is_plain =
      op.inputs.size() == 1 && op.results.size() == 1 && op.input(0).dtype == op.result().dtype;
  if (!is_plain) return std::nullopt;
  bool is_folded = false;
  for (const WorkStep& step : form.def->work(op)) {
    const std::int64_t whole = is_folded ? op.result().elements() : op.input(0).elements();
    if (step.unit == WorkUnit::kReduce) {
      if (is_folded) return std::nullopt;
      is_folded = true;
    } else if (step.elements() != whole) {
      return std::nullopt;
    }
  }
  if (!is_folded) return std::nullopt;
  const std::vector<bool> rows = form.def->row_axes(op);
  const Shape& shape = op.input(0).shape;
  std::optional<std::size_t> longest;
  for (std::size_t axis = 0; axis < rows.size(); ++axis) {
    if (rows[axis] && (!longest || shape[axis] > shape[*longest])) longest = axis;
  }
  if (!longest) return std::nullopt;
  return FoldRange{{longest}, {0, shape[*longest]}};
}

/// Rows of the right operand of a product with one row, or of f32.
std::optional<FoldRange> fold_of_product(const OpForm& form) {
  const bool is_wide = size_of(form.cube_type) > 2;
  std::optional<std::int64_t> length = row_product_length(form);
  if (is_wide && plain_product(form)) length = plain_product(form)->reduce;
  if (!length) return std::nullopt;
  const OpView& op = form.view;
  const bool is_transposed = op.attrs().flag("right_transpose");
  const std::size_t inner = op.input(1).rank() - (is_transposed ? 1 : 2);
  FoldRange fold{.axes = {op.input(0).rank() - 1, inner}, .range = {0, *length}};
  fold.axes.resize(op.inputs.size());
  return fold;
}

/// Input channels of a convolution with one group: axis 1 of the map and of the filters.
std::optional<FoldRange> fold_of_channels(const OpForm& form) {
  const OpView& op = form.view;
  if (op.inputs.size() < 2 || op.input(0).rank() < 2 || op.input(1).rank() < 2) return std::nullopt;
  const Work work = form.def->work(op);
  const std::int64_t channels = op.input(0).shape[1];
  const bool is_convolution = work.front().unit == WorkUnit::kConv &&
                              op.input(1).shape[1] == channels && op.result().shape[1] > 1;
  if (!is_convolution) return std::nullopt;
  // Transposed filters have their input channels in front.
  Region one = whole(op.result().shape);
  one[1] = {0, 1};
  const Region filters = input_region(*form.def, op, 1, one);
  if (filters[0] != Range{0, 1} || filters[1] != Range{0, channels}) return std::nullopt;
  FoldRange fold{.axes = {1, 1}, .range = {0, channels}};
  fold.axes.resize(op.inputs.size());
  return fold;
}

}  // namespace

std::optional<FoldRange> whole_fold(const OpForm& form) {
  if (form.spread == Spread::kRows) return fold_of_rows(form);
  if (form.spread == Spread::kMap) return fold_of_channels(form);
  if (form.spread == Spread::kMatrix) return fold_of_product(form);
  return std::nullopt;
}

std::optional<WorkStep> plain_product(const OpForm& form) {
  const OpView& op = form.view;
  if (op.attrs().find("left_transpose") == nullptr) return std::nullopt;
  if (op.attrs().flag("left_transpose") || op.attrs().flag("hdim_is_batch")) return std::nullopt;
  const Work work = form.def->work(op);
  const auto product = std::find_if(work.begin(), work.end(), [](const WorkStep& step) {
    return step.unit == WorkUnit::kMatMul;
  });
  return product == work.end() ? std::nullopt : std::optional(*product);
}

std::optional<std::int64_t> row_product_length(const OpForm& form) {
  if (form.spread != Spread::kMatrix || form.fold || size_of(form.cube_type) > 2) {
    return std::nullopt;
  }
  const std::optional<WorkStep> product = plain_product(form);
  const bool has_row = product && product->n == 1 && product->c == 1;
  return has_row ? std::optional(product->reduce) : std::nullopt;
}

std::optional<std::int64_t> usual_pieces(const Chip& chip, const OpForm& form) {
  std::int64_t pieces = 1;
  if (const auto tile = wide_product_tile(chip, form)) {
    pieces = ceil_div(plain_product(form)->reduce, tile->depth);
  } else if (const std::optional<std::int64_t> length = row_product_length(form)) {
    pieces = ceil_div(*length, row_product_piece(chip, form.cube_type));
  }
  return pieces > 1 ? std::optional(pieces) : std::nullopt;
}

std::vector<std::int64_t> piece_counts(const FoldRange& fold) {
  std::vector<std::int64_t> counts;
  const std::int64_t extent = fold.range.extent();
  for (std::int64_t wish = 2; wish < 2 * extent; wish *= 2) {
    for (const std::int64_t pieces : {wish, wish / 2 * 3}) {
      const std::int64_t size = ceil_div(extent, pieces);
      const std::int64_t count = ceil_div(extent, size);  // none is empty
      if (count > 1 && (counts.empty() || count > counts.back())) counts.push_back(count);
    }
  }
  return counts;
}

OpForm piece_of(const OpForm& form, std::int64_t pieces, std::int64_t index) {
  if (pieces == 1) return form;
  OpForm piece = form;
  piece.fold = whole_fold(form);
  TPU_CHECK(piece.fold.has_value(), "{} has no partial results", form.def->name);
  const std::int64_t extent = piece.fold->range.extent();
  std::int64_t size = ceil_div(extent, pieces);
  const bool is_wide = form.spread == Spread::kMatrix && size_of(form.cube_type) > 2;
  const std::int64_t whole_vectors = align_up(size, kWideDepth);
  if (is_wide && (pieces - 1) * whole_vectors < extent) size = whole_vectors;
  piece.fold->range = {index * size, std::min((index + 1) * size, extent)};
  piece.row_length = form.row_length / extent * piece.fold->range.extent();
  return piece;
}

std::vector<PieceStep> piece_steps(const OpForm& piece, const Tile& tile, bool is_first,
                                   bool is_last) {
  const std::vector<PlacedStep> steps = steps_of(piece, tile);
  const auto fold = std::find_if(steps.begin(), steps.end(),
                                 [](const PlacedStep& placed) { return is_fold(placed.step); });
  TPU_CHECK(fold != steps.end(), "{} folds nothing", piece.def->name);
  const bool adds_itself = is_cube(fold->step.unit);
  std::vector<PieceStep> result;
  for (auto step = steps.begin(); step != fold; ++step)
    result.push_back({*step});
  // A volume is a convolution for each plane of the result, every one of which the piece adds to.
  auto folded = fold + 1;
  for (auto step = folded; adds_itself && step != steps.end(); ++step) {
    if (is_fold(step->step)) folded = step + 1;
  }
  for (auto step = fold; step != folded; ++step) {
    if (!is_fold(step->step)) {
      if (is_last) result.push_back({*step});
      continue;
    }
    result.push_back({.placed = *step, .writes_result = is_first || adds_itself});
    result.back().placed.step.continues = !is_first;
    result.back().placed.step.partial = !is_last;
  }
  if (!is_first && !adds_itself) {
    PlacedStep join = *fold;
    join.step.unit = WorkUnit::kArith;
    join.step.kernel = 1;
    result.push_back({.placed = join, .is_join = true, .writes_result = true});
  }
  for (auto step = folded; is_last && step != steps.end(); ++step)
    result.push_back({*step});
  return result;
}

}  // namespace tpuscope
