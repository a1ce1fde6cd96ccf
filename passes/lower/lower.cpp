// Joins the groups' commands to one program. Ops that are equal, and tiled and placed alike, are
// lowered once.

#include "passes/lower/lower.h"

#include <algorithm>
#include <iterator>
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

std::string loops_text(const SingleOp& alone) {
  std::string text;
  for (const SliceLoop& loop : alone.loops) {
    text += fmt::format("/{}:{}x{}%{}", loop.axis, loop.extent, loop.count,
                        static_cast<int>(loop.remainder));
  }
  if (alone.pieces > 1) text += "#" + std::to_string(alone.pieces);
  const auto add_ranges = [&](const LocalBuffer& buffer) {
    for (const LocalRange& range : buffer.ranges)
      text += "@" + std::to_string(range.address);
  };
  for (const LocalBuffer& buffer : alone.operands)
    add_ranges(buffer);
  for (const LocalBuffer& buffer : alone.results)
    add_ranges(buffer);
  add_ranges(alone.scratch);
  return text;
}

/// Appends single ops to a program.
class OpAppender {
 public:
  OpAppender(const Graph& graph, const Chip& chip, Program& program, PartTable& table,
             ProgramAppender& appender)
      : graph_(graph), chip_(chip), program_(program), table_(table), appender_(appender) {}

  void append(const SingleOp& alone, std::int64_t cores, std::size_t most, std::size_t index) {
    const OpId op = alone.op;
    const LoweredOp& lowered = lowered_of(alone, cores, most);
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
  const LoweredOp& lowered_of(const SingleOp& alone, std::int64_t cores, std::size_t most) {
    const OperandKinds kinds = operand_kinds(graph_, alone.op);
    const std::string key =
        fmt::format("{}{}c{}", signature_of(graph_, alone.op, kinds), loops_text(alone), cores);
    const auto found = known_.find(key);
    if (found != known_.end()) return found->second;
    return known_.emplace(key, lowered_op(graph_, chip_, alone, cores, kinds, most, table_))
        .first->second;
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
  if (const SingleOp* alone = group.single()) {
    const std::size_t computes = alone->results.empty() ? 0 : 1;
    return group.slice_count() * alone->pieces * alone->sweeps *
           static_cast<std::int64_t>(computes + std::max<std::size_t>(alone->results.size(), 1));
  }
  std::int64_t per_slice = 0;
  for (const TimestepRow& row : group.layers()->rows)
    per_slice += static_cast<std::int64_t>(row.computes.size() + row.stores.size());
  return group.slice_count() * per_slice;
}

Error too_many_commands(const Plan& plan) {
  return {.code = ErrorCode::kUnsupported,
          .message = fmt::format("the run has more than {} commands", grouped(plan.max_commands)),
          .hint = "--limit N allows more; a larger local memory needs fewer"};
}

/// Memory goes where a tile each of a large tensor becomes a command: asked before any is made.
Status check_limit(const Plan& plan) {
  std::int64_t commands = 0;
  for (const Group& group : plan.groups) {
    commands += least_commands(group);
    if (commands > plan.max_commands) return too_many_commands(plan);
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
    // A tile may be many commands: what is refused is refused before more are made.
    const auto most = static_cast<std::size_t>(plan.max_commands) - program.commands.size();
    if (const LayerGroup* layers = group.layers()) {
      appender.append(group_commands(graph, chip, *layers, group.cores, most, table), g,
                      [](Command&) {});
    } else {
      ops.append(*group.single(), group.cores, most, g);
    }
    if (std::ssize(program.commands) > plan.max_commands) return too_many_commands(plan);
  }
  if (plan.overlaps_groups && chip.array.cores == 1) overlap_groups(graph, plan, program);
  return program;
}

}  // namespace tpuscope
