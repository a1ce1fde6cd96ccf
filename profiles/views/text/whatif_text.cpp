// Explanations as terminal text.

#include <algorithm>

#include <fmt/core.h>

#include "base/figures.h"
#include "base/text.h"
#include "profiles/views/text/table.h"
#include "profiles/views/text/text_parts.h"
#include "profiles/views/whatif_views.h"

namespace tpuscope {
namespace {

constexpr std::size_t kRows = 10;

std::string signed_time_whatif_text(Picoseconds time) {
  if (time.value == 0) return "=";
  return (time.value < 0 ? "-" : "+") + time_text({time.value < 0 ? -time.value : time.value});
}

/// What is saved, as the change of the run's time.
Cell saved_cell(Picoseconds saved) {
  if (saved.value == 0) return {"=", Tone::kDim};
  return {signed_time_whatif_text(Picoseconds{} - saved),
          saved.value > 0 ? Tone::kBetter : Tone::kWorse};
}

std::string share(Picoseconds part, Picoseconds whole) {
  return percent_text(ratio(part.value, whole.value)) + " %";
}

std::string number(double value) {
  return fmt::format("{:g}", value);
}

std::string charged_table(const Explanation& explanation, const Report& report,
                          const Terminal& terminal) {
  Table table({{.title = "attributed by cause", .is_name = true},
               {.title = "time"},
               {.title = "of the run"},
               {.title = "", .is_name = true, .is_flexible = true}});
  for (std::size_t i = 0; i < kStepCount; ++i) {
    const Step step = static_cast<Step>(i);
    const Picoseconds time = explanation.charged[step];
    if (time.value == 0) continue;
    table.add({{std::string(text_of(step).title)},
               {time_text(time)},
               {share(time, report.summary.makespan)},
               {std::string(text_of(step).meaning), Tone::kDim}});
  }
  return table.text(terminal);
}

std::string rule_table(const Explanation& explanation, const Terminal& terminal) {
  Table table({{.title = "priced by", .is_name = true},
               {.title = "commands"},
               {.title = "start-up"},
               {.title = "useful"},
               {.title = "padding"},
               {.title = "conflicts", .importance = 3},
               {.title = "evidence", .is_name = true, .is_flexible = true, .importance = 5}});
  for (const RuleShare& rule : explanation.rules) {
    std::vector<Cell> cells = {{std::string(name_of(rule.engine)) + ": " + rule.rule},
                               {grouped(static_cast<std::int64_t>(rule.commands))}};
    for (const Picoseconds part : rule.parts)
      cells.push_back({part.value == 0 ? "" : time_text(part)});
    cells.push_back({std::string(name_of(rule.evidence)) + ": " + join(rule.values), Tone::kDim});
    table.add(std::move(cells));
  }
  return table.text(terminal);
}

std::string wait_table(const Explanation& explanation, const Terminal& terminal) {
  Table table({{.title = "stalled on", .is_name = true, .is_flexible = true},
               {.title = "command", .is_name = true},
               {.title = "times"},
               {.title = "time"}});
  for (std::size_t i = 0; i < std::min(kRows, explanation.waits.size()); ++i) {
    const WaitShare& wait = explanation.waits[i];
    table.add({{wait.on},
               {wait.kind ? std::string(name_of(*wait.kind)) : ""},
               {grouped(static_cast<std::int64_t>(wait.commands))},
               {time_text(wait.time)}});
  }
  return table.text(terminal);
}

/// Equal reasons once, with how many ops they are about.
std::string reason_table(const Explanation& explanation, const Terminal& terminal) {
  Table table(
      {{.title = "why not in one group with its neighbours", .is_name = true, .is_flexible = true},
       {.title = "rule", .is_name = true},
       {.title = "op", .is_name = true, .importance = 4}});
  for (std::size_t i = 0; i < std::min(kRows, explanation.reasons.size()); ++i) {
    const auto& [op, decision] = explanation.reasons[i];
    table.add({{reason_text(decision)}, {decision.rule}, {op}});
  }
  return table.text(terminal);
}

std::string gain_table_whatif_text(const Explanation& explanation, const Report& report,
                                   const Terminal& terminal) {
  Table table({{.title = "what would help", .is_name = true},
               {.title = "the run"},
               {.title = ""},
               {.title = "", .is_name = true, .is_flexible = true}});
  for (const LiftedGain& gain : explanation.gains) {
    table.add({{gain.name},
               saved_cell(gain.saved),
               {share(gain.saved, report.summary.makespan)},
               {gain.is_switch ? "a switch that is off, by itself"
                               : "upper bound: a local form that does not exist, by itself",
                Tone::kDim}});
  }
  return table.text(terminal);
}

}  // namespace

std::string explanation_text(const Explanation& explanation, const Report& report,
                             const Terminal& terminal) {
  std::string text = identity_line(report.identity, terminal) + "\n";
  const std::string title = fmt::format("{} {}", name_of(explanation.subject), explanation.name);
  text += "  " + painted(fitted(title, terminal.width - 2, terminal), Tone::kHeadline, terminal) +
          "\n" + flowed({explanation.detail}, terminal);
  if (!explanation.ops.empty()) {
    std::vector<std::string> ops(explanation.ops.begin(),
                                 explanation.ops.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                               kRows, explanation.ops.size())));
    for (std::string& op : ops)
      op = fitted(op, terminal.width - 2, terminal);
    if (explanation.ops.size() > kRows) {
      ops.push_back(fmt::format("and {} more", explanation.ops.size() - kRows));
    }
    text += flowed(ops, terminal);
  }
  const Picoseconds charged = explanation.charged.total();
  const Picoseconds makespan = report.summary.makespan;
  text += "\n";
  if (explanation.rules.empty()) {
    return text + "  emits no commands: the result aliases its operand\n" +
           (explanation.reasons.empty() ? "" : "\n" + reason_table(explanation, terminal));
  }
  text += flowed(
      {fmt::format("from {} to {}", time_text(explanation.begin), time_text(explanation.end)),
       fmt::format("attributed {}, {} of the run", time_text(charged), share(charged, makespan)),
       fmt::format("on the critical path {}", time_text(explanation.on_path))},
      terminal);
  if (explanation.banks.computations > 0) text += flowed({bank_text(explanation.banks)}, terminal);
  if (charged.value != 0) text += "\n" + charged_table(explanation, report, terminal);
  text += "\n" + rule_table(explanation, terminal);
  if (!explanation.waits.empty()) text += "\n" + wait_table(explanation, terminal);
  if (!explanation.reasons.empty()) text += "\n" + reason_table(explanation, terminal);
  if (!explanation.gains.empty())
    text += "\n" + gain_table_whatif_text(explanation, report, terminal);
  return text;
}

