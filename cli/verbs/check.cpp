// check: can these files be read, and what is in them? Networks by default; what the program writes
// and reads besides is told by its kind.

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "cli/common_flags.h"
#include "cli/diagnostics.h"
#include "cli/session.h"
#include "graph/frontend.h"
#include "graph/text.h"
#include "profiles/diff/run_summary.h"
#include "profiles/figures.h"
#include "profiles/input_file.h"
#include "profiles/table.h"
#include "profiles/trace_check.h"

namespace tpuscope {
namespace {

constexpr Flag kKindFlag{.name = "--kind",
                         .value = "network|trace|report|chip",
                         .help = "what the files are",
                         .fallback = "network"};

/// What is wrong or right with one file.
struct CheckedFile {
  std::string file{};
  Errors errors{};
  std::size_t ops = 0;
  GraphCounts counts{};
};

CheckedFile check_network(const std::string& file) {
  CheckedFile finding{.file = file};
  const Result<Graph> graph = load_graph(file);
  if (!graph.ok()) {
    finding.errors = graph.errors();
    return finding;
  }
  finding.ops = graph->ops().size();
  finding.counts = count(*graph);
  return finding;
}

/// A file that can be read and breaks rules is an answer, not a failure to read.
Errors as_answers(Errors errors) {
  for (Error& error : errors)
    error.code = ErrorCode::kUnsupported;
  return errors;
}

CheckedFile check_trace_file(const std::string& file) {
  const Result<std::string> bytes = read_input(file);
  if (!bytes.ok()) return {.file = file, .errors = bytes.errors()};
  const Status status = check_trace(*bytes, sanitised_utf8(file));
  return {.file = file, .errors = status.ok() ? Errors{} : as_answers(status.errors())};
}

CheckedFile check_report_file(const std::string& file) {
  const Result<RunSummary> run = read_run(file);
  return {.file = file, .errors = run.ok() ? Errors{} : run.errors()};
}

CheckedFile check_chip_file(const std::string& file) {
  const Result<Chip> chip = load_chip(file);
  return {.file = file, .errors = chip.ok() ? Errors{} : chip.errors()};
}

struct FileKind {
  std::string_view name{};
  CheckedFile (*check)(const std::string& file) = nullptr;
  bool is_network = false;  ///< has operators to count
};
constexpr FileKind kKinds[] = {{"network", check_network, true},
                               {"trace", check_trace_file},
                               {"report", check_report_file},
                               {"chip", check_chip_file}};

Result<const FileKind*> kind_of(const Arguments& arguments) {
  const std::string word = arguments.text(kKindFlag);
  std::vector<std::string> names;
  for (const FileKind& kind : kKinds) {
    if (kind.name == word) return &kind;
    names.emplace_back(kind.name);
  }
  return Error{.code = ErrorCode::kUsage,
               .message = fmt::format("{} is {}", kKindFlag.name, in_quotes(word)),
               .hint = did_you_mean(word, names)};
}

std::string verdict_of(const CheckedFile& finding, const FileKind& kind) {
  if (finding.errors.empty()) return kind.is_network ? "understood" : "good";
  const bool is_readable = finding.errors.front().code == ErrorCode::kUnsupported;
  if (!is_readable) return "not readable";
  return kind.is_network ? "not understood" : "breaks rules";
}

void print_text(const std::vector<CheckedFile>& findings, const FileKind& kind,
                const Console& console) {
  std::vector<Column> columns = {{.title = "file", .is_name = true, .is_flexible = true},
                                 {.title = "", .is_name = true}};
  if (kind.is_network) {
    columns.insert(columns.end(), {{.title = "ops"}, {.title = "MACs"}, {.title = "parameters"}});
  }
  Table table(std::move(columns));
  for (const CheckedFile& finding : findings) {
    const bool is_good = finding.errors.empty();
    const auto figure = [&](double value) { return is_good ? si_text(value) : "-"; };
    std::vector<Cell> row = {{finding.file},
                             {verdict_of(finding, kind), is_good ? Tone::kBetter : Tone::kWorse}};
    if (kind.is_network) {
      row.insert(row.end(), {{is_good ? std::to_string(finding.ops) : "-"},
                             {figure(static_cast<double>(finding.counts.macs))},
                             {figure(static_cast<double>(finding.counts.parameters))}});
    }
    table.add(std::move(row));
  }
  console.out->write(table.text(console.out_terminal));
}

nlohmann::ordered_json json_of(const std::vector<CheckedFile>& findings) {
  nlohmann::ordered_json files = nlohmann::ordered_json::array();
  for (const CheckedFile& finding : findings) {
    nlohmann::ordered_json errors = nlohmann::ordered_json::array();
    for (const Error& error : finding.errors)
      errors.push_back(json_of(error));
    files.push_back({{"file", sanitised_utf8(finding.file)},
                     {"understood", finding.errors.empty()},
                     {"ops", finding.ops},
                     {"macs", finding.counts.macs},
                     {"parameters", finding.counts.parameters},
                     {"errors", std::move(errors)}});
  }
  return {{"files", std::move(files)}};
}

Result<ExitCode> run(const Arguments& arguments, Console& console) {
  TPU_TRY(const FileKind* kind, kind_of(arguments));
  std::vector<CheckedFile> findings;
  for (const std::string& file : arguments.positionals())
    findings.push_back(kind->check(file));
  if (console.is_json) {
    console.out->write(json_of(findings).dump() + "\n");
  } else {
    print_text(findings, *kind, console);
  }
  // A file that cannot be read outweighs one that can and holds something unknown.
  ExitCode code = ExitCode::kDone;
  Console text_only = console;
  text_only.is_json = false;
  for (const CheckedFile& finding : findings) {
    if (finding.errors.empty()) continue;
    print_errors(finding.errors, text_only);
    const bool is_problem = finding.errors.front().code == ErrorCode::kUnsupported;
    if (!is_problem) code = ExitCode::kInvalidInput;
    if (is_problem && code == ExitCode::kDone) code = ExitCode::kAnswerIsNo;
  }
  return code;
}

const bool registered =
    register_verb({.name = "check",
                   .summary = "tells whether networks are understood, and what is in them",
                   .examples = {"tpuscope check model.onnx", "tpuscope check models/*.onnx --json",
                                "tpuscope check --kind trace timeline.json"},
                   .positional = {.name = "FILE",
                                  .help = "files, or built-in networks",
                                  .is_required = true,
                                  .repeats = true},
                   .flags = {kKindFlag},
                   .run = run});

}  // namespace
}  // namespace tpuscope
