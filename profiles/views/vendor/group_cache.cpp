// Layer groups as the compiler keeps them (<name>.layer_group_cache.json): what users diff, and
// what
// `--groups` reads back. Costs in cycles.

#include <algorithm>
#include <array>
#include <map>

#include <nlohmann/json.hpp>

#include "base/figures.h"
#include "passes/planner/placed_group.h"
#include "passes/switch_set.h"
#include "profiles/views/writer.h"

namespace tpuscope {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kGroupCacheKind = "tpuscope.groups";

/// Where an op stands among all ops, and in its run of ops that may be grouped.
struct Position {
  std::size_t in_network = 0;
  std::size_t run = 0;
  std::size_t in_run = 0;
};

std::map<OpId, Position> positions_of(const Profile& profile) {
  const Graph& graph = profile.graph;
  const LocalSupport support = with_switches({}, profile.report.identity.switches).support;
  std::map<OpId, Position> positions;
  Position next;
  for (const OpId op : graph.topological_order()) {
    const LayoutRule layout = graph[op].def->layout;
    if (layout == LayoutRule::kSource || layout == LayoutRule::kSink) continue;
    if (!group_obstacle(graph, op, support)) {
      positions[op] = next;
      ++next.in_run;
    } else {
      if (next.in_run > 0) ++next.run;
      next.in_run = 0;
      positions[op] = next;
    }
    ++next.in_network;
  }
  return positions;
}

template <typename Key>
std::pair<std::size_t, std::size_t> ends_of(const Group& group,
                                            const std::map<OpId, Position>& positions, Key key) {
  std::size_t first = positions.at(group.ops.front()).*key;
  std::size_t last = first;
  for (const OpId op : group.ops) {
    first = std::min(first, positions.at(op).*key);
    last = std::max(last, positions.at(op).*key);
  }
  return {first, last};
}

void write_group_cache(const Results& results, const WriterOptions&, ByteSink& sink) {
  const Profile& profile = *results.after;
  const std::map<OpId, Position> positions = positions_of(profile);
  const std::int64_t clock = profile.report.summary.clock_khz;
  const auto name_of = [&](OpId op) { return profile.graph[op].results.front().name; };
  Json groups = Json::array();
  Json alone = Json::array();
  Json sums = Json::array();
  std::int64_t sum = 0;
  const std::vector<Group>& plan = profile.simulation.plan.groups;
  for (std::size_t index = 0; index < plan.size(); ++index) {
    const Group& group = plan[index];
    const std::int64_t cost = cycles_in(group.estimate, clock);
    sum += cost;
    sums.push_back(sum);
    const Position& front = positions.at(group.ops.front());
    if (group.ops.size() == 1) {
      alone.push_back({{"index", index},
                       {"func_idx", front.in_network},
                       {"group_cost", cost},
                       {"loc", name_of(group.ops.front())}});
      continue;
    }
    Json names = Json::array();
    for (const OpId op : group.ops)
      names.push_back(name_of(op));
    const auto in_run = ends_of(group, positions, &Position::in_run);
    const auto in_network = ends_of(group, positions, &Position::in_network);
    groups.push_back({{"base_group_idx", front.run},
                      {"start_idx", in_run.first},
                      {"end_idx", in_run.second},
                      {"func_start_idx", in_network.first},
                      {"func_end_idx", in_network.second},
                      {"group_cost", cost},
                      {"index", index},
                      {"locs", std::move(names)},
                      {"shape_secs", group.secs}});
  }
  const Json file = {{"kind", kGroupCacheKind},
                     {"GroupLayer", std::move(groups)},
                     {"GlobalLayer", std::move(alone)},
                     {"CyclePrefixSum", std::move(sums)}};
  sink.write(file.dump(1) + "\n");
}

TPU_REGISTER(
    register_writer({.name = "groups",
                     .summary = "layer groups in the compiler's own form, to be read by --groups",
                     .mark = kGroupCacheKind,
                     .write = write_group_cache}));

}  // namespace
}  // namespace tpuscope
