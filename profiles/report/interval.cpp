// Quantiles of residuals.

#include "profiles/report/interval.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "embedded/residuals.h"
#include <fmt/core.h>

#include "base/check.h"
#include "base/csv.h"
#include "base/figures.h"
#include "base/number.h"
#include "base/text.h"

namespace tpuscope {
namespace {

constexpr std::size_t kLeastRuns = 12;
constexpr std::size_t kLeastNetworks = 8;

/// How much two runs must have in common, from most to least.
enum class Likeness : std::uint8_t { kBound, kPrecision, kCores, kChip, kAny };
constexpr Likeness kLikenesses[] = {Likeness::kBound, Likeness::kPrecision, Likeness::kCores,
                                    Likeness::kChip, Likeness::kAny};

bool is_like(const Residual& row, const RunKind& kind, Likeness likeness) {
  if (likeness == Likeness::kAny) return true;
  if (row.chip != kind.chip) return false;
  if (likeness == Likeness::kChip) return true;
  if (row.cores != kind.cores) return false;
  if (likeness == Likeness::kCores) return true;
  if (row.precision != kind.precision) return false;
  return likeness == Likeness::kPrecision || row.bound == kind.bound;
}

struct Sample {
  std::vector<double> ratios{};  ///< ascending
  std::size_t networks = 0;
  Likeness likeness = Likeness::kAny;

  bool is_enough() const { return ratios.size() >= kLeastRuns && networks >= kLeastNetworks; }

  /// The value below which a share `part` of new networks lies.
  double quantile(double part) const {
    const auto m = static_cast<double>(networks);
    const double place = std::clamp((part * (m + 1) - 1) / (m - 1), 0.0, 1.0) *
                         static_cast<double>(ratios.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const std::size_t above = std::min(below + 1, ratios.size() - 1);
    return ratios[below] + (place - static_cast<double>(below)) * (ratios[above] - ratios[below]);
  }
};

/// The most alike rows that are enough; rows of the network `but` are left out.
Sample sample_of(const std::vector<Residual>& rows, const RunKind& kind,
                 const std::string* but = nullptr) {
  Sample sample;
  for (const Likeness likeness : kLikenesses) {
    sample = {.likeness = likeness};
    std::set<std::string_view> networks;
    for (const Residual& row : rows) {
      if ((but != nullptr && row.network == *but) || !is_like(row, kind, likeness)) continue;
      sample.ratios.push_back(row.ratio);
      networks.insert(row.network);
    }
    sample.networks = networks.size();
    if (sample.is_enough()) break;
  }
  std::sort(sample.ratios.begin(), sample.ratios.end());
  return sample;
}

/// "67 runs of 31 networks measured: bm1684x f16 bound by transfers".
std::string basis_of(const Sample& sample, const RunKind& kind) {
  std::string text =
      fmt::format("{} runs of {} networks measured: ", sample.ratios.size(), sample.networks);
  if (sample.likeness == Likeness::kAny) return text + "all chips";
  text += kind.chip;
  if (sample.likeness == Likeness::kChip) return text;
  if (kind.cores > 1) text += fmt::format(", {} cores", kind.cores);
  if (sample.likeness == Likeness::kCores) return text;
  text += fmt::format(", {}", kind.precision);
  if (sample.likeness == Likeness::kPrecision) return text;
  return text + fmt::format(", bound by {}", kind.bound);
}

constexpr double kLowPart = (1 - kIntervalCoverage) / 2;
constexpr double kHighPart = 1 - kLowPart;

/// 0 for what is none.
double positive_number(const std::string& text) {
  const double number = number_in<double>(text).value_or(0);
  return std::isfinite(number) && number > 0 ? number : 0;
}

Error error_of_residual(const std::string& where, std::size_t line, const std::string& field) {
  return {.message = in_quotes(field) + " is no positive number",
          .where = fmt::format("{}:{}", where, line),
          .hint = "scripts/accuracy writes the table"};
}

}  // namespace

Result<std::vector<Residual>> parse_residuals(std::string_view csv, const std::string& where) {
  TPU_TRY(const CsvTable table, parse_csv(csv, where));
  const std::vector<std::string> wanted = {"network",   "chip",  "cores",
                                           "precision", "bound", "ratio"};
  if (table.header != wanted) {
    return Error{.message = "the columns are " + join(table.header),
                 .where = where,
                 .hint = "they must be " + join(wanted)};
  }
  std::vector<Residual> rows;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const std::vector<std::string>& fields = table.rows[i];
    const double cores = positive_number(fields[2]);
    const double ratio = positive_number(fields[5]);
    if (cores == 0) return error_of_residual(where, i + 2, fields[2]);
    if (ratio == 0) return error_of_residual(where, i + 2, fields[5]);
    rows.push_back({fields[0], fields[1], std::llround(cores), fields[3], fields[4], ratio});
  }
  return rows;
}

const std::vector<Residual>& residuals() {
  static const std::vector<Residual> rows = [] {
    Result<std::vector<Residual>> read =
        parse_residuals(embedded::residuals().at("residuals.csv"), "residuals.csv");
    TPU_CHECK(read.ok(), "the embedded table: {}", read.error().message);
    return *std::move(read);
  }();
  return rows;
}

Interval interval_of(const std::vector<Residual>& rows, const RunKind& kind, Picoseconds time) {
  const Sample sample = sample_of(rows, kind);
  if (!sample.is_enough()) return {};
  const auto scaled = [&](double part) {
    return Picoseconds{std::llround(static_cast<double>(time.value) * sample.quantile(part))};
  };
  return {.low = scaled(kLowPart), .high = scaled(kHighPart), .basis = basis_of(sample, kind)};
}

double coverage_of(const std::vector<Residual>& rows) {
  std::int64_t inside = 0;
  for (const Residual& row : rows) {
    const Sample sample =
        sample_of(rows, {row.chip, row.cores, row.precision, row.bound}, &row.network);
    if (!sample.is_enough()) continue;
    inside += row.ratio >= sample.quantile(kLowPart) && row.ratio <= sample.quantile(kHighPart);
  }
  return ratio(inside, static_cast<std::int64_t>(rows.size()));
}

}  // namespace tpuscope
