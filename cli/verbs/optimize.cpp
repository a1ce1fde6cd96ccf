// optimize: runs the passes alone and shows or writes the network that comes out.

#include <algorithm>
#include <map>

#include <fmt/core.h>

#include "base/json_writer.h"
#include "base/text.h"
#include "cli/common_flags.h"
#include "cli/group_flags.h"
#include "cli/network_flags.h"
#include "cli/session.h"
#include "graph/frontend.h"
#include "graph/graph_writer.h"
#include "passes/explain.h"
#include "profiles/report/report.h"
#include "profiles/views/network_picture.h"
#include "profiles/views/parts_json.h"
#include "profiles/views/text/table.h"

namespace tpuscope {
namespace {

constexpr Flag kOutputFlag{.name = "--output",
                           .value = "FILE",
                           .help =
                               "write the network; see list writers for the extensions; .svg and "
                               ".dot draw it with the time of each operator",
                           .letter = "-o",
                           .writes = true};
constexpr Flag kPrintChangedFlag{.name = "--print-changed",
                                 .help = "show which ops each pass took out and put in"};
constexpr Flag kPrintAfterFlag{.name = "--print-after",
                               .value = "PASS|all",
                               .help = "print the network after each change by this pass",
                               .repeats = true};
constexpr Flag kVerifyFlag{.name = "--verify-each", .help = "check the network after each pass"};
constexpr Flag kExplainFlag{.name = "--explain",
                            .help = "name the failed condition of each permute that stays"};
constexpr Flag kStopFlag{.name = "--stop-after",
                         .value = "N",
                         .help = "stop after N changes, to find the one that matters"};

/// The writer for a path; what is printed is text.
Result<Writer<Graph>> writer_for(const std::string& path) {
  return graph_writer_for(path == "-" ? ".tpu" : path);
}

Status check_pass_names(const std::vector<std::string>& names) {
  std::vector<std::string> known = pass_names();
  known.emplace_back("all");
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    return Error{.code = ErrorCode::kUsage,
                 .message = "unknown pass " + in_quotes(name),
                 .hint = did_you_mean(name, known)};
  }
  return Ok{};
}

/// The statistics, and with `explains` the permutes that stay, as one JSON document.
void write_statistics(const Graph& before, const Network& after, bool explains, ByteSink& sink) {
  JsonWriter json(sink);
  const auto write_counts = [&](std::string_view key, const Graph& graph) {
    json.object(key, [&] {
      json.member("ops", graph.ops().size());
      json.member("permutes", count_permutes(graph));
    });
  };
  json.object([&] {
    json.member("network", sanitised_utf8(after.graph.name()));
    write_counts("before", before);
    write_counts("after", after.graph);
    json.member("reached_fixed_point", after.passes.reached_fixed_point);
    json.list("passes", pass_summaries(after.passes),
              [&](const PassSummary& pass) { write_json(json, pass); });
    if (!explains) return;
    json.objects("staying_permutes", staying_permutes(after.graph, after.passes),
                 [&](const StayingPermute& permute) {
                   json.member("op", sanitised_utf8(after.graph[permute.op].name));
                   json.objects("reasons", permute.reasons,
                                [&](const StayingPermute::Reason& reason) {
                                  json.member("pass", reason.pass);
                                  json.member("text", sanitised_utf8(reason.text));
                                });
                 });
  });
  json.finish("\n");
}

void print_statistics(const Graph& before, const Network& after, const Console& console) {
  const PipelineResult& result = after.passes;
  Table table({{.title = "pass", .is_name = true},
               {.title = "runs"},
               {.title = "what it did", .is_name = true, .is_flexible = true}});
  for (const PassSummary& pass : pass_summaries(result)) {
    std::vector<std::string> deeds;
    for (const auto& [counter, amount] : pass.counters)
      deeds.push_back(fmt::format("{} {}", amount, counter));
    table.add({{pass.name},
               {std::to_string(pass.runs)},
               {deeds.empty() ? "not applicable" : join(deeds),
                deeds.empty() ? Tone::kDim : Tone::kPlain}});
  }
  const auto counts = [](const Graph& graph) {
    return fmt::format("{} ops, {} permutes", graph.ops().size(), count_permutes(graph));
  };
  console.print(fmt::format("{}\n\n  before  {}\n  after   {}\n\n",
                            shown(after.graph.name(), console.out_terminal), counts(before),
                            counts(after.graph)) +
                table.text(console.out_terminal));
  if (!result.reached_fixed_point) console.print("  stopped before nothing was left to do\n");
}

/// The network as a drawing, with the times of a run.
Status write_picture(Network network, Configuration configuration, const SwitchSet& switches,
                     Compiler& compiler, const Arguments& arguments, const Console& console) {
  choose_switches(configuration, switches);
  TPU_TRY(Run run,
          compiler.run(std::make_shared<const Network>(std::move(network)), configuration));
  const Profile profile =
      make_profile(std::move(run), configuration, {.source = arguments.positionals().at(0)});
  const std::string path = arguments.text(kOutputFlag);
  TPU_TRY_STATUS(write_file(path, "", arguments, console, [&](ByteSink& sink) -> Status {
    path.ends_with(".svg") ? write_network_svg(profile, sink) : write_network_dot(profile, sink);
    return Ok{};
  }));
  return Ok{};
}

/// Permutes that stay for the same reasons.
struct StayingTogether {
  std::vector<StayingPermute::Reason> reasons{};
  std::vector<OpId> permutes{};
};

/// A reason with operators in the place of the names of ops: "is used by a Reshape, no slice".
class Anonymous {
 public:
  explicit Anonymous(const Graph& graph) {
    for (const OpId op : graph.ops())
      operators_.emplace(graph[op].name, graph[op].def->name);
  }

