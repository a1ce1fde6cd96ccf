// Boxes are compared on a common lattice of indices, where they are few regions. Boxes whose
// strides do not divide each other have none: they are compared run by run.

#include "sim/program/element_cover.h"

#include <algorithm>

#include "base/check.h"
#include "graph/region.h"

namespace tpuscope {
namespace {

bool is_empty_element_cover(const ElementBox& box) {
  return box.elements() == 0;
}

std::int64_t last_of(const ElementBox& box) {
  std::int64_t last = box.first;
  for (const StridedAxis& axis : box.axes)
    last += (axis.extent - 1) * axis.stride;
  return last;
}

bool is_nested(const std::vector<StridedAxis>& axes) {
  for (std::size_t i = 1; i < axes.size(); ++i) {
    if (axes[i - 1].stride < axes[i].stride * axes[i].extent) return false;
  }
  return true;
}

/// Writes a box as regions of indices, cut wherever it runs over the end of an axis.
class Decomposition {
 public:
  explicit Decomposition(const Lattice& lattice) : lattice_(lattice) {}

  /// False when an element is no place of the lattice.
  bool add(std::int64_t first, const std::vector<StridedAxis>& axes) {
    Region region(lattice_.axes.size());
    std::int64_t rest = first - lattice_.origin;
    if (rest < 0) return false;
    for (std::size_t j = 0; j < region.size(); ++j) {
      const std::int64_t index = rest / lattice_.axes[j].stride;
      if (index >= lattice_.axes[j].extent) return false;
      region[j] = {index, index + 1};
      rest -= index * lattice_.axes[j].stride;
    }
    if (rest != 0) return false;
    for (std::size_t a = 0; a < axes.size(); ++a) {
      const std::optional<std::size_t> level = level_of(axes[a].stride);
      if (!level) return add_each(first, axes, a);
      Range& range = region[*level];
      if (range.extent() > 1) return add_each(first, axes, a);
      if (range.begin + axes[a].extent > lattice_.axes[*level].extent) {
        return add_cut(first, axes, a, *level, range.begin);
      }
      range.end = range.begin + axes[a].extent;
    }
    regions_.push_back(std::move(region));
    return true;
  }

  std::vector<Region> take() { return std::move(regions_); }

 private:
  std::optional<std::size_t> level_of(std::int64_t stride) const {
    for (std::size_t j = 0; j < lattice_.axes.size(); ++j) {
      if (lattice_.axes[j].stride == stride && lattice_.axes[j].extent > 1) return j;
    }
    return std::nullopt;
  }

  /// Index by index along one axis of the box: it has no axis of the lattice to itself.
  bool add_each(std::int64_t first, const std::vector<StridedAxis>& axes, std::size_t a) {
    std::vector<StridedAxis> others = axes;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(a));
    for (std::int64_t i = 0; i < axes[a].extent; ++i) {
      if (!add(first + i * axes[a].stride, others)) return false;
    }
    return true;
  }

  /// Axis `a` runs over the end of the lattice's axis: what is left of that one, whole ones, and
  /// the begin of another.
  bool add_cut(std::int64_t first, const std::vector<StridedAxis>& axes, std::size_t a,
               std::size_t level, std::int64_t index) {
    const StridedAxis whole = lattice_.axes[level];
    const std::int64_t period = whole.stride * whole.extent;
    const bool goes_on = std::any_of(
        lattice_.axes.begin(), lattice_.axes.begin() + static_cast<std::ptrdiff_t>(level),
        [&](const StridedAxis& axis) { return axis.stride == period && axis.extent > 1; });
    if (!goes_on) return false;
    const bool is_taken = std::any_of(
        axes.begin(), axes.end(), [&](const StridedAxis& axis) { return axis.stride == period; });
    if (is_taken) return add_each(first, axes, a);
    std::int64_t left = axes[a].extent;
    const auto piece = [&](std::int64_t count, std::int64_t periods) {
      std::vector<StridedAxis> cut = axes;
      cut[a].extent = count;
      if (periods > 1) cut.insert(cut.begin(), {periods, period});
      const bool fits = add(first, cut);
      first += count * periods * whole.stride;
      left -= count * periods;
      return fits;
    };
    if (index > 0 && !piece(whole.extent - index, 1)) return false;
    if (left >= whole.extent && !piece(whole.extent, left / whole.extent)) return false;
    return left == 0 || piece(left, 1);
  }

