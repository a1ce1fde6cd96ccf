// The terminal summary of a network before and after: the gain, what each switch gives of it, where
// the time went before and goes now, and the operators that cost most now.

#include <utility>

#include <fmt/core.h>

#include "base/figures.h"
#include "base/text.h"
#include "passes/pipeline.h"
#include "passes/precision/precision.h"
#include "profiles/views/results.h"
#include "profiles/views/text/table.h"
#include "profiles/views/text/text_answer.h"
#include "profiles/views/text/text_parts.h"

namespace tpuscope {
namespace {

std::string percent(double value) {
  return percent_text(value) + " %";
}

/// "1.25x".
std::string speedup(Picoseconds before, Picoseconds after) {
  return fmt::format("{:.2f}x", ratio(before.value, after.value));
}

/// A relative change with its sign, and whether less is better.
Cell change_comparison(std::int64_t before, std::int64_t after) {
  std::string text = change_text(before, after);
  if (text == "=") return {std::move(text), Tone::kDim};
  return {std::move(text), after < before ? Tone::kBetter : Tone::kWorse};
}

/// Percentages differ by points.
Cell points(double before, double after) {
  const double difference = 100 * (after - before);
  if (difference > -0.05 && difference < 0.05) return {"=", Tone::kDim};
  return {fmt::format("{:+.1f} points", difference), difference > 0 ? Tone::kBetter : Tone::kWorse};
}

std::string gain_table_comparison(const Report& before, const Report& after,
                                  const Terminal& terminal) {
  const Summary& a = before.summary;
  const Summary& b = after.summary;
  const auto share = [](const Summary& of, Picoseconds time) {
    return ratio(time.value, of.makespan.value);
  };
  Table table({{.title = "", .is_name = true},
               {.title = "before"},
               {.title = "after"},
               {.title = "change"}});
  const auto add_amount = [&](std::string_view name, std::int64_t old_value, std::int64_t new_value,
                              auto text) {
    table.add({{std::string(name)},
               {text(old_value)},
               {text(new_value)},
               change_comparison(old_value, new_value)});
  };
  const auto add_share = [&](std::string_view name, double old_value, double new_value) {
    table.add({{std::string(name)},
               {percent(old_value)},
               {percent(new_value)},
               points(old_value, new_value)});
  };
  const auto add_rate = [&](std::string_view name, double old_value, double new_value) {
    const double change = old_value > 0 ? new_value / old_value - 1 : 0;
    table.add(
        {{std::string(name)},
         {si_text(old_value)},
         {si_text(new_value)},
         {fmt::format("{:+.1f} %", 100 * change), change < 0 ? Tone::kWorse : Tone::kBetter}});
  };
  const auto as_time = [](std::int64_t time) { return time_text(Picoseconds{time}); };
  add_amount("time", a.makespan.value, b.makespan.value, as_time);
  if (a.interval.exists() && b.interval.exists()) {
    table.add({{std::string(kIntervalTitle)}, {interval_range(a)}, {interval_range(b)}, {}});
  }
  if (a.batch > 1) {
    add_amount("time per image", a.per_image().value, b.per_image().value, as_time);
    add_rate("images/s", a.images_per_second(), b.images_per_second());
  }
  add_amount("cycles", a.cycles, b.cycles, grouped);
  add_amount("DDR bytes moved", a.ddr_read_bytes + a.ddr_write_bytes,
             b.ddr_read_bytes + b.ddr_write_bytes, bytes_text);
  add_amount("exposed transfers", a.exposed().value, b.exposed().value, as_time);
  add_share("BDC busy", share(a, a.bdc_busy), share(b, b.bdc_busy));
  add_share("useful compute of peak", a.compute_utilisation, b.compute_utilisation);
  return table.text(terminal);
}

std::string gain_line(const Report& before, const Report& after, const Terminal& terminal) {
  const Picoseconds old_time = before.summary.makespan;
  const Picoseconds new_time = after.summary.makespan;
  if (old_time == new_time) return "  no gain: both take " + time_text(old_time) + "\n";
  const bool is_gain = new_time < old_time;
  return "  " +
         painted(fmt::format("{} {}", speedup(old_time, new_time),
                             is_gain ? "as fast" : "as fast: slower"),
                 is_gain ? Tone::kBetter : Tone::kWorse, terminal) +
         fmt::format(", {} {}\n", time_text(is_gain ? old_time - new_time : new_time - old_time),
                     is_gain ? "saved" : "lost");
}

/// "-189 us", or with the error where orders were drawn.
Cell average_cell(const SwitchStep& step) {
  if (step.average.value == 0) return {"=", Tone::kDim};
  const bool is_gain = step.average.value > 0;
  std::string text =
      (is_gain ? "-" : "+") + time_text({is_gain ? step.average.value : -step.average.value});
  if (step.average_error.value > 0) text += " ± " + time_text(step.average_error);
  return {std::move(text), is_gain ? Tone::kBetter : Tone::kWorse};
}

std::string switch_table(const Results& results, const Terminal& terminal) {
  Table table({{.title = "optimisation breakdown", .is_name = true},
               {.title = "only this", .importance = 5},
               {.title = "cumulative"},
               {.title = "step gain"},
               {.title = "so far", .importance = 1},
               {.title = "all but this", .importance = 4},
               {.title = "Shapley share", .importance = 6},
               {.title = "what it did", .is_name = true, .is_flexible = true, .importance = 3}});
  const SwitchStudy& study = results.study;
  const std::vector<SwitchStep>& steps = study.steps;
  std::vector<std::string> idle;
  const std::int64_t first = steps.front().makespan.value;
  const std::int64_t last = steps.back().makespan.value;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const SwitchStep& step = steps[i];
    if (i == 0) {
      table.add({{results.before->report.identity.preset},
                 {},
                 {time_text(step.makespan)},
                 {},
                 {},
                 {},
                 {},
                 {}});
      continue;
    }
    if (is_idle(study, i)) {
      idle.push_back(step.name);
      continue;
    }
    const bool is_removed = step.name.front() == '-';
    table.add({{is_removed ? "- " + step.name.substr(1) : "+ " + step.name},
               change_comparison(first, step.alone.value),
               {time_text(step.makespan)},
               change_comparison(steps[i - 1].makespan.value, step.makespan.value),
               {speedup(steps[0].makespan, step.makespan)},
               change_comparison(last, step.left_out.value),
               average_cell(step),
               {step.did.empty() ? "not applicable" : step.did,
                step.did.empty() ? Tone::kDim : Tone::kPlain}});
  }
  const std::string orders =
      study.is_exact ? "all orders" : grouped(study.orders) + " orders drawn with a fixed seed";
  std::string text = table.text(terminal);
  if (!idle.empty()) text += "  " + wrapped("not applicable: " + join(idle), 2, 4, terminal);
  return text +
         flowed({"all but this: against all", "Shapley share: mean gain over " + orders}, terminal);
}

std::string precision_rows(const Results& results, const Terminal& terminal) {
  const std::vector<PrecisionRow>& rows = results.precisions;
  std::vector<Column> columns = {{.title = "precision", .is_name = true}};
  for (const Preset& preset : presets())
    columns.push_back({.title = std::string(preset.name)});
  columns.push_back({.title = "gain"});
  for (const PrecisionRow& row : rows)
    columns.push_back({.title = "to " + std::string(precision_name(row.precision))});
  columns.push_back({.title = "DDR moved", .importance = 4});
  columns.push_back({.title = "useful", .importance = 3});
  Table table(std::move(columns));
  for (const PrecisionRow& row : rows) {
    std::vector<Cell> cells = {{std::string(precision_name(row.precision))}};
    for (const VariantFigures& figures : row.presets)
      cells.push_back({time_text(figures.makespan)});
    const VariantFigures& last = row.presets.back();
    cells.push_back({speedup(row.presets[row.presets.size() - 2].makespan, last.makespan)});
    for (const PrecisionRow& other : rows) {
      if (&other == &row) {
        cells.push_back({"", Tone::kDim});
      } else {
        cells.push_back({speedup(other.presets.back().makespan, last.makespan)});
      }
    }
    cells.push_back({bytes_text(last.ddr_bytes)});
    cells.push_back({percent(last.useful)});
    table.add(std::move(cells));
  }
  const std::string_view last = presets().back().name;
  return table.text(terminal) +
         flowed({fmt::format("gain: {} against {}", last, presets()[presets().size() - 2].name),
                 fmt::format("to f16 and so on: speed against that precision, both {}", last)},
                terminal);
}

std::string waterfall_table(const Report& before, const Report& after, const Terminal& terminal) {
  const std::int64_t old_total = before.summary.makespan.value;
  // Bars share one scale, so that their lengths compare across the two columns.
  const std::int64_t scale = std::max(old_total, after.summary.makespan.value);
  const std::size_t bar_width = terminal.width >= 100 ? 12 : 0;
  std::vector<Column> columns = {{.title = "where the time goes", .is_name = true},
                                 {.title = "before"},
                                 {.title = "%", .importance = 3},
                                 {.title = "", .is_name = true, .importance = 1},
                                 {.title = "after"},
                                 {.title = "%", .importance = 3},
                                 {.title = "", .is_name = true, .importance = 1},
                                 {.title = "change"}};
  Table table(std::move(columns));
  const auto add = [&](std::string_view title, Picoseconds a, const std::string& a_percent,
                       Picoseconds b, const std::string& b_percent, bool with_bars) {
    const auto picture = [&](Picoseconds time) {
      return with_bars ? bar(ratio(time.value, scale), bar_width, terminal) : std::string();
    };
    table.add({{std::string(title)},
               {time_text(a)},
               {a_percent},
               {picture(a)},
               {time_text(b)},
               {b_percent},
               {picture(b)},
               change_comparison(a.value, b.value)});
  };
  const auto share_of = [](const Report& of, Picoseconds time) {
    return percent_text(ratio(time.value, of.summary.makespan.value));
  };
  for (std::size_t i = 0; i < kStepCount; ++i) {
    const Step step = static_cast<Step>(i);
    const Picoseconds a = before.waterfall[step];
    const Picoseconds b = after.waterfall[step];
    if (a.value != 0 || b.value != 0) {
      add(text_of(step).title, a, share_of(before, a), b, share_of(after, b), true);
    }
  }
  add("", before.waterfall.total(), "100.0", after.waterfall.total(), "100.0", false);
  return table.text(terminal);
}

/// Whether no switch of the study does anything: both runs are one, which is told once.
bool is_same_run(const Results& results) {
  if (results.study.steps.size() < 2) return false;
  for (std::size_t i = 1; i < results.study.steps.size(); ++i) {
    if (!is_idle(results.study, i)) return false;
  }
  return true;
}

}  // namespace

