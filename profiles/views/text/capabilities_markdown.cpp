// The answer of `explain --capabilities` as Markdown, for comments and documents.

#include <algorithm>

#include <fmt/core.h>

#include "base/figures.h"
#include "base/text.h"
#include "base/writer.h"
#include "passes/precision/precision.h"
#include "profiles/views/text/markdown.h"
#include "profiles/views/whatif_views.h"

namespace tpuscope {
namespace {

/// What is saved, as the change of the time.
std::string saved_text(Picoseconds saved) {
  if (saved.value == 0) return "=";
  return saved.value > 0 ? "-" + time_text(saved) : "+" + time_text(Picoseconds{} - saved);
}

void write_ranking(const CapabilityRanking& ranking, Capability::Kind kind, std::string_view title,
                   std::string_view note, ByteSink& sink) {
  const bool has_any =
      std::any_of(ranking.rows.begin(), ranking.rows.end(),
                  [&](const RankedCapability& row) { return row.capability.kind == kind; });
  if (!has_any) return;
  sink.write(
      fmt::format("\n| {} | Shapley share | only this | all but this | ops | what it is |\n"
                  "|---|--:|--:|--:|--:|---|\n",
                  title));
  for (const RankedCapability& row : ranking.rows) {
    if (row.capability.kind != kind) continue;
    std::string average = saved_text(row.average);
    if (row.average_error.value > 0) average += " ± " + time_text(row.average_error);
    sink.write(fmt::format("| {} | {} | {} | {} | {} | {} |\n", as_markdown(row.capability.name),
                           average, saved_text(row.alone), saved_text(row.left_out),
                           row.capability.ops == 0 ? "" : grouped(row.capability.ops),
                           as_markdown(row.capability.summary)));
  }
  sink.write(fmt::format("\n{}\n", note));
}

void write_patterns(const CapabilityRanking& ranking, ByteSink& sink) {
  bool is_first = true;
  for (const RankedCapability& row : ranking.rows) {
    for (const CapabilityPattern& pattern : row.capability.patterns) {
      if (is_first) sink.write("\n| rule | ops | pattern | first |\n|---|--:|---|---|\n");
      is_first = false;
      sink.write(fmt::format("| {} | {} | {} | {} |\n", as_markdown(row.capability.name),
                             grouped(pattern.ops), as_markdown(pattern.text),
                             as_markdown(pattern.first)));
    }
  }
}

void write_capabilities_markdown(const RankedCapabilities& subject, ByteSink& sink) {
  const Identity& identity = subject.report->identity;
  sink.write(fmt::format("### {}, {} on {} (simulated): what the compiler could do and does not\n",
                         as_markdown(identity.model), precision_name(identity.precision),
                         as_markdown(identity.chip)));
  write_capability_markdown(*subject.ranking, sink);
}

}  // namespace

void write_capability_markdown(const CapabilityRanking& ranking, ByteSink& sink) {
  sink.write(fmt::format(
      "\n{} now, {} with these switches, lower bound with every rule lifted: {}.\n",
      time_text(ranking.present), time_text(ranking.all_switches), time_text(ranking.all_lifted)));
  write_ranking(ranking, Capability::Kind::kSwitch, "switches that are off",
                "Shapley share: mean gain over orders. Only this: turned on by itself. All but "
                "this: lost when only this one is off. What costs time is not used.",
                sink);
  write_ranking(ranking, Capability::Kind::kRule, "rules without local-memory support",
                "On top of these switches. Upper bounds: these forms are hypothetical; views are "
                "free, movements one pass.",
                sink);
  write_patterns(ranking, sink);
}

namespace {

TPU_REGISTER(register_writer<RankedCapabilities>(
    {.name = "markdown",
     .summary = "what the compiler could do and does not, for comments",
     .signature = "### ",
     .flag = {.name = "--markdown", .help = "with --capabilities: tables for comments"},
     .write = write_capabilities_markdown}));

}  // namespace
}  // namespace tpuscope
