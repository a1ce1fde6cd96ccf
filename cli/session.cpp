// Loading and running, by way of the layers below.

#include "cli/session.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include <fmt/core.h>

#include "base/sha256.h"
#include "cli/common_flags.h"
#include "cli/group_flags.h"
#include "cli/network_flags.h"
#include "graph/frontend.h"
#include "passes/lower/simulator.h"
#include "passes/planner/plan_groups.h"
#include "passes/planner/switches.h"
#include "sim/verify/schedule_check.h"

namespace tpuscope {
namespace {

std::vector<PassSummary> summaries_of(const PipelineResult& result) {
  std::map<std::string, PassSummary> by_name;
  for (const PassRun& run : result.runs) {
    PassSummary& pass = by_name[run.name];
    pass.name = run.name;
    pass.changed = pass.changed || run.changed;
    ++pass.runs;
    for (const auto& [counter, amount] : run.statistics.counters)
      pass.counters[counter] += amount;
  }
  std::vector<PassSummary> summaries;
  for (const std::string& name : switch_names()) {
    const auto found = by_name.find(name);
    if (found != by_name.end()) summaries.push_back(found->second);
  }
  return summaries;
}

/// The numbers that differ from the chip file's, in one spelling, whichever flag changed them.
std::vector<std::string> overrides_text(const Arguments& arguments,
                                        const ChipOverrides& overrides) {
  constexpr std::string_view kOptional = "chip.";
  std::vector<std::string> texts;
  for (const auto& [path, value] : overrides) {
    const bool is_long = path.substr(0, kOptional.size()) == kOptional;
    texts.push_back((is_long ? path.substr(kOptional.size()) : path) + "=" + value);
  }
  if (arguments.has(kCoresFlag)) texts.push_back("array.cores=" + arguments.text(kCoresFlag));
  return texts;
}

/// The chip with as many cores as asked for: the same as overriding array.cores, but never more
/// than there are.
Result<Chip> chip_of(const Arguments& arguments, ChipOverrides overrides) {
  const std::string name = arguments.text(kChipFlag);
  Result<Chip> chip = load_chip(name, overrides);
  if (!chip.ok() || !arguments.has(kCoresFlag)) return chip;
  TPU_TRY(const std::int64_t cores, arguments.number(kCoresFlag));
  if (cores < 1 || cores > chip->array.cores) {
    return Error{
        .code = ErrorCode::kUsage,
        .message = fmt::format("{} is {}, {} has {} {}", kCoresFlag.name, cores, chip->name,
                               chip->array.cores, chip->array.cores == 1 ? "core" : "cores"),
        .hint = fmt::format("give 1 to {}, or --set chip.array.cores={} for a machine that "
                            "does not exist",
                            chip->array.cores, std::max<std::int64_t>(1, cores))};
  }
  overrides.emplace_back("array.cores", std::to_string(cores));
  return load_chip(name, overrides);
}

/// Keeps a value or collects the errors instead.
template <typename T>
void take(Result<T> result, T& target, Errors& errors) {
  if (result.ok()) {
    target = *std::move(result);
  } else {
    errors.insert(errors.end(), result.errors().begin(), result.errors().end());
  }
}

}  // namespace

Result<ChipOverrides> overrides_of(const Arguments& arguments) {
  ChipOverrides overrides;
  for (const std::string& word : arguments.texts(kSetFlag)) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) {
      return Error{.code = ErrorCode::kUsage,
                   .message = fmt::format("{} is {}", kSetFlag.name, word),
                   .hint = "write KEY=VALUE, as chip.clock.tiu_mhz=950"};
    }
    overrides.emplace_back(word.substr(0, equals), word.substr(equals + 1));
  }
  return overrides;
}

std::vector<Flag> simulation_flags() {
  std::vector<Flag> flags = precision_flags();
  const std::vector<Flag> network = network_flags();
  flags.insert(flags.begin(), network.begin(), network.end());
  const std::vector<Flag> groups = group_flags();
  flags.insert(flags.end(), groups.begin(), groups.end());
  flags.insert(flags.end(), {kChipFlag, kCoresFlag, kSetFlag, kHtmlFlag, kTraceFlag,
                             kTraceDetailFlag, kTraceFlowsFlag, kTraceRangeFlag, kReportFlag,
                             kCsvFlag, kFoldedFlag, kWriteGroupsFlag, kNetStatFlag, kBmprofileFlag,
                             kGroupByFlag, kSortFlag, kFilterFlag, kTopFlag, kForceFlag});
  return flags;
}

