// Sums over the parts of a plan.

#include "passes/tiling/plan.h"

#include <algorithm>

namespace tpuscope {
namespace {

std::int64_t end_of(const LocalBuffer& buffer) {
  std::int64_t end = 0;
  for (const LocalRange& range : buffer.ranges)
    end = std::max<std::int64_t>(end, std::int64_t{range.address} + range.bytes);
  return end;
}

std::int64_t end_of(std::span<const LocalBuffer> buffers) {
  std::int64_t end = 0;
  for (const LocalBuffer& buffer : buffers)
    end = std::max(end, end_of(buffer));
  return end;
}

}  // namespace

std::int64_t calls_of(const std::vector<SliceLoop>& loops) {
  std::int64_t calls = 1;
  std::int64_t slices = 1;
  for (const SliceLoop& loop : loops) {
    slices *= loop.count;
    if (loop.drains) calls = slices;
  }
  return calls;
}

Range SliceLoop::slice(std::int64_t whole, std::int64_t i) const {
  switch (remainder) {
    case Remainder::kLast:
      return {i * extent, std::min((i + 1) * extent, whole)};
    case Remainder::kSpread: {
      const std::int64_t least = whole / count;
      const std::int64_t longer = whole % count;
      const std::int64_t begin = i * least + std::min(i, longer);
      return {begin, begin + least + (i < longer ? 1 : 0)};
    }
    case Remainder::kApart: {
      const std::int64_t full = whole - whole % unit;
      const bool is_apart = full < whole && i + 1 == count;
      if (is_apart) return {full, whole};
      return {i * extent, std::min((i + 1) * extent, full)};
    }
    case Remainder::kFiner: {
      const std::int64_t same = whole / extent;
      Range found{i * extent, (i + 1) * extent};
      if (i < same) return found;
      found.end = same * extent;
      for (const std::int64_t step : {unit, piece, std::int64_t{1}}) {
        found = {found.end, whole - whole % step};
        if (found.extent() > 0 && i-- == same) return found;
      }
      break;
    }
  }
  unreachable();
}

std::span<const OpId> Group::ops() const {
  if (const SingleOp* alone = single()) return {&alone->op, 1};
  return layers()->ops;
}

std::int64_t Group::slice_count() const {
  std::int64_t product = 1;
  if (const SingleOp* alone = single()) {
    for (const SliceLoop& loop : alone->loops)
      product *= loop.count;
  } else {
    for (const std::int64_t count : layers()->secs)
      product *= count;
  }
  return product;
}

std::int64_t Group::peak_local_bytes() const {
  if (const LayerGroup* group = layers()) return end_of(group->buffers);
  const SingleOp& alone = *single();
  return std::max({end_of(alone.operands), end_of(alone.results), end_of(alone.scratch)});
}

}  // namespace tpuscope
