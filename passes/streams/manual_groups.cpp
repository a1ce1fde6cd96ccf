// Names to indices and back: see manual_groups.h.

#include "passes/streams/manual_groups.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/number.h"
#include "base/strict_json.h"
#include "passes/planner/compiler_names.h"

namespace tpuscope {
namespace {

constexpr std::string_view kSubnetKey = "subfunc_";
constexpr std::int64_t kMostOps = 1 << 24;

Result<std::int64_t> index_at(const JsonReader& reader, std::string_view key) {
  TPU_TRY(const JsonReader entry, reader.at(key));
  TPU_TRY(const std::int64_t index, entry.integer());
  if (index < 0 || index > kMostOps) return entry.error("an index beyond every function");
  return index;
}

Status read_group(const JsonReader& reader, std::int64_t subnet, std::int64_t group,
                  std::vector<IndexedOp>& ops) {
  TPU_TRY(const std::int64_t first, index_at(reader, "func_start_idx"));
  TPU_TRY(const std::int64_t last, index_at(reader, "func_end_idx"));
  TPU_TRY(const JsonReader locs, reader.at("locs"));
  TPU_TRY(const std::vector<JsonReader> names, locs.elements());
  if (last - first + 1 != static_cast<std::int64_t>(names.size())) {
    return locs.error("not one name for each of its indices");
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    TPU_TRY(std::string name, names[i].text());
    ops.push_back({subnet, first + static_cast<std::int64_t>(i), std::move(name), group});
  }
  return Ok{};
}

Status read_subnet(const JsonReader& reader, std::int64_t subnet, std::vector<IndexedOp>& ops) {
  std::int64_t group = 0;
  if (reader.has("GroupLayer")) {
    TPU_TRY(const JsonReader list, reader.at("GroupLayer"));
    TPU_TRY(const std::vector<JsonReader> groups, list.elements());
    for (const JsonReader& entry : groups)
      TPU_TRY_STATUS(read_group(entry, subnet, group++, ops));
  }
  if (!reader.has("GlobalLayer")) return Ok{};
  TPU_TRY(const JsonReader list, reader.at("GlobalLayer"));
  TPU_TRY(const std::vector<JsonReader> alone, list.elements());
  for (const JsonReader& entry : alone) {
    TPU_TRY(const std::int64_t index, index_at(entry, "func_idx"));
    TPU_TRY(const JsonReader loc, entry.at("loc"));
    TPU_TRY(std::string name, loc.text());
    ops.push_back({subnet, index, std::move(name)});
  }
  return Ok{};
}

/// The plan's groups over the compiler's ops.
class Fitter {
 public:
  Fitter(const Graph& graph, const Plan& plan, const std::vector<IndexedOp>& ops)
      : plan_(plan), ops_(ops), owners_(ops.size()) {
    const CompilerNames names(graph);
    std::map<OpId, std::size_t> group_of;
    for (std::size_t g = 0; g < plan.groups.size(); ++g) {
      for (const OpId op : plan.groups[g].ops())
        group_of[op] = g;
    }
    for (std::size_t i = 0; i < ops.size(); ++i) {
      const std::optional<OpId> op = names.find(ops[i].name);
      const auto found = op ? group_of.find(*op) : group_of.end();
      if (found != group_of.end()) owners_[i] = found->second;
    }
    adopt_unknown();
  }

  ManualGroups fitted() const {
    ManualGroups result;
    for (std::size_t g = 0; g < plan_.groups.size(); ++g) {
      if (plan_.groups[g].layers() == nullptr) continue;
      if (const std::optional<ManualGroup> group = range_of(g)) {
        result.groups.push_back(*group);
      } else {
        result.left_out.push_back(g);
      }
    }
    return result;
  }

 private:
  bool are_together(std::size_t a, std::size_t b) const {
    return ops_[a].group >= 0 && ops_[a].group == ops_[b].group && ops_[a].subnet == ops_[b].subnet;
  }

