// Hand-made and random runs for tests of views: commands at given times, with costs that say where
// their time goes.

#pragma once

#include <random>
#include <string>
#include <vector>

#include "profiles/views/results.h"
#include "sim/cost/instruction_rules.h"
#include "tests/support/graphs.h"
#include "tests/support/mini_chip.h"

namespace tpuscope::test {

inline constexpr std::string_view kTwoOps = R"(
  x = Input f32[1,8]
  a = Relu(x)
  b = Sigmoid(a)
  return b
)";

/// Builds a program and its timeline command by command; times in nanoseconds.
class RunBuilder {
 public:
  explicit RunBuilder(std::int64_t launch_ns = 0) { run_.timeline.launch = {launch_ns * 1000}; }

  RunBuilder& bdc(std::int64_t start, std::int64_t end, std::uint32_t op, CommandCost cost = {},
                  CommandKind kind = CommandKind::kConv) {
    return add({.kind = kind, .engine = Engine::kBdc, .op = op, .cost = cost}, start, end);
  }
  RunBuilder& load(std::int64_t start, std::int64_t end, std::uint32_t op) {
    return transfer(start, end, op, Direction::kDdrToLocal);
  }
  RunBuilder& store(std::int64_t start, std::int64_t end, std::uint32_t op) {
    return transfer(start, end, op, Direction::kLocalToDdr);
  }
  RunBuilder& add(Command command, std::int64_t start, std::int64_t end) {
    return add_ps(std::move(command), start * 1000, end * 1000);
  }
  RunBuilder& add_ps(Command command, std::int64_t start, std::int64_t end) {
    const bool moves = command.engine == Engine::kGdma;
    if (command.rule == 0) {
      command.rule = number_of(moves ? InstructionRule::kLoad : InstructionRule::kArith);
    }
    run_.program.commands.push_back(command);
    run_.timeline.start.push_back({start});
    run_.timeline.end.push_back({end});
    run_.timeline.waited.push_back({});
    run_.timeline.reason.push_back(WaitReason::kNothing);
    run_.timeline.makespan = std::max(run_.timeline.makespan, Picoseconds{end});
    return *this;
  }
  RunBuilder& until(std::int64_t makespan_ns) {
    run_.timeline.makespan = {makespan_ns * 1000};
    return *this;
  }
  const Simulation& run() const { return run_; }

 private:
  RunBuilder& transfer(std::int64_t start, std::int64_t end, std::uint32_t op,
                       Direction direction) {
    const bool is_load = direction == Direction::kDdrToLocal;
    return add({.kind = is_load ? CommandKind::kLoad : CommandKind::kStore,
                .engine = Engine::kGdma,
                .direction = direction,
                .op = op,
                .bytes = 64,
                .ddr_read = is_load ? 64 : 0,
                .ddr_write = is_load ? 0 : 64},
               start, end);
  }

  Simulation run_;
};

/// Two busy engines with gaps, lengths in picoseconds that fit no clock; ops 1 and 2.
inline Simulation random_run(unsigned seed, int commands = 200) {
  std::mt19937 random(seed);
  const auto below = [&](std::int64_t limit) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint32_t>(limit));
  };
  RunBuilder builder(below(3));
  std::int64_t free[kEngineCount] = {3000, 3000};
  for (int i = 0; i < commands; ++i) {
    Command command{.engine = below(2) == 0 ? Engine::kBdc : Engine::kGdma};
    command.op = static_cast<std::uint32_t>(1 + below(2));
    command.group = command.op - 1;
    command.slice = static_cast<std::uint32_t>(below(3));
    command.cost = {below(5), below(50), below(20), below(3)};
    command.kind = below(2) == 0 ? CommandKind::kMatMul : CommandKind::kArith;
    command.result = {static_cast<std::uint32_t>(64 * below(8)), 64};
    if (command.engine == Engine::kGdma) {
      command.kind = CommandKind::kLoad;
      command.direction = static_cast<Direction>(1 + below(4));
      command.ddr_read = command.bytes = below(10'000);
    }
    std::int64_t& at = free[static_cast<std::size_t>(command.engine)];
    const std::int64_t start = at + (below(3) == 0 ? below(5000) : 0);
    at = start + below(9000);
    builder.add_ps(command, start, at);
  }
  return builder.run();
}

inline Profile profile_of(const Simulation& simulation, std::string_view graph = kTwoOps) {
  return make_profile(testing::graph_of(graph), simulation, mini_chip(), {.chip = "mini"}, {});
}

inline std::string written(std::string_view writer, const Results& results,
                           const WriterView& view = {}) {
  StringSink sink;
  REQUIRE(writer_called<Results>(writer).write(results, view, sink).ok());
  return sink.text();
}

}  // namespace tpuscope::test