std::string comparison_text(const Results& results, const OpQuery& query,
                            const Terminal& terminal) {
  const Report& before = results.before->report;
  const Report& after = results.after->report;
  std::string text =
      identity_line(after.identity, terminal) + "\n" + budget_line(results, terminal);
  const std::string answer = answer_table(results, terminal);
  if (!answer.empty()) text += answer + "\n";
  if (is_same_run(results)) {
    text += "  " +
            wrapped(fmt::format("{} and {} take the same {}: no other pass applies to this network",
                                before.identity.preset, after.identity.preset,
                                time_text(after.summary.makespan)),
                    2, 4, terminal) +
            "\n" + run_figures(after, terminal);
    if (!results.precisions.empty()) text += precision_rows(results, terminal) + "\n";
    return text + operator_table(after, query, terminal) + "\n" + footnote(terminal);
  }
  text += verdict(after, terminal) + "\n" + gain_line(before, after, terminal) + "\n";
  const std::string stairs = staircase(results, terminal);
  if (!stairs.empty()) text += stairs + "\n";
  text += gain_table_comparison(before, after, terminal) + "\n";
  if (results.study.steps.size() > 1) text += switch_table(results, terminal) + "\n";
  if (!results.precisions.empty()) text += precision_rows(results, terminal) + "\n";
  text += waterfall_table(before, after, terminal) + evidence_line(after, terminal) + "\n";
  text += finding_lines(after, terminal) + group_line(after, terminal);
  return text + operator_table(after, query, terminal) + "\n" + footnote(terminal);
}

}  // namespace tpuscope
