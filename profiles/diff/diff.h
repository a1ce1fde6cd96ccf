// Diff: two runs side by side, operators matched by where they come from, so that what a pass fused
// or split is reported as such and not as one op gone and another new.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "profiles/diff/run_summary.h"

namespace tpuscope {

/// How a row's operators were found to belong together.
enum class Match : std::uint8_t {
  kSame,       ///< one op on each side
  kFused,      ///< several became one
  kSplit,      ///< one became several
  kRewritten,  ///< several became several others
  kByType,     ///< no name in common: the same type at the same place in the order
  kAdded,
  kRemoved,
};
std::string_view name_of(Match match);

struct DiffRow {
  Match match = Match::kSame;
  std::vector<const RunOp*> base{};
  std::vector<const RunOp*> now{};
  Picoseconds base_time{};
  Picoseconds now_time{};

  Picoseconds change() const { return now_time - base_time; }
  /// Of the first op of the newer side that there is.
  const RunOp& first() const { return now.empty() ? *base.front() : *now.front(); }
};

struct DiffFigure {
  std::string name{};
  std::int64_t base = 0;
  std::int64_t now = 0;
};

struct DiffFact {
  std::string name{};
  std::string base{};
  std::string now{};
};

/// Holds pointers into both runs, which must outlive it.
struct Diff {
  const RunSummary* base = nullptr;
  const RunSummary* now = nullptr;
  std::vector<DiffFact> differing_facts{};  ///< what is not equal and should be, or explains
  std::vector<DiffFigure> figures{};        ///< that both runs have
  std::vector<DiffFigure> waterfall{};      ///< steps, where both runs have them
  std::vector<DiffRow> rows{};              ///< largest change first
  std::optional<CommandDiff> commands{};    ///< where both ran the same streams
  /// Conditions that hold, of those under which the comparison fails; whoever judges puts them in.
  std::vector<std::string> failures{};
};

/// Matches operators: those that share a node of the source, then those of one name, then those of
/// one type in the order of the networks; the rest is added or removed.
Diff diff_runs(const RunSummary& base, const RunSummary& now);

/// A condition under which a comparison fails: "makespan>+2%" on the change, "ddr_read_bytes>1000"
/// on the newer value. Times take ns, us and ms.
struct FailCondition {
  std::string text{};
  std::string metric{};
  bool is_above = true;
  bool is_change = false;   ///< false: the newer value itself is judged
  bool is_percent = false;  ///< of the older value
  double limit = 0;         ///< in percent, or in the metric's unit
};
Result<FailCondition> parse_condition(const std::string& text);

/// Why the condition holds, as a line for people, or nothing. An error when a run lacks the metric.
Result<std::string> failure_of(const FailCondition& condition, const Diff& diff);

// --- pieces that the forms share ---

/// "3.52 ms", "1.2 MiB" or a grouped number, by the unit in the figure's name.
std::string amount_text(std::string_view figure, std::int64_t value);
/// "DDR bytes read" for "ddr_read_bytes": names for people; others as they are.
std::string title_of(std::string_view figure);
/// What is good of a figure; steps of the waterfall are times, of which less is better.
enum class Sense : std::uint8_t { kLess, kMore, kNeutral };
Sense sense_of(std::string_view figure);
/// The row's ops: its first name, and how many there are on both sides where not one.
std::string label_of(const DiffRow& row);
/// "12 removed, 3 fused", counts of rows that are not the same on both sides.
std::string counts_of(const Diff& diff);

}  // namespace tpuscope
