// Commands of the BDC. L lanes work side by side, each on a vector of E bytes per cycle.

#include "sim/cost/instruction_cost.h"

#include <algorithm>
#include <cmath>

#include "sim/cost/instruction_rules.h"

namespace tpuscope {
namespace {

/// A price before it is rounded to whole cycles.
struct ComputePrice {
  double base = 0;   ///< by the compiler's estimate
  double extra = 0;  ///< what silicon adds in proportion to the work
  double start = 0;
  double factor = 1;  ///< silicon on the base
  /// Of the base, when nothing were padded: what the unit does for each element alike, as asking
  /// its memory twice, is in both.
  double ideal = 0;
  std::int64_t useful_ops = 0;
  InstructionRule rule = InstructionRule::kArith;

  double silicon() const { return base * factor + extra + start; }
  ComputePrice estimated() const {
    return {.base = base, .ideal = ideal, .useful_ops = useful_ops, .rule = rule};
  }
};

constexpr double kBitsPerByte = 8;

double over(double amount, double unit) {
  return std::ceil(amount / unit);
}

/// Vectors that hold so many bits per element.
double elements_per_vector(const Chip& chip, std::uint32_t bits) {
  const std::int64_t bytes =
      bits <= 8 ? chip.array.i8_eu_bytes_per_lane : chip.array.eu_bytes_per_lane;
  return std::max(
      1.0, std::floor(static_cast<double>(bytes) * kBitsPerByte / static_cast<double>(bits)));
}

struct Extents {
  double n = 1;
  double c = 1;
  double h = 1;
  double w = 1;
  double passes = 1;  ///< over the lanes: n * ceil(c / L)

