// Strict reading: a row that is misread would count as an error of the simulator.

#include "profiles/accuracy/measurement.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "base/csv.h"
#include "base/input_file.h"
#include "base/number.h"
#include "base/text.h"
#include "passes/precision/precision.h"
#include "passes/switch_set.h"
#include "profiles/accuracy/language_rows.h"

namespace tpuscope {
namespace {

/// "FP16" as "f16": tables spell precisions as data sheets do.
std::string precision_word(const std::string& text) {
  const std::string word = lower_case(text);
  return word.starts_with("fp") ? "f" + word.substr(2) : word;
}

/// The fields of one row by the names of their columns.
class RowReader {
 public:
  RowReader(const CsvTable& table, std::size_t row, std::string where)
      : table_(table), row_(row), where_(std::move(where)) {}

  std::string text(std::string_view column, std::string_view fallback = "") const {
    const std::size_t at = table_.column(column);
    if (at == CsvTable::npos || table_.rows[row_][at].empty()) return std::string(fallback);
    return table_.rows[row_][at];
  }
  Error error(std::string message, std::string hint = "") const {
    return {.message = std::move(message), .where = where_, .hint = std::move(hint)};
  }

  /// A whole number that is not below `least`.
  Result<std::int64_t> whole(std::string_view column, std::string_view fallback,
                             std::int64_t least) const {
    const std::optional<std::int64_t> value = number_in<std::int64_t>(text(column, fallback));
    if (value && *value >= least) return *value;
    return error(fmt::format("{} is {}", column, in_quotes(text(column))));
  }

  Result<Measurement> read() const {
    Measurement row{.model = text("model_file"),
                    .chip = lower_case(text("chip")),
                    .pipeline = text("pipeline", "default"),
                    .note = text("quantisation_notes"),
                    .source = text("source"),
                    .line = row_ + 2};
    if (row.model.empty()) return error("the row names no model", "fill in model_file");
    if (row.chip.empty()) return error("the row names no chip", "fill in chip");
    const Result<DType> precision = parse_precision(precision_word(text("precision")));
    if (!precision.ok()) return error(precision.error().message, precision.error().hint);
    row.precision = *precision;
    TPU_TRY(row.cores, whole("cores", "1", 1));
    TPU_TRY(row.batch, whole("batch", "0", 0));
    TPU_TRY(const std::int64_t year, whole("compiler", "0", 0));
    row.compiler = static_cast<int>(year);
    if (year != 0 && !is_compiler_year(year))
      return error("compiler is " + in_quotes(text("compiler")), compiler_years_hint());
    const std::optional<double> time = number_in<double>(text("ms_per_batch"));
    if (!time || !std::isfinite(*time) || *time <= 0) {
      return error("ms_per_batch is " + in_quotes(text("ms_per_batch")),
                   "give the milliseconds of one run");
    }
    row.milliseconds = *time;
    constexpr std::array kPipelines = {"baseline", "optimized", "default"};
    if (std::find(kPipelines.begin(), kPipelines.end(), row.pipeline) == kPipelines.end()) {
      return error("unknown pipeline " + in_quotes(row.pipeline),
                   did_you_mean(row.pipeline, {kPipelines.begin(), kPipelines.end()}));
    }
    const std::string quality = text("quality", name_of(Quality::kGood));
    std::vector<std::string> names;
    for (const Quality each : {Quality::kGood, Quality::kMixed, Quality::kSuspect}) {
      names.emplace_back(name_of(each));
      row.quality = each;
      if (name_of(each) == quality) return row;
    }
    return error("unknown quality " + in_quotes(quality), did_you_mean(quality, names));
  }

 private:
  const CsvTable& table_;
  std::size_t row_;
  std::string where_;
};

}  // namespace

std::string_view name_of(Quality quality) {
  switch (quality) {
    case Quality::kGood:
      return "good";
    case Quality::kMixed:
      return "mixed_precision";
    case Quality::kSuspect:
      return "suspect";
  }
  unreachable();
}

Result<std::vector<Measurement>> parse_measurements(std::string_view csv,
                                                    const std::string& where) {
  TPU_TRY(const CsvTable table, parse_csv(csv, where));
  if (has_language_rows(table) && !table.rows.empty()) return language_measurements(table, where);
  Errors errors;
  for (const char* column : {"model_file", "chip", "precision", "ms_per_batch"}) {
    if (table.column(column) != CsvTable::npos) continue;
    errors.push_back({.message = fmt::format("the table has no column {}", column),
                      .where = where,
                      .hint = "the first line names the columns; there are " + join(table.header)});
  }
  if (!errors.empty()) return errors;
  if (table.rows.empty()) {
    return Error{.message = "the table has no rows", .where = where, .hint = "one per measurement"};
  }
  std::vector<Measurement> rows;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    Result<Measurement> row = RowReader(table, i, fmt::format("{}:{}", where, i + 2)).read();
    if (row.ok()) {
      rows.push_back(*std::move(row));
    } else if (errors.size() < kMaxErrors) {
      errors.push_back(row.error());
    }
  }
  if (!errors.empty()) return errors;
  return rows;
}

Result<std::vector<Measurement>> load_measurements(const std::string& path) {
  TPU_TRY(const std::string bytes, read_input(path));
  return parse_measurements(bytes, path);
}

std::string model_name(const Measurement& measurement) {
  if (const LanguageRow* language = measurement.language.get(); language != nullptr) {
    const bool is_token = language->phase == LanguagePhase::kToken;
    return fmt::format("{} {} {}", measurement.model,
                       is_token ? language->options.context : language->options.prefill,
                       is_token ? "token" : "first token");
  }
  return std::filesystem::path(measurement.model).stem().string();
}

std::string label_of(const Measurement& measurement) {
  return fmt::format("{}  {}  {} {}  {}  {}", model_name(measurement), measurement.chip,
                     measurement.cores, measurement.cores == 1 ? "core" : "cores",
                     type_name(measurement), way_name(measurement));
}

}  // namespace tpuscope
