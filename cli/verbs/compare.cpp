// compare: a network before and after, what each switch gives of the difference, and the same in
// every precision.

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "base/figures.h"
#include "base/text.h"
#include "cli/budget.h"
#include "cli/common_flags.h"
#include "cli/compiled_compare.h"
#include "cli/group_flags.h"
#include "cli/progress.h"
#include "cli/serve/live_flags.h"
#include "cli/session.h"
#include "cli/step_times.h"
#include "passes/streams/compile_folder.h"
#include "passes/streams/compiled_network.h"
#include "profiles/whatif/comparison.h"

namespace tpuscope {
namespace {

constexpr Flag kBeforeFlag{.name = "--before",
                           .value = "PRESET[,+NAME,-NAME]",
                           .help = "passes of the baseline run",
                           .fallback = "baseline"};
constexpr Flag kComparePassesFlag{.name = "--passes",
                                  .value = "PRESET[,+NAME,-NAME]",
                                  .help = "passes of the optimised run",
                                  .fallback = "optimized"};

constexpr Flag kBriefFlag{.name = "--brief",
                          .help = "before and after only: nothing about switches or precisions"};
/// "24 permutes removed, 12 views made", from the counters of one pass.
std::string effects_of(const Profile& profile, const std::string& pass) {
  std::vector<std::string> deeds;
  for (const PassSummary& summary : profile.report.passes) {
    if (summary.name != pass) continue;
    for (const auto& [counter, amount] : summary.counters)
      deeds.push_back(fmt::format("{} {}", amount, counter));
    if (deeds.empty() && summary.changed) deeds.push_back("changed the graph");
  }
  return join(deeds);
}

/// What a switch of the planner lifts: ops of the plan that have no local form without it.
std::string lifted_by(const Plan& plan, const std::string& name) {
  const auto& decisions = plan.decisions;
  const auto count = std::count_if(decisions.begin(), decisions.end(),
                                   [&](const GroupDecision& d) { return d.rule == name; });
  return count == 0 ? "" : fmt::format("{} ops became local", count);
}

/// What each switch did: passes by their counters in the run with all, the planner's switches by
/// the ops that had no local form in the run with all switches above.
Status add_deeds(const Profile& after, const Variants& variants, Configuration above,
                 SwitchStudy& study) {
  for (SwitchStep& step : study.steps) {
    if (step.name.empty() || step.name.front() == '-') continue;
    if (find_switch(step.name)->pass != nullptr) {
      step.did = effects_of(after, step.name);
    } else {
      TPU_TRY(auto network, variants.compiler().variant(above));
      TPU_TRY(const Compiled compiled, variants.compiler().compile(std::move(network), above));
      step.did = lifted_by(compiled.plan, step.name);
    }
    const bool changes_time =
        step.average.value != 0 || step.left_out != study.steps.back().makespan;
    if (step.did.empty() && changes_time) step.did = "changed groups or their schedules";
    turn_switch(above, step.name);
  }
  return Ok{};
}

/// For people who watch: both times, as soon as they are known. Everything else comes at the end.
std::string first_figures(const SessionRun& before, const SessionRun& after) {
  const Picoseconds slow = before.profile.report.summary.makespan;
  const Picoseconds fast = after.profile.report.summary.makespan;
  return fmt::format("{} {}, {} {}; now every switch by itself ...",
                     before.profile.report.identity.preset, time_text(slow),
                     after.profile.report.identity.preset, time_text(fast));
}

/// With a second argument, which is no flag of how one network runs.
Result<ExitCode> compare_two(const Arguments& arguments, const Console& console) {
  const std::vector<std::string>& paths = arguments.positionals();
  TPU_TRY_STATUS(refuse_flags(live_flags(), arguments, "a comparison of two"));
  if (paths.size() > 2) {
    return Error{.code = ErrorCode::kUsage,
                 .message = fmt::format("compare takes two at most, {} given", paths.size())};
  }
  const bool are_compiled = is_compiled(paths[0]) && is_compiled(paths[1]);
  if (!are_compiled && !is_compiler_plan(paths[1])) {
    return Error{.code = ErrorCode::kUsage,
                 .message = "is neither a compile folder nor a compiled model",
                 .where = sanitised_utf8(paths[1]),
                 .hint = "`compare MODEL FOLDER` sets plans beside each other, `diff` two reports"};
  }
  if (!are_compiled) {
    TPU_TRY_STATUS(refuse_flags({kBeforeFlag, kBudgetFlag}, arguments, "a comparison of plans"));
    return compare_with_compiler(arguments, arguments.text(kComparePassesFlag), console);
  }
  TPU_TRY_STATUS(
      refuse_flags({kBeforeFlag, kComparePassesFlag, kBudgetFlag}, arguments, "compiled models"));
  return compare_compiled(arguments, console);
}

Result<ExitCode> run_compare(const Arguments& arguments, Console& console) {
  if (arguments.positionals().size() > 1) return compare_two(arguments, console);
  TPU_TRY(const int year, compiler_year(arguments));
  const std::string before_name = arguments.text(kBeforeFlag);
  const std::string after_name = arguments.text(kComparePassesFlag);
  TPU_TRY(const SwitchSet before_switches, parse_switches(before_name, year));
  TPU_TRY(const SwitchSet after_switches, parse_switches(after_name, year));
  TPU_TRY(const std::optional<Picoseconds> budget, budget_of(arguments));
  TPU_TRY(std::optional<LivePart> live, live_engine(arguments));
  StepTimes times;
  times.begin("reading the network");
  TPU_TRY(Session session, open_session(arguments, console));
  TPU_TRY_STATUS(require_graph(session, "compare"));
  print_notes(session, console);
  std::optional<Progress> progress(std::in_place, console);
  // Both runs; then rounds of the study and the precisions, each of variants that are rewritten
  // and simulated.
  constexpr std::size_t kStepsOfStudy = 6;
  progress->expect(2 * kStepsOfRun + (arguments.has(kBriefFlag) ? 0 : kStepsOfStudy));
  session.listener = times.around(progress->listener());
  // Groups given by hand name ops of the network as it is in the end, so they are for that alone,
  // and their difference cannot be attributed.
  const bool is_given = session.configuration.groups.given != nullptr;
  Session searched = session;
  searched.configuration.groups.given = nullptr;
  TPU_TRY(const SessionRun before, run_session(searched, before_switches, before_name));
  TPU_TRY(const SessionRun after, run_session(session, after_switches, after_name));
  Results results{.before = &before.profile, .after = &after.profile, .budget = budget};
  TPU_TRY(results.query, op_query(arguments));
  if (live) TPU_TRY_STATUS(complete(*live, session, after, arguments));
  results.live = std::move(live);
  if (!arguments.has(kBriefFlag) && !is_given) {
    if (console.err_is_terminal) progress->say(first_figures(before, after));
    Variants variants(session.compiler);
    variants.set_listener(session.listener);
    TPU_TRY(results.study,
            study_switches(variants, before.configuration, after.configuration.switches));
    TPU_TRY_STATUS(add_deeds(after.profile, variants, before.configuration, results.study));
    results.precisions = precision_table(variants, before.configuration, year);
  }
  progress.reset();
  times.begin("checking the schedule");
  print_group_note(after, console);
  print_violations(before, console);
  print_violations(after, console);
  times.begin("writing the answer");
  TPU_TRY_STATUS(write_results(results, results.query.top, arguments, console));
  if (arguments.has(kTimingsFlag)) times.print(console);
  return results.is_within_budget() ? ExitCode::kDone : ExitCode::kAnswerIsNo;
}

std::vector<Flag> compare_flags() {
  std::vector<Flag> flags = simulation_flags();
  flags.insert(flags.begin(),
               {kBeforeFlag, kComparePassesFlag, kBudgetFlag, kBriefFlag, kTimingsFlag});
  const std::vector<Flag> live = live_flags();
  flags.insert(flags.end(), live.begin(), live.end());
  return flags;
}

TPU_REGISTER(register_verb(
    {.name = "compare",
     .summary =
         "simulates a network before and after, with a breakdown of the gain by optimisation",
     .examples = {"tpuscope compare model.onnx", "tpuscope compare model.onnx --budget 5ms",
                  "tpuscope compare swin_t --trace both.json",
                  "tpuscope compare swin_t --passes baseline,+cancel_permutes --markdown",
                  "tpuscope compare model.onnx compile_folder/",
                  "tpuscope compare old.bmodel new.bmodel --html page.html"},
     .positional = {.name = "MODEL",
                    .help = "a file or a built-in network; behind it the folder of the vendor's "
                            "compiler, to set its plan beside ours; or two compiled models",
                    .fallback = "swin_t",
                    .repeats = true},
     .flags = compare_flags,
     .run = run_compare}));

}  // namespace
}  // namespace tpuscope