  std::string text(std::string_view reason) const {
    std::string result;
    while (!reason.empty()) {
      const std::string_view word = reason.substr(0, reason.find_first_of(" ,"));
      reason.remove_prefix(word.size());
      const auto known = operators_.find(word);
      result += known == operators_.end() ? std::string(word) : "a " + std::string(known->second);
      if (reason.empty()) break;
      result += reason.front();
      reason.remove_prefix(1);
    }
    return result;
  }

 private:
  std::map<std::string, std::string_view, std::less<>> operators_{};
};

/// Most permutes first. Reasons that differ in the names of ops only are the same.
std::vector<StayingTogether> together(const std::vector<StayingPermute>& staying,
                                      const Graph& graph) {
  const Anonymous anonymous(graph);
  std::vector<StayingTogether> groups;
  std::map<std::string, std::size_t> known;
  for (const StayingPermute& permute : staying) {
    std::vector<StayingPermute::Reason> reasons = permute.reasons;
    std::string key;
    for (StayingPermute::Reason& reason : reasons) {
      reason.text = anonymous.text(reason.text);
      key += reason.pass + "\n" + reason.text + "\n";
    }
    const auto [found, is_new] = known.try_emplace(key, groups.size());
    if (is_new) groups.push_back({permute.reasons, {}});
    StayingTogether& group = groups[found->second];
    group.permutes.push_back(permute.op);
    if (!is_new) group.reasons = std::move(reasons);
  }
  std::stable_sort(groups.begin(), groups.end(),
                   [](const StayingTogether& a, const StayingTogether& b) {
                     return a.permutes.size() > b.permutes.size();
                   });
  return groups;
}

/// Equal reasons once, with the permutes that have them.
void print_staying(const Graph& graph, const PipelineResult& result, const Console& console) {
  constexpr std::size_t kMostNamed = 4;
  constexpr std::size_t kReason = 26;
  const std::vector<StayingPermute> staying = staying_permutes(graph, result);
  std::string text = fmt::format("\n  permutes that stay: {}\n", staying.size());
  for (const StayingTogether& group : together(staying, graph)) {
    const std::size_t count = group.permutes.size();
    text += count == 1 ? "\n" : fmt::format("\n  {} for the same reasons:\n", count);
    const std::size_t named = std::min(count, count > kMostNamed ? kMostNamed - 1 : kMostNamed);
    for (std::size_t i = 0; i < named; ++i) {
      const Op& op = graph[group.permutes[i]];
      text += fmt::format("  {}  {} of {}\n", shown(op.name, console.out_terminal),
                          attribute_text(*op.attributes.find("order")),
                          type_text(graph.type(op.inputs[0])));
    }
    if (named < count) text += fmt::format("  and {} more\n", count - named);
    for (const StayingPermute::Reason& reason : group.reasons) {
      text += left_aligned("    " + reason.pass, kReason) +
              wrapped(reason.text, kReason, kReason, console.out_terminal);
    }
  }
  console.print(text);
}

/// Weights of which the source holds no values, so that the written file cannot either.
void tell_missing_values(const Graph& graph, const Console& console) {
  std::size_t missing = 0;
  for (const OpId op : graph.ops())
    missing += graph[op].is("Weight") && graph[op].data == nullptr ? 1U : 0U;
  if (missing == 0) return;
  console.say(
      fmt::format("note: the source holds no values of {} weights: the written file refers "
                  "to weights.bin, which is not there",
                  missing));
}

/// With --json standard output is one document.
Status check_json(const Arguments& arguments) {
  const bool prints = arguments.has(kPrintChangedFlag) || arguments.has(kPrintAfterFlag) ||
                      arguments.text(kOutputFlag) == "-";
  if (!prints) return Ok{};
  return Error{.code = ErrorCode::kUsage,
               .message = "--json and the text of networks both go to standard output",
               .hint = "leave out --json, or --print-changed, --print-after and -o -"};
}

/// Prints the network after passes and what changes took out and put in, as the flags say. Kept by
/// reference while the passes run.
class ChangePrinter {
 public:
  ChangePrinter(const Arguments& arguments, Console& console)
      : printed_(arguments.texts(kPrintAfterFlag)),
        prints_changes_(arguments.has(kPrintChangedFlag)),
        console_(console) {}

