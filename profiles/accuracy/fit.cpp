// Rounds of planning, sampling and searching. Everything that is simulated runs on all cores of
// this machine; order of results is that of rows and values.

#include "profiles/accuracy/fit.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include <fmt/core.h>

#include "base/number.h"
#include "base/parallel.h"
#include "base/text.h"
#include "profiles/accuracy/fit_support.h"
#include "profiles/accuracy/surrogate.h"
#include "sim/chip/chip_fields.h"
#include "sim/cost/provenance.h"

namespace tpuscope {
namespace {

/// Parts of a value's range that the first round tries in both directions, and what is left of them
/// after each round.
constexpr double kFirstStep = 0.3;
constexpr double kShrink = 0.6;
/// Steps by which networks are left out: wide enough for what one network moves.
constexpr double kHeldOutStep = 0.2;
/// Spreads are looked for in the whole range, beyond what is simulated: all values at their ends
/// together may be no machine.
constexpr double kSpreadStep = kFirstStep;
/// Rounds end when one gains less than this in the mean logarithm.
constexpr double kFitLeastGain = 5e-4;

/// Whether a better point may be beyond the box: it ends in the way, not at the end of the range.
bool is_at_edge(const std::vector<double>& point, const FitBox& box) {
  constexpr double kNear = 1e-3;
  for (std::size_t j = 0; j < point.size(); ++j) {
    if (point[j] < box.low[j] + kNear && box.low[j] > kNear) return true;
    if (point[j] > box.high[j] - kNear && box.high[j] < 1 - kNear) return true;
  }
  return false;
}

/// The nearest number with `digits` significant digits.
double with_digits(double value, int digits) {
  return number_in<double>(fmt::format("{:.{}g}", value, digits)).value_or(value);
}

using Times = std::vector<Outcome>;
using CompiledRows = std::vector<std::shared_ptr<const CompiledRow>>;

class Fitter {
 public:
  Fitter(std::vector<Measurement> rows, std::vector<FitValue> values, const FitOptions& options)
      : rows_(std::move(rows)), values_(std::move(values)), options_(options) {
    for (const FitValue& value : values_)
      is_whole_.push_back(is_whole_number(value.path));
    std::map<std::string, std::size_t> models;
    for (const Measurement& row : rows_)
      model_of_.push_back(models.emplace(row.model, models.size()).first->second);
    model_names_.resize(models.size());
    for (std::size_t i = 0; i < rows_.size(); ++i)
      model_names_[model_of_[i]] = model_name(rows_[i]);
  }

  Result<Fit> run() {
    TPU_TRY(State state, state_at(start()));
    Fit fit{.before = predictions(state.times)};
    double step = kFirstStep;
    say(fmt::format("start: error factor {:.4f} over {} rows of {} networks", std::exp(state.error),
                    rows_.size(), model_names_.size()));
    for (std::size_t round = 0; round < options_.rounds; ++round) {
      TPU_TRY(const Sampled sampled, sample(state, step));
      const std::vector<double> least = least_error(sampled.rows, sampled.box);
      const std::vector<double> point = rounded(least);
      if (!is_at_edge(least, sampled.box)) step *= kShrink;
      if (point == state.point) continue;
      TPU_TRY(State next, state_at(point));
      say(fmt::format("round {}: error factor {:.4f}{}", round + 1, std::exp(next.error),
                      next.error < state.error ? "" : ", not taken"));
      if (next.error >= state.error) {
        step *= kShrink;
        continue;
      }
      const double gain = state.error - next.error;
      state = std::move(next);
      if (gain < kFitLeastGain) break;
    }
    fit.after = predictions(state.times);
    TPU_TRY(const Sampled sampled, sample(state, kHeldOutStep));
    TPU_TRY(fit.held_out, held_out(state, sampled));
    for (std::size_t j = 0; j < values_.size(); ++j) {
      values_[j].after = value_at(j, state.point[j]);
      values_[j].influence = influence_of(j, state.point, sampled.rows);
    }
    TPU_TRY_STATUS(add_support(state));
    fit.values = values_;
    fit.simulations = simulations_;
    return fit;
  }

 private:
  /// A point, the plans that the compiler makes there and what it predicts.
  struct State {
    std::vector<double> point{};
    CompiledRows compiled{};
    Times times{};
    double error = 0;
  };
  struct Sampled {
    std::vector<FitRow> rows{};
    FitBox box{};
  };

