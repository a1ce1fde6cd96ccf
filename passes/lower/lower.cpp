// Joins the groups' commands to one program. Ops that are equal, and tiled and placed alike, are
// lowered once.

#include "passes/lower/lower.h"

#include <map>
#include <string>

#include <fmt/core.h>

#include "base/text.h"
#include "passes/lower/lower_group.h"
#include "passes/lower/lower_op.h"
#include "passes/lower/overlap_groups.h"
#include "passes/lower/program_appender.h"
#include "passes/tiling/op_signature.h"
#include "sim/program/part_table.h"

namespace tpuscope {
namespace {

std::string loops_text(const Group& group) {
  std::string text;
  for (const SliceLoop& loop : group.loops) {
    text += "/" + std::to_string(loop.axis) + ":" + std::to_string(loop.extent);
  }
  if (group.pieces > 1) text += "#" + std::to_string(group.pieces);
  for (const LocalBuffer& buffer : group.buffers) {
    for (const LocalRange& range : buffer.ranges)
      text += "@" + std::to_string(range.address);
  }
  return text;
}

/// Appends single ops to a program.
class OpAppender {
 public:
  OpAppender(const Graph& graph, const Chip& chip, Program& program, PartTable& table,
             ProgramAppender& appender)
      : graph_(graph), chip_(chip), program_(program), table_(table), appender_(appender) {}

  void append(const Group& group, std::size_t index) {
    const OpId op = group.ops.front();
    const LoweredOp& lowered = lowered_of(group);
    const auto part_base = static_cast<std::uint32_t>(program_.parts.size());
    for (const OpPart& part : lowered.parts) {
      const Value value = part.is_result ? Value{op, part.index} : graph_[op].inputs[part.index];
      program_.parts.push_back({value, part.box});
    }
    const auto move_part = [part_base](std::uint32_t& part) {
      if (part != kNone) part += part_base;
    };
    appender_.append(lowered.commands, index, [&](Command& command) {
      move_part(command.result_part);
      move_part(command.second_part);
      for (std::uint32_t& part : command.operand_parts)
        move_part(part);
      command.op = op.index;
    });
  }

 private:
  const LoweredOp& lowered_of(const Group& group) {
    const OpId op = group.ops.front();
    const OperandKinds kinds = operand_kinds(graph_, op);
    const std::string key = signature_of(graph_, op, kinds) + loops_text(group);
    const auto found = known_.find(key);
    if (found != known_.end()) return found->second;
    return known_.emplace(key, lowered_op(graph_, chip_, group, kinds, table_)).first->second;
  }

  const Graph& graph_;
  const Chip& chip_;
  Program& program_;
  PartTable& table_;
  ProgramAppender& appender_;
  std::map<std::string, LoweredOp> known_{};
};

/// Commands that the group has at least: transfers and computations of each of its slices.
std::int64_t least_commands(const Group& group) {
  std::int64_t per_slice = 0;
  for (const TimestepRow& row : group.rows)
    per_slice += static_cast<std::int64_t>(row.computes.size() + row.stores.size());
  return group.slice_count() * group.pieces * per_slice;
}

/// Memory goes where a tile each of a large tensor becomes a command.
Status check_limit(const Plan& plan) {
  std::int64_t commands = 0;
  for (const Group& group : plan.groups) {
    commands += least_commands(group);
    if (commands > plan.max_commands) {
      return Error{
          .code = ErrorCode::kUnsupported,
          .message = fmt::format("the run has more than {} commands", grouped(plan.max_commands)),
          .hint = "--limit N allows more; a larger local memory needs fewer"};
    }
  }
  return Ok{};
}

}  // namespace

Result<Program> lower(const Graph& graph, const Chip& chip, const Plan& plan) {
  TPU_TRY_STATUS(check_limit(plan));
  Program program;
  program.groups = plan.groups.size();
  PartTable table(program);
  ProgramAppender appender(program, chip.array.cores);
  OpAppender ops(graph, chip, program, table, appender);
  for (std::size_t g = 0; g < plan.groups.size(); ++g) {
    const Group& group = plan.groups[g];
    if (group.ops.size() > 1) {
      appender.append(group_commands(graph, chip, group, table), g, [](Command&) {});
    } else {
      ops.append(group, g);
    }
  }
  if (plan.overlaps_groups && chip.array.cores == 1) overlap_groups(graph, plan, program);
  return program;
}

}  // namespace tpuscope
