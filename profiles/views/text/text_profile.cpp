// The terminal summary of one run: identity, three numbers, what bounds it, where the time goes,
// the operators that cost most. Meant for one screen.

#include <fmt/core.h>

#include "base/figures.h"
#include "base/text.h"
#include "passes/precision/precision.h"
#include "profiles/views/text/text_parts.h"

namespace tpuscope {
namespace {

std::string headline(const Report& report, const Terminal& terminal) {
  const Summary& summary = report.summary;
  std::string text =
      flowed({painted(grouped(summary.cycles) + " cycles", Tone::kHeadline, terminal) +
                  fmt::format(" at {} MHz", summary.clock_khz / 1000) +
                  (summary.cores > 1 ? fmt::format(", {} cores", summary.cores) : ""),
              painted(time_text(summary.makespan), Tone::kHeadline, terminal),
              painted(si_text(summary.runs_per_second()), Tone::kHeadline, terminal) + " runs/s"},
             terminal);
  const auto of_time = [&](Picoseconds part) {
    return 100 * ratio(part.value, summary.makespan.value);
  };
  text +=
      flowed({fmt::format("BDC busy {:.0f} %", of_time(summary.bdc_busy)),
              fmt::format("GDMA busy {:.0f} %", of_time(summary.gdma_busy)),
              fmt::format("both {:.0f} %", of_time(summary.overlap)),
              fmt::format("useful compute {:.0f} % of {}MAC/s ({})",
                          100 * summary.compute_utilisation, si_text(summary.peak_macs_per_second),
                          precision_name(report.identity.precision)),
              fmt::format("useful {:.0f} % of issued operations",
                          100 * ratio(summary.useful_ops, summary.issued_ops)),
              fmt::format("DDR read {}", bytes_text(summary.ddr_read_bytes)),
              fmt::format("written {}", bytes_text(summary.ddr_write_bytes)),
              fmt::format("{:.0f} % of {}B/s", 100 * summary.bandwidth_utilisation(),
                          si_text(summary.peak_ddr_bytes_per_second)),
              fmt::format("local memory peak {} of {}", bytes_text(summary.local_memory_peak_bytes),
                          bytes_text(summary.local_memory_bytes)),
              fmt::format("no schedule moves less than {} or takes less than {}",
                          bytes_text(summary.bound_ddr_bytes), time_text(summary.bound))},
             terminal);
  return text;
}

/// Width of titles, and of the columns of figures after the bar.
constexpr std::size_t kTitle = 33;
constexpr std::size_t kFigures = 11 + 14 + 7;

std::string waterfall_lines(const Report& report, const Terminal& terminal) {
  const std::size_t fixed = 2 + kTitle + 1 + kFigures;
  const std::size_t bar_width =
      std::min<std::size_t>(terminal.width > fixed ? terminal.width - fixed : 0, 40);
  const auto line = [&](std::string_view title, double share, const std::string& percent,
                        Picoseconds time) {
    return "  " + left_aligned(title, kTitle) +
           left_aligned(bar(share, bar_width, terminal), bar_width) +
           right_aligned(time_text(time), 11) +
           right_aligned(grouped(cycles_in(time, report.summary.clock_khz)), 14) +
           right_aligned(percent, 7) + "\n";
  };
  std::string text =
      painted("  " + left_aligned("where the time goes", kTitle + bar_width) +
                  right_aligned("time", 11) + right_aligned("cycles", 14) + right_aligned("%", 7),
              Tone::kDim, terminal) +
      "\n";
  const std::int64_t makespan = report.summary.makespan.value;
  const std::vector<std::string> percents = step_percents(report.waterfall);
  for (std::size_t i = 0; i < kStepCount; ++i) {
    const Step step = static_cast<Step>(i);
    const Picoseconds time = report.waterfall[step];
    if (time.value == 0) continue;
    text += line(text_of(step).title, ratio(time.value, makespan), percents[i], time);
  }
  const Picoseconds total = report.waterfall.total();
  text += "  " + std::string(kTitle + bar_width, ' ') + right_aligned(time_text(total), 11) +
          right_aligned(grouped(report.summary.cycles), 14) + right_aligned("100.0", 7) + "\n";
  return text;
}

/// What of the time rests on numbers that nothing public confirms, and on which.
std::string evidence_line(const Report& report, const Terminal& terminal) {
  if (report.evidence.empty()) return "";
  const EvidenceRow& weakest = report.evidence.back();
  if (weakest.evidence != Evidence::kAssumed) return "";
  constexpr std::size_t kShown = 3;
  const std::size_t shown = std::min(kShown, weakest.values.size());
  std::vector<std::string> words{
      fmt::format("{:.0f} % of the time depends on assumed parameters:",
                  100 * ratio(weakest.time.value, report.summary.makespan.value))};
  words.insert(words.end(), weakest.values.begin(),
               weakest.values.begin() + static_cast<std::ptrdiff_t>(shown));
  if (weakest.values.size() > shown) {
    words.push_back(fmt::format("and {} more", weakest.values.size() - shown));
  }
  return flowed(words, terminal);
}

}  // namespace

std::string profile_text(const Report& report, const OpQuery& query, const Terminal& terminal) {
  return identity_line(report.identity, terminal) + "\n" + headline(report, terminal) + "\n" +
         verdict(report, terminal) + "\n" + finding_lines(report, terminal) +
         waterfall_lines(report, terminal) + evidence_line(report, terminal) + "\n" +
         group_line(report, terminal) + operator_table(report, query, terminal) + "\n" +
         footnote(terminal);
}

}  // namespace tpuscope
