// RunOutline: who reads what in a run of ops, without types: with a number for each op it says
// whether two runs are alike, at a fraction of what a GroupGraph takes to build.

#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "graph/graph.h"
#include "passes/lower/network_facts.h"

namespace tpuscope {

/// Values are numbered as in the GroupGraph of the run, by their first touch.
struct RunOutline {
  static constexpr std::uint32_t kImmediate = std::numeric_limits<std::uint32_t>::max();

  std::vector<Value> values{};
  std::vector<std::uint32_t> operands{};  ///< of all ops, one after the other
  std::vector<std::uint32_t> first{};     ///< per op, where its operands begin; and where all end
  std::vector<std::uint32_t> results{};   ///< per op
  std::vector<bool> is_needed_outside{};  ///< per value: an op outside reads it

  std::span<const std::uint32_t> operands_of(std::size_t op) const {
    return std::span(operands).subspan(first[op], first[op + 1] - first[op]);
  }
};

/// `run` in dependency order; ops of one result each.
RunOutline outline_of(const Graph& graph, const NetworkFacts& facts, std::span<const OpId> run);

/// Values that ops [first, last] touch, numbered as in a GroupGraph of these alone.
std::vector<Value> touched_values(const RunOutline& outline, std::size_t first, std::size_t last);

}  // namespace tpuscope
