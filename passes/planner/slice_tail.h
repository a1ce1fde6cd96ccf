// SliceTail: what slices of a run's ops [first, last] touch, and what was worked out about them. A
// search tries ranges with one end after each other, growing to the front; an op that joins adds
// what it reads, and nothing changes for those behind it. So a range of fifty ops costs the search
// one op, not fifty.

#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "passes/planner/prices.h"
#include "passes/tiling/group_graph.h"

namespace tpuscope {

/// Slices that stand for all in an estimate: see sampled_slices().
inline constexpr std::size_t kMaxSamples = 4;

/// Bytes per lane of the largest slice of a value, and whether all slices of it are the same part.
struct ValueSize {
  std::int64_t bytes = -1;  ///< -1: not known yet
  bool is_constant = false;
};

class SliceTail {
 public:
  explicit SliceTail(const Chip& chip, const GroupGraph& graph) : chip_(chip), graph_(graph) {}

  /// Begins anew with no op; keeps its storage.
  void start(std::size_t last, GroupType type, const SliceCounts& slices);
  bool is_of(const GroupRange& range, const SliceCounts& slices) const;
  /// Adds ops until `first` is the first; false when a slice would have nothing to do.
  bool reach(std::size_t first);
  std::vector<SliceRegions>& samples() { return samples_; }

  // What is remembered until the op or the value changes. Times are picoseconds, -1: not known.
  struct OpCost {
    std::int64_t time = -1;
    std::int64_t scratch = 0;  ///< bytes per lane
  };
  OpCost& op(std::size_t op, std::size_t sample) { return ops_[op].at(sample); }
  std::int64_t& load(std::size_t value, std::size_t sample) { return loads_[value].at(sample); }
  std::int64_t& store(std::size_t value, std::size_t sample) { return stores_[value].at(sample); }
  ValueSize& size(std::size_t value) { return sizes_[value]; }

 private:
  using Times = std::array<std::int64_t, kMaxSamples>;

  void forget(std::size_t value);
  bool add_to_front(std::size_t op);

  const Chip& chip_;
  const GroupGraph& graph_;
  GroupType type_ = GroupType::kNormal;
  SliceCounts slices_{};
  std::size_t last_ = 0;
  std::size_t end_ = 0;  ///< ops [end_, last_] are in; last_ + 1: none
  bool has_failed_ = false;
  std::vector<SliceCounts> positions_{};
  std::vector<SliceRegions> samples_{};
  std::vector<std::array<OpCost, kMaxSamples>> ops_{};
  std::vector<Times> loads_{};
  std::vector<Times> stores_{};
  std::vector<ValueSize> sizes_{};
};

/// Tails of one run with the end that is in work.
class SliceTails {
 public:
  SliceTails(const Chip& chip, const GroupGraph& graph) : chip_(chip), graph_(graph) {}

  /// The tail of the range in these slices, from which the range can be reached.
  SliceTail& of(const GroupRange& range, const SliceCounts& slices);

 private:
  const Chip& chip_;
  const GroupGraph& graph_;
  std::size_t last_ = 0;
  std::size_t used_ = 0;  ///< of the tails, those of `last_`
  std::vector<std::unique_ptr<SliceTail>> tails_{};
};

}  // namespace tpuscope
