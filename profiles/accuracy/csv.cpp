// A validation as CSV: one line per measured row in the order of the table, with where the
// predicted time goes, for work on the residuals.

#include "base/csv.h"

#include <algorithm>

#include <fmt/core.h>

#include "base/text.h"
#include "base/writer.h"
#include "profiles/accuracy/language_rows.h"
#include "profiles/accuracy/parts.h"

namespace tpuscope {
namespace {

std::string in_milliseconds(Picoseconds time) {
  return fmt::format("{:.6f}", static_cast<double>(time.value) * 1e-9);
}

/// "charged_load_weight_ms" for the kind "Load weight".
std::string column_of(CommandKind kind) {
  std::string name = lower_case(std::string(name_of(kind)));
  std::replace(name.begin(), name.end(), ' ', '_');
  return "charged_" + name + "_ms";
}

void write_rows_csv(const Validation& validation, ByteSink& sink) {
  std::vector<std::string> header = {
      "model_file",  "chip",    "cores", "precision", "batch",           "pipeline", "predicted_ms",
      "measured_ms", "ratio",   "bound", "quality",   "precision_table", "bound_ms", "bdc_ms",
      "gdma_ms",     "ddr_mib", "gmacs", "commands",  "groups"};
  for (std::size_t step = 0; step < kStepCount; ++step)
    header.push_back(std::string(text_of(static_cast<Step>(step)).key) + "_ms");
  for (std::size_t kind = 0; kind < kCommandKinds; ++kind)
    header.push_back(column_of(static_cast<CommandKind>(kind)));
  header.insert(header.end(), {"quantisation_notes", "source", "error"});
  write_csv_row(sink, header);
  for (const Prediction& row : validation.rows) {
    const Measurement& measured = row.measurement;
    const Outcome& outcome = row.outcome;
    std::vector<std::string> fields = {
        measured.model,
        measured.chip,
        std::to_string(measured.cores),
        type_name(measured),
        measured.batch > 0 ? std::to_string(measured.batch) : "",
        measured.pipeline,
        row.ok() ? in_milliseconds(outcome.time) : "",
        fmt::format("{}", measured.milliseconds),
        row.ok() ? fmt::format("{:.4f}", row.ratio()) : "",
        row.ok() ? std::string(verdict_of(outcome.waterfall).bound()) : "",
        std::string(name_of(measured.quality)),
        row.table};
    if (row.ok()) {
      fields.insert(fields.end(),
                    {in_milliseconds(outcome.bound), in_milliseconds(outcome.bdc_busy),
                     in_milliseconds(outcome.gdma_busy),
                     fmt::format("{:.3f}", static_cast<double>(outcome.ddr_bytes) / 1048576),
                     fmt::format("{:.3f}", static_cast<double>(outcome.macs) * 1e-9),
                     std::to_string(outcome.commands), std::to_string(outcome.groups)});
      for (const Picoseconds step : outcome.waterfall.steps)
        fields.push_back(in_milliseconds(step));
      for (const Picoseconds kind : outcome.charged)
        fields.push_back(in_milliseconds(kind));
    } else {
      fields.resize(header.size() - 3);
    }
    fields.insert(fields.end(), {measured.note, measured.source, row.error});
    write_csv_row(sink, fields);
  }
}

TPU_REGISTER(register_writer<Validation>(
    {.name = "csv",
     .summary = "one line per measured row",
     .signature = "predicted_ms,measured_ms,ratio",
     .flag = {.name = "--csv", .value = "FILE", .help = "write every row and where its time goes"},
     .write = write_rows_csv}));

}  // namespace
}  // namespace tpuscope
