// Reading of the compiler's group cache: see group_cache.h.

#include "passes/planner/group_cache.h"

#include <algorithm>

#include "base/input_file.h"
#include "base/strict_json.h"

namespace tpuscope {
namespace {

constexpr std::string_view kSubnetKey = "subfunc_";
constexpr std::int64_t kMostPosition = std::int64_t{1} << 31;
/// Of an axis; the product of five must fit 64 bits.
constexpr std::int64_t kMostSlices = 4096;

Result<CachedName> read_name(const JsonReader& reader) {
  CachedName name{.where = reader.where()};
  TPU_TRY(name.name, reader.text());
  if (name.name.empty()) return reader.error("the name is empty");
  return name;
}

Result<SliceCounts> read_slices(const JsonReader& reader) {
  TPU_TRY(const std::vector<JsonReader> entries, reader.elements());
  SliceCounts slices{};
  if (entries.size() != slices.size()) {
    return reader.error(std::to_string(entries.size()) + " counts of slices",
                        "write five, along n, c, d, h and w");
  }
  for (std::size_t axis = 0; axis < slices.size(); ++axis) {
    TPU_TRY(slices[axis], entries[axis].integer());
    if (slices[axis] < 1) return entries[axis].error("a group has at least one slice per axis");
    if (slices[axis] > kMostSlices) {
      return entries[axis].error("no axis is cut into more than " + std::to_string(kMostSlices));
    }
  }
  return slices;
}

/// Where the entry is among all; a file may leave it out.
Result<std::int64_t> read_position(const JsonReader& reader) {
  if (!reader.has("index")) return std::int64_t{0};
  TPU_TRY(const JsonReader index, reader.at("index"));
  TPU_TRY(const std::int64_t position, index.integer());
  return std::clamp(position, std::int64_t{0}, kMostPosition);
}

Result<CachedGroup> read_group(const JsonReader& reader, bool is_foreign) {
  if (!is_foreign) {
    TPU_TRY_STATUS(reader.expect_keys({"base_group_idx", "start_idx", "end_idx", "func_start_idx",
                                       "func_end_idx", "group_cost", "index", "locs", "shape_secs",
                                       "image_by_image"}));
  }
  CachedGroup group{.where = reader.where()};
  TPU_TRY(group.position, read_position(reader));
  TPU_TRY(const JsonReader locs, reader.at("locs"));
  TPU_TRY(const std::vector<JsonReader> names, locs.elements());
  if (names.empty()) return locs.error("the group has no ops");
  for (const JsonReader& name : names) {
    TPU_TRY(CachedName loc, read_name(name));
    group.locs.push_back(std::move(loc));
  }
  if (reader.has("shape_secs")) {
    TPU_TRY(const JsonReader slices, reader.at("shape_secs"));
    TPU_TRY(group.slices, read_slices(slices));
  }
  if (!is_foreign && reader.has("image_by_image")) {
    TPU_TRY(const JsonReader flag, reader.at("image_by_image"));
    TPU_TRY(group.image_by_image, flag.flag());
  }
  return group;
}

Result<CachedName> read_alone(const JsonReader& reader, bool is_foreign) {
  if (!is_foreign) {
    TPU_TRY_STATUS(reader.expect_keys({"index", "func_idx", "group_cost", "loc"}));
  }
  TPU_TRY(const JsonReader loc, reader.at("loc"));
  TPU_TRY(CachedName name, read_name(loc));
  TPU_TRY(name.position, read_position(reader));
  return name;
}

/// Appends what `read` makes of each element of an array; a file without it has none.
template <typename T>
Status read_list(const JsonReader& file, std::string_view key, bool is_foreign,
                 std::vector<T>& list, Result<T> (*read)(const JsonReader&, bool)) {
  if (!file.has(key)) return Ok{};
  TPU_TRY(const JsonReader array, file.at(key));
  TPU_TRY(const std::vector<JsonReader> elements, array.elements());
  Errors errors;
  for (const JsonReader& element : elements) {
    Result<T> entry = read(element, is_foreign);
    if (entry.ok()) {
      list.push_back(*std::move(entry));
    } else if (errors.size() < kMaxErrors) {
      errors.insert(errors.end(), entry.errors().begin(), entry.errors().end());
    }
  }
  if (!errors.empty()) return errors;
  return Ok{};
}

/// The lists of one sub-net, behind those that were read before.
Status read_lists(const JsonReader& file, GroupCache& cache) {
  if (!file.has("GroupLayer") && !file.has("GlobalLayer")) {
    return file.error("the file holds no groups",
                      "profile MODEL --write-groups FILE writes those that the planner finds");
  }
  TPU_TRY_STATUS(read_list(file, "GroupLayer", cache.is_foreign, cache.groups, read_group));
  TPU_TRY_STATUS(read_list(file, "GlobalLayer", cache.is_foreign, cache.alone, read_alone));
  return Ok{};
}

/// The vendor's: one object per sub-net. Positions go on from one to the next.
Status read_subnets(const JsonReader& file, GroupCache& cache) {
  std::int64_t before = 0;
  for (const auto& [key, unused] : file.json().items()) {
    if (!key.starts_with(kSubnetKey)) continue;
    const std::size_t groups = cache.groups.size();
    const std::size_t alone = cache.alone.size();
    TPU_TRY(const JsonReader subnet, file.at(key));
    TPU_TRY_STATUS(read_lists(subnet, cache));
    std::int64_t last = before;
    for (std::size_t i = groups; i < cache.groups.size(); ++i)
      last = std::max(last, cache.groups[i].position += before);
    for (std::size_t i = alone; i < cache.alone.size(); ++i)
      last = std::max(last, cache.alone[i].position += before);
    before = last + 1;
  }
  // The end of the function is among the ops.
  std::erase_if(cache.alone, [](const CachedName& name) { return name.name == "func.return"; });
  return Ok{};
}

}  // namespace

Result<GroupCache> parse_group_cache(std::string_view json, const std::string& where) {
  TPU_TRY(const nlohmann::ordered_json parsed, parse_json(json, where));
  const JsonReader file(parsed, where);
  GroupCache cache{.source = where};
  cache.is_foreign = file.has("subfunc_0") || file.has("total subfunc");
  if (cache.is_foreign) {
    TPU_TRY_STATUS(read_subnets(file, cache));
    if (!cache.groups.empty() || !cache.alone.empty()) return cache;
    return file.error("the file holds no groups", "the compiler writes them with --debug");
  }
  TPU_TRY_STATUS(file.expect_keys({"kind", "GroupLayer", "GlobalLayer", "CyclePrefixSum"}));
  TPU_TRY_STATUS(read_lists(file, cache));
  return cache;
}

Result<GroupCache> load_group_cache(const std::string& path) {
  TPU_TRY(const std::string text, read_input(path, kMaxSettingsBytes));
  return parse_group_cache(text, path);
}

}  // namespace tpuscope
