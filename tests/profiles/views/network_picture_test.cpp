// Drawings of a network: colours follow the times, boxes are the layer groups, what a pass made is
// marked, and nothing of it is there without its cause.

#include "profiles/views/network_picture.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "base/text.h"
#include "tests/profiles/timelines.h"
#include "tests/support/cli.h"
#include "tests/support/temporary_folder.h"

namespace tpuscope::test {
namespace {

std::string dot_of(const Profile& profile) {
  StringSink sink;
  write_network_dot(profile, sink);
  return sink.text();
}
std::string svg_of(const Profile& profile) {
  StringSink sink;
  write_network_svg(profile, sink);
  return sink.text();
}

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

/// The line of a drawing that is about a node.
std::string line_about(const std::string& text, std::string_view node) {
  const std::size_t at = text.find(node);
  if (at == std::string::npos) return "";
  const std::size_t begin = text.rfind('\n', at) + 1;
  return text.substr(begin, text.find('\n', at) - begin);
}

TEST_CASE("colours follow the square root of an op's share of the longest, white is no command") {
  // The Sigmoid takes 40 ns, the Relu a quarter of it: half of the ramp, between its third colour
  // (253, 179, 102) and its fourth (236, 111, 59).
  const Profile profile = profile_of(RunBuilder().bdc(0, 10, 1).bdc(10, 50, 2).run());
  for (const std::string& text : {dot_of(profile), svg_of(profile)}) {
    CHECK(count_of(text, "#5f0808") == 1);
    CHECK(count_of(text, "#f59151") == 1);
  }
  const std::string dot = dot_of(profile);
  CHECK(contains(line_about(dot, "Sigmoid"), "fillcolor=\"#5f0808\", fontcolor=\"#ffffff\""));
  CHECK(contains(line_about(dot, "Relu"), "fillcolor=\"#f59151\", fontcolor=\"#14181f\""));
  CHECK(contains(line_about(dot, "Input"), "fillcolor=\"#ffffff\""));
  CHECK(contains(line_about(dot, "Input"), "no command of its own"));
  // Equal times have one colour.
  const Profile equal = profile_of(RunBuilder().bdc(0, 10, 1).bdc(10, 20, 2).run());
  CHECK(count_of(dot_of(equal), "#5f0808") == 2);
}

TEST_CASE("a group of several ops is a box around them, ops by themselves have none") {
  const TemporaryFolder folder;
  const std::string model = folder.write("pair.tpu",
                                         "x = Input f16[1,64,56,56]\nw = Weight f16[64,64,3,3]\n"
                                         "y = Conv(x, w) pads=[1,1,1,1]\nz = Relu(y)\n"
                                         "q = Sigmoid(z)\nreturn q\n");
  const auto drawn = [&](const std::string& passes, const std::string& name) {
    const std::string path = folder.file(name);
    REQUIRE(tpuscope({"optimize", model, "--passes", passes, "-o", path, "--force"}).exit_code ==
            0);
    return read_bytes(path);
  };
  const std::string dot = drawn("optimized", "x.dot");
  CHECK(count_of(dot, "subgraph cluster_") == 1);
  const std::string box = line_about(dot, "subgraph cluster_0");
  CHECK(contains(box, "label=\"group 0\""));
  // Node 0 is the input, which no group has.
  CHECK(!contains(box, " 0;"));
  CHECK(std::count(box.begin(), box.end(), ';') >= 4);
  CHECK(contains(drawn("optimized", "x.svg"), ">group 0 · "));
  CHECK(!contains(drawn("none", "x.dot"), "subgraph"));
  CHECK(!contains(drawn("none", "x.svg"), ">group "));
}

TEST_CASE("an op that a pass made is marked, others are not; names are no markup") {
  const Simulation run = RunBuilder().bdc(0, 10, 1).run();
  const auto drawn = [&](std::string made_by) {
    Graph graph = testing::graph_of("x = Input f32[1,8]\na = Relu(x)\nreturn a\n");
    const OpId added = graph.add_checked(
        {.type = "Sigmoid", .name = "s", .made_by = std::move(made_by)}, {Value{OpId{1}, 0}});
    graph.set_name(added, "</text><script>\"");
    return make_profile(std::move(graph), run, mini_chip(), {.chip = "mini"}, {});
  };
  const Profile own = drawn("");
  CHECK(!contains(dot_of(own), "penwidth"));
  CHECK(!contains(svg_of(own), "#1d4ed8"));
  const Profile made = drawn("fuse");
  CHECK(count_of(dot_of(made), "penwidth") == 1);
  CHECK(contains(line_about(dot_of(made), "Sigmoid"), "color=\"#1d4ed8\", penwidth=2"));
  const std::string svg = svg_of(made);
  CHECK(count_of(svg, "#1d4ed8") == 1);
  CHECK(!contains(svg, "<script"));
  CHECK(contains(svg, "&lt;/text&gt;&lt;script&gt;&quot;"));
}

}  // namespace
}  // namespace tpuscope::test
