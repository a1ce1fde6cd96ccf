// What an op is made of, for tests of commands: its steps, their commands, kinds and cycles.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "passes/tiling/instructions.h"
#include "tests/support/graphs.h"
#include "tests/support/mini_chip.h"

namespace tpuscope::testing {

using test::mini_chip;

/// Steps of the one op of the text that computes, by itself.
inline std::vector<PlacedStep> steps_in(const std::string& text, const Chip& chip) {
  const Graph graph = testing::graph_of(text);
  for (const OpId op : graph.ops()) {
    if (graph[op].def->work == nullptr) continue;
    const OpForm form = form_of(chip, *graph[op].def, graph.view(op));
    return steps_of(form, tile_of(form, whole(form.view.result().shape)));
  }
  FAIL("nothing computes");
  return {};
}

inline std::vector<PlannedInstruction> commands_of(const std::string& text,
                                                   const Chip& chip = mini_chip()) {
  std::vector<PlannedInstruction> commands;
  for (const PlacedStep& step : steps_in(text, chip)) {
    const std::vector<PlannedInstruction> more = instructions_of(chip, step);
    commands.insert(commands.end(), more.begin(), more.end());
  }
  return commands;
}

inline std::int64_t count(const std::vector<PlannedInstruction>& commands) {
  std::int64_t sum = 0;
  for (const PlannedInstruction& command : commands)
    sum += command.count;
  return sum;
}

/// By the compiler's estimate, which has no start-ups.
inline double estimate(const std::vector<PlannedInstruction>& commands, const Chip& chip) {
  double sum = 0;
  for (const PlannedInstruction& command : commands)
    sum += static_cast<double>(command.count) * estimate_of(command.fields, chip);
  return sum;
}

inline std::vector<ComputeKind> kinds(const std::vector<PlannedInstruction>& commands) {
  std::vector<ComputeKind> found;
  for (const PlannedInstruction& command : commands)
    found.push_back(command.fields.kind);
  return found;
}

inline PlacedStep step_over(WorkUnit unit, std::int64_t c, std::int64_t w,
                            DType type = DType::kF16) {
  return {.step = {.unit = unit, .c = c, .w = w}, .type = type};
}

inline std::int64_t cycles(const Chip& chip, const PlacedStep& step) {
  return total_cycles(instructions_of(chip, step)).value;
}

}  // namespace tpuscope::testing
