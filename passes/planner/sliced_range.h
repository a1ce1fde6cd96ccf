// SlicedRange: a range of ops cut into given slices, on its way to a candidate. One function each
// for what the slices touch, the memory they need, what they cost, and the cores that share them.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "passes/planner/candidate.h"
#include "passes/planner/options.h"
#include "passes/planner/prices.h"
#include "passes/planner/slice_tail.h"

namespace tpuscope {

/// How much is worked out about a range.
enum class Detail : std::uint8_t {
  kEstimate,  ///< what a search compares: how much memory is in use at once, time from samples
  kPlaced,    ///< what a plan needs: addresses, and the time of every slice
};

/// Where the weights of a group are between its slices.
enum class Weights : std::uint8_t {
  kHeld,      ///< loaded once for all slices, where the options say so
  kReloaded,  ///< loaded for each slice
};

/// A candidate, or how far the range is from one.
struct SliceTrial {
  std::optional<Candidate> candidate{};
  /// Bytes per lane in use at once; 0 when a slice would have nothing to do.
  std::int64_t need = 0;
};

/// What the ranges of one run have in common.
struct RunContext {
  const Chip& chip;
  const GroupGraph& graph;
  const GroupOptions& options;
  GroupPrices& prices;
  std::vector<SliceRegions>& regions;  ///< of the samples in work; kept for their storage
  SliceTails& tails;

  /// Local memory that a group may use, bytes per lane.
  std::int64_t limit_bytes() const;
};

class SlicedRange {
 public:
  SlicedRange(const RunContext& context, const GroupRange& range, const SliceCounts& slices,
              Detail detail, Weights weights = Weights::kHeld);

  /// `samples`: positions of the slices that represent all, those of sampled_slices() first; of an
  /// estimate no others.
  SliceTrial trial(const std::vector<SliceCounts>& samples);

 private:
  bool find_regions(const std::vector<SliceCounts>& samples);
  void find_sizes();
  ValueSize size_of_largest(std::size_t value);
  SliceTail::OpCost cost_of_op(std::size_t row, const SliceRegions& sample);
  std::int64_t cost_of_transfer(const ScheduledTransfer& transfer, const SliceRegions& sample);
  SliceTail::OpCost cost_of_op(std::size_t row, const SliceRegions& sample,
                               std::optional<std::size_t> number);
  std::int64_t cost_of_transfer(const ScheduledTransfer& transfer, const SliceRegions& sample,
                                std::optional<std::size_t> number);
  SliceCost cost_of(const SliceRegions& sample, std::optional<std::size_t> number = {});
  SliceCosts sampled_costs();
  SliceCosts placed_costs();
  bool fits(const Schedule& schedule);
  std::vector<GroupBuffer> buffers_of(const Schedule& schedule) const;
  bool fits_or_reuses();
  bool can_reuse(const GroupOp& op, std::size_t operand) const;
  InPlaceOperands in_place_operands() const;
  std::int64_t most_saved_by(const InPlaceOperands& in_place) const;
  void balance_transfers();
  void price_placement();
  void share_among_cores();

  const RunContext& context_;
  const GroupGraph& graph_;
  Detail detail_;
  bool holds_;
  std::int64_t count_;
  bool is_sliced_;
  std::int64_t sync_;  ///< picoseconds
  Candidate candidate_;
  std::int64_t need_ = 0;
  SliceTail* tail_ = nullptr;          ///< of an estimate: where its regions and prices are kept
  std::span<SliceRegions> regions_{};  ///< per sample
  std::vector<bool> resident_{};       ///< per value: loaded once for all slices
  BufferSizes sizes_{};
  std::vector<std::int64_t> conflicts_{};  ///< per row: operands in the result's bank
  InPlaceOperands in_place_{};             ///< empty unless nothing fits otherwise
  SliceCosts costs_{};
};

}  // namespace tpuscope
