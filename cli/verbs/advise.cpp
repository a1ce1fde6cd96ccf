// advise: what else could be chosen, each tried, with the command that repeats it.

#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/core.h>

#include "base/figures.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "cli/budget.h"
#include "cli/common_flags.h"
#include "cli/flags.h"
#include "cli/group_flags.h"
#include "cli/network_flags.h"
#include "cli/progress.h"
#include "cli/session.h"
#include "profiles/views/results.h"
#include "profiles/views/text/table.h"
#include "profiles/views/text/text_parts.h"
#include "profiles/whatif/advice.h"

namespace tpuscope {
namespace {

/// A word of a shell's command line.
std::string shell_word(const std::string& word) {
  const bool is_plain = !word.empty() && word.find_first_not_of(
                                             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                             "0123456789_-./=:,+") == std::string::npos;
  if (is_plain) return word;
  std::string quoted = "'";
  for (const char letter : word)
    quoted += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  return quoted + "'";
}

std::vector<Flag> advise_flags() {
  std::vector<Flag> flags = {kPassesFlag, kBudgetFlag};
  for (const std::vector<Flag>& more : {network_flags(), precision_flags(), group_flags()})
    flags.insert(flags.end(), more.begin(), more.end());
  flags.insert(flags.end(), {kChipFlag, kCoresFlag, kSetFlag, kLaunchFlag});
  return flags;
}

/// The command that repeats an alternative: the run's own words, then what differs.
std::string command_of(const Arguments& arguments, const std::vector<std::string>& more) {
  std::string command = "tpuscope profile " + shell_word(arguments.positionals().front());
  for (const Flag& flag : advise_flags()) {
    // A flag whose value the alternative chooses is not said twice.
    if (!arguments.has(flag) || (!more.empty() && more.front() == flag.name)) continue;
    for (const std::string& value : arguments.texts(flag))
      command += " " + std::string(flag.name) + " " + shell_word(value);
  }
  for (const std::string& word : more)
    command += " " + shell_word(word);
  return command;
}

/// What was tried, and the run as it is beside its budget, if it has one.
struct Answer {
  Advice advice{};
  Results present{};

