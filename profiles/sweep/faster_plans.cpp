// What more freedom of the planner is worth at least: the plan that less of it leads to.

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "profiles/sweep/metric.h"
#include "profiles/sweep/sweep.h"

namespace tpuscope {
namespace {

/// A number of which a planner need not use all.
struct Freedom {
  std::string_view key{};
  bool has_no_limit_at_zero = false;
};
constexpr std::array<Freedom, 3> kFreedoms = {{{"chip.local_memory.kib_per_lane", false},
                                               {"passes.layer_group.local_kib", true},
                                               {"passes.layer_group.max_ops", true}}};

const Freedom* freedom_of(const SweepAxis& axis) {
  if (!axis.is_numeric()) return nullptr;
  const auto* const found =
      std::find_if(kFreedoms.begin(), kFreedoms.end(),
                   [&](const Freedom& freedom) { return freedom.key == axis.key; });
  return found == kFreedoms.end() ? nullptr : &*found;
}

/// Whether a value leaves the planner no more than another.
bool is_within(const Freedom& freedom, double less, double more) {
  if (!freedom.has_no_limit_at_zero || (less != 0 && more != 0)) return less <= more;
  return more == 0;
}

/// Whether a point differs from another in nothing but less freedom.
bool is_part_of(const SweepHeader& header, std::size_t less, std::size_t more) {
  const std::vector<std::size_t> own = header.values_at(less);
  const std::vector<std::size_t> its = header.values_at(more);
  for (std::size_t i = 0; i < header.axes.size(); ++i) {
    if (own[i] == its[i]) continue;
    const SweepAxis& axis = header.axes[i];
    const Freedom* freedom = freedom_of(axis);
    if (freedom == nullptr || !is_within(*freedom, axis.numbers[own[i]], axis.numbers[its[i]])) {
      return false;
    }
  }
  return true;
}

}  // namespace

void keep_faster_plans(const SweepHeader& header, std::vector<SweepPoint>& points) {
  const bool has_freedom =
      std::any_of(header.axes.begin(), header.axes.end(),
                  [](const SweepAxis& axis) { return freedom_of(axis) != nullptr; });
  if (!has_freedom) return;
  const Result<std::size_t> time = parse_sweep_metric("time_ps");
  TPU_CHECK(time.ok(), "the time is no metric");
  const std::vector<SweepPoint> simulated = points;
  for (SweepPoint& point : points) {
    if (!point.ok()) continue;
    for (const SweepPoint& other : simulated) {
      if (!other.ok() || other.figures[*time] >= point.figures[*time] ||
          !is_part_of(header, other.index, point.index)) {
        continue;
      }
      point.figures = other.figures;
      point.planned_as = other.index;
    }
  }
}

}  // namespace tpuscope
