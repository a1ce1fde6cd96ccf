// Greedy, dynamic and exhaustive cuts: see search.h.

#include "passes/planner/search.h"

#include <algorithm>
#include <limits>

namespace tpuscope {
namespace {

/// The compiler looks at about this many clusters of a run.
constexpr std::size_t kMaxClusters = 50;
/// Ranges that did not fit in local memory this often while they grew are not grown further.
constexpr int kMaxMisfits = 2;

/// Whether a range that failed will fail with more ops as well.
bool is_hopeless(const Trial& trial) {
  return !trial.candidate && trial.missing_bytes > 0;
}

/// Ops in front that are fixed together before the dynamic programming: small groups that pay.
std::vector<std::pair<std::size_t, std::size_t>> clusters_of(TrialTable& table) {
  const std::size_t size = table.size();
  const std::size_t most = std::max<std::size_t>(1, size / kMaxClusters);
  std::vector<std::pair<std::size_t, std::size_t>> clusters;
  for (std::size_t first = 0; first < size;) {
    std::size_t last = std::min(first + most, size) - 1;
    while (last > first && !table.segment(first, last).group)
      --last;
    clusters.emplace_back(first, last);
    first = last + 1;
  }
  return clusters;
}

/// How far ranges from one cluster on may still grow.
struct Growth {
  int misfits = 0;
  bool has_ended = false;
};

/// cost[last] = min over first of cost[first - 1] + segment: with every pair of neighbours allowed
/// to stand apart this finds the same cut as the interval form. Ranges with one end are tried after
/// each other, growing to the front: they share what their slices touch. Of cuts that cost the same
/// the one with the longest last group is taken.
Cut best_cut(TrialTable& table, const std::vector<std::pair<std::size_t, std::size_t>>& clusters) {
  const std::size_t count = clusters.size();
  constexpr std::int64_t kFar = std::numeric_limits<std::int64_t>::max();
  std::vector<std::int64_t> best(count + 1, kFar);
  std::vector<Segment> chosen(count + 1);
  std::vector<std::size_t> from(count + 1, 0);
  std::vector<Growth> growth(count);
  best[0] = 0;
  for (std::size_t j = 0; j < count; ++j) {
    for (std::size_t i = j + 1; i-- > 0;) {
      if (growth[i].has_ended) continue;
      const Segment segment = table.segment(clusters[i].first, clusters[j].second);
      if (j > i && !segment.group) {
        const bool is_too_long = table.exceeds_limit(clusters[i].first, clusters[j].second);
        if (!is_too_long && is_hopeless(table.trial(clusters[i].first, clusters[j].second)))
          ++growth[i].misfits;
        growth[i].has_ended = is_too_long || growth[i].misfits == kMaxMisfits;
        continue;
      }
      if (best[i] + segment.time <= best[j + 1]) {
        best[j + 1] = best[i] + segment.time;
        chosen[j + 1] = segment;
        from[j + 1] = i;
      }
    }
  }
  Cut cut;
  for (std::size_t at = count; at > 0; at = from[at])
    cut.segments.push_back(chosen[at]);
  std::reverse(cut.segments.begin(), cut.segments.end());
  return cut;
}

/// Whether the range can stand in a cut: as a group, or as one op.
bool is_whole(const Segment& segment) {
  return segment.group != nullptr || segment.first == segment.last;
}

/// Moves the border behind segment `at` by one op as long as its two sides together get faster.
bool move_border(TrialTable& table, Cut& cut, std::size_t at, std::ptrdiff_t step) {
  Segment& left = cut.segments[at];
  Segment& right = cut.segments[at + 1];
  bool has_moved = false;
  while (step > 0 ? right.first < right.last : left.first < left.last) {
    const std::size_t border = right.first + static_cast<std::size_t>(step);
    const Segment before = table.segment(left.first, border - 1);
    const Segment behind = table.segment(border, right.last);
    const bool is_faster = before.time + behind.time < left.time + right.time;
    if (!is_whole(before) || !is_whole(behind) || !is_faster) break;
    left = before;
    right = behind;
    has_moved = true;
  }
  return has_moved;
}

/// Between clusters of several ops the borders are coarse: the compiler then moves each of them op
/// by op (merge_cut_idx_to_reduce_gdma_cost).
void move_borders(TrialTable& table, Cut& cut) {
  bool has_moved = true;
  while (has_moved) {
    has_moved = false;
    for (std::size_t at = 0; at + 1 < cut.segments.size(); ++at) {
      for (const std::ptrdiff_t step : {1, -1})
        has_moved = move_border(table, cut, at, step) || has_moved;
    }
  }
}

}  // namespace

std::int64_t Cut::time() const {
  std::int64_t sum = 0;
  for (const Segment& segment : segments)
    sum += segment.time;
  return sum;
}

TrialTable::TrialTable(CandidatePricer& pricer, const GroupGraph& graph,
                       const GroupOptions& options, std::vector<std::int64_t> alone,
                       TrialMemo& memo, std::vector<std::uint32_t> classes)
    : pricer_(pricer),
      graph_(graph),
      options_(options),
      alone_(std::move(alone)),
      memo_(memo),
      classes_(std::move(classes)) {
  rejected_.reason = "its buffers live at the same time and leave no room for each other";
  rejected_.rule = "fragmented";
}

const Trial& TrialTable::trial(std::size_t first, std::size_t last) {
  const auto key = std::pair(first, last);
  const auto found = trials_.find(key);
  if (found != trials_.end()) return *found->second;
  const bool is_thorough = options_.method == GroupMethod::kOptimal;
  const SliceCounts* begin_with = nullptr;
  if (!is_thorough && last > first) {
    const auto part = trials_.find(std::pair(first, last - 1));
    const bool has_part = part != trials_.end() && part->second->candidate;
    if (has_part) begin_with = &part->second->candidate->slices;
  }
  using Question = TrialMemo::Question;
  TrialMemo::Key range = TrialMemo::key_of(graph_, classes_, {first, last}, begin_with,
                                           is_thorough ? Question::kBest : Question::kFirst);
  const Trial* known = memo_.find(range);
  if (known == nullptr) {
    known =
        &memo_.add_figures(std::move(range), is_thorough ? pricer_.best_trial(first, last)
                                                         : pricer_.trial(first, last, begin_with));
  }
  trials_.emplace(key, known);
  return *known;
}

void TrialTable::reject(std::size_t first, std::size_t last) {
  trials_.at(std::pair(first, last)) = &rejected_;
}

void TrialTable::replace(std::size_t first, std::size_t last, const Trial& trial) {
  trials_.at(std::pair(first, last)) = &trial;
}

std::int64_t TrialTable::alone(std::size_t first, std::size_t last) const {
  std::int64_t sum = 0;
  for (std::size_t i = first; i <= last; ++i)
    sum += alone_[i];
  return sum;
}

std::size_t TrialTable::computing(std::size_t first, std::size_t last) const {
  std::size_t count = 0;
  for (std::size_t i = first; i <= last; ++i)
    count += graph_.ops[i].is_view ? 0U : 1U;
  return count;
}

bool TrialTable::keeps_tensor(std::size_t first, std::size_t last) const {
  const auto is_kept = [&](std::size_t value, std::size_t reader) {
    const GroupValue& entry = graph_.values[value];
    const bool is_made = entry.producer != GroupValue::kOutside && entry.producer >= first;
    const auto user = std::lower_bound(entry.users.begin(), entry.users.end(), first);
    const bool is_read_before = user != entry.users.end() && *user < reader;
    return is_made || is_read_before;
  };
  for (std::size_t i = first + 1; i <= last; ++i) {
    for (const std::size_t operand : graph_.ops[i].operands) {
      if (operand != GroupOp::kImmediate && is_kept(operand, i)) return true;
    }
  }
  return false;
}

bool TrialTable::exceeds_limit(std::size_t first, std::size_t last) const {
  return options_.max_ops > 0 &&
         computing(first, last) > static_cast<std::size_t>(options_.max_ops);
}

Segment TrialTable::segment(std::size_t first, std::size_t last) {
  Segment segment{.first = first, .last = last, .time = alone(first, last)};
  if (computing(first, last) < 2 || exceeds_limit(first, last)) return segment;
  if (!keeps_tensor(first, last)) return segment;
  const Trial& tried = trial(first, last);
  if (!tried.candidate || tried.candidate->time >= segment.time) return segment;
  segment.group = &*tried.candidate;
  segment.time = tried.candidate->time;
  return segment;
}

Cut cut_none(TrialTable& table) {
  Cut cut;
  for (std::size_t i = 0; i < table.size(); ++i)
    cut.segments.push_back({.first = i, .last = i, .time = table.alone(i, i)});
  return cut;
}

Cut cut_greedy(TrialTable& table) {
  Cut cut;
  for (std::size_t end = table.size(); end > 0;) {
    const std::size_t last = end - 1;
    const auto is_valid = [&](std::size_t first) {
      if (table.exceeds_limit(first, last)) return false;
      return table.computing(first, last) < 2 || table.trial(first, last).candidate.has_value();
    };
    // Of the ranges that end here the short ones are valid, so that halving finds the longest.
    std::size_t valid = last;
    std::size_t invalid = 0;
    if (is_valid(0)) {
      valid = 0;
    } else {
      while (valid - invalid > 1) {
        const std::size_t middle = invalid + (valid - invalid) / 2;
        (is_valid(middle) ? valid : invalid) = middle;
      }
    }
    Segment taken = table.segment(valid, last);
    if (taken.group == nullptr) {
      taken = {.first = last, .last = last, .time = table.alone(last, last)};
    }
    end = taken.first;
    cut.segments.push_back(taken);
  }
  std::reverse(cut.segments.begin(), cut.segments.end());
  return cut;
}

Cut cut_dp(TrialTable& table) {
  const auto clusters = clusters_of(table);
  Cut cut = best_cut(table, clusters);
  if (clusters.size() < table.size()) move_borders(table, cut);
  return cut;
}

Cut cut_optimal(TrialTable& table) {
  std::vector<std::pair<std::size_t, std::size_t>> ops;
  for (std::size_t i = 0; i < table.size(); ++i)
    ops.emplace_back(i, i);
  return best_cut(table, ops);
}

}  // namespace tpuscope
