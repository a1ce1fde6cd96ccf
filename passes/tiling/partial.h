// Partial results: where all that one result element folds does not fit local memory at once (a row
// of a reduction longer than a lane, all input channels of a convolution, the inner axis of a
// product), operands come in pieces. Each piece is folded by itself and joined with the result so
// far, which stays in local memory. Where the row itself is worked on with what it was folded to
// (softmax, norms, the position of the largest element), its pieces pass once more for each such
// fold: a softmax reads a row for its maximum, for its sum, and to make its results.

#pragma once

#include <optional>
#include <vector>

#include "passes/tiling/op_form.h"

namespace tpuscope {

/// All that the op folds; empty for ops that fold nothing, or along no single axis of an operand.
std::optional<FoldRange> whole_fold(const OpForm& form);

/// The op's one product; empty where it has several, as attention, or reads its left operand
/// across.
std::optional<WorkStep> plain_product(const OpForm& form);

/// What a product with one row sums up, on 8- or 16-bit operands; empty for other forms.
std::optional<std::int64_t> row_product_length(const OpForm& form);

/// Pieces in which the vendor's compiler works an op off even where it fits: products with one row,
/// whose weights arrive meanwhile, and those of f32. Empty: whole.
std::optional<std::int64_t> usual_pieces(const Chip& chip, const OpForm& form);

/// Numbers of pieces worth trying, from 2 up.
std::vector<std::int64_t> piece_counts(const FoldRange& fold);

/// The form that works on piece `index` of `pieces`; the form itself when `pieces` is 1.
OpForm piece_of(const OpForm& form, std::int64_t pieces, std::int64_t index);

/// A step of one piece.
struct PieceStep {
  PlacedStep placed{};
  /// Joins the piece's fold, in working space, with the result so far.
  bool is_join = false;
  /// Its last instruction writes the result's place, which holds the result so far from then on.
  bool writes_result = false;
};

/// Where a piece stands among those of its tile.
struct PiecePlace {
  std::int64_t sweep = 0;
  bool is_first = true;  ///< of its sweep
  bool is_last = true;
};

/// Steps for one piece of a tile: those up to the fold of this sweep, the joining where there was a
/// piece before (convolutions and products add to what is in their result's place by themselves),
/// and what follows the last.
std::vector<PieceStep> piece_steps(const OpForm& piece, const Tile& tile, const PiecePlace& place);

}  // namespace tpuscope
