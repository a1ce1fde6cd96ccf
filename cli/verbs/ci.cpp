// ci: the gates of a file, for continuous integration: each a run of `profile`, set beside the
// report that is kept of it, with conditions as `diff --fail-on` takes them.
//
//   {"gates": [{"name": "classifier, INT8",
//               "profile": ["models/classifier.onnx", "--precision", "int8"],
//               "baseline": "ci/classifier.json",
//               "fail_on": ["time>5ms", "time>+2%"]}]}

#include <optional>

#include <fmt/core.h>

#include "base/figures.h"
#include "base/input_file.h"
#include "base/json_writer.h"
#include "base/strict_json.h"
#include "base/text.h"
#include "cli/common_flags.h"
#include "cli/program.h"
#include "profiles/diff/diff.h"
#include "profiles/views/text/markdown.h"
#include "profiles/views/text/table.h"

namespace tpuscope {
namespace {

constexpr Flag kUpdateFlag{.name = "--update",
                           .help = "write the baselines anew, then judge by the limits alone"};
constexpr Flag kCiMarkdownFlag{.name = "--markdown", .help = "a table for comments on changes"};

struct Gate {
  std::string name{};
  std::vector<std::string> profile{};  ///< words of `profile`: the model and flags
  std::string baseline{};              ///< a report; empty: only limits are judged
  std::vector<FailCondition> conditions{};
};

Result<Gate> read_gate(const JsonReader& json) {
  TPU_TRY_STATUS(json.expect_keys({"name", "profile", "baseline", "fail_on"}));
  Gate gate;
  TPU_TRY(const JsonReader profile, json.at("profile"));
  TPU_TRY(gate.profile, profile.texts());
  if (gate.profile.empty()) {
    return profile.error("a gate without a model", "the words of `tpuscope profile`, model first");
  }
  gate.name = gate.profile.front();
  if (json.has("name")) {
    TPU_TRY(const JsonReader name, json.at("name"));
    TPU_TRY(gate.name, name.text());
  }
  if (json.has("baseline")) {
    TPU_TRY(const JsonReader baseline, json.at("baseline"));
    TPU_TRY(gate.baseline, baseline.text());
  }
  TPU_TRY(const JsonReader fail_on, json.at("fail_on"));
  TPU_TRY(const std::vector<std::string> conditions, fail_on.texts());
  for (const std::string& text : conditions) {
    Result<FailCondition> condition = parse_condition(text);
    if (!condition.ok()) return fail_on.error(condition.error().message, condition.error().hint);
    if (condition->is_change && gate.baseline.empty()) {
      return fail_on.error(fmt::format("{} judges a change, and there is no baseline",
                                       in_quotes(sanitised_utf8(text))),
                           "name a report under \"baseline\"; --update writes it");
    }
    gate.conditions.push_back(*std::move(condition));
  }
  return gate;
}

Result<std::vector<Gate>> read_gates(const std::string& path) {
  TPU_TRY(const std::string text, read_input(path));
  TPU_TRY(const auto json, parse_json(text, path));
  const JsonReader file(json, path);
  TPU_TRY_STATUS(file.expect_keys({"gates"}));
  TPU_TRY(const JsonReader list, file.at("gates"));
  TPU_TRY(const std::vector<JsonReader> elements, list.elements());
  std::vector<Gate> gates;
  for (const JsonReader& element : elements) {
    TPU_TRY(Gate gate, read_gate(element));
    gates.push_back(std::move(gate));
  }
  if (gates.empty()) return list.error("a file without gates");
  return gates;
}

/// What came of a gate.
struct Judgement {
  const Gate* gate = nullptr;
  std::string error{};  ///< why there is no answer
  ExitCode code = ExitCode::kDone;
  std::optional<std::int64_t> before{};  ///< picoseconds; none without a baseline
  std::int64_t now = 0;
  std::vector<std::string> failures{};

