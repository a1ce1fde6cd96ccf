// Matching in three rounds: a union over shared source nodes, then names, then a longest common
// subsequence of types.

#include "profiles/diff/diff.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <map>
#include <numeric>
#include <utility>

#include "profiles/report/waterfall.h"

namespace tpuscope {
namespace {

/// How many ops of the base became how many of now.
Match match_of(std::size_t base, std::size_t now) {
  if (base == 1 && now == 1) return Match::kSame;
  if (now == 1) return Match::kFused;
  return base == 1 ? Match::kSplit : Match::kRewritten;
}

/// Ops of both runs as one range: first those of the base.
class Matcher {
 public:
  Matcher(const RunSummary& base, const RunSummary& now)
      : base_(base), now_(now), parent_(base.ops.size() + now.ops.size()) {
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
  }

  std::vector<DiffRow> rows() {
    join_by([](const RunOp& op) { return op.origin; });
    join_by([](const RunOp& op) { return std::vector<std::string>{op.name}; });
    std::map<std::size_t, DiffRow> sets;
    for (std::size_t i = 0; i < parent_.size(); ++i) {
      DiffRow& row = sets[root(i)];
      (is_base(i) ? row.base : row.now).push_back(&op(i));
    }
    std::vector<DiffRow> rows;
    std::vector<const RunOp*> gone;
    std::vector<const RunOp*> added;
    for (auto& [first, row] : sets) {
      if (row.base.empty()) {
        added.insert(added.end(), row.now.begin(), row.now.end());
      } else if (row.now.empty()) {
        gone.insert(gone.end(), row.base.begin(), row.base.end());
      } else {
        row.match = match_of(row.base.size(), row.now.size());
        rows.push_back(std::move(row));
      }
    }
    match_by_type(gone, added, rows);
    return rows;
  }

 private:
  bool is_base(std::size_t i) const { return i < base_.ops.size(); }
  const RunOp& op(std::size_t i) const {
    return is_base(i) ? base_.ops[i] : now_.ops[i - base_.ops.size()];
  }
  std::size_t root(std::size_t i) {
    while (parent_[i] != i)
      i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  bool is_matched(std::size_t i) const { return matched_.size() > i && matched_[i]; }

  /// Ops of the two runs with a key in common belong together, unless an earlier round matched
  /// them.
  template <typename Keys>
  void join_by(Keys keys_of) {
    std::map<std::string, std::pair<std::vector<std::size_t>, std::vector<std::size_t>>> holders;
    for (std::size_t i = 0; i < parent_.size(); ++i) {
      if (is_matched(i)) continue;
      for (const std::string& key : keys_of(op(i))) {
        auto& [base, now] = holders[key];
        (is_base(i) ? base : now).push_back(i);
      }
    }
    std::vector<bool> matched(parent_.size(), false);
    for (const auto& [key, sides] : holders) {
      const auto& [base, now] = sides;
      if (base.empty() || now.empty()) continue;
      for (const auto* side : {&base, &now}) {
        for (const std::size_t i : *side) {
          parent_[root(i)] = root(base.front());
          matched[i] = true;
        }
      }
    }
    matched_.resize(parent_.size(), false);
    for (std::size_t i = 0; i < matched.size(); ++i)
      matched_[i] = matched_[i] || matched[i];
  }

  /// "Conv2D" and "conv" are one type: tools spell them differently.
  static std::string plain_type(const std::string& type) {
    std::string plain;
    for (const char c : type) {
      if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
        plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      }
    }
    if (plain.size() > 4 && type.back() == 'D' && type[type.size() - 2] == '2') plain.pop_back();
    return plain;
  }