  // Points are in parts of the range: 0 is its low end, 1 its high end.
  double value_at(std::size_t j, double part) const {
    const FitValue& value = values_[j];
    const double exact = value.low + part * (value.high - value.low);
    return std::clamp(is_whole_[j] ? std::round(exact) : with_digits(exact, 6), value.low,
                      value.high);
  }
  double part_of(std::size_t j, double value) const {
    return (value - values_[j].low) / (values_[j].high - values_[j].low);
  }
  /// Whole values to whole numbers, others to four digits: more would be a pretence.
  std::vector<double> rounded(std::vector<double> point) const {
    for (std::size_t j = 0; j < point.size(); ++j) {
      const double value = value_at(j, point[j]);
      const double cut = is_whole_[j] ? value : with_digits(value, 4);
      point[j] = part_of(j, std::clamp(cut, values_[j].low, values_[j].high));
    }
    return point;
  }
  std::vector<double> start() const {
    std::vector<double> point;
    for (std::size_t j = 0; j < values_.size(); ++j)
      point.push_back(part_of(j, values_[j].before));
    return point;
  }

  ChipOverrides overrides_at(const std::vector<double>& point) const {
    ChipOverrides overrides;
    for (std::size_t j = 0; j < values_.size(); ++j)
      overrides.emplace_back(values_[j].path, fmt::format("{}", value_at(j, point[j])));
    return overrides;
  }

  /// The chip at a point with as many cores as each row has.
  Result<std::map<std::int64_t, Chip>> chips_at(const std::vector<double>& point) const {
    std::map<std::int64_t, Chip> chips;
    const ChipOverrides overrides = overrides_at(point);
    for (const Measurement& row : rows_) {
      if (chips.contains(row.cores)) continue;
      TPU_TRY(const Configuration configuration,
              configuration_of(row, options_.validation, overrides));
      TPU_TRY(Chip chip, chip_of(configuration));
      chips.emplace(row.cores, std::move(chip));
    }
    return chips;
  }

  /// The rows at points that may differ from row to row, with given plans.
  Result<Times> simulate_at(const CompiledRows& compiled,
                            const std::vector<std::vector<double>>& points) {
    std::map<std::vector<double>, std::map<std::int64_t, Chip>> machines;
    for (const auto& point : points) {
      if (machines.contains(point)) continue;
      TPU_TRY(machines[point], chips_at(point));
    }
    std::vector<Result<Outcome>> outcomes(rows_.size(), Result<Outcome>(Outcome{}));
    for_each_index(
        rows_.size(), options_.validation.threads,
        [&](std::size_t i) {
          outcomes[i] = simulate_compiled(*compiled[i], machines.at(points[i]).at(rows_[i].cores));
        },
        options_.validation.listener, "simulating  row");
    simulations_ += rows_.size();
    Times times;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      TPU_TRY(Outcome outcome, with_location(outcomes[i], label_of(rows_[i])));
      times.push_back(outcome);
    }
    return times;
  }
  Result<Times> simulate_at(const CompiledRows& compiled, const std::vector<double>& point) {
    return simulate_at(compiled, std::vector<std::vector<double>>(rows_.size(), point));
  }

  Result<State> state_at(const std::vector<double>& point) {
    State state{.point = point};
    ValidationOptions options = options_.validation;
    const ChipOverrides overrides = overrides_at(point);
    options.overrides.insert(options.overrides.end(), overrides.begin(), overrides.end());
    auto compiled = compile_rows(rows_, options);
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      TPU_TRY(auto row, with_location(std::move(compiled[i]), label_of(rows_[i])));
      state.compiled.push_back(std::move(row));
    }
    TPU_TRY(state.times, simulate_at(state.compiled, point));
    state.error = std::log(Fit::weighted_factor(predictions(state.times)));
    return state;
  }

  std::vector<Prediction> predictions(const Times& times) const {
    std::vector<Prediction> predictions;
    for (std::size_t i = 0; i < rows_.size(); ++i)
      predictions.push_back({.measurement = rows_[i], .outcome = times[i]});
    return predictions;
  }

  /// Two other places for a value within `step` of its range: one on each side, or both on one side
  /// where the range ends.
  std::pair<double, double> places(std::size_t j, double part, double step) const {
    double a = std::max(0.0, part - step);
    double b = std::min(1.0, part + step);
    if (part - a < step / 4) a = part + (b - part) / 2;
    if (b - part < step / 4) b = part - (part - a) / 2;
    return {part_of(j, value_at(j, a)), part_of(j, value_at(j, b))};
  }

