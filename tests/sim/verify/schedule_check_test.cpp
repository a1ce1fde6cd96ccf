// The schedule verifier accepts what the simulator makes, and names each single thing that is made
// wrong in it.

#include "sim/verify/schedule_check.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "sim/engine/engine.h"
#include "tests/support/simulation.h"

using namespace tpuscope;
using test::bm1684x;
using test::simulated;

namespace {

/// A network whose ops are cut into tiles, with weights, broadcasting, a movement through local
/// memory, a view, and slices and a join that need no command.
constexpr std::string_view kScheduleCheckNetwork = R"(
  x = Input f16[1,64,256,256]
  w = Weight f16[128,64,3,3]
  s = Weight f16[1,128,1,1]
  c = Conv(x, w) pads=[1,1,1,1]
  a = Mul(c, s)
  p = Permute(a) order=[0,2,3,1]
  r = Reshape(p) shape=[512,16384]
  f = Softmax(r) axis=1
  return f
)";

struct Case {
  Graph graph;
  Chip chip = bm1684x();
  Simulation simulation{};

  explicit Case(std::string_view text = kScheduleCheckNetwork) : graph(testing::graph_of(text)) {
    simulation = simulated(graph, chip);
  }
  std::vector<Command>& commands() { return simulation.program.commands; }
  Timeline& timeline() { return simulation.timeline; }
  void run_again() { simulation.timeline = run(simulation.program, chip); }
  Errors errors() const {
    return check_schedule(graph, chip, simulation.program, simulation.timeline);
  }
  /// Index of the `skip`-th command for which the predicate holds.
  template <typename Predicate>
  std::size_t find(Predicate predicate, std::size_t skip = 0) {
    for (std::size_t i = 0; i < commands().size(); ++i) {
      if (predicate(commands()[i]) && skip-- == 0) return i;
    }
    FAIL("no such command");
    return 0;
  }
  /// Takes a command out; those after it on its engine move up, and nobody waits for it.
  void erase(std::size_t index) {
    const Command gone = commands()[index];
    commands().erase(commands().begin() + static_cast<std::ptrdiff_t>(index));
    for (Command& command : commands()) {
      if (command.engine == gone.engine && command.id > gone.id) --command.id;
      if (command.engine != gone.engine && command.wait_id >= gone.id) --command.wait_id;
    }
    run_again();
  }
};

/// The errors' messages, one per line.
std::string text_of_schedule_check(const Errors& errors) {
  std::string text;
  for (const Error& error : errors)
    text += error.message + "\n";
  return text;
}

/// At least one error says this.
void check_caught(const Case& mutant, std::string_view message) {
  const std::string text = text_of_schedule_check(mutant.errors());
  CHECK_MESSAGE(text.find(message) != std::string::npos, "looked for: ", message, "\n", text);
}

bool is_load(const Command& command) {
  return command.direction == Direction::kDdrToLocal;
}
bool is_store(const Command& command) {
  return command.direction == Direction::kLocalToDdr;
}
bool makes(const Command& command) {
  return command.engine == Engine::kBdc && command.result_part != kNone;
}
bool is_conv(const Command& command) {
  return command.kind == CommandKind::kConv;
}

}  // namespace

TEST_CASE("what the simulator makes is in order") {
  Case good;
  CHECK(text_of_schedule_check(good.errors()) == "");
  CHECK(good.commands().size() > 50);
}

TEST_CASE("two loads that change places bring each other's bytes") {
  Case mutant;
  const auto of_conv = [](const Command& command) { return command.kind == CommandKind::kLoad; };
  Command& first = mutant.commands()[mutant.find(of_conv)];
  Command& second = mutant.commands()[mutant.find(of_conv, 1)];
  std::swap(first.result_part, second.result_part);
  std::swap(first.bytes, second.bytes);
  mutant.run_again();
  check_caught(mutant, "of x, but command 0 (GDMA 1, Load for c) wrote");
}

TEST_CASE("two computations that change places read what is not there yet") {
  Case mutant;
  const std::size_t first = mutant.find(is_conv);
  const std::size_t second = mutant.find(is_conv, 1);
  std::swap(mutant.commands()[first], mutant.commands()[second]);
  std::swap(mutant.commands()[first].id, mutant.commands()[second].id);
  std::swap(mutant.commands()[first].wait_id, mutant.commands()[second].wait_id);
  mutant.run_again();
  check_caught(mutant, "(BDC 1, Conv for c) reads");
}

