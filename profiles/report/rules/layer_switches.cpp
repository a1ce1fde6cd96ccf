// Group switches: the time in which both engines idle because one layer has ended and
// the next has not begun. A group of any size is one layer, so a switch goes where two layers
// become one. What keeps them apart decides what to try, so there is one finding per obstacle.

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

enum class LayerSwitchObstacle : std::uint8_t {
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
    fallback_ = kinds_.empty() ? LayerSwitchObstacle::kNoGroups : LayerSwitchObstacle::kSearch;
  }

  LayerSwitchObstacle between(std::uint32_t before, std::uint32_t group) const {
    if (has(before, GroupDecision::Kind::kNoLocalForm) ||
        has(group, GroupDecision::Kind::kNoLocalForm) || is_behind_view(group)) {
      return LayerSwitchObstacle::kNoLocalForm;
    }
    if (has(group, GroupDecision::Kind::kDoesNotFit)) return LayerSwitchObstacle::kDoesNotFit;
    return has(group, GroupDecision::Kind::kLimit) ? LayerSwitchObstacle::kLimit : fallback_;
  }

 private:
  const std::vector<OpId>& ops_of(std::uint32_t group) const {
    static const std::vector<OpId> kNothing;
    const auto& groups = profile_.report.groups;
    return group < groups.size() ? groups[group].ops : kNothing;
  }
  bool is(OpId op, GroupDecision::Kind kind) const {
    const auto found = kinds_.find(op.index);
    return found != kinds_.end() && found->second == kind;
  }
  bool has(std::uint32_t group, GroupDecision::Kind kind) const {
    const std::vector<OpId>& ops = ops_of(group);
    return std::any_of(ops.begin(), ops.end(), [&](OpId op) { return is(op, kind); });
  }
  /// Ops that emit nothing are in no group, and still end one when they have no local form.
  bool is_behind_view(std::uint32_t group) const {
    const std::vector<OpId>& ops = ops_of(group);
    return std::any_of(ops.begin(), ops.end(), [&](OpId op) {
      const std::vector<Value>& inputs = profile_.graph[op].inputs;
      return std::any_of(inputs.begin(), inputs.end(), [&](Value value) {
        return is(value.op, GroupDecision::Kind::kNoLocalForm);
      });
    });
  }

  const Profile& profile_;
  std::map<std::uint32_t, GroupDecision::Kind> kinds_{};
  LayerSwitchObstacle fallback_{};
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

struct Message {
  LayerSwitchObstacle obstacle;
  std::string_view reason;
  std::string_view remedy;
};

/// None for kSearch: the search has priced the layers as one and found that they take longer.
constexpr std::array<Message, 4> kMessages{{
    {LayerSwitchObstacle::kNoLocalForm, "at ops not supported in local memory",
     "`tpuscope explain --capabilities` ranks the local forms that the compiler lacks"},
    {LayerSwitchObstacle::kDoesNotFit, "of layers that do not fit together",
     "a narrower element type, or a smaller input"},
    {LayerSwitchObstacle::kLimit, "at a limit of the groups' size", "no limit: --group-max-ops 0"},
    {LayerSwitchObstacle::kNoGroups, "between single ops", "layer groups: --passes optimized"},
}};

std::vector<Finding> find_layer_switches(const Profile& profile, const Chip&) {
  const Program& program = profile.simulation.program;
  const std::vector<std::uint32_t> before = groups_before(program);
  const Obstacles obstacles(profile);
  const auto is_turn = [](const Charge& charge) { return charge.kind == ChargeKind::kLayer; };
  const Loss all = loss_of(profile, [&](const Charge& charge, const Command&) {
    return is_turn(charge) ? charge.length() : Picoseconds{};
  });
  std::vector<Finding> findings;
  for (const Message& message : kMessages) {
    Loss loss = loss_of(profile, [&](const Charge& charge, const Command& command) {
      const bool counts = is_turn(charge) && obstacles.between(before[charge.command],
                                                               command.group) == message.obstacle;
      return counts ? charge.length() : Picoseconds{};
    });
    if (loss.commands == 0) continue;
    findings.push_back({.message = fmt::format("{} of {} group switches are {}", loss.commands,
                                               all.commands, message.reason),
                        .remedy = std::string(message.remedy),
                        .cost = loss.time,
                        .ops = std::move(loss.ops)});
  }
  return findings;
}

TPU_REGISTER(register_rule(
    {.name = "layer_switches",
     .summary =
         "both engines idle between two groups or single ops that something keeps from being "
         "one group; cost: those switches",
     .find = find_layer_switches,
     .explains = Step::kLayer}));

}  // namespace
}  // namespace tpuscope