std::string sensitivities_text(const std::vector<Sensitivity>& rows, Picoseconds makespan,
                               const Terminal& terminal) {
  Table values({{.title = "sensitivity to", .is_name = true, .is_flexible = true},
                {.title = "value"},
                {.title = "5 % more"},
                {.title = ""},
                {.title = "5 % less"},
                {.title = ""},
                {.title = "elasticity", .importance = 5}});
  for (std::size_t i = 0; i < std::min(kRows, rows.size()); ++i) {
    const Sensitivity& row = rows[i];
    values.add({{row.path},
                {number(row.value)},
                {number(row.raised)},
                saved_cell(makespan - row.when_raised),
                {number(row.lowered)},
                saved_cell(makespan - row.when_lowered),
                {row.value == 0 ? "" : elasticity_text(row.elasticity)}});
  }
  return values.text(terminal) +
         flowed({"along the critical path, with the plan unchanged",
                 "gains are upper bounds, losses lower bounds",
                 "whole numbers change by at least 1", "elasticity: % of the time per % more"},
                terminal);
}

namespace {

std::string plan_gain_text(const PlanGain& gain, const Terminal& terminal) {
  if (gain.stretches.empty()) {
    return flowed({"groups chosen by what the chip really takes are no faster than the compiler's"},
                  terminal);
  }
  Table table({{.title = "groups chosen by real times", .is_name = true, .is_flexible = true},
               {.title = "to", .is_name = true, .is_flexible = true},
               {.title = "ops"},
               {.title = "groups"},
               {.title = "then"},
               {.title = "change"}});
  for (std::size_t i = 0; i < std::min(kRows, gain.stretches.size()); ++i) {
    const PlanStretch& stretch = gain.stretches[i];
    table.add({{stretch.first},
               {stretch.last},
               {grouped(static_cast<std::int64_t>(stretch.ops))},
               {std::to_string(stretch.units_now)},
               {std::to_string(stretch.units_then)},
               saved_cell(stretch.saved)});
  }
  return table.text(terminal) +
         flowed(
             {fmt::format("{} instead of {}, {}", time_text(gain.then), time_text(gain.now),
                          gain.stretches.size() == 1 ? "1 part of the network differs"
                                                     : fmt::format("{} parts of the network differ",
                                                                   gain.stretches.size())),
              "--plan-by silicon chooses groups so"},
             terminal);
}

}  // namespace

