// One function per kind of step. A command's operands have addresses here only to say whether the
// result takes the place of one.

#include "passes/tiling/instructions.h"

#include <algorithm>

#include "passes/tiling/command_fields.h"
#include "passes/tiling/cube_instructions.h"
#include "sim/cost/instruction_rules.h"

namespace tpuscope {
namespace {

class StepInstructions {
 public:
  StepInstructions(const Chip& chip, const PlacedStep& placed, std::int64_t conflicts)
      : chip_(chip),
        step_(placed.step),
        type_(placed.type),
        conflicts_(conflicts),
        placed_(placed) {
    LocalShape shape{step_.n, step_.c, step_.h, step_.w};
    const bool is_map = step_.unit == WorkUnit::kConv || step_.unit == WorkUnit::kDepthwise;
    // Images worked on: where 8-bit ones are stored several together, fewer cost as much.
    if (is_map && size_of(type_) == 1) shape.n = align_up(shape.n, chip.array.i8_batch);
    if (placed.alignment == Alignment::kCompact && shape.c > chip.array.lanes) {
      (shape.w == 1 ? shape.w : shape.h) *= ceil_div(shape.c, chip.array.lanes);
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
      case WorkUnit::kDepthwise:
        return push(convolution_commands(chip_, placed_, shape_));
      case WorkUnit::kMatMul:
        return push(product_commands(chip_, placed_, shape_));
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
        // Where the cube scales results, conversions reach 8 bits in one step.
        if (step_.prepares && chip_.cube.scales_results != 0) return;
        return push(one_pass_of(ComputeKind::kCast, step_.overwrites));
      case WorkUnit::kDivide:
        return push(one_pass_of(ComputeKind::kDivide, false));
      case WorkUnit::kRsqrt:
        push(one_pass_of(ComputeKind::kRsqrt, false));
        // That of BM1684X is followed by a select, that of BM1688 is not.
        if (chip_.cube.scales_results == 0) push(one_pass_of(ComputeKind::kCompare, false));
        return;
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

  ComputeInstruction fields_of(const CommandPass& pass, const LocalShape& shape) const {
    return command_fields(type_, pass, shape);
  }

  void push(const ComputeInstruction& fields, std::int64_t count = 1, bool is_kept = false) {
    PlannedInstruction instruction{.fields = fields,
                                   .kind = command_kind(fields.kind),
                                   .price = price_of(fields, chip_),
                                   .count = count * times_,
                                   .is_kept = is_kept};
    // A conflict lengthens every vector of the result.
    const double vectors = conflicts_ == 0 ? 0 : estimate_of(fields, chip_);
    instruction.price.cost.conflict = static_cast<std::int64_t>(
        vectors * static_cast<double>(conflicts_) * chip_.command.bank_conflict_cycles);
    instructions_.push_back(instruction);
  }
  void push(const CommandPass& pass) { push(fields_of(pass, shape_)); }
  void push(const std::vector<PlannedInstruction>& commands) {
    for (const PlannedInstruction& command : commands)
      push(command.fields, command.count, command.is_kept);
  }

  CommandPass one_pass_of(ComputeKind kind, bool overwrites) const {
    const std::uint32_t bits = command_bits(type_);
    return {.kind = kind,
            .from = bits,
            .to = bits,
            .overwrites = overwrites,
            .operands = static_cast<std::uint32_t>(std::clamp<std::int64_t>(step_.operands, 1, 2))};
  }

  // --- Windows and folds ---

  void push_window(ComputeKind kind, const LocalShape& shape, std::int64_t taps, std::uint32_t to) {
    ComputeInstruction fields =
        fields_of({.kind = kind, .from = command_bits(type_), .to = to}, shape);
    fields.kernel = {narrowed(taps), 1};
    if (step_.strided) fields.stride = {2, 2};
    push(fields);
  }

  /// A row folds whole vectors first and the elements of one vector last; short ones, and those of
  /// 8 bits, directly.
  void fold() {
    const std::int64_t units = chip_.eu_count(type_);
    const std::int64_t rows = shape_.h * shape_.w;
    const std::uint32_t bits = command_bits(type_);
    if (placed_.folds_at_once || size_of(type_) == 1 || step_.kernel <= units) {
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

  bool is_narrow() const { return command_bits(type_) == 16; }

  void static_table() {
    push(fields_of({.kind = ComputeKind::kStaticBroadcast}, {1, chip_.array.lanes, 1, 1}), 1,
         placed_.keeps_tables);
  }
  void arith(std::int64_t count = 1) {
    for (std::int64_t i = 0; i < count; ++i)
      push({.from = command_bits(type_), .to = command_bits(type_)});
  }
  void arith_in_place(std::uint32_t operands = 1) {
    push({.from = command_bits(type_),
          .to = command_bits(type_),
          .overwrites = true,
          .operands = operands});
  }
  void arith_pair() {
    push({.from = command_bits(type_), .to = command_bits(type_), .operands = 2});
  }
  void series(std::uint32_t terms) {
    push({.kind = ComputeKind::kTaylor,
          .from = command_bits(type_),
          .to = command_bits(type_),
          .terms = terms});
  }
  void special() {
    push({.kind = ComputeKind::kSpecial, .from = command_bits(type_), .to = command_bits(type_)});
  }
  void compare() {
    push({.kind = ComputeKind::kCompare, .from = command_bits(type_), .to = command_bits(type_)});
  }

  /// Clamp, split into a power of two and a rest, the power by its exponent's bits, the rest by a
  /// series.
  void exponential(bool overwrites) {
    const std::uint32_t whole = command_bits(type_);
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
    const std::uint32_t bits = command_bits(type_);
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
    push({.kind = ComputeKind::kDivide, .from = command_bits(type_), .to = command_bits(type_)});
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
    push({.kind = ComputeKind::kCast, .from = command_bits(type_), .to = command_bits(type_)});
    arith_in_place(2);
    arith_pair();
    series(16);
  }

  /// The sorter takes 16 elements a cycle and log2(row) rounds, row after row.
  void sort() {
    ComputeInstruction fields = fields_of(
        {.kind = ComputeKind::kSort, .from = command_bits(type_), .to = command_bits(type_)},
        shape_);
    fields.terms = narrowed(step_.kernel);
    push(fields);
  }

  const Chip& chip_;
  WorkStep step_;
  DType type_;
  std::int64_t conflicts_;
  PlacedStep placed_;
  std::int64_t times_ = 1;
  LocalShape shape_{};
  std::vector<PlannedInstruction> instructions_{};
};

}  // namespace

std::vector<PlannedInstruction> instructions_of(const Chip& chip, const PlacedStep& step,
                                                std::int64_t conflicts) {
  return StepInstructions(chip, step, conflicts).take();
}

namespace {

/// The end of the kernel that begins with the step: those that work by image run together.
std::size_t kernel_end(std::span<const PlacedStep> steps, std::size_t first) {
  const auto joins = [&](std::size_t i) {
    return steps[i].is_by_image == steps[first].is_by_image &&
           (!steps[i].is_by_image || steps[i].step.n == steps[first].step.n);
  };
  std::size_t end = first + 1;
  while (end < steps.size() && joins(end))
    ++end;
  return end;
}

/// Whether tables are fetched before all else; kernels of softmax alone fetch theirs when they
/// need it, those of attention first.
bool fetches_first(std::span<const PlacedStep> kernel) {
  const auto has = [&](auto&& is_such) {
    return std::any_of(kernel.begin(), kernel.end(), is_such);
  };
  if (has([](const PlacedStep& placed) { return placed.step.unit == WorkUnit::kMatMul; })) {
    return true;
  }
  return !has([](const PlacedStep& placed) {
    const WorkUnit unit = placed.step.unit;
    return unit == WorkUnit::kDepthwise || (unit == WorkUnit::kReduce && placed.is_by_image);
  });
}

bool is_kind(const StepInstruction& next, ComputeKind kind) {
  return next.instruction.fields.kind == kind;
}

/// Tables come behind what is spread over lanes at the beginning.
void fetch_first(std::vector<StepInstruction>& kernel) {
  const auto begin = std::find_if(kernel.begin(), kernel.end(), [](const StepInstruction& next) {
    return !is_kind(next, ComputeKind::kLaneBroadcast);
  });
  std::stable_partition(begin, kernel.end(), [](const StepInstruction& next) {
    return is_kind(next, ComputeKind::kStaticBroadcast);
  });
}

}  // namespace

std::vector<StepInstruction> sequence_of(const Chip& chip, std::span<const PlacedStep> steps,
                                         std::int64_t conflicts) {
  std::vector<StepInstruction> sequence;
  for (std::size_t first = 0; first < steps.size();) {
    const std::size_t end = kernel_end(steps, first);
    const std::int64_t images = steps[first].is_by_image ? steps[first].step.n : 1;
    std::vector<StepInstruction> kernel;
    for (std::size_t i = first; i < end; ++i) {
      for (PlannedInstruction& instruction : instructions_of(chip, steps[i], conflicts)) {
        instruction.count /= images;
        kernel.push_back({i, instruction});
      }
    }
    if (fetches_first(steps.subspan(first, end - first))) fetch_first(kernel);
    for (std::int64_t image = 0; image < images; ++image)
      sequence.insert(sequence.end(), kernel.begin(), kernel.end());
    first = end;
  }
  return sequence;
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
