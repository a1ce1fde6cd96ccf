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

std::vector<bool> unbeaten(const SweepAnalysis& analysis) {
  const std::vector<SweepPoint>& points = *analysis.points;
  std::vector<bool> result(points.size(), false);
  struct Candidate {
    double x = 0;
    double y = 0;
    std::size_t position = 0;
  };
  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (!points[i].ok()) continue;
    candidates.push_back({cost_of(analysis.pareto[0], *analysis.header, points[i]),
                          cost_of(analysis.pareto[1], *analysis.header, points[i]), i});
  }
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return std::tie(a.x, a.y, a.position) < std::tie(b.x, b.y, b.position);
  });
  // In ascending x a point is beaten by any before it with as little y, unless both are equal.
  double least = std::numeric_limits<double>::infinity();
  const Candidate* winner = nullptr;
  for (const Candidate& candidate : candidates) {
    const bool is_equal = winner != nullptr && winner->x == candidate.x && winner->y == candidate.y;
    if (candidate.y < least || is_equal) {
      result[candidate.position] = true;
      least = candidate.y;
      winner = &candidate;
    }
  }
  return result;
}

/// Percent better per percent more.
double elasticity(double x1, double x2, double y1, double y2, bool larger_is_better) {
  const double change = std::log(y2 / y1) / std::log(x2 / x1);
  return larger_is_better ? change : -change;
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
                      analysis_.value(line.points[a]), analysis_.value(line.points[b]),
                      larger_is_better_);
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

double mean_elasticity(const SweepLine& line, const SweepHeader& header,
                       const std::vector<SweepPoint>& points) {
  return line.gain / std::log(number_at(header, points[line.points.back()], line.axis) /
                              number_at(header, points[line.points.front()], line.axis));
}

/// What a number is worth over all other values.
std::string spread_of(const SweepAnalysis& analysis, const std::vector<const SweepLine*>& lines) {
  double least = std::numeric_limits<double>::infinity();
  double most = -least;
  for (const SweepLine* line : lines) {
    const double mean = mean_elasticity(*line, *analysis.header, *analysis.points);
    least = std::min(least, mean);
    most = std::max(most, mean);
  }
  return fmt::format("{}: {} to {} % better per % more on {} lines",
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
  const double mean = mean_elasticity(line, header, points);
  std::string text =
      fmt::format("{} % better per % more, from {} to {}", elasticity_text(mean), first, last);
  if (!line.knee) return text;
  const SweepKnee& knee = *line.knee;
  const SweepPoint& point = points[line.points[knee.at]];
  const Verdict verdict = verdict_of(point);
  return fmt::format(
      "{}; {} {} {} hardly improves ({} before, {} after): there it is bound by {}, {} % of the "
      "time",
      text, knee.is_upward ? "above" : "below", key_text(header, point, line.axis), metric.title,
      elasticity_text(knee.elasticity_before), elasticity_text(knee.elasticity_after),
      verdict.bound(), percent_text(verdict.share));
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
  if (measures.size() != 2) {
    return Error{.code = ErrorCode::kUsage,
                 .message = fmt::format("--pareto names {} measures", measures.size()),
                 .hint = "name two, as time_ps,ddr_bytes"};
  }
  return measures;
}

std::vector<SweepMeasure> default_pareto() {
  return {{"time_ps", metric_called("time_ps"), 0, false},
          {"ddr_bytes", metric_called("ddr_bytes"), 0, false}};
}

SweepAnalysis analyse_sweep(const SweepHeader& header, const std::vector<SweepPoint>& points,
                            std::size_t metric, std::vector<SweepMeasure> pareto) {
  SweepAnalysis analysis{.header = &header, .points = &points, .metric = metric};
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
  analysis.is_unbeaten = unbeaten(analysis);
  for (std::size_t axis = 0; axis < header.axes.size(); ++axis) {
    if (!header.axes[axis].is_numeric()) continue;
    const std::vector<SweepLine> lines = lines_along(analysis, axis);
    analysis.lines.insert(analysis.lines.end(), lines.begin(), lines.end());
  }
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

std::string elasticity_text(double value) {
  std::string text = fmt::format("{:.2f}", value);
  return text == "-0.00" ? "0.00" : text;
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
