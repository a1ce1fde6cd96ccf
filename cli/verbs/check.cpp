// check: can these files be read, and what is in them?

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "cli/common_flags.h"
#include "cli/diagnostics.h"
#include "cli/session.h"
#include "graph/frontend.h"
#include "graph/text.h"
#include "profiles/figures.h"
#include "profiles/table.h"

namespace tpuscope {
namespace {

/// What is wrong or right with one file.
struct Finding {
  std::string file{};
  Errors errors{};
  std::size_t ops = 0;
  GraphCounts counts{};
};

Finding finding_of(const std::string& file) {
  Finding finding{.file = file};
  const Result<Graph> graph = load_graph(file);
  if (!graph.ok()) {
    finding.errors = graph.errors();
    return finding;
  }
  finding.ops = graph->ops().size();
  finding.counts = count(*graph);
  return finding;
}

std::string verdict_of(const Finding& finding) {
  if (finding.errors.empty()) return "understood";
  const bool is_unsupported = finding.errors.front().code == ErrorCode::kUnsupported;
  return is_unsupported ? "not understood" : "not readable";
}

void print_text(const std::vector<Finding>& findings, const Console& console) {
  Table table({{.title = "file", .is_name = true, .is_flexible = true},
               {.title = "", .is_name = true},
               {.title = "ops"},
               {.title = "MACs"},
               {.title = "parameters"}});
  for (const Finding& finding : findings) {
    const bool is_good = finding.errors.empty();
    const auto figure = [&](double value) { return is_good ? si_text(value) : "-"; };
    table.add({{finding.file},
               {verdict_of(finding), is_good ? Tone::kBetter : Tone::kWorse},
               {is_good ? std::to_string(finding.ops) : "-"},
               {figure(static_cast<double>(finding.counts.macs))},
               {figure(static_cast<double>(finding.counts.parameters))}});
  }
  console.out->write(table.text(console.out_terminal));
}

nlohmann::ordered_json json_of(const std::vector<Finding>& findings) {
  nlohmann::ordered_json files = nlohmann::ordered_json::array();
  for (const Finding& finding : findings) {
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
  std::vector<Finding> findings;
  for (const std::string& file : arguments.positionals())
    findings.push_back(finding_of(file));
  if (console.is_json) {
    console.out->write(json_of(findings).dump() + "\n");
  } else {
    print_text(findings, console);
  }
  // A file that cannot be read outweighs one that can and holds something unknown.
  ExitCode code = ExitCode::kDone;
  Console text_only = console;
  text_only.is_json = false;
  for (const Finding& finding : findings) {
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
                   .examples = {"tpuscope check model.onnx", "tpuscope check models/*.onnx",
                                "tpuscope check swin_t --json"},
                   .positional = {.name = "FILE",
                                  .help = "networks: files or built-in ones",
                                  .is_required = true,
                                  .repeats = true},
                   .run = run});

}  // namespace
}  // namespace tpuscope
