// What each step of an op's work does with a piece is found out by asking for the work of one: a
// step over fewer elements works on the piece, one that folds fewer makes a partial result, and one
// that stays the same works on what rows were folded to.

#include "passes/tiling/partial.h"

#include <algorithm>

#include "passes/tiling/cube_instructions.h"
#include "passes/tiling/wide_product.h"

namespace tpuscope {
namespace {

/// Depths of products of f32 fill vectors, but for the last piece of the sum.
constexpr std::int64_t kWideDepth = 16;

OpForm form_of_piece(const OpForm& form, FoldRange fold, std::int64_t pieces, std::int64_t index) {
  OpForm piece = form;
  const std::int64_t extent = fold.range.extent();
  std::int64_t size = ceil_div(extent, pieces);
  const bool is_wide = form.spread == Spread::kMatrix && size_of(form.cube_type) > 2;
  const std::int64_t whole_vectors = align_up(size, kWideDepth);
  if (is_wide && (pieces - 1) * whole_vectors < extent) size = whole_vectors;
  fold.range = {index * size, std::min((index + 1) * size, extent)};
  if (form.spread == Spread::kRows) {
    piece.row_length = form.row_length / extent * fold.range.extent();
  }
  piece.fold = std::move(fold);
  return piece;
}

StepRole role_of(const WorkStep& whole_step, const WorkStep& piece_step) {
  if (piece_step.elements() != whole_step.elements()) return StepRole::kPiece;
  return piece_step.kernel != whole_step.kernel ? StepRole::kFold : StepRole::kRow;
}

/// By comparing the steps of an image's or row's half with those of all of it; empty where the half
/// is worked off in another way.
std::vector<StepRole> roles_of(const OpForm& form, const FoldRange& fold) {
  const OpForm half = form_of_piece(form, fold, 2, 0);
  const Region all = whole(form.view.result().shape);
  const std::vector<PlacedStep> whole_steps = steps_of(form, tile_of(form, all));
  const std::vector<PlacedStep> half_steps = steps_of(half, tile_of(half, all));
  if (whole_steps.size() != half_steps.size()) return {};
  std::vector<StepRole> roles;
  for (std::size_t i = 0; i < whole_steps.size(); ++i) {
    if (whole_steps[i].step.unit != half_steps[i].step.unit) return {};
    roles.push_back(role_of(whole_steps[i].step, half_steps[i].step));
  }
  return roles;
}

/// The longest axis along which each result needs all of operand 0.
std::optional<std::size_t> longest_axis(const OpForm& form) {
  const auto axes_of = form.spread == Spread::kRows ? form.def->row_axes : form.def->image_axes;
  if (axes_of == nullptr) return std::nullopt;
  const std::vector<bool> axes = axes_of(form.view);
  const Shape& shape = form.view.input(0).shape;
  std::optional<std::size_t> longest;
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    if (axes[axis] && (!longest || shape[axis] > shape[*longest])) longest = axis;
  }
  if (longest && shape[*longest] < 2) return std::nullopt;
  return longest;
}

/// Which axis of operand `i` of an op over rows goes along axis `axis` of operand 0: the later ones
/// are aligned at the last axis.
std::optional<std::size_t> axis_beside(const OpForm& form, std::size_t i, std::size_t axis) {
  const Shape& row = form.view.input(0).shape;
  const Shape& shape = form.view.input(i).shape;
  if (i == 0) return axis;
  if (form.spread != Spread::kRows || axis + shape.size() < row.size()) return std::nullopt;
  const std::size_t own = axis + shape.size() - row.size();
  return shape[own] == row[axis] ? std::optional(own) : std::nullopt;
}

std::optional<FoldRange> fold_of_rows(const OpForm& form) {
  const std::optional<std::size_t> axis = longest_axis(form);
  if (!axis) return std::nullopt;
  const Shape& operand = form.view.input(0).shape;
  const Shape& result = form.view.result().shape;
  FoldRange fold{.range = {0, operand[*axis]}};
  for (std::size_t i = 0; i < form.view.inputs.size(); ++i)
    fold.axes.push_back(axis_beside(form, i, *axis));
  const bool is_long = result.size() == operand.size() && result[*axis] == operand[*axis];
  if (is_long) fold.result_axis = axis;
  fold.roles = roles_of(form, fold);
  const auto last_fold = std::find(fold.roles.rbegin(), fold.roles.rend(), StepRole::kFold);
  const bool makes_rows = std::find(fold.roles.rbegin(), last_fold, StepRole::kPiece) != last_fold;
  if (fold.roles.empty() || (makes_rows && !is_long)) return std::nullopt;
  if (!makes_rows) fold.result_axis.reset();
  fold.sweeps = std::count(fold.roles.begin(), fold.roles.end(), StepRole::kFold);
  if (makes_rows) ++fold.sweeps;
  return fold.sweeps > 0 ? std::optional(fold) : std::nullopt;
}

/// The inner axis of a product's operands: the one whose extent both have and the result has not.
std::optional<FoldRange> fold_of_product(const OpForm& form) {
  const OpView& op = form.view;
  // Attention has several products.
  if (op.inputs.size() < 2 || op.attrs().find("left_transpose") == nullptr) return std::nullopt;
  const auto needs_all = [&](std::size_t operand) {
    Region one = whole(op.result().shape);
    for (Range& range : one)
      range = {0, std::min<std::int64_t>(1, range.extent())};
    const Region needed = input_region(*form.def, op, operand, one);
    std::optional<std::size_t> inner;
    for (std::size_t axis = 0; axis < needed.size(); ++axis) {
      if (needed[axis].extent() > 1) inner = axis;
    }
    return inner;
  };
  FoldRange fold{.axes = {needs_all(0), needs_all(1)}};
  if (!fold.axes[0] || !fold.axes[1]) return std::nullopt;
  fold.range = {0, op.input(0).shape[*fold.axes[0]]};
  if (op.input(1).shape[*fold.axes[1]] != fold.range.extent()) return std::nullopt;
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
  if (form.spread == Spread::kMatrix) return fold_of_product(form);
  if (form.spread == Spread::kRows || form.def->image_axes != nullptr) return fold_of_rows(form);
  if (form.spread == Spread::kMap) return fold_of_channels(form);
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
  const bool has_row =
      product && product->n == 1 && product->c == 1 && !is_short_row(product->w, form.cube_type);
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
  std::optional<FoldRange> fold = whole_fold(form);
  TPU_CHECK(fold.has_value(), "{} has no partial results", form.def->name);
  return form_of_piece(form, *std::move(fold), pieces, index);
}

namespace {

/// Steps of a product or a convolution, which adds to what is in its result's place by itself.
std::vector<PieceStep> adding_steps(const std::vector<PlacedStep>& steps, const PiecePlace& place) {
  const auto is_product = [](const PlacedStep& placed) { return is_cube(placed.step.unit); };
  const auto first = std::find_if(steps.begin(), steps.end(), is_product);
  // A volume is a convolution for each plane of the result, every one of which the piece adds to.
  const auto last = std::find_if(steps.rbegin(), steps.rend(), is_product).base();
  std::vector<PieceStep> result;
  for (auto step = steps.begin(); step != steps.end(); ++step) {
    if (!is_product(*step)) {
      const bool is_before = step < first;
      if (is_before || place.is_last) result.push_back({*step});
      continue;
    }
    result.push_back({.placed = *step, .writes_result = true});
    result.back().placed.step.continues = !place.is_first;
    result.back().placed.step.partial = !place.is_last;
  }
  TPU_CHECK(first < last, "nothing is folded");
  return result;
}

/// Steps of one sweep of `fold`.
class SweepSteps {
 public:
  SweepSteps(const FoldRange& fold, const std::vector<PlacedStep>& steps, const PiecePlace& place,
             std::int64_t results)
      : fold_(fold), steps_(steps), place_(place), results_(results) {
    TPU_CHECK(fold.roles.size() == steps.size(), "{} roles of {} steps", fold.roles.size(),
              steps.size());
  }

