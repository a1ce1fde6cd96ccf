// What every terminal view has: who ran, what bounds it, which operators cost most.

#include "profiles/views/text/text_parts.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/core.h>

#include "base/figures.h"
#include "base/text.h"
#include "passes/planner/group_reasons.h"
#include "passes/precision/precision.h"

namespace tpuscope {
namespace {

/// The op that a finding is most about, or nothing when it is about the whole run.
std::string name_of_first(const Report& report, const Finding& finding) {
  if (finding.ops.empty()) return "";
  const auto found = std::find_if(report.ops.begin(), report.ops.end(),
                                  [&](const OpRow& op) { return op.op == finding.ops.front(); });
  return found == report.ops.end() ? "" : found->name;
}

}  // namespace

std::string identity_line(const Identity& identity, const Terminal& terminal) {
  const std::string facts =
      fmt::format("  batch {}  {}  on {}", identity.batch, precision_name(identity.precision),
                  shown(identity.chip, terminal));
  const std::string_view made = identity.is_measured ? "  (measured)" : "  (simulated)";
  const std::size_t taken = facts.size() + made.size();
  const std::string model =
      fitted(identity.model, terminal.width > taken + 8 ? terminal.width - taken : 8, terminal);
  return painted(model + facts, Tone::kHeadline, terminal) + painted(made, Tone::kDim, terminal) +
         "\n";
}

std::string bank_text(const BankUse& banks) {
  if (banks.computations == 0) return "";
  return fmt::format(
      "{} of {} computations share a bank with their result, {} with a transfer for {}",
      banks.sharing, banks.computations, banks.meeting, time_text(banks.met));
}

std::string flowed(const std::vector<std::string>& pieces, const Terminal& terminal) {
  std::string text;
  std::size_t column = 0;
  for (const std::string& piece : pieces) {
    if (column > 0 && column + 3 + width_of(piece) <= terminal.width) {
      text += "   ";
      column += 3;
    } else {
      text += column > 0 ? "\n  " : "  ";
      column = 2;
    }
    text += piece;
    column += width_of(piece);
  }
  return text + "\n";
}

std::string verdict(const Report& report, const Terminal& terminal, std::string_view prefix) {
  const Waterfall& waterfall = report.waterfall;
  const auto share = [&](Picoseconds time) {
    return percent_text(ratio(time.value, report.summary.makespan.value));
  };
  const auto part = [&](std::string_view name, Step step) {
    return fmt::format("{} {} %", name, share(waterfall[step]));
  };
  const Verdict& verdict = report.summary.verdict;
  if (verdict.is_transfers) {
    return flowed({painted(fmt::format("{}bound by transfers", prefix), Tone::kWarning, terminal) +
                       fmt::format(": exposed for {} % of the time", share(verdict.time)),
                   part("loads", Step::kExposedLoad), part("stores", Step::kExposedStore),
                   part("copies", Step::kExposedCopy)},
                  terminal);
  }
  const Tone tone = verdict.step == Step::kUsefulCompute ? Tone::kBetter : Tone::kWarning;
  return flowed({painted(fmt::format("{}bound by {}", prefix, verdict.bound()), tone, terminal) +
                     fmt::format(": {} % of the time", share(verdict.time)),
                 std::string(verdict.meaning())},
                terminal);
}

std::string finding_lines(const Report& report, const Terminal& terminal) {
  constexpr std::size_t kMost = 4;
  constexpr std::size_t kRank = 3;
  constexpr double kLeastShare = 0.01;
  constexpr std::string_view kFirst = "; first: ";
  constexpr std::size_t kLegible = 16;
  std::string text;
  std::size_t rank = 0;
  for (const Finding& finding : report.findings) {
    const double share = ratio(finding.cost.value, report.summary.makespan.value);
    if (rank == kMost) break;
    if (share < kLeastShare) continue;
    const std::string cost =
        fmt::format("costs {:>7} {:>5} %", time_text(finding.cost), percent_text(share));
    const std::size_t taken = 2 + kRank + 2 + width_of(cost);
    const std::size_t width = terminal.width > taken + 20 ? terminal.width - taken : 20;
    const std::string message = fitted(finding.message, width, terminal);
    text += fmt::format("  {:<{}}", ++rank, kRank) + message;
    // The costs form a column where the terminal leaves room for one.
    const std::size_t gap = width > width_of(message) ? width - width_of(message) : 0;
    text += std::string(2 + gap, ' ') + painted(cost, Tone::kWarning, terminal) + "\n";
    std::string advice = finding.remedy;
    const std::string first = name_of_first(report, finding);
    const std::size_t left = 2 + kRank + width_of(advice) + kFirst.size();
    if (!first.empty() && left + kLegible <= terminal.width) {
      advice += std::string(kFirst) + fitted(first, terminal.width - left, terminal);
    }
    text += std::string(2 + kRank, ' ') +
            painted(fitted(advice, terminal.width - 2 - kRank, terminal), Tone::kDim, terminal) +
            "\n";
  }
  return text.empty() ? text : text + "\n";
}

std::string evidence_text(const Report& report) {
  std::vector<std::string> shares;
  for (const EvidenceRow& row : report.evidence) {
    const double share = ratio(row.time.value, report.summary.makespan.value);
    shares.push_back(fmt::format("{} % {}", percent_text(share), name_of(row.evidence)));
  }
  return join(shares);
}

std::string evidence_line(const Report& report, const Terminal& terminal) {
  if (report.evidence.empty()) return "";
  const EvidenceRow& largest =
      *std::max_element(report.evidence.begin(), report.evidence.end(),
                        [](const EvidenceRow& a, const EvidenceRow& b) { return a.time < b.time; });
  std::vector<std::string> words = {"evidence: " + evidence_text(report)};
  if (!largest.values.empty()) {
    words.push_back(
        fmt::format("most on {} ({})", largest.values.front(), name_of(largest.evidence)));
  }
  return flowed(words, terminal);
}

std::string group_line(const Report& report, const Terminal& terminal) {
  std::size_t grouped_ops = 0;
  std::size_t all_ops = 0;
  std::size_t real_groups = 0;
  std::size_t largest = 0;
  for (const GroupRow& group : report.groups) {
    all_ops += group.ops.size();
    if (group.ops.size() < 2) continue;
    ++real_groups;
    grouped_ops += group.ops.size();
    largest = std::max(largest, group.ops.size());
  }
  if (real_groups == 0) return "";
  std::map<std::string, std::size_t> reasons;
  for (const DecisionRow& decision : report.decisions)
    ++reasons[decision.rule.empty() ? std::string(name_of(decision.kind)) : decision.rule];
  std::vector<std::string> pieces = {
      fmt::format("layer groups: {} with {} of {} ops, up to {} ops in one", real_groups,
                  grouped_ops, all_ops, largest)};
  std::vector<std::pair<std::string, std::size_t>> order(reasons.begin(), reasons.end());
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  if (order.size() > 3) order.resize(3);
  std::string kept_out;
  for (const auto& [reason, count] : order) {
    kept_out += fmt::format("{}{} ({})", kept_out.empty() ? "fusion blocked by: " : ", ",
                            shown(label_of_reason(reason), terminal), count);
  }
  if (!kept_out.empty()) pieces.push_back(kept_out);
  return flowed(pieces, terminal) + "\n";
}

std::string interval_range(const Summary& summary) {
  return range_text(summary.interval.low, summary.interval.high);
}

std::string interval_text(const Summary& summary) {
  if (!summary.interval.exists()) return "";
  return fmt::format("{:.0f} % of comparable networks took {} on boards", 100 * kIntervalCoverage,
                     interval_range(summary));
}

std::string footnote(const Terminal& terminal) {
  return painted("  attributed: cycles, each given to one op; they sum to the total", Tone::kDim,
                 terminal) +
         "\n";
}

}  // namespace tpuscope
