// Commands of whole ops as the vendor's compiler emits them: which, how often, how long. On 4 lanes
// of 8 bytes, with a cube of 2 columns by 2 channels in 16 bits and 4 in 8; or on BM1684X.

#include "passes/tiling/instructions.h"

#include <algorithm>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include "tests/passes/tiling/op_commands.h"
#include "tests/support/ops.h"

using namespace tpuscope;
using namespace tpuscope::testing;
using test::bm1684x;

TEST_CASE("a convolution costs start-up, then taps x channels for each set of lanes and columns") {
  const PlacedStep placed{
      .step = {.unit = WorkUnit::kConv, .c = 5, .h = 3, .w = 1, .reduce = 3, .kernel = 9},
      .type = DType::kF16};
  const auto commands = instructions_of(mini_chip(), placed);
  REQUIRE(commands.size() == 1);
  // 5 channels on 4 lanes: 2; 3 pixels in 2 columns: 2; 9 taps of ceil(3 / 2) channels: 18
  CHECK(commands[0].price.cost.initial == 5);
  CHECK(commands[0].price.cost.total() == 5 + 2 * 2 * 18);
  // 405 multiply-accumulates at 4 * 2 * 2 = 16 a cycle
  CHECK(commands[0].price.cost.useful == 25);
  CHECK(commands[0].price.useful_ops == 2 * 405);
}

TEST_CASE("a conflict of banks adds a cycle per iteration, separately from padding") {
  const PlacedStep pass = step_over(WorkUnit::kArith, 4, 40);
  const auto plain = instructions_of(mini_chip(), pass);
  const auto slowed = instructions_of(mini_chip(), pass, 1);
  CHECK(slowed[0].price.cost.conflict == 10);
  CHECK(slowed[0].price.cost.total() == plain[0].price.cost.total() + 10);
}

TEST_CASE(
    "a depthwise convolution of many channels runs its taps over vectors, of few it is dense") {
  const auto many = commands_of(
      "x = Input f16[1,5,4,4]\nw = Weight f16[5,1,3,3]\ny = Conv(x, w) group=5 pads=[1,1,1,1]\n");
  REQUIRE(many.size() == 1);
  CHECK(many[0].kind == CommandKind::kDepthwise);
  // 5 channels on 4 lanes: 2; 16 pixels of 4 to a vector: 4; 9 taps
  CHECK(many[0].price.cost.total() == 3 + 2 * 4 * 9);
  // 2 channels are as many as the cube sums at once: 16 pixels in 2 columns, 9 taps.
  const auto few = commands_of(
      "x = Input f16[1,2,4,4]\nw = Weight f16[2,1,3,3]\ny = Conv(x, w) group=2 pads=[1,1,1,1]\n");
  REQUIRE(few.size() == 1);
  CHECK(few[0].kind == CommandKind::kConv);
  CHECK(few[0].price.cost.total() == 5 + 8 * 9);
}

TEST_CASE("a convolution of 8 bits sums in 32, adds its bias there in place and scales") {
  const auto commands = commands_of(
      "x = Input i8[1,80,4,4]\nw = Weight i8[4,80,1,1]\nb = Weight i32[4]\ny = Conv(x, w, b)\n");
  CHECK(kinds(commands) ==
        std::vector{ComputeKind::kConv, ComputeKind::kArith, ComputeKind::kRequant});
  // 16 pixels of 4 bytes, 2 to a vector: 8 vectors, twice where the sum is in place.
  CHECK(commands[1].price.cost.total() == 4 + 2 * 8);
  CHECK(commands[2].price.cost.total() == 4 + 8);
  const auto without =
      commands_of("x = Input i8[1,80,4,4]\nw = Weight i8[4,80,1,1]\ny = Conv(x, w)\n");
  CHECK(kinds(without) == std::vector{ComputeKind::kConv, ComputeKind::kRequant});
}

