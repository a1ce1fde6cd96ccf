// A validation for the terminal: figures by chip, then the rows with the largest errors.

#include "base/text.h"

#include <algorithm>

#include <fmt/core.h>

#include "base/figures.h"
#include "base/writer.h"
#include "profiles/accuracy/language_rows.h"
#include "profiles/accuracy/parts.h"
#include "profiles/views/text/table.h"

namespace tpuscope {
namespace {

void write_table_text(const AccuracyTable& table, const Terminal& terminal, ByteSink& sink) {
  std::vector<Column> columns;
  for (const std::string& title : table.columns)
    columns.push_back({.title = title, .is_name = true});
  int importance = 9;
  for (const std::string& title : accuracy_titles())
    columns.push_back({.title = title, .importance = std::max(1, importance--)});
  Table text(std::move(columns));
  for (const AccuracyLine& line : table.lines) {
    const Tone tone = line.is_total ? Tone::kHeadline : Tone::kPlain;
    std::vector<Cell> cells;
    for (const std::string& label : line.labels)
      cells.push_back({label, tone});
    for (const std::string& figure : accuracy_texts(line.accuracy))
      cells.push_back({figure, tone});
    text.add(std::move(cells));
  }
  sink.write(painted(table.title, Tone::kHeadline, terminal) + "\n");
  sink.write(text.text(terminal) + "\n");
}

void write_gains_text(const std::vector<Gain>& gains, const Terminal& terminal, ByteSink& sink) {
  if (gains.empty()) return;
  Table text({{.title = "change", .is_name = true},
              {.title = "chip", .is_name = true},
              {.title = "type", .is_name = true},
              {.title = "pairs"},
              {.title = "predicted"},
              {.title = "measured"},
              {.title = "factor"}});
  for (const Gain& gain : gains) {
    text.add({{gain.change},
              {gain.chip},
              {gain.precision},
              {std::to_string(gain.pairs)},
              {fmt::format("{:.2f}x", gain.predicted)},
              {fmt::format("{:.2f}x", gain.measured)},
              {fmt::format("{:.3f}", gain.factor)}});
  }
  sink.write(painted(kGainTitle, Tone::kHeadline, terminal) + "\n");
  sink.write(text.text(terminal) + "\n");
}

void write_rows_text(const Validation& validation, std::size_t top, const Terminal& terminal,
                     ByteSink& sink) {
  PredictionSet rows = validation.worst_first();
  std::erase_if(rows, [](const Prediction* row) { return !row->ok(); });
  const std::size_t count = top == 0 ? rows.size() : std::min(top, rows.size());
  Table text({{.title = "network", .is_name = true, .is_flexible = true},
              {.title = "chip", .is_name = true},
              {.title = "cores", .importance = 5},
              {.title = "type", .is_name = true},
              {.title = "batch", .importance = 4},
              {.title = "passes", .is_name = true, .importance = 2},
              {.title = "predicted ms"},
              {.title = "measured ms"},
              {.title = "ratio"},
              {.title = "bound", .is_name = true, .importance = 6},
              {.title = "quality", .is_name = true, .importance = 3}});
  for (std::size_t i = 0; i < count; ++i) {
    const Prediction& row = *rows[i];
    const Measurement& measured = row.measurement;
    text.add(
        {{model_name(measured)},
         {measured.chip},
         {std::to_string(measured.cores)},
         {type_name(measured)},
         {measured.batch > 0 ? std::to_string(measured.batch) : "-"},
         {way_name(measured)},
         {milliseconds_text(row.milliseconds())},
         {milliseconds_text(measured.milliseconds)},
         {fmt::format("{:.2f}", row.ratio()), row.factor() > 1.5 ? Tone::kWarning : Tone::kPlain},
         {bound_text(row.outcome)},
         {std::string(name_of(measured.quality)),
          measured.quality == Quality::kGood ? Tone::kPlain : Tone::kDim}});
  }
  const std::string title =
      count < rows.size()
          ? fmt::format("The {} rows with the largest errors of {}", count, rows.size())
          : fmt::format("All {} rows, largest errors first", count);
  sink.write(painted(title, Tone::kHeadline, terminal) + "\n");
  sink.write(text.text(terminal));
}

void write_accuracy_text(const Validation& validation, const WriterView& view, ByteSink& sink) {
  const Terminal& terminal = view.terminal;
  sink.write(fmt::format("{}: {} measured rows, predicted / measured\n\n",
                         sanitised_utf8(validation.source), validation.rows.size()));
  for (const AccuracyTable& table : validation.tables)
    write_table_text(table, terminal, sink);
  write_gains_text(validation.gains, terminal, sink);
  write_rows_text(validation, view.top, terminal, sink);
  for (const Prediction& row : validation.rows) {
    if (row.ok()) continue;
    sink.write(shown(fmt::format("  line {}: {}: {}", row.measurement.line,
                                 label_of(row.measurement), row.error),
                     terminal) +
               "\n");
  }
  for (const std::string& note : validation.notes)
    sink.write("  " + note + "\n");
  sink.write(
      "  factor: geometric mean of the larger of predicted/measured and its inverse; bias: "
      "geometric mean of the ratio\n");
}

TPU_REGISTER(register_writer<Validation>({.name = "text",
                                          .summary = "tables for the terminal",
                                          .signature = "",
                                          .write = write_accuracy_text}));

}  // namespace

const std::vector<std::string>& accuracy_titles() {
  static const std::vector<std::string> titles = {"rows",    "factor",  "bias", "worst",
                                                  "rank",    "median",  "90 %", "in 1.2x",
                                                  "in 1.5x", "networks"};
  return titles;
}

std::vector<std::string> accuracy_texts(const Accuracy& accuracy) {
  if (accuracy.rows == 0) return {"0", "-", "-", "-", "-", "-", "-", "-", "-", "0"};
  return {std::to_string(accuracy.rows),
          fmt::format("{:.3f}", accuracy.factor),
          fmt::format("{:.3f}", accuracy.bias),
          fmt::format("{:.2f}", accuracy.worst),
          rank_text(accuracy.rank),
          fmt::format("{:.2f}", accuracy.median),
          fmt::format("{:.2f}", accuracy.percentile_90),
          fmt::format("{:.0f} %", accuracy.within_1_2 * 100),
          fmt::format("{:.0f} %", accuracy.within_1_5 * 100),
          std::to_string(accuracy.models)};
}

std::string rank_text(const std::optional<double>& rank) {
  return rank ? fmt::format("{:.3f}", *rank) : "-";
}

std::string milliseconds_text(double milliseconds) {
  const int decimals = milliseconds < 0.9995  ? 3
                       : milliseconds < 9.995 ? 2
                       : milliseconds < 99.95 ? 1
                                              : 0;
  return fmt::format("{:.{}f}", milliseconds, decimals);
}

std::string bound_text(const Outcome& outcome) {
  const Verdict verdict = verdict_of(outcome.waterfall);
  return fmt::format("{} {} %", verdict.bound(), percent_text(verdict.share));
}

}  // namespace tpuscope
