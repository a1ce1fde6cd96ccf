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

TEST_CASE("matrices that lanes have whole are one run each on either side") {
  // 160 matrices of 24 x 36: as fast as their bytes, where rows of 72 bytes would take longer.
  const std::vector<Move> moves =
      moves_in("x = Input f16[160,24,36]\ny = Permute(x) order=[0,2,1]", bm1684x());
  REQUIRE(moves.size() == 3);
  CHECK(moves[0].direction == Direction::kDdrToLocal);
  CHECK(moves[2].direction == Direction::kLocalToDdr);
  CHECK(moves[0].cost.cost.total().value < 7000);
  CHECK(moves[2].cost.cost.total().value < 8000);
}

TEST_CASE("turning over takes as long as elements are apart, by the compiler's estimate") {
  const auto cycles = [](std::string_view type, std::string_view shape, std::string_view order) {
    const std::vector<Move> moves = moves_in(
        fmt::format("x = Input {}{}\ny = Permute(x) order={}", type, shape, order), bm1684x());
    REQUIRE(moves.size() == 3);
    REQUIRE(moves[1].reorder);
    return estimate_of(moves[1].reorder->fields, bm1684x());
  };
  // LPRNet: 36 of 2304 rows in a lane, 18 of 792; two rows of each of 44 matrices; whole matrices.
  CHECK(cycles("f16", "[2304,44]", "[1,0]") == 1600);
  CHECK(cycles("f32", "[2304,44]", "[1,0]") == 1584);
  CHECK(cycles("i8", "[2304,44]", "[1,0]") == 900);
  CHECK(cycles("f16", "[792,64]", "[1,0]") == 648);
  CHECK(cycles("f16", "[44,128,18]", "[0,2,1]") == 176);
  CHECK(cycles("f16", "[64,44,18]", "[0,2,1]") == 800);
  CHECK(cycles("i8", "[64,44,18]", "[0,2,1]") == 572);
  // [4,24,36,40] as [40,24,36,4] and [4,40,36,24].
  CHECK(cycles("f16", "[40,4,864]", "[0,2,1]") == 1280);
  CHECK(cycles("f16", "[160,24,36]", "[0,2,1]") == 2592);
  CHECK(cycles("f16", "[180,20,8]", "[0,2,1]") == 300);
}

TEST_CASE("rows of a lane are written together, one by itself as one element after the other") {
  const auto store = [](std::string_view shape, const Chip& chip) {
    const std::vector<Move> moves =
        moves_in(fmt::format("x = Input f16{}\ny = Permute(x) order=[0,2,1]", shape), chip);
    REQUIRE(moves.size() == 3);
    return moves[2].cost.cost.total().value;
  };
  // As LPRNet's streams are priced: 44 x 18 x 64 runs of two rows, 21 x 16 x 64 of four.
  CHECK(store("[44,128,18]", bm1684x()) == doctest::Approx(139524).epsilon(0.01));
  CHECK(store("[21,256,16]", bm1684x()) == doctest::Approx(59268).epsilon(0.01));
  // Whole matrices where each lane of BM1688 has some, whatever their rows.
  CHECK(store("[64,44,18]", with_cores(load_chip("bm1688").value(), 1).value()) < 5000);
}

TEST_CASE("blocks become channels one by one: rows arrive, what is wanted is picked and stored") {
  const std::vector<Move> moves =
      moves_in("x = Input f16[1,3,640,640]\ny = SpaceToDepth(x) block=2", bm1684x());
  REQUIRE(moves.size() == 12 * 3);
  // 320 rows of 639 elements, of which the last is the last that is wanted.
  CHECK(moves[0].cost.bytes.value == 320 * 639 * 2);
  REQUIRE(moves[1].reorder);
  // Every second element of 320 x 320 in 5 sets of lanes: two cycles per vector of 32.
  CHECK(estimate_of(moves[1].reorder->fields, bm1684x()) == 100);
  CHECK(moves[2].cost.bytes.value == 320 * 320 * 2);
  CHECK(moves[2].direction == Direction::kLocalToDdr);
  // Columns of blocks before rows is a copy within DDR.
  CHECK(moves_in("x = Input f16[1,3,640,640]\ny = SpaceToDepth(x) block=2 mode=\"CRD\"", bm1684x())
            .size() == 1);
}

TEST_CASE(
    "channels become blocks row of the block by row, where the channels of one are together") {
  const std::string deep = "x = Input f16[1,48,128,128]\ny = DepthToSpace(x) block=4 mode=";
  CHECK(moves_in(deep + "\"CRD\"", bm1684x()).size() == 4 * 3);
  CHECK(moves_in(deep + "\"DCR\"", bm1684x()).size() == 1);
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
