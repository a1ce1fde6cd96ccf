// From the words of the command line to a configuration, and a session of a network that is at
// hand. Nothing here opens the network's file, so that the engine of pages starts from the same
// words.

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "cli/common_flags.h"
#include "cli/group_flags.h"
#include "cli/network_flags.h"
#include "cli/session.h"
#include "passes/precision/quantised_file.h"

namespace tpuscope {
namespace {

/// A flag's number, where it is given.
Result<std::optional<std::int64_t>> optional_number(const Arguments& arguments, const Flag& flag) {
  if (!arguments.has(flag)) return std::optional<std::int64_t>();
  TPU_TRY(const std::int64_t number, arguments.number(flag));
  return std::optional<std::int64_t>(number);
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
  keep_or_collect(parse_boundary(arguments.text(kIoFlag)), options.boundary, errors);
  const std::string table = arguments.text(kPrecisionTableFlag);
  if (!table.empty()) keep_or_collect(load_precision_table(table), options.table, errors);
  if (!errors.empty()) return errors;
  return options;
}

Result<Configuration> configuration_of(const Arguments& arguments) {
  Configuration configuration{.chip = arguments.text(kChipFlag)};
  Errors errors;
  keep_or_collect(overrides_of(arguments), configuration.overrides, errors);
  keep_or_collect(precision_options(arguments), configuration.precision, errors);
  keep_or_collect(group_options(arguments), configuration.groups, errors);
  keep_or_collect(optional_number(arguments, kCoresFlag), configuration.cores, errors);
  keep_or_collect(optional_number(arguments, kBatchFlag), configuration.batch, errors);
  Chip chip;
  keep_or_collect(chip_of(configuration), chip, errors);
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

Result<Session> session_of(const std::string& source, Graph graph, const Arguments& arguments,
                           Configuration configuration) {
  Session session{.source = source, .configuration = std::move(configuration)};
  TPU_TRY(session.notes, settle_precision(graph, arguments, session.configuration));
  session.flags = deciding_flags(arguments, session.configuration);
  session.compiler = std::make_shared<Compiler>(std::move(graph), source);
  return session;
}

}  // namespace tpuscope
