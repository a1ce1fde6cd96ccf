// OpForm: one op as the machine runs it alone. Its axes are merged where it treats them alike, and
// each of its tensors gets a layout in local memory that fills the lanes. The same form serves the
// tiler, which prices tiles, and the lowering, which emits them.
//
// Layouts of a group of one:
// - flat: an elementwise op without broadcasting is one long row of elements, dealt out to all
// lanes;
// - spread: an elementwise op with broadcasting puts one axis on the lanes, the one that fills them
// best;
// - rows: an op over rows (softmax, layer norm, reductions) deals out rows to lanes;
// - matrix: rows of a matrix product are on lanes;
// - map: the axes are n, c, h, w (convolution, pooling).

#pragma once

#include <optional>
#include <vector>

#include "graph/op_def.h"
#include "sim/chip/chip.h"
#include "sim/cost/layout.h"

namespace tpuscope {

enum class Spread : std::uint8_t { kFlat, kAxis, kRows, kMatrix, kMap };

/// What a step of an op's work does where a row comes in pieces.
enum class StepRole : std::uint8_t {
  kPiece,  ///< works on each piece by itself
  kFold,   ///< folds each piece; the folds are joined
  kRow,    ///< works on what rows were folded to, once
};

/// A range of what an op needs for each result: of one axis of each operand that has it.
struct FoldRange {
  std::vector<std::optional<std::size_t>> axes{};  ///< by operand
  Range range{};
  /// Where results are as long as their row: their axis, of which a piece makes the same range.
  std::optional<std::size_t> result_axis{};
  /// Of the steps, in order; empty where pieces are added to the result as they come.
  std::vector<StepRole> roles{};
  /// How often all pieces pass: once for each fold, and once more where steps after the last fold
  /// work on the row itself.
  std::int64_t sweeps = 1;
};

struct OpForm {
  const OpDef* def = nullptr;
  OpView view{};
  Spread spread = Spread::kMap;
  std::size_t lane_axis = 0;        ///< kAxis
  std::int64_t row_length = 1;      ///< kRows
  std::vector<bool> divisible{};    ///< axes of result 0
  std::int64_t channel_unit = 1;    ///< of axis 1: tiles have a multiple of it
  DType vector_type = DType::kF32;  ///< of vector instructions
  DType cube_type = DType::kF32;    ///< of convolution and matmul
  std::int64_t cores = 1;           ///< that may share its tiles
  std::int64_t lane_columns = 0;    ///< kMatrix of f32: result columns in a lane, at least
  bool reloads_bias = false;        ///< its kernel loads the bias with every tile
  std::optional<FoldRange> fold{};  ///< set when only so much of the operands is worked on at once
};

/// Whether the vendor's kernels keep the op on one core. Inferred: C3D takes as long on both cores
/// of BM1688 as on one, where two-dimensional networks take half, so convolution over three axes
/// does.
bool is_single_core(const OpDef& def, const OpView& op);

OpForm form_of(const Chip& chip, const OpDef& def, const OpView& op);

/// A tile of result 0 and what belongs to it.
struct Tile {
  Region result{};
  std::vector<Region> results{};   ///< of every result
  std::vector<Region> operands{};  ///< empty regions are not needed
};
Tile tile_of(const OpForm& form, const Region& result);

/// A tensor's part in local memory.
struct Placement {
  LocalShape shape{};
  Alignment alignment = Alignment::kAligned;
  std::int64_t bytes = 0;  ///< per lane
  std::int64_t runs = 1;   ///< contiguous pieces of all lanes
  bool is_matrix = false;  ///< moved by commands that deal rows and columns out to lanes
};
struct TilePlacement {
  std::vector<Placement> operands{};
  std::vector<Placement> results{};
  std::int64_t scratch_bytes = 0;  ///< per lane, for intermediate values
};
TilePlacement place(const Chip& chip, const OpForm& form, const Tile& tile);

/// A block in such a layout.
Placement placed(const Chip& chip, const LocalShape& shape, Alignment alignment, DType type);

/// The widest of operand 0 and the results, floats before integers: vector instructions work at the
/// width of their widest operand, and have none above 32 bits.
DType vector_type_of(const OpView& op);

/// The instructions that an op's work becomes on a machine without 16-bit transcendental functions:
/// where `vector_type` has 16 bits, such an op converts its operand to f32 first and its result
/// back last. Other work is returned as it is.
Work widened(Work work, DType vector_type);

/// Whether the work is that of a head of attention: products with a softmax between them. Its
/// weights are packed, so that what a lane holds of one is contiguous in DDR.
bool is_attention(const Work& work);

/// Element type of a step's instructions: its own, where it states one.
DType step_type(DType vector_type, DType cube_type, const Work& work, const WorkStep& step);

/// A step of the tile's work in this layout, with the element type of its instructions.
struct PlacedStep {
  WorkStep step{};
  DType type = DType::kF32;
  Alignment alignment = Alignment::kAligned;
  bool is_by_image = false;       ///< its commands run for one image after the other
  bool folds_at_once = false;     ///< rows are folded by one command, not whole vectors first
  bool keeps_tables = false;      ///< of constants, which serve all tiles
  bool is_short_row = false;      ///< part of a product of one row that is made in the cube
  std::int64_t lane_columns = 0;  ///< as OpForm::lane_columns
  bool in_group = false;          ///< of a layer group, where tensors stay in local memory
};
std::vector<PlacedStep> steps_of(const OpForm& form, const Tile& tile);

/// Whether the kernel of an op that is alone gives each row its vectors, in whichever lane it is.
bool has_row_kernel(const OpForm& form);

}  // namespace tpuscope
