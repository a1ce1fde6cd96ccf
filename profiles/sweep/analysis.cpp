// Best and unbeaten points, lines, elasticities and knees.

#include "profiles/sweep/analysis.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>

#include <fmt/core.h>

#include "base/figures.h"
#include "base/text.h"
#include "profiles/sweep/metric.h"

namespace tpuscope {
namespace {

/// A number that changes the metric by less does not matter.
constexpr double kAnalysisLeastGain = 0.02;
/// How far a curve must rise above its chord, of the whole gain, to have a knee.
constexpr double kLeastBend = 0.1;

double number_at(const SweepHeader& header, const SweepPoint& point, std::size_t axis) {
  return header.axes[axis].numbers[header.values_at(point.index)[axis]];
}

/// The measure of a point, so that less is better.
double cost_of(const SweepMeasure& measure, const SweepHeader& header, const SweepPoint& point) {
  const double value =
      measure.metric
          ? point.figures[*measure.metric]
          : header.axes[measure.axis].numbers[header.values_at(point.index)[measure.axis]];
  return measure.larger_is_better ? -value : value;
}

/// As good in every measure and better in one.
bool beats(const std::vector<double>& a, const std::vector<double>& b) {
  bool is_better = false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] > b[i]) return false;
    is_better = is_better || a[i] < b[i];
  }
  return is_better;
}

std::vector<bool> unbeaten(const SweepAnalysis& analysis) {
  const std::vector<SweepPoint>& points = *analysis.points;
  struct Candidate {
    std::vector<double> costs{};
    std::size_t position = 0;
  };
  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (!points[i].ok()) continue;
    candidates.push_back({.position = i});
    for (const SweepMeasure& measure : analysis.pareto)
      candidates.back().costs.push_back(cost_of(measure, *analysis.header, points[i]));
  }
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return std::tie(a.costs, a.position) < std::tie(b.costs, b.position);
  });
  // In this order a point is beaten only by one before it, and then by one that is not beaten.
  std::vector<bool> result(points.size(), false);
  std::vector<const Candidate*> front;
  for (const Candidate& candidate : candidates) {
    const bool is_beaten = std::any_of(front.begin(), front.end(), [&](const Candidate* other) {
      return beats(other->costs, candidate.costs);
    });
    if (is_beaten) continue;
    result[candidate.position] = true;
    front.push_back(&candidate);
  }
  return result;
}

/// Percent of y per percent more of x.
double elasticity(double x1, double x2, double y1, double y2) {
  return std::log(y2 / y1) / std::log(x2 / x1);
}

class LineMaker {
 public:
  LineMaker(const SweepAnalysis& analysis, std::size_t axis)
      : analysis_(analysis),
        axis_(axis),
        larger_is_better_(sweep_metrics()[analysis.metric].larger_is_better) {}

  SweepLine line(std::vector<std::size_t> points) const {
    SweepLine line{.axis = axis_};
    std::sort(points.begin(), points.end(),
              [&](std::size_t a, std::size_t b) { return number(a) < number(b); });
    for (const std::size_t point : points) {
      if (number(point) > 0 && analysis_.value(point) > 0) line.points.push_back(point);
    }
    for (std::size_t i = 0; i < line.points.size(); ++i) {
      line.elasticities.push_back(i == 0 ? std::nullopt : std::optional(between(line, i - 1, i)));
    }
    if (line.points.size() < 2) return line;
    line.gain = std::log(analysis_.value(line.points.back()) / analysis_.value(line.points[0]));
    if (!larger_is_better_) line.gain = -line.gain;
    line.knee = knee_of(line);
    return line;
  }

 private:
  double number(std::size_t point) const {
    return number_at(*analysis_.header, (*analysis_.points)[point], axis_);
  }

  double between(const SweepLine& line, std::size_t a, std::size_t b) const {
    return elasticity(number(line.points[a]), number(line.points[b]),
                      analysis_.value(line.points[a]), analysis_.value(line.points[b]));
  }

