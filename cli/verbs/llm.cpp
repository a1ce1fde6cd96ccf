// llm: how fast a language model answers on a chip, from its configuration.

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/core.h>

#include "base/text.h"
#include "cli/common_flags.h"
#include "cli/network_flags.h"
#include "cli/session.h"
#include "cli/writers.h"
#include "profiles/llm/language_program.h"
#include "profiles/llm/language_study.h"

namespace tpuscope {
namespace {

constexpr Flag kLlmPrecisionFlag{
    .name = "--precision",
    .value = "TYPE",
    .help =
        "w4f16, w4bf16, w8f16, w8bf16, f16 or bf16: bits of the weights of linear layers and "
        "the type of the rest; default: as the files are quantised, else w4bf16"};
constexpr Flag kLlmGroupSizeFlag{.name = kGroupSizeFlag.name,
                                 .value = kGroupSizeFlag.value,
                                 .help =
                                     "weights that share a scale; default: as the files are "
                                     "quantised, else 64"};
constexpr Flag kHeadPrecisionFlag{.name = "--head-precision",
                                  .value = "TYPE",
                                  .help = "of the head: f16, bf16, w4 or w8",
                                  .fallback = "f16"};
constexpr Flag kContextFlag{
    .name = "--context", .value = "N", .help = "tokens that the cache holds", .fallback = "512"};
constexpr Flag kPrefillFlag{
    .name = "--prefill", .value = "N", .help = "tokens of the prompt; default: the context"};
constexpr Flag kHostFlag{.name = "--host",
                         .value = "cpp|python",
                         .help = "what drives the device: adds to each net",
                         .fallback = "cpp"};
constexpr Flag kCurveFlag{.name = "--curve", .help = "also for contexts from 512 to 32768"};
constexpr Flag kVariantsFlag{.name = "--variants",
                             .help = "also with other types, group sizes, heads, cores and chips"};
constexpr Flag kNetsFlag{.name = "--nets",
                         .value = "FOLDER",
                         .help =
                             "write each net as a graph, and program.json with all of them in a "
                             "row, for profile, explain, sweep and other verbs",
                         .writes = true};
constexpr Flag kVisionFlag{.name = "--vision",
                           .value = "FILE",
                           .help =
                               "a vision tower whose last results are tokens of the prompt: the "
                               "first token is that of a prompt with an image"};
constexpr Flag kRowsFlag{.name = "--rows", .help = "also for 2 to 16 tokens decoded together"};
/// Text near the start of a program file.
constexpr std::string_view kProgramMark = "\"kind\": \"tpuscope.program\"";

Result<std::int64_t> count_of(const Arguments& arguments, const Flag& flag) {
  TPU_TRY(const std::int64_t value, arguments.number(flag));
  constexpr std::int64_t kMost = std::int64_t{1} << 20;
  if (value >= 1 && value <= kMost) return value;
  return Error{.code = ErrorCode::kUsage,
               .message = fmt::format("{} is {}, 1 to {} are possible", flag.name, value, kMost)};
}

Result<LanguageTypes> types_of(const Arguments& arguments, const LanguageModel& model) {
  LanguageTypes types;
  if (arguments.has(kLlmPrecisionFlag)) {
    TPU_TRY(types, parse_language_precision(arguments.text(kLlmPrecisionFlag)));
  } else if (model.stored) {
    types.bits = model.stored->bits;
  } else if (model.files != nullptr) {
    types.bits = 16;
  }
  if (arguments.has(kLlmGroupSizeFlag)) {
    TPU_TRY(types.group, count_of(arguments, kLlmGroupSizeFlag));
  } else if (model.stored && model.stored->bits == types.bits) {
    types.group = model.stored->group;
  }
  TPU_TRY(types.head_bits, parse_head_precision(arguments.text(kHeadPrecisionFlag)));
  const bool takes_stored = !arguments.has(kHeadPrecisionFlag) && model.stored_head;
  if (takes_stored) types.head_bits = model.stored_head->bits;
  return types;
}

Result<LanguageOptions> options_of(const Arguments& arguments, const LanguageModel& model) {
  LanguageOptions options{.chip = arguments.text(kChipFlag)};
  TPU_TRY(options.overrides, overrides_of(arguments));
  TPU_TRY(const Chip ignored, load_chip(options.chip, options.overrides));
  if (arguments.text(kCoresFlag) != kCoresFlag.fallback) {
    TPU_TRY(options.cores, count_of(arguments, kCoresFlag));
  }
  TPU_TRY(options.types, types_of(arguments, model));
  TPU_TRY(options.context, count_of(arguments, kContextFlag));
  options.prefill = options.context;
  if (arguments.has(kPrefillFlag)) {
    TPU_TRY(options.prefill, count_of(arguments, kPrefillFlag));
  }
  TPU_TRY(options.host, parse_host(arguments.text(kHostFlag)));
  return options;
}

/// Each net of a token and of a prompt as a file of its own.
Status write_nets(const LanguageProfile& profile, const Arguments& arguments,
                  const Console& console) {
  const std::filesystem::path folder = arguments.text(kNetsFlag);
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem) {
    return Error{.code = ErrorCode::kCannotWrite,
                 .message = "the folder cannot be made: " + problem.message(),
                 .where = folder.string()};
  }
  TPU_TRY(const std::vector<Graph> nets, language_nets(profile.model, profile.options));
  for (const Graph& net : nets) {
    const std::string path = (folder / (net.name() + ".tpu")).string();
    const Result<std::size_t> written =
        write_file(path, "", arguments, console, [&](ByteSink& sink) -> Status {
          sink.write(to_text(net));
          return Ok{};
        });
    if (!written.ok()) return written.errors();
  }
  TPU_TRY(const std::string program, program_file(profile.model, profile.options));
  const Result<std::size_t> written = write_file((folder / "program.json").string(), kProgramMark,
                                                 arguments, console, [&](ByteSink& sink) -> Status {
                                                   sink.write(program);
                                                   return Ok{};
                                                 });
  if (!written.ok()) return written.errors();
  return Ok{};
}

/// The tower with the flags that settle what its file leaves open.
Result<std::shared_ptr<const Graph>> read_vision(const Arguments& arguments,
                                                 const Console& console) {
  TPU_TRY(const NetworkFile file, open_network(arguments.text(kVisionFlag)));
  TPU_TRY(Graph graph, read_network(file, arguments, console));
  graph.set_name("vision");
  return std::make_shared<const Graph>(std::move(graph));
}

Result<ExitCode> run_llm(const Arguments& arguments, Console& console) {
  const std::string& source = arguments.positionals().at(0);
  TPU_TRY(const WriterOptions ignored, writer_options<LanguageStudy>(arguments));
  TPU_TRY(const LanguageModel model, load_language_model(source));
  TPU_TRY(LanguageOptions options, options_of(arguments, model));
  if (arguments.has(kVisionFlag)) {
    TPU_TRY(options.vision, read_vision(arguments, console));
  }
  LanguageStudy study;
  TPU_TRY(study.profile, profile_language(model, options));
  study.profile.source = source;
  if (arguments.has(kCurveFlag)) {
    TPU_TRY(study.curve, context_curve(model, options));
  }
  if (arguments.has(kVariantsFlag)) study.variants = language_variants(model, options);
  if (arguments.has(kRowsFlag)) {
    TPU_TRY(study.rows, rows_per_step(model, options));
  }
  study.advice = most_helpful(study.profile);
  if (arguments.has(kNetsFlag)) TPU_TRY_STATUS(write_nets(study.profile, arguments, console));
  TPU_TRY_STATUS(write_results(study, 0, arguments, console));
  return ExitCode::kDone;
}

std::vector<Flag> llm_flags() {
  std::vector<Flag> flags = {
      kChipFlag,          kCoresFlag,   kSetFlag,     kLlmPrecisionFlag, kLlmGroupSizeFlag,
      kHeadPrecisionFlag, kContextFlag, kPrefillFlag, kHostFlag,         kCurveFlag,
      kVariantsFlag,      kRowsFlag,    kNetsFlag,    kVisionFlag};
  const std::vector<Flag> network = network_flags();
  flags.insert(flags.end(), network.begin(), network.end());
  const std::vector<Flag> files = writer_flags<LanguageStudy>();
  flags.insert(flags.end(), files.begin(), files.end());
  flags.push_back(kForceFlag);
  return flags;
}

TPU_REGISTER(register_verb(
    {.name = "llm",
     .summary = "first token, tokens per second and memory of a language model",
     .examples = {"tpuscope llm model/ --chip bm1684x --precision w4bf16 --group-size 64",
                  "tpuscope llm config.json --context 4096 --prefill 512 --head-precision w4",
                  "tpuscope llm config.json --chip bm1688 --cores 2 --curve --variants",
                  "tpuscope llm config.json --vision tower.onnx --prefill 512",
                  "tpuscope llm config.json --pages report/ --trace token.json"},
     .positional = {.name = "MODEL",
                    .help = "a config.json of Hugging Face, or the folder of such a model",
                    .is_required = true},
     .flags = llm_flags,
     .run = run_llm}));

}  // namespace
}  // namespace tpuscope