  /// Casts and other ops that have no counterpart here go with the neighbour with which the
  /// compiler grouped them: the one that reads them before the one that they read.
  void adopt_unknown() {
    for (std::size_t i = ops_.size(); i-- > 1;) {
      if (!owners_[i - 1] && owners_[i] && are_together(i - 1, i)) owners_[i - 1] = owners_[i];
    }
    for (std::size_t i = 1; i < ops_.size(); ++i) {
      if (!owners_[i] && owners_[i - 1] && are_together(i - 1, i)) owners_[i] = owners_[i - 1];
    }
  }

  /// Ops of a group are neighbours, and nobody else's op is among them.
  std::optional<ManualGroup> range_of(std::size_t group) const {
    const auto is_own = [&](const std::optional<std::size_t>& owner) { return owner == group; };
    const auto begin = std::find_if(owners_.begin(), owners_.end(), is_own);
    if (begin == owners_.end()) return std::nullopt;
    const auto end = std::find_if(owners_.rbegin(), owners_.rend(), is_own).base();
    const bool is_whole = std::all_of(begin, end, [&](const std::optional<std::size_t>& owner) {
      return !owner || *owner == group;
    });
    const IndexedOp& first = ops_[static_cast<std::size_t>(begin - owners_.begin())];
    const IndexedOp& last = ops_[static_cast<std::size_t>(end - owners_.begin()) - 1];
    if (!is_whole || first.subnet != last.subnet || first.index == last.index) return std::nullopt;
    return ManualGroup{group, first.subnet, first.index, last.index};
  }

  const Plan& plan_;
  const std::vector<IndexedOp>& ops_;
  std::vector<std::optional<std::size_t>> owners_;  ///< per op: a group of the plan
};

}  // namespace

Result<std::vector<IndexedOp>> read_indexed_ops(std::string_view json, const std::string& where) {
  TPU_TRY(const nlohmann::ordered_json parsed, parse_json(json, where));
  const JsonReader file(parsed, where);
  std::vector<IndexedOp> ops;
  if (!parsed.is_object()) return file.error("no record of the vendor's compiler");
  for (const auto& [key, unused] : file.json().items()) {
    if (!key.starts_with(kSubnetKey)) continue;
    const std::optional<std::int64_t> subnet =
        number_in<std::int64_t>(std::string_view(key).substr(kSubnetKey.size()));
    TPU_TRY(const JsonReader reader, file.at(key));
    if (!subnet) return reader.error("a subfunc without number");
    TPU_TRY_STATUS(read_subnet(reader, *subnet, ops));
  }
  if (ops.empty()) {
    return file.error("no record of the vendor's compiler",
                      "model_deploy --debug leaves it as NAME_CHIP_MODE.layer_group_cache.json");
  }
  std::sort(ops.begin(), ops.end(), [](const IndexedOp& a, const IndexedOp& b) {
    return std::pair(a.subnet, a.index) < std::pair(b.subnet, b.index);
  });
  return ops;
}

ManualGroups manual_groups(const Graph& graph, const Plan& plan,
                           const std::vector<IndexedOp>& ops) {
  return Fitter(graph, plan, ops).fitted();
}

void write_manual_groups(JsonWriter& json, const std::vector<ManualGroup>& groups) {
  json.object([&] {
    json.member("type", "DEBUGGER_DO_NOTHING");
    json.member("sc_method", "SC_QUICK_SEARCH");
    json.array("conditional_debug_types", [] {});
    json.member("show_function_location", false);
    json.array("GroupLayerDump", [] {});
    json.objects("ManualSetting", groups, [&](const ManualGroup& group) {
      json.member("subfunc_idx", group.subnet);
      json.member("func_start_idx", group.first);
      json.member("func_end_idx", group.last);
      // It takes what costs least, and this costs nothing against what it would choose.
      json.member("group_cost", 1);
    });
  });
}

}  // namespace tpuscope
