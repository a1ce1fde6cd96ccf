// What a sweep says: which point is best, which are not beaten, what each number is worth and where
// more of it stops paying.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "profiles/report/verdict.h"
#include "profiles/sweep/sweep.h"

namespace tpuscope {

/// What points are compared by: a metric, or the number on an axis.
struct SweepMeasure {
  std::string name{};
  std::optional<std::size_t> metric{};
  std::size_t axis = 0;  ///< where there is no metric
  bool larger_is_better = false;
};

/// Two measures, "X,Y": names of metrics, or keys of numeric axes, of which less is taken to be
/// cheaper unless written as "+KEY". kUsage errors.
Result<std::vector<SweepMeasure>> parse_pareto(std::string_view text, const SweepHeader& header);
/// Time and bytes on the DDR bus.
std::vector<SweepMeasure> default_pareto();

/// Where more of a number stops paying.
struct SweepKnee {
  std::size_t at = 0;     ///< position in SweepLine::points
  bool is_upward = true;  ///< more of the number is better
  double elasticity_before = 0;
  double elasticity_after = 0;
};

/// Points that differ in one number only, in its ascending order; failed points and numbers that
/// are not above 0 are left out.
struct SweepLine {
  std::size_t axis = 0;
  std::vector<std::size_t> points{};  ///< positions in SweepAnalysis::points
  /// From the point before: percent better per percent more of the number,
  /// -/+ ln(y2 / y1) / ln(x2 / x1) for metrics of which less/more is better. None for the first.
  std::vector<std::optional<double>> elasticities{};
  /// ln(y) of the last point - ln(y) of the first, positive when it got better.
  double gain = 0;
  std::optional<SweepKnee> knee{};
};

struct SweepAnalysis {
  const SweepHeader* header = nullptr;
  const std::vector<SweepPoint>* points = nullptr;
  std::size_t metric = 0;  ///< in sweep_metrics()
  std::vector<SweepMeasure> pareto{};
  std::optional<std::size_t> reference{};  ///< has the base value on every axis; else the first
  bool reference_is_base = false;
  std::optional<std::size_t> best{};  ///< the first of equals
  std::vector<bool> is_unbeaten{};  ///< no point is better in one measure and as good in the other
  std::vector<SweepLine> lines{};   ///< by axis, then by point
  std::size_t failures = 0;

  double value(std::size_t position) const { return (*points)[position].figures.at(metric); }
};

/// Header and points must outlive the result.
SweepAnalysis analyse_sweep(const SweepHeader& header, const std::vector<SweepPoint>& points,
                            std::size_t metric, std::vector<SweepMeasure> pareto);

/// What bounds a point, by the rule of every view.
Verdict verdict_of(const SweepPoint& point);

/// What each number is worth, and where more of it stops paying: a sentence for each line, or where
/// there are many for the one through the reference and for all together. "chip.ddr.peak_gbps: 0.31
/// % better per % more, from 16 to 128; above 64 time hardly improves (0.45 before, 0.04 after):
/// there it is bound by compute, 61.0 % of the time".
std::vector<std::string> sweep_sentences(const SweepAnalysis& analysis);

/// "0.25"; without a sign where nothing is left of the number.
std::string elasticity_text(double value);

/// The shortest suffix of the key's words that is unique among the axes of a sweep.
std::vector<std::string> short_keys(const SweepHeader& header);

}  // namespace tpuscope
