// What a choice of tiles costs, from the costs of its commands.

#include "passes/tiling/tile_price.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "passes/tiling/instructions.h"
#include "passes/tiling/op_signature.h"
#include "tests/support/mini_chip.h"
#include "tests/support/ops.h"

namespace tpuscope::test {
namespace {

struct Priced {
  Graph graph;
  Chip chip;
  OpForm form;
  OperandKinds kinds;
  TilePricer pricer;

  explicit Priced(std::string_view text, const ChipOverrides& overrides = {})
      : graph(testing::graph_of(text)),
        chip(mini_chip(overrides)),
        form(form_of(chip, *graph[op()].def, graph.view(op()))),
        kinds(operand_kinds(graph, op())),
        pricer(chip, form, kinds) {}

  OpId op() const { return testing::last_op(graph); }
  /// Index of a tile size; a test that names one that is not tried fails.
  std::size_t index(std::size_t axis, std::int64_t size) const {
    const std::vector<std::int64_t>& sizes = pricer.sizes().at(axis);
    const auto found = std::find(sizes.begin(), sizes.end(), size);
    REQUIRE(found != sizes.end());
    return static_cast<std::size_t>(found - sizes.begin());
  }
  Tile tile(const Region& region) const { return tile_of(form, region); }
  double load(const Tile& tile, std::size_t operand) const {
    const TilePlacement placement = place(chip, form, tile);
    return cycles(transfer_of(Direction::kDdrToLocal, tile.operands[operand],
                              form.view.input(operand), placement.operands[operand]));
  }
  double store(const Tile& tile) const {
    const TilePlacement placement = place(chip, form, tile);
    return cycles(transfer_of(Direction::kLocalToDdr, tile.results[0], form.view.result(0),
                              placement.results[0]));
  }
  double compute(const Tile& tile) const {
    return static_cast<double>(total_cycles(chip, steps_of(form, tile)).value);
  }

