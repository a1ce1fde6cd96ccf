// Surrogate: how the simulated times of rows follow the numbers of a chip, near a point, learnt
// from a few simulations. A minimum of the error is searched on it with thousands of steps, which
// the simulator itself would take hours for.

#pragma once

#include <cstddef>
#include <vector>

namespace tpuscope {

/// One time along one axis: quadratic through the centre (change 0) and two other points.
struct AxisCurve {
  double slope = 0;
  double bend = 0;
  double at(double step) const { return step * (slope + bend * step); }
};

/// Curve through (0, 0), (step_a, change_a) and (step_b, change_b); a straight line where the steps
/// are equal, and flat where both are 0.
AxisCurve curve_through(double step_a, double change_a, double step_b, double change_b);

/// A row of the measured table in the fit.
struct FitRow {
  std::size_t model = 0;            ///< rows of one network share its weight
  double measured = 0;              ///< any unit
  double predicted = 0;             ///< at the centre, the same unit
  std::vector<AxisCurve> curves{};  ///< per parameter: change of the prediction
};

/// Box in which the surrogate is used, and its centre. Every parameter is scaled so that its
/// physical range is 1 long.
struct FitBox {
  std::vector<double> centre{};
  std::vector<double> low{};
  std::vector<double> high{};
};

/// Mean over networks of the mean |ln(predicted/measured)| of their rows, where a row's change is
/// the sum of its changes along the axes. `without`: a network that is left out, or none.
inline constexpr std::size_t kAllModels = ~std::size_t{0};
double surrogate_error(const std::vector<FitRow>& rows, const FitBox& box,
                       const std::vector<double>& point, std::size_t without = kAllModels);

/// The point of the box with the least error, found by NLopt's Sbplx from the centre with a fixed
/// number of steps. Parameters on which the error does not depend stay where they are.
std::vector<double> least_error(const std::vector<FitRow>& rows, const FitBox& box,
                                std::size_t without = kAllModels);

}  // namespace tpuscope