TEST_CASE("a shifted address reads bytes of others or nobody's") {
  Case mutant;
  mutant.commands()[mutant.find(is_conv, 2)].operands[0].address += 64;
  check_caught(mutant, "(BDC 3, Conv for c) reads");
  Case written;
  written.commands()[written.find(is_load)].result.address += 1024;
  check_caught(written, "never written");
}

TEST_CASE("ranges end where a lane ends") {
  Case mutant;
  Command& load = mutant.commands()[mutant.find(is_load)];
  load.result.address = static_cast<std::uint32_t>(mutant.chip.local_bytes_per_lane()) - 64;
  check_caught(mutant, "a lane has 262144");
}

TEST_CASE("a dropped dependency is seen in the times, or as luck where the times happen to fit") {
  const auto waits = [](const Command& command) { return is_conv(command) && command.wait_id > 0; };
  Case mutant;
  mutant.commands()[mutant.find(waits)].wait_id = 0;
  check_caught(mutant, "without waiting for");
  mutant.run_again();
  check_caught(mutant, "while still in use by");
  // Each single wait of the program is needed.
  Case good;
  std::size_t needed = 0;
  std::size_t waiting = 0;
  for (std::size_t i = 0; i < good.commands().size(); ++i) {
    const std::uint32_t wait = good.commands()[i].wait_id;
    if (wait == 0) continue;
    ++waiting;
    good.commands()[i].wait_id = 0;
    if (!good.errors().empty()) ++needed;
    good.commands()[i].wait_id = wait;
  }
  CHECK(waiting > 30);
  CHECK(10 * needed > 7 * waiting);  // the others repeat what an earlier wait has seen to
}

TEST_CASE("a wait that the timeline ignores is named") {
  Case mutant;
  const auto waits = [](const Command& command) { return is_conv(command) && command.wait_id > 0; };
  const std::size_t index = mutant.find(waits);
  mutant.timeline().start[index] = mutant.timeline().launch;
  check_caught(mutant, "does not wait for");
}

TEST_CASE("a load that brings less leaves the rest unwritten or too small") {
  Case mutant;
  mutant.commands()[mutant.find(is_load)].result.bytes /= 2;
  check_caught(mutant, "never written");
  Case small;
  small.commands()[small.find(is_load)].bytes /= 2;
  check_caught(small, "carries");
  Case part;
  const std::size_t index =
      part.find([](const Command& command) { return command.kind == CommandKind::kLoad; });
  Program& program = part.simulation.program;
  ElementBox box = program.boxes[program.parts[part.commands()[index].result_part].box];
  box.axes.back().extent -= 1;
  part.commands()[index].bytes = box.elements() * 2;
  program.boxes.push_back(box);
  program.parts.push_back({program.parts[part.commands()[index].result_part].value,
                           static_cast<std::uint32_t>(program.boxes.size() - 1)});
  part.commands()[index].result_part = static_cast<std::uint32_t>(program.parts.size() - 1);
  check_caught(part, "reads");
  // A reader that knows of it lacks what its op needs.
  for (Command& command : part.commands()) {
    if (command.id == 1 && is_conv(command)) {
      command.operand_parts[0] = part.commands()[index].result_part;
    }
  }
  check_caught(part, "that its op needs");
}

TEST_CASE("a lost store is missed by the next op or at the end") {
  Case mutant;
  mutant.erase(mutant.find(is_store, 1));
  check_caught(mutant, "are not stored yet");
  Case last;
  std::size_t stores = 0;
  for (const Command& command : last.commands())
    stores += is_store(command) ? 1U : 0U;
  last.erase(last.find(is_store, stores - 1));
  check_caught(last, "of the output");
}

TEST_CASE("a store that is done twice is named") {
  Case mutant;
  const std::size_t first = mutant.find(is_store);
  const std::size_t second = mutant.find(is_store, 1);
  mutant.commands()[second].result_part = mutant.commands()[first].result_part;
  check_caught(mutant, "of c are stored twice");
  check_caught(mutant, "out of");
}

