// Matrix products: rows on lanes in the cube; one row, and f32, beside it, with result columns on
// lanes.

#include "passes/tiling/command_fields.h"
#include "passes/tiling/cube_instructions.h"

namespace tpuscope {
namespace {

class ProductCommands {
 public:
  ProductCommands(const Chip& chip, const PlacedStep& placed, const LocalShape& shape)
      : chip_(chip), placed_(placed), step_(placed.step), shape_(shape) {
    matrices_ = shape.n * shape.h;
  }

  std::vector<PlannedInstruction> take() {
    if (size_of(placed_.type) > 2) {
      wide();
    } else if (shape_.c == 1 && (matrices_ > 1 || !placed_.is_short_row)) {
      row();
    } else {
      cube();
    }
    return std::move(commands_);
  }

 private:
  bool is_integer() const { return size_of(placed_.type) == 1; }
  bool scales_itself() const { return chip_.cube.scales_results != 0; }
  std::uint32_t bits() const { return command_bits(placed_.type); }

  void push(const ComputeInstruction& command, std::int64_t count = 1) {
    if (count > 0) commands_.push_back({.fields = command, .count = count});
  }
  void push(DType type, const CommandPass& pass, const LocalShape& shape) {
    push(command_fields(type, pass, shape));
  }

  // --- In the cube ---

  /// Rows that one command works on: products of 8 bits that take a while for each row go by sets
  /// of lanes, so that they are scaled while the next are made. On BM1684X (64 lanes) the compiler
  /// cuts with more than 800 weights in a lane, on BM1688 (32 lanes) with more than 400, whatever
  /// the number of rows: the finest of 110 products that it was asked for are 640 x 80 and 64 x
  /// 800, whole, and 640 x 84 and 64 x 804, cut.
  std::int64_t rows_at_once() const {
    const std::int64_t lanes = chip_.array.lanes;
    const std::int64_t most_weights = lanes * 25 / 2;
    const bool is_long = ceil_div(step_.reduce, lanes) * step_.w > most_weights;
    const bool is_cut = is_integer() && (scales_itself() || step_.scaled) && is_long;
    return is_cut ? std::min(lanes, shape_.c) : shape_.c;
  }

  /// Parts of sums are added in the cube; bias and scale follow the last.
  void cube() {
    step_.biased = step_.biased && !step_.partial;
    if (step_.biased && placed_.in_group) {
      const std::uint32_t wide = is_integer() || scales_itself() ? 32 : bits();
      push(placed_.type,
           {.kind = ComputeKind::kLaneBroadcast, .from = wide, .to = wide, .overwrites = true},
           {1, 1, 1, step_.w});
    }
    const std::int64_t rows = std::max<std::int64_t>(1, rows_at_once());
    const std::int64_t whole = shape_.c / rows;
    const std::int64_t rest = shape_.c % rows;
    matrices(rows, whole, rest);
    if (step_.biased && !is_integer() && !scales_itself()) {
      push(placed_.type, {.from = bits(), .to = bits(), .overwrites = true, .operands = 2},
           {shape_.n, shape_.c, shape_.h, step_.w});
    }
  }

  /// `whole` blocks of so many rows of each matrix, and one of the rest.
  void matrices(std::int64_t rows, std::int64_t whole, std::int64_t rest) {
    // Alone, those of 8 bits are loaded one by one (kernel_tiling.cpp).
    if (shape_.h > 1 && (placed_.in_group || !is_integer())) {
      for (std::int64_t i = 0; i < matrices_; ++i)
        head(i % shape_.h, rows, whole, rest);
      return;
    }
    // All of one kind where nothing comes between them.
    if (!is_integer() && !scales_itself()) return push(cube_fields(rows), matrices_ * whole);
    for (std::int64_t i = 0; i < matrices_; ++i)
      blocks(rows, whole, rest);
  }

  void blocks(std::int64_t rows, std::int64_t whole, std::int64_t rest) {
    for (std::int64_t block = 0; block < whole; ++block)
      cube_block(rows);
    if (rest > 0) cube_block(rest);
  }

  /// One of the heads that lie side by side in each row. The cube takes and makes matrices that
  /// begin where a vector does and have their rows, a set of lanes after the other, one behind the
  /// other: what does not is copied. Sums of 8 bits are always scaled into a place of their own.
  void head(std::int64_t index, std::int64_t rows, std::int64_t whole, std::int64_t rest) {
    const LocalShape left{1, shape_.c, 1, step_.reduce};
    const LocalShape right = step_.transposed ? LocalShape{1, step_.w, 1, step_.reduce}
                                              : LocalShape{1, step_.reduce, 1, step_.w};
    const LocalShape result{1, shape_.c, 1, step_.w};
    for (const LocalShape& operand : {left, right})
      if (is_apart(index, operand)) copy(operand);
    blocks(rows, whole, rest);
    if (is_integer() || is_apart(index, result)) copy(result);
  }

  bool is_apart(std::int64_t index, const LocalShape& matrix) const {
    return matrix.c > chip_.array.lanes || index * matrix.w % chip_.eu_count(placed_.type) != 0;
  }

  void copy(const LocalShape& matrix) {
    push(placed_.type,
         {.kind = ComputeKind::kCopy, .from = bits(), .to = bits(), .overwrites = true}, matrix);
  }

