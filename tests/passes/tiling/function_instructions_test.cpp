// Commands of functions, sums and kernels of several passes, as the vendor's compiler emits them;
// on the chip of op_commands.h or on BM1684X.

#include <algorithm>

#include <doctest/doctest.h>

#include "passes/tiling/instructions.h"
#include "tests/passes/tiling/op_commands.h"

using namespace tpuscope;
using namespace tpuscope::testing;
using test::bm1684x;

TEST_CASE("functions take the vendor's sequences: cycles per vector by the compiler's estimate") {
  struct Row {
    const char* op = nullptr;
    double cycles = 0;
    std::int64_t commands = 0;
  };
  const Row rows[] = {
      {"Exp", 22, 13},     {"Sigmoid", 56, 16}, {"Silu", 58, 17},      {"Tanh", 59, 18},
      {"Erf", 76, 26},     {"Gelu", 81, 30},    {"Log", 37, 14},       {"Softplus", 61, 28},
      {"Elu", 26, 15},     {"Sqrt", 38, 5},     {"Reciprocal", 31, 1}, {"Sin", 23, 7},
      {"HardSwish", 5, 5}, {"LeakyRelu", 3, 2}, {"Relu", 1, 1},
  };
  const Chip chip = bm1684x();
  for (const Row& row : rows) {
    CAPTURE(row.op);
    const auto commands =
        commands_of("x = Input f32[1,64,1,1600]\ny = " + std::string(row.op) + "(x)\n", chip);
    CHECK(count(commands) == row.commands);
    double statics = 0;  // tables of constants take a cycle each
    for (const auto& command : commands)
      statics += command.fields.kind == ComputeKind::kStaticBroadcast ? 1 : 0;
    CHECK((estimate(commands, chip) - statics) / 100 == doctest::Approx(row.cycles));
  }
}

TEST_CASE("an exponential of 16 bits stays in 16 bits: 20 cycles per vector with seven terms") {
  const Chip chip = bm1684x();
  const auto commands = commands_of("x = Input f16[1,64,1,3200]\ny = Exp(x)\n", chip);
  CHECK(estimate(commands, chip) - 1 == doctest::Approx(100 * 19));
  for (const PlannedInstruction& command : commands) {
    if (command.fields.kind != ComputeKind::kStaticBroadcast)
      CHECK(command.fields.output.bits <= 16);
  }
}

TEST_CASE("a reciprocal root is followed by a select on BM1684X, not on BM1688") {
  const std::string root = "x = Input f32[1,64,1,1600]\ny = Sqrt(x)\n";
  CHECK(count(commands_of(root, bm1684x())) == 1 + 1 + 2 + 1);
  CHECK(count(commands_of(root, *load_chip("bm1688"))) == 1 + 2 + 1);
}

TEST_CASE("an error function of 16 bits takes seven terms for its exponential") {
  // Vectors of 32 elements: 100 a lane. Polynomials of the quotient have ten terms in any type.
  const auto commands =
      commands_of("x = Input f16[1,32,1,800]\ny = Erf(x)\n", *load_chip("bm1688"));
  std::vector<std::int64_t> terms;
  for (const PlannedInstruction& command : commands) {
    if (command.fields.kind == ComputeKind::kTaylor)
      terms.push_back(static_cast<std::int64_t>(command.fields.terms));
    if (command.fields.kind != ComputeKind::kStaticBroadcast)
      CHECK(command.fields.output.bits <= 16);
  }
  CHECK(terms == std::vector<std::int64_t>{10, 7});
}

TEST_CASE("a division of 16 bits runs in f32 between two conversions") {
  const auto commands = commands_of("x = Input f16[1,4,1,8]\ny = Reciprocal(x)\n");
  CHECK(kinds(commands) ==
        std::vector{ComputeKind::kCast, ComputeKind::kDivide, ComputeKind::kCast});
  CHECK(commands[1].fields.output.bits == 32);
  CHECK(count(commands_of("x = Input f32[1,4,1,8]\ny = Reciprocal(x)\n")) == 1);
}

TEST_CASE("a function of 8 bits alone is a gather from a table that arrives on every lane") {
  const Chip chip = bm1684x();
  const auto commands = commands_of("x = Input i8[1,64,56,56]\ny = Gelu(x)\n", chip);
  CHECK(kinds(commands) == std::vector{ComputeKind::kGather});
  CHECK(estimate_of(commands[0].fields, chip) == 3136);
  // ReLU stays a comparison.
  CHECK(kinds(commands_of("x = Input i8[1,64,56,56]\ny = Relu(x)\n", chip)) ==
        std::vector{ComputeKind::kArith});
}

TEST_CASE("a sum of 8 bits brings both operands to its scale in 16 bits") {
  const auto commands = commands_of("x = Input i8[1,4,1,16]\ny = Add(x, x)\n");
  REQUIRE(count(commands) == 3);
  for (const PlannedInstruction& command : commands)
    CHECK(command.fields.output.bits == 16);
}

TEST_CASE("a row folds whole vectors and then one, a short one directly") {
  const Chip chip = bm1684x();
  PlacedStep few{.step = {.unit = WorkUnit::kReduce, .c = 64, .kernel = 3200}, .type = DType::kF16};
  // 100 vectors of 32, then the 32 units of the last: not 3200
  CHECK(estimate(instructions_of(chip, few), chip) == 100 + 32);
  few.step.kernel = 3201;  // the last vector is filled first
  CHECK(kinds(instructions_of(chip, few)) ==
        std::vector{ComputeKind::kCopy, ComputeKind::kPool, ComputeKind::kPool});
  PlacedStep many{.step = {.unit = WorkUnit::kReduce, .c = 64, .h = 32, .kernel = 9},
                  .type = DType::kF16};
  CHECK(estimate(instructions_of(chip, many), chip) == 9);
}

