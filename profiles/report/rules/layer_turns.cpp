// Turns between layers: the time in which both engines stand still because one layer has ended and
// the next has not begun. A group of any size is one layer, so a turn goes where two layers become
// one. What keeps them apart decides what to try, so there is one finding per obstacle.

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "profiles/report/rule.h"

namespace tpuscope {
namespace {

enum class LayerTurnsObstacle : std::uint8_t {
  kNoLocalForm,
  kDoesNotFit,
  kLimit,
  kNoGroups,
  kSearch
};

/// What keeps a layer from being one with the layer before it.
class Obstacles {
 public:
  explicit Obstacles(const Profile& profile) : profile_(profile) {
    for (const DecisionRow& decision : profile.report.decisions)
      kinds_.emplace(decision.op.index, decision.kind);
    // A search leaves decisions wherever it leaves more than one layer.
    fallback_ = kinds_.empty() ? LayerTurnsObstacle::kNoGroups : LayerTurnsObstacle::kSearch;
  }

  LayerTurnsObstacle between(std::uint32_t before, std::uint32_t group) const {
    if (has(before, "no_local_form") || has(group, "no_local_form") || is_behind_view(group)) {
      return LayerTurnsObstacle::kNoLocalForm;
    }
    if (has(group, "does_not_fit")) return LayerTurnsObstacle::kDoesNotFit;
    return has(group, "limit") ? LayerTurnsObstacle::kLimit : fallback_;
  }

 private:
  const std::vector<OpId>& ops_of(std::uint32_t group) const {
    static const std::vector<OpId> kNothing;
    const auto& groups = profile_.report.groups;
    return group < groups.size() ? groups[group].ops : kNothing;
  }
  bool is(OpId op, std::string_view kind) const {
    const auto found = kinds_.find(op.index);
    return found != kinds_.end() && found->second == kind;
  }
  bool has(std::uint32_t group, std::string_view kind) const {
    const std::vector<OpId>& ops = ops_of(group);
    return std::any_of(ops.begin(), ops.end(), [&](OpId op) { return is(op, kind); });
  }
  /// Ops that emit nothing are in no group, and still end one when they have no local form.
  bool is_behind_view(std::uint32_t group) const {
    const std::vector<OpId>& ops = ops_of(group);
    return std::any_of(ops.begin(), ops.end(), [&](OpId op) {
      const std::vector<Value>& inputs = profile_.graph[op].inputs;
      return std::any_of(inputs.begin(), inputs.end(),
                         [&](Value value) { return is(value.op, "no_local_form"); });
    });
  }

  const Profile& profile_;
  std::map<std::uint32_t, std::string> kinds_{};
  LayerTurnsObstacle fallback_{};
};

/// Per command, the group that its core worked for before; kNone for a core's first.
std::vector<std::uint32_t> groups_before(const Program& program) {
  std::vector<std::uint32_t> before;
  before.reserve(program.commands.size());
  std::map<std::uint32_t, std::uint32_t> last;
  for (const Command& command : program.commands) {
    const auto known = last.try_emplace(command.core, kNone).first;
    before.push_back(known->second);
    known->second = command.group;
  }
  return before;
}

struct Words {
  LayerTurnsObstacle obstacle;
  std::string_view reason;
  std::string_view remedy;
};

/// None for kSearch: the search has priced the layers as one and found that they take longer.
constexpr std::array<Words, 4> kWords{{
    {LayerTurnsObstacle::kNoLocalForm, "at ops without a local form",
     "`tpuscope explain --capabilities` ranks the local forms that the compiler lacks"},
    {LayerTurnsObstacle::kDoesNotFit, "of layers that do not fit together",
     "a narrower element type, or a smaller input"},
    {LayerTurnsObstacle::kLimit, "at a limit of the groups' size", "no limit: --group-max-ops 0"},
    {LayerTurnsObstacle::kNoGroups, "between single ops", "layer groups: --passes optimized"},
}};

std::vector<Finding> find_layer_turns(const Profile& profile, const Chip&) {
  const Program& program = profile.simulation.program;
  const std::vector<std::uint32_t> before = groups_before(program);
  const Obstacles obstacles(profile);
  const auto is_turn = [](const Charge& charge) { return charge.kind == ChargeKind::kLayer; };
  const Loss all = loss_of(profile, [&](const Charge& charge, const Command&) {
    return is_turn(charge) ? charge.length() : Picoseconds{};
  });
  std::vector<Finding> findings;
  for (const Words& words : kWords) {
    Loss loss = loss_of(profile, [&](const Charge& charge, const Command& command) {
      const bool counts = is_turn(charge) && obstacles.between(before[charge.command],
                                                               command.group) == words.obstacle;
      return counts ? charge.length() : Picoseconds{};
    });
    if (loss.commands == 0) continue;
    findings.push_back({.message = fmt::format("{} of {} turns between layers are {}",
                                               loss.commands, all.commands, words.reason),
                        .remedy = std::string(words.remedy),
                        .gain = loss.time,
                        .ops = std::move(loss.ops)});
  }
  return findings;
}

TPU_REGISTER(register_rule(
    {.name = "layer_turns",
     .summary = "both engines stand still between two layers that something keeps from being one "
                "group; gain: those turns",
     .find = find_layer_turns}));

}  // namespace
}  // namespace tpuscope