  std::vector<PieceStep> take() {
    std::int64_t folds = 0;  // before the step
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      switch (fold_.roles[i]) {
        case StepRole::kPiece:
          // What an earlier sweep made of a piece is gone.
          if (folds <= place_.sweep && !is_for_another_fold(i, folds)) push(i);
          break;
        case StepRole::kFold:
          if (folds == place_.sweep) push_fold(i);
          ++folds;
          break;
        case StepRole::kRow:
          if (folds == place_.sweep + 1 && place_.is_last) push(i);
          break;
      }
    }
    return std::move(result_);
  }

 private:
  /// Whether only a fold of another sweep reads what the step makes.
  bool is_for_another_fold(std::size_t i, std::int64_t folds) const {
    return steps_[i].step.feeds_fold && folds != place_.sweep;
  }

  void push(std::size_t i) { result_.push_back({steps_[i]}); }

  void push_fold(std::size_t i) {
    const bool makes_result = !fold_.result_axis && place_.sweep + 1 == fold_.sweeps;
    result_.push_back({.placed = steps_[i], .writes_result = makes_result && place_.is_first});
    if (place_.is_first) return;
    PlacedStep join = steps_[i];
    if (join.step.unit == WorkUnit::kSort) {
      // What was picked out of the piece and of those before is sorted once more.
      join.step.kernel = 2 * results_ / std::max<std::int64_t>(1, join.step.elements());
    } else {
      join.step.unit = WorkUnit::kArith;
      join.step.kernel = 1;
    }
    result_.push_back({.placed = join, .is_join = true, .writes_result = makes_result});
  }

  const FoldRange& fold_;
  const std::vector<PlacedStep>& steps_;
  PiecePlace place_;
  std::int64_t results_;  ///< elements of result 0
  std::vector<PieceStep> result_{};
};

}  // namespace

std::vector<PieceStep> piece_steps(const OpForm& piece, const Tile& tile, const PiecePlace& place) {
  const std::vector<PlacedStep> steps = steps_of(piece, tile);
  if (piece.fold->roles.empty()) return adding_steps(steps, place);
  return SweepSteps(*piece.fold, steps, place, elements_of(tile.results.front())).take();
}

}  // namespace tpuscope
