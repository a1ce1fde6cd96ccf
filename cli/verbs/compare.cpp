// compare: a network before and after, and what each switch gives of the difference. Every row is
// simulated twice: with the switch alone, and with it added to all rows above.

#include <algorithm>
#include <optional>

#include <fmt/core.h>

#include "cli/common_flags.h"
#include "cli/session.h"
#include "graph/text.h"

namespace tpuscope {
namespace {

constexpr Flag kBeforeFlag{.name = "--before",
                           .value = "PRESET[,+NAME,-NAME]",
                           .help = "switches of the run that is improved on",
                           .fallback = "baseline"};
constexpr Flag kPassesFlag{.name = "--passes",
                           .value = "PRESET[,+NAME,-NAME]",
                           .help = "switches of the run that is judged",
                           .fallback = "optimized"};

/// "24 permutes removed, 12 views made", from the counters of one pass.
std::string deeds_of(const Profile& profile, const std::string& pass) {
  std::vector<std::string> deeds;
  for (const PassSummary& summary : profile.report.passes) {
    if (summary.name != pass) continue;
    for (const auto& [counter, amount] : summary.counters)
      deeds.push_back(fmt::format("{} {}", amount, counter));
    if (deeds.empty() && summary.changed) deeds.push_back("changed the graph");
  }
  return join(deeds);
}

/// What a switch of the planner lifted: ops of the run before that had no local form without it.
std::string lifted_by(const Profile& before, const std::string& name) {
  const auto& decisions = before.simulation.plan.decisions;
  const auto count = std::count_if(decisions.begin(), decisions.end(),
                                   [&](const GroupDecision& d) { return d.rule == name; });
  return count == 0 ? "" : fmt::format("{} ops became local", count);
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Result<ExitCode> run(const Arguments& arguments, Console& console) {
  const std::string before_name = arguments.text(kBeforeFlag);
  const std::string after_name = arguments.text(kPassesFlag);
  TPU_TRY(std::vector<std::string> switches, parse_switches(before_name));
  TPU_TRY(const std::vector<std::string> wanted, parse_switches(after_name));
  TPU_TRY(const Session session, open_session(arguments));
  // Groups given by hand name ops of the network as it is in the end, so they are for that alone.
  const bool is_given = session.groups.given != nullptr;
  Session searched = session;
  searched.groups.given = nullptr;
  TPU_TRY(const SessionRun before, run_session(searched, switches, before_name));

  std::vector<SwitchStep> steps = {{.makespan = before.profile.report.summary.makespan}};
  const std::vector<std::string> initial = switches;
  // Steps only add, so they lead to the end only if nothing has to be taken away.
  const bool only_adds =
      !is_given && std::all_of(switches.begin(), switches.end(),
                               [&](const auto& name) { return contains(wanted, name); });
  std::optional<SessionRun> after;
  for (const std::string& name : only_adds ? wanted : std::vector<std::string>{}) {
    if (contains(switches, name)) continue;
    std::vector<std::string> alone = initial;
    alone.push_back(name);
    switches.push_back(name);
    const Profile& previous = after ? after->profile : before.profile;
    const std::string lifted = lifted_by(previous, name);
    TPU_TRY(after, run_session(session, switches, after_name));
    const Profile& step = after->profile;
    Picoseconds single = step.report.summary.makespan;
    if (alone != switches) {
      TPU_TRY(const SessionRun run, run_session(session, alone, after_name));
      single = run.profile.report.summary.makespan;
    }
    steps.push_back({name, step.report.summary.makespan, single,
                     lifted.empty() ? deeds_of(step, name) : lifted});
  }
  // The last step is the end itself, unless it lists its switches in another order.
  if (!after || switches != wanted) {
    TPU_TRY(after, run_session(session, wanted, after_name));
  }
  TPU_TRY_STATUS(
      write_results({&before.profile, &after->profile, std::move(steps)}, arguments, console));
  return ExitCode::kDone;
}

std::vector<Flag> flags() {
  std::vector<Flag> flags = simulation_flags();
  flags.insert(flags.begin(), {kBeforeFlag, kPassesFlag});
  return flags;
}

const bool registered = register_verb(
    {.name = "compare",
     .summary = "simulates a network before and after, and what each switch gives",
     .examples = {"tpuscope compare model.onnx", "tpuscope compare swin_t --trace both.json",
                  "tpuscope compare swin_t --passes baseline,+cancel_permutes"},
     .positional = {.name = "MODEL", .help = "a file or a built-in network", .fallback = "swin_t"},
     .flags = flags(),
     .run = run});

}  // namespace
}  // namespace tpuscope