TEST_CASE("rows of a stem's kernel become channels: 34 676 cycles by the compiler's estimate") {
  const Chip chip = bm1684x();
  // Half of the rows, as a slice of two has them: 7 rows of the kernel, stride 2, 224 wide.
  const auto commands = commands_of(
      "x = Input f16[1,3,229,224]\nw = Weight f16[64,3,7,7]\n"
      "y = Conv(x, w) folds_taps=true strides=[2,2] pads=[0,3,0,3]\n",
      chip);
  CHECK(commands.front().fields.kind == ComputeKind::kLaneBroadcast);
  const auto conv = commands.back();
  CHECK(conv.fields.kind == ComputeKind::kConv);
  CHECK(conv.fields.input[1] == 3 * 7);
  // 112 x 112 pixels in 4 columns, 7 taps of one block of channels
  CHECK(estimate_of(conv.fields, chip) == 112 * 112 / 4 * 7);
  // In f32, and with many channels, it stays as it is.
  const auto wide = commands_of(
      "x = Input f32[1,3,229,224]\nw = Weight f32[64,3,7,7]\n"
      "y = Conv(x, w) folds_taps=true strides=[2,2] pads=[0,3,0,3]\n",
      chip);
  CHECK(kinds(wide) == std::vector{ComputeKind::kConv});
}

TEST_CASE("a grouped convolution runs group after group") {
  // 2 groups; 4 channels each: 1 set of lanes; 16 pixels: 8; 1 tap of 2 channels
  const auto commands =
      commands_of("x = Input f16[1,4,4,4]\nw = Weight f16[8,2,1,1]\ny = Conv(x, w) group=2\n");
  CHECK(kinds(commands) ==
        std::vector{ComputeKind::kConv, ComputeKind::kLaneCopy, ComputeKind::kConv});
  CHECK(commands.at(0).price.cost.total() == 5 + 1 * 8 * 1);
  CHECK(commands.at(2).price.cost.total() == 5 + 1 * 8 * 1);
  // The second group's channels begin on the third lane. They need not where its lanes are the
  // first.
  const auto whole =
      commands_of("x = Input f16[1,8,4,4]\nw = Weight f16[8,4,1,1]\ny = Conv(x, w) group=2\n");
  CHECK(kinds(whole) == std::vector{ComputeKind::kConv, ComputeKind::kConv});
  // f32 reads a channel from any lane.
  const auto wide =
      commands_of("x = Input f32[1,4,4,4]\nw = Weight f32[8,2,1,1]\ny = Conv(x, w) group=2\n");
  CHECK(kinds(wide) == std::vector{ComputeKind::kConv, ComputeKind::kConv});
}

TEST_CASE("groups of few channels get one filter: 64 in 8 bits, 32 in 16") {
  const Chip chip = bm1684x();
  const auto grouped = [&](const std::string& type, const std::string& channels) {
    return commands_of("x = Input " + type + "[1," + channels + ",56,56]\nw = Weight " + type +
                           "[" + channels + ",8,3,3]\ny = Conv(x, w) pads=[1,1,1,1] group=" +
                           std::to_string(std::stoi(channels) / 8) + "\n",
                       chip);
  };
  CHECK(kinds(grouped("i8", "64")) == std::vector{ComputeKind::kConv, ComputeKind::kRequant});
  CHECK(grouped("i8", "64")[0].fields.input[1] == 64);
  CHECK(kinds(grouped("f16", "32")) == std::vector{ComputeKind::kConv});
  CHECK(grouped("f16", "64").size() == 8 + 7);
  CHECK(grouped("i8", "72").size() == 9 + 7 + 1);  // two groups begin on the first lane
}

TEST_CASE("a depthwise convolution of 8 bits has its bias inside, a dense one a sum in 32 bits") {
  const Chip chip = bm1684x();
  const auto depthwise = [&](const std::string& channels) {
    return kinds(commands_of("x = Input i8[1," + channels + ",28,28]\nw = Weight i8[" + channels +
                                 ",1,3,3]\nb = Weight i32[" + channels +
                                 "]\ny = Conv(x, w, b) pads=[1,1,1,1] group=" + channels + "\n",
                             chip));
  };
  CHECK(depthwise("72") == std::vector{ComputeKind::kDepthwise, ComputeKind::kRequant});
  CHECK(depthwise("60") ==
        std::vector{ComputeKind::kConv, ComputeKind::kArith, ComputeKind::kRequant});
}