 private:
  double cycles(const Transfer& transfer) const {
    return static_cast<double>(gdma_cost(chip, transfer).cost.total().value);
  }
};

/// Both engines wait for the other once: a load before the compute, the compute before a store.
constexpr double kSyncs = 2 * 2;

/// 1024 elements over 4 lanes of 2 bytes: 512 bytes per lane.
constexpr std::string_view kElementwise = "x = Input f16[1024]\ny = Relu(x)";

TEST_CASE("tile sizes are halves and thirds, and whole sets of lanes and columns") {
  Priced test("x = Input f16[12]\ny = Relu(x)");
  // 12, halves 6, 3, 2, 1; thirds 4, 2, 1; 4 lanes: 4, 8, 6, 12; 2 columns: 2, 3, 4, 6, 8, 12.
  REQUIRE(test.pricer.sizes().size() == 1);
  CHECK(test.pricer.sizes()[0] == std::vector<std::int64_t>{12, 8, 6, 4, 3, 2, 1});
}

TEST_CASE("a single tile has one buffer each and takes load, compute and store") {
  Priced test(kElementwise);
  const TileCandidate whole_op = test.pricer.price({0}, 1);
  CHECK(whole_op.loops.empty());
  CHECK(whole_op.buffers.per_operand == std::vector<std::int64_t>{1});
  CHECK(whole_op.buffers.per_result == std::vector<std::int64_t>{1});
  CHECK(whole_op.need == 512 + 512);
  CHECK(whole_op.is_feasible);
  const Tile tile = test.tile(whole(Shape{1024}));
  CHECK(whole_op.cycles == test.load(tile, 0) + test.compute(tile) + test.store(tile) + kSyncs);
}

TEST_CASE("tiles take turns in two buffers, and the slower engine decides") {
  Priced test(kElementwise);
  const TileCandidate halves = test.pricer.price({test.index(0, 512)}, 1);
  REQUIRE(halves.loops.size() == 1);
  CHECK(halves.loops[0].count == 2);
  CHECK(halves.loops[0].extent == 512);
  CHECK(halves.buffers.per_operand == std::vector<std::int64_t>{2});
  CHECK(halves.need == 2 * 256 + 2 * 256);
  const Tile tile = test.tile({{0, 512}});
  const double transfers = 2 * (test.load(tile, 0) + test.store(tile));
  const double ends = test.load(tile, 0) + test.store(tile);
  CHECK(halves.cycles ==
        std::max(transfers + test.compute(tile), ends + 2 * test.compute(tile)) + kSyncs);
}

TEST_CASE("what does not fit is not feasible and says how much it needs") {
  // 4096 elements: 2048 bytes per lane for operand and result each.
  Priced test("x = Input f16[4096]\ny = Relu(x)");
  const TileCandidate whole_op = test.pricer.price({0}, 1);
  CHECK_FALSE(whole_op.is_feasible);
  CHECK(whole_op.need == 2048 + 2048);
}

TEST_CASE("immediates are part of the instruction: no buffer, no load") {
  Priced test("x = Input f16[1024]\nw = Weight f16[1] {2}\ny = Mul(x, w)");
  const TileCandidate whole_op = test.pricer.price({0}, 1);
  CHECK(whole_op.buffers.per_operand == std::vector<std::int64_t>{1, 0});
  CHECK(whole_op.need == 512 + 512);
}

TEST_CASE("an operand that all tiles share is loaded once into one buffer") {
  Priced test("x = Input f16[1,4,8,8]\nw = Weight f16[4,4,3,3]\ny = Conv(x, w) pads=[1,1,1,1]");
  // Axes 1, 2 and 3 can be cut; of these only channels of the result need other filters.
  REQUIRE(test.pricer.sizes().size() == 3);
  CHECK(test.pricer.price({0, 1, 0}, 1).buffers.per_operand == std::vector<std::int64_t>{2, 1});
  CHECK(test.pricer.price({1, 0, 0}, 1).buffers.per_operand == std::vector<std::int64_t>{1, 2});
}

TEST_CASE("buffers are as large as the largest tile: those inside have halo on both sides") {
  Priced test("x = Input f16[1,4,9,8]\nw = Weight f16[4,4,3,3]\ny = Conv(x, w) pads=[1,1,1,1]");
  // Rows in tiles of 3: the first needs 4 rows of the input, the one in the middle 5.
  const TileCandidate thirds = test.pricer.price({0, test.index(1, 3), 0}, 1);
  CHECK(thirds.buffers.placement.operands[0].bytes == 5 * 8 * 2);
}

TEST_CASE("the order of loops keeps the operand in place that is dearer to load") {
  // A product of 16 rows and 32 columns, both in halves. Each operand depends on one of the loops:
  // that of the outer loop is loaded twice, the other one for each of the four tiles.
  Priced test("x = Input f16[1,16,16]\nw = Input f16[1,16,32]\ny = MatMul(x, w)");
  REQUIRE(test.pricer.sizes().size() == 2);
  const TileCandidate quarters = test.pricer.price({test.index(0, 8), test.index(1, 16)}, 1);
  const Tile tile = test.tile({{0, 1}, {0, 8}, {0, 16}});
  const double rows_outside = 2 * test.load(tile, 0) + 4 * test.load(tile, 1);
  const double columns_outside = 4 * test.load(tile, 0) + 2 * test.load(tile, 1);
  REQUIRE(rows_outside != columns_outside);
  const double gdma = 4 * test.store(tile) + std::min(rows_outside, columns_outside);
  const double ends = test.load(tile, 0) + test.load(tile, 1) + test.store(tile);
  CHECK(quarters.cycles ==
        std::max(gdma + test.compute(tile), ends + 4 * test.compute(tile)) + kSyncs);
  CHECK(quarters.loops[0].axis == (rows_outside < columns_outside ? 1U : 2U));
}

TEST_CASE("cores share a loop that changes no weight") {
  Priced test("x = Input f16[1,16,16]\nw = Weight f16[16,16]\ny = MatMul(x, w)",
              {{"array.cores", "2"}});
  const TileCandidate rows = test.pricer.price({1, 0}, 2);
  CHECK(rows.is_feasible);
  CHECK(rows.cores == 2);
  CHECK_FALSE(rows.streams_weights);
  // Of columns each core would load other weights.
  CHECK_FALSE(test.pricer.price({0, 1}, 2).is_feasible);
  CHECK(test.pricer.price({0, 1}, 1).streams_weights);
  // There is nothing to share in a single tile.
  CHECK_FALSE(test.pricer.price({0, 0}, 2).is_feasible);
}

}  // namespace
}  // namespace tpuscope::test
