// One walk over the run: see run_outline.h.

#include "passes/lower/run_outline.h"

#include "base/check.h"

namespace tpuscope {

RunOutline outline_of(const Graph& graph, const NetworkFacts& facts, std::span<const OpId> run) {
  constexpr std::uint32_t kUnknown = std::numeric_limits<std::uint32_t>::max();
  RunOutline outline;
  std::vector<std::uint32_t> index(facts.values(), kUnknown);
  std::vector<std::uint32_t> reads;  // per value, by ops of the run
  const auto index_of = [&](Value value) {
    std::uint32_t& known = index[facts.index_of(value)];
    if (known == kUnknown) {
      known = static_cast<std::uint32_t>(outline.values.size());
      outline.values.push_back(value);
      reads.push_back(0);
    }
    return known;
  };
  outline.first.push_back(0);
  for (const OpId id : run) {
    const Op& op = graph[id];
    TPU_CHECK(op.results.size() == 1, "{} has {} results", op.name, op.results.size());
    const std::vector<bool>& is_immediate = facts[id].kinds.immediate;
    for (std::size_t i = 0; i < op.inputs.size(); ++i) {
      outline.operands.push_back(is_immediate[i] ? RunOutline::kImmediate : index_of(op.inputs[i]));
    }
    outline.first.push_back(static_cast<std::uint32_t>(outline.operands.size()));
    outline.results.push_back(index_of({id, 0}));
  }
  // Immediates are read as well, where they are values of the run.
  for (const OpId id : run) {
    for (const Value value : graph[id].inputs) {
      const std::uint32_t known = index[facts.index_of(value)];
      if (known != kUnknown) ++reads[known];
    }
  }
  for (std::size_t i = 0; i < outline.values.size(); ++i)
    outline.is_needed_outside.push_back(facts.uses(outline.values[i]) > reads[i]);
  return outline;
}

std::vector<Value> touched_values(const RunOutline& outline, std::size_t first, std::size_t last) {
  std::vector<bool> is_touched(outline.values.size(), false);
  std::vector<Value> values;
  const auto touch = [&](std::uint32_t value) {
    if (value == RunOutline::kImmediate || is_touched[value]) return;
    is_touched[value] = true;
    values.push_back(outline.values[value]);
  };
  for (std::size_t op = first; op <= last; ++op) {
    for (const std::uint32_t value : outline.operands_of(op))
      touch(value);
    touch(outline.results[op]);
  }
  return values;
}

}  // namespace tpuscope
