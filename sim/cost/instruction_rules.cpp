// One table; `rule_of` finds its entries by number.

#include "sim/cost/instruction_rules.h"

#include <algorithm>
#include <cmath>

namespace tpuscope {
namespace {

using RulePaths = std::vector<std::string_view>;

/// Of the BDC: start, and numbers that the work and its losses follow from.
CostRule bdc_rule(std::string_view name, RulePaths start, RulePaths work) {
  start.emplace_back("clock.tiu_mhz");
  work.emplace_back("array.lanes");
  work.emplace_back("clock.tiu_mhz");
  const RulePaths conflict{"command.bank_conflict_cycles", "local_memory.banks", "clock.tiu_mhz"};
  return {name, {start, work, work, conflict}};
}

CostRule gdma_rule(std::string_view name, RulePaths start, RulePaths work, RulePaths losses) {
  start.emplace_back("clock.dma_mhz");
  work.emplace_back("clock.dma_mhz");
  work.emplace_back("ddr.peak_gbps");
  work.emplace_back("ddr.efficiency");
  losses.insert(losses.end(), work.begin(), work.end());
  losses.emplace_back("ddr.granule_bytes");
  return {name, {start, work, losses, RulePaths{}}};
}

std::vector<CostRule> make_instruction_rules() {
  constexpr std::string_view kVector = "array.eu_bytes_per_lane";
  const RulePaths conv_start{"command.conv_start_cycles", "command.conv_pass_cycles"};
  return {
      bdc_rule("command CONV, 8 bits", conv_start,
               {"cube.i8_channels", "cube.columns", "command.conv_row_cycles"}),
      bdc_rule("command CONV, 16 bits", conv_start,
               {"command.cube_16_channels", "command.cube_16_columns", "command.conv_row_cycles"}),
      bdc_rule("command CONV, f32", conv_start,
               {kVector, "command.conv_f32_factor", "command.conv_f32_channel_cycles"}),
      bdc_rule("command MM", {"command.matmul_start_cycles"}, {kVector}),
      bdc_rule("command MM, f32", {"command.matmul_start_cycles"},
               {kVector, "command.matmul_f32_narrow_factor", "command.matmul_f32_wide_factor"}),
      bdc_rule("command MM2", {"command.cube_start_cycles"},
               {"cube.i8_channels", "command.cube_16_channels", "command.cube_f16_factor"}),
      bdc_rule("command PorD, depthwise", {"command.window_start_cycles"},
               {kVector, "command.depthwise_cycles", "command.depthwise_narrow_cycles",
                "command.depthwise_column_cycles", "command.depthwise_strided_cycles",
                "command.depthwise_strided_narrow_cycles"}),
      bdc_rule("command PorD, pooling", {"command.window_start_cycles"},
               {kVector, "command.pool_strided_cycles", "command.pool_strided_narrow_cycles",
                "command.depthwise_cycles", "command.depthwise_narrow_cycles"}),
      bdc_rule("command AR", {"command.arith_start_cycles"}, {kVector}),
      bdc_rule("command AR, two operands", {"command.arith_pair_start_cycles"}, {kVector}),
      bdc_rule("command AR, cast", {"command.cast_start_cycles"}, {kVector}),
      bdc_rule("command AR, division", {"command.arith_pair_start_cycles"},
               {kVector, "command.divide_cycles"}),
      bdc_rule("command RQ&DQ", {"command.requant_start_cycles"}, {kVector}),
      bdc_rule("command BC", {"command.broadcast_start_cycles"}, {kVector}),
      bdc_rule("command BC, static", {"command.static_start_cycles"}, {kVector}),
      bdc_rule("command SG", {"command.gather_start_cycles"}, {"command.gather_cycles"}),
      bdc_rule("command SGL", {"command.lines_start_cycles"}, {kVector}),
      bdc_rule("command SFU", {"command.special_start_cycles"}, {kVector}),
      bdc_rule("command SFU, root", {"command.special_start_cycles"},
               {kVector, "command.rsqrt_cycles"}),
      bdc_rule("command CMP", {"command.compare_start_cycles"}, {kVector}),
      bdc_rule("sort", {"command.special_start_cycles"}, {kVector}),
      bdc_rule("command SYS", {"command.system_cycles"}, {}),
      gdma_rule(
          "command load",
          {"command.load_start_cycles", "command.load_ramp_cycles", "command.outstanding_runs"},
          {"command.load_bytes_per_cycle"},
          {"command.load_run_cycles", "command.load_element_cycles"}),
      gdma_rule(
          "command store", {"command.store_start_cycles", "command.store_ramp_cycles"},
          {"command.store_bytes_per_cycle"},
          {"command.store_run_cycles", "command.store_element_cycles", "command.outstanding_runs"}),
      gdma_rule("command copy", {"command.copy_start_cycles"}, {"command.copy_bytes_per_cycle"},
                {"command.copy_run_cycles", "command.load_element_cycles",
                 "command.store_element_cycles", "command.outstanding_runs"}),
      gdma_rule("command fill", {"command.fill_start_cycles"},
                {"command.load_bytes_per_cycle", "command.store_bytes_per_cycle"},
                {"command.store_run_cycles", "command.outstanding_runs"}),
      gdma_rule(
          "command load of a matrix", {"command.matrix_start_cycles"},
          {"command.load_bytes_per_cycle"},
          {"command.load_run_cycles", "command.load_element_cycles", "command.outstanding_runs"}),
      gdma_rule(
          "command store of a matrix", {"command.matrix_start_cycles"},
          {"command.store_bytes_per_cycle"},
          {"command.store_run_cycles", "command.load_element_cycles", "command.outstanding_runs"}),
      gdma_rule("command gather of the GDMA", {"command.copy_start_cycles"},
                {"command.copy_bytes_per_cycle"}, {"command.gather_row_cycles"}),
      gdma_rule("command system of the GDMA", {"command.system_cycles"}, {}, {}),
      gdma_rule("wait for the host", {"overhead.launch_us"}, {"command.copy_bytes_per_cycle"}, {}),
      gdma_rule("start of a net",
                {"overhead.net_us", "overhead.host_net_us", "overhead.host_kv_us_per_mb"}, {}, {}),
  };
}

}  // namespace

const std::vector<CostRule>& instruction_rules() {
  static const std::vector<CostRule> rules = make_instruction_rules();
  return rules;
}

CommandCost whole_cycles(double total, double start, double ideal) {
  const auto whole = [](double cycles) {
    constexpr double kMost = 1e11;  // cycles: more than a minute
    return static_cast<std::int64_t>(std::llround(std::clamp(cycles, 0.0, kMost)));
  };
  CommandCost cost;
  const std::int64_t all = whole(total);
  cost.initial = std::min(all, whole(start));
  cost.useful = std::min(all - cost.initial, whole(ideal));
  cost.padding = all - cost.initial - cost.useful;
  return cost;
}

}  // namespace tpuscope
