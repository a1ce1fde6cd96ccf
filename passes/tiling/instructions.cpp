// One function per kind of step. A command's operands have addresses here only to say whether the
// result takes the place of one.

#include "passes/tiling/instructions.h"

#include <algorithm>

#include "sim/cost/instruction_rules.h"

namespace tpuscope {
namespace {

std::uint32_t bits_of(DType type) {
  constexpr std::int64_t kBits = 8;
  constexpr std::int64_t kWidest = 4;  // wider types are worked on in 32 bits
  return static_cast<std::uint32_t>(kBits * std::min(kWidest, size_of(type)));
}

/// What a command of one pass reads and writes.
struct CommandPass {
  ComputeKind kind = ComputeKind::kArith;
  std::uint32_t from = 32;  ///< bits of the operands' elements
  std::uint32_t to = 32;    ///< of the result's
  bool overwrites = false;
  std::uint32_t operands = 1;
  std::uint32_t terms = 1;
};

class StepInstructions {
 public:
  StepInstructions(const Chip& chip, const PlacedStep& placed, std::int64_t conflicts)
      : chip_(chip),
        step_(placed.step),
        type_(placed.type),
        conflicts_(conflicts),
        lane_columns_(placed.lane_columns) {
    LocalShape shape{step_.n, step_.c, step_.h, step_.w};
    const bool is_map = step_.unit == WorkUnit::kConv || step_.unit == WorkUnit::kDepthwise;
    // Images worked on: where 8-bit ones are stored several together, fewer cost as much.
    if (is_map && size_of(type_) == 1) shape.n = align_up(shape.n, chip.array.i8_batch);
    if (placed.alignment == Alignment::kCompact && shape.c > chip.array.lanes) {
      shape.h *= ceil_div(shape.c, chip.array.lanes);
      shape.c = chip.array.lanes;
    }
    // Kernels of functions and of softmax run once for each image.
    if (placed.is_by_image) {
      times_ = shape.n;
      shape.n = 1;
    }
    shape_ = shape;
  }

  std::vector<PlannedInstruction> take() {
    for (std::int64_t pass = 0; pass < step_.passes; ++pass)
      append();
    return std::move(instructions_);
  }

 private:
  void append() {
    switch (step_.unit) {
      case WorkUnit::kConv:
        return convolution();
      case WorkUnit::kMatMul:
        return product();
      case WorkUnit::kDepthwise:
        return window();
      case WorkUnit::kReduce:
        return fold();
      case WorkUnit::kExp:
        return exponential(step_.overwrites);
      case WorkUnit::kLog:
        return logarithm();
      case WorkUnit::kErf:
        return error_function();
      case WorkUnit::kSin:
        return sine();
      case WorkUnit::kLookup:
        return push(one_pass_of(ComputeKind::kGather, step_.overwrites));
      case WorkUnit::kSort:
        return sort();
      case WorkUnit::kArith:
        return push(one_pass_of(ComputeKind::kArith, step_.overwrites));
      case WorkUnit::kCompare:
        return push(one_pass_of(ComputeKind::kCompare, false));
      case WorkUnit::kConvert:
        return push(one_pass_of(ComputeKind::kCast, step_.overwrites));
      case WorkUnit::kDivide:
        return push(one_pass_of(ComputeKind::kDivide, false));
      case WorkUnit::kRsqrt:
        return push(one_pass_of(ComputeKind::kRsqrt, false));
      case WorkUnit::kRequant:
        return push(one_pass_of(ComputeKind::kRequant, step_.overwrites));
      case WorkUnit::kBroadcast:
        return push(one_pass_of(ComputeKind::kLaneBroadcast, step_.overwrites));
      case WorkUnit::kCopy:
        return push(one_pass_of(ComputeKind::kCopy, false));
      case WorkUnit::kLaneCopy:
        return push(one_pass_of(ComputeKind::kLaneCopy, false));
    }
    unreachable();
  }

  static std::array<std::uint32_t, 4> extents(const LocalShape& shape) {
    return {narrowed(shape.n), narrowed(shape.c), narrowed(shape.h), narrowed(shape.w)};
  }

