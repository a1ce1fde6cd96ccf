// The table of metrics.

#include "profiles/sweep/metric.h"

#include <algorithm>
#include <cmath>

#include "base/figures.h"
#include "base/text.h"

namespace tpuscope {
namespace {

double whole(std::int64_t value) {
  return static_cast<double>(value);
}

using Sum = const Summary&;
using Sim = const Simulation&;
using Batch = std::int64_t;

/// Of the waterfall.
template <Step kStep>
double time_of(Sum summary, Sim, Batch) {
  return whole(summary.waterfall[kStep].value);
}

std::int64_t groups_of_several(const Plan& plan) {
  return std::count_if(plan.groups.begin(), plan.groups.end(),
                       [](const Group& group) { return group.layers() != nullptr; });
}

}  // namespace

const std::vector<SweepMetric>& sweep_metrics() {
  static const std::vector<SweepMetric> metrics = {
      {"time_ps", "time", "from the launch to the end of the last command", false, true,
       [](Sum s, Sim, Batch) { return whole(s.makespan.value); }},
      {"interval_low_ps", "at least",
       "lower end of what 80 % of comparable networks took on boards; 0: there is none", false,
       true, [](Sum s, Sim, Batch) { return whole(s.interval.low.value); }},
      {"interval_high_ps", "at most", "its upper end", false, true,
       [](Sum s, Sim, Batch) { return whole(s.interval.high.value); }},
      {"time_per_image_ps", "per image", "the time divided by the batch", false, true,
       [](Sum s, Sim, Batch batch) {
         return std::round(whole(s.makespan.value) / whole(std::max<Batch>(batch, 1)));
       }},
      {"images_per_second", "images/s", "batches that follow each other, times their images", true,
       false, [](Sum s, Sim, Batch batch) { return s.runs_per_second() * whole(batch); }},
      {"cycles", "cycles", "the time in cycles of the BDC clock", false, true,
       [](Sum s, Sim, Batch) { return whole(s.cycles); }},
      {"compute_ps", "BDC busy", "time during which a BDC command runs", false, true,
       [](Sum s, Sim, Batch) { return whole(s.bdc_busy.value); }},
      {"load_ps", "exposed loads", "time during which only a transfer from DDR runs", false, true,
       [](Sum s, Sim, Batch) { return whole(s.exposed_load.value); }, Step::kExposedLoad},
      {"store_ps", "exposed stores", "time during which only a transfer to DDR runs", false, true,
       [](Sum s, Sim, Batch) { return whole(s.exposed_store.value); }, Step::kExposedStore},
      {"copy_ps", "exposed copies", "time during which only another transfer runs", false, true,
       [](Sum s, Sim, Batch) { return whole(s.exposed_copy.value); }, Step::kExposedCopy},
      {"host_work_ps", "host", "time during which the host works and the chip waits", false, true,
       time_of<Step::kHost>, Step::kHost},
      {"idle_ps", "idle", "time during which no engine runs, launch included", false, true,
       [](Sum s, Sim, Batch) { return whole(s.idle.value); }},
      {"useful_compute_ps", "useful compute", "the cube does work that the network needs", false,
       true, time_of<Step::kUsefulCompute>, Step::kUsefulCompute},
      {"alignment_padding_ps", "padding", "lanes and units compute on padding", false, true,
       time_of<Step::kPadding>, Step::kPadding},
      {"vector_work_ps", "vector work", "vector and special-function work", false, true,
       time_of<Step::kVector>, Step::kVector},
      {"bank_conflicts_ps", "bank conflicts", "operands and result share a bank", false, true,
       time_of<Step::kConflict>, Step::kConflict},
      {"issue_ps", "issue", "commands start up or wait to be issued", false, true,
       time_of<Step::kIssue>, Step::kIssue},
      {"layer_turn_ps", "group switches", "both engines idle between layer groups", false, true,
       time_of<Step::kLayer>, Step::kLayer},
      {"core_imbalance_ps", "core imbalance", "cores wait until others end what they share", false,
       true, time_of<Step::kCoreImbalance>, Step::kCoreImbalance},
      {"launch_ps", "launch", "before the first command", false, true, time_of<Step::kLaunch>,
       Step::kLaunch},
      {"gdma_ps", "GDMA busy", "time during which a GDMA command runs", false, true,
       [](Sum s, Sim, Batch) { return whole(s.gdma_busy.value); }},
      {"ddr_bytes", "DDR", "bytes on the DDR bus, both directions", false, true,
       [](Sum s, Sim, Batch) { return whole(s.ddr_read_bytes + s.ddr_write_bytes); }},
      {"ddr_read_bytes", "DDR read", "bytes read on the DDR bus", false, true,
       [](Sum s, Sim, Batch) { return whole(s.ddr_read_bytes); }},
      {"ddr_write_bytes", "DDR written", "bytes written on the DDR bus", false, true,
       [](Sum s, Sim, Batch) { return whole(s.ddr_write_bytes); }},
      {"local_memory_peak_bytes", "local memory", "most local memory in use at once", false, true,
       [](Sum s, Sim, Batch) { return whole(s.local_memory_peak_bytes); }},
      {"compute_utilisation", "useful compute", "time of the products at peak rate / time", true,
       false, [](Sum s, Sim, Batch) { return s.compute_utilisation; }},
      {"bandwidth_utilisation", "DDR use", "bytes on the DDR bus / what it could carry", true,
       false, [](Sum s, Sim, Batch) { return s.bandwidth_utilisation(); }},
      {"bound_ps", "lower bound",
       "lower bound: least bytes at the DDR's peak, or products at the unit's peak", false, true,
       [](Sum s, Sim, Batch) { return whole(s.bound.value); }},
      {"groups", "groups", "layer groups of several operators", false, true,
       [](Sum, Sim s, Batch) { return whole(groups_of_several(s.plan)); }},
      {"commands", "commands", "commands of both engines", false, true,
       [](Sum s, Sim, Batch) { return static_cast<double>(s.bdc_commands + s.gdma_commands); }},
  };
  return metrics;
}

Result<std::size_t> parse_sweep_metric(std::string_view name) {
  const auto& metrics = sweep_metrics();
  std::vector<std::string> names;
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    if (metrics[i].name == name) return i;
    names.emplace_back(metrics[i].name);
  }
  return Error{.code = ErrorCode::kUsage,
               .message = "no metric is called " + in_quotes(name),
               .hint = did_you_mean(name, names)};
}

std::string metric_text(const SweepMetric& metric, double value) {
  const auto whole_value = static_cast<std::int64_t>(value);
  if (metric.name.ends_with("_ps")) return time_text({whole_value});
  if (metric.name.ends_with("_bytes")) return bytes_text(whole_value);
  if (metric.name.ends_with("utilisation")) return percent_text(value) + " %";
  return metric.is_whole ? grouped(whole_value) : si_text(value);
}

std::vector<double> figures_of(const Summary& summary, const Simulation& simulation,
                               std::int64_t batch) {
  std::vector<double> figures;
  for (const SweepMetric& metric : sweep_metrics())
    figures.push_back(metric.value(summary, simulation, batch));
  return figures;
}

}  // namespace tpuscope
