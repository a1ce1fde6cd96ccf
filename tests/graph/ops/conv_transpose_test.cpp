// ConvTranspose: values, shapes, MACs, tiles and the import of output shapes.

#include "tests/support/ops.h"

namespace tpuscope::testing {
namespace {

TEST_CASE("a transposed convolution spreads each input element over the kernel") {
  CHECK(values_of(R"(
    x = Weight f32[1,1,2] {1, 10}
    w = Weight f32[1,1,3] {1, 2, 3}
    b = Weight f32[1] {100}
    y = ConvTranspose(x, w, b) strides=[2])") == std::vector<double>{101, 102, 103 + 10, 120, 130});
}

TEST_CASE("pads cut the result") {
  CHECK(values_of(R"(
    x = Weight f32[1,1,2] {1, 10}
    w = Weight f32[1,1,3] {1, 2, 3}
    y = ConvTranspose(x, w) strides=[2] pads=[1,1])") == std::vector<double>{2, 3 + 10, 20});
}

TEST_CASE("strides enlarge, output_padding adds at the end") {
  CHECK(shape_of("x = Input f32[1,4,8,8]\nw = Weight f32[4,2,3,3]\n"
                 "y = ConvTranspose(x, w) strides=[2,2] pads=[1,1,1,1] output_padding=[1,1]") ==
        Shape{1, 2, 7 * 2 + 3 - 2 + 1, 16});
  CHECK(error_of("x = Input f32[1,3,8,8]\nw = Weight f32[4,2,3,3]\ny = ConvTranspose(x, w)") ==
        "input has 3 channels, the weight 4 in 1 groups");
  CHECK(error_of("x = Input f32[1,1,1]\nw = Weight f32[1,1,2]\n"
                 "y = ConvTranspose(x, w) pads=[1,1]") == "extent 1 becomes 0");
}

TEST_CASE("every input element counts all taps of all result channels") {
  CHECK(macs_of("x = Input f32[1,4,8,8]\nw = Weight f32[4,2,3,3]\n"
                "y = ConvTranspose(x, w) strides=[2,2]") == 8 * 8 * 4 * 2 * 9);
  CHECK(macs_of("x = Input f32[1,4,8,8]\nw = Weight f32[4,1,3,3]\n"
                "y = ConvTranspose(x, w) strides=[2,2] group=4") == 8 * 8 * 4 * 9);
}

TEST_CASE("a tile needs the input elements that reach it") {
  const char* const text =
      "x = Input f32[1,1,8]\nw = Weight f32[1,1,3]\n"
      "y = ConvTranspose(x, w) strides=[2]";
  // Input i reaches results 2i to 2i + 2.
  CHECK(region_of(text, 0, {{0, 1}, {0, 1}, {4, 6}})[2] == Range{1, 3});
  CHECK(region_of(text, 0, {{0, 1}, {0, 1}, {5, 6}})[2] == Range{2, 3});
}

TEST_CASE("channels of a group need the group's inputs and filters, and do its work alone") {
  const char* const text =
      "x = Input f32[1,6,8]\nw = Weight f32[6,2,3]\nb = Weight f32[6]\n"
      "y = ConvTranspose(x, w, b) group=3";
  // Two results of each group are made of two inputs; the second group is channels 2 and 3.
  CHECK(region_of(text, 0, {{0, 1}, {2, 4}, {0, 10}})[1] == Range{2, 4});
  CHECK(region_of(text, 1, {{0, 1}, {2, 4}, {0, 10}})[0] == Range{2, 4});
  CHECK(region_of(text, 1, {{0, 1}, {2, 4}, {0, 10}})[1] == Range{0, 2});
  CHECK(region_of(text, 2, {{0, 1}, {2, 4}, {0, 10}})[0] == Range{2, 4});
  const Graph graph = graph_of(text);
  const OpDef& def = *graph[last_op(graph)].def;
  const OpView all = graph.view(last_op(graph));
  OpView tile{.attributes = all.attributes,
              .inputs = {{DType::kF32, {1, 2, 8}}, {DType::kF32, {2, 2, 3}}, {DType::kF32, {2}}},
              .results = {{DType::kF32, {1, 2, 10}}}};
  CHECK(def.work(tile).front().macs() * 3 == def.work(all).front().macs());
}

TEST_CASE("an output shape is met with pads") {
  const char* const sources = "x = Input f32[1,4,8,8]\nw = Weight f32[4,2,3,3]";
  CHECK(imported(sources, "ConvTranspose", 11,
                 {{"strides", IntList{2, 2}}, {"output_shape", IntList{16, 15}}}) ==
        "ConvTranspose -> f32[1,2,16,15]");
  CHECK(imported(sources, "ConvTranspose", 11,
                 {{"strides", IntList{2, 2}}, {"auto_pad", std::string("SAME_LOWER")}}) ==
        "ConvTranspose -> f32[1,2,16,16]");
}

}  // namespace
}  // namespace tpuscope::testing
