// A validation as Markdown, for docs/accuracy.md: every figure and every row.

#include "profiles/views/text/markdown.h"

#include <fmt/core.h>

#include "base/text.h"
#include "base/writer.h"
#include "profiles/accuracy/language_rows.h"
#include "profiles/accuracy/parts.h"

namespace tpuscope {
namespace {

/// Titles and the line under them: `names` columns to the left, the others to the right.
void write_head(const std::vector<std::string>& titles, std::size_t names, ByteSink& sink) {
  std::string rule = "|";
  for (std::size_t i = 0; i < titles.size(); ++i)
    rule += i < names ? "---|" : "--:|";
  sink.write("| " + join(titles, " | ") + " |\n" + rule + "\n");
}

void write_line(const std::vector<std::string>& cells, bool is_bold, ByteSink& sink) {
  std::string line = "|";
  for (const std::string& text : cells)
    line += is_bold ? fmt::format(" **{}** |", as_markdown(text))
                    : fmt::format(" {} |", as_markdown(text));
  sink.write(line + "\n");
}

void write_table_markdown(const AccuracyTable& table, ByteSink& sink) {
  sink.write(fmt::format("\n### {}\n\n", table.title));
  std::vector<std::string> titles = table.columns;
  titles.insert(titles.end(), accuracy_titles().begin(), accuracy_titles().end());
  write_head(titles, table.columns.size(), sink);
  for (const AccuracyLine& line : table.lines) {
    std::vector<std::string> cells = line.labels;
    const std::vector<std::string> figures = accuracy_texts(line.accuracy);
    cells.insert(cells.end(), figures.begin(), figures.end());
    write_line(cells, line.is_total, sink);
  }
}

void write_gains_markdown(const std::vector<Gain>& gains, ByteSink& sink) {
  if (gains.empty()) return;
  sink.write(fmt::format("\n### {}\n\n", kGainTitle));
  write_head({"change", "chip", "type", "pairs", "predicted", "measured", "factor"}, 3, sink);
  for (const Gain& gain : gains) {
    write_line({gain.change, gain.chip, gain.precision, std::to_string(gain.pairs),
                fmt::format("{:.2f}x", gain.predicted), fmt::format("{:.2f}x", gain.measured),
                fmt::format("{:.3f}", gain.factor)},
               false, sink);
  }
}

void write_rows_markdown(const Validation& validation, ByteSink& sink) {
  sink.write("\n### All rows\n\n");
  write_head({"network", "chip", "type", "passes", "bound", "quality", "cores", "batch",
              "predicted ms", "measured ms", "ratio"},
             6, sink);
  for (const Prediction& row : validation.rows) {
    const Measurement& measured = row.measurement;
    write_line(
        {model_name(measured), measured.chip, type_name(measured), way_name(measured),
         row.ok() ? bound_text(row.outcome) : row.error, std::string(name_of(measured.quality)),
         std::to_string(measured.cores), measured.batch > 0 ? std::to_string(measured.batch) : "-",
         row.ok() ? milliseconds_text(row.milliseconds()) : "-",
         milliseconds_text(measured.milliseconds),
         row.ok() ? fmt::format("{:.2f}", row.ratio()) : "-"},
        false, sink);
  }
}

void write_accuracy_markdown(const Validation& validation, ByteSink& sink) {
  sink.write(fmt::format("{} measured rows of `{}`. ", validation.rows.size(),
                         sanitised_utf8(validation.source)));
  for (const std::string& note : validation.notes)
    sink.write(note + ". ");
  sink.write(
      "\n\n*factor*: geometric mean of the larger of predicted/measured and its inverse. *bias*: "
      "geometric mean of predicted/measured.\n*worst*, *median* and *90 %*: of the error factors. "
      "*rank*: Spearman's correlation.\n*in 1.2x*, *in 1.5x*: share of rows that are off by no "
      "more.\n");
  for (const AccuracyTable& table : validation.tables)
    write_table_markdown(table, sink);
  write_gains_markdown(validation.gains, sink);
  write_rows_markdown(validation, sink);
}

TPU_REGISTER(register_writer<Validation>({.name = "markdown",
                                          .summary = "tables for documents",
                                          .flag = {.name = "--markdown",
                                                   .help = "tables for documents"},
                                          .write = write_accuracy_markdown}));

}  // namespace
}  // namespace tpuscope
