// The grid, its parts, and what identifies a sweep.

#include "profiles/sweep/sweep.h"

#include <algorithm>
#include <set>

#include <fmt/core.h>

#include "base/number.h"
#include "base/sha256.h"
#include "base/text.h"
#include "graph/batch.h"
#include "passes/planner/group_cache.h"

namespace tpuscope {
namespace {

std::string name_of_sweep(Boundary boundary) {
  return boundary == Boundary::kSource ? "source" : "native";
}

/// What of given groups decides a plan.
std::string text_of_sweep(const GroupCache& given) {
  std::string text;
  for (const CachedGroup& group : given.groups) {
    for (const CachedName& name : group.locs)
      text += name.name + "\n";
    if (group.slices) text += list_text(*group.slices);
    text += "\n";
  }
  for (const CachedName& name : given.alone)
    text += name.name + "\n";
  return text;
}

}  // namespace

std::size_t SweepHeader::size() const {
  std::size_t points = 1;
  for (const SweepAxis& axis : axes)
    points *= axis.values.size();
  return points;
}

std::vector<std::size_t> SweepHeader::values_at(std::size_t point) const {
  std::vector<std::size_t> values(axes.size());
  for (std::size_t i = axes.size(); i-- > 0;) {
    values[i] = point % axes[i].values.size();
    point /= axes[i].values.size();
  }
  return values;
}

std::string settings_text(const SweepHeader& header, const SweepPoint& point,
                          std::optional<std::size_t> but) {
  std::vector<std::string> parts;
  const std::vector<std::size_t> values = header.values_at(point.index);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (but != i) parts.push_back(header.axes[i].key + "=" + header.axes[i].values[values[i]]);
  }
  return join(parts);
}

bool has_base(const SweepHeader& header) {
  return std::all_of(header.axes.begin(), header.axes.end(), [](const SweepAxis& axis) {
    return std::find(axis.values.begin(), axis.values.end(), axis.base) != axis.values.end();
  });
}

Result<Shard> parse_shard(std::string_view text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  const auto index = number_in<decltype(Shard::index)>(text.substr(0, slash));
  const auto count =
      number_in<decltype(Shard::count)>(text.substr(std::min(slash + 1, text.size())));
  if (!index || !count || *index >= *count) {
    return Error{.code = ErrorCode::kUsage,
                 .message = "--shard is " + in_quotes(text),
                 .hint = "write INDEX/COUNT with indices from 0: 0/4, 1/4, 2/4 and 3/4"};
  }
  return Shard{.index = *index, .count = *count};
}

Result<SweepHeader> sweep_header(std::string model, std::string source, std::string sha256,
                                 const Configuration& base, const Graph& graph,
                                 std::vector<SweepAxis> axes) {
  SweepHeader header{.model = std::move(model),
                     .source = std::move(source),
                     .sha256 = std::move(sha256),
                     .axes = std::move(axes)};
  std::size_t points = 1;
  for (const SweepAxis& axis : header.axes) {
    if (axis.values.size() > kMaxSweepPoints / points) {
      return Error{.code = ErrorCode::kUsage,
                   .message = fmt::format("the grid has more than {} points", kMaxSweepPoints),
                   .where = "--vary",
                   .hint = "take larger steps, or sweep the keys one after the other"};
    }
    points *= axis.values.size();
  }
  TPU_TRY(const Chip chip, chip_of(base));
  std::set<std::string> names = {base.chip};
  for (const SweepKey& key : sweep_keys())
    header.base.emplace_back(key.name, key.value(base, chip, batch_of(graph)));
  for (const auto& [path, value] : base.overrides)
    header.base.emplace_back(path, value);
  for (const PrecisionEntry& entry : base.precision.table.entries) {
    header.base.emplace_back(fmt::format("precision-table op={} type={}", entry.op, entry.type),
                             precision_name(entry.precision));
  }
  if (base.groups.given != nullptr) {
    header.base.emplace_back("groups_sha256", sha256_hex(text_of_sweep(*base.groups.given)));
  }
  for (const auto& [side, boundary] : {std::pair{"inputs", base.precision.table.inputs},
                                       std::pair{"outputs", base.precision.table.outputs}}) {
    if (!boundary) continue;
    header.base.emplace_back(fmt::format("precision-table {}", side), name_of_sweep(*boundary));
  }
  header.base.emplace_back("io", name_of_sweep(base.precision.boundary));
  for (const SweepAxis& axis : header.axes) {
    if (axis.key == "chip") names.insert(axis.values.begin(), axis.values.end());
  }
  std::string numbers;
  for (const std::string& name : names) {
    const Result<Chip> machine = load_chip(name);
    numbers += name + "\n" + (machine.ok() ? to_json(*machine) : machine.error().message);
  }
  header.base.emplace_back("chips_sha256", sha256_hex(numbers));
  return header;
}

}  // namespace tpuscope