TEST_CASE("softmax of 16 bits sums and divides in f32, everything else in 16 bits: 22 commands") {
  const Chip chip = bm1684x();
  const auto commands = commands_of("x = Input f16[12,256,256]\ny = Softmax(x) axis=2\n", chip);
  CHECK(count(commands) == 22);
  const auto wide = commands_of("x = Input f32[12,256,256]\ny = Softmax(x) axis=2\n", chip);
  CHECK(count(wide) == 20);
}

TEST_CASE(
    "alone a norm folds each row at once, in f32: 12 commands and 16 in f16, RMS norm 8 and 10") {
  const Chip chip = bm1684x();
  const auto of = [&](const std::string& type, const std::string& op) {
    const bool has_bias = op == "LayerNorm";
    return count(commands_of("x = Input " + type + "[1,256,768]\ns = Weight " + type +
                                 "[768]\nb = Weight " + type + "[768]\ny = " + op + "(x, s" +
                                 (has_bias ? ", b" : "") + ")\n",
                             chip));
  };
  CHECK(of("f32", "LayerNorm") == 12);
  CHECK(of("f16", "LayerNorm") == 16);
  CHECK(of("f32", "RmsNorm") == 8);
  CHECK(of("f16", "RmsNorm") == 10);
}

TEST_CASE("a kernel that runs by image repeats its commands for each of them") {
  const Chip chip = bm1684x();
  PlacedStep step{.step = {.unit = WorkUnit::kExp, .n = 48, .c = 64, .h = 256},
                  .type = DType::kF16};
  CHECK(count(instructions_of(chip, step)) == 13);
  step.is_by_image = true;
  const auto commands = instructions_of(chip, step);
  CHECK(count(commands) == 48 * 13);
  CHECK(commands[0].fields.result[0] == 1);
}

std::vector<ComputeKind> sequence(const std::vector<PlacedStep>& steps) {
  std::vector<ComputeKind> found;
  for (const StepInstruction& next : sequence_of(bm1684x(), steps)) {
    const auto count = static_cast<std::size_t>(next.instruction.count);
    found.insert(found.end(), count, next.instruction.fields.kind);
  }
  return found;
}

TEST_CASE("a kernel runs as a whole for each image, tables first") {
  PlacedStep pass{.step = {.unit = WorkUnit::kArith, .n = 2, .c = 64, .w = 8}, .is_by_image = true};
  PlacedStep divide = pass;
  divide.step.unit = WorkUnit::kDivide;
  const std::vector<ComputeKind> twice = sequence({pass, divide});
  CHECK(twice == std::vector{ComputeKind::kArith, ComputeKind::kDivide, ComputeKind::kArith,
                             ComputeKind::kDivide});
  PlacedStep power = pass;
  power.step.unit = WorkUnit::kExp;
  const std::vector<ComputeKind> kernel = sequence({pass, power, divide});
  CHECK(kernel.size() == 2 * 15);
  CHECK(kernel[0] == ComputeKind::kStaticBroadcast);
  CHECK(kernel[1] == ComputeKind::kArith);
  CHECK(kernel[14] == ComputeKind::kDivide);
  CHECK(kernel[15] == ComputeKind::kStaticBroadcast);
  // Softmax in a group begins with the largest of each row.
  PlacedStep fold = pass;
  fold.step.unit = WorkUnit::kReduce;
  fold.step.kernel = 8;
  CHECK(sequence({fold, power})[0] == ComputeKind::kPool);
  // What does not work by image repeats each command, not the kernel.
  pass.is_by_image = divide.is_by_image = false;
  pass.step.passes = 2;
  CHECK(sequence({pass, divide}) ==
        std::vector{ComputeKind::kArith, ComputeKind::kArith, ComputeKind::kDivide});
}

TEST_CASE("top-k takes the sorter row by row, sixteen elements a cycle and log2(row) rounds") {
  const auto commands = commands_of("x = Input f32[3,100]\ny, z = TopK(x) k=5 axis=1\n");
  REQUIRE(commands.size() == 1);
  // 3 rows of 20 to start and 7 rounds of ceil(100 / 16) = 7 cycles
  CHECK(commands[0].kind == CommandKind::kSort);
  CHECK(commands[0].price.cost.total() == 3 * (20 + 7 * 7));
}

TEST_CASE("parts of every command add up to its duration and none is negative") {
  const Chip chip = bm1684x();
  for (int unit = 0; unit <= static_cast<int>(WorkUnit::kLaneCopy); ++unit) {
    for (const std::int64_t extent : {1, 3, 64, 100}) {
      const auto work_unit = static_cast<WorkUnit>(unit);
      const PlacedStep step{.step = {.unit = work_unit,
                                     .n = 2,
                                     .c = extent,
                                     .h = 7,
                                     .w = extent,
                                     .reduce = 5,
                                     .kernel = work_unit == WorkUnit::kMatMul ? 1 : 9},
                            .type = DType::kF16};
      for (const PlannedInstruction& command : instructions_of(chip, step)) {
        CHECK(command.price.cost.initial >= 0);
        CHECK(command.price.cost.useful >= 0);
        CHECK(command.price.cost.padding >= 0);
        CHECK(command.price.useful_ops <= command.price.issued_ops);
        CHECK(command.price.rule > 0);
      }
    }
  }
}
