// Interval: between which times boards ran networks for which the simulator says what it says of
// this run. It rests on the measured rows of docs/accuracy.md, whose residuals are embedded in the
// program, and on nothing that the run itself knows.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"

namespace tpuscope {

/// One run that was measured on a board and predicted.
struct Residual {
  std::string network{};  ///< without the batch: all its rows err alike
  std::string chip{};
  std::int64_t cores = 1;
  std::string precision{};
  std::string bound{};  ///< of the prediction, as Verdict::bound
  double ratio = 1;     ///< measured / predicted
};

/// What a run must have in common with measured ones to be compared with them.
struct RunKind {
  std::string_view chip{};
  std::int64_t cores = 1;
  std::string_view precision{};
  std::string_view bound{};
};

/// The share of comparable networks whose measured time is inside.
inline constexpr double kIntervalCoverage = 0.8;

struct Interval {
  Picoseconds low{};
  Picoseconds high{};
  std::string basis{};  ///< "67 runs of 31 networks measured: bm1684x"; empty: there is none

  bool exists() const { return !basis.empty(); }
};

/// Columns: network, chip, cores, precision, bound, ratio. Errors name the line.
Result<std::vector<Residual>> parse_residuals(std::string_view csv, const std::string& where);
/// Those of the measured rows that are evidence (quality good), as `scripts/accuracy` writes them.
const std::vector<Residual>& residuals();

/// The central part of the measured times of comparable runs, scaled to this one. Comparable is
/// what has chip, cores, precision and bound in common; where fewer than twelve runs or eight
/// networks do, all but the bound, then chip and cores, then the chip, at last everything. Rows of
/// one network err alike, so the ranks of the two ends are those of a sample of as many values as
/// there are networks: a new one is between order statistics i and j of m with probability
/// (j - i) / (m + 1). None without enough rows.
Interval interval_of(const std::vector<Residual>& rows, const RunKind& kind, Picoseconds time);

/// How many of the rows lie in the interval that the rows of all other networks give them, 0 to 1:
/// what coverage a user may expect for a network that nobody has measured.
double coverage_of(const std::vector<Residual>& rows);

}  // namespace tpuscope
