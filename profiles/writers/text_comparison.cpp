// The terminal summary of a network before and after: the gain, what each switch gives of it, where
// the time went before and goes now, and the operators that cost most now.

#include <fmt/core.h>

#include "graph/text.h"
#include "profiles/figures.h"
#include "profiles/table.h"
#include "profiles/writer.h"
#include "profiles/writers/text_parts.h"

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
Cell change(std::int64_t before, std::int64_t after) {
  if (before == after) return {"=", Tone::kDim};
  if (before == 0) return {"new", Tone::kWorse};
  const double relative = ratio(after - before, before);
  return {fmt::format("{:+.1f} %", 100 * relative), after < before ? Tone::kBetter : Tone::kWorse};
}

/// Percentages differ by points.
Cell points(double before, double after) {
  const double difference = 100 * (after - before);
  if (difference > -0.05 && difference < 0.05) return {"=", Tone::kDim};
  return {fmt::format("{:+.1f} points", difference), difference > 0 ? Tone::kBetter : Tone::kWorse};
}

std::string gain_table(const Report& before, const Report& after, const Terminal& terminal) {
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
    table.add(
        {{std::string(name)}, {text(old_value)}, {text(new_value)}, change(old_value, new_value)});
  };
  const auto add_share = [&](std::string_view name, double old_value, double new_value) {
    table.add({{std::string(name)},
               {percent(old_value)},
               {percent(new_value)},
               points(old_value, new_value)});
  };
  const auto as_time = [](std::int64_t time) { return time_text(Picoseconds{time}); };
  add_amount("time", a.makespan.value, b.makespan.value, as_time);
  add_amount("cycles", a.cycles, b.cycles, grouped);
  add_amount("DDR bytes moved", a.ddr_read_bytes + a.ddr_write_bytes,
             b.ddr_read_bytes + b.ddr_write_bytes, bytes_text);
  add_amount("transfers not hidden", (a.exposed_load + a.exposed_store + a.exposed_copy).value,
             (b.exposed_load + b.exposed_store + b.exposed_copy).value, as_time);
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

std::string switch_table(const Results& results, const Terminal& terminal) {
  Table table({{.title = "what each switch gives", .is_name = true},
               {.title = "alone", .importance = 5},
               {.title = "together"},
               {.title = "step"},
               {.title = "so far", .importance = 3},
               {.title = "what it did", .is_name = true, .is_flexible = true}});
  const std::vector<SwitchStep>& steps = results.steps;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const SwitchStep& step = steps[i];
    if (i == 0) {
      table.add(
          {{results.before->report.identity.preset}, {}, {time_text(step.makespan)}, {}, {}, {}});
      continue;
    }
    table.add({{"+ " + step.name},
               change(steps[0].makespan.value, step.alone.value),
               {time_text(step.makespan)},
               change(steps[i - 1].makespan.value, step.makespan.value),
               {speedup(steps[0].makespan, step.makespan)},
               {step.did.empty() ? "found nothing to do" : step.did,
                step.did.empty() ? Tone::kDim : Tone::kPlain}});
  }
  return table.text(terminal);
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
               change(a.value, b.value)});
  };
  const std::vector<std::string> old_percents = step_percents(before.waterfall);
  const std::vector<std::string> new_percents = step_percents(after.waterfall);
  for (std::size_t i = 0; i < kStepCount; ++i) {
    const Step step = static_cast<Step>(i);
    const Picoseconds a = before.waterfall[step];
    const Picoseconds b = after.waterfall[step];
    if (a.value != 0 || b.value != 0) {
      add(text_of(step).title, a, old_percents[i], b, new_percents[i], true);
    }
  }
  add("", before.waterfall.total(), "100.0", after.waterfall.total(), "100.0", false);
  return table.text(terminal);
}

}  // namespace

std::string comparison_text(const Results& results, const OpQuery& query,
                            const Terminal& terminal) {
  const Report& before = results.before->report;
  const Report& after = results.after->report;
  std::string text = identity_line(after.identity, terminal) + "\n" +
                     gain_line(before, after, terminal) + "\n" +
                     gain_table(before, after, terminal) + "\n";
  if (results.steps.size() > 1) text += switch_table(results, terminal) + "\n";
  text += waterfall_table(before, after, terminal) + "\n";
  text += verdict(after, terminal, "after: ") + "\n" + finding_lines(after, terminal) +
          group_line(after, terminal);
  return text + operator_table(after, query, terminal) + "\n" + footnote(terminal);
}

}  // namespace tpuscope