  /// The point furthest above the chord from the worse end to the better one, both axes
  /// logarithmic: before it more pays, after it hardly.
  std::optional<SweepKnee> knee_of(const SweepLine& line) const {
    const std::size_t last = line.points.size() - 1;
    if (last < 2 || std::abs(line.gain) < kAnalysisLeastGain) return std::nullopt;
    const bool upward = line.gain > 0;
    const double worst = analysis_.value(line.points[upward ? 0 : last]);
    const double width = std::log(number(line.points[last]) / number(line.points[0]));
    SweepKnee knee{.is_upward = upward};
    double furthest = kLeastBend;
    for (std::size_t i = 1; i < last; ++i) {
      const double done = std::log(number(line.points[i]) / number(line.points[0])) / width;
      const double gained =
          std::abs(std::log(analysis_.value(line.points[i]) / worst)) / std::abs(line.gain);
      const double above = gained - (upward ? done : 1 - done);
      if (above <= furthest) continue;
      furthest = above;
      knee.at = i;
    }
    if (knee.at == 0) return std::nullopt;
    const double below = between(line, 0, knee.at);
    const double beyond = between(line, knee.at, last);
    knee.elasticity_before = upward ? below : beyond;
    knee.elasticity_after = upward ? beyond : below;
    return knee;
  }

  const SweepAnalysis& analysis_;
  std::size_t axis_;
  bool larger_is_better_;
};

std::vector<SweepLine> lines_along(const SweepAnalysis& analysis, std::size_t axis) {
  // Points by their values on the other axes.
  std::map<std::vector<std::size_t>, std::vector<std::size_t>> bundles;
  for (std::size_t i = 0; i < analysis.points->size(); ++i) {
    if (!(*analysis.points)[i].ok()) continue;
    std::vector<std::size_t> values = analysis.header->values_at((*analysis.points)[i].index);
    values[axis] = 0;
    bundles[values].push_back(i);
  }
  std::vector<SweepLine> lines;
  lines.reserve(bundles.size());
  for (auto& [values, points] : bundles)
    lines.push_back(LineMaker(analysis, axis).line(std::move(points)));
  return lines;
}

void find_reference(SweepAnalysis& analysis) {
  for (std::size_t i = 0; i < analysis.points->size(); ++i) {
    const SweepPoint& point = (*analysis.points)[i];
    if (!point.ok()) continue;
    if (!analysis.reference) analysis.reference = i;
    const std::vector<std::size_t> values = analysis.header->values_at(point.index);
    bool is_base = true;
    for (std::size_t axis = 0; axis < values.size(); ++axis) {
      const SweepAxis& varied = analysis.header->axes[axis];
      is_base = is_base && varied.values[values[axis]] == varied.base;
    }
    if (!is_base) continue;
    analysis.reference = i;
    analysis.reference_is_base = true;
    return;
  }
}

std::size_t metric_called(std::string_view name) {
  return *parse_sweep_metric(name);
}

std::string key_text(const SweepHeader& header, const SweepPoint& point, std::size_t axis) {
  return header.axes[axis].values[header.values_at(point.index)[axis]];
}

double mean_elasticity(const SweepAnalysis& analysis, const SweepLine& line) {
  const std::vector<SweepPoint>& points = *analysis.points;
  const std::size_t first = line.points.front();
  const std::size_t last = line.points.back();
  return elasticity(number_at(*analysis.header, points[first], line.axis),
                    number_at(*analysis.header, points[last], line.axis), analysis.value(first),
                    analysis.value(last));
}

/// What a number is worth over all other values.
std::string spread_of(const SweepAnalysis& analysis, const std::vector<const SweepLine*>& lines) {
  double least = std::numeric_limits<double>::infinity();
  double most = -least;
  for (const SweepLine* line : lines) {
    const double mean = mean_elasticity(analysis, *line);
    least = std::min(least, mean);
    most = std::max(most, mean);
  }
  return fmt::format("{}: elasticity {} to {} on {} lines",
                     analysis.header->axes[lines.front()->axis].key, elasticity_text(least),
                     elasticity_text(most), lines.size());
}

std::string sentence_of(const SweepAnalysis& analysis, const SweepLine& line) {
  const SweepHeader& header = *analysis.header;
  const std::vector<SweepPoint>& points = *analysis.points;
  const SweepMetric& metric = sweep_metrics()[analysis.metric];
  const std::string first = key_text(header, points[line.points.front()], line.axis);
  const std::string last = key_text(header, points[line.points.back()], line.axis);
  if (std::abs(line.gain) < kAnalysisLeastGain) {
    return fmt::format("{} hardly depends on it, {} % from {} to {}", metric.title,
                       percent_text(std::expm1(std::abs(line.gain))), first, last);
  }
  std::string text = fmt::format("elasticity {} from {} to {}",
                                 elasticity_text(mean_elasticity(analysis, line)), first, last);
  if (!line.knee) return text;
  const SweepKnee& knee = *line.knee;
  const SweepPoint& point = points[line.points[knee.at]];
  const Verdict verdict = verdict_of(point);
  const std::string takeover = knee.takes_over.empty()
                                   ? ""
                                   : fmt::format(", and {} takes over ({})", knee.takes_over,
                                                 elasticity_text(knee.takeover_elasticity));
  return fmt::format(
      "{}; {} {} {} hardly improves ({} before, {} after): there it is bound by {}, {} % of the "
      "time{}",
      text, knee.is_upward ? "above" : "below", key_text(header, point, line.axis), metric.title,
      elasticity_text(knee.elasticity_before), elasticity_text(knee.elasticity_after),
      verdict.bound(), percent_text(verdict.share), takeover);
}

