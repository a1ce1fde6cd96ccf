// The compiler's final text: ops, groups and slices out of lines that the tests write; of real
// texts the groups that the compiler recorded beside them.

#include "sim/stream/final_text.h"

#include <doctest/doctest.h>

#include "sim/stream/estimate_text.h"
#include "tests/support/final_example.h"

namespace tpuscope::test {
namespace {

FinalText final_of(const std::string& text) {
  Result<FinalText> read = read_final_text(text, "net_final.mlir");
  if (!read.ok()) FAIL(read.error().message);
  return std::move(read).value();
}

std::string names_in(const FinalUnit& unit) {
  std::string names;
  for (const FinalOp& op : unit.ops)
    names += (names.empty() ? "" : " ") + op.name;
  return names;
}

TEST_CASE("a final text has its ops in order, those of a group together with their slices") {
  const FinalText text = final_of(small_final_text());
  CHECK(text.network == "small");
  CHECK(text.chip == "bm1684x");
  CHECK(text.mode == "F16");
  CHECK(text.cores == 1);
  REQUIRE(text.units.size() == 3);
  CHECK(names_in(text.units[0]) == "xa_Relu_f16");
  CHECK_FALSE(text.units[0].is_group);
  CHECK(names_in(text.units[1]) == "a_Relu b_Sigmoid");
  CHECK(text.units[1].is_group);
  CHECK(text.units[1].slices == std::array<std::int64_t, 5>{1, 1, 1, 3, 1});
  CHECK(text.units[1].ops[0].code == "tpu.Active");
  // Of several results the first; its place is a list of places.
  CHECK(names_in(text.units[2]) == "c_Split_0");
}

TEST_CASE("loads are the work of who reads, stores of who made") {
  const FinalText text = final_of(small_final_text());
  const std::int64_t relu = text.units[1].ops[0].line;
  const std::int64_t sigmoid = text.units[1].ops[1].line;
  CHECK(sigmoid == relu + 1);
  CHECK(text.owners.at(relu - 1) == relu);        // the load before
  CHECK(text.owners.at(sigmoid + 1) == sigmoid);  // the store behind
  CHECK(text.owners.at(relu) == relu);
}

TEST_CASE("an op that cores share is one op, with the work of every part") {
  const FinalText text = final_of(R"(#loc1 = loc("x")
module @two attributes {module.chip = "bm1688", module.cores = 2 : i64, module.mode = "INT8"} {
  %1 = "tpu.CoreParallel"(%0) ({
    %2:2 = "tpu.CoreSplit"(%0) {axis = 1 : si32} : (tensor<1x2xf32>) -> (tensor<1x1xf32>, tensor<1x1xf32>) loc(#loc1)
    %3 = "tpu.Cast"(%2#0) {} : (tensor<1x1xf32>) -> tensor<1x1xsi8> loc(#loc2)
    %4 = "tpu.Cast"(%2#1) {} : (tensor<1x1xf32>) -> tensor<1x1xsi8> loc(#loc2)
    "tpu.Yield"(%4) : (tensor<1x1xsi8>) -> () loc(#loc3)
  }) {offset = 0 : i64, size = 2 : i64} : (tensor<1x2xf32>) -> tensor<1x2xsi8> loc(#loc3)
} loc(#loc1)
#loc2 = loc("part")
#loc3 = loc("x_si8")
)");
  CHECK(text.cores == 2);
  REQUIRE(text.units.size() == 1);
  CHECK(names_in(text.units[0]) == "x_si8");
  CHECK(text.units[0].ops[0].code == "tpu.Cast");
  CHECK(text.owners.at(5) == 5);
  CHECK(text.owners.at(6) == 5);
}

TEST_CASE("texts without ops and texts that are cut are refused") {
  const Result<FinalText> none = read_final_text("module @m attributes {} {\n}\n", "m");
  REQUIRE(!none.ok());
  CHECK(none.error().message == "the text of the compiler holds no op");
  const std::string whole = small_final_text();
  const Result<FinalText> cut = read_final_text(whole.substr(0, whole.find("})")), "m");
  REQUIRE(!cut.ok());
  CHECK(cut.error().message == "the text of the compiler ends within a group");
  CHECK(is_final_text(whole));
  CHECK_FALSE(is_final_text("{\"opt\": 2}"));
}

TEST_CASE("a group around a group leaves no unit without ops, and the inner one its op") {
  const FinalText text = final_of(R"(#loc1 = loc("x")
module @two attributes {module.chip = "bm1688", module.mode = "INT8"} {
  %1 = "tpu.Group"(%0) ({
    %2 = "tpu.Group"(%0) ({
      %3 = "tpu.Relu"(%0) {} : (tensor<1x1xf32>) -> tensor<1x1xf32> loc(#loc1)
    }) {nsecs = 1 : i64, hsecs = 5 : i64} : (tensor<1x1xf32>) -> tensor<1x1xf32> loc(#loc1)
  }) {nsecs = 1 : i64, hsecs = 2 : i64} : (tensor<1x1xf32>) -> tensor<1x1xf32> loc(#loc1)
)");
  REQUIRE(text.units.size() == 1);
  CHECK(names_in(text.units[0]) == "x");
  CHECK(text.units[0].slices == std::array<std::int64_t, 5>{1, 1, 1, 5, 1});
}

TEST_CASE("places that name each other in a circle end") {
  const FinalText text = final_of(
      "#loc1 = loc(#loc2)\n#loc2 = loc(#loc1)\n"
      "%1 = \"tpu.Relu\"(%0) {} : (none) -> none loc(#loc1)\n");
  CHECK(text.units.at(0).ops.at(0).name.empty());
}

TEST_CASE("an estimate is two columns of commands with lines, cycles and bytes") {
  const Result<EstimateText> read = read_estimate(small_estimate(), "compiler_profile_0.txt");
  REQUIRE(read.ok());
  REQUIRE(read->commands.size() == 4);
  const EstimatedCommand& load = read->commands[0];
  CHECK(load.op == "Load");
  CHECK(load.line == 6);
  CHECK(load.engine == Engine::kGdma);
  CHECK(load.direction == Direction::kDdrToLocal);
  CHECK(load.bytes == 4096);
  const EstimatedCommand& compute = read->commands[1];
  CHECK(compute.function == "AR");
  CHECK(compute.engine == Engine::kBdc);
  CHECK(compute.cycles == 96);
  CHECK(compute.direction == Direction::kNone);
  CHECK(read->total_cycles == 5400);
  CHECK(!read_estimate("ENGINE_BD\tENGINE_GDMA\n", "empty.txt").ok());
  CHECK(!read_estimate("Conv2D|CONV|s:1\n", "no_line.txt").ok());
}

}  // namespace
}  // namespace tpuscope::test
