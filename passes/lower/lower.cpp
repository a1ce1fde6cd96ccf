// Joins the groups' commands to one program. Ops that are equal, and tiled and placed alike, are
// lowered once.

#include "passes/lower/lower.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "base/text.h"
#include "passes/lower/lower_group.h"
#include "passes/lower/lower_op.h"
#include "passes/lower/overlap_groups.h"
#include "passes/lower/program_appender.h"
#include "passes/lower/run_outline.h"
#include "sim/program/part_table.h"

namespace tpuscope {
namespace {

/// A description out of numbers, byte by byte.
class KeyText {
 public:
  template <typename... Numbers>
  void add(Numbers... numbers) {
    (append(static_cast<std::uint64_t>(numbers)), ...);
  }
  void add_ranges(const LocalBuffer& buffer) {
    add(buffer.ranges.size());
    for (const LocalRange& range : buffer.ranges)
      add(range.address, range.bytes);
  }
  std::string take() { return std::move(text_); }

 private:
  /// Seven bits a byte: most numbers are small.
  void append(std::uint64_t number) {
    while (number >= 0x80) {
      text_ += static_cast<char>(number | 0x80);
      number >>= 7U;
    }
    text_ += static_cast<char>(number);
  }

  std::string text_{};
};

/// All that decides on the commands of an op that is alone.
std::string key_of(const SingleOp& alone, std::uint32_t number, std::int64_t cores) {
  KeyText key;
  key.add(1, number, cores, alone.pieces, alone.sweeps, alone.loops.size());
  for (const SliceLoop& loop : alone.loops) {
    key.add(loop.axis, loop.count, loop.extent, static_cast<int>(loop.remainder), loop.restarts,
            loop.drains, loop.unit, loop.piece);
  }
  for (const LocalBuffer& buffer : alone.operands)
    key.add_ranges(buffer);
  for (const LocalBuffer& buffer : alone.results)
    key.add_ranges(buffer);
  key.add_ranges(alone.scratch);
  return key.take();
}

/// All that decides on the commands of a group.
std::string key_of(const LayerGroup& group, std::int64_t cores, const RunOutline& outline,
                   const NetworkFacts& facts) {
  std::map<Value, std::size_t> index;
  for (std::size_t i = 0; i < outline.values.size(); ++i)
    index.emplace(outline.values[i], i);
  KeyText key;
  key.add(2, cores, static_cast<int>(group.type), group.ops.size());
  for (const std::int64_t count : group.secs)
    key.add(count);
  for (std::size_t i = 0; i < group.ops.size(); ++i) {
    key.add(facts[group.ops[i]].number, outline.results[i]);
    for (const std::uint32_t operand : outline.operands_of(i))
      key.add(operand);
  }
  for (const bool is_needed : outline.is_needed_outside)
    key.add(is_needed);
  const auto add_transfers = [&](const std::vector<RowTransfer>& transfers) {
    key.add(transfers.size());
    for (const RowTransfer& transfer : transfers)
      key.add(index.at(transfer.value), transfer.stage, transfer.is_resident);
  };
  key.add(group.rows.size());
  for (const TimestepRow& row : group.rows) {
    add_transfers(row.loads);
    key.add(row.computes.size());
    for (const OpId op : row.computes)
      key.add(index.at({op, 0}));
    add_transfers(row.stores);
  }
  for (const LocalBuffer& buffer : group.buffers) {
    key.add(static_cast<int>(buffer.kind), index.at(buffer.value), buffer.is_resident);
    key.add_ranges(buffer);
  }
  return key.take();
}

/// Appends the parts of a plan to a program.
class PlanAppender {
 public:
  PlanAppender(const Graph& graph, const Chip& chip, const NetworkFacts& facts, LoweringMemo& memo,
               Program& program)
      : graph_(graph),
        chip_(chip),
        facts_(facts),
        memo_(memo),
        program_(program),
        table_(program),
        appender_(program, chip.array.cores) {}

  void append(const SingleOp& alone, std::int64_t cores, std::size_t most, std::size_t index) {
    const OpId op = alone.op;
    const LoweringMemo::Answer lowered = known(key_of(alone, facts_[op].number, cores), most,
                                               [&] { return shared_op(alone, cores, most); });
    const std::vector<std::uint32_t>& boxes = boxes_of(lowered);
    const auto part_base = static_cast<std::uint32_t>(program_.parts.size());
    for (const SharedCommands::Part& part : lowered->parts) {
      const bool is_result = part.owner % 2 == 1;
      const std::uint32_t owner = part.owner / 2;
      const Value value = is_result ? Value{op, owner} : graph_[op].inputs[owner];
      program_.parts.push_back({value, boxes[part.box]});
    }
    appender_.append(lowered->commands, index, [&](Command& command) {
      move_parts(command, [&](std::uint32_t part) { return part_base + part; });
      command.op = op.index;
    });
  }