TEST_CASE("a result over an operand of a running command is caught") {
  Case own;
  Command& conv = own.commands()[own.find(is_conv)];
  conv.result.address = conv.operands[0].address + 64;
  check_caught(own, "while it reads it");
  // The third load of rows takes the place of the first, which the first convolution reads.
  Case other;
  const auto takes_over = [](const Command& command) {
    return command.kind == CommandKind::kLoad && command.wait_id > 0;
  };
  // It comes after the first store, which waits for that convolution as well.
  const std::size_t third = other.find(takes_over);
  for (std::size_t i = 0; i <= third; ++i) {
    Command& command = other.commands()[i];
    if (command.engine == Engine::kGdma) command.wait_id = 0;
  }
  other.run_again();
  check_caught(other, "overwrites");
}

TEST_CASE("an engine does one thing at a time, in order, under ids without a gap") {
  Case mutant;
  const std::size_t index = mutant.find(is_load, 1);
  mutant.timeline().start[index] = mutant.timeline().start[mutant.find(is_load)];
  check_caught(mutant, "before command 0");
  Case fast;
  fast.timeline().end[fast.find(is_load)] = fast.timeline().start[fast.find(is_load)];
  check_caught(fast, "takes 0 ps for");
  Case gap;
  gap.commands()[gap.find(is_load, 2)].id += 1;
  check_caught(gap, "expected");
  Case end;
  end.timeline().makespan += Picoseconds{1};
  check_caught(end, "the makespan is");
}

TEST_CASE("a movement brings elements to their places") {
  constexpr std::string_view kJoin = R"(
    x = Input f16[64,1024]
    y = Input f16[64,1024]
    p = Permute(x) order=[1,0]
    z = Concat(x, y) axis=1
    return p, z
  )";
  Case good(kJoin);
  CHECK(text_of_schedule_check(good.errors()) == "");
  // The permute goes through local memory, part by part.
  Case parts("x = Input f16[64,64,256]\ny = Permute(x) order=[2,1,0]\nreturn y\n");
  CHECK(text_of_schedule_check(parts.errors()) == "");
  Case mutant(kJoin);
  const auto joins = [&](const Command& command) {
    return mutant.graph[OpId{command.op}].is("Concat") && !is_load(command);
  };
  Command& first = mutant.commands()[mutant.find(joins)];
  Command& second = mutant.commands()[mutant.find(joins, 1)];
  std::swap(first.result_part, second.result_part);
  check_caught(mutant, "which is not their place");
}

TEST_CASE("an op without commands must have nothing to do") {
  Case mutant;
  for (std::size_t i = mutant.commands().size(); i-- > 0;) {
    if (mutant.graph[OpId{mutant.commands()[i].op}].is("Permute")) mutant.erase(i);
  }
  check_caught(mutant, "no command moves the elements of p");
  Case computed;
  for (std::size_t i = computed.commands().size(); i-- > 0;) {
    if (computed.graph[OpId{computed.commands()[i].op}].is("Softmax")) computed.erase(i);
  }
  check_caught(computed, "no command computes f");
}

TEST_CASE("a computation that makes another's result is named") {
  Case mutant;
  Command& conv = mutant.commands()[mutant.find(is_conv)];
  conv.result_part = mutant
                         .commands()[mutant.find([&](const Command& command) {
                           return makes(command) && command.op != conv.op;
                         })]
                         .result_part;
  check_caught(mutant, "makes");
}

TEST_CASE("slices read in place and joins written in place are seen through") {
  constexpr std::string_view kInPlace = R"(
    x = Input f16[4,64,32]
    a = Slice(x) starts=[0,0,0] extents=[2,64,32] steps=[1,1,1]
    b = Slice(x) starts=[2,0,0] extents=[2,64,32] steps=[1,1,1]
    c = Relu(a)
    d = Sigmoid(b)
    e = Concat(c, d) axis=0
    f = Relu(e)
    return f
  )";
  Case good(kInPlace);
  CHECK(text_of_schedule_check(good.errors()) == "");
  for (const Command& command : good.commands())
    CHECK_FALSE(good.graph[OpId{command.op}].is("Concat"));
  // Without the second store half of what the last op reads is missing.
  good.erase(good.find(is_store, 1));
  check_caught(good, "are not stored yet");
}