  Result<Sampled> sample(const State& state, double step) {
    Sampled sampled;
    sampled.box.centre = state.point;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      sampled.rows.push_back({.model = model_of_[i],
                              .measured = rows_[i].milliseconds,
                              .predicted = in_milliseconds(state.times[i].time)});
    }
    for (std::size_t j = 0; j < values_.size(); ++j) {
      const double part = state.point[j];
      const auto [a, b] = places(j, part, step);
      sampled.box.low.push_back(std::min({part, a, b}));
      sampled.box.high.push_back(std::max({part, a, b}));
      std::vector<double> changed = state.point;
      changed[j] = a;
      TPU_TRY(const Times at_a, simulate_at(state.compiled, changed));
      changed[j] = b;
      TPU_TRY(const Times at_b, simulate_at(state.compiled, changed));
      for (std::size_t i = 0; i < rows_.size(); ++i) {
        const double centre = sampled.rows[i].predicted;
        sampled.rows[i].curves.push_back(
            curve_through(a - part, in_milliseconds(at_a[i].time) - centre, b - part,
                          in_milliseconds(at_b[i].time) - centre));
      }
    }
    return sampled;
  }

  /// Each row at the values of a fit to the other networks.
  Result<std::vector<Prediction>> held_out(const State& state, const Sampled& sampled) {
    std::vector<std::vector<double>> by_model(model_names_.size());
    for_each_index(
        model_names_.size(), options_.validation.threads,
        [&](std::size_t model) { by_model[model] = least_error(sampled.rows, sampled.box, model); },
        options_.validation.listener, "fitting without  network");
    std::vector<std::vector<double>> points;
    for (const std::size_t model : model_of_)
      points.push_back(by_model[model]);
    TPU_TRY(const Times times, simulate_at(state.compiled, points));
    return predictions(times);
  }

  Status add_support(const State& state) {
    TPU_TRY(Sampled sampled, sample(state, kSpreadStep));
    sampled.box.low.assign(values_.size(), 0);
    sampled.box.high.assign(values_.size(), 1);
    const auto spreads = spreads_of(sampled.rows, sampled.box, options_.validation.threads);
    for (std::size_t j = 0; j < values_.size(); ++j) {
      FitValue& value = values_[j];
      value.likely_low = value_at(j, spreads[j].low);
      value.likely_high = value_at(j, spreads[j].high);
      const double scale = value_at(j, state.point[j]) / (value.high - value.low);
      for (const std::size_t model : telling_networks(sampled.rows, j, scale))
        value.networks.push_back(model_names_[model]);
    }
    return Ok{};
  }

  /// Elasticity: change in percent per percent of the value.
  double influence_of(std::size_t j, const std::vector<double>& point,
                      const std::vector<FitRow>& rows) const {
    const double value = value_at(j, point[j]);
    double sum = 0;
    for (const FitRow& row : rows)
      sum += row.curves[j].slope / (values_[j].high - values_[j].low) * value / row.predicted;
    return sum / static_cast<double>(rows.size());
  }

  static double in_milliseconds(Picoseconds time) { return static_cast<double>(time.value) * 1e-9; }
  void say(const std::string& line) const {
    if (options_.say) options_.say(line);
  }

  std::vector<Measurement> rows_;
  std::vector<FitValue> values_;
  const FitOptions& options_;
  std::vector<bool> is_whole_{};
  std::vector<std::size_t> model_of_{};  ///< by row
  std::vector<std::string> model_names_{};
  std::size_t simulations_ = 0;
};

/// Whether the value is of the prices of streams and not yet known to a point.
bool is_open_price(const ChipValue& value) {
  const bool is_price = value.path.starts_with("command.") || value.path == kLaunchValue;
  return is_price && value.high > value.low;
}

/// Whether the value is fitted where none was named.
bool is_usual(const ChipValue& value, const FitOptions& options) {
  const auto& fixed = options.fixed;
  if (std::find(fixed.begin(), fixed.end(), value.path) != fixed.end()) return false;
  const bool is_replayed = !options.validation.stream_folders.empty();
  return value.evidence == Evidence::kCalibrated || (is_replayed && is_open_price(value));
}

Result<std::vector<FitValue>> values_to_fit(const Chip& chip, const FitOptions& options) {
  std::vector<std::string> paths;
  for (const ChipValue& value : chip.values)
    paths.push_back(value.path);
  std::set<std::string> wanted;
  for (const std::string& name : options.only) {
    const std::string path = name.starts_with("chip.") ? name.substr(5) : name;
    if (std::find(paths.begin(), paths.end(), path) == paths.end()) {
      return Error{.code = ErrorCode::kUsage,
                   .message = "a chip has no " + in_quotes(path),
                   .hint = did_you_mean(path, paths)};
    }
    wanted.insert(path);
  }
  std::vector<FitValue> values;
  std::size_t calibrated = 0;
  for (const ChipValue& value : chip.values) {
    const bool is_marked = value.evidence == Evidence::kCalibrated;
    const bool is_wanted =
        options.only.empty() ? is_usual(value, options) : wanted.contains(value.path);
    if (is_marked || is_wanted) ++calibrated;
    if (!is_wanted) continue;
    if (value.high <= value.low) {
      return Error{.code = ErrorCode::kUsage,
                   .message = fmt::format("{} of {} has no range", value.path, chip.name),
                   .hint = "give the value a physical range in the chip file"};
    }
    values.push_back({value.path, value.value, value.value, value.low, value.high});
  }
  if (values.empty()) {
    return Error{.message = fmt::format("no value of {} is marked calibrated", chip.name),
                 .hint = "name values that have a range with --only"};
  }
  if (calibrated > kMaxCalibrated) {
    return Error{.code = ErrorCode::kUsage,
                 .message = fmt::format("{} values of {} would be calibrated, at most {} may be",
                                        calibrated, chip.name, kMaxCalibrated),
                 .hint = "a fit with more would explain anything"};
  }
  return values;
}

