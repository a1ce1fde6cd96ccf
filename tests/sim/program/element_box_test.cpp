// Sets of elements of dense tensors, and the parts that lowered commands name.

#include "sim/program/element_box.h"

#include <doctest/doctest.h>

#include "sim/program/part_table.h"
#include "tests/support/simulation.h"

using namespace tpuscope;
using test::bm1684x;
using test::simulated;

TEST_CASE("a box is the same whatever the shape over which it is stated") {
  // Rows 1 and 2 of 3 rows of 4: elements 4 to 11.
  const ElementBox rows = box_of(Shape{3, 4}, Region{{1, 3}, {0, 4}});
  CHECK(rows == ElementBox{4, {{8, 1}}});
  CHECK(rows == box_of(Shape{12}, Region{{4, 12}}));
  CHECK(rows == box_of(Shape{3, 2, 2}, Region{{1, 3}, {0, 2}, {0, 2}}));
  // Columns 1 and 2 are runs of two, four apart.
  const ElementBox columns = box_of(Shape{3, 4}, Region{{0, 3}, {1, 3}});
  CHECK(columns == ElementBox{1, {{3, 4}, {2, 1}}});
  CHECK(columns.elements() == 6);
  CHECK_FALSE(rows == columns);
}

TEST_CASE("a row of one row is as flat as a piece of the whole") {
  CHECK(box_of(Shape{2, 3, 5}, Region{{1, 2}, {1, 2}, {0, 3}}) == ElementBox{20, {{3, 1}}});
  CHECK(box_of(Shape{}, Region{}) == ElementBox{});
  CHECK(box_of(Shape{4}, Region{{2, 2}}).elements() == 0);
  CHECK(whole_box(12) == box_of(Shape{3, 4}, whole({3, 4})));
}

TEST_CASE("strides may fall, repeat or turn back: the places touched are what counts") {
  // Four elements backwards from place 9, in steps of two: 3, 5, 7, 9.
  CHECK(box_of(9, {{4, -2}}) == ElementBox{3, {{4, 2}}});
  // A broadcast reads one element many times.
  CHECK(box_of(2, {{7, 0}, {3, 1}}) == ElementBox{2, {{3, 1}}});
  // A transposed walk over a matrix touches all of it.
  CHECK(box_of(0, {{4, 1}, {3, 4}}) == whole_box(12));
}

TEST_CASE("a table holds a part once and keeps values apart") {
  Program program;
  PartTable table(program);
  const std::uint32_t first = table.part({OpId{1}, 0}, {3, 4}, {{0, 3}, {0, 4}});
  CHECK(table.part({OpId{1}, 0}, {12}, {{0, 12}}) == first);
  CHECK(table.part({OpId{2}, 0}, {12}, {{0, 12}}) != first);
  CHECK(program.parts.size() == 2);
  CHECK(program.boxes.size() == 1);
}

TEST_CASE("commands name what they load, read, make and store") {
  const Graph graph = testing::graph_of(R"(
    x = Input f16[64,1024]
    b = Weight f16[64,1]
    y = Add(x, b)
    z = Permute(y) order=[1,0]
  )");
  const Simulation simulation = simulated(graph, bm1684x());
  const Program& program = simulation.program;
  const auto value_of = [&](std::uint32_t part) {
    return graph[program.parts.at(part).value].name;
  };
  const auto box_at = [&](std::uint32_t part) {
    return program.boxes.at(program.parts.at(part).box);
  };
  std::size_t copies = 0;
  std::size_t sums = 0;
  for (const Command& command : program.commands) {
    if (command.kind == CommandKind::kLoadWeight) CHECK(value_of(command.result_part) == "b");
    // What turns elements over for the permute only moves them.
    if (command.engine != Engine::kBdc || command.operand_count != 2) continue;
    CHECK(value_of(command.operand_parts[0]) == "x");
    CHECK(value_of(command.operand_parts[1]) == "b");
    // The one channel is copied to every lane first: working space, which is no part of a value.
    if (command.result_part == kNone) {
      ++copies;
      continue;
    }
    ++sums;
    CHECK(value_of(command.result_part) == "y");
    CHECK(box_at(command.operand_parts[0]) == box_at(command.result_part));
  }
  CHECK(sums > 0);
  CHECK(copies == sums);
  const Command& last = program.commands.back();
  CHECK(value_of(last.operand_parts[0]) == "y");
  CHECK(value_of(last.result_part) == "z");
  CHECK(box_at(last.result_part).elements() == last.bytes / 2);
}

TEST_CASE("equal ops share their boxes and name values of their own") {
  const Graph graph = testing::graph_of(R"(
    x = Input f16[64,64]
    y = Relu(x)
    z = Relu(y)
  )");
  const Simulation simulation = simulated(graph, bm1684x());
  const Program& program = simulation.program;
  REQUIRE(program.commands.size() == 6);
  const TensorPart stored = program.parts.at(program.commands[2].result_part);
  const TensorPart loaded = program.parts.at(program.commands[3].result_part);
  CHECK(stored == loaded);
  CHECK(graph[stored.value].name == "y");
}
