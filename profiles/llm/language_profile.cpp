// Nets through the compiler and the machine, and what a program makes of their times.

#include "profiles/llm/language_profile.h"

#include <algorithm>
#include <cmath>

#include <fmt/core.h>

#include "base/text.h"
#include "profiles/llm/language_program.h"
#include "profiles/report/report.h"
#include "sim/cost/cost.h"
#include "sim/engine/engine.h"

namespace tpuscope {
namespace {

constexpr double kPicosecondsPerUs = 1e6;
/// What the vendor's runtime takes of a device's memory, by its own estimator.
constexpr std::int64_t kRuntimeBytes = std::int64_t{78} << 20;

Picoseconds from_us(double us) {
  return {std::llround(us * kPicosecondsPerUs)};
}

Result<Run> run_of(Graph graph, const LanguageOptions& options) {
  const std::string name = graph.name();
  Compiler compiler(std::move(graph), name, 1);
  return compiler.run(configuration_of(options));
}

Picoseconds time_of(const Run& run) {
  return run.simulation.timeline.makespan - run.simulation.timeline.launch;
}

/// The causes that an op's waiting for transfers and its other time belong to.
std::pair<LanguageCause, LanguageCause> causes_of(const Op& op) {
  if (op.is("A16MatMul") || op.is("MatMul"))
    return {LanguageCause::kWeights, LanguageCause::kProducts};
  if (op.is("GroupedAttention")) return {LanguageCause::kCache, LanguageCause::kAttention};
  return {LanguageCause::kSmall, LanguageCause::kSmall};
}

Picoseconds& at(CauseTimes& times, LanguageCause cause) {
  return times[static_cast<std::size_t>(cause)];
}

/// `whole`: the cause of all of the net's time, where it has one.
NetFigures figures_of(std::string name, std::int64_t count, Run run, const LanguageOptions& options,
                      std::optional<LanguageCause> whole) {
  NetFigures net{.name = std::move(name), .count = count, .time = time_of(run)};
  for (const Command& command : run.simulation.program.commands) {
    if (command.engine != Engine::kGdma) continue;
    if (command.direction == Direction::kLocalToDdr) {
      net.written_bytes += command.bytes;
    } else {
      net.read_bytes += command.bytes;
    }
  }
  net.commands = run.simulation.program.commands.size();
  const Profile profile = make_profile(std::move(run), configuration_of(options), {});
  net.bdc_busy = profile.report.summary.bdc_busy;
  net.gdma_busy = profile.report.summary.gdma_busy;
  Picoseconds left = net.time;
  for (const OpRow& row : profile.report.ops) {
    const auto [waiting, working] =
        whole ? std::pair{*whole, *whole} : causes_of(profile.graph[row.op]);
    const Picoseconds waited = row.waterfall[Step::kExposedLoad];
    const Picoseconds worked =
        row.blame() - waited - row.waterfall[Step::kLaunch] - row.waterfall[Step::kIdle];
    at(net.causes, waiting) += waited;
    at(net.causes, working) += worked;
    left -= waited + worked;
  }
  at(net.causes, whole.value_or(LanguageCause::kSmall)) += left;
  return net;
}

void finish_phase(PhaseFigures& phase, const Chip& chip, const LanguageOptions& options,
                  std::int64_t layer_cache, double spread) {
  for (const NetFigures& net : phase.nets) {
    for (std::size_t cause = 0; cause < kLanguageCauses; ++cause)
      phase.causes[cause].value += net.causes[cause].value * net.count;
    const bool has_cache = net.count > 1;
    const NetOverhead overhead = overhead_of(chip, options.host, has_cache ? layer_cache : 0);
    at(phase.causes, LanguageCause::kLaunches).value += overhead.launch.value * net.count;
    at(phase.causes, LanguageCause::kHost).value += overhead.host.value * net.count;
  }
  for (const Picoseconds time : phase.causes)
    phase.time += time;
  const auto scaled = [&](double factor) {
    return Picoseconds{std::llround(static_cast<double>(phase.time.value) * factor)};
  };
  phase.low = scaled(1 / spread);
  phase.high = scaled(spread);
}

/// What the tower gives to the language model: its last result.
const TensorType& vision_rows(const Graph& vision) {
  return vision.type(vision[vision.outputs().back()].inputs[0]);
}

/// Its last results are rows as wide as hidden states; a prompt holds them all.
Status check_vision(const LanguageModel& model, const LanguageOptions& options) {
  if (!options.vision) return Ok{};
  const TensorType& type = vision_rows(*options.vision);
  const std::string& name = options.vision->name();
  if (type.shape.empty() || type.shape.back() != model.hidden) {
    return Error{.message = fmt::format("the vision tower gives {}, hidden_size is {}",
                                        type_text(type), model.hidden),
                 .where = name,
                 .hint = "export the tower with its projector, so that rows are as wide"};
  }
  const std::int64_t rows = type.elements() / model.hidden;
  if (rows <= options.prefill) return Ok{};
  return Error{
      .code = ErrorCode::kUsage,
      .message = fmt::format("the image is {} tokens, the prompt has {}", rows, options.prefill),
      .where = name,
      .hint = fmt::format("--prefill and --context of more than {}", rows)};
}

Status check_options(const LanguageModel& model, const LanguageOptions& options, const Chip& chip) {
  if (peak_macs_per_cycle(chip, options.types.half) == 0) {
    return Error{.code = ErrorCode::kUnsupported,
                 .message = fmt::format("{} has no {}", chip.name, name_of(options.types.half)),
                 .hint = "language models run in half precision"};
  }
  TPU_TRY_STATUS(check_groups(model, options.types));
  if (options.context < 1 || options.prefill < 1) {
    return Error{.code = ErrorCode::kUsage,
                 .message = "a context and a prompt have at least one token"};
  }
  if (options.prefill > options.context) {
    return Error{.code = ErrorCode::kUsage,
                 .message = fmt::format("a prompt of {} tokens exceeds the context of {}",
                                        options.prefill, options.context),
                 .hint = "--context N takes more"};
  }
  TPU_TRY_STATUS(check_vision(model, options));
  const LanguageFootprint footprint = footprint_of(model, options, chip);
  if (footprint.total() > footprint.capacity) {
    LanguageOptions shorter = options;
    constexpr std::int64_t kShortPrompt = 512;
    shorter.prefill = std::min(options.prefill, kShortPrompt);
    const std::int64_t most = largest_context(model, shorter, chip);
    return Error{
        .code = ErrorCode::kUnsupported,
        .message =
            fmt::format("weights of {}, a cache of {} and {} for the prompt exceed the {} of "
                        "the board",
                        bytes_text(footprint.weights), bytes_text(footprint.cache),
                        bytes_text(footprint.activations), bytes_text(footprint.capacity)),
        .where = fmt::format("--context {}", options.context),
        .hint = most > 0 ? fmt::format("--context {} fits with --prefill {}", most, shorter.prefill)
                         : "fewer bits per weight or a larger board"};
  }
  return Ok{};
}

LanguageTokens decode_tokens(const LanguageOptions& options, std::int64_t rows = 1) {
  return {.now = rows, .past = options.context};
}

void note_choices(LanguageProfile& profile) {
  const LanguageModel& model = profile.model;
  profile.notes = model.notes;
  if (profile.options.vision) {
    const std::int64_t rows = vision_rows(*profile.options.vision).elements() / model.hidden;
    profile.notes.push_back(fmt::format("{} of the prompt's {} tokens are of the image", rows,
                                        profile.options.prefill));
  }
  if (profile.options.types.head_bits < 16 && !can_pack(model.vocabulary)) {
    profile.notes.push_back(fmt::format(
        "vocab_size {} is no multiple of 64, so that the head cannot be packed: it stays "
        "in half precision, as in the vendor's compiler, which compiles no such head for "
        "BM1688; {} rows would be packed",
        model.vocabulary, (model.vocabulary + 63) / 64 * 64));
  }
  if (model.positions > 0 && profile.options.context > model.positions) {
    profile.notes.push_back(fmt::format("the model was made for {} tokens", model.positions));
  }
  profile.notes.emplace_back("top-k and sampling run outside of these nets and are not counted");
}

}  // namespace

Configuration configuration_of(const LanguageOptions& options) {
  Configuration configuration{
      .chip = options.chip, .overrides = options.overrides, .cores = options.cores};
  configuration.precision.precision = options.types.half;
  configuration.precision.boundary = Boundary::kNative;
  return configuration;
}

NetOverhead overhead_of(const Chip& chip, HostPreset host, std::int64_t cache) {
  NetOverhead overhead{.launch = from_us(chip.overhead.net_us)};
  if (host == HostPreset::kPython) {
    constexpr double kMegabyte = 1e6;
    overhead.host = from_us(chip.overhead.host_net_us + chip.overhead.host_kv_us_per_mb *
                                                            static_cast<double>(cache) / kMegabyte);
  }
  return overhead;
}

Picoseconds copies_of(const Chip& chip, const LanguageModel& model, std::int64_t tokens) {
  const Runs runs{.count = 1, .bytes = tokens * cache_bytes(model) / 2, .alignment = 64};
  const Transfer copy{
      .direction = Direction::kDdrToDdr, .source = runs, .destination = runs, .element_bytes = 2};
  return duration_of(chip, gdma_cost(chip, copy).cost.total()) * 2;
}

double LanguageProfile::tokens_per_second() const {
  constexpr double kPicosecondsPerSecond = 1e12;
  return kPicosecondsPerSecond / static_cast<double>(decode.time.value);
}

LanguageFootprint footprint_of(const LanguageModel& model, const LanguageOptions& options,
                               const Chip& chip) {
  LanguageFootprint footprint{.runtime = kRuntimeBytes, .capacity = chip.ddr_bytes()};
  const std::int64_t embedding = model.vocabulary * model.hidden * 2;
  const std::int64_t head = head_weight_bytes(model, options.types);
  const bool is_shared = model.has_tied_head && head == embedding;
  footprint.weights =
      model.layers * block_weight_bytes(model, options.types) + embedding + (is_shared ? 0 : head);
  if (options.vision) footprint.weights += 2 * count(*options.vision).parameters;
  footprint.cache = model.layers * options.context * cache_bytes(model);
  // Hidden states, q, k, v, gate, up and the mask of a prompt.
  const std::int64_t row =
      3 * model.hidden + model.heads * model.head_width + 3 * model.intermediate + options.prefill;
  footprint.activations = options.prefill * row * 2;
  return footprint;
}

std::int64_t largest_context(const LanguageModel& model, const LanguageOptions& options,
                             const Chip& chip) {
  LanguageOptions other = options;
  other.context = 0;
  const LanguageFootprint without = footprint_of(model, other, chip);
  const std::int64_t left = without.capacity - without.total();
  return left <= 0 ? 0 : left / (model.layers * cache_bytes(model));
}

Result<LanguageProfile> profile_language(const LanguageModel& model,
                                         const LanguageOptions& options) {
  TPU_TRY(const Chip chip, chip_of(configuration_of(options)));
  TPU_TRY_STATUS(check_options(model, options, chip));
  LanguageProfile profile{.model = model, .options = options, .cores = chip.array.cores};
  profile.footprint = footprint_of(model, options, chip);
  profile.largest_context = largest_context(model, options, chip);
  const auto simulate_net = [&](PhaseFigures& phase, Result<Graph> graph, std::int64_t count,
                                std::optional<LanguageCause> whole) -> Status {
    if (!graph.ok()) return graph.errors();
    std::string name = graph->name();
    TPU_TRY(Run run, run_of(*std::move(graph), options));
    phase.nets.push_back(figures_of(std::move(name), count, std::move(run), options, whole));
    return Ok{};
  };
  const LanguageTypes& types = options.types;
  TPU_TRY_STATUS(
      simulate_net(profile.decode, embedding_net(model, types, 1), 1, LanguageCause::kEmbedding));
  TPU_TRY_STATUS(simulate_net(profile.decode, block_net(model, types, decode_tokens(options)),
                              model.layers, std::nullopt));
  TPU_TRY_STATUS(simulate_net(profile.decode, head_net(model, types, 1), 1, LanguageCause::kHead));
  if (options.vision) {
    TPU_TRY_STATUS(simulate_net(profile.prefill, *options.vision, 1, LanguageCause::kVision));
  }
  TPU_TRY_STATUS(simulate_net(profile.prefill, embedding_net(model, types, options.prefill), 1,
                              LanguageCause::kEmbedding));
  TPU_TRY_STATUS(simulate_net(profile.prefill, block_net(model, types, {.now = options.prefill}),
                              model.layers, std::nullopt));
  profile.prefill.nets.push_back(profile.decode.nets.back());
  at(profile.prefill.causes, LanguageCause::kCopies) =
      copies_of(chip, model, options.prefill) * model.layers;
  const std::int64_t layer_cache = options.context * cache_bytes(model);
  finish_phase(profile.decode, chip, options, layer_cache,
               spread_of(options, LanguagePhase::kToken));
  finish_phase(profile.prefill, chip, options, layer_cache,
               spread_of(options, LanguagePhase::kPrompt));
  note_choices(profile);
  return profile;
}

Result<std::vector<Graph>> language_nets(const LanguageModel& model,
                                         const LanguageOptions& options) {
  const LanguageTypes& types = options.types;
  std::vector<Graph> nets;
  if (options.vision) nets.push_back(*options.vision);
  for (Result<Graph> net :
       std::array{embedding_net(model, types, 1), block_net(model, types, decode_tokens(options)),
                  head_net(model, types, 1), embedding_net(model, types, options.prefill),
                  block_net(model, types, {.now = options.prefill})}) {
    if (!net.ok()) return net.errors();
    nets.push_back(*std::move(net));
  }
  return nets;
}

namespace {

/// Sums nets that are run one after the other, with what the host and each launch add.
class NetSum {
 public:
  NetSum(const LanguageOptions& options, const Chip& chip, Picoseconds start = {})
      : options_(options), chip_(chip), time_(start) {}

