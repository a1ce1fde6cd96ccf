// The steps between slice counts.

#include "passes/planner/slice_counts.h"

#include <algorithm>

namespace tpuscope {
namespace {

/// The next count whose parts are really smaller.
std::int64_t next_count(std::int64_t count, std::int64_t limit) {
  const std::int64_t part = ceil_div(limit, count);
  std::int64_t next = count + 1;
  while (next < limit && ceil_div(limit, next) == part)
    ++next;
  return std::min(next, limit);
}

}  // namespace

bool refine(SliceCounts& slices, const SliceCounts& limits, double ratio) {
  for (const std::size_t axis : {kSliceN, kSliceC, kSliceD, kSliceH, kSliceW}) {
    if (slices[axis] >= limits[axis]) continue;
    const auto wanted =
        static_cast<std::int64_t>(static_cast<double>(slices[axis]) * std::max(1.0, 0.8 * ratio));
    std::int64_t next = next_count(slices[axis], limits[axis]);
    while (next < limits[axis] && next < wanted)
      next = next_count(next, limits[axis]);
    slices[axis] = next;
    return true;
  }
  return false;
}

std::vector<SliceCounts> sampled_slices(const SliceCounts& counts) {
  const std::int64_t slices = product_of(counts);
  std::vector<SliceCounts> samples = {slice_position(counts, 0)};
  if (slices == 1) return samples;
  samples.push_back(slice_position(counts, slices - 1));
  if (slices == 2) return samples;
  samples.push_back(slice_position(counts, slices / 3));
  samples.push_back(slice_position(counts, 2 * slices / 3));
  return samples;
}

std::vector<SliceCounts> exhaustive_slices(const SliceCounts& counts) {
  std::vector<SliceCounts> samples = sampled_slices(counts);
  for (std::size_t axis = 0; axis < counts.size(); ++axis) {
    for (std::int64_t i = 0; i < counts[axis]; ++i) {
      SliceCounts sample{};
      sample[axis] = i;
      samples.push_back(sample);
    }
  }
  return samples;
}

}  // namespace tpuscope
