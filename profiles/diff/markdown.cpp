// A diff as Markdown, for comments on changes.

#include "profiles/views/text/markdown.h"

#include <fmt/core.h>

#include "base/figures.h"
#include "base/text.h"
#include "base/writer.h"
#include "profiles/diff/diff.h"

namespace tpuscope {
namespace {

void write_figures(const std::vector<DiffFigure>& figures, std::string_view unit, ByteSink& sink) {
  for (const DiffFigure& figure : figures) {
    if (figure.base == 0 && figure.now == 0) continue;
    const std::string name = figure.name + std::string(unit);
    sink.write(fmt::format("| {} | {} | {} | {} |\n", as_markdown(title_of(name)),
                           amount_text(name, figure.base), amount_text(name, figure.now),
                           change_text(figure.base, figure.now)));
  }
}

/// Lengths of commands by class, where both ran the same streams.
void write_classes(const CommandDiff& commands, ByteSink& sink) {
  sink.write("\n| class of commands | commands | base | now | change |\n|---|--:|--:|--:|--:|\n");
  for (const CommandSums& row : commands.kinds) {
    sink.write(fmt::format("| {} | {} | {} | {} | {} |\n", as_markdown(row.name), row.commands,
                           amount_text("_ps", row.base.value), amount_text("_ps", row.now.value),
                           change_text(row.base.value, row.now.value)));
  }
}

void write_diff_markdown(const Diff& diff, const WriterView& view, ByteSink& sink) {
  sink.write(fmt::format("### {} against {}\n\n", as_markdown(diff.now->source),
                         as_markdown(diff.base->source)));
  for (const DiffFact& fact : diff.differing_facts) {
    sink.write(fmt::format("- **differs**: {}: {} and {}\n", as_markdown(fact.name),
                           as_markdown(fact.base), as_markdown(fact.now)));
  }
  for (const std::string& failure : diff.failures)
    sink.write("- **fails**: " + as_markdown(failure) + "\n");
  if (!diff.differing_facts.empty() || !diff.failures.empty()) sink.write("\n");
  sink.write("| | base | now | change |\n|---|--:|--:|--:|\n");
  write_figures(diff.figures, "", sink);
  if (!diff.waterfall.empty()) {
    sink.write("\n| where the time goes | base | now | change |\n|---|--:|--:|--:|\n");
    write_figures(diff.waterfall, "_ps", sink);
  }
  if (diff.commands) write_classes(*diff.commands, sink);
  sink.write("\n| op | type | match | base | now | change |\n|---|---|---|--:|--:|--:|\n");
  std::size_t shown = 0;
  for (const DiffRow& row : diff.rows) {
    if (row.change().value == 0 || (view.top > 0 && shown == view.top)) continue;
    ++shown;
    sink.write(fmt::format("| {} | {} | {} | {} | {} | {} |\n", as_markdown(label_of(row)),
                           as_markdown(row.first().type), name_of(row.match),
                           amount_text("_ps", row.base_time.value),
                           amount_text("_ps", row.now_time.value),
                           change_text(row.base_time.value, row.now_time.value)));
  }
  sink.write(fmt::format("\nMatched: {}.\n", counts_of(diff)));
}

TPU_REGISTER(register_writer<Diff>({.name = "markdown",
                                    .summary = "tables for comments on changes",
                                    .signature = "### ",
                                    .flag = {.name = "--markdown",
                                             .help = "tables for comments on changes"},
                                    .write = write_diff_markdown}));

}  // namespace
}  // namespace tpuscope