  void start(const Graph& graph) {
    before_ = graph;
    text_ = to_text(graph, {.types = true});
  }
  void change(const Graph& graph, const PassRun& run) {
    if (is_printed("all") || is_printed(run.name)) {
      console_.out->write(
          fmt::format("# after {}, round {}\n{}\n", run.name, run.round, to_text(graph)));
    }
    if (!prints_changes_) return;
    std::string changed = to_text(graph, {.types = true});
    console_.out->write(
        fmt::format("# {}, round {}\n{}\n", run.name, run.round, changed_lines(text_, changed)));
    text_ = std::move(changed);
  }
  /// The network before the passes.
  const Graph& before() const { return before_; }

 private:
  bool is_printed(const std::string& pass) const {
    return std::find(printed_.begin(), printed_.end(), pass) != printed_.end();
  }

  std::vector<std::string> printed_;
  bool prints_changes_;
  Console& console_;
  Graph before_{};
  std::string text_{};
};

Result<ExitCode> run_optimize(const Arguments& arguments, Console& console) {
  TPU_TRY(const auto switches, chosen_switches(arguments.text(kPassesFlag), arguments));
  TPU_TRY_STATUS(check_pass_names(arguments.texts(kPrintAfterFlag)));
  if (console.is_json) TPU_TRY_STATUS(check_json(arguments));
  const std::string path = arguments.text(kOutputFlag);
  Writer<Graph> writer;
  if (!path.empty() && !is_network_picture(path)) {
    TPU_TRY(writer, writer_for(path));
  }
  PipelineOptions options{.switches = switches, .verify_each = arguments.has(kVerifyFlag)};
  if (arguments.has(kStopFlag)) {
    TPU_TRY(const std::int64_t stop, arguments.number(kStopFlag));
    options.stop_after = static_cast<int>(std::min<std::int64_t>(stop, 1'000'000));
  }
  TPU_TRY(Configuration configuration, configuration_of(arguments));
  // A written network has the weights of its source, not what the chip rounds them to.
  if (writer.has_values) configuration.precision.values = LoweredValues::kKept;
  const std::string& source = arguments.positionals().at(0);
  TPU_TRY(const NetworkFile file, open_network(source));
  TPU_TRY(Graph imported, read_network(file, arguments, console, writer.has_values));
  if (writer.has_values) tell_missing_values(imported, console);
  TPU_TRY(const std::vector<std::string> notes,
          settle_precision(imported, arguments, configuration));
  for (const std::string& note : notes)
    console.say("note: " + note);
  Compiler compiler(std::move(imported), source);
  TPU_TRY(const std::shared_ptr<const Graph> network, compiler.batched(configuration));
  ChangePrinter printer(arguments, console);
  options.on_start = [&](const Graph& graph) { printer.start(graph); };
  options.on_change = [&](const Graph& graph, const PassRun& run) { printer.change(graph, run); };
  TPU_TRY(const Network after, rewrite(*network, configuration.precision, options));
  if (console.is_json) {
    write_statistics(printer.before(), after, arguments.has(kExplainFlag), *console.out);
  } else {
    if (path != "-") print_statistics(printer.before(), after, console);
    if (arguments.has(kExplainFlag)) print_staying(after.graph, after.passes, console);
  }
  if (path.empty()) return ExitCode::kDone;
  if (is_network_picture(path)) {
    TPU_TRY_STATUS(write_picture(after, configuration, switches, compiler, arguments, console));
    return ExitCode::kDone;
  }
  TPU_TRY_STATUS(write_file(path, writer.signature, arguments, console,
                            [&](ByteSink& sink) { return writer.write(after.graph, {}, sink); }));
  return ExitCode::kDone;
}

std::vector<Flag> optimize_flags() {
  std::vector<Flag> flags = precision_flags();
  const std::vector<Flag> network = network_flags();
  flags.insert(flags.begin(), network.begin(), network.end());
  flags.insert(flags.begin(), {kPassesFlag, kCompilerFlag});
  flags.insert(flags.end(), {kOutputFlag, kExplainFlag, kPrintChangedFlag, kPrintAfterFlag,
                             kVerifyFlag, kStopFlag, kForceFlag});
  return flags;
}

TPU_REGISTER(register_verb(
    {.name = "optimize",
     .summary = "runs the passes alone and writes the network that comes out",
     .examples = {"tpuscope optimize model.onnx -o better.json",
                  "tpuscope optimize swin_t --passes +cancel_permutes --print-changed",
                  "tpuscope optimize swin_t -o swin.svg", "tpuscope optimize swin_t --explain"},
     .positional = {.name = "MODEL", .help = "a file or a built-in network", .is_required = true},
     .flags = optimize_flags,
     .run = run_optimize}));

}  // namespace
}  // namespace tpuscope
