// Aliases among tensors: see storage.h.

#include "sim/verify/storage.h"

#include <algorithm>

#include <fmt/core.h>

namespace tpuscope {
namespace {

/// Whether the copy takes elements in order from one place to another without a gap.
bool keeps_order(const StridedCopy& copy) {
  std::vector<std::size_t> axes;
  for (std::size_t i = 0; i < copy.extents.size(); ++i) {
    if (copy.extents[i] > 1) axes.push_back(i);
  }
  std::sort(axes.begin(), axes.end(), [&](std::size_t a, std::size_t b) {
    return copy.result_strides[a] < copy.result_strides[b];
  });
  std::int64_t next = 1;
  for (const std::size_t axis : axes) {
    if (copy.result_strides[axis] != next || copy.operand_strides[axis] != next) return false;
    next *= copy.extents[axis];
  }
  return true;
}

}  // namespace

Storage::Storage(const Run& run, Findings& findings) : run_(run) {
  const Graph& graph = run.graph;
  std::vector<bool> has_commands(graph.size());
  for (const Command& command : run.program.commands) {
    if (command.op < has_commands.size()) has_commands[command.op] = true;
  }
  first_.resize(graph.size());
  for (std::size_t i = 0; i < graph.size(); ++i) {
    const OpId op{static_cast<std::uint32_t>(i)};
    first_[i] = places_.size();
    for (std::uint32_t r = 0; r < graph[op].results.size(); ++r)
      places_.push_back({.root = {op, r}});
  }
  for (const OpId op : graph.topological_order()) {
    const LayoutRule layout = graph[op].def->layout;
    const bool computes_nothing = layout == LayoutRule::kSource || layout == LayoutRule::kSink;
    if (!computes_nothing && !has_commands[op.index]) alias(op, findings);
  }
  // Joins moved their operands' storage after views of those were placed.
  for (StoragePlace& place : places_) {
    while (true) {
      const StoragePlace next = at(place.root);
      if (next.root == place.root) break;
      place = {next.root, place.offset + next.offset};
    }
  }
}

void Storage::alias(OpId op, Findings& findings) {
  const Op& node = run_.graph[op];
  if (node.def->layout == LayoutRule::kView) {
    at({op, 0}) = at(node.inputs.at(0));
  } else if (node.def->layout == LayoutRule::kMovement && node.def->movement != nullptr) {
    alias_movement(op, findings);
  } else if (run_.graph.type({op, 0}).elements() > 0) {
    findings.add(fmt::format("no command computes {}", node.name));
  }
}

void Storage::alias_movement(OpId op, Findings& findings) {
  const Op& node = run_.graph[op];
  const Movement movement = node.def->movement(run_.graph.view(op));
  const std::int64_t elements = run_.graph.type({op, 0}).elements();
  const bool is_plain = movement.fill_elements == 0 && movement.gather_runs == 0 &&
                        std::all_of(movement.copies.begin(), movement.copies.end(), keeps_order);
  if (!is_plain || elements == 0) {
    if (elements > 0) findings.add(fmt::format("no command moves the elements of {}", node.name));
    return;
  }
  if (movement.copies.size() == 1) {
    const StridedCopy& copy = movement.copies.front();
    const StoragePlace source = at(node.inputs.at(copy.operand));
    at({op, 0}) = {source.root, source.offset + copy.operand_offset - copy.result_offset};
    return;
  }
  for (const StridedCopy& copy : movement.copies) {
    const Value value = node.inputs.at(copy.operand);
    StoragePlace& place = at(value);
    const bool is_whole = copy.operand_offset == 0 &&
                          copy.elements() == run_.graph.type(value).elements() &&
                          place.root == value;
    if (!is_whole || is_source(value)) {
      findings.add(fmt::format("{} cannot be written in place of an operand of {}",
                               run_.graph[value].name, node.name));
      return;
    }
    place = {Value{op, 0}, copy.result_offset};
  }
}

}  // namespace tpuscope
