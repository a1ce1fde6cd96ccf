// TrialMemo: what ranges of ops came to as groups, for all runs of a network. Networks repeat their
// blocks, so that most ranges are the same as an earlier one in everything that a trial looks at:
// ops, shapes, which results are needed outside, which operands are shared. The compiler keeps such
// a cache keyed by a hash of the sub-graph (LgCostCache); here the key is the whole description.

#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "passes/layer_group/candidate.h"

namespace tpuscope {

class TrialMemo {
 public:
  /// A range in a form that does not depend on where it stands.
  using Key = std::vector<std::uint32_t>;

  /// Per op of a run a number that equal ops share.
  std::vector<std::uint32_t> classes_of(const Graph& network, const GroupGraph& run);

  /// `part`: the slices that the search begins with, if any. `is_thorough`: best_trial.
  static Key key_of(const GroupGraph& run, const std::vector<std::uint32_t>& classes,
                    const GroupRange& range, const SliceCounts* part, bool is_thorough);

  /// Null when the range is new. What is found stays where it is, and tells no place: its
  /// candidate's range is that of the first such range.
  const Trial* find(const Key& key) const;
  /// Without timesteps and buffers, which nobody asks of a range that is not taken.
  const Trial& add(Key key, Trial trial);

 private:
  struct Hash {
    std::size_t operator()(const Key& key) const;
  };
  // Looked up only, never walked: their order reaches no output.
  std::unordered_map<std::string, std::uint32_t> classes_{};
  std::unordered_map<Key, Trial, Hash> trials_{};
};

}  // namespace tpuscope
