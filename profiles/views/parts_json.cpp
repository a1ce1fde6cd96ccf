// The one place where these fields have their names.

#include "profiles/views/parts_json.h"

#include <array>

#include "base/text.h"
#include "passes/pipeline.h"
#include "passes/precision/precision.h"
#include "profiles/report/excess.h"

namespace tpuscope {
namespace {

/// Nothing where the run is near its bound.
void write_excess(JsonWriter& json, const Summary& summary) {
  const Excess excess = excess_of(summary);
  if (excess.times == 0 || excess.causes.empty()) return;
  json.object("bound_excess", [&] {
    json.member("times", excess.times);
    json.objects("causes", excess.causes, [&](const Excess::Cause& cause) {
      json.member("name", text_of(cause.step).key);
      json.member("time_ps", cause.time);
    });
    json.member("rest_ps", excess.rest);
  });
}

}  // namespace

void write_json(JsonWriter& json, const Summary& summary) {
  json.object([&] {
    json.member("time_ps", summary.makespan);
    json.member("cycles", summary.cycles);
    json.member("clock_khz", summary.clock_khz);
    json.member("cores", summary.cores);
    json.member("bound", summary.verdict.bound());
    json.member("bound_share", summary.verdict.share);
    if (summary.interval.exists()) {
      json.member("interval_ps", std::array{summary.interval.low, summary.interval.high});
      json.member("interval_coverage", kIntervalCoverage);
      json.member("interval_basis", summary.interval.basis);
    }
    json.member("images_per_second", summary.images_per_second());
    if (summary.batch > 1) json.member("time_per_image_ps", summary.per_image());
    json.member("bdc_busy_ps", summary.bdc_busy);
    json.member("gdma_busy_ps", summary.gdma_busy);
    json.member("overlap_ps", summary.overlap);
    if (!summary.core_use.empty()) {
      json.objects("core_use", summary.core_use, [&](const CoreUse& use) {
        json.member("bdc_busy_ps", use.bdc_busy);
        json.member("gdma_busy_ps", use.gdma_busy);
        json.member("overlap_ps", use.overlap);
        json.member("wait_ps", use.wait);
      });
    }
    json.member("exposed_load_ps", summary.exposed_load);
    json.member("exposed_store_ps", summary.exposed_store);
    json.member("exposed_copy_ps", summary.exposed_copy);
    json.member("idle_ps", summary.idle);
    json.member("ddr_read_bytes", summary.ddr_read_bytes);
    json.member("ddr_write_bytes", summary.ddr_write_bytes);
    json.member("bound_ps", summary.bound);
    json.member("bound_ddr_bytes", summary.bound_ddr_bytes);
    write_excess(json, summary);
    json.member("macs", summary.macs);
    json.member("useful_ops", summary.useful_ops);
    json.member("issued_ops", summary.issued_ops);
    json.member("peak_macs_per_second", summary.peak_macs_per_second);
    json.member("peak_vector_ops_per_second", summary.peak_vector_ops_per_second);
    json.member("peak_ddr_bytes_per_second", summary.peak_ddr_bytes_per_second);
    json.member("compute_utilisation", summary.compute_utilisation);
    json.member("bandwidth_utilisation", summary.bandwidth_utilisation());
    json.member("local_memory_peak_bytes", summary.local_memory_peak_bytes);
    json.member("local_memory_bytes", summary.local_memory_bytes);
    json.member("lanes", summary.lanes);
    json.member("local_memory_banks", summary.local_memory_banks);
    if (summary.banks.computations > 0) {
      json.member("bank_computations", summary.banks.computations);
      json.member("bank_sharing", summary.banks.sharing);
      json.member("bank_meeting", summary.banks.meeting);
      json.member("bank_met_ps", summary.banks.met);
    }
    json.member("bdc_commands", summary.bdc_commands);
    json.member("gdma_commands", summary.gdma_commands);
  });
}

void write_json(JsonWriter& json, const PassSummary& pass) {
  json.object([&] {
    json.member("name", pass.name);
    json.member("changed", pass.changed);
    json.member("runs", pass.runs);
    json.member("counters", pass.counters);
  });
}

void write_members(JsonWriter& json, const DecisionRow& decision) {
  json.member("kind", name_of(decision.kind));
  json.member("rule", decision.rule);
  json.member("text", sanitised_utf8(decision.text));
  json.member("bytes_per_lane", decision.bytes);
  json.member("cost_ps", decision.cost);
}

void write_members(JsonWriter& json, const Finding& finding) {
  json.member("rule", finding.rule);
  json.member("message", sanitised_utf8(finding.message));
  json.member("remedy", finding.remedy);
  json.member("gain_ps", finding.cost);
}

void write_json(JsonWriter& json, const std::vector<Sensitivity>& rows) {
  json.array([&] {
    for (const Sensitivity& row : rows) {
      json.object([&] {
        json.member("value", row.path);
        json.member("is", row.value);
        json.member("raised", row.raised);
        json.member("raised_time_ps", row.when_raised);
        json.member("lowered", row.lowered);
        json.member("lowered_time_ps", row.when_lowered);
        json.member("elasticity", row.elasticity);
      });
    }
  });
}

void write_json(JsonWriter& json, const std::vector<SwitchStep>& steps) {
  json.array([&] {
    for (const SwitchStep& step : steps) {
      json.object([&] {
        json.member("switch", step.name);
        json.member("alone_ps", step.alone);
        json.member("time_ps", step.makespan);
        json.member("left_out_ps", step.left_out);
        json.member("average_saved_ps", step.average);
        json.member("average_error_ps", step.average_error);
        json.member("did", step.did);
      });
    }
  });
}

void write_averages(JsonWriter& json, const SwitchStudy& study) {
  json.object([&] {
    json.member("is_exact", study.is_exact);
    json.member("orders", study.orders);
    json.member("runs", study.runs);
  });
}

void write_json(JsonWriter& json, const std::vector<PrecisionRow>& rows) {
  json.array([&] {
    for (const PrecisionRow& row : rows) {
      for (std::size_t i = 0; i < row.presets.size(); ++i) {
        json.object([&] {
          json.member("precision", precision_name(row.precision));
          json.member("preset", presets()[i].name);
          json.member("time_ps", row.presets[i].makespan);
          json.member("ddr_bytes", row.presets[i].ddr_bytes);
          json.member("compute_utilisation", row.presets[i].useful);
          json.member("bound", row.presets[i].verdict.bound());
          json.member("bound_share", row.presets[i].verdict.share);
          const Interval& interval = row.presets[i].interval;
          if (interval.exists()) {
            json.member("interval_ps", std::array{interval.low, interval.high});
          }
        });
      }
    }
  });
}

}  // namespace tpuscope