  ComputeInstruction fields_of(const CommandPass& pass, const LocalShape& shape) const {
    ComputeInstruction fields{.kind = pass.kind,
                              .dtype = type_,
                              .result = extents(shape),
                              .terms = pass.terms,
                              .operand_count = pass.operands};
    fields.output.bits = pass.to;
    for (std::uint32_t i = 0; i < fields.operands.size(); ++i) {
      fields.operands[i].bits = pass.from;
      fields.operands[i].address = pass.overwrites && i == 0 ? 0 : i + 1;
      fields.operands[i].is_constant = i >= pass.operands;
    }
    return fields;
  }

  void push(const ComputeInstruction& fields, std::int64_t count = 1) {
    PlannedInstruction instruction{.fields = fields,
                                   .kind = command_kind(fields.kind),
                                   .price = price_of(fields, chip_),
                                   .count = count * times_};
    // A conflict lengthens every vector of the result.
    const double vectors = conflicts_ == 0 ? 0 : estimate_of(fields, chip_);
    instruction.price.cost.conflict = static_cast<std::int64_t>(
        vectors * static_cast<double>(conflicts_) * chip_.command.bank_conflict_cycles);
    instructions_.push_back(instruction);
  }
  void push(const CommandPass& pass) { push(fields_of(pass, shape_)); }

  CommandPass one_pass_of(ComputeKind kind, bool overwrites) const {
    const std::uint32_t bits = bits_of(type_);
    return {.kind = kind,
            .from = bits,
            .to = bits,
            .overwrites = overwrites,
            .operands = static_cast<std::uint32_t>(std::clamp<std::int64_t>(step_.operands, 1, 2))};
  }

  // --- Products ---

  /// Result type of products: integers are summed in 32 bits.
  std::uint32_t sum_bits() const { return size_of(type_) == 1 ? 32 : bits_of(type_); }

  void convolution() {
    LocalShape shape = shape_;
    shape.w *= step_.spread;
    push_convolution(shape, step_.reduce);
  }

  void push_convolution(const LocalShape& shape, std::int64_t input_channels) {
    ComputeInstruction fields =
        fields_of({.kind = ComputeKind::kConv, .from = bits_of(type_), .to = sum_bits()}, shape);
    fields.input = {narrowed(shape.n), narrowed(input_channels), 1, 1};
    fields.kernel = {narrowed(step_.kernel), 1};
    if (step_.strided) fields.stride = {2, 2};
    push(fields);
  }

  /// One row, and f32, beside the cube; else rows on lanes, in the cube, one command per matrix.
  void product() {
    const std::int64_t matrices = shape_.n * shape_.h;
    if (size_of(type_) > 2) return wide_product(shape_.c, step_.reduce, DType::kF32, matrices);
    if (shape_.c == 1) return row_product(matrices);
    // Long 8-bit sums are worked off by sets of lanes.
    constexpr std::int64_t kLongSum = 512;
    const bool is_cut = size_of(type_) == 1 && step_.reduce >= kLongSum;
    const std::int64_t lanes = chip_.array.lanes;
    const std::int64_t whole = is_cut ? shape_.c / lanes : 1;
    const std::int64_t rest = is_cut ? shape_.c % lanes : 0;
    if (whole > 0) cube_product(is_cut ? lanes : shape_.c, matrices * whole);
    if (rest > 0) cube_product(rest, matrices);
  }

  void cube_product(std::int64_t rows, std::int64_t count) {
    const ComputeKind kind =
        step_.transposed ? ComputeKind::kCubeMatMulNT : ComputeKind::kCubeMatMul;
    ComputeInstruction fields =
        fields_of({.kind = kind, .from = bits_of(type_), .to = sum_bits()}, {1, rows, 1, step_.w});
    fields.reduced = narrowed(step_.reduce);
    push(fields, count);
  }

  /// Result columns over lanes, in as few vectors per lane as reach them all.
  void wide_product(std::int64_t rows, std::int64_t reduce, DType type, std::int64_t count) {
    const std::int64_t per_vector = chip_.eu_count(type);
    const std::int64_t vectors = ceil_div(step_.w, per_vector * chip_.array.lanes);
    const std::int64_t width = std::min(step_.w, std::max(lane_columns_, per_vector * vectors));
    ComputeInstruction fields =
        fields_of({.kind = ComputeKind::kMatMul, .from = bits_of(type), .to = 32},
                  {1, ceil_div(step_.w, width), 1, width});
    fields.input = {narrowed(rows), 1, 1, 1};
    fields.reduced = narrowed(reduce);
    push(fields, count);
  }

