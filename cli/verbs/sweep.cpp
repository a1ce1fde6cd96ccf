// sweep: one network over a grid of chip numbers, switches, limits, precisions and batches, on all
// cores; or the parts of such a sweep put together.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include <fmt/core.h>

#include "base/input_file.h"
#include "base/sha256.h"
#include "base/text.h"
#include "cli/common_flags.h"
#include "cli/group_flags.h"
#include "cli/network_flags.h"
#include "cli/progress.h"
#include "cli/session.h"
#include "graph/batch.h"
#include "graph/frontend.h"
#include "passes/streams/compiled_network.h"
#include "profiles/sweep/analysis.h"
#include "profiles/sweep/metric.h"
#include "profiles/sweep/points_file.h"

namespace tpuscope {
namespace {

constexpr Flag kVaryFlag{.name = "--vary",
                         .value = "KEY=VALUES",
                         .help =
                             "what to vary, and through which values: 1,2,4 or 16:64:8 or "
                             "16:128:*2 or 16:128:log5; see list sweep-keys",
                         .repeats = true};
constexpr Flag kMetricFlag{.name = "--metric",
                           .value = "NAME",
                           .help =
                               "the figure to compare by; see list metrics; where the batch "
                               "varies, images_per_second",
                           .fallback = "time_ps"};
constexpr Flag kParetoFlag{.name = "--pareto",
                           .value = "X,Y",
                           .help =
                               "metrics or varied numbers: points that none beats in all are "
                               "marked",
                           .fallback = "the metric and the numbers that are varied"};
constexpr Flag kResumeFlag{.name = "--resume",
                           .value = "FILE",
                           .help =
                               "keep each finished point in FILE, and go on from those that "
                               "are there",
                           .writes = true};
constexpr Flag kShardFlag{.name = "--shard",
                          .value = "I/N",
                          .help = "only part I of N, counted from 0; --merge joins parts"};
constexpr Flag kMergeFlag{.name = "--merge",
                          .help = "the files are parts that --resume wrote: join them"};
constexpr Flag kJobsFlag{.name = "--jobs",
                         .value = "N",
                         .help = "points at once",
                         .fallback = "one per core",
                         .letter = "-j"};
constexpr Flag kSweepPassesFlag{.name = "--passes",
                                .value = "PRESET[,+NAME,-NAME]",
                                .help = "switches where they are not varied",
                                .fallback = "optimized"};
constexpr Flag kSweepRowsFlag{
    .name = "--top", .value = "N", .help = "rows of the table; 0: all", .fallback = "40"};

/// What is not varied, as the command line has it.
Result<Configuration> base_of(const Arguments& arguments) {
  TPU_TRY(Configuration base, configuration_of(arguments));
  TPU_TRY(const SwitchSet switches, chosen_switches(arguments.text(kSweepPassesFlag), arguments));
  choose_switches(base, switches);
  return base;
}

Result<std::vector<SweepAxis>> axes_of(const Arguments& arguments) {
  std::vector<SweepAxis> axes;
  for (const std::string& text : arguments.texts(kVaryFlag)) {
    TPU_TRY(SweepAxis axis, parse_axis(text));
    axes.push_back(std::move(axis));
  }
  if (!axes.empty()) return axes;
  return Error{.code = ErrorCode::kUsage,
               .message = "nothing is varied",
               .hint = "--vary precision=f16,int8; `tpuscope list sweep-keys` shows the keys"};
}

Result<std::size_t> jobs_of(const Arguments& arguments) {
  if (!arguments.has(kJobsFlag)) {
    return static_cast<std::size_t>(std::max(1U, std::thread::hardware_concurrency()));
  }
  TPU_TRY(const std::int64_t jobs, arguments.number(kJobsFlag));
  constexpr std::int64_t kMostJobs = 1024;
  if (jobs < 1 || jobs > kMostJobs) {
    return Error{.code = ErrorCode::kUsage,
                 .message = fmt::format("--jobs is {}", jobs),
                 .hint = fmt::format("give 1 to {}", kMostJobs)};
  }
  return static_cast<std::size_t>(jobs);
}

Result<SweepOptions> options_of(const Arguments& arguments) {
  SweepOptions options;
  TPU_TRY(options.jobs, jobs_of(arguments));
  if (arguments.has(kShardFlag)) {
    TPU_TRY(options.shard, parse_shard(arguments.text(kShardFlag)));
  }
  return options;
}

/// The file that keeps finished points: read at the start, a line longer with each point, and in
/// the order of the grid at the end.
class PointKeeper {
 public:
  PointKeeper(const Arguments& arguments, const Console& console, const SweepHeader& header)
      : arguments_(arguments),
        console_(console),
        header_(header),
        path_(arguments.text(kResumeFlag)) {}

