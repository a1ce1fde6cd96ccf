// Groups for the vendor's compiler: which of its ops are to be one group, by their indices in the
// function that it groups. Its record of an earlier compile says which op has which index; its
// model_deploy --lg_debugger 3 takes such groups in place of those that it would choose.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_writer.h"
#include "base/result.h"
#include "graph/graph.h"
#include "passes/tiling/plan.h"

namespace tpuscope {

/// An op of the compiler's, in running order.
struct IndexedOp {
  std::int64_t subnet = 0;
  std::int64_t index = 0;   ///< in its function
  std::string name{};       ///< of its first result
  std::int64_t group = -1;  ///< the compiler's own; -1: alone
};

/// Reads *.layer_group_cache.json. Errors: not such a file, or one that gives no indices.
Result<std::vector<IndexedOp>> read_indexed_ops(std::string_view json, const std::string& where);

/// Ops [first, last] of a function as one group.
struct ManualGroup {
  std::size_t group = 0;  ///< in the plan
  std::int64_t subnet = 0;
  std::int64_t first = 0;
  std::int64_t last = 0;
};

struct ManualGroups {
  std::vector<ManualGroup> groups{};
  /// Groups of the plan whose ops are not neighbours there, or not known.
  std::vector<std::size_t> left_out{};
};

/// The layer groups of a plan of `graph`, the network after the passes.
ManualGroups manual_groups(const Graph& graph, const Plan& plan, const std::vector<IndexedOp>& ops);

/// As the compiler reads them: *.layer_group_debugger.json.
void write_manual_groups(JsonWriter& json, const std::vector<ManualGroup>& groups);

}  // namespace tpuscope