  /// The longest common subsequence keeps the order of both networks.
  static void match_by_type(const std::vector<const RunOp*>& gone,
                            const std::vector<const RunOp*>& added, std::vector<DiffRow>& rows) {
    std::vector<std::string> a;
    std::vector<std::string> b;
    for (const RunOp* op : gone)
      a.push_back(plain_type(op->type));
    for (const RunOp* op : added)
      b.push_back(plain_type(op->type));
    std::vector<std::vector<std::uint32_t>> longest(a.size() + 1,
                                                    std::vector<std::uint32_t>(b.size() + 1, 0));
    for (std::size_t i = a.size(); i-- > 0;) {
      for (std::size_t j = b.size(); j-- > 0;) {
        longest[i][j] = a[i] == b[j] ? longest[i + 1][j + 1] + 1
                                     : std::max(longest[i + 1][j], longest[i][j + 1]);
      }
    }
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < a.size() || j < b.size()) {
      if (i < a.size() && j < b.size() && a[i] == b[j]) {
        rows.push_back({.match = Match::kByType, .base = {gone[i++]}, .now = {added[j++]}});
      } else if (j == b.size() || (i < a.size() && longest[i + 1][j] >= longest[i][j + 1])) {
        rows.push_back({.match = Match::kRemoved, .base = {gone[i++]}});
      } else {
        rows.push_back({.match = Match::kAdded, .now = {added[j++]}});
      }
    }
  }

  const RunSummary& base_;
  const RunSummary& now_;
  std::vector<std::size_t> parent_;
  std::vector<bool> matched_;
};

std::vector<DiffFigure> common(const std::vector<std::pair<std::string, std::int64_t>>& base,
                               const std::vector<std::pair<std::string, std::int64_t>>& now) {
  std::vector<DiffFigure> figures;
  for (const auto& [name, value] : base) {
    for (const auto& [other, other_value] : now) {
      if (other == name) figures.push_back({name, value, other_value});
    }
  }
  return figures;
}

}  // namespace

RunSummary RunSummary::without_launch() const {
  RunSummary run = *this;
  std::int64_t launch = 0;
  for (auto& [step, time] : run.waterfall) {
    if (step == text_of(Step::kLaunch).key) launch = std::exchange(time, 0);
  }
  for (auto& [name, value] : run.metrics) {
    if (name == "time_ps" || name == "idle_ps") value -= launch;
  }
  return run;
}

std::string_view name_of(Match match) {
  constexpr std::string_view kNames[] = {"same",    "fused", "split",  "rewritten",
                                         "by type", "added", "removed"};
  return kNames[static_cast<std::size_t>(match)];
}

Diff diff_runs(const RunSummary& base, const RunSummary& now) {
  Diff diff{.base = &base, .now = &now};
  for (const auto& [name, value] : base.facts) {
    for (const auto& [other, other_value] : now.facts) {
      if (other == name && other_value != value)
        diff.differing_facts.push_back({name, value, other_value});
    }
  }
  if (base.is_measured != now.is_measured) {
    const auto kind = [](const RunSummary& run) {
      return std::string(run.is_measured ? "measured" : "simulated");
    };
    diff.differing_facts.push_back({"figures are", kind(base), kind(now)});
    diff.figures = common(base.without_launch().metrics, now.without_launch().metrics);
  } else {
    diff.figures = common(base.metrics, now.metrics);
  }
  diff.waterfall = common(base.waterfall, now.waterfall);
  diff.commands = diff_commands(base.commands, now.commands);
  if (!diff.commands && !base.commands.empty() && !now.commands.empty()) {
    const auto count = [](const RunSummary& run) {
      return std::to_string(run.commands.size()) + " commands";
    };
    diff.differing_facts.push_back({"streams, which are not joined", count(base), count(now)});
  }
  diff.rows = Matcher(base, now).rows();
  for (DiffRow& row : diff.rows) {
    for (const RunOp* op : row.base)
      row.base_time += op->time;
    for (const RunOp* op : row.now)
      row.now_time += op->time;
  }
  std::stable_sort(diff.rows.begin(), diff.rows.end(), [](const DiffRow& a, const DiffRow& b) {
    return std::abs(a.change().value) > std::abs(b.change().value);
  });
  return diff;
}

}  // namespace tpuscope