/// Of varied numbers, the side on which the metric gets worse is the cheaper one.
void settle_measures(SweepAnalysis& analysis) {
  for (SweepMeasure& measure : analysis.pareto) {
    if (!measure.is_judged_by_metric) continue;
    double gain = 0;
    for (const SweepLine& line : analysis.lines) {
      if (line.axis == measure.axis) gain += line.gain;
    }
    measure.larger_is_better = gain < 0;
  }
}

}  // namespace

Result<std::vector<SweepMeasure>> parse_pareto(std::string_view text, const SweepHeader& header) {
  std::vector<SweepMeasure> measures;
  std::vector<std::string> known;
  for (const SweepMetric& metric : sweep_metrics())
    known.emplace_back(metric.name);
  for (const SweepAxis& axis : header.axes) {
    if (axis.is_numeric()) known.push_back(axis.key);
  }
  std::string_view rest = text;
  while (!rest.empty()) {
    std::string_view name = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(name.size() + 1, rest.size()));
    const bool is_more_better = name.starts_with("+");
    if (is_more_better) name.remove_prefix(1);
    const Result<std::size_t> metric = parse_sweep_metric(name);
    if (metric.ok()) {
      const bool larger = sweep_metrics()[*metric].larger_is_better;
      measures.push_back({std::string(name), *metric, 0, larger});
      continue;
    }
    const auto axis =
        std::find_if(header.axes.begin(), header.axes.end(), [&](const SweepAxis& candidate) {
          return candidate.is_numeric() &&
                 (candidate.key == name || candidate.key == "chip." + std::string(name));
        });
    if (axis == header.axes.end()) {
      return Error{.code = ErrorCode::kUsage,
                   .message = in_quotes(name) + " is neither a metric nor a number that is varied",
                   .where = "--pareto",
                   .hint = did_you_mean(name, known)};
    }
    measures.push_back({axis->key, std::nullopt,
                        static_cast<std::size_t>(axis - header.axes.begin()), is_more_better});
  }
  if (measures.size() < 2) {
    return Error{.code = ErrorCode::kUsage,
                 .message = fmt::format("--pareto names {} measures", measures.size()),
                 .hint = "name two or more, as time_ps,ddr_bytes"};
  }
  return measures;
}

std::vector<SweepMeasure> default_pareto(const SweepHeader& header, std::size_t metric) {
  const SweepMetric& judged = sweep_metrics()[metric];
  std::vector<SweepMeasure> measures = {
      {std::string(judged.name), metric, 0, judged.larger_is_better}};
  for (std::size_t axis = 0; axis < header.axes.size(); ++axis) {
    if (!header.axes[axis].is_numeric()) continue;
    measures.push_back({.name = header.axes[axis].key, .axis = axis, .is_judged_by_metric = true});
  }
  if (measures.size() > 1) return measures;
  return {{"time_ps", metric_called("time_ps"), 0, false},
          {"ddr_bytes", metric_called("ddr_bytes"), 0, false}};
}

std::string measure_text(const SweepMeasure& measure) {
  if (measure.metric) return measure.name;
  return measure.name + (measure.larger_is_better ? " (more is cheaper)" : " (less is cheaper)");
}

std::optional<double> SweepAnalysis::reference_value() const {
  if (base != nullptr) return base->figures.at(metric);
  if (reference) return value(*reference);
  return std::nullopt;
}

