// From a priced range to the group of a plan.

#include "passes/planner/placed_group.h"

#include <utility>

#include "graph/queries.h"
#include "passes/planner/candidate_pricer.h"

namespace tpuscope {
LocalAnswer group_obstacle(const Graph& graph, OpId id, const LocalSupport& support) {
  const Op& op = graph[id];
  if (op.results.size() != 1) return LocalObstacle{"many_results", "it has several results"};
  std::vector<bool> weight;
  for (const Value value : op.inputs)
    weight.push_back(is_weight(graph, value));
  const OpView view = graph.view(id);
  return local_obstacle(*op.def, {view, weight, std::nullopt, support});
}

Trial placed_trial(const Chip& chip, const GroupGraph& graph, const GroupOptions& wanted,
                   const SliceCounts& slices) {
  constexpr int kMostRefinements = 8;
  GroupOptions options = wanted;
  options.slices = slices;
  CandidatePricer pricer(chip, graph, options);
  const std::size_t last = graph.ops.size() - 1;
  Trial trial;
  for (int tries = 0; tries < kMostRefinements; ++tries) {
    trial = pricer.exact_trial(0, last);
    if (trial.candidate) break;
    if (wanted.slices) break;
    const std::optional<SliceCounts> finer = pricer.finer_slices(0, last, *options.slices);
    if (!finer) break;
    options.slices = finer;
  }
  return trial;
}

Group group_of(const GroupGraph& graph, const Candidate& candidate) {
  std::vector<OpId> ops;
  for (const GroupOp& op : graph.ops)
    ops.push_back(op.op);
  std::vector<Value> values;
  for (const GroupValue& value : graph.values)
    values.push_back(value.value);
  return group_of(ops, values, candidate);
}

Group group_of(std::span<const OpId> ops, const std::vector<Value>& values,
               const Candidate& candidate) {
  LayerGroup group{.ops = {ops.begin(), ops.end()},
                   .type = candidate.range.type,
                   .secs = candidate.slices,
                   .image_by_image = candidate.image_by_image};
  const std::size_t rows = candidate.schedule.rows.size();
  group.rows.resize(rows);
  for (std::size_t row = 0; row < rows; ++row)
    group.rows[row].computes.push_back(ops[candidate.schedule.rows[row]]);
  for (const ScheduledTransfer& transfer : candidate.schedule.transfers) {
    TimestepRow& row = group.rows[transfer.position % rows];
    (transfer.is_load ? row.loads : row.stores)
        .push_back({values[transfer.value], static_cast<std::uint32_t>(transfer.position / rows),
                    transfer.is_resident});
  }
  for (const GroupBuffer& buffer : candidate.buffers) {
    const auto add = [&](std::size_t value, std::size_t begin, std::size_t end) {
      group.buffers.push_back({.kind = buffer.kind,
                               .value = values[value],
                               .ranges = buffer.ranges,
                               .first = static_cast<std::uint32_t>(begin),
                               .last = static_cast<std::uint32_t>(end),
                               .is_resident = buffer.is_resident});
    };
    add(buffer.value, buffer.begin,
        buffer.in_place.empty() ? buffer.end : buffer.in_place.front().begin);
    for (const InPlaceResult& result : buffer.in_place)
      add(result.value, result.begin, result.end);
  }
  return {.form = std::move(group), .cores = candidate.cores, .estimate = {candidate.time}};
}

}  // namespace tpuscope
