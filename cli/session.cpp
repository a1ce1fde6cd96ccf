// Loading and running, by way of the layers below. What the flags say is in configuration.cpp.

#include "cli/session.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/core.h>

#include "base/sha256.h"
#include "base/text.h"
#include "cli/common_flags.h"
#include "cli/network_flags.h"
#include "graph/frontend.h"
#include "passes/planner/foreign_groups.h"
#include "passes/streams/compile_folder.h"
#include "passes/streams/compiled_network.h"
#include "sim/verify/schedule_check.h"

namespace tpuscope {
namespace {

/// Whether the results go where the digest of the model is shown.
bool writes_report(const Arguments& arguments, const Console& console) {
  if (console.is_json || console.forms != nullptr || console.run != nullptr) return true;
  const std::vector<Flag> files = writer_flags<Results>();
  return std::any_of(files.begin(), files.end(),
                     [&](const Flag& flag) { return flag.writes && arguments.has(flag); });
}

}  // namespace

std::vector<Flag> simulation_flags() {
  std::vector<Flag> flags = session_flags();
  flags.push_back(kNetFlag);
  const std::vector<Flag> files = writer_flags<Results>();
  flags.insert(flags.end(), files.begin(), files.end());
  flags.insert(flags.end(), {kGroupByFlag, kSortFlag, kFilterFlag, kTopFlag, kForceFlag});
  return flags;
}

Result<OpQuery> op_query(const Arguments& arguments) {
  TPU_TRY(const std::int64_t top, arguments.number(kTopFlag));
  return parse_op_query(arguments.text(kGroupByFlag), arguments.text(kSortFlag),
                        arguments.text(kFilterFlag), static_cast<std::size_t>(top));
}

Result<std::shared_ptr<Compiler>> open_compiled(const std::string& source,
                                                const Arguments& arguments,
                                                Configuration& configuration) {
  for (const Flag& flag : {kPrecisionFlag, kPrecisionTableFlag, kIoFlag, kBatchFlag}) {
    if (!arguments.has(flag)) continue;
    return Error{.code = ErrorCode::kUsage,
                 .message = fmt::format("{} does not concern a compiled model", flag.name),
                 .where = sanitised_utf8(source),
                 .hint = "its compiler has decided; change numbers of the chip with --set"};
  }
  const std::string net = arguments.has(kNetFlag) ? arguments.text(kNetFlag) : "";
  TPU_TRY(std::shared_ptr<const CompiledNetwork> compiled, load_compiled(source, net));
  const Configuration own = own_configuration(*compiled);
  if (!arguments.has(kChipFlag)) {
    configuration.chip = own.chip;
    if (!configuration.cores) configuration.cores = own.cores;
  }
  configuration.precision.precision = own.precision.precision;
  return std::make_shared<Compiler>(std::move(compiled), source);
}

Result<Session> open_session(const Arguments& arguments, const Console& console) {
  Session session;
  Errors errors;
  OpQuery query;
  WriterOptions options;
  keep_or_collect(configuration_of(arguments), session.configuration, errors);
  keep_or_collect(op_query(arguments), query, errors);
  keep_or_collect(writer_options<Results>(arguments), options, errors);
  // Mistakes on the command line are reported before a large file is read.
  if (!errors.empty()) return errors;
  session.source = arguments.positionals().at(0);
  if (is_compiled(session.source)) {
    TPU_TRY(session.compiler, open_compiled(session.source, arguments, session.configuration));
    session.notes = session.compiler->compiled()->notes;
    session.flags = deciding_flags(arguments, session.configuration);
    // Reading all of a model that is large for its weights takes a while: only where it is shown.
    std::error_code problem;
    TPU_TRY(const std::string file, model_in(session.source));
    if (writes_report(arguments, console) && std::filesystem::is_regular_file(file, problem)) {
      TPU_TRY(session.sha256, sha256_of_file(file));
    }
    return session;
  }
  if (arguments.has(kNetFlag)) {
    return Error{.code = ErrorCode::kUsage,
                 .message = fmt::format("{} concerns compiled models", kNetFlag.name),
                 .where = sanitised_utf8(session.source),
                 .hint = "leave it out"};
  }
  TPU_TRY_STATUS(refuse_plan(session.source));
  TPU_TRY(const NetworkFile file, open_network(session.source));
  TPU_TRY(Graph graph, read_network(file, arguments, console));
  TPU_TRY(session, session_of(session.source, std::move(graph), arguments, session.configuration));
  session.sha256 = sha256_hex(file.bytes);
  return session;
}

Status refuse_plan(const std::string& path) {
  const std::string where = sanitised_utf8(path);
  std::error_code problem;
  if (!std::filesystem::exists(path, problem)) return Ok{};  // said where it is opened
  if (std::filesystem::is_regular_file(path, problem)) {
    if (path.ends_with(".bmodel") || path.ends_with(".bmodel.gz")) {
      return Error{
          .message = "the file is no bmodel: its first bytes are others",
          .where = where,
          .hint = "decrypt an encrypted one before; `model_tool --info` reads a sound one"};
    }
    if (path.ends_with(".cvimodel")) {
      return Error{.code = ErrorCode::kUnsupported,
                   .message = "a cvimodel is for chips of the CV18 family, which are not simulated",
                   .where = where,
                   .hint = "BM1684, BM1684X, BM1688 and CV186X have bmodels, which are read"};
    }
  }
  if (!is_compiler_plan(path)) return Ok{};
  return Error{
      .message = "a compiler's plan is there, but no commands that could run",
      .where = where,
      .hint = "name the .bmodel; `compare MODEL PLAN` sets a plan beside the one made here"};
}

Status require_graph(const Session& session, std::string_view what) {
  if (session.compiler->compiled() == nullptr) return Ok{};
  return Error{.code = ErrorCode::kUsage,
               .message = fmt::format("{} needs a network that is compiled here", what),
               .where = sanitised_utf8(session.source),
               .hint = "profile the compiled model, sweep numbers of its chip, or diff reports"};
}

void print_notes(const Session& session, const Console& console) {
  for (const std::string& note : session.notes)
    console.say("note: " + note);
}

Result<SessionRun> run_session(const Session& session, const SwitchSet& switches,
                               const std::string& preset) {
  Configuration configuration = session.configuration;
  choose_switches(configuration, switches);
  TPU_TRY(Run run, session.compiler->run(configuration, session.listener));
  std::shared_ptr<const Chip> chip = run.chip;
  report_progress(session.listener, "attributing the time");
  Profile profile = make_profile(std::move(run), configuration,
                                 {.source = session.source,
                                  .sha256 = session.sha256,
                                  .preset = preset,
                                  .flags = session.flags});
  return SessionRun{std::move(configuration), std::move(chip), std::move(profile)};
}

void print_group_note(const SessionRun& run, const Console& console) {
  const auto& given = run.configuration.groups.given;
  if (given == nullptr || !given->is_foreign) return;
  const GroupOptions groups = with_switches(run.configuration.groups, run.configuration.switches);
  console.say("note: " + given_groups_note(run.profile.graph, run.profile.simulation.plan,
                                           groups.support, *given));
}

void print_violations(const SessionRun& run, const Console& console) {
  const Simulation& simulation = run.profile.simulation;
  const Errors violations =
      check_schedule(run.profile.graph, *run.chip, simulation.program, simulation.timeline);
  if (violations.empty()) return;
  console.say(shown(fmt::format("warning: the schedule breaks rules of the machine, so its figures "
                                "may be wrong: {} (`check` lists all)",
                                violations.front().message),
                    console.err_terminal));
}

}  // namespace tpuscope
