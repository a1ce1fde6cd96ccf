// TrialMemo: what ranges of ops came to as groups, for all runs of all networks on a chip. Networks
// repeat their blocks, and a what-if plans many variants of one network, so that most ranges are
// the same as an earlier one in everything that a trial looks at: ops, shapes, which results are
// needed outside, which operands are shared. The compiler keeps such a cache keyed by a hash of the
// sub-graph (LgCostCache); here the key is the whole description.

#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/memo.h"
#include "graph/local_rule.h"
#include "passes/lower/network_facts.h"
#include "passes/lower/run_outline.h"
#include "passes/planner/candidate.h"
#include "passes/planner/options.h"

namespace tpuscope {

/// A cut of a run whose groups have their places, in positions of the run.
struct PlacedCut {
  /// Ops [first, last].
  struct Part {
    std::size_t first = 0;
    std::size_t last = 0;
    const Candidate* group = nullptr;  ///< in the memo, placed; null: every op alone
  };
  /// Why a part begins where it does; `op` is that at the position.
  struct Decision {
    std::size_t position = 0;
    GroupDecision decision{};
  };
  std::vector<Part> parts{};
  std::vector<Decision> decisions{};
  std::int64_t time = 0;  ///< picoseconds
};

/// An op as a member of groups, under some options.
struct OpClass {
  LocalAnswer obstacle{};    ///< why it cannot be in any group
  std::uint32_t number = 0;  ///< without one: what TrialMemo::classes_of says
};

class TrialMemo {
 public:
  /// A range in a form that does not depend on its position.
  using Key = std::vector<std::uint32_t>;

  /// What is searched for a range: the first slices that fit, the best, or a group with addresses.
  /// Or how a whole run is cut.
  enum class Question : std::uint32_t { kFirst, kBest, kPlaced, kCut };

  /// Per op of a run a number that ops share which are equal and may do the same in a group.
  std::vector<std::uint32_t> classes_of(const Graph& network, const GroupGraph& run,
                                        const GroupOptions& options);

  /// The same, and why ops are in no run, for all ops of a network by their numbers in `facts`,
  /// which are from one table for all networks.
  std::vector<const OpClass*> classes_of(const Graph& network, const NetworkFacts& facts,
                                         const std::vector<OpId>& ops, const GroupOptions& options);

  /// `slices`: those that the search begins with, if any.
  static Key key_of(const GroupGraph& run, const std::vector<std::uint32_t>& classes,
                    const GroupRange& range, const SliceCounts* slices, Question question);

  /// A whole run; `alone`: what each op takes by itself.
  static Key key_of_run(const RunOutline& run, const std::vector<std::uint32_t>& classes,
                        const std::vector<std::int64_t>& alone, const GroupOptions& options);

  /// Null when the range is new. The candidate keeps the range for which it was made.
  const Trial* find(const Key& key) const { return trials_.find(key); }
  /// Whole, for groups that are taken: kPlaced.
  const Trial& add(Key key, Trial trial) { return trials_.add(std::move(key), std::move(trial)); }
  /// Without timesteps and buffers, which only chosen groups need.
  const Trial& add_figures(Key key, Trial trial);

  /// Null when the run is new.
  const PlacedCut* find_cut(const Key& key) const { return cuts_.find(key); }
  const PlacedCut& add_cut(Key key, PlacedCut cut) {
    return cuts_.add(std::move(key), std::move(cut));
  }

 private:
  struct Hash {
    std::size_t operator()(const Key& key) const;
  };
  std::mutex mutex_{};  ///< of the classes
  // Looked up only, never walked: their order reaches no output.
  std::unordered_map<std::string, std::uint32_t> classes_{};
  /// By settings of groups and rules, then by the op's number.
  std::unordered_map<std::string, std::unordered_map<std::uint32_t, OpClass>> by_number_{};
  Memo<Key, Trial, Hash> trials_{};
  Memo<Key, PlacedCut, Hash> cuts_{};
};

}  // namespace tpuscope
