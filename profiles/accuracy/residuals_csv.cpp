// Residuals of a validation, as the table that intervals rest on (profiles/report/interval.h).

#include <fmt/core.h>

#include "base/csv.h"
#include "base/text.h"
#include "base/writer.h"
#include "passes/precision/precision.h"
#include "profiles/accuracy/accuracy.h"

namespace tpuscope {
namespace {

/// The network's name without its ending _bN: batches of one network err alike.
std::string network_of(const Measurement& measurement) {
  const std::string name = model_name(measurement);
  const std::size_t mark = name.rfind("_b");
  if (mark == std::string::npos || mark + 2 == name.size()) return name;
  const bool is_batch = name.find_first_not_of("0123456789", mark + 2) == std::string::npos;
  return is_batch ? name.substr(0, mark) : name;
}

void write_residuals(const Validation& validation, ByteSink& sink) {
  write_csv_row(sink, {"network", "chip", "cores", "precision", "bound", "ratio"});
  for (const Prediction& row : validation.rows) {
    const Measurement& measured = row.measurement;
    if (!row.is_counted() || measured.quality != Quality::kGood) continue;
    write_csv_row(sink, {network_of(measured), measured.chip, std::to_string(measured.cores),
                         std::string(precision_name(measured.precision)),
                         std::string(verdict_of(row.outcome.waterfall).bound()),
                         fmt::format("{:.4f}", 1 / row.ratio())});
  }
}

TPU_REGISTER(register_writer<Validation>(
    {.name = "residuals",
     .summary = "measured / predicted of the good rows, which intervals rest on",
     .signature = "network,chip,cores,precision,bound,ratio",
     .flag = {.name = "--residuals",
              .value = "FILE",
              .help = "write measured / predicted of the good rows, as intervals rest on"},
     .write = write_residuals}));

}  // namespace
}  // namespace tpuscope
