// explain: why a run takes as long as it does, and what would change that.

#include <optional>
#include <utility>

#include <fmt/core.h>

#include "cli/common_flags.h"
#include "cli/group_flags.h"
#include "cli/progress.h"
#include "cli/session.h"
#include "cli/writers.h"
#include "passes/streams/compiled_network.h"
#include "profiles/views/whatif_views.h"

namespace tpuscope {
namespace {

constexpr Flag kOpFlag{.name = "--op",
                       .value = "NAME",
                       .help = "an operator, by its name or a part that no other has"};
constexpr Flag kGroupFlag{.name = "--group", .value = "N", .help = "a layer group"};
constexpr Flag kGapFlag{
    .name = "--gap", .value = "N", .help = "a stretch without compute: 1 is the longest"};
constexpr Flag kCapabilitiesFlag{
    .name = "--capabilities",
    .help = "what the compiler could do and does not, ranked by the time it would save"};

Result<Explanation> explanation_of(const Arguments& arguments, const Profile& profile,
                                   const Chip& chip) {
  if (arguments.has(kOpFlag)) return explain_op(profile, chip, arguments.text(kOpFlag));
  if (arguments.has(kGroupFlag)) {
    TPU_TRY(const std::int64_t index, arguments.number(kGroupFlag));
    return explain_group(profile, chip, index);
  }
  TPU_TRY(const std::int64_t rank, arguments.number(kGapFlag));
  return explain_gap(profile, chip, rank);
}

/// Pages and Markdown are for the ranking.
Status check_forms(const Arguments& arguments) {
  if (arguments.has(kCapabilitiesFlag)) return Ok{};
  for (const Flag& flag : writer_flags<RankedCapabilities>()) {
    if (!arguments.has(flag)) continue;
    return Error{.code = ErrorCode::kUsage,
                 .message = fmt::format("{} goes with {}", flag.name, kCapabilitiesFlag.name),
                 .hint = "tpuscope explain swin_t --capabilities --markdown"};
  }
  return Ok{};
}

Result<ExitCode> run_explain(const Arguments& arguments, Console& console) {
  const int asked = (arguments.has(kOpFlag) ? 1 : 0) + (arguments.has(kGroupFlag) ? 1 : 0) +
                    (arguments.has(kGapFlag) ? 1 : 0) + (arguments.has(kCapabilitiesFlag) ? 1 : 0);
  if (asked > 1) {
    return Error{.code = ErrorCode::kUsage,
                 .message = "one thing at a time can be explained",
                 .hint = "give one of --op, --group, --gap and --capabilities"};
  }
  TPU_TRY_STATUS(check_forms(arguments));
  const std::string preset = arguments.text(kPassesFlag);
  TPU_TRY(const int year, compiler_year(arguments));
  TPU_TRY(const auto switches, parse_switches(preset, year));
  TPU_TRY(Session session, open_session(arguments, console));
  if (arguments.has(kCapabilitiesFlag)) {
    TPU_TRY_STATUS(require_graph(session, kCapabilitiesFlag.name));
  }
  print_notes(session, console);
  std::optional<Progress> progress(std::in_place, console);
  // The run, then numbers priced anew and sizes, or variants that are rewritten and simulated.
  constexpr std::size_t kStepsOfQuestion = 2;
  progress->expect(kStepsOfRun + kStepsOfQuestion);
  session.listener = progress->listener();
  TPU_TRY(const SessionRun outcome, run_session(session, switches, preset));
  const Profile& profile = outcome.profile;
  const Terminal& terminal = console.out_terminal;
  // Groups given by hand name the ops of one network: what-ifs search their own.
  Configuration present = outcome.configuration;
  present.groups.given = nullptr;
  Variants variants(session.compiler);
  variants.set_listener(progress->listener());
  if (arguments.has(kCapabilitiesFlag)) {
    TPU_TRY(const CapabilityRanking ranking, rank_capabilities(variants, present, known_in(year)));
    progress.reset();
    const RankedCapabilities subject{.ranking = &ranking, .report = &profile.report};
    TPU_TRY_STATUS(write_results(subject, 0, arguments, console));
    return ExitCode::kDone;
  }
  if (asked == 0) {
    TPU_TRY(const Overview overview,
            overview_of(profile, *session.compiler, present, progress->listener()));
    progress.reset();
    console.print(console.is_json ? overview_json(overview, profile)
                                  : overview_text(overview, profile, terminal));
    return ExitCode::kDone;
  }
  TPU_TRY(Explanation explanation, explanation_of(arguments, profile, *outcome.chip));
  if (session.compiler->compiled() == nullptr) {
    TPU_TRY_STATUS(add_gains(explanation, variants, present));
  }
  progress.reset();
  console.print(console.is_json ? explanation_json(explanation, profile.report)
                                : explanation_text(explanation, profile.report, terminal));
  return ExitCode::kDone;
}

std::vector<Flag> explain_flags() {
  std::vector<Flag> flags = {kOpFlag,           kGroupFlag,  kGapFlag,
                             kCapabilitiesFlag, kPassesFlag, kBatchFlag};
  for (const std::vector<Flag>& more :
       {writer_flags<RankedCapabilities>(), precision_flags(), group_flags()})
    flags.insert(flags.end(), more.begin(), more.end());
  flags.insert(flags.end(), {kChipFlag, kCoresFlag, kSetFlag, kLaunchFlag, kNetFlag, kForceFlag});
  return flags;
}

TPU_REGISTER(register_verb(
    {.name = "explain",
     .summary = "explains why a run takes its time, and what each missing capability would give",
     .examples = {"tpuscope explain swin_t", "tpuscope explain resnet50 --gap 1",
                  "tpuscope explain swin_t --capabilities --passes baseline"},
     .positional = {.name = "MODEL", .help = "a file or a built-in network", .is_required = true},
     .flags = explain_flags,
     .run = run_explain}));

}  // namespace
}  // namespace tpuscope
