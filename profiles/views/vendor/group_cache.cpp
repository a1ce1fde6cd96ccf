// Layer groups as the compiler keeps them (<name>.layer_group_cache.json): what users diff, and
// what
// `--groups` reads back. Costs in cycles.

#include <algorithm>
#include <array>
#include <map>

#include "base/figures.h"
#include "base/json_writer.h"
#include "passes/planner/placed_group.h"
#include "passes/switch_set.h"
#include "profiles/views/results.h"

namespace tpuscope {
namespace {

constexpr std::string_view kGroupCacheKind = "tpuscope.groups";

/// Position of an op among all ops, and in its run of ops that may be grouped.
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
  std::size_t first = positions.at(group.ops().front()).*key;
  std::size_t last = first;
  for (const OpId op : group.ops()) {
    first = std::min(first, positions.at(op).*key);
    last = std::max(last, positions.at(op).*key);
  }
  return {first, last};
}

/// A group of several ops.
void write_cached_group(JsonWriter& json, const Profile& profile, std::size_t index,
                        const std::map<OpId, Position>& positions) {
  const Group& group = profile.simulation.plan.groups[index];
  const auto in_run = ends_of(group, positions, &Position::in_run);
  const auto in_network = ends_of(group, positions, &Position::in_network);
  json.member("base_group_idx", positions.at(group.ops().front()).run);
  json.member("start_idx", in_run.first);
  json.member("end_idx", in_run.second);
  json.member("func_start_idx", in_network.first);
  json.member("func_end_idx", in_network.second);
  json.member("group_cost", cycles_in(group.estimate, profile.report.summary.clock_khz));
  json.member("index", index);
  json.list("locs", group.ops(),
            [&](OpId op) { json.value(profile.graph[op].results.front().name); });
  json.member("shape_secs", group.layers()->secs);
  if (group.layers()->image_by_image) json.member("image_by_image", true);
}

/// An op by itself.
void write_cached_single(JsonWriter& json, const Profile& profile, std::size_t index,
                         const std::map<OpId, Position>& positions) {
  const Group& group = profile.simulation.plan.groups[index];
  json.member("index", index);
  json.member("func_idx", positions.at(group.ops().front()).in_network);
  json.member("group_cost", cycles_in(group.estimate, profile.report.summary.clock_khz));
  json.member("loc", profile.graph[group.ops().front()].results.front().name);
}

void write_group_cache(const Results& results, ByteSink& sink) {
  const Profile& profile = *results.after;
  const std::map<OpId, Position> positions = positions_of(profile);
  const std::vector<Group>& plan = profile.simulation.plan.groups;
  JsonWriter json(sink, 1);
  const auto write_all = [&](std::string_view key, bool are_single, auto write) {
    json.array(key, [&] {
      for (std::size_t index = 0; index < plan.size(); ++index) {
        if ((plan[index].single() != nullptr) != are_single) continue;
        json.object([&] { write(json, profile, index, positions); });
      }
    });
  };
  json.object([&] {
    json.member("kind", kGroupCacheKind);
    write_all("GroupLayer", false, write_cached_group);
    write_all("GlobalLayer", true, write_cached_single);
    std::int64_t sum = 0;
    json.list("CyclePrefixSum", plan, [&](const Group& group) {
      sum += cycles_in(group.estimate, profile.report.summary.clock_khz);
      json.value(sum);
    });
  });
  json.finish("\n");
}

TPU_REGISTER(register_writer<Results>(
    {.name = "groups",
     .summary = "layer groups in the compiler's own form, to be read by --groups",
     .signature = kGroupCacheKind,
     .flag = {.name = "--write-groups",
              .value = "FILE",
              .help = "write the layer groups as the compiler keeps them; --groups reads them"},
     .write = write_group_cache}));

}  // namespace
}  // namespace tpuscope