  ComputeInstruction cube_fields(std::int64_t rows) const {
    const ComputeKind kind =
        step_.transposed ? ComputeKind::kCubeMatMulNT : ComputeKind::kCubeMatMul;
    const std::uint32_t to = is_integer() && !(step_.scaled && scales_itself()) ? 32 : bits();
    ComputeInstruction fields = command_fields(
        placed_.type, {.kind = kind, .from = bits(), .to = to}, {1, rows, 1, step_.w});
    fields.reduced = narrowed(step_.reduce);
    return fields;
  }

  /// The product of some rows with what completes it.
  void cube_block(std::int64_t rows) {
    const LocalShape shape{1, rows, 1, step_.w};
    if (scales_itself()) {
      const LocalShape one{1, 1, 1, 1};
      const CommandPass written{.kind = ComputeKind::kSystem, .from = bits(), .to = bits()};
      if (is_integer()) push(command_fields(placed_.type, written, one), 2);
      push(placed_.type, {.kind = ComputeKind::kCopy, .from = bits(), .to = bits()}, one);
    }
    push(cube_fields(rows));
    if (scales_itself() || step_.partial) return;
    if (step_.biased) push(DType::kI32, {.overwrites = true, .operands = 2}, shape);
    if (step_.scaled) push(DType::kI32, {.kind = ComputeKind::kRequant}, shape);
  }

  // --- Beside the cube ---

  /// Result columns over lanes, in as few vectors per lane as reach them all.
  void wide() {
    const std::int64_t per_vector = chip_.eu_count(DType::kF32);
    const std::int64_t vectors =
        std::max<std::int64_t>(1, ceil_div(step_.w, per_vector * chip_.array.lanes));
    const std::int64_t width =
        std::clamp<std::int64_t>(step_.w, 1, std::max(placed_.lane_columns, per_vector * vectors));
    ComputeInstruction fields = command_fields(DType::kF32, {.kind = ComputeKind::kMatMul},
                                               {1, ceil_div(step_.w, width), 1, width});
    fields.input = {narrowed(shape_.c), 1, 1, 1};
    fields.reduced = narrowed(step_.reduce);
    push(fields, matrices_);
  }

  void row() {
    for (std::int64_t i = 0; i < matrices_; ++i)
      one_row();
  }

  /// In pieces of the sum, so that weights arrive meanwhile: 16 bits are made f32 first, 8 bits
  /// added up after.
  void one_row() {
    const std::int64_t piece = row_product_piece(chip_, placed_.type);
    constexpr std::int64_t kColumns8 = 256;
    constexpr std::int64_t kColumns16 = 128;
    const std::int64_t width =
        std::clamp<std::int64_t>(step_.w, 1, is_integer() ? kColumns8 : kColumns16);
    const LocalShape sums{1, ceil_div(step_.w, width), 1, width};
    for (std::int64_t begin = 0; begin < step_.reduce; begin += piece) {
      const std::int64_t rows = std::min(piece, step_.reduce - begin);
      const bool is_last = !step_.partial && begin + piece >= step_.reduce;
      if (!is_integer()) widen(rows, sums, is_last && step_.biased);
      ComputeInstruction fields = command_fields(
          placed_.type, {.kind = ComputeKind::kMatMul, .from = is_integer() ? 8U : 32U, .to = 32},
          sums);
      fields.input = {1, 1, 1, 1};
      fields.reduced = narrowed(rows);
      push(fields);
      const CommandPass add{.overwrites = true, .operands = 2};
      if (is_integer() && (step_.continues || begin > 0)) push(DType::kI32, add, sums);
      if (is_integer() && is_last && step_.biased) push(DType::kI32, add, sums);
    }
    if (step_.partial) return;
    if (is_integer() && step_.scaled) push(DType::kI32, {.kind = ComputeKind::kRequant}, sums);
    if (!is_integer()) {
      push(placed_.type, {.kind = ComputeKind::kCast, .from = 32, .to = bits()}, sums);
    }
  }

  /// Operands of 16 bits in 32, and the bias with the last of them.
  void widen(std::int64_t rows, const LocalShape& sums, bool has_bias) {
    constexpr std::int64_t kPerLane = 32;
    const CommandPass cast{.kind = ComputeKind::kCast, .from = bits(), .to = 32};
    push(placed_.type, cast, {1, ceil_div(rows, kPerLane), 1, std::min(rows, kPerLane)});
    push(placed_.type, cast, {rows, sums.c, 1, sums.w});
    if (!has_bias) return;
    // Where the cube adds biases they are f32 already.
    const ComputeKind kind = scales_itself() ? ComputeKind::kCopy : ComputeKind::kCast;
    push(placed_.type, {.kind = kind, .from = scales_itself() ? 32 : bits(), .to = 32}, sums);
  }

  const Chip& chip_;
  PlacedStep placed_;
  WorkStep step_;
  LocalShape shape_;
  std::int64_t matrices_ = 1;
  std::vector<PlannedInstruction> commands_{};
};

}  // namespace

bool is_short_row(std::int64_t columns, DType type) {
  constexpr std::int64_t kMostBytes = 512;
  return columns * size_of(type) <= kMostBytes;
}

std::int64_t row_product_piece(const Chip& chip, DType type) {
  return chip.array.lanes * (size_of(type) == 1 ? 2 : 1);
}

std::vector<PlannedInstruction> product_commands(const Chip& chip, const PlacedStep& step,
                                                 const LocalShape& shape) {
  return ProductCommands(chip, step, shape).take();
}

}  // namespace tpuscope
