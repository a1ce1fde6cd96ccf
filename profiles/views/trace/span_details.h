// What spans of traces are called, and what they tell beside their time.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "graph/graph.h"
#include "profiles/report/report.h"
#include "sim/program/command.h"

namespace tpuscope {

/// For whom and what: "Silu: Divide". A command that is what its operator is called has one word.
std::string span_name(const Graph& graph, const Command& command);

// Members of JSON objects; `names` are those of ops as JSON strings, by index.

/// Members, slices, the most local memory and why it ends, each after a comma.
std::string group_details(const Report& report, std::uint32_t group,
                          const std::vector<std::string>& names);
/// The same for all spans of an op, so that readers add them up.
std::string op_details(const Op& op, std::string_view name);

}  // namespace tpuscope