  /// Points that are there already.
  Result<std::vector<SweepPoint>> open() {
    std::vector<SweepPoint> points;
    if (path_.empty()) return points;
    if (path_ == "-" || path_.ends_with(".gz")) {
      return Error{.code = ErrorCode::kUsage,
                   .message = fmt::format("{} is {}", kResumeFlag.name, in_quotes(path_)),
                   .hint = "name a plain file: lines are added to it"};
    }
    std::error_code ignored;
    if (std::filesystem::exists(path_, ignored) && !arguments_.has(kForceFlag)) {
      TPU_TRY(points, kept_points());
      kept_ = points;
    }
    // Without a torn last line, to which nothing could be added.
    Console silent = console_;
    silent.is_quiet = true;
    TPU_TRY_STATUS(write(points, silent));
    stream_.open(path_, std::ios::binary | std::ios::app);
    return points;
  }

  /// The point beside the grid, where it is there already.
  const std::optional<SweepPoint>& base() const { return base_; }

  void keep(const SweepPoint& point) {
    if (stream_.is_open()) stream_ << point_line(point) << std::flush;
  }

  Status close(const SweepPoints& sweep) {
    if (path_.empty()) return Ok{};
    stream_.close();
    base_ = sweep.base;
    // A file may hold more than this part.
    std::map<std::size_t, SweepPoint> all;
    for (const SweepPoint& point : sweep.points)
      all.try_emplace(point.index, point);
    for (const SweepPoint& point : kept_)
      all.try_emplace(point.index, point);
    std::vector<SweepPoint> ordered;
    ordered.reserve(all.size());
    for (auto& [index, point] : all)
      ordered.push_back(std::move(point));
    return write(ordered, console_);
  }

 private:
  Result<std::vector<SweepPoint>> kept_points() {
    TPU_TRY(const std::string text, read_input(path_));
    if (is_torn_header(text, header_)) {
      // Made whole, so that the file is known as our own.
      std::ofstream(path_, std::ios::binary | std::ios::app)
          << header_line(header_).substr(text.size());
      return std::vector<SweepPoint>{};
    }
    TPU_TRY(SweepPoints kept, parse_points(text, path_));
    TPU_TRY_STATUS(check_same_sweep(header_, kept.header, path_));
    base_ = std::move(kept.base);
    return std::move(kept.points);
  }

  Status write(const std::vector<SweepPoint>& points, const Console& console) const {
    TPU_TRY_STATUS(write_file(path_, kSweepPointsMark, arguments_, console, [&](ByteSink& sink) {
      sink.write(points_text(header_, points, base_));
      return Ok{};
    }));
    return Ok{};
  }

