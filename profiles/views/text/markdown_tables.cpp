// A run or a comparison as Markdown, for comments on changes and for documents: the gain, what each
// switch gives, the precisions, and what the time follows.

#include <fmt/core.h>

#include "base/figures.h"
#include "base/text.h"
#include "passes/pipeline.h"
#include "passes/precision/precision.h"
#include "profiles/views/results.h"
#include "profiles/views/text/markdown.h"
#include "profiles/views/text/text_answer.h"
#include "profiles/views/text/text_parts.h"
#include "profiles/views/whatif_views.h"

namespace tpuscope {
namespace {

std::string signed_time_markdown_tables(Picoseconds time) {
  if (time.value == 0) return "=";
  return (time.value < 0 ? "-" : "+") + time_text({time.value < 0 ? -time.value : time.value});
}

/// What else of the command line decided the run, as one would write it again.
void write_flags_markdown(const Identity& identity, ByteSink& sink) {
  if (identity.flags.empty()) return;
  sink.write(fmt::format("Run with {}.\n\n", as_markdown(join(identity.flags, " "))));
}

void write_gain(const Report& before, const Report& after, ByteSink& sink) {
  const Summary& a = before.summary;
  const Summary& b = after.summary;
  sink.write(fmt::format("### {}, {} on {} (simulated): {:.2f}x as fast\n\n",
                         as_markdown(after.identity.model),
                         precision_name(after.identity.precision), as_markdown(after.identity.chip),
                         ratio(a.makespan.value, b.makespan.value)));
  write_flags_markdown(after.identity, sink);
  sink.write(fmt::format("| | {} | {} | change |\n|---|--:|--:|--:|\n",
                         as_markdown(before.identity.preset), as_markdown(after.identity.preset)));
  const auto row = [&](std::string_view name, std::int64_t old_value, std::int64_t new_value,
                       auto text) {
    sink.write(fmt::format("| {} | {} | {} | {} |\n", name, text(old_value), text(new_value),
                           change_text(old_value, new_value)));
  };
  const auto as_time = [](std::int64_t time) { return time_text(Picoseconds{time}); };
  row("time", a.makespan.value, b.makespan.value, as_time);
  if (a.interval.exists() && b.interval.exists()) {
    sink.write(
        fmt::format("| {} | {} | {} | |\n", kIntervalTitle, interval_range(a), interval_range(b)));
  }
  if (a.batch > 1) row("time per image", a.per_image().value, b.per_image().value, as_time);
  sink.write(fmt::format("| bound by | {}, {} % | {}, {} % | |\n", a.verdict.bound(),
                         percent_text(a.verdict.share), b.verdict.bound(),
                         percent_text(b.verdict.share)));
  row("DDR bytes moved", a.ddr_read_bytes + a.ddr_write_bytes, b.ddr_read_bytes + b.ddr_write_bytes,
      bytes_text);
  row("exposed transfers", a.exposed().value, b.exposed().value, as_time);
}

void write_switches(const SwitchStudy& study, ByteSink& sink) {
  sink.write(
      "\n| switch | only this | cumulative | step gain | all but this | Shapley share | what it "
      "did |\n"
      "|---|--:|--:|--:|--:|--:|---|\n");
  const std::vector<SwitchStep>& steps = study.steps;
  for (std::size_t i = 1; i < steps.size(); ++i) {
    const SwitchStep& step = steps[i];
    std::string average = signed_time_markdown_tables(Picoseconds{} - step.average);
    if (step.average_error.value > 0) average += " ± " + time_text(step.average_error);
    sink.write(fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", as_markdown(step.name),
                           change_text(steps[0].makespan.value, step.alone.value),
                           time_text(step.makespan),
                           change_text(steps[i - 1].makespan.value, step.makespan.value),
                           change_text(steps.back().makespan.value, step.left_out.value), average,
                           step.did.empty() ? "not applicable" : as_markdown(step.did)));
  }
  sink.write(
      fmt::format("\nAll but this: against all. Shapley share: the mean gain over {}{} orders.\n",
                  study.is_exact ? "all " : "", grouped(study.orders)));
}

void write_precisions(const std::vector<PrecisionRow>& rows, ByteSink& sink) {
  std::string head = "\n| precision |";
  std::string rule = "|---|";
  const auto column = [&](const std::string& title) {
    head += " " + title + " |";
    rule += "--:|";
  };
  for (const Preset& preset : presets())
    column(std::string(preset.name));
  column("gain");
  for (const PrecisionRow& row : rows)
    column("against " + std::string(precision_name(row.precision)));
  column("DDR moved");
  column("useful");
  sink.write(head + "\n" + rule + "\n");
  const auto speedup = [](const VariantFigures& before, const VariantFigures& after) {
    return fmt::format(" {:.2f}x |", ratio(before.makespan.value, after.makespan.value));
  };
  for (const PrecisionRow& row : rows) {
    std::string line = "| " + std::string(precision_name(row.precision)) + " |";
    for (const VariantFigures& figures : row.presets)
      line += " " + time_text(figures.makespan) + " |";
    const VariantFigures& last = row.presets.back();
    line += speedup(row.presets[row.presets.size() - 2], last);
    for (const PrecisionRow& other : rows)
      line += speedup(other.presets.back(), last);
    sink.write(line + " " + bytes_text(last.ddr_bytes) + " | " + percent_text(last.useful) +
               " % |\n");
  }
  sink.write(fmt::format("\nGain: {} against {}; the columns behind it are of {}.\n",
                         presets().back().name, presets()[presets().size() - 2].name,
                         presets().back().name));
}

void write_sensitivities(const std::vector<Sensitivity>& rows, Picoseconds makespan,
                         ByteSink& sink) {
  sink.write(
      "\n| sensitivity to | is | 5 % more | time | 5 % less | time | elasticity |\n"
      "|---|--:|--:|--:|--:|--:|--:|\n");
  for (const Sensitivity& row : rows) {
    sink.write(fmt::format("| {} | {:g} | {:g} | {} | {:g} | {} | {} |\n", as_markdown(row.path),
                           row.value, row.raised,
                           signed_time_markdown_tables(row.when_raised - makespan), row.lowered,
                           signed_time_markdown_tables(row.when_lowered - makespan),
                           row.value == 0 ? "" : elasticity_text(row.elasticity)));
  }
  sink.write(
      "\nBy the critical path, with the plan as it is: at most so much is gained, at least so much "
      "is lost. Whole numbers change by at least 1. Elasticity: % of the time per % more.\n");
}

/// One run has nothing to be compared with.
void write_run_markdown_tables(const Report& report, ByteSink& sink) {
  const Summary& run = report.summary;
  sink.write(
      fmt::format("### {}, {} on {} ({}): {}\n\n", as_markdown(report.identity.model),
                  precision_name(report.identity.precision), as_markdown(report.identity.chip),
                  report.identity.is_measured ? "measured" : "simulated", time_text(run.makespan)));
  write_flags_markdown(report.identity, sink);
  sink.write(fmt::format("| | {} |\n|---|--:|\n", as_markdown(report.identity.preset)));
  sink.write(fmt::format("| time | {} |\n", time_text(run.makespan)));
  if (run.interval.exists()) {
    sink.write(fmt::format("| {} | {} |\n", kIntervalTitle, interval_range(run)));
  }
  if (const std::string evidence = evidence_text(report); !evidence.empty()) {
    sink.write(fmt::format("| evidence | {} |\n", evidence));
  }
  if (run.batch > 1) {
    sink.write(fmt::format("| time per image | {} |\n", time_text(run.per_image())));
  }
  sink.write(fmt::format("| bound by | {}, {} % |\n", run.verdict.bound(),
                         percent_text(run.verdict.share)));
  sink.write(fmt::format("| DDR bytes moved | {} |\n",
                         bytes_text(run.ddr_read_bytes + run.ddr_write_bytes)));
  sink.write(fmt::format("| exposed transfers | {} |\n", time_text(run.exposed())));
}

void write_run_markdown(const Results& results, ByteSink& sink) {
  const Report& after = results.after->report;
  if (results.before == nullptr) {
    write_run_markdown_tables(after, sink);
  } else {
    write_gain(results.before->report, after, sink);
  }
  if (const std::string budget = budget_sentence(results); !budget.empty()) {
    sink.write("\n**" + as_markdown(budget) + "**\n");
  }
  if (results.has_group_table) sink.write("\n" + group_table_markdown(*results.after));
  if (results.study.steps.size() > 1) write_switches(results.study, sink);
  if (!results.precisions.empty()) write_precisions(results.precisions, sink);
  if (results.sensitivities)
    write_sensitivities(*results.sensitivities, after.summary.makespan, sink);
  if (results.capabilities) write_capability_markdown(*results.capabilities, sink);
}

TPU_REGISTER(register_writer<Results>({.name = "markdown",
                                       .summary = "a comparison's tables, for comments",
                                       .signature = "### ",
                                       .flag = {.name = "--markdown",
                                                .help = "tables for comments on changes"},
                                       .write = write_run_markdown}));

}  // namespace
}  // namespace tpuscope
