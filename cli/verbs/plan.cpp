// plan: layer groups chosen here, handed to the vendor's compiler in place of its own.

#include <filesystem>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "base/figures.h"
#include "base/input_file.h"
#include "base/text.h"
#include "cli/common_flags.h"
#include "cli/compiled_compare.h"
#include "cli/group_flags.h"
#include "cli/progress.h"
#include "cli/session.h"
#include "passes/planner/option_text.h"
#include "passes/streams/manual_groups.h"
#include "profiles/views/text/table.h"
#include "profiles/views/text/text_parts.h"

namespace tpuscope {
namespace {

constexpr Flag kForCompilerFlag{
    .name = "--for-compiler",
    .value = "FILE",
    .help = "write the groups as model_deploy --lg_debugger 3 reads them",
    .writes = true};
constexpr std::string_view kRecordEnding = ".layer_group_cache.json";
constexpr std::string_view kManualEnding = ".layer_group_debugger.json";

/// Where the compiler looks for the file: beside its record.
std::string manual_path(const std::string& record) {
  if (!record.ends_with(kRecordEnding)) return "NAME_CHIP_MODE" + std::string(kManualEnding);
  return record.substr(0, record.size() - kRecordEnding.size()) + std::string(kManualEnding);
}

void print_groups(const SessionRun& run, const ManualGroups& manual, const Console& console) {
  const Profile& profile = run.profile;
  const std::vector<Group>& groups = profile.simulation.plan.groups;
  Table table({{.title = "group"},
               {.title = "ops"},
               {.title = "from", .is_name = true, .is_flexible = true},
               {.title = "to", .is_name = true, .is_flexible = true},
               {.title = "there"}});
  std::vector<std::string> places(groups.size());
  for (const ManualGroup& group : manual.groups)
    places[group.group] = fmt::format("{} to {}", group.first, group.last);
  for (std::size_t g = 0; g < groups.size(); ++g) {
    if (groups[g].layers() == nullptr) continue;
    const std::span<const OpId> ops = groups[g].ops();
    table.add({{std::to_string(g)},
               {std::to_string(ops.size())},
               {profile.graph[ops.front()].name},
               {profile.graph[ops.back()].name},
               places[g].empty() ? Cell{"left out", Tone::kDim} : Cell{places[g]}});
  }
  const std::size_t all = manual.groups.size() + manual.left_out.size();
  console.out->write(
      table.text(console.out_terminal) +
      flowed({fmt::format("{} of {} groups are neighbours there too", manual.groups.size(), all)},
             console.out_terminal));
}

/// What the groups give by our own account: the compiler's streams differ from it by as much as two
/// in a hundred, so that less than that is nothing to expect.
void print_gain(const Session& session, const SessionRun& run, const Console& console) {
  constexpr double kTelling = 0.02;
  Configuration theirs = run.configuration;
  theirs.groups.plan_by = PlanBy::kCompiler;
  theirs.groups.given = nullptr;
  const Result<Run> other = session.compiler->run(theirs);
  if (!other.ok()) return;
  const Picoseconds now = other->simulation.timeline.makespan;
  const Picoseconds then = run.profile.report.summary.makespan;
  const double gain = 1 - ratio(then.value, now.value);
  console.out->write(
      flowed({fmt::format("{} so, {} as the compiler plans", time_text(then), time_text(now)),
              gain < kTelling ? "too little to count on: the compiler's own streams differ by more"
                              : fmt::format("{} less", percent_text(gain))},
             console.out_terminal));
}

void print_next(const std::string& file, const std::string& record, const Console& console) {
  const std::string wanted = manual_path(record);
  std::string text = "\n";
  std::error_code problem;
  if (!std::filesystem::equivalent(file, wanted, problem)) {
    text += fmt::format("  cp {} {}\n", shown(file, console.out_terminal),
                        shown(wanted, console.out_terminal));
  }
  console.out->write(text +
                     "  then, in that folder, model_deploy as before with --lg_debugger 3\n"
                     "  tpuscope compare MODEL FOLDER says what it took\n");
}

Result<ExitCode> run_plan(const Arguments& arguments, Console& console) {
  const std::vector<std::string>& paths = arguments.positionals();
  if (paths.size() != 2) {
    return Error{.code = ErrorCode::kUsage,
                 .message = "a model and the folder of a compile are needed",
                 .hint =
                     "model_deploy --debug leaves NAME_CHIP_MODE.layer_group_cache.json, "
                     "which says what the compiler calls its ops"};
  }
  const std::string preset = arguments.text(kPassesFlag);
  TPU_TRY(const SwitchSet switches, chosen_switches(preset, arguments));
  TPU_TRY(const CompilerPlan theirs, load_compiler_plan(paths[1]));
  if (theirs.record.empty()) {
    return Error{.message = "no record of the compiler's groups is there",
                 .where = theirs.source,
                 .hint = "model_deploy --debug leaves NAME_CHIP_MODE.layer_group_cache.json"};
  }
  TPU_TRY(const std::string record, read_input(theirs.record));
  TPU_TRY(const std::vector<IndexedOp> ops, read_indexed_ops(record, theirs.record));
  TPU_TRY(Session session, open_session(arguments_for(theirs, arguments), console));
  TPU_TRY_STATUS(require_graph(session, "plan"));
  print_notes(session, console);
  // The compiler's own estimate would choose what it chooses by itself.
  if (!arguments.has(Flag{.name = kPlanByFlag})) {
    session.configuration.groups.plan_by = PlanBy::kSilicon;
  }
  std::vector<std::string> names;
  for (const IndexedOp& op : ops)
    names.push_back(op.name);
  session.configuration.groups.order =
      std::make_shared<const std::vector<std::string>>(std::move(names));
  std::optional<Progress> progress(std::in_place, console);
  session.listener = progress->listener();
  TPU_TRY(const SessionRun run, run_session(session, switches, preset));
  progress.reset();
  print_group_note(run, console);
  const ManualGroups manual = manual_groups(run.profile.graph, run.profile.simulation.plan, ops);
  const std::string file = arguments.text(kForCompilerFlag);
  if (file != "-") {
    print_groups(run, manual, console);
    print_gain(session, run, console);
  }
  if (file.empty()) return ExitCode::kDone;
  TPU_TRY_STATUS(write_file(file, "ManualSetting", arguments, console, [&](ByteSink& sink) {
    JsonWriter json(sink, 2);
    write_manual_groups(json, manual.groups);
    json.finish("\n");
    return Status(Ok{});
  }));
  if (file != "-") print_next(file, theirs.record, console);
  return ExitCode::kDone;
}

std::vector<Flag> plan_flags() {
  std::vector<Flag> flags = {kForCompilerFlag, kPassesFlag, kBatchFlag};
  for (const std::vector<Flag>& more : {precision_flags(), group_flags()})
    flags.insert(flags.end(), more.begin(), more.end());
  flags.insert(flags.end(), {kChipFlag, kCoresFlag, kSetFlag, kForceFlag});
  return flags;
}

TPU_REGISTER(register_verb(
    {.name = "plan",
     .summary = "chooses layer groups for the vendor's compiler, in place of those it would choose",
     .examples = {"tpuscope plan model.onnx FOLDER",
                  "tpuscope plan model.onnx FOLDER --for-compiler groups.json",
                  "tpuscope plan model.onnx FOLDER --groups mine.json --for-compiler groups.json"},
     .positional = {.name = "MODEL FOLDER",
                    .help = "a network, and where model_deploy --debug compiled it",
                    .is_required = true,
                    .repeats = true},
     .flags = plan_flags,
     .run = run_plan}));

}  // namespace
}  // namespace tpuscope