  bool is_good() const { return error.empty() && failures.empty(); }
};

/// Runs `profile` with these words into memory; an error's text where it fails.
ExitCode run_words_of(const Gate& gate, const std::vector<std::string>& more, std::string& out,
                      std::string& error) {
  std::vector<std::string> words = {"profile"};
  words.insert(words.end(), gate.profile.begin(), gate.profile.end());
  words.insert(words.end(), more.begin(), more.end());
  words.emplace_back(kQuietFlag.name);
  StringSink out_sink;
  StringSink err_sink;
  Console console{&out_sink, &err_sink};
  const ExitCode code = run_program(words, console);
  out = out_sink.text();
  error = err_sink.text();
  return code;
}

/// Runs a gate and, with `updates`, writes its baseline.
Result<Judgement> judged(const Gate& gate, bool updates) {
  Judgement judgement{.gate = &gate};
  std::string report;
  judgement.code = run_words_of(gate, {std::string(kJsonFlag.name)}, report, judgement.error);
  if (judgement.code == ExitCode::kAnswerIsNo) {
    judgement.failures.emplace_back("over its own --budget");
  } else if (judgement.code != ExitCode::kDone) {
    return judgement;
  }
  judgement.error.clear();
  TPU_TRY(const RunSummary now, read_report(report, gate.name));
  RunSummary base = now;
  if (updates && !gate.baseline.empty()) {
    std::string unused;
    judgement.code = run_words_of(gate, {"--report", gate.baseline, std::string(kForceFlag.name)},
                                  unused, judgement.error);
    if (judgement.code > ExitCode::kAnswerIsNo) return judgement;
    judgement.error.clear();
  } else if (!gate.baseline.empty()) {
    TPU_TRY(base, read_run(gate.baseline));
  }
  const Diff diff = diff_runs(base, now);
  const std::int64_t* const time = now.metric("time_ps");
  judgement.now = time == nullptr ? 0 : *time;
  if (const std::int64_t* const before = base.metric("time_ps");
      before != nullptr && !gate.baseline.empty())
    judgement.before = *before;
  for (const FailCondition& condition : gate.conditions) {
    TPU_TRY(std::string failure, failure_of(condition, diff));
    if (!failure.empty()) judgement.failures.push_back(std::move(failure));
  }
  return judgement;
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

std::string verdict_of_gate(const Judgement& judgement) {
  if (!judgement.error.empty()) return "no answer: " + first_line(judgement.error);
  return judgement.failures.empty() ? "passed" : "failed: " + join(judgement.failures, "; ");
}

/// Name, time, baseline, change, verdict.
std::vector<std::string> row_of(const Judgement& judgement) {
  const bool has_time = judgement.error.empty();
  return {judgement.gate->name, has_time ? amount_text("time_ps", judgement.now) : "-",
          judgement.before ? amount_text("time_ps", *judgement.before) : "-",
          judgement.before ? change_text(*judgement.before, judgement.now) : "-",
          verdict_of_gate(judgement)};
}

void print_judgements(const std::vector<Judgement>& judgements, const Console& console) {
  Table table({{.title = "gate", .is_name = true},
               {.title = "time"},
               {.title = "baseline", .importance = 3},
               {.title = "change"},
               {.title = "", .is_name = true, .is_flexible = true}});
  for (const Judgement& judgement : judgements) {
    std::vector<Cell> cells;
    for (std::string& text : row_of(judgement))
      cells.push_back({std::move(text)});
    cells.back().tone = judgement.is_good() ? Tone::kBetter : Tone::kWorse;
    table.add(std::move(cells));
  }
  console.print(table.text(console.out_terminal));
}

void write_markdown_of(const std::vector<Judgement>& judgements, ByteSink& sink) {
  sink.write("| gate | time | baseline | change | |\n|---|--:|--:|--:|---|\n");
  for (const Judgement& judgement : judgements) {
    std::string line = "|";
    for (const std::string& text : row_of(judgement))
      line += " " + as_markdown(text) + " |";
    sink.write(line + "\n");
  }
}

void write_json_of(const std::vector<Judgement>& judgements, ByteSink& sink) {
  JsonWriter json(sink);
  json.object([&] {
    json.objects("gates", judgements, [&](const Judgement& judgement) {
      json.member("name", sanitised_utf8(judgement.gate->name));
      json.member("passed", judgement.is_good());
      json.member("time_ps", judgement.now);
      json.member("baseline_time_ps", judgement.before);
      json.member("failures", judgement.failures);
      if (!judgement.error.empty()) json.member("error", sanitised_utf8(judgement.error));
    });
  });
  json.finish("\n");
}

Result<ExitCode> run_ci(const Arguments& arguments, Console& console) {
  TPU_TRY(const std::vector<Gate> gates, read_gates(arguments.positionals().at(0)));
  std::vector<Judgement> judgements;
  ExitCode code = ExitCode::kDone;
  for (const Gate& gate : gates) {
    TPU_TRY(Judgement judgement, judged(gate, arguments.has(kUpdateFlag)));
    // What could not be run outweighs what ran and is too slow.
    code = std::max(code, judgement.code);
    if (!judgement.failures.empty()) code = std::max(code, ExitCode::kAnswerIsNo);
    judgements.push_back(std::move(judgement));
  }
  if (console.is_json) {
    write_json_of(judgements, *console.out);
  } else if (arguments.has(kCiMarkdownFlag)) {
    write_markdown_of(judgements, *console.out);
  } else {
    print_judgements(judgements, console);
  }
  for (const Judgement& judgement : judgements) {
    if (!judgement.error.empty()) console.complain(judgement.error);
  }
  return code;
}

std::vector<Flag> ci_flags() {
  return {kUpdateFlag, kCiMarkdownFlag};
}

TPU_REGISTER(register_verb(
    {.name = "ci",
     .summary = "gates for continuous integration: budgets and baselines of a file of models",
     .examples = {"tpuscope ci ci/gates.json", "tpuscope ci ci/gates.json --markdown",
                  "tpuscope ci ci/gates.json --update"},
     .positional = {.name = "FILE",
                    .help = "JSON: models with flags, baselines and conditions (docs/ci.md)",
                    .is_required = true},
     .flags = ci_flags,
     .run = run_ci}));

}  // namespace
}  // namespace tpuscope
