// The HTML page as text: packed columns, escaping, the policy, what lives in memory. What the page
// does in a browser is tested by tests/html.

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "passes/lower/ddr_tensors.h"
#include "profiles/report/local_memory.h"
#include "profiles/views/html/html_data.h"
#include "profiles/views/html/packed_columns.h"
#include "tests/profiles/timelines.h"

namespace tpuscope::test {
namespace {

/// What stands between two markers.
std::string between(const std::string& text, std::string_view first, std::string_view last) {
  const std::size_t begin = text.find(first);
  REQUIRE(begin != std::string::npos);
  const std::size_t from = begin + first.size();
  const std::size_t end = text.find(last, from);
  REQUIRE(end != std::string::npos);
  return text.substr(from, end - from);
}

nlohmann::ordered_json data_of(const std::string& page) {
  return nlohmann::ordered_json::parse(
      between(page, "<script type=\"application/json\" id=\"data\">", "</script>"));
}

TEST_CASE("packed columns are zigzag numbers of seven bits in Base64") {
  CHECK(packed({}) == "v");
  // 0 -> 0, -1 -> 1, 1 -> 2: bytes 00 01 02; as differences 00 01 04, which is no shorter.
  CHECK(packed({0, -1, 1}) == "vAAEC");
  // 64 -> 128: two bytes, 80 01.
  CHECK(packed({64}) == "vgAE=");
  // 1000, 1001: d0 0f, then the difference 1 -> 02.
  CHECK(packed({1000, 1001}) == "d0A8C");
  CHECK(packed({-1}) == "vAQ==");
}

TEST_CASE("the page holds every command and operator of its runs") {
  const Profile before = profile_of(random_run(1));
  const Profile after = profile_of(random_run(2, 50));
  const auto both = data_of(written("html", {.before = &before, .after = &after}));
  REQUIRE(both["runs"].size() == 2);
  CHECK(both["runs"][0]["spans"]["count"] == 200);
  CHECK(both["runs"][1]["spans"]["count"] == 50);
  CHECK(both["runs"][1]["ops"]["count"] == after.report.ops.size());
  CHECK(both["runs"][1]["summary"]["time_ps"] == after.report.summary.makespan.value);
  CHECK(data_of(written("html", {.after = &after}))["runs"].size() == 1);
}

TEST_CASE("names cannot end the element that holds the data, nor the title") {
  Graph graph = testing::graph_of(kTwoOps);
  const std::string name = "</script><script>alert(1)</script> & нейрон";
  graph.set_name(OpId{1}, name);
  graph.set_name(name);
  const Profile profile = make_profile(std::move(graph), random_run(4), mini_chip(), {}, {});
  const std::string page = written("html", {.after = &profile});
  CHECK(page.find("alert(1)</script>") == std::string::npos);
  CHECK(between(page, "<title>", "</title>").find("&lt;/script&gt;") == 0);
  const auto run = data_of(page)["runs"][0];
  CHECK(run["identity"]["model"] == name);
  const auto names = run["ops"]["name"].get<std::vector<std::string>>();
  CHECK(std::find(names.begin(), names.end(), name) != names.end());
}

TEST_CASE("the policy allows the page's own script and style by hash and nothing else") {
  const Profile profile = profile_of(random_run(5));
  const std::string page = written("html", {.after = &profile});
  const std::string policy = between(page, "Content-Security-Policy\" content=\"", "\"");
  CHECK(policy.find("default-src 'none'") == 0);
  CHECK(policy.find("script-src 'sha256-") != std::string::npos);
  CHECK(policy.find("unsafe") == std::string::npos);
  CHECK(page.find('@' + std::string("SCRIPT_HASH@")) == std::string::npos);
}

TEST_CASE("the same run writes the same page") {
  const Simulation run = random_run(6);
  const Profile one = profile_of(run);
  const Profile two = profile_of(run);
  CHECK(written("html", {.after = &one}) == written("html", {.after = &two}));
}

TEST_CASE("lifetimes in local memory never share a byte and add up to the use") {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    const Simulation run = random_run(seed);
    const auto lifetimes = local_lifetimes(run.program, run.timeline);
    REQUIRE(!lifetimes.empty());
    for (std::size_t i = 0; i < lifetimes.size(); ++i) {
      const LocalLifetime& a = lifetimes[i];
      CHECK(a.from < a.until);
      for (std::size_t j = i + 1; j < lifetimes.size(); ++j) {
        const LocalLifetime& b = lifetimes[j];
        const bool meet_in_time = a.from < b.until && b.from < a.until;
        const bool meet_in_space =
            a.address < b.address + b.bytes && b.address < a.address + a.bytes;
        CHECK_FALSE((meet_in_time && meet_in_space));
      }
    }
    const auto use = local_memory_use(run.program, run.timeline);
    CHECK(use.back().bytes == 0);
  }
}

TEST_CASE("tensors in DDR live from their first byte to their last reader") {
  // x is loaded at 0..10, a = Relu(x) is stored at 20..30 and loaded by the Sigmoid at 30..40,
  // whose result is the network's and is stored at 50..60 of 80 ns.
  RunBuilder builder;
  builder.load(0, 10, 1).store(20, 30, 1).load(30, 40, 2).store(50, 60, 2).until(80);
  const Graph graph = testing::graph_of(kTwoOps);
  const auto tensors = ddr_tensors(graph, builder.run().program, builder.run().timeline);
  REQUIRE(tensors.size() == 3);
  const auto check = [&](const DdrTensor& tensor, TensorRole role, std::int64_t from_ns,
                         std::int64_t until_ns) {
    CHECK(tensor.role == role);
    CHECK(tensor.bytes == 8 * 4);
    CHECK(tensor.from == Picoseconds{from_ns * 1000});
    CHECK(tensor.until == Picoseconds{until_ns * 1000});
  };
  check(tensors[0], TensorRole::kInput, 0, 10);
  check(tensors[1], TensorRole::kActivation, 20, 40);
  check(tensors[2], TensorRole::kOutput, 50, 80);
}

TEST_CASE("a view is not a tensor of its own, and weights stay from beginning to end") {
  const Graph graph = testing::graph_of(R"(
    x = Input f32[1,8]
    w = Weight f32[8,8]
    r = Reshape(x) shape=[8]
    s = Reshape(r) shape=[1,8]
    y = MatMul(s, w)
    return y
  )");
  std::uint32_t matmul = 0;
  for (const OpId op : graph.ops()) {
    if (graph[op].is("MatMul")) matmul = op.index;
  }
  RunBuilder builder;
  builder.load(5, 10, matmul).store(20, 30, matmul).until(40);
  const auto tensors = ddr_tensors(graph, builder.run().program, builder.run().timeline);
  REQUIRE(tensors.size() == 3);
  CHECK(tensors[0].value == Value{OpId{0}, 0});
  CHECK(tensors[0].until == Picoseconds{10'000});
  CHECK(tensors[1].role == TensorRole::kWeight);
  CHECK(tensors[1].until == Picoseconds{40'000});
  CHECK(tensors[2].role == TensorRole::kOutput);
}

}  // namespace
}  // namespace tpuscope::test
