// Descriptions of ranges: see trial_memo.h.

#include "passes/layer_group/trial_memo.h"

#include <algorithm>
#include <utility>

#include "sim/op_signature.h"

namespace tpuscope {
namespace {

constexpr std::uint32_t kImmediateOperand = 0xFFFFFFFFU;
/// Operands from outside count from here; within the range, from 0.
constexpr std::uint32_t kOutsideOperand = 0x40000000U;

}  // namespace

std::vector<std::uint32_t> TrialMemo::classes_of(const Graph& network, const GroupGraph& run) {
  std::vector<std::uint32_t> classes;
  for (const GroupOp& op : run.ops) {
    const auto next = static_cast<std::uint32_t>(classes_.size());
    classes.push_back(classes_.emplace(signature_of(network, op.op, op.kinds), next).first->second);
  }
  return classes;
}

TrialMemo::Key TrialMemo::key_of(const GroupGraph& run, const std::vector<std::uint32_t>& classes,
                                 const GroupRange& range, const SliceCounts* part,
                                 bool is_thorough) {
  Key key;
  key.reserve(8 + 5 * (range.last - range.first + 1));
  key.push_back(is_thorough ? 1 : 0);
  if (part != nullptr) {
    for (const std::int64_t count : *part)
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

const Trial* TrialMemo::find(const Key& key) const {
  const auto found = trials_.find(key);
  return found == trials_.end() ? nullptr : &found->second;
}

const Trial& TrialMemo::add(Key key, Trial trial) {
  if (trial.candidate) {
    trial.candidate->schedule = {};
    trial.candidate->buffers = {};
  }
  return trials_.emplace(std::move(key), std::move(trial)).first->second;
}

std::size_t TrialMemo::Hash::operator()(const Key& key) const {
  std::size_t hash = key.size();
  for (const std::uint32_t word : key)
    hash = (hash ^ word) * 0x9E3779B97F4A7C15U;
  return hash ^ (hash >> 29U);
}

}  // namespace tpuscope