  void append(const LayerGroup& group, std::int64_t cores, std::size_t most, std::size_t index) {
    const RunOutline outline = outline_of(graph_, facts_, group.ops);
    const LoweringMemo::Answer lowered = known(key_of(group, cores, outline, facts_), most, [&] {
      return shared_group(group, cores, most, outline);
    });
    const std::vector<std::uint32_t>& boxes = boxes_of(lowered);
    std::vector<std::uint32_t> parts;
    parts.reserve(lowered->parts.size());
    for (const SharedCommands::Part& part : lowered->parts)
      parts.push_back(table_.part(outline.values[part.owner], boxes[part.box]));
    appender_.append(lowered->commands, index, [&](Command& command) {
      move_parts(command, [&](std::uint32_t part) { return parts[part]; });
      command.op = group.ops[command.op].index;
    });
  }

 private:
  template <typename Move>
  static void move_parts(Command& command, Move move) {
    const auto to = [&](std::uint32_t& part) {
      if (part != kNone) part = move(part);
    };
    to(command.result_part);
    to(command.second_part);
    for (std::uint32_t& part : command.operand_parts)
      to(part);
  }

  /// Those of the memo, or new ones; what was cut short for its many commands is for nobody else.
  template <typename Make>
  LoweringMemo::Answer known(const std::string& key, std::size_t most, Make make) {
    LoweringMemo::Answer& own = of_program_[key];
    if (own == nullptr) own = memo_.find(key);
    if (own != nullptr) return own;
    own = std::make_shared<const SharedCommands>(make());
    if (own->commands.size() <= most) memo_.add(key, own);
    return own;
  }

  SharedCommands shared_op(const SingleOp& alone, std::int64_t cores, std::size_t most) const {
    Program scratch;
    PartTable table(scratch);
    LoweredOp lowered =
        lowered_op(graph_, chip_, alone, cores, facts_[alone.op].kinds, most, table);
    SharedCommands shared{.commands = std::move(lowered.commands)};
    for (const OpPart& part : lowered.parts)
      shared.parts.push_back({2 * part.index + (part.is_result ? 1 : 0), part.box});
    shared.boxes = std::move(scratch.boxes);
    return shared;
  }

  SharedCommands shared_group(const LayerGroup& group, std::int64_t cores, std::size_t most,
                              const RunOutline& outline) const {
    Program scratch;
    PartTable table(scratch);
    SharedCommands shared{.commands = group_commands(graph_, chip_, group, cores, most, table)};
    std::map<OpId, std::uint32_t> places;
    for (std::uint32_t i = 0; i < group.ops.size(); ++i)
      places.emplace(group.ops[i], i);
    for (Command& command : shared.commands)
      command.op = places.at(OpId{command.op});
    std::map<Value, std::uint32_t> owners;
    for (std::uint32_t i = 0; i < outline.values.size(); ++i)
      owners.emplace(outline.values[i], i);
    for (const TensorPart& part : scratch.parts)
      shared.parts.push_back({owners.at(part.value), part.box});
    shared.boxes = std::move(scratch.boxes);
    return shared;
  }

  /// The program's numbers of the boxes.
  const std::vector<std::uint32_t>& boxes_of(const LoweringMemo::Answer& lowered) {
    const auto [at, is_new] = boxes_.try_emplace(lowered.get());
    if (is_new) {
      for (const ElementBox& box : lowered->boxes)
        at->second.push_back(table_.box(box));
    }
    return at->second;
  }

  const Graph& graph_;
  const Chip& chip_;
  const NetworkFacts& facts_;
  LoweringMemo& memo_;
  Program& program_;
  PartTable table_;
  ProgramAppender appender_;
  // Looked up only, never walked: their order reaches no output.
  std::unordered_map<std::string, LoweringMemo::Answer> of_program_{};
  std::unordered_map<const SharedCommands*, std::vector<std::uint32_t>> boxes_{};
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
  SignatureTable signatures;
  LoweringMemo memo;
  return lower(graph, chip, plan, NetworkFacts(graph, signatures), memo);
}

Result<Program> lower(const Graph& graph, const Chip& chip, const Plan& plan,
                      const NetworkFacts& facts, LoweringMemo& memo) {
  TPU_TRY_STATUS(check_limit(plan));
  Program program;
  program.groups = plan.groups.size();
  PlanAppender parts(graph, chip, facts, memo, program);
  for (std::size_t g = 0; g < plan.groups.size(); ++g) {
    const Group& group = plan.groups[g];
    // A tile may be many commands: what is refused is refused before more are made.
    const auto most = static_cast<std::size_t>(plan.max_commands) - program.commands.size();
    if (const LayerGroup* layers = group.layers()) {
      parts.append(*layers, group.cores, most, g);
    } else {
      parts.append(*group.single(), group.cores, most, g);
    }
    if (std::ssize(program.commands) > plan.max_commands) return too_many_commands(plan);
  }
  if (plan.overlaps_groups && chip.array.cores == 1) overlap_groups(graph, plan, program);
  return program;
}

}  // namespace tpuscope
