// diff: two runs side by side, simulated or measured, and a gate for continuous integration.

#include "profiles/diff/diff.h"

#include <fmt/core.h>

#include "base/text.h"
#include "cli/common_flags.h"
#include "cli/writers.h"

namespace tpuscope {
namespace {

constexpr Flag kFailOnFlag{
    .name = "--fail-on",
    .value = "CONDITION",
    .help = "end with status 1 when it holds, as 'time_ps>+2%'; see list metrics",
    .repeats = true};

Result<ExitCode> run_diff(const Arguments& arguments, Console& console) {
  const std::vector<std::string>& files = arguments.positionals();
  if (files.size() != 2) {
    return Error{.code = ErrorCode::kUsage,
                 .message = fmt::format("diff needs two runs, {} given", files.size()),
                 .hint = "`tpuscope diff before.json after.json`"};
  }
  TPU_TRY(const std::int64_t top, arguments.number(kTopFlag));
  std::vector<FailCondition> conditions;
  for (const std::string& text : arguments.texts(kFailOnFlag)) {
    TPU_TRY(FailCondition condition, parse_condition(text));
    conditions.push_back(std::move(condition));
  }
  TPU_TRY(const RunSummary base, read_run(files[0]));
  TPU_TRY(const RunSummary now, read_run(files[1]));
  Diff diff = diff_runs(base, now);
  for (const FailCondition& condition : conditions) {
    TPU_TRY(std::string failure, failure_of(condition, diff));
    if (!failure.empty()) diff.failures.push_back(std::move(failure));
  }
  TPU_TRY_STATUS(write_results(diff, static_cast<std::size_t>(top), arguments, console));
  for (const std::string& failure : diff.failures)
    console.complain("failed: " + failure + "\n");
  return diff.failures.empty() ? ExitCode::kDone : ExitCode::kAnswerIsNo;
}

std::vector<Flag> diff_flags() {
  std::vector<Flag> flags = {kFailOnFlag};
  const std::vector<Flag> files = writer_flags<Diff>();
  flags.insert(flags.end(), files.begin(), files.end());
  flags.insert(flags.end(), {kTopFlag, kForceFlag});
  return flags;
}

TPU_REGISTER(register_verb(
    {.name = "diff",
     .summary = "sets two runs side by side: reports, or tables measured on a board",
     .examples = {"tpuscope diff before.json after.json",
                  "tpuscope diff run.json measured/ --top 0",
                  "tpuscope diff main.json branch.json --markdown --fail-on 'time_ps>+2%'"},
     .positional = {.name = "RUN",
                    .help = "two of: a JSON report, FILE#before of a comparison, a folder of "
                            "tpu_profile tables, a compiled model, a capture",
                    .is_required = true,
                    .repeats = true},
     .flags = diff_flags,
     .run = run_diff}));

}  // namespace
}  // namespace tpuscope
