// expand_conditions: conditions of fewer elements are written out.

#include <doctest/doctest.h>

#include "tests/support/passes.h"

namespace tpuscope {
namespace {

using testing::check_rewrite;
using testing::check_unchanged;

TEST_CASE("a condition that many Wheres share is written out once") {
  check_rewrite("expand_conditions", R"(
    c = Input bool[1,3]
    x = Input f16[2,3]
    y = Input f16[2,3]
    a = Where(c, x, y)
    b = Where(c, y, x)
  )",
                R"(
    c = Input bool[1,3]
    c_mask = Cast(c) to="f16"
    c_mask_1 = Expand(c_mask) shape=[2,3]
    x = Input f16[2,3]
    y = Input f16[2,3]
    a = Where(c_mask_1, x, y)
    b = Where(c_mask_1, y, x)
    return a, b
  )");
}

TEST_CASE("conditions of all elements and constants stay") {
  check_unchanged("expand_conditions", R"(
    c = Input bool[2,3]
    x = Input f32[2,3]
    y = Input f32[1,3]
    a = Where(c, x, y)
  )");
  check_unchanged("expand_conditions", R"(
    c = Weight bool[1,3]
    x = Input f32[2,3]
    y = Input f32[2,3]
    a = Where(c, x, y)
  )");
}

}  // namespace
}  // namespace tpuscope
