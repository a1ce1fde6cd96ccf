// Quadratics along axes, and their minimum by NLopt.

#include "profiles/accuracy/surrogate.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <nlopt.h>

#include "base/check.h"

namespace tpuscope {
namespace {

/// Steps of a search; a dozen parameters settle within a tenth of it.
constexpr int kMaxSteps = 20000;
/// Moving a parameter over all of its range must gain so much in the mean logarithm; keeps values
/// that no measurement depends on where they are.
constexpr double kReluctance = 1e-4;
/// A surrogate far from its centre can turn negative; times are cut off at this part of the
/// centre's.
constexpr double kLeastTime = 0.05;

struct Problem {
  const std::vector<FitRow>* rows = nullptr;
  const FitBox* box = nullptr;
  std::size_t without = kAllModels;
};

double reluctance(const FitBox& box, const std::vector<double>& point) {
  double distance = 0;
  for (std::size_t j = 0; j < point.size(); ++j)
    distance += (point[j] - box.centre[j]) * (point[j] - box.centre[j]);
  return kReluctance * distance;
}

double objective(unsigned count, const double* values, double*, void* data) {
  const auto& problem = *static_cast<const Problem*>(data);
  const std::vector<double> point(values, values + count);
  return surrogate_error(*problem.rows, *problem.box, point, problem.without) +
         reluctance(*problem.box, point);
}

}  // namespace

AxisCurve curve_through(double step_a, double change_a, double step_b, double change_b) {
  if (step_a == 0 && step_b == 0) return {};
  if (step_a == 0 || step_b == 0 || step_a == step_b) {
    return step_a != 0 ? AxisCurve{.slope = change_a / step_a}
                       : AxisCurve{.slope = change_b / step_b};
  }
  const double slope_a = change_a / step_a;
  const double slope_b = change_b / step_b;
  const double bend = (slope_b - slope_a) / (step_b - step_a);
  return {.slope = slope_a - bend * step_a, .bend = bend};
}

double surrogate_error(const std::vector<FitRow>& rows, const FitBox& box,
                       const std::vector<double>& point, std::size_t without) {
  struct Sum {
    double error = 0;
    double rows = 0;
  };
  std::map<std::size_t, Sum> sums;
  for (const FitRow& row : rows) {
    if (row.model == without) continue;
    double time = row.predicted;
    for (std::size_t j = 0; j < point.size(); ++j)
      time += row.curves[j].at(point[j] - box.centre[j]);
    time = std::max(time, kLeastTime * row.predicted);
    Sum& sum = sums[row.model];
    sum.error += std::abs(std::log(time / row.measured));
    sum.rows += 1;
  }
  double error = 0;
  for (const auto& [model, sum] : sums)
    error += sum.error / sum.rows;
  return sums.empty() ? 0 : error / static_cast<double>(sums.size());
}

std::vector<double> least_error(const std::vector<FitRow>& rows, const FitBox& box,
                                std::size_t without) {
  std::vector<double> point = box.centre;
  const std::unique_ptr<nlopt_opt_s, decltype(&nlopt_destroy)> search(
      nlopt_create(NLOPT_LN_SBPLX, static_cast<unsigned>(point.size())), nlopt_destroy);
  TPU_CHECK(search != nullptr, "NLopt has no search over {} values", point.size());
  Problem problem{&rows, &box, without};
  std::vector<double> steps;
  for (std::size_t j = 0; j < point.size(); ++j)
    steps.push_back(std::max(1e-6, (box.high[j] - box.low[j]) / 4));
  nlopt_set_min_objective(search.get(), objective, &problem);
  nlopt_set_lower_bounds(search.get(), box.low.data());
  nlopt_set_upper_bounds(search.get(), box.high.data());
  nlopt_set_initial_step(search.get(), steps.data());
  nlopt_set_maxeval(search.get(), kMaxSteps);
  nlopt_set_xtol_rel(search.get(), 1e-6);
  double error = 0;
  const nlopt_result result = nlopt_optimize(search.get(), point.data(), &error);
  // Rounding that stops the search is no failure: the point is as good as it gets.
  TPU_CHECK(result > 0 || result == NLOPT_ROUNDOFF_LIMITED, "NLopt ended with {}",
            static_cast<int>(result));
  return point;
}

}  // namespace tpuscope
