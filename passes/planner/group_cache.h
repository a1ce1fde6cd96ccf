// Groups given by hand: the JSON in which the compiler keeps the groups that it found
// (<name>.layer_group_cache.json), so that a user can take a plan, change it and see what comes of
// it.
//
//     {"GroupLayer": [{"index": 0, "locs": ["a", "b"], "shape_secs": [4, 1, 1, 1, 1], ...}],
//      "GlobalLayer": [{"index": 1, "loc": "c", ...}], "CyclePrefixSum": [...]}
//
// `locs` are the names of results. Indices and costs of such a file record what the search saw;
// what is read are names and slices, and of our own files "image_by_image": true, where each image
// of a batch loads a group's weights. The vendor's compiler wraps the same in "subfunc_0", once per
// sub-net, and names tensors of its own dialect: such groups are fitted to the network, see
// foreign_groups.h.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "passes/planner/options.h"

namespace tpuscope {

/// A name and its place in the file.
struct CachedName {
  std::string name{};
  std::string where{};
  std::int64_t position = 0;  ///< of a single op, as of a group
};

struct CachedGroup {
  std::vector<CachedName> locs{};       ///< in execution order
  std::optional<SliceCounts> slices{};  ///< the planner's own choice where the file has none
  bool image_by_image = false;          ///< each image of a batch loads the weights
  std::string where{};
  std::int64_t position = 0;  ///< among all groups and single ops, where the file says so
};

struct GroupCache {
  std::vector<CachedGroup> groups{};
  std::vector<CachedName> alone{};  ///< ops outside of groups; those that are not named are as well
  bool is_foreign = false;          ///< another compiler's names: what has no match is passed over
  std::string source{};             ///< the file or folder
};

/// `where` names the file in errors. Wrong types are errors, and unknown keys in files of our own.
Result<GroupCache> parse_group_cache(std::string_view json, const std::string& where);
Result<GroupCache> load_group_cache(const std::string& path);

}  // namespace tpuscope
