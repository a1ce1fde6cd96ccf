// The table of rules. A new kind of command gets an entry here; a test compares its paths with the
// fields of a chip.

#include "sim/cost/provenance.h"

#include <algorithm>

#include "base/check.h"
#include "sim/cost/instruction_rules.h"

namespace tpuscope {
namespace {

using Paths = std::vector<std::string_view>;

/// A table of 3 precisions of cube work, the vector kinds, and the transfers by direction.
enum class RuleId : std::uint8_t {
  kConvI8,
  kConv16,
  kConvF32,
  kMatMulI8,
  kMatMul16,
  kMatMulF32,
  kDepthwise,
  kArith,
  kCompare,
  kConvert,
  kDivide,
  kTaylor,
  kRsqrt,
  kReduce,
  kLookup,
  kRequant,
  kSort,
  kLoad,
  kStore,
  kCopy,
  kFill,
  kLocalCopy,
};

const Paths kConflict{"bdc.bank_conflict_cycles", "local_memory.banks", "clock.tiu_mhz"};
const Paths kVectorWidth{"array.lanes", "array.eu_bytes_per_lane", "clock.tiu_mhz"};

/// Products in the cube: start, the array's width, what is reached of it.
CostRule cube_provenance(std::string_view name, std::string_view start, const Paths& width,
                         const Paths& reached) {
  Paths useful{"array.lanes", "clock.tiu_mhz"};
  useful.insert(useful.end(), width.begin(), width.end());
  return {name, {Paths{start, "clock.tiu_mhz"}, useful, reached, kConflict}};
}

/// Vector instructions: start, width, factors of the unit.
CostRule vector(std::string_view name, std::string_view start, const Paths& factors) {
  Paths useful = kVectorWidth;
  useful.insert(useful.end(), factors.begin(), factors.end());
  return {name, {Paths{start, "clock.tiu_mhz"}, useful, useful, kConflict}};
}

CostRule transfer(std::string_view name, std::string_view rate, const Paths& losses) {
  return {name,
          {Paths{"gdma.start_cycles", "clock.dma_mhz"},
           Paths{rate, "ddr.peak_gbps", "ddr.efficiency", "clock.dma_mhz"}, losses, Paths{}}};
}

std::vector<CostRule> make_rules() {
  const Paths i8{"cube.columns", "cube.i8_channels"};
  const Paths f16{"cube.columns", "cube.f16_channels"};
  const Paths f32{"cube.f32_macs_per_lane"};
  const Paths losses{"ddr.granule_bytes", "ddr.boundary_bytes", "gdma.segment_cycles",
                     "gdma.local_bytes_per_cycle", "gdma.gather_elements_per_cycle"};
  Paths load_losses = losses;
  load_losses.emplace_back("gdma.transpose_block_bytes");
  Paths store_losses = load_losses;
  store_losses.emplace_back("gdma.unaligned_cycles");
  Paths copy_losses = losses;
  copy_losses.emplace_back("gdma.unaligned_cycles");
  return {
      cube_provenance("convolution, 8 bit", "bdc.conv_init_cycles", i8,
                      {"cube.i8_rate", "cube.fold_channels", "array.i8_batch"}),
      cube_provenance("convolution, 16 bit", "bdc.conv_init_cycles", f16,
                      {"cube.f16_rate", "cube.fold_channels"}),
      cube_provenance("convolution, f32", "bdc.conv_init_cycles", f32, {"cube.f32_rate"}),
      cube_provenance("product, 8 bit", "bdc.matmul_cube_init_cycles", i8, {"cube.i8_rate"}),
      cube_provenance("product, 16 bit", "bdc.matmul_cube_init_cycles", f16, {"cube.f16_rate"}),
      cube_provenance("product, f32", "bdc.matmul_init_cycles", f32, {"cube.f32_rate"}),
      vector("depthwise and pooling", "bdc.depthwise_init_cycles", {"bdc.depthwise_factor"}),
      vector("arithmetic", "bdc.arith_init_cycles", {}),
      vector("comparison", "bdc.compare_init_cycles", {}),
      vector("conversion", "bdc.convert_init_cycles", {}),
      vector("division", "bdc.arith_init_cycles", {"bdc.divide_factor", "bdc.reciprocal_factor"}),
      vector("Taylor series", "bdc.special_init_cycles",
             {"bdc.exp_terms_f32", "bdc.exp_terms_16", "bdc.log_terms_f32", "bdc.log_terms_16",
              "bdc.erf_terms", "bdc.sin_terms"}),
      vector("reciprocal square root", "bdc.special_init_cycles", {"bdc.rsqrt_factor"}),
      vector("fold of rows", "bdc.depthwise_init_cycles", {}),
      vector("look-up", "bdc.lookup_init_cycles", {"bdc.lookup_cycles"}),
      vector("requantisation", "bdc.requant_init_cycles", {}),
      vector("sort", "bdc.special_init_cycles", {}),
      transfer("load", "gdma.ddr_to_local_bytes_per_cycle", load_losses),
      transfer("store", "gdma.local_to_ddr_bytes_per_cycle", store_losses),
      transfer("copy", "gdma.ddr_to_ddr_bytes_per_cycle", copy_losses),
      transfer("fill", "gdma.local_to_ddr_bytes_per_cycle", {"ddr.granule_bytes"}),
      {"copy within local memory",
       {Paths{"gdma.start_cycles", "clock.dma_mhz"},
        Paths{"gdma.local_to_local_bytes_per_cycle", "clock.dma_mhz"},
        Paths{"gdma.local_bytes_per_cycle"}, Paths{}}},
  };
}

RuleId by_width(DType type, RuleId i8) {
  const std::int64_t size = size_of(type);
  return static_cast<RuleId>(static_cast<int>(i8) + (size == 1 ? 0 : size == 2 ? 1 : 2));
}

RuleId id_of(const Command& command) {
  switch (command.kind) {
    case CommandKind::kConv:
      return by_width(command.dtype, RuleId::kConvI8);
    case CommandKind::kMatMul:
      return by_width(command.dtype, RuleId::kMatMulI8);
    case CommandKind::kDepthwise:
      return RuleId::kDepthwise;
    case CommandKind::kArith:
      return RuleId::kArith;
    case CommandKind::kCompare:
      return RuleId::kCompare;
    case CommandKind::kConvert:
      return RuleId::kConvert;
    case CommandKind::kDivide:
      return RuleId::kDivide;
    case CommandKind::kTaylor:
      return RuleId::kTaylor;
    case CommandKind::kRsqrt:
      return RuleId::kRsqrt;
    case CommandKind::kReduce:
      return RuleId::kReduce;
    case CommandKind::kLookup:
      return RuleId::kLookup;
    case CommandKind::kRequant:
      return RuleId::kRequant;
    case CommandKind::kSort:
      return RuleId::kSort;
    case CommandKind::kFill:
      return RuleId::kFill;
    case CommandKind::kLoad:
    case CommandKind::kLoadWeight:
    case CommandKind::kStore:
    case CommandKind::kCopy:
    case CommandKind::kBroadcast:
    case CommandKind::kSystem:
      break;
  }
  switch (command.direction) {
    case Direction::kDdrToLocal:
      return RuleId::kLoad;
    case Direction::kLocalToDdr:
      return RuleId::kStore;
    case Direction::kLocalToLocal:
      return RuleId::kLocalCopy;
    case Direction::kDdrToDdr:
    case Direction::kNone:
      return RuleId::kCopy;
  }
  unreachable();
}

int weakness(Evidence evidence) {
  switch (evidence) {
    case Evidence::kDocumented:
      return 0;
    case Evidence::kUser:
      return 1;
    case Evidence::kInferred:
      return 2;
    case Evidence::kCalibrated:
      return 3;
    case Evidence::kAssumed:
      return 4;
  }
  unreachable();
}

}  // namespace

std::int64_t part_of(const CommandCost& cost, CostPart part) {
  switch (part) {
    case CostPart::kInitial:
      return cost.initial;
    case CostPart::kUseful:
      return cost.useful;
    case CostPart::kPadding:
      return cost.padding;
    case CostPart::kConflict:
      return cost.conflict;
  }
  unreachable();
}

const std::vector<CostRule>& cost_rules() {
  static const std::vector<CostRule> rules = make_rules();
  return rules;
}

const CostRule& rule_of(const Command& command) {
  if (command.rule != 0) return instruction_rules().at(command.rule - 1U);
  return cost_rules().at(static_cast<std::size_t>(id_of(command)));
}

Standing standing_of(const Chip& chip, const std::vector<std::string_view>& paths) {
  Standing standing;
  for (const std::string_view path : paths) {
    const auto value = std::find_if(chip.values.begin(), chip.values.end(),
                                    [path](const ChipValue& row) { return row.path == path; });
    TPU_CHECK(value != chip.values.end(), "{} has no {}", chip.name, path);
    if (weakness(value->evidence) > weakness(standing.evidence)) {
      standing = {value->evidence, {}};
    }
    if (value->evidence == standing.evidence) standing.values.push_back(path);
  }
  return standing;
}

}  // namespace tpuscope
