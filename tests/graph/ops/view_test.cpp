// Ops that only change shapes, and the tiles that pass through them.

#include "tests/graph/ops/evaluated.h"

using namespace tpuscope;
using namespace tpuscope::testing;

TEST_CASE("a reshape keeps the elements and their order") {
  CHECK(evaluated("x = Input f32[2,3]\ny = Reshape(x) shape=[3,2]\nreturn y\n",
                  {{1, 2, 3, 4, 5, 6}}) == std::vector<double>{1, 2, 3, 4, 5, 6});
  CHECK(error_of("x = Input f32[2,3]\ny = Reshape(x) shape=[4]\nreturn y\n") ==
        "f32[2,3] has 6 elements, shape [4] has 4");
}

TEST_CASE("a reshape can be cut along leading axes that it keeps, and nowhere else") {
  const std::string text = "x = Input f32[8,49,3,32]\ny = Reshape(x) shape=[8,49,96]\nreturn y\n";
  CHECK(cuts_of(text) == std::vector<bool>{true, true, false});
  CHECK(region_of(text, 0, {{2, 4}, {0, 49}, {0, 96}}) == Region{{2, 4}, {0, 49}, {0, 3}, {0, 32}});
}

TEST_CASE("Squeeze drops unit axes only, Unsqueeze puts them where the result has them") {
  CHECK(type_of("x = Input f32[2,1,3]\ny = Squeeze(x) axes=[1]\nreturn y\n") == "f32[2,3]");
  CHECK(type_of("x = Input f32[2,3]\ny = Unsqueeze(x) axes=[0,2]\nreturn y\n") == "f32[1,2,1,3]");
  CHECK(error_of("x = Input f32[2,1]\ny = Squeeze(x) axes=[0]\nreturn y\n") ==
        "axis 0 of f32[2,1] has extent 2, not 1");
  CHECK(error_of("x = Input f32[2]\ny = Unsqueeze(x) axes=[0,0]\nreturn y\n") ==
        "axes [0,0] name axis 0 twice");
}

TEST_CASE("a tile passes through a squeeze along every axis that remains") {
  const std::string text = "x = Input f32[8,49,1,3,32]\ny = Squeeze(x) axes=[2]\nreturn y\n";
  CHECK(region_of(text, 0, {{0, 2}, {5, 9}, {1, 2}, {0, 32}}) ==
        Region{{0, 2}, {5, 9}, {0, 1}, {1, 2}, {0, 32}});
}