void find_takeovers(
    SweepAnalysis& analysis,
    const std::function<std::vector<Sensitivity>(const SweepPoint& point)>& sensitivities_at) {
  constexpr std::string_view kChip = "chip.";
  const auto is_varied = [&](const std::string& path) {
    return std::any_of(
        analysis.header->axes.begin(), analysis.header->axes.end(), [&](const SweepAxis& axis) {
          return axis.key.starts_with(kChip) && axis.key.substr(kChip.size()) == path;
        });
  };
  for (SweepLine& line : analysis.lines) {
    if (!line.knee || !analysis.header->axes[line.axis].key.starts_with(kChip)) continue;
    // At the knee both decide; behind it only what has taken over does.
    const std::size_t behind = line.knee->is_upward ? line.knee->at + 1 : line.knee->at - 1;
    for (const Sensitivity& row : sensitivities_at((*analysis.points)[line.points[behind]])) {
      if (is_varied(row.path)) continue;
      if (std::abs(row.elasticity) <= std::abs(line.knee->takeover_elasticity)) continue;
      line.knee->takes_over = row.path;
      line.knee->takeover_elasticity = row.elasticity;
    }
  }
}

SweepAnalysis analyse_sweep(const SweepHeader& header, const std::vector<SweepPoint>& points,
                            std::size_t metric, std::vector<SweepMeasure> pareto,
                            const SweepPoint* base) {
  SweepAnalysis analysis{.header = &header, .points = &points, .metric = metric};
  if (base != nullptr && base->ok()) analysis.base = base;
  analysis.pareto = std::move(pareto);
  find_reference(analysis);
  const bool larger = sweep_metrics()[metric].larger_is_better;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (!points[i].ok()) {
      ++analysis.failures;
      continue;
    }
    const double value = analysis.value(i);
    const bool is_better = !analysis.best || (larger ? value > analysis.value(*analysis.best)
                                                     : value < analysis.value(*analysis.best));
    if (is_better) analysis.best = i;
  }
  for (std::size_t axis = 0; axis < header.axes.size(); ++axis) {
    if (!header.axes[axis].is_numeric()) continue;
    const std::vector<SweepLine> lines = lines_along(analysis, axis);
    analysis.lines.insert(analysis.lines.end(), lines.begin(), lines.end());
  }
  settle_measures(analysis);
  analysis.is_unbeaten = unbeaten(analysis);
  return analysis;
}

Verdict verdict_of(const SweepPoint& point) {
  static const std::size_t time = metric_called("time_ps");
  Waterfall waterfall;
  for (std::size_t i = 0; i < sweep_metrics().size(); ++i) {
    const SweepMetric& metric = sweep_metrics()[i];
    if (metric.step) waterfall[*metric.step].value = std::llround(point.figures.at(i));
  }
  // What comes after the last command is the rest.
  waterfall[Step::kIdle].value = std::llround(point.figures[time]) - waterfall.total().value;
  return verdict_of(waterfall);
}

std::vector<std::string> sweep_sentences(const SweepAnalysis& analysis) {
  constexpr std::size_t kMostLines = 6;
  const SweepHeader& header = *analysis.header;
  const auto has_reference = [&](const SweepLine& line) {
    return analysis.reference && std::find(line.points.begin(), line.points.end(),
                                           *analysis.reference) != line.points.end();
  };
  std::vector<std::string> sentences;
  for (std::size_t axis = 0; axis < header.axes.size(); ++axis) {
    std::vector<const SweepLine*> lines;
    for (const SweepLine& line : analysis.lines) {
      if (line.axis == axis && line.points.size() >= 2) lines.push_back(&line);
    }
    const bool only_reference = lines.size() > kMostLines;
    for (const SweepLine* line : lines) {
      if (only_reference && !has_reference(*line)) continue;
      const std::string where =
          header.axes.size() == 1
              ? ""
              : " with " + settings_text(header, (*analysis.points)[line->points[0]], axis);
      sentences.push_back(header.axes[axis].key + where + ": " + sentence_of(analysis, *line));
    }
    if (only_reference) sentences.push_back(spread_of(analysis, lines));
  }
  return sentences;
}

std::vector<std::string> short_keys(const SweepHeader& header) {
  std::vector<std::string> keys;
  for (const SweepAxis& axis : header.axes) {
    std::size_t begin = axis.key.size();
    bool is_unique = false;
    while (!is_unique && begin > 0) {
      const std::size_t dot = axis.key.rfind('.', begin - 1);
      begin = dot == std::string::npos ? 0 : dot;
      const std::string tail = axis.key.substr(begin);
      is_unique = std::count_if(header.axes.begin(), header.axes.end(), [&](const SweepAxis& a) {
                    return a.key == axis.key || a.key.ends_with(tail);
                  }) == 1;
    }
    keys.push_back(axis.key.substr(begin == 0 ? 0 : begin + 1));
  }
  return keys;
}

}  // namespace tpuscope
