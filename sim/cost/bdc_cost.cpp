// Cycles of BDC instructions. Sources: the instruction descriptions of the BM1688 and BM1684X
// debuggers in tpu-mlir and the kernel library of the next generation; docs/model.md has the table.

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "sim/cost/cost.h"

namespace tpuscope {
namespace {

/// Everything that the rules below share.
struct Context {
  const Chip& chip;
  const WorkStep& step;
  DType type;
  Alignment alignment;
  std::int64_t conflicts;

  LocalShape shape() const { return {step.n, step.c, step.h, step.w}; }
  std::int64_t lanes() const { return chip.array.lanes; }
  std::int64_t units() const { return chip.eu_count(type); }
  /// Images worked on: where 8-bit ones are stored several together, fewer cost as much.
  std::int64_t images() const {
    const bool is_map = step.unit == WorkUnit::kConv || step.unit == WorkUnit::kDepthwise;
    return is_map && size_of(type) == 1 ? align_up(step.n, chip.array.i8_batch) : step.n;
  }
  /// Lane-vectors of the result.
  std::int64_t vector_count() const {
    if (alignment == Alignment::kAligned) {
      return vectors(chip, {images(), step.c, step.h, step.w}, type);
    }
    return images() * ceil_div(ceil_div(step.c, lanes()) * step.h * step.w, units());
  }
};

/// An instruction that takes `busy` cycles after its start-up, of which `useful` would do at the
/// unit's peak. `iterations` are those that a bank conflict lengthens.
BdcCost instruction(const Context& context, CommandKind kind, std::int64_t initial, double useful,
                    double busy, std::int64_t iterations) {
  BdcCost cost{.kind = kind, .shape = context.shape()};
  const auto whole = static_cast<std::int64_t>(std::ceil(busy - 1e-9));
  const auto done = std::min(whole, static_cast<std::int64_t>(std::llround(useful)));
  const auto conflict = static_cast<std::int64_t>(std::llround(
      static_cast<double>(iterations * context.conflicts) * context.chip.bdc.bank_conflict_cycles));
  cost.cost = {{initial}, {done}, {whole - done}, {conflict}};
  return cost;
}

/// Products in the cube: `iterations` positions of lanes and columns, each `depth` cycles.
BdcCost cube_bdc_cost(const Context& context, CommandKind kind, std::int64_t initial,
                      std::int64_t iterations, std::int64_t depth) {
  const bool is_f32 = size_of(context.type) > 2;
  const auto& parameters = context.chip.cube;
  const double rate = is_f32                       ? parameters.f32_rate
                      : size_of(context.type) == 1 ? parameters.i8_rate
                                                   : parameters.f16_rate;
  const std::int64_t peak = peak_macs_per_cycle(context.chip, context.type);
  TPU_CHECK(peak > 0, "{} priced on {}, which lacks it", name_of(context.type), context.chip.name);
  const std::int64_t cycles = iterations * depth;
  const double useful =
      static_cast<double>(context.step.elements() * context.step.reduce * context.step.kernel) /
      static_cast<double>(peak);
  BdcCost cost =
      instruction(context, kind, initial, useful, static_cast<double>(cycles) / rate, iterations);
  cost.useful_ops = 2 * context.step.elements() * context.step.reduce * context.step.kernel;
  cost.issued_ops = 2 * cycles * peak;
  return cost;
}

/// init + n * ceil(oc / lanes) * ceil(pixels / columns) * taps * ceil(ic / channels) / rate. Few
/// input channels would leave the channel axis of the cube empty, so taps are folded into it.
BdcCost convolution(const Context& context) {
  const WorkStep& step = context.step;
  const auto& parameters = context.chip.cube;
  const std::int64_t lanes = context.images() * ceil_div(step.c, context.lanes());
  const std::int64_t pixels = step.h * step.w;
  if (size_of(context.type) > 2) {
    return cube_bdc_cost(context, CommandKind::kConv, context.chip.bdc.conv_init_cycles,
                         lanes * ceil_div(pixels, parameters.f32_macs_per_lane),
                         step.kernel * step.reduce);
  }
  const std::int64_t channels =
      size_of(context.type) == 1 ? parameters.i8_channels : parameters.f16_channels;
  std::int64_t depth = step.kernel * ceil_div(step.reduce, channels);
  if (step.reduce <= parameters.fold_channels) {
    depth = std::min(depth, ceil_div(step.reduce * step.kernel, channels));
  }
  return cube_bdc_cost(context, CommandKind::kConv, context.chip.bdc.conv_init_cycles,
                       lanes * ceil_div(pixels, parameters.columns), depth);
}

/// MM2: rows over lanes and result columns over the cube's, or the other way round, which is how
/// one row fills the lanes. MM1 (f32): result columns over lanes and units, row after row, on the
/// multiply-accumulate units of f32 convolution and so at their rate. One instruction is one
/// matrix; a batch is charged the start-up of each.
BdcCost matmul(const Context& context) {
  const WorkStep& step = context.step;
  const auto& parameters = context.chip.cube;
  const std::int64_t matrices = step.n * step.h;
  if (size_of(context.type) > 2) {
    const std::int64_t across = context.lanes() * parameters.f32_macs_per_lane;
    return cube_bdc_cost(context, CommandKind::kMatMul,
                         matrices * context.chip.bdc.matmul_init_cycles,
                         matrices * step.c * ceil_div(step.w, across), step.reduce);
  }
  const std::int64_t channels =
      size_of(context.type) == 1 ? parameters.i8_channels : parameters.f16_channels;
  const std::int64_t rows_on_lanes =
      ceil_div(step.c, context.lanes()) * ceil_div(step.w, parameters.columns);
  const std::int64_t columns_on_lanes =
      ceil_div(step.w, context.lanes()) * ceil_div(step.c, parameters.columns);
  return cube_bdc_cost(
      context, CommandKind::kMatMul, matrices * context.chip.bdc.matmul_cube_init_cycles,
      matrices * std::min(rows_on_lanes, columns_on_lanes), ceil_div(step.reduce, channels));
}

/// `factor` cycles per lane-vector of the result.
BdcCost per_vector(const Context& context, CommandKind kind, std::int64_t initial, double factor,
                   std::int64_t ops_per_element = 1) {
  const std::int64_t count = context.vector_count();
  const std::int64_t width = context.lanes() * context.units();
  const double useful =
      static_cast<double>(context.step.elements()) * factor / static_cast<double>(width);
  BdcCost cost =
      instruction(context, kind, initial, useful, static_cast<double>(count) * factor, count);
  cost.useful_ops = context.step.elements() * ops_per_element;
  cost.issued_ops = count * width * ops_per_element;
  return cost;
}

/// Taps of depthwise convolution and pooling: one cycle per tap and vector, more where the tap has
/// a weight. A weighted tap is a product and a sum, the others are one operation.
BdcCost taps(const Context& context, CommandKind kind) {
  const double per_tap = context.step.weighted ? context.chip.bdc.depthwise_factor : 1.0;
  return per_vector(context, kind, context.chip.bdc.depthwise_init_cycles,
                    static_cast<double>(context.step.kernel) * per_tap,
                    context.step.kernel * (context.step.weighted ? 2 : 1));
}

/// A row's fold runs as a pooling instruction over the results, or folds whole vectors first and
/// the units of one vector last: whichever is shorter.
BdcCost fold(const Context& context) {
  BdcCost direct = taps(context, CommandKind::kReduce);
  const std::int64_t slots = context.step.n * ceil_div(context.step.c, context.lanes());
  const std::int64_t rows = slots * context.step.h * context.step.w;
  const std::int64_t first = rows * ceil_div(context.step.kernel, context.units());
  const std::int64_t last = context.vector_count() * std::min(context.step.kernel, context.units());
  const std::int64_t busy = first + last;
  const std::int64_t initial = 2 * context.chip.bdc.depthwise_init_cycles;
  if (initial + busy >= direct.cost.total().value) return direct;
  const double useful = static_cast<double>(direct.cost.useful.value);
  BdcCost cost =
      instruction(context, CommandKind::kReduce, initial, useful, static_cast<double>(busy), first);
  cost.useful_ops = direct.useful_ops;
  cost.issued_ops = busy * context.lanes() * context.units();
  return cost;
}

/// One element per lane at a time.
BdcCost lookup(const Context& context) {
  const std::int64_t per_lane =
      context.step.n * ceil_div(context.step.c, context.lanes()) * context.step.h * context.step.w;
  const double useful =
      static_cast<double>(context.step.elements()) / static_cast<double>(context.lanes());
  BdcCost cost =
      instruction(context, CommandKind::kLookup, context.chip.bdc.lookup_init_cycles, useful,
                  static_cast<double>(per_lane) * context.chip.bdc.lookup_cycles, per_lane);
  cost.useful_ops = context.step.elements();
  cost.issued_ops = per_lane * context.lanes();
  return cost;
}

/// The sorter takes 16 elements a cycle and log2(row) rounds, row after row.
BdcCost sort(const Context& context) {
  constexpr std::int64_t kSorterWidth = 16;
  constexpr std::int64_t kSorterStart = 20;
  std::int64_t rounds = 1;
  while ((std::int64_t{1} << rounds) < context.step.kernel)
    ++rounds;
  const std::int64_t rows = context.step.elements();
  const std::int64_t busy = rows * ceil_div(context.step.kernel, kSorterWidth) * rounds;
  const double useful =
      static_cast<double>(rows * context.step.kernel * rounds) / static_cast<double>(kSorterWidth);
  BdcCost cost = instruction(context, CommandKind::kSort, rows * kSorterStart, useful,
                             static_cast<double>(busy), 0);
  cost.useful_ops = rows * context.step.kernel * rounds;
  cost.issued_ops = busy * kSorterWidth;
  return cost;
}

/// How many one-pass, division and Taylor instructions a function is made of.
struct Sequence {
  std::int64_t arith = 0;
  std::int64_t reciprocals = 0;
  std::int64_t taylor_terms = 0;
};

/// Counts from the kernel library; the 16-bit exponential clamps on both sides, the 32-bit one
/// below only.
std::vector<Sequence> sequences(const Context& context) {
  const auto& bdc = context.chip.bdc;
  const bool is_f32 = size_of(context.type) > 2;
  const Sequence exp{.arith = is_f32 ? 10 : 11,
                     .taylor_terms = is_f32 ? bdc.exp_terms_f32 : bdc.exp_terms_16};
  switch (context.step.unit) {
    case WorkUnit::kExp:
      return {exp};
    case WorkUnit::kLog:
      return {{.arith = 11, .taylor_terms = is_f32 ? bdc.log_terms_f32 : bdc.log_terms_16}};
    case WorkUnit::kErf:
      return {{.arith = 9, .reciprocals = 1, .taylor_terms = bdc.erf_terms}, exp};
    case WorkUnit::kSin:
      return {{.arith = 4, .taylor_terms = bdc.sin_terms}};
    default:
      unreachable();
  }
}

void append_sequences(const Context& context, std::vector<BdcCost>& costs) {
  const auto& bdc = context.chip.bdc;
  for (const Sequence& sequence : sequences(context)) {
    const BdcCost arith = per_vector(context, CommandKind::kArith, bdc.arith_init_cycles, 1);
    // The last pass combines the series with the power of two, after the Taylor instruction.
    costs.insert(costs.end(), static_cast<std::size_t>(sequence.arith - 1), arith);
    for (std::int64_t i = 0; i < sequence.reciprocals; ++i) {
      costs.push_back(
          per_vector(context, CommandKind::kDivide, bdc.arith_init_cycles, bdc.reciprocal_factor));
    }
    const double taylor = static_cast<double>(2 * sequence.taylor_terms - 1) / 2;
    costs.push_back(per_vector(context, CommandKind::kTaylor, bdc.special_init_cycles, taylor,
                               2 * sequence.taylor_terms - 1));
    costs.push_back(arith);
  }
}

void append_once(const Context& context, std::vector<BdcCost>& costs) {
  const auto& bdc = context.chip.bdc;
  switch (context.step.unit) {
    case WorkUnit::kConv:
      costs.push_back(convolution(context));
      return;
    case WorkUnit::kMatMul:
      costs.push_back(matmul(context));
      return;
    case WorkUnit::kDepthwise:
      costs.push_back(taps(context, CommandKind::kDepthwise));
      return;
    case WorkUnit::kArith:
      costs.push_back(per_vector(context, CommandKind::kArith, bdc.arith_init_cycles, 1));
      return;
    case WorkUnit::kCompare:
      costs.push_back(per_vector(context, CommandKind::kCompare, bdc.compare_init_cycles, 1));
      return;
    case WorkUnit::kConvert:
      costs.push_back(per_vector(context, CommandKind::kConvert, bdc.convert_init_cycles, 1));
      return;
    case WorkUnit::kDivide:
      costs.push_back(
          per_vector(context, CommandKind::kDivide, bdc.arith_init_cycles, bdc.divide_factor));
      return;
    case WorkUnit::kRsqrt:
      costs.push_back(
          per_vector(context, CommandKind::kRsqrt, bdc.special_init_cycles, bdc.rsqrt_factor));
      return;
    case WorkUnit::kExp:
    case WorkUnit::kLog:
    case WorkUnit::kErf:
    case WorkUnit::kSin:
      append_sequences(context, costs);
      return;
    case WorkUnit::kReduce:
      costs.push_back(fold(context));
      return;
    case WorkUnit::kLookup:
      costs.push_back(lookup(context));
      return;
    case WorkUnit::kSort:
      costs.push_back(sort(context));
      return;
    case WorkUnit::kRequant:
      costs.push_back(per_vector(context, CommandKind::kRequant, bdc.requant_init_cycles, 1));
      return;
  }
  unreachable();
}

}  // namespace

std::vector<BdcCost> bdc_costs(const Chip& chip, const WorkStep& step, DType type,
                               Alignment alignment, std::int64_t conflicts) {
  const Context context{chip, step, type, alignment, conflicts};
  std::vector<BdcCost> once;
  append_once(context, once);
  std::vector<BdcCost> costs;
  for (std::int64_t pass = 0; pass < step.passes; ++pass) {
    costs.insert(costs.end(), once.begin(), once.end());
  }
  return costs;
}

Cycles<BdcClock> total_cycles(std::span<const BdcCost> costs) {
  Cycles<BdcClock> cycles{};
  for (const BdcCost& cost : costs)
    cycles += cost.cost.total();
  return cycles;
}

}  // namespace tpuscope
