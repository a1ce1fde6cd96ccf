// fold_stems: 16-bit convolutions of few channels may lay their taps out as channels.

#include <doctest/doctest.h>

#include "passes/compile.h"
#include "tests/support/passes.h"

namespace tpuscope {
namespace {

using testing::check_rewrite;
using testing::check_unchanged;

TEST_CASE("a 16-bit convolution of three channels may lay its taps out") {
  check_rewrite("fold_stems", R"(
    x = Input f16[1,3,8,8]
    w = Weight f16[1,3,1,2] {1, 2, 3, 4, 5, 6}
    y = Conv(x, w)
  )",
                R"(
    x = Input f16[1,3,8,8]
    w = Weight f16[1,3,1,2] {1, 2, 3, 4, 5, 6}
    y = Conv(x, w) folds_taps=true
    return y
  )");
}

TEST_CASE("convolutions of 8 bits need no pass, those of 32 bits have no such form") {
  check_unchanged("fold_stems", R"(
    x = Input f32[1,3,8,8]
    w = Weight f32[1,3,1,2] {1, 2, 3, 4, 5, 6}
    y = Conv(x, w)
  )");
}

TEST_CASE("a kernel without taps and a map of many channels stay") {
  check_unchanged("fold_stems", R"(
    x = Input f16[1,3,8,8]
    w = Weight f16[1,3,1,1] {1, 2, 3}
    y = Conv(x, w)
  )");
  const Graph many = testing::graph_of(R"(
    x = Input f16[1,32,8,8]
    w = Weight f16[8,32,3,3]
    y = Conv(x, w)
  )");
  Graph rewritten = many;
  REQUIRE(run_pipeline(rewritten, {.switches = {"fold_stems"}}).ok());
  CHECK(to_text(rewritten) == to_text(many));
}

TEST_CASE("what a network's first convolution takes falls when its taps are laid out") {
  const auto cycles_with = [](const std::string& switches) {
    Compiler compiler(testing::graph_of(R"(
      x = Input f32[1,3,224,224]
      w = Weight f32[64,3,7,7]
      y = Conv(x, w) strides=[2,2] pads=[3,3,3,3]
    )"));
    const auto run = compiler.run({.switches = *parse_switches(switches)});
    REQUIRE(run.ok());
    return run->simulation.timeline.makespan;
  };
  CHECK(cycles_with("optimized") < cycles_with("optimized,-fold_stems"));
}

}  // namespace
}  // namespace tpuscope
