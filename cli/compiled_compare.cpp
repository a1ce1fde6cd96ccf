// The command line of each form, then the writers of what it compares.

#include "cli/compiled_compare.h"

#include <optional>

#include <fmt/core.h>

#include "base/text.h"
#include "cli/common_flags.h"
#include "cli/group_flags.h"
#include "cli/progress.h"
#include "cli/session.h"
#include "profiles/diff/plan_diff.h"

namespace tpuscope {
namespace {

/// As users write it.
std::string precision_text(DType dtype) {
  return dtype == DType::kI8 ? "int8" : std::string(name_of(dtype));
}

Result<SessionRun> compiled_run(const std::string& path, const Arguments& arguments,
                                const Console& console) {
  Arguments own = arguments;
  own.set_positionals({path});
  TPU_TRY(const Session session, open_session(own, console));
  print_notes(session, console);
  return run_session(session, SwitchSet::all(), "compiled");
}

}  // namespace

Arguments arguments_for(const CompilerPlan& plan, const Arguments& arguments) {
  Arguments own = arguments;
  own.set_positionals({arguments.positionals().front()});
  if (!plan.chip.empty() && !arguments.has(kChipFlag)) {
    own.set(kChipFlag.name, {plan.chip});
    if (plan.cores && !arguments.has(kCoresFlag)) {
      own.set(kCoresFlag.name, {std::to_string(*plan.cores)});
    }
  }
  if (plan.precision && !arguments.has(kPrecisionFlag)) {
    own.set(kPrecisionFlag.name, {precision_text(*plan.precision)});
  }
  return own;
}

Status refuse_flags(const std::vector<Flag>& flags, const Arguments& arguments,
                    std::string_view what) {
  for (const Flag& flag : flags) {
    if (!arguments.has(flag)) continue;
    return Error{.code = ErrorCode::kUsage,
                 .message = fmt::format("{} does not concern {}", flag.name, what),
                 .hint = "leave it out"};
  }
  return Ok{};
}

Result<ExitCode> compare_with_compiler(const Arguments& arguments, const std::string& preset,
                                       const Console& console) {
  TPU_TRY(const SwitchSet switches, chosen_switches(preset, arguments));
  TPU_TRY_STATUS(refuse_flags(writer_flags<Results>(), arguments, "a comparison of plans"));
  const std::string& other = arguments.positionals().at(1);
  TPU_TRY(const CompilerPlan plan, load_compiler_plan(other));
  const Arguments own = arguments_for(plan, arguments);
  TPU_TRY(Session session, open_session(own, console));
  print_notes(session, console);
  std::optional<Progress> progress(std::in_place, console);
  session.listener = progress->listener();
  TPU_TRY(const SessionRun run, run_session(session, switches, preset));
  progress.reset();
  print_group_note(run, console);
  print_violations(run, console);
  TPU_TRY(const PlanDiff diff, diff_plans(run.profile, *run.chip, plan));
  TPU_TRY(const std::int64_t top, arguments.number(kTopFlag));
  TPU_TRY_STATUS(write_results(diff, static_cast<std::size_t>(top), arguments, console));
  return ExitCode::kDone;
}

Result<ExitCode> compare_compiled(const Arguments& arguments, const Console& console) {
  const std::vector<std::string>& models = arguments.positionals();
  TPU_TRY(const SessionRun before, compiled_run(models.at(0), arguments, console));
  TPU_TRY(const SessionRun after, compiled_run(models.at(1), arguments, console));
  Results results{.before = &before.profile, .after = &after.profile};
  TPU_TRY(results.query, op_query(arguments));
  print_violations(before, console);
  print_violations(after, console);
  TPU_TRY_STATUS(write_results(results, results.query.top, arguments, console));
  return ExitCode::kDone;
}

}  // namespace tpuscope
