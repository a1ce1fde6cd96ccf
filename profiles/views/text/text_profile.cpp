// The terminal summary of one run: identity, three numbers, what bounds it, where the time goes,
// the operators that cost most. Meant for one screen.

#include <algorithm>

#include <fmt/core.h>

#include "base/figures.h"
#include "base/text.h"
#include "passes/precision/precision.h"
#include "profiles/report/excess.h"
#include "profiles/views/results.h"
#include "profiles/views/text/text_parts.h"

namespace tpuscope {
namespace {

/// Cores that have a line of their own.
constexpr std::size_t kMostCores = 8;

std::string headline(const Report& report, const Terminal& terminal) {
  const Summary& summary = report.summary;
  std::string text = flowed(
      {painted(grouped(summary.cycles) + " cycles", Tone::kHeadline, terminal) +
           fmt::format(" at {} MHz", summary.clock_khz / 1000) +
           (summary.cores > 1 ? fmt::format(", {} cores", summary.cores) : ""),
       painted(time_text(summary.makespan), Tone::kHeadline, terminal),
       painted(si_text(summary.images_per_second()), Tone::kHeadline, terminal) + " images/s"},
      terminal);
  if (summary.batch > 1) {
    text += flowed({time_text(summary.per_image()) + " per image",
                    fmt::format("{} per batch of {}", time_text(summary.makespan), summary.batch)},
                   terminal);
  }
  if (summary.interval.exists()) {
    text += flowed({interval_text(summary), "(" + summary.interval.basis + ")"}, terminal);
  }
  const auto of_time = [&](Picoseconds part) {
    return percent_text(ratio(part.value, summary.makespan.value));
  };
  for (std::size_t core = 0; core < std::min(summary.core_use.size(), kMostCores); ++core) {
    const CoreUse& use = summary.core_use[core];
    text += flowed({fmt::format("core {}: BDC busy {} %", core, of_time(use.bdc_busy)),
                    fmt::format("GDMA busy {} %", of_time(use.gdma_busy)),
                    fmt::format("both {} %", of_time(use.overlap)),
                    fmt::format("waits for other cores {} %", of_time(use.wait))},
                   terminal);
  }
  std::vector<std::string> pieces;
  if (summary.core_use.empty()) {
    pieces = {fmt::format("BDC busy {} %", of_time(summary.bdc_busy)),
              fmt::format("GDMA busy {} %", of_time(summary.gdma_busy)),
              fmt::format("both {} %", of_time(summary.overlap))};
  }
  pieces.insert(
      pieces.end(),
      {fmt::format("useful compute {} % of {}MAC/s ({})", percent_text(summary.compute_utilisation),
                   si_text(summary.peak_macs_per_second),
                   precision_name(report.identity.precision)),
       fmt::format("useful {} % of issued operations",
                   percent_text(ratio(summary.useful_ops, summary.issued_ops))),
       fmt::format("DDR read {}", bytes_text(summary.ddr_read_bytes)),
       fmt::format("written {}", bytes_text(summary.ddr_write_bytes)),
       fmt::format("{} % of {}B/s", percent_text(summary.bandwidth_utilisation()),
                   si_text(summary.peak_ddr_bytes_per_second)),
       fmt::format("local memory peak {} of {}", bytes_text(summary.local_memory_peak_bytes),
                   bytes_text(summary.local_memory_bytes)),
       fmt::format("lower bound: {}, {} of DDR traffic", time_text(summary.bound),
                   bytes_text(summary.bound_ddr_bytes))});
  text += flowed(pieces, terminal);
  if (summary.banks.computations > 0) text += flowed({bank_text(summary.banks)}, terminal);
  return text;
}

bool is_transfer(Step step) {
  return step == Step::kExposedLoad || step == Step::kExposedStore || step == Step::kExposedCopy;
}

/// Products by themselves are no waste: either outputs need but a part of them, or units do not
/// reach their peaks.
std::string meaning_of(Step step, const Summary& summary) {
  if (step != Step::kUsefulCompute) return std::string(text_of(step).meaning);
  const double needed = summary.compute_utilisation * static_cast<double>(summary.makespan.value);
  return fmt::format("{:.1f} x what those that outputs need take at peak rate",
                     static_cast<double>(summary.waterfall[step].value) / std::max(needed, 1.0));
}

/// Why the run is far from its lower bound; empty where it is near.
std::string excess_line(const Summary& summary, const Terminal& terminal) {
  const Excess excess = excess_of(summary);
  if (excess.times == 0 || excess.causes.empty()) return "";
  const Picoseconds time = summary.makespan - summary.waterfall[Step::kLaunch];
  std::vector<std::string> causes;
  bool has_transfers = false;
  for (const Excess::Cause& cause : excess.causes) {
    constexpr std::int64_t kLeastShare = 200;  // less explains nothing
    if (kLeastShare * cause.time.value < time.value) continue;
    has_transfers = has_transfers || is_transfer(cause.step);
    causes.push_back(fmt::format("{} {} % ({})", text_of(cause.step).title,
                                 percent_text(ratio(cause.time.value, time.value)),
                                 meaning_of(cause.step, summary)));
  }
  std::string text =
      fmt::format("{:.1f} x the lower bound without the launch: {}", excess.times, join(causes));
  const std::int64_t bytes = summary.ddr_read_bytes + summary.ddr_write_bytes;
  if (has_transfers && summary.bound_ddr_bytes > 0) {
    text += fmt::format("; DDR carries {:.1f} x the least bytes",
                        ratio(bytes, summary.bound_ddr_bytes));
  }
  return "  " + wrapped(text, 2, 4, terminal);
}

/// Width of titles, and of the columns of figures after the bar.
constexpr std::size_t kTitle = 33;
constexpr std::size_t kFigures = 11 + 14 + 7;

std::string waterfall_lines(const Report& report, const Terminal& terminal) {
  const std::size_t fixed = 2 + kTitle + 1 + kFigures;
  const std::size_t bar_width =
      std::min<std::size_t>(terminal.width > fixed ? terminal.width - fixed : 0, 40);
  const auto line = [&](std::string_view title, double share, Picoseconds time) {
    return "  " + left_aligned(title, kTitle) +
           left_aligned(bar(share, bar_width, terminal), bar_width) +
           right_aligned(time_text(time), 11) +
           right_aligned(grouped(cycles_in(time, report.summary.clock_khz)), 14) +
           right_aligned(percent_text(share), 7) + "\n";
  };
  std::string text =
      painted("  " + left_aligned("where the time goes", kTitle + bar_width) +
                  right_aligned("time", 11) + right_aligned("cycles", 14) + right_aligned("%", 7),
              Tone::kDim, terminal) +
      "\n";
  const std::int64_t makespan = report.summary.makespan.value;
  for (std::size_t i = 0; i < kStepCount; ++i) {
    const Step step = static_cast<Step>(i);
    const Picoseconds time = report.waterfall[step];
    if (time.value == 0) continue;
    text += line(text_of(step).title, ratio(time.value, makespan), time);
  }
  const Picoseconds total = report.waterfall.total();
  text += "  " + std::string(kTitle + bar_width, ' ') + right_aligned(time_text(total), 11) +
          right_aligned(grouped(report.summary.cycles), 14) + right_aligned("100.0", 7) + "\n";
  return text;
}

}  // namespace

std::string run_figures(const Report& report, const Terminal& terminal) {
  return headline(report, terminal) + excess_line(report.summary, terminal) + "\n" +
         verdict(report, terminal) + "\n" + finding_lines(report, terminal) +
         waterfall_lines(report, terminal) + evidence_line(report, terminal) + "\n" +
         group_line(report, terminal);
}

std::string profile_text(const Results& results, const Terminal& terminal) {
  const Report& report = results.after->report;
  const OpQuery& query = results.query;
  return identity_line(report.identity, terminal) + "\n" + budget_line(results, terminal) +
         run_figures(report, terminal) +
         (results.has_group_table ? group_table(*results.after, terminal) + "\n" : "") +
         operator_table(report, query, terminal) + "\n" + footnote(terminal);
}

}  // namespace tpuscope
