// check: can these networks be read and run, what is in them, and does an independent verifier find
// their schedules in order?

#include <exception>

#include <fmt/core.h>

#include "base/figures.h"
#include "base/text.h"
#include "cli/common_flags.h"
#include "cli/diagnostics.h"
#include "cli/file_checks.h"
#include "cli/group_flags.h"
#include "cli/network_flags.h"
#include "cli/program.h"
#include "cli/session.h"
#include "graph/frontend.h"
#include "passes/streams/compiled_network.h"
#include "profiles/views/text/table.h"
#include "profiles/views/text/text_parts.h"
#include "sim/verify/schedule_check.h"

namespace tpuscope {
namespace {

/// What is wrong or right with one file.
struct CheckedNetwork {
  std::string file{};
  Errors errors{};
  bool is_read = false;
  bool is_simulated = false;
  std::string bug{};    ///< what failed in us: this file is judged no further
  Errors violations{};  ///< what the verifier found in the schedule
  std::size_t ops = 0;
  GraphCounts counts{};
  bool is_compiled = false;  ///< its weights are not looked at
  std::size_t commands = 0;
  BankUse banks{};

  bool is_good() const { return errors.empty() && violations.empty() && bug.empty(); }
};

/// Runs a network, and has its schedule verified.
void run_and_verify(Compiler& compiler, const Configuration& configuration,
                    CheckedNetwork& finding) {
  const Result<std::shared_ptr<const Graph>> graph = compiler.batched(configuration);
  if (!graph.ok()) {
    finding.errors = graph.errors();
    return;
  }
  finding.is_read = true;
  finding.ops = (*graph)->ops().size();
  finding.counts = count(**graph);
  const Result<Run> run = compiler.run(configuration);
  if (!run.ok()) {
    finding.errors = run.errors();
    return;
  }
  finding.is_simulated = true;
  const Simulation& simulation = run->simulation;
  finding.commands = simulation.program.commands.size();
  // Operators of another compiler do not say what they multiply; its commands do.
  finding.is_compiled = compiler.compiled() != nullptr;
  if (finding.is_compiled) finding.counts.macs = simulation.bounds.macs;
  if (simulation.banks) finding.banks = *simulation.banks;
  finding.violations = finding.is_compiled
                           ? check_compiled(*compiler.compiled(), *run->chip, simulation)
                           : check_schedule(run->network->graph, *run->chip, simulation.program,
                                            simulation.timeline);
}

CheckedNetwork finding_of(const std::string& file, Configuration configuration,
                          const Arguments& arguments, const Console& console) {
  CheckedNetwork finding{.file = file};
  if (is_compiled(file)) {
    const auto compiler = open_compiled(file, arguments, configuration);
    if (compiler.ok()) {
      run_and_verify(**compiler, configuration, finding);
    } else {
      finding.errors = compiler.errors();
    }
    return finding;
  }
  if (const Status plan = refuse_plan(file); !plan.ok()) {
    finding.errors = plan.errors();
    return finding;
  }
  const Result<NetworkFile> opened = open_network(file);
  if (!opened.ok()) {
    finding.errors = opened.errors();
    return finding;
  }
  Result<Graph> imported = read_network(*opened, arguments, console);
  if (!imported.ok()) {
    finding.errors = imported.errors();
    return finding;
  }
  const auto notes = settle_precision(*imported, arguments, configuration);
  if (!notes.ok()) {
    finding.errors = notes.errors();
    return finding;
  }
  Compiler compiler(*std::move(imported), file);
  run_and_verify(compiler, configuration, finding);
  return finding;
}

/// As finding_of, where a bug of ours ends the row and not the program: the table is for all files.
CheckedNetwork guarded_finding_of(const std::string& file, const Configuration& configuration,
                                  const Arguments& arguments, const Console& console) {
  try {
    return finding_of(file, configuration, arguments, console);
  } catch (const std::exception& failure) {  // a failed check, or memory that ran out
    CheckedNetwork finding{.file = file};
    finding.bug = failure.what();
    return finding;
  }
}

/// One row per file; of a compiled model one per net and input shape, unless one is chosen.
std::vector<CheckedNetwork> findings_of(const std::string& file, const Configuration& configuration,
                                        const Arguments& arguments, const Console& console) {
  std::vector<NetStage> stages;
  if (!arguments.has(kNetFlag) && is_compiled(file)) {
    Result<std::vector<NetStage>> read = stages_of(file);
    if (read.ok()) stages = *std::move(read);
  }
  if (stages.size() < 2) return {guarded_finding_of(file, configuration, arguments, console)};
  std::vector<CheckedNetwork> findings;
  for (const NetStage& stage : stages) {
    Arguments own = arguments;
    own.set(kNetFlag.name, {stage.choice});
    CheckedNetwork& finding =
        findings.emplace_back(guarded_finding_of(file, configuration, own, console));
    finding.file = fmt::format("{} {} {}", file, stage.choice, stage.inputs);
  }
  return findings;
}

std::string verdict_of_check(const CheckedNetwork& finding) {
  if (!finding.bug.empty()) return "internal error";
  if (finding.is_simulated) return "supported";
  if (finding.is_read) return "does not run";
  const bool is_unsupported = finding.errors.front().code == ErrorCode::kUnsupported;
  return is_unsupported ? "not supported" : "not readable";
}

/// "verified" when every command of the schedule passed.
std::string schedule_text(const CheckedNetwork& finding) {
  if (!finding.is_simulated) return "-";
  return finding.violations.empty() ? "verified" : "violated";
}

void print_text(const std::vector<CheckedNetwork>& findings, const Console& console) {
  Table table({{.title = "file", .is_name = true, .is_flexible = true},
               {.title = "", .is_name = true},
               {.title = "ops"},
               {.title = "MACs"},
               {.title = "parameters"},
               {.title = "commands"},
               {.title = "schedule"}});
  for (const CheckedNetwork& finding : findings) {
    const auto figure = [&](double value) { return finding.is_read ? si_text(value) : "-"; };
    const Tone tone = finding.is_good() ? Tone::kBetter : Tone::kWorse;
    table.add({{finding.file},
               {verdict_of_check(finding), finding.is_simulated ? Tone::kBetter : Tone::kWorse},
               {finding.is_read ? std::to_string(finding.ops) : "-"},
               {figure(static_cast<double>(finding.counts.macs))},
               {finding.is_compiled ? "-" : figure(static_cast<double>(finding.counts.parameters))},
               {finding.is_simulated ? std::to_string(finding.commands) : "-"},
               {schedule_text(finding), tone}});
  }
  console.print(table.text(console.out_terminal));
  for (const CheckedNetwork& finding : findings) {
    if (finding.banks.computations == 0) continue;
    console.say(fmt::format("note: {}: {}", finding.file, bank_text(finding.banks)));
  }
}

void write_checks(const std::vector<CheckedNetwork>& findings, ByteSink& sink) {
  JsonWriter json(sink);
  json.object([&] {
    json.objects("files", findings, [&](const CheckedNetwork& finding) {
      json.member("file", sanitised_utf8(finding.file));
      json.member("understood", finding.errors.empty() && finding.bug.empty());
      json.member("schedule", schedule_text(finding));
      json.member("ops", finding.ops);
      json.member("macs", finding.counts.macs);
      json.member("parameters", finding.counts.parameters);
      json.member("commands", finding.commands);
      if (finding.banks.computations > 0) {
        json.member("bank_computations", finding.banks.computations);
        json.member("bank_sharing", finding.banks.sharing);
        json.member("bank_meeting", finding.banks.meeting);
        json.member("bank_met_ps", finding.banks.met);
      }
      write_errors(json, "errors", finding.errors);
      write_errors(json, "violations", finding.violations);
      if (!finding.bug.empty()) json.member("internal_error", sanitised_utf8(finding.bug));
    });
  });
  json.finish("\n");
}

/// Prints what is wrong with a file, and returns the status that it asks for.
ExitCode print_finding(const CheckedNetwork& finding, const Console& console) {
  if (!finding.bug.empty()) {
    report_bug(finding.bug, {"check", finding.file}, *console.err);
    return ExitCode::kInternalError;
  }
  if (!finding.violations.empty()) {
    print_errors(finding.violations, console);
    return ExitCode::kAnswerIsNo;
  }
  print_errors(finding.errors, console);
  const bool is_problem = finding.errors.front().code == ErrorCode::kUnsupported;
  return is_problem ? ExitCode::kAnswerIsNo : ExitCode::kInvalidInput;
}

Result<ExitCode> run_check(const Arguments& arguments, Console& console) {
  TPU_TRY(const bool are_networks, wants_networks(arguments));
  if (!are_networks) return check_files(arguments, console);
  TPU_TRY(const SwitchSet switches, chosen_switches(arguments.text(kPassesFlag), arguments));
  TPU_TRY(Configuration configuration, configuration_of(arguments));
  choose_switches(configuration, switches);
  std::vector<CheckedNetwork> findings;
  for (const std::string& file : arguments.positionals()) {
    for (CheckedNetwork& finding : findings_of(file, configuration, arguments, console))
      findings.push_back(std::move(finding));
  }
  if (console.is_json) {
    write_checks(findings, *console.out);
  } else {
    print_text(findings, console);
  }
  // A bug of ours outweighs a file that cannot be read, and that one a file that can and holds
  // something unknown: in the order of the codes.
  ExitCode code = ExitCode::kDone;
  Console text_only = console;
  text_only.is_json = false;
  for (const CheckedNetwork& finding : findings) {
    if (!finding.is_good()) code = std::max(code, print_finding(finding, text_only));
  }
  return code;
}

std::vector<Flag> check_flags() {
  std::vector<Flag> flags = network_flags();
  flags.insert(flags.begin(), {kKindFlag, kPassesFlag});
  flags.insert(flags.end(), {kPrecisionFlag, kPrecisionTableFlag, kIoFlag, kChipFlag, kCoresFlag,
                             kSetFlag, kLaunchFlag, kNetFlag});
  const std::vector<Flag> groups = group_flags();
  flags.insert(flags.end(), groups.begin(), groups.end());
  return flags;
}

TPU_REGISTER(register_verb(
    {.name = "check",
     .summary = "validates models and schedules",
     .examples = {"tpuscope check model.onnx", "tpuscope check models/*.onnx --precision f32",
                  "tpuscope check --kind trace timeline.json"},
     .positional = {.name = "FILE",
                    .help = "networks, built-in ones too, or files of --kind",
                    .is_required = true,
                    .repeats = true},
     .flags = check_flags,
     .run = run_check}));

}  // namespace
}  // namespace tpuscope