TEST_CASE("taps become channels: all where the cube sums them at once, else those of a column") {
  const Chip chip = bm1684x();
  const auto last = [&](const std::string& type, const std::string& kernel,
                        const std::string& more) {
    const auto commands =
        commands_of("x = Input " + type + "[1,3,64,64]\nw = Weight " + type + "[32,3," + kernel +
                        "]\ny = Conv(x, w) folds_taps=true " + more + "\n",
                    chip);
    for (auto command = commands.rbegin(); command != commands.rend(); ++command) {
      if (command->fields.kind == ComputeKind::kConv) return command->fields;
    }
    return ComputeInstruction{};
  };
  CHECK(last("f16", "3,3", "").input[1] == 3 * 9);  // 27 of 32
  CHECK(last("f16", "3,3", "").kernel[0] == 1);
  CHECK(last("f16", "4,4", "").input[1] == 3 * 4);  // 48 are too many
  CHECK(last("f16", "4,4", "").kernel[0] == 4);
  CHECK(last("i8", "4,4", "").input[1] == 3 * 16);  // not of 64
  CHECK(last("f16", "4,7", "").input[1] == 3 * 7);  // rows are longer than columns
  CHECK(last("f16", "4,7", "").kernel[0] == 4);
  CHECK(last("f16", "4,4", "strides=[16,16]").input[1] == 3);  // beyond the field of strides
  CHECK(last("f32", "3,3", "").input[1] == 3);
}

TEST_CASE("one-hot weights are made in place before a folded convolution") {
  const auto commands = commands_of(
      "x = Input f16[1,2,64,64]\nw = Weight f16[32,2,3,3]\ny = Conv(x, w) folds_taps=true\n",
      bm1684x());
  CHECK(kinds(commands) == std::vector{ComputeKind::kLaneBroadcast, ComputeKind::kLaneBroadcast,
                                       ComputeKind::kStaticBroadcast, ComputeKind::kCast,
                                       ComputeKind::kCopy, ComputeKind::kHazardGather,
                                       ComputeKind::kLaneCopy, ComputeKind::kDepthwise,
                                       ComputeKind::kConv});
  CHECK(count(commands) == 10);
  // Alone the convolution makes them once for all tiles.
  const auto kept = std::count_if(commands.begin(), commands.end(),
                                  [](const PlannedInstruction& each) { return each.is_kept; });
  CHECK(kept == 5);
  CHECK(commands[2].is_kept);
  CHECK_FALSE(commands[0].is_kept);
  CHECK_FALSE(commands[7].is_kept);
}

TEST_CASE(
    "BM1688 scales within its convolutions and products, by a register and a copied element") {
  const Chip chip = *load_chip("bm1688");
  const auto byte = kinds(commands_of(
      "x = Input i8[1,80,8,8]\nw = Weight i8[4,80,1,1]\nb = Weight i32[4]\ny = Conv(x, w, b)\n",
      chip));
  CHECK(byte == std::vector{ComputeKind::kCopy, ComputeKind::kSystem, ComputeKind::kConv});
  const auto half = kinds(
      commands_of("x = Input f16[1,80,8,8]\nw = Weight f16[4,80,1,1]\ny = Conv(x, w)\n", chip));
  CHECK(half == std::vector{ComputeKind::kCopy, ComputeKind::kConv});
  // 64 rows on 32 lanes
  const auto product = kinds(commands_of(
      "x = Input i8[64,96]\nw = Weight i8[96,192]\nb = Weight i32[192]\ny = MatMul(x, w, b)\n",
      chip));
  const std::vector block{ComputeKind::kSystem, ComputeKind::kCopy, ComputeKind::kCubeMatMul};
  REQUIRE(product.size() == 6);
  CHECK(std::equal(block.begin(), block.end(), product.begin()));
  CHECK(std::equal(block.begin(), block.end(), product.begin() + 3));
}

TEST_CASE("a 3-D convolution is a convolution for each plane that one of the result's reads") {
  const std::string text =
      "x = Input f16[1,2,4,4,4]\nw = Weight f16[4,2,3,3,3]\ny = Conv(x, w) pads=[1,1,1,1,1,1]\n";
  const auto commands = commands_of(text);
  // 4 planes of 3, but the outermost read padding once; each is rounded from its sum.
  CHECK(commands.size() == 4 * 3 - 2 + 4);
  CHECK(commands.at(2).fields.kind == ComputeKind::kCast);
  // 4 x 4 pixels in 2 columns: 8; 9 taps
  CHECK(commands.at(0).price.cost.total() == 5 + 1 * 8 * 9);
  std::int64_t macs = 0;
  std::int64_t needed = 0;
  for (const PlacedStep& step : steps_in(text, mini_chip())) {
    macs += step.step.macs();
    needed += step.step.needed_macs();
  }
  CHECK(macs == 4 * 4 * 4 * 4 * 2 * 27);               // as the network states it, with the padding
  CHECK(needed == (4 * 3 - 2) * (4 * 4 * 4) * 2 * 9);  // those of the planes inside
  std::int64_t useful = 0;
  for (const PlannedInstruction& command : commands)
    useful += command.kind == CommandKind::kConv ? command.count * command.price.useful_ops : 0;
  CHECK(useful == 2 * needed);
}