  const Arguments& arguments_;
  const Console& console_;
  const SweepHeader& header_;
  std::string path_;
  std::vector<SweepPoint> kept_{};
  std::optional<SweepPoint> base_{};
  std::ofstream stream_{};
};

/// Batches take longer the larger they are: what they are compared by is images per second.
std::string metric_name(const SweepHeader& header, const Arguments& arguments) {
  const bool varies_batch = std::any_of(header.axes.begin(), header.axes.end(),
                                        [](const SweepAxis& axis) { return axis.key == "batch"; });
  if (varies_batch && !arguments.has(kMetricFlag)) return "images_per_second";
  return arguments.text(kMetricFlag);
}

Result<std::vector<SweepMeasure>> pareto_of(const SweepHeader& header, const Arguments& arguments) {
  if (arguments.has(kParetoFlag)) return parse_pareto(arguments.text(kParetoFlag), header);
  TPU_TRY(const std::size_t metric, parse_sweep_metric(metric_name(header, arguments)));
  return default_pareto(header, metric);
}

using SensitivitiesAt = std::function<std::vector<Sensitivity>(const SweepPoint&)>;

/// `sensitivities_at`: none where the network is not there, as when parts are merged.
Result<ExitCode> show(SweepPoints sweep, const SensitivitiesAt& sensitivities_at,
                      const Arguments& arguments, const Console& console) {
  keep_faster_plans(sweep.header, sweep.points);
  TPU_TRY(const std::size_t metric, parse_sweep_metric(metric_name(sweep.header, arguments)));
  TPU_TRY(std::vector<SweepMeasure> pareto, pareto_of(sweep.header, arguments));
  TPU_TRY(const std::int64_t top, arguments.number(kSweepRowsFlag));
  SweepAnalysis analysis = analyse_sweep(sweep.header, sweep.points, metric, std::move(pareto),
                                         sweep.base ? &*sweep.base : nullptr);
  if (sensitivities_at) find_takeovers(analysis, sensitivities_at);
  TPU_TRY_STATUS(write_results(analysis, static_cast<std::size_t>(top), arguments, console));
  const bool has_bug = std::any_of(sweep.points.begin(), sweep.points.end(),
                                   [](const SweepPoint& point) { return point.is_bug(); });
  if (has_bug) return ExitCode::kInternalError;
  return analysis.best || sweep.points.empty() ? ExitCode::kDone : ExitCode::kAnswerIsNo;
}

Result<ExitCode> merge(const Arguments& arguments, const Console& console) {
  std::vector<SweepPoints> parts;
  for (const std::string& path : arguments.positionals()) {
    TPU_TRY(const std::string text, read_input(path));
    TPU_TRY(SweepPoints part, parse_points(text, path));
    parts.push_back(std::move(part));
  }
  TPU_TRY(SweepPoints whole, merge_points(parts, arguments.positionals()));
  return show(std::move(whole), {}, arguments, console);
}

/// What a sweep runs.
struct Swept {
  Graph graph{};
  std::shared_ptr<const CompiledNetwork> compiled{};
  std::string sha256{};
  std::vector<std::string> notes{};
};

/// A network to be compiled, or a compiled one, of which only the chip's numbers can vary.
Result<Swept> swept_network(const std::string& source, const std::vector<SweepAxis>& axes,
                            const Arguments& arguments, const Console& console,
                            Configuration& base) {
  Swept swept;
  if (!is_compiled(source)) {
    TPU_TRY(const NetworkFile file, open_network(source));
    TPU_TRY(swept.graph, read_network(file, arguments, console));
    TPU_TRY(swept.notes, settle_precision(swept.graph, arguments, base));
    swept.sha256 = sha256_hex(file.bytes);
    return swept;
  }
  for (const SweepAxis& axis : axes) {
    if (axis.key.starts_with("chip.")) continue;
    return Error{.code = ErrorCode::kUsage,
                 .message = fmt::format("{} cannot vary in a compiled model", axis.key),
                 .hint = "numbers of the chip can, as chip.command.load_bytes_per_cycle"};
  }
  TPU_TRY(const std::shared_ptr<Compiler> compiler, open_compiled(source, arguments, base));
  swept.compiled = compiler->shared_compiled();
  swept.graph = swept.compiled->graph;
  swept.notes = swept.compiled->notes;
  std::error_code problem;
  if (std::filesystem::is_regular_file(source, problem)) {
    TPU_TRY(swept.sha256, sha256_of_file(source));
  }
  return swept;
}

/// Of the time at one point to the numbers of the chip.
std::vector<Sensitivity> sensitivities_of_point(const SweepHeader& header,
                                                const Configuration& base, const Swept& swept,
                                                const SweepPoint& point) {
  const Result<Configuration> configuration =
      configured(base, header.axes, header.values_at(point.index));
  if (!configuration.ok()) return {};
  std::optional<Compiler> made;
  swept.compiled ? made.emplace(swept.compiled, "", 0) : made.emplace(swept.graph, "", 0);
  const Result<Run> run = made->run(*configuration);
  if (!run.ok()) return {};
  return swept.compiled ? sensitivities(*swept.compiled, run->simulation, *run->chip)
                        : sensitivities(run->network->graph, run->simulation, *run->chip);
}

Result<ExitCode> run_sweep(const Arguments& arguments, Console& console) {
  if (arguments.has(kMergeFlag)) return merge(arguments, console);
  if (arguments.positionals().size() != 1) {
    return Error{
        .code = ErrorCode::kUsage,
        .message = fmt::format("sweep takes one network, {} given", arguments.positionals().size()),
        .hint = "to join parts of a sweep: `tpuscope sweep --merge part-*.jsonl`"};
  }
  TPU_TRY(std::vector<SweepAxis> axes, axes_of(arguments));
  TPU_TRY(Configuration base, base_of(arguments));
  TPU_TRY(SweepOptions options, options_of(arguments));
  // Errors that are known now are reported now, not after an hour.
  TPU_TRY([[maybe_unused]] const std::size_t metric,
          parse_sweep_metric(arguments.text(kMetricFlag)));

  const std::string source = arguments.positionals().front();
  TPU_TRY(const Swept swept, swept_network(source, axes, arguments, console, base));
  const Graph& graph = swept.graph;
  options.compiled = swept.compiled;
  for (const std::string& note : swept.notes)
    console.say("note: " + note);
  TPU_TRY_STATUS(check_axes(axes, base, batch_of(graph)));
  SweepPoints sweep;
  TPU_TRY(sweep.header, sweep_header(std::filesystem::path(source).stem().string(), source,
                                     swept.sha256, base, graph, std::move(axes)));
  // Points of one file with other extents, branches or rewrites are another sweep's. The batch is
  // among the keys.
  std::vector<Flag> settling = network_flags();
  std::erase_if(settling, [](const Flag& flag) { return flag.name == kBatchFlag.name; });
  const std::vector<std::string> words = words_of(settling, arguments);
  if (!words.empty()) sweep.header.base.emplace_back("flags of the network", join(words, " "));
  // Parts of different nets of one file do not belong together.
  if (arguments.has(kNetFlag)) sweep.header.base.emplace_back("net", arguments.text(kNetFlag));
  TPU_TRY([[maybe_unused]] const auto pareto, pareto_of(sweep.header, arguments));
  PointKeeper keeper(arguments, console, sweep.header);
  TPU_TRY(options.finished, keeper.open());
  {
    Progress progress(console);
    const ProgressListener listener = progress.listener();
    const std::size_t total = sweep.header.size() / options.shard.count;
    std::size_t done = 0;
    listener("simulating  point", done, total);
    options.on_point = [&](const SweepPoint& point) {
      keeper.keep(point);
      listener("simulating  point", ++done, total);
    };
    sweep.base = keeper.base();
    if (!sweep.base && !has_base(sweep.header)) {
      sweep.base = run_base(sweep.header, base, graph, options);
      keeper.keep(*sweep.base);
    }
    sweep.points = run_sweep(sweep.header, base, graph, options);
  }
  TPU_TRY_STATUS(keeper.close(sweep));
  const SweepHeader header = sweep.header;
  const auto sensitivities_at = [&](const SweepPoint& point) {
    return sensitivities_of_point(header, base, swept, point);
  };
  return show(std::move(sweep), sensitivities_at, arguments, console);
}

std::vector<Flag> sweep_flags() {
  std::vector<Flag> flags = {kVaryFlag, kMetricFlag, kParetoFlag};
  const std::vector<Flag> own = {kSweepRowsFlag, kResumeFlag, kShardFlag,
                                 kMergeFlag,     kJobsFlag,   kSweepPassesFlag};
  for (const std::vector<Flag>& more :
       {writer_flags<SweepAnalysis>(), own, network_flags(), precision_flags(), group_flags()})
    flags.insert(flags.end(), more.begin(), more.end());
  flags.insert(flags.end(), {kChipFlag, kCoresFlag, kSetFlag, kLaunchFlag, kNetFlag, kForceFlag});
  return flags;
}

TPU_REGISTER(register_verb(
    {.name = "sweep",
     .summary = "simulates a network over a grid of chip numbers, switches, precisions or batches",
     .examples = {"tpuscope sweep swin_t --vary passes.layer_group.max_ops=1:32:*2 --html s.html",
                  "tpuscope sweep model.onnx --vary chip.ddr.peak_gbps=16:64:8 --vary batch=1,4",
                  "tpuscope sweep --merge part-*.jsonl --csv points.csv"},
     .positional = {.name = "MODEL",
                    .help = "a file or a built-in network; with --merge, parts of a sweep",
                    .is_required = true,
                    .repeats = true},
     .flags = sweep_flags,
     .run = run_sweep}));

}  // namespace
}  // namespace tpuscope
