// space_to_depth: pixels of blocks become channels by the operator that does that.

#include <doctest/doctest.h>

#include "tests/support/passes.h"

namespace tpuscope {
namespace {

using testing::after_pass;
using testing::check_same_function;
using testing::check_unchanged;
using testing::graph_of;

std::string blocks(std::string_view order, std::string_view rest) {
  return "x = Input f32[1,3,4,6]\na = Reshape(x) shape=[1,3,2,2,3,2]\nb = Permute(a) order=" +
         std::string(order) + "\nc = Reshape(b) shape=[1,12,2,3]\n" + std::string(rest);
}

constexpr std::string_view kRowsFirst = "[0,3,5,1,2,4]";
constexpr std::string_view kColumnsFirst = "[0,5,3,1,2,4]";

/// A convolution with one filter, whose channels all differ.
std::string convolution() {
  return "w = Weight f32[1,12,1,1] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}\ny = Conv(c, w)\n";
}

TEST_CASE("rows of a block before its columns is the operator's own order, whoever reads it") {
  const Graph before = graph_of(blocks(kRowsFirst, "y = Exp(c)\n"));
  const Graph after = after_pass("space_to_depth", before);
  CHECK(to_text(after, {.locations = false}) == testing::lines(R"(
    x = Input f32[1,3,4,6]
    c = SpaceToDepth(x) block=2
    y = Exp(c)
    return y
  )"));
  check_same_function(before, after);
}

TEST_CASE("where columns come first, the filter of the convolution that reads takes the order") {
  const Graph before = graph_of(blocks(kColumnsFirst, convolution()));
  const Graph after = after_pass("space_to_depth", before);
  CHECK(to_text(after, {.locations = false}).find("SpaceToDepth(x)") != std::string::npos);
  CHECK(to_text(after, {.locations = false}).find("Permute") == std::string::npos);
  check_same_function(before, after);
}

TEST_CASE("columns first stay a permute where something else reads the channels") {
  check_unchanged("space_to_depth", blocks(kColumnsFirst, "y = Exp(c)\n"));
  check_unchanged("space_to_depth",
                  blocks(kColumnsFirst, convolution() + "z = Exp(c)\nreturn y, z\n"));
  // Groups see channels of their own.
  check_unchanged("space_to_depth",
                  blocks(kColumnsFirst, "w = Weight f32[2,6,1,1]\ny = Conv(c, w) group=2\n"));
}

TEST_CASE("other orders, and blocks that are not square, stay") {
  check_unchanged("space_to_depth", blocks("[0,1,3,5,2,4]", "y = Exp(c)\n"));
  check_unchanged("space_to_depth",
                  "x = Input f32[1,3,4,6]\na = Reshape(x) shape=[1,3,2,2,2,3]\nb = Permute(a) "
                  "order=[0,3,5,1,2,4]\nc = Reshape(b) shape=[1,18,2,2]\ny = Exp(c)\n");
}

}  // namespace
}  // namespace tpuscope