  Extents(const std::array<std::uint32_t, 4>& shape, const Chip& chip)
      : n(shape[0]), c(shape[1]), h(shape[2]), w(shape[3]) {
    passes = n * over(c, static_cast<double>(chip.array.lanes));
  }
  double elements() const { return n * c * h * w; }
};

/// Each lane works through its elements once.
double vectors_of(const Extents& extents, double per_vector) {
  return extents.passes * over(extents.h * extents.w, per_vector);
}

double lanes_of(const Chip& chip) {
  return static_cast<double>(chip.array.lanes);
}

/// How the cube takes elements of a width: products summed per column, and columns.
struct CubeWidth {
  double channels = 1;
  double columns = 1;
};
CubeWidth cube_of(const Chip& chip, std::uint32_t bits) {
  if (bits == 16) {
    return {static_cast<double>(chip.command.cube_16_channels),
            static_cast<double>(chip.command.cube_16_columns)};
  }
  return {std::floor(static_cast<double>(chip.cube.i8_channels) * kBitsPerByte /
                     static_cast<double>(bits)),
          static_cast<double>(chip.cube.columns)};
}

/// At most so many that the counts of all commands add up in 64 bits.
std::int64_t whole_count(double value) {
  constexpr double kMost = 1e12;
  return static_cast<std::int64_t>(std::min(value, kMost));
}

/// From this row length on a kernel of more than one tap loses cycles at each row.
constexpr double kWideRow = 48;

ComputePrice conv_price(const ComputeInstruction& op, const Chip& chip) {
  const Extents result(op.result, chip);
  const std::uint32_t bits = op.operands[0].bits;
  const double taps = static_cast<double>(op.kernel[0]) * op.kernel[1];
  const double channels = op.input[1];
  const double pixels = result.h * result.w;
  const double products = result.elements() * channels * taps;
  ComputePrice price{.useful_ops = whole_count(2 * products)};
  price.start = chip.command.conv_start_cycles + chip.command.conv_pass_cycles * result.passes;
  if (bits == 32) {
    const double per_vector = elements_per_vector(chip, bits);
    const double vectors = vectors_of(result, per_vector);
    price.base = vectors * channels * taps;
    price.factor = chip.command.conv_f32_factor;
    price.extra = chip.command.conv_f32_channel_cycles * vectors * channels;
    price.ideal = products / lanes_of(chip) / per_vector;
    price.rule = InstructionRule::kConvF32;
    return price;
  }
  const CubeWidth cube = cube_of(chip, bits);
  price.base = result.passes * over(pixels, cube.columns) * over(channels, cube.channels) * taps;
  price.ideal = products / lanes_of(chip) / cube.columns / cube.channels;
  const bool is_strided = op.stride[0] > 1 || op.stride[1] > 1;
  if (is_strided || (taps > 1 && result.w >= kWideRow)) {
    price.extra = chip.command.conv_row_cycles * result.passes * result.h;
  }
  price.rule = bits == 16 ? InstructionRule::kConv16 : InstructionRule::kConv8;
  return price;
}

ComputePrice matmul_price(const ComputeInstruction& op, const Chip& chip) {
  // The left operand's rows are in `n` of the input; result columns are dealt out to lanes.
  const std::uint32_t bits = op.operands[0].bits;
  const double rows = op.input[0];
  const double per_vector = elements_per_vector(chip, std::max(bits, 8U));
  const double groups = over(op.result[1], lanes_of(chip));
  const double columns = op.result[3];
  ComputePrice price{.start = chip.command.matmul_start_cycles};
  price.base = rows * op.reduced * groups * over(columns, per_vector);
  price.ideal = rows * op.reduced * op.result[1] * columns / lanes_of(chip) / per_vector;
  price.useful_ops = whole_count(2 * rows * op.reduced * op.result[1] * columns);
  if (bits == 32) {
    price.factor = columns <= per_vector ? chip.command.matmul_f32_narrow_factor
                                         : chip.command.matmul_f32_wide_factor;
  }
  price.rule = bits == 32 ? InstructionRule::kMatMulF32 : InstructionRule::kMatMul;
  return price;
}

ComputePrice cube_price(const ComputeInstruction& op, const Chip& chip) {
  const std::uint32_t bits = op.operands[0].bits;
  const double rows = op.result[1];
  const double columns = op.result[3];
  const double reduced = op.reduced;
  const double groups = over(rows, lanes_of(chip));
  const bool is_plain = op.kind == ComputeKind::kCubeMatMul;
  ComputePrice price{.start = chip.command.cube_start_cycles, .rule = InstructionRule::kCube};
  price.useful_ops = whole_count(2 * rows * columns * reduced);
  if (bits == 32) {
    const double per_vector = elements_per_vector(chip, bits);
    price.base = is_plain ? groups * over(columns, per_vector) * reduced
                          : groups * columns * over(reduced, per_vector);
    price.ideal = rows * columns * reduced / lanes_of(chip) / per_vector;
    return price;
  }
  const CubeWidth cube = cube_of(chip, bits);
  // The plain form works on blocks of 32 columns where sums are as wide as the lanes of BM1684X,
  // and of 16 in depth on the narrow cube.
  constexpr double kBlock = 32;
  constexpr double kDepth = 16;
  if (!is_plain) {
    price.base = groups * over(columns, cube.columns) * over(reduced, cube.channels);
  } else if (chip.array.lanes >= 64) {
    price.base = groups * over(reduced, cube.channels) * std::floor(kBlock / cube.columns) *
                 over(columns, kBlock);
  } else {
    price.base = groups * over(reduced, kDepth) * std::floor(kDepth / cube.columns) *
                 over(columns, cube.channels);
  }
  price.ideal = std::min(price.base,
                         rows * columns * reduced / lanes_of(chip) / cube.columns / cube.channels);
  if (bits == 16) price.factor = chip.command.cube_f16_factor;
  return price;
}

/// How often the memory of a lane is asked more than once for a vector.
double arith_passes(const ComputeInstruction& op, const Chip& chip, std::uint32_t bits) {
  const std::uint32_t count = std::min<std::uint32_t>(op.operand_count, 2);
  const auto& operands = op.operands;
  double passes = 1;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (!operands[i].is_constant && operands[i].address == op.output.address) passes = 2;
  }
  if (operands_in_memory(op) == 2) {
    const bool both = operands[0].is_strided && operands[1].is_strided &&
                      operands[0].w_stride == 1 && operands[1].w_stride == 1;
    return both ? 2 : passes;
  }
  // A vector of elements that lie apart touches several lines of the memory.
  std::uint32_t stride = op.output.is_strided ? op.output.w_stride : 1;
  if (count > 0 && !operands[0].is_constant && operands[0].is_strided) {
    stride = std::max(stride, operands[0].w_stride);
  }
  if (op.result[3] > 1 && stride > 1) {
    const double per_vector = elements_per_vector(chip, bits);
    const double bytes = per_vector * stride * bits / kBitsPerByte;
    const double lines = over(bytes, static_cast<double>(chip.array.eu_bytes_per_lane));
    passes = std::max(passes, std::min(per_vector, lines));
  }
  return passes;
}

ComputePrice arith_price(const ComputeInstruction& op, const Chip& chip) {
  std::uint32_t bits = op.output.bits;
  for (std::uint32_t i = 0; i < std::min<std::uint32_t>(op.operand_count, 2); ++i)
    bits = std::max(bits, op.operands[i].bits);
  const Extents result(op.result, chip);
  const double per_vector = elements_per_vector(chip, bits);
  const double vectors = vectors_of(result, per_vector);
  ComputePrice price{.ideal = result.elements() / lanes_of(chip) / per_vector,
                     .useful_ops = whole_count(result.elements())};
  if (op.kind == ComputeKind::kDivide) {
    constexpr double kEstimate = 31;  // cycles per vector in the compiler's estimate
    price.base = vectors * kEstimate;
    price.ideal *= kEstimate;
    price.factor = chip.command.divide_cycles / kEstimate;
    price.start = chip.command.arith_pair_start_cycles;
    price.rule = InstructionRule::kDivide;
    return price;
  }
  const double passes = arith_passes(op, chip, bits);
  price.base = vectors * passes;
  price.ideal *= passes;
  const bool is_pair = operands_in_memory(op) == 2;
  price.start = is_pair                         ? chip.command.arith_pair_start_cycles
                : op.kind == ComputeKind::kCast ? chip.command.cast_start_cycles
                                                : chip.command.arith_start_cycles;
  price.rule = is_pair                         ? InstructionRule::kArithPair
               : op.kind == ComputeKind::kCast ? InstructionRule::kCast
                                               : InstructionRule::kArith;
  return price;
}

ComputePrice window_price(const ComputeInstruction& op, const Chip& chip) {
  const Extents result(op.result, chip);
  const bool is_pool = op.kind == ComputeKind::kPool;
  // Products of 8 bits are summed in 32.
  const std::uint32_t bits =
      is_pool ? op.operands[0].bits : std::max(op.operands[0].bits, op.output.bits);
  const double per_vector = elements_per_vector(chip, bits);
  const double taps = static_cast<double>(op.kernel[0]) * op.kernel[1];
  const double vectors = result.w == 1 ? result.passes * result.h : vectors_of(result, per_vector);
  const bool is_strided = op.stride[1] > 1;
  const bool is_short = result.w * 4 <= per_vector;
  const auto& numbers = chip.command;
  // The estimate knows one factor for strides, which goes with the width of a vector.
  const double estimate = is_strided ? (chip.array.eu_bytes_per_lane >= 64 ? 3 : 2) : 1;
  double cycles = 0;
  if (is_strided && is_pool) {
    cycles = is_short ? numbers.pool_strided_narrow_cycles : numbers.pool_strided_cycles;
  } else if (is_strided) {
    cycles = is_short ? numbers.depthwise_strided_narrow_cycles : numbers.depthwise_strided_cycles;
  } else if (result.w == 1) {
    cycles = numbers.depthwise_column_cycles;
  } else {
    cycles = result.w < per_vector ? numbers.depthwise_narrow_cycles : numbers.depthwise_cycles;
  }
  return {.base = vectors * taps * estimate,
          .start = numbers.window_start_cycles,
          .factor = cycles / estimate,
          .ideal = estimate * result.elements() * taps / lanes_of(chip) / per_vector,
          .useful_ops = whole_count(result.elements() * taps * (is_pool ? 1 : 2)),
          .rule = is_pool ? InstructionRule::kPool : InstructionRule::kDepthwise};
}

ComputePrice gather_price(const ComputeInstruction& op, const Chip& chip) {
  const Extents result(op.result, chip);
  constexpr double kHazard = 1.5;
  constexpr double kLong = 256;  // shorter ones show no more than their start
  constexpr std::uint32_t kTableBits = 8;
  ComputePrice price{.start = chip.command.gather_start_cycles,
                     .useful_ops = whole_count(result.elements()),
                     .rule = InstructionRule::kGather};
  price.base = result.passes * result.h * result.w;
  price.ideal = result.elements() / lanes_of(chip);
  if (op.kind == ComputeKind::kHazardGather) {
    price.base *= kHazard;
    price.ideal *= kHazard;
  }
  if (op.output.bits == kTableBits && price.base >= kLong) {
    price.factor = chip.command.gather_cycles;
  }
  return price;
}

ComputePrice broadcast_price(const ComputeInstruction& op, const Chip& chip) {
  const Extents result(op.result, chip);
  const double per_vector = elements_per_vector(chip, op.output.bits);
  ComputePrice price{.start = chip.command.broadcast_start_cycles,
                     .ideal = result.elements() / lanes_of(chip) / per_vector,
                     .useful_ops = 0,
                     .rule = InstructionRule::kBroadcast};
  if (op.kind == ComputeKind::kTranspose) {
    price.base = result.n * result.h * over(result.c, lanes_of(chip)) *
                 over(result.w, lanes_of(chip)) * lanes_of(chip);
    return price;
  }
  // A copy moves one lane after the other, a broadcast all at once.
  const double lanes = op.kind == ComputeKind::kLaneCopy ? result.n * result.c : result.passes;
  price.base = lanes * over(result.h * result.w, per_vector);
  if (op.output.address == op.operands[0].address) price.base *= 2;
  return price;
}

/// So many passes over vectors of the first operand, and a start.
ComputePrice plain_price(const ComputeInstruction& op, const Chip& chip, double passes,
                         double start, InstructionRule rule) {
  const Extents result(op.result, chip);
  const double per_vector = elements_per_vector(chip, std::max(op.operands[0].bits, 8U));
  return {.base = passes * vectors_of(result, per_vector),
          .start = start,
          .ideal = passes * result.elements() / lanes_of(chip) / per_vector,
          .useful_ops = whole_count(passes * result.elements()),
          .rule = rule};
}

ComputePrice requant_price(const ComputeInstruction& op, const Chip& chip) {
  const Extents result(op.result, chip);
  const double per_vector =
      elements_per_vector(chip, std::max(op.output.bits, op.operands[0].bits));
  const double passes = op.output.address == op.operands[0].address ? 2 : 1;
  return {.base = passes * vectors_of(result, per_vector),
          .start = chip.command.requant_start_cycles,
          .ideal = passes * result.elements() / lanes_of(chip) / per_vector,
          .useful_ops = whole_count(result.elements()),
          .rule = InstructionRule::kRequant};
}

/// No stream has it: the vendor's compiler sorts outside of the device. The sorter of the
/// architecture takes 16 elements a cycle and log2(row) rounds, row after row.
ComputePrice sort_price(const ComputeInstruction& op, const Chip& chip) {
  constexpr double kWidth = 16;
  constexpr double kRowStart = 20;
  const double rows = Extents(op.result, chip).elements();
  double rounds = 1;
  while (std::exp2(rounds) < op.terms)
    ++rounds;
  ComputePrice price{.start = rows * kRowStart, .rule = InstructionRule::kSort};
  price.base = rows * over(op.terms, kWidth) * rounds;
  price.ideal = rows * op.terms * rounds / kWidth;
  price.useful_ops = whole_count(rows * op.terms * rounds);
  return price;
}

ComputePrice compute_price(const ComputeInstruction& op, const Chip& chip) {
  const auto& numbers = chip.command;
  switch (op.kind) {
    case ComputeKind::kConv:
      return conv_price(op, chip);
    case ComputeKind::kDepthwise:
    case ComputeKind::kPool:
      return window_price(op, chip);
    case ComputeKind::kMatMul:
      return matmul_price(op, chip);
    case ComputeKind::kCubeMatMul:
    case ComputeKind::kCubeMatMulNT:
      return cube_price(op, chip);
    case ComputeKind::kArith:
    case ComputeKind::kDivide:
    case ComputeKind::kCast:
    case ComputeKind::kCopy:
      return arith_price(op, chip);
    case ComputeKind::kRequant:
      return requant_price(op, chip);
    case ComputeKind::kTranspose:
    case ComputeKind::kLaneCopy:
    case ComputeKind::kLaneBroadcast:
      return broadcast_price(op, chip);
    case ComputeKind::kStaticBroadcast:
      return {.base = 1,
              .start = numbers.static_start_cycles,
              .ideal = 1,
              .rule = InstructionRule::kStatic};
    case ComputeKind::kGather:
    case ComputeKind::kHazardGather:
      return gather_price(op, chip);
    case ComputeKind::kLines: {
      ComputePrice price =
          plain_price(op, chip, 1, numbers.lines_start_cycles, InstructionRule::kLines);
      const Extents result(op.result, chip);
      price.base = result.passes * result.h *
                   over(result.w, elements_per_vector(chip, std::max(op.operands[0].bits, 8U)));
      return price;
    }
    case ComputeKind::kTaylor:
      return plain_price(op, chip, op.terms, numbers.special_start_cycles,
                         InstructionRule::kTaylor);
    case ComputeKind::kRsqrt: {
      constexpr double kEstimate = 30;  // cycles per vector in the compiler's estimate
      ComputePrice price =
          plain_price(op, chip, kEstimate, numbers.special_start_cycles, InstructionRule::kRsqrt);
      price.factor = numbers.rsqrt_cycles / kEstimate;
      return price;
    }
    case ComputeKind::kSpecial:
      return plain_price(op, chip, 1, numbers.special_start_cycles, InstructionRule::kTaylor);
    case ComputeKind::kSort:
      return sort_price(op, chip);
    case ComputeKind::kCompare:
      return plain_price(op, chip, 2, numbers.compare_start_cycles, InstructionRule::kCompare);
    case ComputeKind::kLinear:
      return plain_price(op, chip, 2, numbers.arith_pair_start_cycles, InstructionRule::kArithPair);
    case ComputeKind::kVector:
      return plain_price(op, chip, 1, numbers.arith_pair_start_cycles, InstructionRule::kArithPair);
    case ComputeKind::kSystem:
    case ComputeKind::kMessage:
      return {.base = 0, .start = numbers.system_cycles, .rule = InstructionRule::kSystem};
    case ComputeKind::kOther:
      return plain_price(op, chip, 1, numbers.arith_start_cycles, InstructionRule::kArith);
  }
  unreachable();
}

}  // namespace

InstructionPrice price_of(const ComputeInstruction& instruction, const Chip& chip) {
  ComputePrice price = compute_price(instruction, chip);
  if (chip.prices == PriceModel::kEstimate) price = price.estimated();
  InstructionPrice rounded{.rule = number_of(price.rule), .useful_ops = price.useful_ops};
  // The part of the work that is padding is that of the operations: a unit that takes longer for
  // each than its peak rate, as a look-up does, pads nothing.
  const double work = price.silicon() - price.start;
  const double useful = price.base > price.ideal ? work * price.ideal / price.base : work;
  rounded.cost = whole_cycles(price.silicon(), price.start, useful);
  rounded.issued_ops = price.ideal > 0 ? whole_count(static_cast<double>(price.useful_ops) *
                                                     std::max(1.0, price.base / price.ideal))
                                       : price.useful_ops;
  return rounded;
}

double estimate_of(const ComputeInstruction& instruction, const Chip& chip) {
  return compute_price(instruction, chip).base;
}

}  // namespace tpuscope
