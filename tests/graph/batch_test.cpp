// A network at another batch is the network exported for that batch, or an error that names the op
// in the way.

#include "graph/batch.h"

#include <filesystem>

#include <doctest/doctest.h>

#include "base/text.h"
#include "tests/support/graphs.h"
#include "tests/support/models.h"
#include "tests/support/passes.h"

namespace tpuscope {
namespace {

using testing::graph_of;
using testing::lines;

/// The text of the graph at another batch; the first error's place and message if there is none.
std::string at_batch(std::int64_t batch, std::string_view text) {
  const Result<Graph> graph = with_batch(graph_of(text), batch);
  if (!graph.ok()) return graph.error().where + ": " + graph.error().message;
  CHECK(verify(*graph).ok());
  return to_text(*graph, {.locations = false});
}

/// Rows [image * part, (image + 1) * part) of a tensor whose outermost axis begins with the batch.
std::vector<double> image_of(const HostTensor& tensor, std::int64_t image, std::int64_t images) {
  const std::int64_t part = tensor.elements() / images;
  const auto begin = tensor.values.begin() + image * part;
  return {begin, begin + part};
}

/// Each image of the network at `batch` is what the network for one image makes of it. Inputs and
/// outputs begin with the batch.
void check_images(const Graph& one, std::int64_t batch) {
  const Result<Graph> many = with_batch(one, batch);
  REQUIRE_MESSAGE(many.ok(), many.error().message);
  const std::vector<HostTensor> inputs = testing::sample_inputs(*many);
  const auto together = evaluate(*many, inputs);
  REQUIRE(together.ok());
  for (std::int64_t image = 0; image < batch; ++image) {
    std::vector<HostTensor> own = testing::sample_inputs(one);
    for (std::size_t i = 0; i < own.size(); ++i)
      own[i].values = image_of(inputs[i], image, batch);
    const auto alone = evaluate(one, own);
    REQUIRE(alone.ok());
    for (std::size_t i = 0; i < alone->size(); ++i)
      CHECK(image_of(together->at(i), image, batch) == alone->at(i).values);
  }
}

TEST_CASE("a convolutional network grows along its batch and keeps its weights") {
  CHECK(at_batch(4, R"(
    x = Input f32[1,3,8,8]
    w = Weight f32[4,3,3,3]
    c = Conv(x, w) pads=[1,1,1,1]
    return c
  )") == lines(R"(
    x = Input f32[4,3,8,8]
    w = Weight f32[4,3,3,3]
    c = Conv(x, w) pads=[1,1,1,1]
    return c
  )"));
}

TEST_CASE("a reshape that folds the batch with other axes is scaled, and keeps images apart") {
  const Graph windows = graph_of(R"(
    x = Input f32[1,4,4,3]
    cut = Reshape(x) shape=[1,2,2,2,2,3]
    turned = Permute(cut) order=[0,1,3,2,4,5]
    w = Reshape(turned) shape=[4,4,3]
    s = Softmax(w) axis=2
    return s
  )");
  const Result<Graph> grown = with_batch(windows, 3);
  REQUIRE(grown.ok());
  CHECK(to_text(*grown, {.locations = false}) == lines(R"(
    x = Input f32[3,4,4,3]
    cut = Reshape(x) shape=[3,2,2,2,2,3]
    turned = Permute(cut) order=[0,1,3,2,4,5]
    w = Reshape(turned) shape=[12,4,3]
    s = Softmax(w) axis=2
    return s
  )"));
  check_images(windows, 3);
}

TEST_CASE("a batch that is not outermost is followed") {
  const Graph heads = graph_of(R"(
    x = Input f32[1,4,6]
    split = Reshape(x) shape=[1,4,3,2]
    outer = Permute(split) order=[2,0,1,3]
    part = Slice(outer) starts=[1,0,0,0] extents=[1,1,4,2]
    one = Squeeze(part) axes=[0]
    return one
  )");
  const Result<Graph> grown = with_batch(heads, 5);
  REQUIRE(grown.ok());
  CHECK(to_text(*grown, {.locations = false}) == lines(R"(
    x = Input f32[5,4,6]
    split = Reshape(x) shape=[5,4,3,2]
    outer = Permute(split) order=[2,0,1,3]
    part = Slice(outer) starts=[1,0,0,0] extents=[1,5,4,2]
    one = Squeeze(part) axes=[0]
    return one
  )"));
  check_images(heads, 5);
}

TEST_CASE("a constant that is joined to each image is repeated, one that broadcasts is not") {
  const Graph token = graph_of(R"(
    x = Input f32[1,2,3]
    class = Weight f32[1,1,3] {7, 8, 9}
    bias = Weight f32[1,3,3] {1, 2, 3, 4, 5, 6, 7, 8, 9}
    t = Concat(class, x) axis=1
    y = Add(t, bias)
    return y
  )");
  const Result<Graph> grown = with_batch(token, 2);
  REQUIRE(grown.ok());
  CHECK(to_text(*grown, {.locations = false}) == lines(R"(
    x = Input f32[2,2,3]
    bias = Weight f32[1,3,3] {1, 2, 3, 4, 5, 6, 7, 8, 9}
    class_per_image = Weight f32[2,1,3] {7, 8, 9, 7, 8, 9}
    t = Concat(class_per_image, x) axis=1
    y = Add(t, bias)
    return y
  )"));
  check_images(token, 2);
}

TEST_CASE("the masks of all windows of an image are repeated for each image") {
  const Graph masked = graph_of(R"(
    x = Input f32[1,4,3]
    w = Reshape(x) shape=[2,2,3]
    mask = Weight f32[2,1,3] {1, 2, 3, 4, 5, 6}
    y = Add(w, mask)
    r = Reshape(y) shape=[1,4,3]
    return r
  )");
  check_images(masked, 3);
  const Result<Graph> grown = with_batch(masked, 3);
  REQUIRE(grown.ok());
  // And back: the repeated mask is the same for each image.
  CHECK(to_text(*with_batch(*grown, 1), {.locations = false}).find("f32[2,1,3] {1, 2, 3") !=
        std::string::npos);
}

TEST_CASE("a constant that is computed is repeated where it is joined") {
  check_images(graph_of(R"(
    x = Input f32[1,2]
    c = Weight f32[1,2] {1, -2}
    e = Exp(c)
    y = Concat(x, e) axis=1
    return y
  )"),
               3);
}

TEST_CASE("a sum over heads and an embedding keep images apart") {
  check_images(graph_of(R"(
    x = Input f32[1,2,4]
    w = Weight f32[4,2] {1, 2, 3, 4, 5, 6, 7, 8}
    h = MatMul(x, w)
    t = Permute(h) order=[0,2,1]
    g = MatMul(h, t)
    m = Reduce(g) mode="mean" axes=[2] keepdims=false
    return m
  )"),
               3);
}

TEST_CASE("what mixes images is named with its reason") {
  const auto message = [](std::string_view text) { return at_batch(4, text); };
  SUBCASE("a reshape that puts the batch inside another axis") {
    CHECK(message(R"(
      x = Input f32[2,3,4]
      y = Reshape(x) shape=[3,8]
    )") == "Reshape \"y\": batch 4 cannot be made of batch 2: shape [3,8] has no axis that begins "
           "with axis 0 of f32[2,3,4]");
  }
  SUBCASE("a slice of the batch") {
    CHECK(message(R"(
      x = Input f32[2,3]
      y = Slice(x) starts=[1,0] extents=[1,3]
    )") == "Slice \"y\": batch 4 cannot be made of batch 2: it takes 1 of the 2 along axis 0, the "
           "batch");
  }
  SUBCASE("a fold over the batch") {
    CHECK(message(R"(
      x = Input f32[1,3]
      y = Reduce(x) mode="mean" axes=[0] keepdims=true
    )") ==
          "Reduce \"y\": batch 4 cannot be made of batch 1: its result f32[1,3] does not grow with "
          "the batch");
  }
  SUBCASE("a softmax over the batch") {
    CHECK(message(R"(
      x = Input f32[1,3]
      y = Softmax(x) axis=0
    )") == "Softmax \"y\": batch 4 cannot be made of batch 1: it works across axis 0 of f32[1,3], "
           "the batch");
  }
  SUBCASE("a concatenation along the batch") {
    CHECK(message(R"(
      x = Input f32[1,3]
      r = Relu(x)
      y = Concat(x, r) axis=0
    )")
              .ends_with("it works across axis 0 of f32[2,3], the batch"));
  }
  SUBCASE("a squeezed batch") {
    CHECK(message(R"(
      x = Input f32[1,3]
      y = Squeeze(x) axes=[0]
    )") == "Squeeze \"y\": batch 4 cannot be made of batch 1: axis 0 of f32[4,3] has extent 4, "
           "not 1");
  }
  SUBCASE("attention between the images of a batch") {
    CHECK(message(R"(
      x = Input f32[1,3]
      t = Permute(x) order=[1,0]
      y = MatMul(x, t)
    )") == "MatMul \"y\": batch 4 cannot be made of batch 1: its result f32[1,1] would become "
           "f32[4,4]");
  }
  SUBCASE("a constant with something else for each image") {
    CHECK(message(R"(
      x = Input f32[2,1]
      c = Weight f32[2,1] {1, 2}
      y = Add(x, c)
    )") == "Add \"y\": batch 4 cannot be made of batch 2: \"c\" holds something else for each "
           "image");
  }
  SUBCASE("values that are not known") {
    CHECK(message(R"(
      x = Input f32[2,1]
      c = Weight f32[2,1]
      y = Add(x, c)
    )") == "Add \"y\": batch 4 cannot be made of batch 2: \"c\" may hold something else for each "
           "image");
  }
}

TEST_CASE("every op in the way is named once, and none behind it") {
  const Result<Graph> graph = with_batch(graph_of(R"(
    x = Input f32[1,3]
    a = Squeeze(x) axes=[0]
    behind = Relu(a)
    b = Softmax(x) axis=0
    return behind, b
  )"),
                                         2);
  REQUIRE(!graph.ok());
  REQUIRE(graph.errors().size() == 2);
  CHECK(graph.errors()[0].where == "Squeeze \"a\"");
  CHECK(graph.errors()[1].where == "Softmax \"b\"");
  CHECK(graph.errors()[0].hint == "export the network for 2 images");
}

TEST_CASE("a batch of nothing is refused, and the batch that is there changes nothing") {
  const std::string text = lines(R"(
    x = Input f32[2,3]
    y = Relu(x)
    return y
  )");
  CHECK(at_batch(2, text) == text);
  CHECK(at_batch(0, text) == ": batch is 0, a network needs at least one image");
}

/// Op types in order with their result types, and the MACs: what two exports of one network have in
/// common.
std::string shape_of_network(const Graph& graph) {
  std::string text = std::to_string(count(graph).macs) + " MACs\n";
  for (const OpId id : graph.topological_order()) {
    const Op& op = graph[id];
    text += std::string(op.def->name);
    for (const Tensor& result : op.results)
      text += " " + type_text(result.type);
    text += "\n";
  }
  return text;
}

TEST_CASE("each network exported for several images equals the rewrite of the one for one image") {
  namespace fs = std::filesystem;
  std::size_t pairs = 0;
  for (const std::string& path : testing::all_models()) {
    const std::string stem = fs::path(path).stem().string();
    const std::size_t end = stem.rfind("_b");
    if (end == std::string::npos || (stem.substr(end) != "_b4" && stem.substr(end) != "_b8")) {
      continue;
    }
    CAPTURE(stem);
    const std::string single = stem.substr(0, end);
    const std::string file = (fs::path(path).parent_path() / (single + ".onnx")).string();
    // LPRNet divides by a mean over the whole batch, so its images depend on each other.
    const bool mixes_images = single == "lprnet";
    const Result<Graph> exported = load_graph(path);
    const Result<Graph> one = load_graph(fs::exists(file) ? file : single);
    REQUIRE(exported.ok());
    REQUIRE(one.ok());
    for (const auto& [from, to] : {std::pair{&*one, &*exported}, {&*exported, &*one}}) {
      const Result<Graph> rewritten = with_batch(*from, batch_of(*to));
      CHECK(rewritten.ok() == !mixes_images);
      if (!rewritten.ok()) {
        CHECK(rewritten.error().message.ends_with("f32[] does not grow with the batch"));
        continue;
      }
      CHECK(verify(*rewritten).ok());
      CHECK(changed_lines(shape_of_network(*rewritten), shape_of_network(*to)) == "");
    }
    ++pairs;
  }
  CHECK(pairs == (testing::kIsSanitized ? 0 : 17));
}

}  // namespace
}  // namespace tpuscope
