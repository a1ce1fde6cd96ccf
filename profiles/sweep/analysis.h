// What a sweep says: which point is best, which are not beaten, what each number is worth and where
// more of it stops paying.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "profiles/report/verdict.h"
#include "profiles/sweep/sweep.h"
#include "profiles/whatif/critical_path.h"

namespace tpuscope {

/// What points are compared by: a metric, or the number on an axis.
struct SweepMeasure {
  std::string name{};
  std::optional<std::size_t> metric{};
  std::size_t axis = 0;  ///< where there is no metric
  bool larger_is_better = false;
  /// Of a varied number: cheaper is the side on which the metric gets worse.
  bool is_judged_by_metric = false;
};

/// "time_ps", "ddr.peak_gbps (less is cheaper)".
std::string measure_text(const SweepMeasure& measure);

/// Two or more measures, "X,Y": names of metrics, or keys of numeric axes, of which less is taken
/// to be cheaper unless written as "+KEY". kUsage errors.
Result<std::vector<SweepMeasure>> parse_pareto(std::string_view text, const SweepHeader& header);
/// The metric and the numbers that are varied, which cost something; where only words are varied,
/// time and bytes on the DDR bus.
std::vector<SweepMeasure> default_pareto(const SweepHeader& header, std::size_t metric);

/// Where more of a number stops paying.
struct SweepKnee {
  std::size_t at = 0;     ///< position in SweepLine::points
  bool is_upward = true;  ///< more of the number is better
  double elasticity_before = 0;
  double elasticity_after = 0;
  /// The number of the chip that decides from there on, and its elasticity; empty where nobody
  /// asked, see find_takeovers().
  std::string takes_over{};
  double takeover_elasticity = 0;
};

/// Points that differ in one number only, in its ascending order; failed points and numbers that
/// are not above 0 are left out.
struct SweepLine {
  std::size_t axis = 0;
  std::vector<std::size_t> points{};  ///< positions in SweepAnalysis::points
  /// From the point before: percent of the metric per percent more of the number,
  /// ln(y2 / y1) / ln(x2 / x1), as of sensitivities. None for the first.
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
  const SweepPoint* base = nullptr;   ///< without the sweep; null where it is a point of the grid
  std::optional<std::size_t> best{};  ///< the first of equals
  std::vector<bool> is_unbeaten{};  ///< no point is better in one measure and as good in the other
  std::vector<SweepLine> lines{};   ///< by axis, then by point
  std::size_t failures = 0;

  /// What changes are counted from: the base, else the reference.
  std::optional<double> reference_value() const;
  double value(std::size_t position) const { return (*points)[position].figures.at(metric); }
};

/// Header, points and base must outlive the result. `base`: the point without the sweep, where it
/// was run beside the grid.
SweepAnalysis analyse_sweep(const SweepHeader& header, const std::vector<SweepPoint>& points,
                            std::size_t metric, std::vector<SweepMeasure> pareto,
                            const SweepPoint* base = nullptr);

/// Names what takes over at knees of the chip's numbers: the number that is not varied with the
/// largest elasticity at the next point, by the sensitivities there.
void find_takeovers(
    SweepAnalysis& analysis,
    const std::function<std::vector<Sensitivity>(const SweepPoint& point)>& sensitivities_at);

/// What bounds a point, by the rule of every view.
Verdict verdict_of(const SweepPoint& point);

/// What each number is worth, and where more of it stops paying: a sentence for each line, or where
/// there are many for the one through the reference and for all together. "chip.ddr.peak_gbps:
/// elasticity -0.31 from 16 to 128; above 64 time hardly improves (-0.45 before, -0.04 after):
/// there it is bound by compute, 61.0 % of the time, and clock.tiu_mhz takes over (-0.60)".
std::vector<std::string> sweep_sentences(const SweepAnalysis& analysis);

/// The shortest suffix of the key's words that is unique among the axes of a sweep.
std::vector<std::string> short_keys(const SweepHeader& header);

}  // namespace tpuscope
