// Loading and running, by way of the layers below.

#include "cli/session.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "base/sha256.h"
#include "base/text.h"
#include "cli/common_flags.h"
#include "cli/group_flags.h"
#include "cli/network_flags.h"
#include "graph/frontend.h"
#include "passes/planner/foreign_groups.h"
#include "passes/precision/quantised_file.h"
#include "passes/streams/compile_folder.h"
#include "passes/streams/compiled_network.h"
#include "sim/verify/schedule_check.h"

namespace tpuscope {
namespace {

/// A flag's number, where it is given.
Result<std::optional<std::int64_t>> optional_number(const Arguments& arguments, const Flag& flag) {
  if (!arguments.has(flag)) return std::optional<std::int64_t>();
  TPU_TRY(const std::int64_t number, arguments.number(flag));
  return std::optional<std::int64_t>(number);
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

/// Whether the results go where the digest of the model is shown.
bool writes_report(const Arguments& arguments, const Console& console) {
  if (console.is_json || console.forms != nullptr || console.run != nullptr) return true;
  const std::vector<Flag> files = writer_flags<Results>();
  return std::any_of(files.begin(), files.end(),
                     [&](const Flag& flag) { return flag.writes && arguments.has(flag); });
}

/// The launch in microseconds. Sources: a public capture (device), two published times of one
/// network (loop), replays of streams of 39 published rows (bmrt_test).
Result<std::string> launch_microseconds(const std::string& word) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kNames{
      {{"device", "13"}, {"loop", "20"}, {"bmrt_test", "150"}}};
  for (const auto& [name, microseconds] : kNames) {
    if (word == name) return std::string(microseconds);
  }
  if (!word.empty() && word.find_first_not_of("0123456789.") == std::string::npos) return word;
  return Error{.code = ErrorCode::kUsage,
               .message = fmt::format("{} is {}", kLaunchFlag.name, word),
               .hint = "device, loop, bmrt_test or a number of microseconds"};
}

}  // namespace

Result<ChipOverrides> overrides_of(const Arguments& arguments) {
  ChipOverrides overrides;
  if (arguments.has(kLaunchFlag)) {
    TPU_TRY(const std::string launch, launch_microseconds(arguments.text(kLaunchFlag)));
    overrides.emplace_back("overhead.launch_us", launch);
    overrides.emplace_back("command.launch_us", launch);
  }
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

std::vector<Flag> session_flags() {
  std::vector<Flag> flags = precision_flags();
  const std::vector<Flag> network = network_flags();
  flags.insert(flags.begin(), network.begin(), network.end());
  const std::vector<Flag> groups = group_flags();
  flags.insert(flags.end(), groups.begin(), groups.end());
  flags.insert(flags.end(), {kChipFlag, kCoresFlag, kSetFlag, kLaunchFlag});
  return flags;
}

std::vector<Flag> simulation_flags() {
  std::vector<Flag> flags = session_flags();
  flags.push_back(kNetFlag);
  const std::vector<Flag> files = writer_flags<Results>();
  flags.insert(flags.end(), files.begin(), files.end());
  flags.insert(flags.end(), {kGroupByFlag, kSortFlag, kFilterFlag, kTopFlag, kForceFlag});
  return flags;
}

std::vector<Flag> precision_flags() {
  return {kPrecisionFlag, kGroupSizeFlag, kPrecisionTableFlag, kIoFlag};
}

namespace {

/// The type that the flag names, and the weights that it packs.
Status take_types(const std::string& name, const Arguments& arguments, PrecisionOptions& options) {
  TPU_TRY(const TypeChoice choice, parse_type_choice(name));
  options.precision = choice.precision;
  options.weights.bits = choice.weight_bits;
  if (!arguments.has(kGroupSizeFlag)) return Ok{};
  if (!options.weights.is_on()) {
    return Error{.code = ErrorCode::kUsage,
                 .message = fmt::format("{} concerns packed weights", kGroupSizeFlag.name),
                 .hint = fmt::format("{} w4f16 packs them in 4 bits", kPrecisionFlag.name)};
  }
  TPU_TRY(options.weights.group, arguments.number(kGroupSizeFlag));
  if (options.weights.group >= 1) return Ok{};
  return Error{.code = ErrorCode::kUsage,
               .message = fmt::format("{} is {}", kGroupSizeFlag.name, options.weights.group),
               .hint = "64, or another divisor of the rows of every weight"};
}

}  // namespace

Result<PrecisionOptions> precision_options(const Arguments& arguments) {
  PrecisionOptions options;
  Errors errors;
  const std::string precision = arguments.text(kPrecisionFlag);
  if (precision == kFilePrecision || precision == "FILE") {
    options.precision = DType::kI8;
    options.int8 = Int8Choice::kFile;
  } else {
    const Status types = take_types(precision, arguments, options);
    if (!types.ok()) errors = types.errors();
  }
  take(parse_boundary(arguments.text(kIoFlag)), options.boundary, errors);
  const std::string table = arguments.text(kPrecisionTableFlag);
  if (!table.empty()) take(load_precision_table(table), options.table, errors);
  if (!errors.empty()) return errors;
  return options;
}

Result<OpQuery> op_query(const Arguments& arguments) {
  TPU_TRY(const std::int64_t top, arguments.number(kTopFlag));
  return parse_op_query(arguments.text(kGroupByFlag), arguments.text(kSortFlag),
                        arguments.text(kFilterFlag), static_cast<std::size_t>(top));
}

Result<Configuration> configuration_of(const Arguments& arguments) {
  Configuration configuration{.chip = arguments.text(kChipFlag)};
  Errors errors;
  take(overrides_of(arguments), configuration.overrides, errors);
  take(precision_options(arguments), configuration.precision, errors);
  take(group_options(arguments), configuration.groups, errors);
  take(optional_number(arguments, kCoresFlag), configuration.cores, errors);
  take(optional_number(arguments, kBatchFlag), configuration.batch, errors);
  Chip chip;
  take(chip_of(configuration), chip, errors);
  if (!errors.empty()) return errors;
  return configuration;
}

namespace {

/// The type of the rows that packed weights or attention over a cache take, whose kernels are in
/// half precision; none where the network has no such op.
std::optional<DType> kernel_type(const Graph& graph) {
  for (const OpId id : graph.ops()) {
    const Op& op = graph[id];
    if (!op.is("A16MatMul") && !op.is("GroupedAttention")) continue;
    const DType type = graph.type(op.inputs[0]).dtype;
    if (size_of(type) == 2) return type;
  }
  return std::nullopt;
}

}  // namespace

Result<std::vector<std::string>> settle_precision(const Graph& graph, const Arguments& arguments,
                                                  Configuration& configuration) {
  PrecisionOptions& options = configuration.precision;
  if (const std::optional<DType> type = kernel_type(graph);
      type && !has_packed_weights(graph) && !arguments.has(kPrecisionFlag)) {
    options.precision = *type;
    if (!arguments.has(kIoFlag)) options.boundary = Boundary::kNative;
    return std::vector{fmt::format(
        "packed weights and their rows are as the file has them: "
        "computed in {}{}",
        precision_name(*type), arguments.has(kIoFlag) ? "" : ", inputs and outputs likewise")};
  }
  const bool quantised = is_quantised(graph);
  if ((quantised || has_packed_weights(graph)) && !arguments.has(kPrecisionFlag)) {
    options.precision = DType::kI8;
    options.int8 = Int8Choice::kFile;
  }
  if (options.int8 != Int8Choice::kFile) return std::vector<std::string>{};
  if (!quantised && !has_quantised_weights(graph)) {
    return Error{.code = ErrorCode::kUsage,
                 .message = fmt::format("{} {}: no tensor of the network is quantised",
                                        kPrecisionFlag.name, kFilePrecision),
                 .hint = "quantise the file, or take int8: the compiler's own choice"};
  }
  TPU_TRY(const Chip chip, chip_of(configuration));
  if (!quantised) {  // nothing but weights: no op has an 8-bit form
    options.precision = float_type_of(chip);
    options.int8 = Int8Choice::kRules;
    options.weights.is_as_stored = true;
  }
  return std::vector{quantisation_note(graph, float_type_of(chip))};
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

std::vector<std::string> packing_words(const PrecisionOptions& options) {
  return {std::string(kPrecisionFlag.name),
          type_choice_name({options.precision, options.weights.bits}),
          std::string(kGroupSizeFlag.name), std::to_string(options.weights.group)};
}

std::vector<std::string> deciding_flags(const Arguments& arguments,
                                        const Configuration& configuration) {
  std::vector<Flag> flags = network_flags();
  flags.insert(flags.end(), {kPrecisionTableFlag, kIoFlag, kNetFlag});
  const std::vector<Flag> groups = group_flags();
  flags.insert(flags.end(), groups.begin(), groups.end());
  std::vector<std::string> words = words_of(flags, arguments);
  const PrecisionOptions& precision = configuration.precision;
  if (precision.boundary == Boundary::kNative && !arguments.has(kIoFlag)) {
    words.insert(words.end(), {std::string(kIoFlag.name), "native"});
  }
  if (precision.int8 == Int8Choice::kFile || precision.weights.is_as_stored) {
    words.insert(words.end(), {std::string(kPrecisionFlag.name), std::string(kFilePrecision)});
  } else if (precision.weights.is_on()) {
    const std::vector<std::string> packed = packing_words(precision);
    words.insert(words.end(), packed.begin(), packed.end());
  }
  return words;
}

Result<Session> open_session(const Arguments& arguments, const Console& console) {
  Session session;
  Errors errors;
  OpQuery query;
  WriterOptions options;
  take(configuration_of(arguments), session.configuration, errors);
  take(op_query(arguments), query, errors);
  take(writer_options<Results>(arguments), options, errors);
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

Result<Session> session_of(const std::string& source, Graph graph, const Arguments& arguments,
                           Configuration configuration) {
  Session session{.source = source, .configuration = std::move(configuration)};
  TPU_TRY(session.notes, settle_precision(graph, arguments, session.configuration));
  session.flags = deciding_flags(arguments, session.configuration);
  session.compiler = std::make_shared<Compiler>(std::move(graph), source);
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
