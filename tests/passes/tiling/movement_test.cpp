// Ops that only move data: which need no transfer, and which transfers the others become.

#include "passes/tiling/movement.h"

#include <doctest/doctest.h>
#include <fmt/core.h>

#include "tests/support/mini_chip.h"
#include "tests/support/ops.h"

namespace tpuscope::test {
namespace {

bool is_free_in(std::string_view text, std::string_view name) {
  const Graph graph = testing::graph_of(text);
  for (const OpId op : graph.ops()) {
    if (graph[op].name == name && graph[op].def->layout != LayoutRule::kSink) {
      return is_free(graph, op);
    }
  }
  FAIL("no op is called ", name);
  return false;
}

std::vector<Move> moves_in(std::string_view text, const Chip& chip = mini_chip()) {
  const Graph graph = testing::graph_of(text);
  const OpId op = testing::last_op(graph);
  return moves_of(chip, graph[op].def->movement(graph.view(op)), graph[op].results[0].type.dtype);
}

TEST_CASE("a slice of one run is read in place, one of several runs is copied") {
  CHECK(is_free_in("x = Input f16[4,8]\ny = Slice(x) starts=[1,0] extents=[2,8]", "y"));
  CHECK_FALSE(is_free_in("x = Input f16[4,8]\ny = Slice(x) starts=[0,1] extents=[4,2]", "y"));
  // Along the second axis where the first is 1.
  CHECK(is_free_in("x = Input f16[1,4,8]\ny = Slice(x) starts=[0,1,0] extents=[1,2,8]", "y"));
}

TEST_CASE("a permute that moves only axes of extent 1 is free") {
  CHECK(is_free_in("x = Input f16[4,1,8]\ny = Permute(x) order=[1,0,2]", "y"));
  CHECK_FALSE(is_free_in("x = Input f16[4,2,8]\ny = Permute(x) order=[1,0,2]", "y"));
}

TEST_CASE("a join is free where each part is computed for it alone") {
  const std::string joined = "a = Input f16[2,8]\nb = Input f16[2,8]\nc = Relu(a)\nd = Relu(b)\n";
  CHECK(is_free_in(joined + "y = Concat(c, d) axis=0", "y"));
  CHECK_FALSE(is_free_in(joined + "y = Concat(c, d) axis=1", "y"));              // not one run each
  CHECK_FALSE(is_free_in(joined + "y = Concat(c, b) axis=0", "y"));              // b is where it is
  CHECK_FALSE(is_free_in(joined + "y = Concat(c, d) axis=0\nz = Exp(c)", "y"));  // read elsewhere
}

TEST_CASE("padding is a fill, then a copy over it") {
  const std::vector<Move> moves = moves_in("x = Input f16[2,8]\ny = Pad(x) pads=[1,0,1,0]");
  REQUIRE(moves.size() == 2);
  CHECK(moves[0].kind == CommandKind::kFill);
  CHECK_FALSE(moves[0].operand.has_value());
  CHECK(moves[1].kind == CommandKind::kCopy);
  // Two rows of 8 elements, from the beginning of x to after the first row of y.
  CHECK(moves[1].source == whole_box(16));
  CHECK(moves[1].destination.first == 8);
  CHECK(moves[1].cost.bytes.value == 2 * 8 * 2);
}

TEST_CASE("a transpose goes through local memory where a copy would touch elements one by one") {
  const std::vector<Move> moves = moves_in("x = Input f16[64,64]\ny = Permute(x) order=[1,0]");
  REQUIRE(moves.size() % 2 == 0);
  std::int64_t loaded = 0;
  std::int64_t stored = 0;
  for (const Move& move : moves) {
    CHECK(move.local_bytes <= 1024);
    if (move.direction == Direction::kDdrToLocal) loaded += move.cost.bytes.value;
    if (move.direction == Direction::kLocalToDdr) stored += move.cost.bytes.value;
  }
  CHECK(loaded == 64 * 64 * 2);
  CHECK(stored == 64 * 64 * 2);
}

/// Which side of a matrix on BM1684X is cut among lanes: "columns" where the load takes more runs
/// than the store, "rows" where the store does, "none" where an instruction turns lanes over.
std::string cut_side(std::int64_t rows, std::int64_t columns) {
  const std::vector<Move> moves =
      moves_in(fmt::format("x = Input f32[{},{}]\ny = Permute(x) order=[1,0]", rows, columns),
               load_chip("bm1684x").value());
  REQUIRE(moves.size() == 3);
  REQUIRE(moves[1].reorder);
  if (moves[1].reorder->fields.kind == ComputeKind::kTranspose) return "none";
  return moves[0].cost.cost.total() > moves[2].cost.cost.total() ? "columns" : "rows";
}

TEST_CASE("a matrix is cut along its longer side, where that keeps half of the lanes busy") {
  // As compiled: the most lanes among which each goes evenly stand beside it.
  CHECK(cut_side(310, 256) == "rows");     // 62 and 64
  CHECK(cut_side(272, 256) == "rows");     // 34
  CHECK(cut_side(261, 256) == "columns");  // 29: fewer than half
  CHECK(cut_side(299, 256) == "columns");  // 23
  CHECK(cut_side(256, 261) == "rows");     // the longer columns go to 29 lanes
  CHECK(cut_side(197, 768) == "columns");
  CHECK(cut_side(768, 197) == "rows");
  CHECK(cut_side(150, 299) == "rows");  // 50 and 23
  CHECK(cut_side(299, 299) == "none");
  CHECK(cut_side(299, 64) == "none");
  CHECK(cut_side(64, 299) == "none");
}

TEST_CASE("what is moved in parts fits local memory") {
  // 8 KiB in a machine with 4 lanes of 1 KiB.
  const std::vector<Move> moves = moves_in("x = Input f16[64,64]\ny = Permute(x) order=[1,0]");
  CHECK(moves.size() >= 2 * 8192 / 4096);
  CHECK(moves.front().slice == 0);
  // Load, turn over, store.
  CHECK(moves.back().slice == moves.size() / 3 - 1);
}

TEST_CASE("cores share a copy along the outermost axis that it writes where that pays") {
  const std::string text = "x = Input f16[64,64]\ny = Permute(x) order=[1,0]";
  const auto last_core = [&](const std::string& core_sync_cycles) {
    const Chip two =
        mini_chip({{"array.cores", "2"}, {"overhead.core_sync_cycles", core_sync_cycles}});
    std::int64_t stored = 0;
    std::uint8_t core = 0;
    for (const Move& move : moves_in(text, two)) {
      core = std::max(core, move.core);
      if (move.direction == Direction::kLocalToDdr) stored += move.cost.bytes.value;
    }
    CHECK(stored == 64 * 64 * 2);
    return core;
  };
  CHECK(last_core("3") == 1);
  CHECK(last_core("1000000") == 0);  // meeting takes longer than all of the work
}

TEST_CASE("indices come to every lane and are settled before a gather picks by them") {
  const std::vector<Move> moves =
      moves_in("x = Input f16[30522,768]\ni = Input i64[256]\ny = Gather(x, i)", bm1684x());
  REQUIRE(moves.size() == 4);
  CHECK(moves[0].kind == CommandKind::kLoad);
  CHECK(moves[0].cost.bytes.value == 256 * 4);
  CHECK(moves[1].kind == CommandKind::kArith);
  CHECK(moves[2].kind == CommandKind::kCompare);
  // A list of 256 numbers of 32 bits is 16 vectors of a lane; a comparison takes two cycles each.
  CHECK(moves[1].reorder->fields.result == std::array<std::uint32_t, 4>{1, 64, 1, 256});
  CHECK(moves[2].local_at == moves[1].local_at + moves[1].local_bytes);
  CHECK(moves[3].cost.bytes.value == 256 * 768 * 2);
  // Numbers that pick single elements stay in DDR.
  CHECK(moves_in("x = Input f16[64,256]\ni = Input i64[64,32]\ny = GatherElements(x, i) axis=1",
                 bm1684x())
            .size() == 1);
}

TEST_CASE("more indices than a lane holds are settled in parts") {
  // A kilobyte has room for three lists of 42 vectors of 2 numbers each.
  const std::vector<Move> moves =
      moves_in("x = Input f16[512,4]\ni = Input i64[100]\ny = Gather(x, i)");
  REQUIRE(moves.size() == 2 * 4);
  CHECK(moves[0].cost.bytes.value == 84 * 4);
  CHECK(moves[3].cost.bytes.value == 84 * 4 * 2);
  CHECK(moves[4].cost.bytes.value == 16 * 4);
  CHECK(moves[4].is_reordered);  // the list before has been worked on
  CHECK(moves[2].local_at + 2 * moves[2].local_bytes <= 1024);
}

}  // namespace
}  // namespace tpuscope::test
