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
