// Regions and prices of tails: see slice_tail.h.

#include "passes/planner/slice_tail.h"

#include "passes/planner/slice_counts.h"

namespace tpuscope {
namespace {

constexpr std::array<std::int64_t, kMaxSamples> kUnknown{-1, -1, -1, -1};

}  // namespace

void SliceTail::start(std::size_t last, GroupType type, const SliceCounts& slices) {
  if (ops_.empty()) {
    ops_.resize(graph_.ops.size());
    loads_.assign(graph_.values.size(), kUnknown);
    stores_.assign(graph_.values.size(), kUnknown);
    sizes_.resize(graph_.values.size());
  } else if (end_ <= last_) {
    for (SliceRegions& sample : samples_)
      clear_regions(graph_, {end_, last_}, sample);
    for (std::size_t op = end_; op <= last_; ++op) {
      ops_[op] = {};
      forget(graph_.ops[op].result);
      for (const std::size_t operand : graph_.ops[op].operands)
        forget(operand);
    }
  }
  last_ = last;
  end_ = last + 1;
  type_ = type;
  slices_ = slices;
  has_failed_ = false;
  positions_ = sampled_slices(slices);
  samples_.resize(positions_.size());
  for (SliceRegions& sample : samples_) {
    sample.needed.resize(graph_.values.size());
    sample.stored.resize(graph_.values.size());
  }
}

void SliceTail::forget(std::size_t value) {
  if (value == GroupOp::kImmediate) return;
  loads_[value] = kUnknown;
  stores_[value] = kUnknown;
  sizes_[value] = {};
}

bool SliceTail::is_of(const GroupRange& range, const SliceCounts& slices) const {
  return last_ == range.last && type_ == range.type && slices_ == slices && end_ >= range.first;
}

bool SliceTail::reach(std::size_t first) {
  while (!has_failed_ && end_ > first)
    has_failed_ = !add_to_front(--end_);
  return !has_failed_;
}

/// The parts of what the op reads grow, and its result is no longer loaded.
bool SliceTail::add_to_front(std::size_t op) {
  const GroupRange range{op, last_, type_};
  forget(graph_.ops[op].result);
  for (const std::size_t operand : graph_.ops[op].operands)
    forget(operand);
  for (std::size_t i = 0; i < positions_.size(); ++i) {
    if (!add_first_op(graph_, range, chip_, slices_, positions_[i], samples_[i])) return false;
  }
  return true;
}

SliceTail& SliceTails::of(const GroupRange& range, const SliceCounts& slices) {
  if (range.last != last_) used_ = 0;
  last_ = range.last;
  for (std::size_t i = 0; i < used_; ++i) {
    if (tails_[i]->is_of(range, slices)) return *tails_[i];
  }
  if (used_ == tails_.size()) tails_.push_back(std::make_unique<SliceTail>(chip_, graph_));
  SliceTail& tail = *tails_[used_++];
  tail.start(range.last, range.type, slices);
  return tail;
}

}  // namespace tpuscope