  /// The net, `count` times; `cache` bytes are handed to it each time.
  Status add(Result<Graph> graph, std::int64_t count, std::int64_t cache) {
    if (!graph.ok()) return graph.errors();
    TPU_TRY(const Run run, run_of(*std::move(graph), options_));
    const NetOverhead overhead = overhead_of(chip_, options_.host, cache);
    time_ += (time_of(run) + overhead.launch + overhead.host) * count;
    return Ok{};
  }
  Picoseconds time() const { return time_; }

 private:
  const LanguageOptions& options_;
  const Chip& chip_;
  Picoseconds time_;
};

}  // namespace

Result<Picoseconds> token_time(const LanguageModel& model, const LanguageOptions& options,
                               std::int64_t rows) {
  TPU_TRY(const Chip chip, chip_of(configuration_of(options)));
  TPU_TRY_STATUS(check_options(model, options, chip));
  NetSum sum(options, chip);
  TPU_TRY_STATUS(sum.add(embedding_net(model, options.types, rows), 1, 0));
  TPU_TRY_STATUS(sum.add(block_net(model, options.types, decode_tokens(options, rows)),
                         model.layers, options.context * cache_bytes(model)));
  TPU_TRY_STATUS(sum.add(head_net(model, options.types, rows), 1, 0));
  return sum.time();
}

Result<Picoseconds> first_token_time(const LanguageModel& model, const LanguageOptions& options) {
  TPU_TRY(const Chip chip, chip_of(configuration_of(options)));
  TPU_TRY_STATUS(check_options(model, options, chip));
  NetSum sum(options, chip, copies_of(chip, model, options.prefill) * model.layers);
  if (options.vision) TPU_TRY_STATUS(sum.add(*options.vision, 1, 0));
  TPU_TRY_STATUS(sum.add(embedding_net(model, options.types, options.prefill), 1, 0));
  TPU_TRY_STATUS(sum.add(block_net(model, options.types, {.now = options.prefill}), model.layers,
                         options.context * cache_bytes(model)));
  TPU_TRY_STATUS(sum.add(head_net(model, options.types, 1), 1, 0));
  return sum.time();
}

}  // namespace tpuscope
