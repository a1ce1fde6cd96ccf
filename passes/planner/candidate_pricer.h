// CandidatePricer: tries ranges of a run as groups. A range is sliced until its buffers fit local
// memory; among slices that fit, the fastest are kept.

#pragma once

#include <array>
#include <optional>
#include <vector>

#include "passes/planner/candidate.h"
#include "passes/planner/group_type.h"
#include "passes/planner/options.h"
#include "passes/planner/prices.h"
#include "passes/planner/sliced_range.h"

namespace tpuscope {

class CandidatePricer {
 public:
  CandidatePricer(const Chip& chip, const GroupGraph& graph, const GroupOptions& options)
      : chip_(chip),
        graph_(graph),
        options_(options),
        prices_(chip, graph),
        tails_(chip, graph),
        context_{chip, graph, options, prices_, regions_, tails_} {
    for (const GroupOp& op : graph.ops)
      traits_.push_back(group_traits(op, chip));
  }
  CandidatePricer(const CandidatePricer&) = delete;  // its parts refer to each other
  CandidatePricer& operator=(const CandidatePricer&) = delete;

  /// Ops [first, last] as a group with the first slices that fit, as the compiler's quick search.
  /// `part` are the slices of a part of the range: fewer will not do.
  Trial trial(std::size_t first, std::size_t last, const SliceCounts* part = nullptr);
  /// The fastest of the slices that fit, among those of trial() and finer ones.
  Trial best_trial(std::size_t first, std::size_t last);
  /// With the slices of the options, sized by every slice rather than by samples.
  Trial exact_trial(std::size_t first, std::size_t last);
  /// The next finer slices; empty when there are none.
  std::optional<SliceCounts> finer_slices(std::size_t first, std::size_t last,
                                          const SliceCounts& slices);

 private:
  /// What a type of group means for one op, whatever the range.
  struct OpFacts {
    LocalAnswer obstacle{};
    SliceCounts limits{};
    std::int64_t parts = 1;  ///< slices in which its tensors fit local memory
  };
  /// A range with its type, or what keeps an op of it out of such a group.
  struct TypedRange {
    GroupRange range{};
    LocalAnswer obstacle{};
  };
  /// How far a search goes.
  struct Effort {
    int finer = 0;           ///< slices to try beyond the first that fit
    bool deals_out = false;  ///< begins with a slice for every core
  };

  const OpFacts& facts(std::size_t op, GroupType type);
  SliceCounts limits_of(std::size_t op, GroupType type, const LocalQuery& query) const;
  std::int64_t parts_of(std::size_t op, GroupType type);
  TypedRange typed(std::size_t first, std::size_t last);
  SliceCounts limits_of(const GroupRange& range);
  SliceCounts fewest_slices(const GroupRange& range, const SliceCounts& limits);
  SliceCounts first_slices(const GroupRange& range, const SliceCounts& limits,
                           const SliceCounts* part, bool deals_out);
  SliceTrial sliced(const GroupRange& range, const SliceCounts& slices);
  /// One image after the other, each with its own loads of weights, where that is faster.
  void try_image_by_image(const GroupRange& range, Detail detail, Trial& trial);
  /// On several cores the better of the slices that one core would get and those that all share.
  Trial search(std::size_t first, std::size_t last, const SliceCounts* part, int finer);
  Trial search_with(const Effort& effort, std::size_t first, std::size_t last,
                    const SliceCounts* part);
  Trial search_from(SliceCounts slices, const Effort& effort, const GroupRange& range,
                    const SliceCounts& limits);

  const Chip& chip_;
  const GroupGraph& graph_;
  const GroupOptions& options_;
  GroupPrices prices_;
  std::vector<SliceRegions> regions_{};
  SliceTails tails_;
  RunContext context_;
  std::vector<GroupTraits> traits_{};  ///< per op
  std::array<std::vector<std::optional<OpFacts>>, kGroupTypes> facts_{};
};

}  // namespace tpuscope