  /// In pieces of the sum, so that weights arrive meanwhile: 16 bits are made f32 first, 8 bits
  /// added up after.
  void row_product(std::int64_t count) {
    const bool is_integer = size_of(type_) == 1;
    const std::int64_t piece = is_integer ? 128 : 64;
    const std::int64_t pieces = ceil_div(step_.reduce, piece);
    const std::int64_t rows = std::min(step_.reduce, piece);
    const std::int64_t lane_columns = is_integer ? 256 : 128;
    const LocalShape weights{rows, ceil_div(step_.w, lane_columns), 1,
                             std::min(step_.w, lane_columns)};
    if (!is_integer) {
      const CommandPass cast{.kind = ComputeKind::kCast, .from = bits_of(type_), .to = 32};
      push(fields_of(cast, {1, ceil_div(rows, 32), 1, 32}), count * pieces);
      push(fields_of(cast, weights), count * pieces);
    }
    ComputeInstruction fields =
        fields_of({.kind = ComputeKind::kMatMul, .from = is_integer ? 8U : 32U, .to = 32}, weights);
    fields.result[0] = 1;
    fields.input = {1, 1, 1, 1};
    fields.reduced = narrowed(rows);
    push(fields, count * pieces);
    if (is_integer) {
      CommandPass add{.from = 32, .to = 32, .overwrites = true, .operands = 2};
      LocalShape sums = weights;
      sums.n = 1;
      push(fields_of(add, sums), count * pieces);
    }
  }

  // --- Windows and folds ---

  /// Few channels of a depthwise convolution fill the cube better as a dense one.
  bool is_dense() const {
    if (!step_.weighted || step_.prepares || size_of(type_) > 2) return false;
    if (size_of(type_) == 1) return step_.c <= chip_.cube.i8_channels;
    return step_.c <= chip_.cube.f16_channels && chip_.cube.f16_channels >= chip_.array.lanes / 2;
  }

  void window() {
    if (is_dense()) return push_convolution(shape_, shape_.c);
    const std::uint32_t to = step_.weighted && !step_.prepares ? sum_bits() : bits_of(type_);
    push_window(step_.weighted ? ComputeKind::kDepthwise : ComputeKind::kPool, shape_, step_.kernel,
                to);
  }

  void push_window(ComputeKind kind, const LocalShape& shape, std::int64_t taps, std::uint32_t to) {
    ComputeInstruction fields = fields_of({.kind = kind, .from = bits_of(type_), .to = to}, shape);
    fields.kernel = {narrowed(taps), 1};
    if (step_.strided) fields.stride = {2, 2};
    push(fields);
  }

  /// A row folds whole vectors first and the elements of one vector last; short ones, and those of
  /// 8 bits, directly.
  void fold() {
    const std::int64_t units = chip_.eu_count(type_);
    const std::int64_t rows = shape_.h * shape_.w;
    const std::uint32_t bits = bits_of(type_);
    if (size_of(type_) == 1 || step_.kernel <= units) {
      return push_window(ComputeKind::kPool, {shape_.n, shape_.c, 1, rows}, step_.kernel, bits);
    }
    // What is left of the last vector is filled with what changes nothing.
    const std::int64_t left = step_.kernel % units;
    if (left != 0) {
      push(fields_of({.kind = ComputeKind::kCopy, .from = bits, .to = bits},
                     {shape_.n, shape_.c, rows, units - left}));
    }
    push_window(ComputeKind::kPool, {shape_.n, shape_.c, rows, units},
                ceil_div(step_.kernel, units), bits);
    push_window(ComputeKind::kPool, {shape_.n, shape_.c, rows, 1}, units, bits);
  }

  // --- Functions ---

  bool is_narrow() const { return bits_of(type_) == 16; }