  const Lattice& lattice_;
  std::vector<Region> regions_{};
};

/// A lattice of all elements from 0 to beyond the last on which each of the boxes is few regions;
/// empty when their strides do not divide each other.
std::optional<Lattice> common_lattice(const ElementBox& box, std::span<const ElementBox> boxes) {
  std::vector<std::int64_t> strides{1};
  std::int64_t last = last_of(box);
  const auto add = [&](const ElementBox& other) {
    for (const StridedAxis& axis : other.axes)
      strides.push_back(axis.stride);
    last = std::max(last, last_of(other));
  };
  add(box);
  for (const ElementBox& other : boxes)
    add(other);
  std::sort(strides.begin(), strides.end(), std::greater<>());
  strides.erase(std::unique(strides.begin(), strides.end()), strides.end());
  Lattice lattice;
  std::int64_t outer = (last / strides.front() + 1) * strides.front();
  for (const std::int64_t stride : strides) {
    if (outer % stride != 0) return std::nullopt;
    lattice.axes.push_back({outer / stride, stride});
    outer = stride;
  }
  return lattice;
}

/// Regions not yet covered.
class Remainder {
 public:
  explicit Remainder(std::vector<Region> regions) : left_(std::move(regions)) {}

  /// Takes the region away; returns how many of its elements were left.
  std::int64_t subtract(const Region& region) {
    std::int64_t taken = 0;
    std::vector<Region> next;
    next.reserve(left_.size() + 2);
    for (Region& rest : left_) {
      const Region common = intersection(rest, region);
      const std::int64_t elements = elements_of(common);
      if (elements == 0) {
        next.push_back(std::move(rest));
        continue;
      }
      taken += elements;
      for (std::size_t axis = 0; axis < rest.size(); ++axis) {
        const auto keep = [&](Range range) {
          if (range.extent() == 0) return;
          next.push_back(rest);
          next.back()[axis] = range;
        };
        keep({rest[axis].begin, common[axis].begin});
        keep({common[axis].end, rest[axis].end});
        rest[axis] = common[axis];
      }
    }
    left_ = std::move(next);
    return taken;
  }

  std::int64_t elements() const {
    std::int64_t sum = 0;
    for (const Region& region : left_)
      sum += elements_of(region);
    return sum;
  }

  static Region intersection(const Region& a, const Region& b) {
    Region common(a.size());
    for (std::size_t axis = 0; axis < a.size(); ++axis) {
      common[axis].begin = std::max(a[axis].begin, b[axis].begin);
      common[axis].end = std::max(common[axis].begin, std::min(a[axis].end, b[axis].end));
    }
    return common;
  }

 private:
  std::vector<Region> left_;
};

/// Begin and end of every run of the box.
std::vector<Range> runs_of_box(const ElementBox& box) {
  std::vector<Range> runs{{box.first, box.first + 1}};
  for (std::size_t a = box.axes.size(); a-- > 0;) {
    const StridedAxis& axis = box.axes[a];
    std::vector<Range> longer;
    for (std::int64_t i = 0; i < axis.extent; ++i) {
      for (const Range& run : runs) {
        const Range moved{run.begin + i * axis.stride, run.end + i * axis.stride};
        if (!longer.empty() && longer.back().end == moved.begin) {
          longer.back().end = moved.end;
        } else {
          longer.push_back(moved);
        }
      }
    }
    runs = std::move(longer);
  }
  return runs;
}

/// Joins what touches or overlaps.
std::vector<Range> merged(std::vector<Range> runs) {
  std::sort(runs.begin(), runs.end(),
            [](const Range& a, const Range& b) { return a.begin < b.begin; });
  std::vector<Range> joined;
  for (const Range& run : runs) {
    if (!joined.empty() && run.begin <= joined.back().end) {
      joined.back().end = std::max(joined.back().end, run.end);
    } else {
      joined.push_back(run);
    }
  }
  return joined;
}

/// Elements in both of two merged lists.
std::int64_t common_elements(const std::vector<Range>& a, const std::vector<Range>& b) {
  std::int64_t sum = 0;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    sum +=
        std::max<std::int64_t>(0, std::min(a[i].end, b[j].end) - std::max(a[i].begin, b[j].begin));
    (a[i].end < b[j].end ? i : j) += 1;
  }
  return sum;
}

