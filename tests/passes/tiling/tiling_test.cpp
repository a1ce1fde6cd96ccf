// Tilings that the search settles on, compared with all that there are.

#include "passes/tiling/tiling.h"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "passes/tiling/op_signature.h"
#include "passes/tiling/tile_price.h"
#include "sim/cost/local_memory.h"
#include "tests/support/mini_chip.h"
#include "tests/support/ops.h"

namespace tpuscope::test {
namespace {

struct Tiled {
  Graph graph;
  Chip chip;
  OpForm form;
  OperandKinds kinds;
  TilingSearch search;

  explicit Tiled(std::string_view text, const ChipOverrides& overrides = {})
      : graph(testing::graph_of(text)),
        chip(mini_chip(overrides)),
        form(form_of(chip, *graph[op()].def, graph.view(op()))),
        kinds(operand_kinds(graph, op())),
        search(search_tiling(chip, form, kinds)) {}

  OpId op() const { return testing::last_op(graph); }

  /// The fewest cycles of any feasible choice of tiles on one core.
  double least_cycles() const {
    TilePricer pricer(chip, form, kinds);
    double least = std::numeric_limits<double>::infinity();
    TileChoice choice(pricer.sizes().size(), 0);
    while (true) {
      const TileCandidate candidate = pricer.price(choice, 1);
      if (candidate.is_feasible) least = std::min(least, candidate.cycles);
      std::size_t axis = 0;
      while (axis < choice.size() && ++choice[axis] == pricer.sizes()[axis].size())
        choice[axis++] = 0;
      if (axis == choice.size()) return least;
    }
  }
};

TEST_CASE("an op that fits is tiled only if that is faster") {
  const Tiled tiny("x = Input f16[16]\ny = Relu(x)");
  REQUIRE(tiny.search.tiling);
  CHECK(tiny.search.tiling->loops.empty());
  CHECK(tiny.search.need == 2 * (16 / 4 * 2));
}

TEST_CASE("the tiles of an op that does not fit, fit twice over") {
  // 4096 elements: 2048 bytes per lane of 1024.
  const Tiled test("x = Input f16[4096]\ny = Relu(x)");
  REQUIRE(test.search.tiling);
  CHECK(test.search.need <= 1024);
  CHECK(test.search.tiling->buffers.per_operand == std::vector<std::int64_t>{2});
  CHECK(test.search.tiling->buffers.per_result == std::vector<std::int64_t>{2});
  CHECK(fits(test.chip, test.search.tiling->buffers.sizes()));
}

TEST_CASE("the search is within two per cent of the fastest of all tilings of small ops") {
  for (const char* text :
       {"x = Input f16[4096]\ny = Relu(x)",
        "x = Input f16[64,96]\nz = Input f16[96]\ny = Add(x, z)",
        "x = Input f32[48,40]\ny = Softmax(x) axis=1",
        "x = Input f16[1,32,48]\nw = Weight f16[48,32]\ny = MatMul(x, w)",
        "x = Input f16[1,4,12,12]\nw = Weight f16[8,4,3,3]\ny = Conv(x, w) pads=[1,1,1,1]"}) {
    CAPTURE(text);
    const Tiled test(text);
    REQUIRE(test.search.tiling);
    const double least = test.least_cycles();
    CHECK(static_cast<double>(test.search.tiling->cycles.value) >= std::floor(least));
    CHECK(static_cast<double>(test.search.tiling->cycles.value) <= 1.02 * least);
  }
}

TEST_CASE("where no tile fits, the search says what the smallest needs") {
  // A row of 4096 elements has to be in one lane: 16384 bytes of f32 for operand and result each.
  const Tiled test("x = Input f32[8,4096]\ny = Softmax(x) axis=1");
  CHECK_FALSE(test.search.tiling);
  CHECK(test.search.need >= 2 * 16384);
}

TEST_CASE("cores share tiles where that is faster, but not a tile") {
  const Tiled large("x = Input f16[65536]\ny = Relu(x)", {{"array.cores", "2"}});
  REQUIRE(large.search.tiling);
  CHECK(large.search.tiling->cores == 2);
  CHECK(large.search.tiling->cycles <
        Tiled("x = Input f16[65536]\ny = Relu(x)").search.tiling->cycles);
  CHECK(Tiled("x = Input f16[16]\ny = Relu(x)", {{"array.cores", "2"}}).search.tiling->cores == 1);
}

TEST_CASE("loops make tiles that cover the result once, the first loop outermost") {
  const Tiled test("x = Input f16[6,10]\nz = Input f16[10]\ny = Add(x, z)");
  const std::vector<SliceLoop> loops = {{.axis = 1, .count = 3, .extent = 4},
                                        {.axis = 0, .count = 2, .extent = 3}};
  const std::vector<Region> tiles = tiles_of(test.form, loops);
  REQUIRE(tiles.size() == 6);
  CHECK(tiles[0] == Region{{0, 3}, {0, 4}});
  CHECK(tiles[1] == Region{{3, 6}, {0, 4}});
  CHECK(tiles[5] == Region{{3, 6}, {8, 10}});  // the last tile is smaller
  std::int64_t elements = 0;
  for (const Region& tile : tiles)
    elements += elements_of(tile);
  CHECK(elements == 6 * 10);
}

}  // namespace
}  // namespace tpuscope::test