TEST_CASE("a row of few columns is a product in the cube, as compiled for 1024 x 64 to 520") {
  const Chip chip = bm1684x();
  const auto first = [&](std::int64_t columns, DType type) {
    const auto commands =
        commands_of(fmt::format("x = Input {0}[1,1024]\nw = Weight {0}[1024,{1}]\ny = MatMul(x, w)",
                                name_of(type), columns),
                    chip);
    return commands.front().fields.kind == ComputeKind::kCubeMatMul;
  };
  CHECK(first(101, DType::kF16));
  CHECK(first(256, DType::kF16));
  CHECK_FALSE(first(257, DType::kF16));
  CHECK(first(257, DType::kI8));
  CHECK(first(512, DType::kI8));
  CHECK_FALSE(first(520, DType::kI8));
  // 64 times 4 columns, 32 times 32 products.
  CHECK(estimate(
            commands_of("x = Input f16[1,1024]\nw = Weight f16[1024,256]\ny = MatMul(x, w)", chip),
            chip) == 2048);
}

TEST_CASE("a transposed convolution multiplies the zeros between its inputs too") {
  // 3 channels: 1 set of lanes; the 64 pixels of the result in 2 columns: 32; 4 taps
  const auto commands = commands_of(
      "x = Input f16[1,2,4,4]\nw = Weight f16[2,3,2,2]\ny = ConvTranspose(x, w) strides=[2,2]\n");
  CHECK(commands.at(0).price.cost.total() == 5 + 1 * 32 * 4);
  // What the network asks for are the 16 pixels that are there: 3 channels, 2 of the input, 4 taps.
  CHECK(steps_in("x = Input f16[1,2,4,4]\nw = Weight f16[2,3,2,2]\n"
                 "y = ConvTranspose(x, w) strides=[2,2]\n",
                 mini_chip())
            .front()
            .step.macs() == 16 * 3 * 2 * 4);
}

TEST_CASE("one channel of a depthwise transposed convolution is a window, as all of them are") {
  const Graph graph = testing::graph_of(
      "x = Input f16[1,64,8,8]\nw = Weight f16[64,1,4,4]\ny = ConvTranspose(x, w) group=64 "
      "strides=[2,2] pads=[1,1,1,1]\n");
  const OpId op = testing::last_op(graph);
  const OpForm form = form_of(bm1684x(), *graph[op].def, graph.view(op));
  Region one = whole(form.view.result().shape);
  one[1] = {3, 4};
  const auto commands = instructions_of(bm1684x(), steps_of(form, tile_of(form, one)).front());
  CHECK(commands.front().fields.kind == ComputeKind::kDepthwise);
  // A convolution of a single channel is not depthwise.
  CHECK(commands_of("x = Input f16[1,1,8,8]\nw = Weight f16[1,1,4,4]\ny = ConvTranspose(x, w) "
                    "strides=[2,2] pads=[1,1,1,1]\n",
                    bm1684x())
            .front()
            .fields.kind == ComputeKind::kConv);
}

TEST_CASE("a ReLU in a convolution is a pass in place, its limit another, in 8 bits neither") {
  const std::string conv = "x = Input f16[1,80,4,4]\nw = Weight f16[4,80,1,1]\ny = Conv(x, w)";
  CHECK(count(commands_of(conv + "\n")) == 1);
  const auto relu = commands_of(conv + " relu=true\n");
  CHECK(kinds(relu) == std::vector{ComputeKind::kConv, ComputeKind::kArith});
  CHECK(relu[1].price.cost.total() == 4 + 2 * 4);
  CHECK(count(commands_of(conv + " relu=true relu_limit=6\n")) == 3);
  const auto scaled =
      commands_of("x = Input i8[1,80,4,4]\nw = Weight i8[4,80,1,1]\ny = Conv(x, w) relu=true\n");
  CHECK(kinds(scaled) == std::vector{ComputeKind::kConv, ComputeKind::kRequant});
}

