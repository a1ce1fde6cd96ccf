// Programs out of remembered commands are those that are lowered from nothing.

#include "passes/lower/lowering_memo.h"

#include <set>
#include <string>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include "passes/lower/lower.h"
#include "tests/support/graphs.h"
#include "tests/support/grouping.h"

namespace tpuscope {
namespace {

std::string range_text(const LocalRange& range) {
  return fmt::format("{}+{} ", range.address, range.bytes);
}

/// What a command says, its parts as tensors and boxes.
std::string command_text(const Program& program, const Command& command) {
  std::string text = fmt::format(
      "{} {} {} id {} waits {} op {} group {} slice {} row {} cost {} {} bytes {} {} {} ",
      name_of(command.kind), name_of(command.engine), command.core, command.id, command.wait_id,
      command.op, command.group, command.slice, command.timestep, command.cost.total(),
      command.cost.useful, command.bytes, command.ddr_read, command.ddr_write);
  text += range_text(command.result) + range_text(command.second_result);
  for (const LocalRange& range : command.operands)
    text += range_text(range);
  const auto add_part = [&](std::uint32_t part) {
    if (part == kNone) {
      text += "- ";
      return;
    }
    const TensorPart& named = program.parts.at(part);
    const ElementBox& box = program.boxes.at(named.box);
    text += fmt::format("{}.{}:{}", named.value.op.index, named.value.result, box.first);
    for (const StridedAxis& axis : box.axes)
      text += fmt::format("/{}*{}", axis.extent, axis.stride);
    text += " ";
  };
  add_part(command.result_part);
  add_part(command.second_part);
  for (const std::uint32_t part : command.operand_parts)
    add_part(part);
  return text;
}

std::string program_text(const Program& program) {
  std::string text;
  for (const Command& command : program.commands)
    text += command_text(program, command) + "\n";
  return text;
}

TEST_CASE("plans of one network share commands and have the programs that each has by itself") {
  const Chip chip = *load_chip("bm1684x", {});
  SignatureTable signatures;
  LoweringMemo memo;
  for (const DType precision : {DType::kF16, DType::kI8}) {
    for (const std::string switches :
         {"baseline", "optimized", "optimized,-local.squeeze", "optimized,-timestep_balance"}) {
      CAPTURE(switches);
      const Graph graph = testing::prepared("swin_t", precision, switches);
      const NetworkFacts facts(graph, signatures);
      const Plan plan = testing::planned(graph, chip, testing::grouping(switches));
      const Result<Program> shared = lower(graph, chip, plan, facts, memo);
      const Result<Program> alone = lower(graph, chip, plan);
      REQUIRE(shared.ok());
      REQUIRE(alone.ok());
      CHECK(program_text(*shared) == program_text(*alone));
    }
  }
}

TEST_CASE("equal groups whose results are needed elsewhere are not one") {
  // Beside the first group somebody else reads what is made in its middle.
  const Chip chip = *load_chip("bm1684x", {});
  const std::string text =
      "x = Input f16[1,64,64,64]\ny = Input f16[1,64,64,64]\na = Relu(x)\nb = Tanh(a)\n"
      "c = Relu(y)\nd = Tanh(c)\nreturn b, d, a\n";
  const Graph graph = testing::graph_of(text);
  GroupOptions options = testing::grouping("optimized");
  options.max_ops = 2;
  const Plan plan = testing::planned(graph, chip, options);
  SignatureTable signatures;
  LoweringMemo memo;
  const Result<Program> program = lower(graph, chip, plan, NetworkFacts(graph, signatures), memo);
  REQUIRE(program.ok());
  std::set<std::string> stored;
  for (const Command& command : program->commands) {
    if (command.kind != CommandKind::kStore) continue;
    stored.insert(graph[program->parts.at(command.operand_parts[0]).value].name);
  }
  CHECK(stored == std::set<std::string>{"a", "b", "d"});
}

}  // namespace
}  // namespace tpuscope
