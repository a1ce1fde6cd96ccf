// The first lines of a comparison.

#include "profiles/views/text/text_answer.h"

#include <algorithm>

#include <fmt/core.h>

#include "base/figures.h"
#include "base/text.h"
#include "passes/precision/precision.h"
#include "passes/switch_set.h"
#include "profiles/views/text/table.h"
#include "profiles/views/text/text_parts.h"

namespace tpuscope {
namespace {

/// "transpose elimination", or of a switch by itself its name in words: "local weight split".
std::string family_title(const std::string& switch_name) {
  const Switch* known = find_switch(switch_name);
  std::string title(known == nullptr || known->family_name().empty() ? switch_name
                                                                     : known->family_name());
  for (const char separator : {'_', '.'})
    std::replace(title.begin(), title.end(), separator, ' ');
  return title;
}

/// "transfers 38.0 %".
std::string bound_cell(const Verdict& verdict) {
  return fmt::format("{} {} %", verdict.bound(), percent_text(verdict.share));
}

/// Another precision that keeps the budget, the widest of them; null: none.
const PrecisionRow* precision_within(const Results& results) {
  for (const PrecisionRow& row : results.precisions) {
    if (row.precision != results.after->report.identity.precision &&
        row.presets.back().makespan <= *results.budget) {
      return &row;
    }
  }
  return nullptr;
}

}  // namespace

std::string answer_table(const Results& results, const Terminal& terminal) {
  if (results.precisions.empty()) return "";
  const std::int64_t batch = results.after->report.summary.batch;
  std::vector<Column> columns = {{.title = "precision", .is_name = true}, {.title = "latency"}};
  if (batch > 1) columns.push_back({.title = "per image"});
  columns.push_back({.title = "images/s"});
  columns.push_back({.title = std::string(kIntervalTitle), .importance = 8});
  columns.push_back({.title = "bound by", .is_name = true, .importance = 7});
  Table table(std::move(columns));
  for (const PrecisionRow& row : results.precisions) {
    const VariantFigures& figures = row.presets.back();
    const bool is_judged = row.precision == results.after->report.identity.precision;
    const double seconds = static_cast<double>(figures.makespan.value) * 1e-12;
    std::vector<Cell> cells = {
        {std::string(precision_name(row.precision)), is_judged ? Tone::kHeadline : Tone::kPlain},
        {time_text(figures.makespan)}};
    if (batch > 1) cells.push_back({time_text({figures.makespan.value / batch})});
    cells.push_back({seconds > 0 ? si_text(static_cast<double>(batch) / seconds) : ""});
    const Interval& interval = figures.interval;
    cells.push_back({interval.exists() ? range_text(interval.low, interval.high) : "", Tone::kDim});
    cells.push_back({bound_cell(figures.verdict)});
    table.add(std::move(cells));
  }
  return table.text(terminal) +
         painted(fmt::format("  with the passes of the preset {}\n", presets().back().name),
                 Tone::kDim, terminal);
}

std::string budget_sentence(const Results& results) {
  if (!results.budget) return "";
  const Summary& run = results.after->report.summary;
  const std::string limit = time_text(*results.budget);
  const std::string time = time_text(run.makespan);
  const bool has_interval = run.interval.exists();
  if (results.is_within_budget()) {
    std::string text = fmt::format("within the budget of {}: {}", limit, time);
    if (has_interval && run.interval.high > *results.budget) text += ", but " + interval_text(run);
    return text;
  }
  std::string text = fmt::format("over the budget of {}: {}", limit, time);
  if (has_interval && run.interval.low <= *results.budget) text += ", though " + interval_text(run);
  if (const PrecisionRow* other = precision_within(results); other != nullptr) {
    text += fmt::format("; {} would take {}", precision_name(other->precision),
                        time_text(other->presets.back().makespan));
  }
  return text;
}

std::string budget_line(const Results& results, const Terminal& terminal) {
  const std::string sentence = budget_sentence(results);
  if (sentence.empty()) return "";
  const std::string text = wrapped(sentence, 2, 4, terminal);
  return "  " + painted(text, results.is_within_budget() ? Tone::kBetter : Tone::kWorse, terminal) +
         "\n";
}

std::vector<StudyFamily> families_of(const SwitchStudy& study) {
  std::vector<StudyFamily> families;
  for (const SwitchStep& step : study.steps) {
    const std::string title = step.name.empty() ? "" : family_title(step.name);
    if (families.empty() || families.back().title != title) families.push_back({.title = title});
    families.back().makespan = step.makespan;
    ++families.back().switches;
  }
  return families;
}

bool is_idle(const SwitchStudy& study, std::size_t step) {
  if (step == 0) return false;
  const std::vector<SwitchStep>& steps = study.steps;
  const SwitchStep& it = steps[step];
  return it.alone == steps.front().makespan && it.makespan == steps[step - 1].makespan &&
         it.left_out == steps.back().makespan && it.average.value == 0;
}

std::string staircase(const Results& results, const Terminal& terminal) {
  const std::vector<StudyFamily> families = families_of(results.study);
  if (families.size() < 2) return "";
  Table table({{.title = "what the passes give", .is_name = true},
               {.title = "time"},
               {.title = "step"},
               {.title = "so far"},
               {.title = "", .is_name = true, .importance = 3}});
  constexpr std::size_t kStairWidth = 24;
  std::int64_t largest = 1;
  for (const StudyFamily& family : families)
    largest = std::max(largest, family.makespan.value);
  const auto stair = [&](Picoseconds time) {
    return bar(ratio(time.value, largest), kStairWidth, terminal);
  };
  const Picoseconds first = families.front().makespan;
  table.add({{results.before->report.identity.preset}, {time_text(first)}, {}, {}, {stair(first)}});
  for (std::size_t i = 1; i < families.size(); ++i) {
    const StudyFamily& family = families[i];
    const std::int64_t before = families[i - 1].makespan.value;
    if (before == family.makespan.value) continue;
    const bool is_gain = family.makespan.value < before;
    table.add({{"+ " + family.title},
               {time_text(family.makespan)},
               {change_text(before, family.makespan.value), is_gain ? Tone::kBetter : Tone::kWorse},
               {fmt::format("{:.2f}x", ratio(first.value, family.makespan.value))},
               {stair(family.makespan)}});
  }
  return table.text(terminal);
}

}  // namespace tpuscope