bool is_chip_file(const std::string& chip) {
  const std::vector<std::string> names = builtin_chip_names();
  return std::find(names.begin(), names.end(), chip) == names.end();
}

/// The chip with the fitted values. A source keeps what it said before any fit.
Chip chip_with(Chip chip, const Fit& fit, const FitOptions& options) {
  constexpr std::string_view kMark = "; fitted to ";
  PredictionSet rows;
  for (const Prediction& row : fit.after)
    rows.push_back(&row);
  const std::string evidence = fmt::format(
      "{}{}: {} rows of {} networks, error factor {:.3f} before, {:.3f} after, {:.3f} for a "
      "network "
      "left out",
      kMark, std::filesystem::path(options.table).filename().string(), rows.size(),
      accuracy_of(rows).models, Fit::weighted_factor(fit.before), Fit::weighted_factor(fit.after),
      Fit::weighted_factor(fit.held_out));
  for (const FitValue& fitted : fit.values) {
    const auto value =
        std::find_if(chip.values.begin(), chip.values.end(),
                     [&](const ChipValue& each) { return each.path == fitted.path; });
    value->value = fitted.after;
    value->evidence = Evidence::kCalibrated;
    value->source = value->source.substr(0, value->source.find(kMark)) + evidence +
                    fmt::format("; {:.4g} to {:.4g} in 80 % of draws of networks, told by {}",
                                fitted.likely_low, fitted.likely_high, fitted.networks.size());
  }
  return chip;
}

/// Our own plans of the rows before and after a fit to streams.
void add_plans(ValidationOptions options, Fit& fit) {
  if (options.stream_folders.empty()) return;
  options.stream_folders.clear();
  std::vector<Measurement> rows;
  for (const Prediction& row : fit.after)
    rows.push_back(row.measurement);
  fit.plans_before = predict_rows(rows, options);
  for (const FitValue& value : fit.values)
    options.overrides.emplace_back(value.path, fmt::format("{}", value.after));
  fit.plans_after = predict_rows(rows, options);
  // A stream whose network is not at hand has no plan.
  for (auto* plans : {&fit.plans_before, &fit.plans_after})
    std::erase_if(*plans, [](const Prediction& row) { return !row.ok(); });
}

}  // namespace

bool FitValue::is_at_bound() const {
  const double margin = 0.005 * (high - low);
  return after <= low + margin || after >= high - margin;
}

double Fit::weighted_factor(const std::vector<Prediction>& rows) {
  std::map<std::string, std::pair<double, double>> sums;
  for (const Prediction& row : rows) {
    auto& [error, count] = sums[row.measurement.model];
    error += std::log(row.factor());
    count += 1;
  }
  double error = 0;
  for (const auto& [model, sum] : sums)
    error += sum.first / sum.second;
  return sums.empty() ? 1 : std::exp(error / static_cast<double>(sums.size()));
}

Result<Fit> fit_chip(const std::vector<Measurement>& rows, const FitOptions& options) {
  TPU_TRY(const Chip chip, load_chip(options.chip, options.validation.overrides));
  TPU_TRY(const std::vector<FitValue> values, values_to_fit(chip, options));
  std::vector<Measurement> used;
  for (const Measurement& row : rows) {
    if (is_row_of(row, chip) && row.quality == Quality::kGood) used.push_back(row);
  }
  if (used.size() < values.size()) {
    return Error{.message = fmt::format("{} values of {} and {} good rows to fit them to",
                                        values.size(), chip.name, used.size()),
                 .where = options.table,
                 .hint = used.empty() ? "the column chip must name the chip"
                                      : "measure more, or fit fewer values with --only"};
  }
  FitOptions with_chip = options;
  if (is_chip_file(options.chip)) with_chip.validation.chip_files.push_back(options.chip);
  TPU_TRY(Fit fit, Fitter(std::move(used), values, with_chip).run());
  fit.chip = chip_with(chip, fit, options);
  add_plans(with_chip.validation, fit);
  return fit;
}

}  // namespace tpuscope
