// Candidate: a range of ops tried as one group. It is sliced until its buffers fit local memory;
// its time is that of its timesteps.

#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "passes/planner/group_type.h"
#include "passes/planner/memory.h"
#include "passes/planner/options.h"
#include "passes/planner/prices.h"
#include "passes/planner/schedule.h"

namespace tpuscope {

/// A range as a group.
struct Candidate {
  GroupRange range{};
  SliceCounts slices{1, 1, 1, 1, 1};
  Schedule schedule{};
  std::vector<GroupBuffer> buffers{};
  bool overwrites = false;  ///< results take their operands' places: without it, it does not fit
  std::int64_t cores = 1;   ///< that share the slices
  std::int64_t time = 0;    ///< picoseconds
};

/// A candidate, or what is in its way.
struct Trial {
  std::optional<Candidate> candidate{};
  std::int64_t missing_bytes = 0;  ///< per lane, however finely sliced; 0 when memory is not it
  std::string rule{};              ///< see LocalObstacle
  std::string reason{};
};

class CandidatePricer {
 public:
  CandidatePricer(const Chip& chip, const GroupGraph& graph, const GroupOptions& options)
      : chip_(chip), graph_(graph), options_(options), prices_(chip, graph) {
    for (const GroupOp& op : graph.ops)
      traits_.push_back(group_traits(op, chip));
  }

  /// Ops [first, last] as a group with the first slices that fit, as the compiler's quick search.
  /// `part` are the slices of a part of the range: fewer will not do.
  Trial trial(std::size_t first, std::size_t last, const SliceCounts* part = nullptr);
  /// The fastest of the slices that fit, among those of trial() and finer ones.
  Trial best_trial(std::size_t first, std::size_t last);
  /// With the slices of the options, sized by every slice rather than by samples.
  Trial exact_trial(std::size_t first, std::size_t last);
  /// The next finer slices; false when there are none.
  bool refine_slices(std::size_t first, std::size_t last, SliceCounts& slices);

 private:
  /// What a type of group means for one op, whatever the range.
  struct OpFacts {
    LocalAnswer obstacle{};
    SliceCounts limits{};
    std::int64_t parts = 1;  ///< slices in which its tensors fit local memory
  };
  const OpFacts& facts(std::size_t op, GroupType type);
  bool find_type(GroupRange& range, Trial& trial);
  SliceCounts limits_of(const GroupRange& range);
  SliceCounts first_slices(const GroupRange& range, const SliceCounts& limits);
  std::optional<Candidate> with_slices(const GroupRange& range, const SliceCounts& slices,
                                       const std::vector<SliceCounts>& samples, bool places,
                                       std::int64_t* need);
  /// On several cores the better of the slices that one core would get and those that all share.
  Trial search(std::size_t first, std::size_t last, const SliceCounts* part, int finer);
  Trial search_from(std::size_t first, std::size_t last, const SliceCounts* part, int finer,
                    bool deals_out);
  /// Per row, the operands whose places the result could take (compiler: in-place outputs).
  Overwrites overwrites_of(const GroupRange& range, const Schedule& schedule,
                           std::span<const SliceRegions> regions,
                           const std::vector<std::int64_t>& scratch) const;
  std::int64_t limit_bytes() const;

  const Chip& chip_;
  const GroupGraph& graph_;
  const GroupOptions& options_;
  GroupPrices prices_;
  std::vector<GroupTraits> traits_{};  ///< per op
  std::array<std::vector<std::optional<OpFacts>>, kGroupTypes> facts_{};
  std::vector<SliceRegions> regions_{};  ///< of the samples in work; kept for their storage
};

}  // namespace tpuscope