Cover cover_by_runs(const ElementBox& box, std::span<const ElementBox> boxes) {
  const std::vector<Range> wanted = merged(runs_of_box(box));
  std::vector<Range> all;
  std::int64_t held = 0;
  for (const ElementBox& other : boxes) {
    const std::vector<Range> runs = merged(runs_of_box(other));
    held += common_elements(wanted, runs);
    all.insert(all.end(), runs.begin(), runs.end());
  }
  const std::int64_t once = common_elements(wanted, merged(std::move(all)));
  std::int64_t elements = 0;
  for (const Range& run : wanted)
    elements += run.extent();
  return {.missing = elements - once, .repeated = held - once};
}

/// Axes of a copy by falling stride in the result.
std::vector<std::size_t> axes_by_result(const StridedCopy& copy) {
  std::vector<std::size_t> axes(copy.extents.size());
  for (std::size_t i = 0; i < axes.size(); ++i)
    axes[i] = i;
  std::stable_sort(axes.begin(), axes.end(), [&](std::size_t a, std::size_t b) {
    return copy.result_strides[a] > copy.result_strides[b];
  });
  return axes;
}

}  // namespace

Lattice lattice_of(const Shape& shape) {
  Lattice lattice;
  const std::vector<std::int64_t> strides = dense_strides(shape);
  for (std::size_t axis = 0; axis < shape.size(); ++axis)
    lattice.axes.push_back({shape[axis], strides[axis]});
  return lattice;
}

std::optional<std::vector<Region>> regions_on(const Lattice& lattice, const ElementBox& box) {
  if (is_empty_element_cover(box)) return std::vector<Region>{};
  Decomposition decomposition(lattice);
  if (!decomposition.add(box.first, box.axes)) return std::nullopt;
  return decomposition.take();
}

std::optional<std::vector<ElementBox>> sources_of(const StridedCopy& copy, const ElementBox& box) {
  const std::vector<std::size_t> axes = axes_by_result(copy);
  Lattice lattice{.origin = copy.result_offset};
  for (const std::size_t axis : axes)
    lattice.axes.push_back({copy.extents[axis], copy.result_strides[axis]});
  const auto regions = regions_on(lattice, box);
  if (!regions) return std::nullopt;
  std::vector<ElementBox> sources;
  for (const Region& region : *regions) {
    std::int64_t first = copy.operand_offset;
    std::vector<StridedAxis> source;
    for (std::size_t i = 0; i < axes.size(); ++i) {
      const std::int64_t stride = copy.operand_strides[axes[i]];
      first += region[i].begin * stride;
      source.push_back({region[i].extent(), stride});
    }
    sources.push_back(box_of(first, std::move(source)));
  }
  return sources;
}

bool contains(const ElementBox& outer, const ElementBox& inner) {
  if (outer == inner || is_empty_element_cover(inner)) return true;
  if (is_empty_element_cover(outer) || inner.first < outer.first || last_of(inner) > last_of(outer))
    return false;
  if (outer.axes.size() == 1 && outer.axes[0].stride == 1) return true;
  if (!is_nested(outer.axes)) return cover_by_runs(inner, {&outer, 1}).missing == 0;
  return regions_on({outer.first, outer.axes}, inner).has_value();
}

bool intersects(const ElementBox& a, const ElementBox& b) {
  if (is_empty_element_cover(a) || is_empty_element_cover(b) || last_of(a) < b.first ||
      last_of(b) < a.first)
    return false;
  return cover_of(a, {&b, 1}).missing < a.elements();
}

Cover cover_of(const ElementBox& box, std::span<const ElementBox> boxes) {
  if (is_empty_element_cover(box)) return {};
  std::vector<ElementBox> held;
  for (const ElementBox& other : boxes) {
    if (!is_empty_element_cover(other)) held.push_back(other);
  }
  const bool nested = is_nested(box.axes) &&
                      std::all_of(held.begin(), held.end(),
                                  [](const ElementBox& other) { return is_nested(other.axes); });
  const std::optional<Lattice> lattice = nested ? common_lattice(box, held) : std::nullopt;
  if (!lattice) return cover_by_runs(box, held);
  const auto regions = [&](const ElementBox& other) {
    const auto found = regions_on(*lattice, other);
    TPU_CHECK(found.has_value(), "a box of {} elements is not on its lattice", other.elements());
    return *found;
  };
  const std::vector<Region> wanted = regions(box);
  Remainder remainder(wanted);
  Cover cover;
  for (const ElementBox& other : held) {
    for (const Region& region : regions(other)) {
      std::int64_t inside = 0;
      for (const Region& part : wanted)
        inside += elements_of(Remainder::intersection(part, region));
      cover.repeated += inside - remainder.subtract(region);
    }
  }
  cover.missing = remainder.elements();
  return cover;
}

}  // namespace tpuscope
