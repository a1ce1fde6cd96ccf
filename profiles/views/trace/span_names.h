// What the span of a command is called in traces: for whom, and what: "Silu: Divide". Viewers
// colour and add up by name.

#pragma once

#include <string>

#include <fmt/core.h>

#include "graph/graph.h"
#include "sim/program/command.h"

namespace tpuscope {

/// A command that is what its operator is called has one word.
inline std::string span_name(const Graph& graph, const Command& command) {
  const std::string_view kind = name_of(command.kind);
  if (command.op == kNone) return std::string(kind);
  const std::string_view type = graph[OpId{command.op}].def->name;
  return type == kind ? std::string(kind) : fmt::format("{}: {}", type, kind);
}

}  // namespace tpuscope