  bool is_within(const AdviceRow& row) const {
    return !present.budget || row.figures.makespan <= *present.budget;
  }
  /// Those that keep the budget and can be chosen; what the compiler lacks cannot.
  std::vector<const AdviceRow*> kept() const {
    std::vector<const AdviceRow*> rows;
    for (const AdviceRow& row : advice.rows) {
      if (!row.flags.empty() && is_within(row)) rows.push_back(&row);
    }
    return rows;
  }
  bool is_yes() const { return present.is_within_budget() || !kept().empty(); }
};

/// "kept by 3 of 14 alternatives, fastest by precision int8: 2.10 ms"; empty without a budget.
std::string kept_line(const Answer& answer, const Terminal& terminal) {
  if (!answer.present.budget) return "";
  const std::vector<const AdviceRow*> kept = answer.kept();
  std::string text = "no alternative that was tried keeps it";
  if (!kept.empty()) {
    text = fmt::format("kept by {} of {} alternatives; least time per image: {}, {}", kept.size(),
                       answer.advice.rows.size(), kept.front()->change,
                       time_text(kept.front()->figures.makespan));
  }
  return "  " +
         painted(wrapped(text, 2, 4, terminal), kept.empty() ? Tone::kWorse : Tone::kBetter,
                 terminal) +
         "\n";
}

/// How much faster an alternative is than the run as it is: its text says all of the tone.
Tone tone_of_speed(std::string_view times, double speed) {
  if (times.empty() || times == "1.00x") return Tone::kDim;
  return speed > 1 ? Tone::kBetter : Tone::kWorse;
}

/// A line of the table; the run as it is has no speed.
std::vector<Cell> cells_of(const Answer& answer, const AdviceRow& row, bool is_present) {
  const double speed = answer.advice.present.time_per_image() / row.time_per_image();
  const std::string times = is_present ? "" : fmt::format("{:.2f}x", speed);
  const Interval& interval = row.figures.interval;
  std::vector<Cell> cells = {
      {row.change, is_present ? Tone::kHeadline : Tone::kPlain},
      {time_text(row.figures.makespan)},
      {interval.exists() ? range_text(interval.low, interval.high) : "", Tone::kDim},
      {time_text({std::llround(row.time_per_image())})},
      {si_text(1e12 / row.time_per_image())},
      {times, tone_of_speed(times, speed)},
      {std::string(row.figures.verdict.bound())},
      {row.proviso, Tone::kDim}};
  if (answer.present.budget) {
    const bool is_within = answer.is_within(row);
    cells.insert(cells.begin() + 2,
                 {is_within ? "within" : "over", is_within ? Tone::kBetter : Tone::kWorse});
  }
  return cells;
}

std::string advice_table(const Answer& answer, const Terminal& terminal) {
  std::vector<Column> columns = {{.title = "tried", .is_name = true},
                                 {.title = "latency"},
                                 {.title = std::string(kIntervalTitle), .importance = 6},
                                 {.title = "per image", .importance = 5},
                                 {.title = "images/s", .importance = 7},
                                 {.title = "speed"},
                                 {.title = "bound by", .is_name = true, .importance = 3},
                                 {.title = "", .is_name = true, .importance = 4}};
  if (answer.present.budget)
    columns.insert(columns.begin() + 2, {.title = "budget", .is_name = true});
  Table table(std::move(columns));
  table.add(cells_of(answer, answer.advice.present, true));
  for (const AdviceRow& row : answer.advice.rows)
    table.add(cells_of(answer, row, false));
  return table.text(terminal);
}

/// The commands of what is faster, the fastest first; with a budget, of what keeps it.
std::string command_lines(const Answer& answer, const Arguments& arguments) {
  constexpr std::size_t kCommands = 5;
  std::string text;
  std::size_t shown_commands = 0;
  for (const AdviceRow* row : answer.kept()) {
    const bool is_faster = row->time_per_image() < answer.advice.present.time_per_image();
    if (shown_commands == kCommands || !(is_faster || !answer.present.is_within_budget())) break;
    text += "  " + command_of(arguments, row->flags) + "\n";
    ++shown_commands;
  }
  if (shown_commands > 0) return text;
  return answer.is_yes() ? "  nothing that was tried is faster\n" : "";
}

std::string advice_text(const Answer& answer, const Arguments& arguments,
                        const Terminal& terminal) {
  const Report& report = answer.present.after->report;
  std::string text = identity_line(report.identity, terminal) + "\n" +
                     budget_line(answer.present, terminal) + kept_line(answer, terminal) +
                     verdict(report, terminal) + "\n" + advice_table(answer, terminal) + "\n" +
                     command_lines(answer, arguments);
  for (const std::string& refused : answer.advice.refused)
    text += "  " + wrapped("not possible: " + shown(refused, terminal), 2, 4, terminal);
  return text +
         painted(fmt::format("  {} runs simulated, each change by itself\n", answer.advice.runs),
                 Tone::kDim, terminal);
}

void write_advice(const Answer& answer, const Arguments& arguments, ByteSink& sink) {
  const Advice& advice = answer.advice;
  const std::optional<Picoseconds>& budget = answer.present.budget;
  JsonWriter json(sink);
  const auto write_row = [&](const AdviceRow& row) {
    json.member("change", row.change);
    json.member("proviso", row.proviso);
    json.member("time_ps", row.figures.makespan);
    if (const Interval& interval = row.figures.interval; interval.exists()) {
      json.member("interval_ps", std::array{interval.low, interval.high});
    }
    json.member("batch", row.batch);
    json.member("time_per_image_ps", Picoseconds{std::llround(row.time_per_image())});
    json.member("speed", advice.present.time_per_image() / row.time_per_image());
    json.member("bound", row.figures.verdict.bound());
    json.member("bound_share", row.figures.verdict.share);
    if (budget) json.member("budget_met", answer.is_within(row));
    const bool has_command = &row == &advice.present || !row.flags.empty();
    json.member("command",
                has_command ? std::optional(command_of(arguments, row.flags)) : std::nullopt);
  };
  json.object([&] {
    json.member("schema", 1);
    json.member("kind", "tpuscope.advice");
    if (budget) {
      json.object("budget", [&] {
        json.member("limit_ps", *budget);
        json.member("met", answer.present.is_within_budget());
        json.member("alternatives_that_meet_it", answer.kept().size());
      });
    }
    json.object("present", [&] { write_row(advice.present); });
    json.objects("alternatives", advice.rows, write_row);
    json.list("refused", advice.refused,
              [&](const std::string& text) { json.value(sanitised_utf8(text)); });
    json.member("runs", advice.runs);
  });
  json.finish("\n");
}

Result<ExitCode> run_advise(const Arguments& arguments, Console& console) {
  const std::string preset = arguments.text(kPassesFlag);
  TPU_TRY(const auto switches, chosen_switches(preset, arguments));
  TPU_TRY(const std::optional<Picoseconds> budget, budget_of(arguments));
  TPU_TRY(Session session, open_session(arguments, console));
  TPU_TRY_STATUS(require_graph(session, "advise"));
  print_notes(session, console);
  std::optional<Progress> progress(std::in_place, console);
  // The run, then variants that are rewritten and simulated.
  progress->expect(kStepsOfRun + 2);
  session.listener = progress->listener();
  TPU_TRY(const SessionRun outcome, run_session(session, switches, preset));
  // Groups given by hand name the ops of one network: alternatives search their own.
  Configuration present = outcome.configuration;
  present.groups.given = nullptr;
  Variants variants(session.compiler);
  variants.set_listener(progress->listener());
  TPU_TRY(Advice advice, advise(variants, present));
  progress.reset();
  const Answer answer{.advice = std::move(advice),
                      .present = {.after = &outcome.profile, .budget = budget}};
  if (console.forms != nullptr && console.forms->contains("json")) {
    StringSink json;
    write_advice(answer, arguments, json);
    (*console.forms)["json"] = json.text();
  }
  if (console.is_json) {
    write_advice(answer, arguments, *console.out);
  } else {
    console.print(advice_text(answer, arguments, console.out_terminal));
  }
  return answer.is_yes() ? ExitCode::kDone : ExitCode::kAnswerIsNo;
}

TPU_REGISTER(register_verb(
    {.name = "advise",
     .summary = "tries what else could be chosen and ranks it: precision, batch, chip, activations",
     .examples = {"tpuscope advise model.onnx", "tpuscope advise swin_t --precision int8",
                  "tpuscope advise model.onnx --budget 5ms", "tpuscope advise model.onnx --json"},
     .positional = {.name = "MODEL", .help = "a file or a built-in network", .is_required = true},
     .flags = advise_flags,
     .run = run_advise}));

}  // namespace
}  // namespace tpuscope