std::string overview_text(const Overview& overview, const Profile& profile,
                          const Terminal& terminal) {
  const Picoseconds makespan = profile.report.summary.makespan;
  std::string text = identity_line(profile.report.identity, terminal) + "\n";
  Table path({{.title = "the critical path", .is_name = true},
              {.title = "commands"},
              {.title = "time"},
              {.title = "%"}});
  for (const Overview::PathShare& part : overview.path) {
    const bool is_command = part.part == Overview::PathShare::Part::kCommands;
    path.add({{std::string(name_of(part))},
              {is_command ? grouped(static_cast<std::int64_t>(part.commands)) : ""},
              {time_text(part.time)},
              {percent_text(ratio(part.time.value, makespan.value))}});
  }
  text += path.text(terminal) + "\n";
  text += sensitivities_text(overview.sensitivities, makespan, terminal) + "\n";
  Table sizes({{.title = "other sizes, planned anew", .is_name = true},
               {.title = "size"},
               {.title = "time"},
               {.title = "change"}});
  for (const Resized& row : overview.resized) {
    sizes.add({{row.path},
               {number(row.value)},
               {row.fits ? time_text(row.makespan) : "does not fit"},
               row.fits ? saved_cell(makespan - row.makespan) : Cell{}});
  }
  if (!overview.resized.empty()) text += sizes.text(terminal) + "\n";
  if (overview.plan_gain) text += plan_gain_text(*overview.plan_gain, terminal) + "\n";
  Table gaps({{.title = "gap"},
              {.title = "from"},
              {.title = "length"},
              {.title = "BDC resumes with", .is_name = true, .is_flexible = true}});
  for (std::size_t i = 0; i < std::min(kRows, overview.gaps.size()); ++i) {
    const Gap& gap = overview.gaps[i];
    const auto& commands = profile.simulation.program.commands;
    gaps.add({{std::to_string(i + 1)},
              {time_text(gap.begin)},
              {time_text(gap.length())},
              {gap.next == kNone ? "nothing" : profile.graph[OpId{commands[gap.next].op}].name}});
  }
  return text + gaps.text(terminal) +
         flowed({fmt::format("{} gaps in all", overview.gaps.size()),
                 "--gap N, --op NAME, --group N and --capabilities say more"},
                terminal);
}

