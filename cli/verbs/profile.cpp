// profile: one configuration of a network by itself.

#include <memory>
#include <optional>
#include <utility>

#include "cli/budget.h"
#include "cli/common_flags.h"
#include "cli/group_flags.h"
#include "cli/progress.h"
#include "cli/serve/live_flags.h"
#include "cli/session.h"
#include "cli/step_times.h"
#include "profiles/whatif/critical_path.h"

namespace tpuscope {
namespace {

constexpr Flag kSensitivitiesFlag{.name = "--sensitivities",
                                  .help = "also report the sensitivity to each chip parameter"};

constexpr Flag kRankFlag{
    .name = "--capabilities",
    .help = "also rank what the compiler could do and does not, as `explain --capabilities`"};

constexpr Flag kGroupsTableFlag{
    .name = "--groups-table",
    .help =
        "also print the layer groups: members, slices, time steps, local memory, why each ends"};

Result<ExitCode> run_profile(const Arguments& arguments, Console& console) {
  const std::string preset = arguments.text(kPassesFlag);
  TPU_TRY(const int year, compiler_year(arguments));
  TPU_TRY(const auto switches, parse_switches(preset, year));
  TPU_TRY(const std::optional<Picoseconds> budget, budget_of(arguments));
  TPU_TRY(std::optional<LivePart> live, live_engine(arguments));
  StepTimes times;
  times.begin("reading the network");
  TPU_TRY(Session session, open_session(arguments, console));
  print_notes(session, console);
  std::optional<Progress> progress(std::in_place, console);
  if (arguments.has(kRankFlag)) TPU_TRY_STATUS(require_graph(session, kRankFlag.name));
  if (live) TPU_TRY_STATUS(require_graph(session, "--live"));
  progress->expect(kStepsOfRun + (arguments.has(kSensitivitiesFlag) ? 1 : 0) +
                   (arguments.has(kRankFlag) ? 2 : 0));
  session.listener = times.around(progress->listener());
  TPU_TRY(SessionRun made, run_session(session, switches, preset));
  const auto kept = std::make_shared<const SessionRun>(std::move(made));
  if (console.run != nullptr) *console.run = kept;
  const SessionRun& outcome = *kept;
  const Profile& profile = outcome.profile;
  Results results{
      .after = &profile, .budget = budget, .has_group_table = arguments.has(kGroupsTableFlag)};
  TPU_TRY(results.query, op_query(arguments));
  if (live) TPU_TRY_STATUS(complete(*live, session, outcome, arguments));
  results.live = std::move(live);
  if (arguments.has(kSensitivitiesFlag)) {
    const CompiledNetwork* compiled = session.compiler->compiled();
    results.sensitivities =
        compiled != nullptr
            ? sensitivities(*compiled, profile.simulation, *outcome.chip, session.listener)
            : sensitivities(profile.graph, profile.simulation, *outcome.chip, session.listener);
  }
  if (arguments.has(kRankFlag)) {
    // Groups given by hand name the ops of one network: what-ifs search their own.
    Configuration present = outcome.configuration;
    present.groups.given = nullptr;
    Variants variants(session.compiler);
    variants.set_listener(session.listener);
    TPU_TRY(results.capabilities, rank_capabilities(variants, present, known_in(year)));
  }
  progress.reset();
  times.begin("checking the schedule");
  print_group_note(outcome, console);
  print_violations(outcome, console);
  times.begin("writing the answer");
  TPU_TRY_STATUS(write_results(results, results.query.top, arguments, console));
  if (arguments.has(kTimingsFlag)) times.print(console);
  return results.is_within_budget() ? ExitCode::kDone : ExitCode::kAnswerIsNo;
}

std::vector<Flag> profile_flags() {
  std::vector<Flag> flags = simulation_flags();
  flags.insert(flags.begin(), {kPassesFlag, kBudgetFlag, kSensitivitiesFlag, kRankFlag,
                               kGroupsTableFlag, kTimingsFlag});
  const std::vector<Flag> live = live_flags();
  flags.insert(flags.end(), live.begin(), live.end());
  return flags;
}

TPU_REGISTER(register_verb(
    {.name = "profile",
     .summary = "simulates one configuration of a network and shows where its time goes",
     .examples = {"tpuscope profile model.onnx",
                  "tpuscope profile resnet50 --precision f32 --top 0",
                  "tpuscope profile swin_t --passes baseline --trace timeline.json",
                  "tpuscope profile model.bmodel --html page.html"},
     .positional = {.name = "MODEL",
                    .help = "a file, a built-in network, a compiled model or a capture of one",
                    .is_required = true},
     .flags = profile_flags,
     .run = run_profile}));

}  // namespace
}  // namespace tpuscope
