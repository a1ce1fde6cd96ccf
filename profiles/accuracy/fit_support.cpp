// Draws of networks, and slopes of rows.

#include "profiles/accuracy/fit_support.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include "base/parallel.h"
#include "profiles/accuracy/accuracy.h"

namespace tpuscope {
namespace {

constexpr std::size_t kDraws = 100;

/// Rows of networks drawn with repetition: one that is drawn twice is two networks.
std::vector<FitRow> drawn_rows(const std::vector<FitRow>& rows, std::size_t models,
                               std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<FitRow> drawn;
  for (std::size_t place = 0; place < models; ++place) {
    const std::size_t model = random() % models;
    for (const FitRow& row : rows) {
      if (row.model != model) continue;
      drawn.push_back(row);
      drawn.back().model = place;
    }
  }
  return drawn;
}

}  // namespace

std::vector<FitSpread> spreads_of(const std::vector<FitRow>& rows, const FitBox& box,
                                  std::size_t threads) {
  std::size_t models = 0;
  for (const FitRow& row : rows)
    models = std::max(models, row.model + 1);
  std::vector<std::vector<double>> points(kDraws);
  for_each_index(kDraws, threads, [&](std::size_t draw) {
    points[draw] = least_error(drawn_rows(rows, models, draw + 1), box);
  });
  std::vector<FitSpread> spreads;
  for (std::size_t j = 0; j < box.centre.size(); ++j) {
    std::vector<double> values;
    for (const std::vector<double>& point : points)
      values.push_back(point[j]);
    constexpr double kOutside = (1 - kSpreadCoverage) / 2;
    spreads.push_back({quantile(values, kOutside), quantile(values, 1 - kOutside)});
  }
  return spreads;
}

std::vector<std::size_t> telling_networks(const std::vector<FitRow>& rows, std::size_t j,
                                          double scale) {
  std::set<std::size_t> telling;
  for (const FitRow& row : rows) {
    if (std::abs(row.curves[j].slope * scale / row.predicted) >= kTellingShare)
      telling.insert(row.model);
  }
  return {telling.begin(), telling.end()};
}

}  // namespace tpuscope