TEST_CASE("rows of a product lie on lanes, whatever their number, and each matrix is a command") {
  const Chip chip = bm1684x({{"command.cube_f16_factor", "1"}});
  PlacedStep rows{.step = {.unit = WorkUnit::kMatMul, .c = 2, .w = 512, .reduce = 512},
                  .type = DType::kF16};
  // 1 set of lanes * 512 / 32 blocks of 8 * ceil(512 / 32)
  CHECK(cycles(chip, rows) == 81 + 16 * 8 * 16);
  rows.step.c = 64;
  CHECK(cycles(chip, rows) == 81 + 16 * 8 * 16);
  rows.step.n = 12;
  CHECK(instructions_of(chip, rows)[0].count == 12);
  CHECK(cycles(chip, rows) == 12 * (81 + 16 * 8 * 16));
}

TEST_CASE("8-bit products of many weights run by sets of lanes, others in one command") {
  const Chip chip = bm1684x();
  PlacedStep product{
      .step = {.unit = WorkUnit::kMatMul, .c = 256, .w = 768, .reduce = 768, .scaled = true},
      .type = DType::kI8};
  // Each of 4 sets of 64 rows is scaled while the next is made.
  CHECK(count(instructions_of(chip, product)) == 4 * 2);
  product.step.reduce = 64;
  CHECK(count(instructions_of(chip, product)) == 2);
  product.step.reduce = 768;
  product.step.scaled = false;
  CHECK(count(instructions_of(chip, product)) == 1);
}

TEST_CASE("a product of 8 bits is completed matrix by matrix, one of 16 bits all at once") {
  const Chip chip = bm1684x();
  PlacedStep product{
      .step = {.unit = WorkUnit::kMatMul, .n = 2, .c = 64, .w = 96, .reduce = 32, .biased = true},
      .type = DType::kF16};
  CHECK(kinds(instructions_of(chip, product)) ==
        std::vector{ComputeKind::kCubeMatMul, ComputeKind::kArith});
  CHECK(instructions_of(chip, product)[0].count == 2);
  // In a group the bias is there already and goes to all lanes; alone the transfer does that.
  product.in_group = true;
  CHECK(instructions_of(chip, product)[0].fields.kind == ComputeKind::kLaneBroadcast);
  product.in_group = false;
  product.type = DType::kI8;
  product.step.scaled = true;
  const std::vector one{ComputeKind::kCubeMatMul, ComputeKind::kArith, ComputeKind::kRequant};
  const auto found = kinds(instructions_of(chip, product));
  REQUIRE(found.size() == 6);
  CHECK(std::equal(one.begin(), one.end(), found.begin()));
  CHECK(std::equal(one.begin(), one.end(), found.begin() + 3));
}

TEST_CASE("a product with one row runs beside the cube, its weights in pieces of 64 or 128 rows") {
  const Chip chip = bm1684x();
  const PlacedStep half{.step = {.unit = WorkUnit::kMatMul, .w = 1000, .reduce = 2048},
                        .type = DType::kF16};
  const auto commands = instructions_of(chip, half);
  REQUIRE(commands.size() == 32 * 3 + 1);
  CHECK(commands[0].fields.kind == ComputeKind::kCast);
  CHECK(commands[1].fields.kind == ComputeKind::kCast);
  CHECK(commands[2].fields.kind == ComputeKind::kMatMul);
  CHECK(commands.back().fields.kind == ComputeKind::kCast);
  // The compiler's estimate without the bias: x, W and their product; 8 lanes of 128 sums at the
  // end.
  CHECK(estimate(commands, chip) == 32 * (2 + 512 + 512) + 8);
  const PlacedStep byte{.step = {.unit = WorkUnit::kMatMul, .w = 1000, .reduce = 2048},
                        .type = DType::kI8};
  const auto whole = instructions_of(chip, byte);
  // Parts of the sum are added up, the first to nothing.
  CHECK(whole.size() == 16 + 15);
  CHECK(whole[1].fields.kind == ComputeKind::kMatMul);
  CHECK(whole[2].fields.kind == ComputeKind::kArith);
  CHECK(estimate(whole, chip) == 16 * 512 + 15 * 32);
}

TEST_CASE("f32 products run row after row beside the cube") {
  PlacedStep product{.step = {.unit = WorkUnit::kMatMul, .n = 2, .c = 3, .w = 9, .reduce = 5},
                     .type = DType::kF32};
  // 2 matrices of 3 rows, 5 deep, 9 columns on 4 * 2 multipliers: 2; the mini chip takes it twice
  CHECK(cycles(mini_chip(), product) == 2 * (6 + 3 * 5 * 2 * 2));
  // More columns in a lane than would be needed use fewer lanes, in as many vectors.
  product.lane_columns = 8;
  CHECK(instructions_of(mini_chip(), product)[0].fields.result[1] == 2);
}