  void static_table() {
    push(fields_of({.kind = ComputeKind::kStaticBroadcast}, {1, chip_.array.lanes, 1, 1}));
  }
  void arith(std::int64_t count = 1) {
    for (std::int64_t i = 0; i < count; ++i)
      push({.from = bits_of(type_), .to = bits_of(type_)});
  }
  void arith_in_place(std::uint32_t operands = 1) {
    push({.from = bits_of(type_), .to = bits_of(type_), .overwrites = true, .operands = operands});
  }
  void arith_pair() { push({.from = bits_of(type_), .to = bits_of(type_), .operands = 2}); }
  void series(std::uint32_t terms) {
    push({.kind = ComputeKind::kTaylor,
          .from = bits_of(type_),
          .to = bits_of(type_),
          .terms = terms});
  }
  void special() {
    push({.kind = ComputeKind::kSpecial, .from = bits_of(type_), .to = bits_of(type_)});
  }
  void compare() {
    push({.kind = ComputeKind::kCompare, .from = bits_of(type_), .to = bits_of(type_)});
  }

  /// Clamp, split into a power of two and a rest, the power by its exponent's bits, the rest by a
  /// series.
  void exponential(bool overwrites) {
    const std::uint32_t whole = bits_of(type_);
    const std::uint32_t half = whole / 2;
    static_table();
    push({.from = whole, .to = whole, .overwrites = overwrites});
    arith(2);
    push({.kind = ComputeKind::kCast, .from = whole, .to = whole});
    arith();
    arith_in_place(2);
    push({.kind = ComputeKind::kCast, .from = whole, .to = half});
    push({.from = half, .to = half});
    push({.from = half, .to = half});
    push({.from = half, .to = whole});
    series(is_narrow() ? 7 : 10);
    arith_in_place(2);
  }

  /// The exponent's bits by themselves, the fraction by a series.
  void logarithm() {
    const std::uint32_t bits = bits_of(type_);
    static_table();
    push({.from = bits, .to = bits, .overwrites = step_.overwrites});
    special();
    arith_in_place();
    arith_in_place(2);
    arith_in_place();
    series(is_narrow() ? 8 : 16);
    compare();
    compare();
    special();
    arith_in_place();
    push({.kind = ComputeKind::kCast, .from = bits, .to = bits, .overwrites = true});
    arith_in_place();
    arith_in_place(2);
  }

  /// A rational approximation with an exponential in it.
  void error_function() {
    static_table();
    arith(3);
    push({.kind = ComputeKind::kDivide, .from = bits_of(type_), .to = bits_of(type_)});
    series(10);
    arith_pair();
    arith_pair();
    exponential(true);
    arith_pair();
    arith();
    compare();
    compare();
    arith_pair();
  }

  void sine() {
    static_table();
    arith();
    push({.kind = ComputeKind::kCast, .from = bits_of(type_), .to = bits_of(type_)});
    arith_in_place(2);
    arith_pair();
    series(16);
    arith_in_place(2);
  }

  /// The sorter takes 16 elements a cycle and log2(row) rounds, row after row.
  void sort() {
    ComputeInstruction fields = fields_of(
        {.kind = ComputeKind::kSort, .from = bits_of(type_), .to = bits_of(type_)}, shape_);
    fields.terms = narrowed(step_.kernel);
    push(fields);
  }

  const Chip& chip_;
  WorkStep step_;
  DType type_;
  std::int64_t conflicts_;
  std::int64_t lane_columns_;
  std::int64_t times_ = 1;
  LocalShape shape_{};
  std::vector<PlannedInstruction> instructions_{};
};

}  // namespace

std::vector<PlannedInstruction> instructions_of(const Chip& chip, const PlacedStep& step,
                                                std::int64_t conflicts) {
  return StepInstructions(chip, step, conflicts).take();
}

Cycles<BdcClock> total_cycles(std::span<const PlannedInstruction> instructions) {
  Cycles<BdcClock> cycles{};
  for (const PlannedInstruction& instruction : instructions)
    cycles += {instruction.count * instruction.price.cost.total()};
  return cycles;
}

Cycles<BdcClock> total_cycles(const Chip& chip, std::span<const PlacedStep> steps,
                              std::int64_t conflicts) {
  Cycles<BdcClock> cycles{};
  for (const PlacedStep& step : steps)
    cycles += total_cycles(instructions_of(chip, step, conflicts));
  return cycles;
}

}  // namespace tpuscope
