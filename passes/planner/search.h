// Search: where a run of ops is cut into groups.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "passes/planner/candidate_pricer.h"
#include "passes/planner/trial_memo.h"

namespace tpuscope {

/// Ops [first, last] of a run, as a group or each alone.
struct Segment {
  std::size_t first = 0;
  std::size_t last = 0;
  const Candidate* group = nullptr;  ///< in the TrialTable; null: every op alone
  std::int64_t time = 0;             ///< picoseconds
};

/// A cut of one run.
struct Cut {
  std::vector<Segment> segments{};
  std::int64_t time() const;
};

/// Trials of ranges, remembered.
class TrialTable {
 public:
  /// `alone`: what each op takes by itself, picoseconds. `classes`: the memo's, of the run's ops.
  TrialTable(CandidatePricer& pricer, const GroupGraph& graph, const GroupOptions& options,
             std::vector<std::int64_t> alone, TrialMemo& memo, std::vector<std::uint32_t> classes);

  const Trial& trial(std::size_t first, std::size_t last);
  std::int64_t alone(std::size_t first, std::size_t last) const;
  /// Ops that are more than views.
  std::size_t computing(std::size_t first, std::size_t last) const;
  /// Whether an op of the range reads what another makes or reads: a group of ops that have nothing
  /// to do with each other saves no transfer, and the compiler dissolves it.
  bool keeps_tensor(std::size_t first, std::size_t last) const;
  /// The range as a group if that is valid, within the limits and faster than its ops alone.
  Segment segment(std::size_t first, std::size_t last);
  /// The range is not to be a group: its buffers cannot be placed.
  void reject(std::size_t first, std::size_t last);
  /// A better word on a range that was tried: the group with its places. It outlives the table.
  void replace(std::size_t first, std::size_t last, const Trial& trial);
  bool exceeds_limit(std::size_t first, std::size_t last) const;
  std::size_t size() const { return alone_.size(); }

 private:
  CandidatePricer& pricer_;
  const GroupGraph& graph_;
  const GroupOptions& options_;
  std::vector<std::int64_t> alone_;
  TrialMemo& memo_;
  std::vector<std::uint32_t> classes_;
  std::map<std::pair<std::size_t, std::size_t>, const Trial*> trials_{};  ///< in the memo
  Trial rejected_{};  ///< what every rejected range came to
};

Cut cut_none(TrialTable& table);
/// From the tail: the longest valid group that ends at the last op, and so on (compiler: opt 1).
/// A group that is slower than its ops alone is not taken.
Cut cut_greedy(TrialTable& table);
/// Interval dynamic programming over clusters, a split only where it is strictly better
/// (compiler: opt 2).
Cut cut_dp(TrialTable& table);
/// The best cut over single ops, with every trial's best slices.
Cut cut_optimal(TrialTable& table);

}  // namespace tpuscope
