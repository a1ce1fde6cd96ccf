// Descriptions of ranges: see trial_memo.h.

#include "passes/planner/trial_memo.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/text.h"
#include "passes/planner/placed_group.h"
#include "passes/tiling/op_signature.h"

namespace tpuscope {
namespace {

constexpr std::uint32_t kImmediateOperand = 0xFFFFFFFFU;
/// Operands from outside count from here; within the range, from 0.
constexpr std::uint32_t kOutsideOperand = 0x40000000U;

/// What of the options a trial depends on, but for the rules of local forms.
std::string setting_text(const GroupOptions& options) {
  std::string text = options.balance ? "b" : "-";
  text += options.hold_coefficients ? "h" : "-";
  text += options.image_by_image ? "i" : "-";
  text += options.plan_by == PlanBy::kSilicon ? "s" : "-";
  text += std::to_string(options.local_bytes);
  if (options.slices) text += list_text(*options.slices);
  return text + "|";
}

std::string support_text(const LocalSupport& support) {
  std::string text;
  for (const bool is_known :
       {support.slice_5d, support.squeeze, support.reshape, support.weight_split})
    text += is_known ? '1' : '0';
  for (const std::string& rule : support.lifted)
    text += "|" + rule;
  return text;
}

/// What the rules say of the op in each type of group. Two choices of switches that say the same of
/// an op are the same to it.
std::string local_forms_text(const OpDef& def, const OpView& view, const std::vector<bool>& weight,
                             const LocalSupport& support) {
  std::string text;
  for (std::size_t type = 0; type < kGroupTypes; ++type) {
    const LocalQuery query{view, weight, static_cast<GroupType>(type), support};
    const LocalAnswer obstacle = local_obstacle(def, query);
    text += "|" + (obstacle ? std::string(obstacle->rule) : "");
    for (const bool splits : local_splits(def, query))
      text += splits ? '1' : '0';
  }
  return text;
}

}  // namespace

std::vector<std::uint32_t> TrialMemo::classes_of(const Graph& network, const GroupGraph& run,
                                                 const GroupOptions& options) {
  const std::string setting = setting_text(options);
  std::vector<std::string> texts;
  for (const GroupOp& op : run.ops) {
    texts.push_back(setting + signature_of(network, op.op, op.kinds) +
                    local_forms_text(*op.def, op.view, op.kinds.weight, options.support));
  }
  const std::lock_guard lock(mutex_);
  std::vector<std::uint32_t> classes;
  for (std::string& text : texts) {
    const auto next = static_cast<std::uint32_t>(classes_.size());
    classes.push_back(classes_.emplace(std::move(text), next).first->second);
  }
  return classes;
}

std::vector<const OpClass*> TrialMemo::classes_of(const Graph& network, const NetworkFacts& facts,
                                                  const std::vector<OpId>& ops,
                                                  const GroupOptions& options) {
  const std::string setting = setting_text(options);
  std::vector<const OpClass*> classes(network.size(), nullptr);
  const std::lock_guard lock(mutex_);
  std::unordered_map<std::uint32_t, OpClass>& known =
      by_number_[setting + support_text(options.support)];
  for (const OpId id : ops) {
    const NetworkFacts::OpFacts& op = facts[id];
    const auto [at, is_new] = known.try_emplace(op.number);
    classes[id.index] = &at->second;
    if (!is_new) continue;
    at->second.obstacle = group_obstacle(network, id, options.support);
    if (at->second.obstacle) continue;
    const auto next = static_cast<std::uint32_t>(classes_.size());
    std::string text =
        setting + signature_of(network, id, op.kinds) +
        local_forms_text(*network[id].def, network.view(id), op.kinds.weight, options.support);
    at->second.number = classes_.emplace(std::move(text), next).first->second;
  }
  return classes;
}

TrialMemo::Key TrialMemo::key_of(const GroupGraph& run, const std::vector<std::uint32_t>& classes,
                                 const GroupRange& range, const SliceCounts* slices,
                                 Question question) {
  Key key;
  key.reserve(8 + 5 * (range.last - range.first + 1));
  key.push_back(static_cast<std::uint32_t>(question));
  if (slices != nullptr) {
    for (const std::int64_t count : *slices)
      key.push_back(static_cast<std::uint32_t>(count));
  }
  // From outside: in the order of their first use, so that shared ones are seen to be shared.
  std::vector<std::size_t> outside;
  for (std::size_t i = range.first; i <= range.last; ++i) {
    const GroupOp& op = run.ops[i];
    key.push_back(classes[i]);
    key.push_back(is_stored(run, range, op.result) ? 1 : 0);
    for (const std::size_t operand : op.operands) {
      if (operand == GroupOp::kImmediate) {
        key.push_back(kImmediateOperand);
        continue;
      }
      if (!is_loaded(run, range, operand)) {
        key.push_back(static_cast<std::uint32_t>(run.values[operand].producer - range.first));
        continue;
      }
      const auto found = std::find(outside.begin(), outside.end(), operand);
      key.push_back(kOutsideOperand + static_cast<std::uint32_t>(found - outside.begin()));
      if (found == outside.end()) outside.push_back(operand);
    }
  }
  return key;
}

TrialMemo::Key TrialMemo::key_of_run(const RunOutline& run,
                                     const std::vector<std::uint32_t>& classes,
                                     const std::vector<std::int64_t>& alone,
                                     const GroupOptions& options) {
  Key key;
  key.reserve(8 + 4 * classes.size() + run.operands.size());
  const auto add = [&](std::int64_t number) {
    key.push_back(static_cast<std::uint32_t>(number));
    key.push_back(static_cast<std::uint32_t>(number >> 32));
  };
  key.push_back(static_cast<std::uint32_t>(Question::kCut));
  add(static_cast<std::int64_t>(options.method.value_or(GroupMethod::kAlone)));
  add(options.max_ops);
  for (std::size_t i = 0; i < classes.size(); ++i) {
    key.push_back(classes[i]);
    key.push_back(run.is_needed_outside[run.results[i]] ? 1 : 0);
    key.push_back(run.results[i]);
    const std::span<const std::uint32_t> operands = run.operands_of(i);
    key.insert(key.end(), operands.begin(), operands.end());
    add(alone[i]);
  }
  return key;
}

const Trial& TrialMemo::add_figures(Key key, Trial trial) {
  if (trial.candidate) {
    trial.candidate->schedule = {};
    trial.candidate->buffers = {};
  }
  return add(std::move(key), std::move(trial));
}

std::size_t TrialMemo::Hash::operator()(const Key& key) const {
  std::size_t hash = key.size();
  for (const std::uint32_t word : key)
    hash = (hash ^ word) * 0x9E3779B97F4A7C15U;
  return hash ^ (hash >> 29U);
}

}  // namespace tpuscope