std::vector<Flag> precision_flags() {
  return {kPrecisionFlag, kPrecisionTableFlag, kIoFlag};
}

Result<PrecisionOptions> precision_options(const Arguments& arguments) {
  PrecisionOptions options;
  Errors errors;
  take(parse_precision(arguments.text(kPrecisionFlag)), options.precision, errors);
  take(parse_boundary(arguments.text(kIoFlag)), options.boundary, errors);
  const std::string table = arguments.text(kPrecisionTableFlag);
  if (!table.empty()) take(load_precision_table(table), options.table, errors);
  if (!errors.empty()) return errors;
  return options;
}

Result<ChipOverrides> chip_overrides(const Arguments& arguments) {
  ChipOverrides overrides;
  for (const std::string& word : arguments.texts(kSetFlag)) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) {
      return Error{.code = ErrorCode::kUsage,
                   .message = fmt::format("{} is {}", kSetFlag.name, word),
                   .hint = "write KEY=VALUE, as chip.clock.tiu_mhz=950"};
    }
    overrides.emplace_back(word.substr(0, equals), word.substr(equals + 1));
  }
  return overrides;
}

Result<Graph> load_network(const std::string& name, const Arguments& arguments,
                           const Console& console) {
  TPU_TRY(const NetworkFile file, open_network(name));
  return read_network(file, arguments, console);
}

Result<Session> open_machine(const Arguments& arguments) {
  Session session;
  Errors errors;
  ChipOverrides overrides;
  take(chip_overrides(arguments), overrides, errors);
  take(precision_options(arguments), session.precision, errors);
  take(group_options(arguments), session.groups, errors);
  take(chip_of(arguments, overrides), session.chip, errors);
  if (!errors.empty()) return errors;
  session.precision.float_type = float_type_of(session.chip);
  session.overrides = overrides_text(arguments, overrides);
  return session;
}

Result<Session> open_session(const Arguments& arguments, const Console& console) {
  Session session;
  Errors errors;
  WriterOptions options;
  take(open_machine(arguments), session, errors);
  take(writer_options(arguments), options, errors);
  // Mistakes on the command line are told before a large file is read.
  if (!errors.empty()) return errors;
  session.source = arguments.positionals().at(0);
  TPU_TRY(const NetworkFile file, open_network(session.source));
  TPU_TRY(session.graph, read_network(file, arguments, console));
  // A file with its weights takes seconds to digest: only for those who will see the digest.
  if (arguments.has(kReportFlag) || arguments.has(kJsonFlag)) {
    session.sha256 = sha256_hex(file.bytes);
  }
  return session;
}

Result<SessionRun> run_session(const Session& session, const std::vector<std::string>& switches,
                               const std::string& preset) {
  Graph graph = session.graph;
  // As in the compiler, types are final before the rewrites: what a product may absorb depends on
  // them.
  tell(session.watch, "rewriting the network");
  TPU_TRY_STATUS(lower_precision(graph, session.precision));
  TPU_TRY(PipelineResult passes, run_pipeline(graph, {.switches = switches}));
  tell(session.watch, "searching layer groups");
  TPU_TRY(const Plan plan,
          plan_layer_groups(graph, session.chip, with_switches(session.groups, switches)));
  tell(session.watch, "simulating");
  TPU_TRY(Simulation simulation, simulate(graph, session.chip, plan));
  // Exporters give every graph one name; the file's is what the user knows it by.
  Identity identity{.model = std::filesystem::path(session.source).stem().string(),
                    .source = session.source,
                    .sha256 = session.sha256,
                    .precision = session.precision.precision,
                    .chip = session.chip.name,
                    .preset = preset,
                    .switches = switches,
                    .overrides = session.overrides};
  return SessionRun{make_profile(std::move(graph), std::move(simulation), session.chip,
                                 std::move(identity), summaries_of(passes)),
                    std::move(passes)};
}

void tell_violations(const SessionRun& run, const Chip& chip, const Console& console) {
  const Simulation& simulation = run.profile.simulation;
  const Errors violations =
      check_schedule(run.profile.graph, chip, simulation.program, simulation.timeline);
  if (violations.empty()) return;
  console.say(shown(fmt::format("warning: the schedule breaks rules of the machine, so its figures "
                                "may be wrong: {} (`check` lists all)",
                                violations.front().message),
                    console.err_terminal));
}

}  // namespace tpuscope
