// PlanDiff: our plan of a network beside that of the vendor's compiler: group by group with the
// reason where they part, op by op with commands and bytes.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "passes/planner/foreign_groups.h"
#include "passes/streams/compile_folder.h"
#include "profiles/report/report.h"

namespace tpuscope {

/// What became in our plan of a group of the compiler, or of an op that it runs alone.
enum class UnitMatch : std::uint8_t {
  kSame,      ///< the same ops and slices
  kResliced,  ///< the same ops in other slices
  kCut,       ///< in several of our groups
  kJoined,    ///< in one that holds more
  kMixed,     ///< both
  kUnknown,   ///< no op of it is known here
};
std::string_view name_of(UnitMatch match);

/// What explains a difference: a clause, and the op of ours that it is about, by its tensor.
struct PlanReason {
  std::string text{};  ///< empty: nothing to explain, or not known
  std::string op{};    ///< empty: of the row itself
};

struct PlanUnitRow {
  std::size_t unit = 0;  ///< in CompilerPlan::units
  UnitMatch match = UnitMatch::kUnknown;
  std::vector<std::uint32_t> groups{};  ///< of ours, that hold its ops
  std::size_t matched = 0;              ///< ops of it that have one here
  PlanReason reason{};                  ///< why they part
};

/// An op here with what it is made of there; without one side where only one has it.
struct PlanOpRow {
  std::optional<OpId> op{};
  std::vector<const RecordedOp*> recorded{};
  OpFigures ours{};
  OpFigures theirs{};
  PlanReason reason{};

  const std::string& name() const;
  std::int64_t more_bytes() const;  ///< that ours moves
  std::int64_t more_commands() const;

  const Graph* graph = nullptr;
};

/// How alike the groups are, apart from what they cost.
struct Likeness {
  std::size_t neighbours = 0;   ///< pairs of ops that follow each other in the compiler's order
  std::size_t alike = 0;        ///< pairs that both sides put together, or both part
  std::size_t same_groups = 0;  ///< groups of the compiler whose ops are one group here
  std::size_t same_slices = 0;  ///< of these, in as many slices along each axis
};

/// Holds pointers into both plans, which must outlive it.
struct PlanDiff {
  const Profile* ours = nullptr;
  const CompilerPlan* theirs = nullptr;
  NameCounts names{};
  Likeness likeness{};
  std::vector<PlanUnitRow> units{};  ///< in the compiler's order
  std::vector<PlanOpRow> ops{};      ///< largest difference of bytes first, then of commands
  OpFigures our_total{};
  /// Our plan by the compiler's estimate, in cycles; empty for chips of which none is known.
  std::optional<std::int64_t> our_estimate{};
  /// The streams of the compiler, priced as ours are; empty without streams.
  std::optional<Picoseconds> their_time{};
};

/// `chip`: on which our side ran. Fails where the compiler's streams cannot be priced.
Result<PlanDiff> diff_plans(const Profile& ours, const Chip& chip, const CompilerPlan& theirs);

/// Groups of several ops, and ops in them.
struct GroupedOps {
  std::size_t groups = 0;
  std::size_t ops = 0;
};
GroupedOps grouped_ops(const Profile& ours);
GroupedOps grouped_ops(const CompilerPlan& theirs);

/// "the compiled model", "the compiler's estimate": where the right-hand figures are from.
std::string_view figures_text(CompilerPlan::Figures figures);

}  // namespace tpuscope