namespace {

/// Which ops each rule keeps out of groups: what a local form would have to take.
std::string pattern_table(const CapabilityRanking& ranking, const Terminal& terminal) {
  constexpr std::size_t kMostPatterns = 4;
  Table table({{.title = "rule", .is_name = true},
               {.title = "ops"},
               {.title = "pattern", .is_name = true, .is_flexible = true, .legible = 40},
               {.title = "first", .is_name = true, .importance = 3}});
  bool is_empty = true;
  for (const RankedCapability& row : ranking.rows) {
    const std::vector<CapabilityPattern>& patterns = row.capability.patterns;
    for (std::size_t i = 0; i < std::min(kMostPatterns, patterns.size()); ++i) {
      table.add({{i == 0 ? row.capability.name : ""},
                 {grouped(patterns[i].ops)},
                 {patterns[i].text},
                 {patterns[i].first, Tone::kDim}});
      is_empty = false;
    }
    if (patterns.size() > kMostPatterns) {
      table.add({{}, {}, {fmt::format("and {} more", patterns.size() - kMostPatterns)}, {}});
    }
  }
  return is_empty ? "" : table.text(terminal) + "\n";
}

}  // namespace

std::string capabilities_text(const CapabilityRanking& ranking, const Report& report,
                              const Terminal& terminal) {
  return identity_line(report.identity, terminal) + "\n" + capability_tables(ranking, terminal);
}

std::string capability_tables(const CapabilityRanking& ranking, const Terminal& terminal) {
  std::string text =
      flowed({fmt::format("{} now", time_text(ranking.present)),
              fmt::format("{} with these switches", time_text(ranking.all_switches)),
              fmt::format("lower bound with every rule lifted: {}", time_text(ranking.all_lifted))},
             terminal) +
      "\n";
  const auto add_rows = [&](Capability::Kind kind, Table& table) {
    std::size_t rank = 0;
    for (const RankedCapability& row : ranking.rows) {
      if (row.capability.kind != kind) continue;
      std::string average = saved_cell(row.average).text;
      if (row.average_error.value > 0) average += " ± " + time_text(row.average_error);
      table.add({{std::to_string(++rank)},
                 {row.capability.name},
                 {std::move(average), saved_cell(row.average).tone},
                 saved_cell(row.alone),
                 saved_cell(row.left_out),
                 {row.capability.ops == 0 ? "" : grouped(row.capability.ops)},
                 {row.capability.summary, Tone::kDim}});
      for (std::size_t i = 0; i < row.members_left_out.size(); ++i) {
        table.add({{},
                   {"  " + row.capability.switches[i], Tone::kDim},
                   {},
                   {},
                   saved_cell(row.members_left_out[i]),
                   {},
                   {}});
      }
    }
    return rank;
  };
  const auto columns = [](const std::string& title) {
    return std::vector<Column>{
        {.title = "rank"},
        {.title = title, .is_name = true},
        {.title = "Shapley share"},
        {.title = "only this", .importance = 6},
        {.title = "all but this", .importance = 7},
        {.title = "ops", .importance = 4},
        {.title = "", .is_name = true, .is_flexible = true, .importance = 3}};
  };
  const auto orders_text = [](const Shapley& shapley) {
    return shapley.is_exact ? std::string("all orders")
                            : grouped(shapley.orders) + " orders drawn with a fixed seed";
  };
  Table switches(columns("switches that are off"));
  if (add_rows(Capability::Kind::kSwitch, switches) > 0) {
    text += switches.text(terminal) +
            flowed({"rank by the Shapley share: mean gain over " + orders_text(ranking.switches),
                    "only this: turned on by itself",
                    "all but this: lost when only this one is off", "what costs time is not used"},
                   terminal) +
            "\n";
  }
  Table rules(columns("rules without local-memory support"));
  if (add_rows(Capability::Kind::kRule, rules) > 0) {
    text +=
        rules.text(terminal) +
        flowed({"on top of these switches",
                "upper bounds: these forms are hypothetical; views are free, movements one pass"},
               terminal) +
        "\n";
  }
  return text + pattern_table(ranking, terminal) +
         fmt::format("  {} runs simulated\n", ranking.runs);
}

namespace {

TPU_REGISTER(register_writer<RankedCapabilities>(
    {.name = "text",
     .summary = "tables for the terminal",
     .signature = "(simulated)",
     .write = [](const RankedCapabilities& subject, const WriterView& view, ByteSink& sink) {
       sink.write(capabilities_text(*subject.ranking, *subject.report, view.terminal));
     }}));

}  // namespace
}  // namespace tpuscope
