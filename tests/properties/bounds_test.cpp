// The bound is true: it counts the elements of inputs that outputs follow from, as changing each of
// them and computing the network anew shows, and no others. What runs says of the same work and the
// same bytes is never less, and each view says the same.

#include <numeric>

#include <doctest/doctest.h>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "passes/lower/needed_elements.h"
#include "passes/lower/network_facts.h"
#include "profiles/report/report.h"
#include "profiles/views/results.h"
#include "tests/generators/networks.h"
#include "tests/generators/sound.h"
#include "tests/profiles/timelines.h"
#include "tests/support/models.h"
#include "tests/support/passes.h"

namespace tpuscope {
namespace {

using generators::Choices;

constexpr std::uint64_t kSeeds = testing::kIsSanitized ? 10 : 60;

/// A map that is cropped, convolved, pooled and resized, as text; what inputs leave out of it lies
/// in crops, between windows that are far apart and behind the last of them.
class MapText {
 public:
  explicit MapText(Choices& choices) : choices_(choices) {
    extent_ = choices.between(4, 9);
    text_ = fmt::format("t0 = Input f32[1,2,{0},{0}]\n", extent_);
  }

  std::string finished() {
    const std::int64_t steps = choices_.between(1, 3);
    for (std::int64_t i = 0; i < steps; ++i)
      add_step();
    return text_ + fmt::format("y = Neg(t{})\nreturn y\n", count_);
  }

 private:
  void add_step() {
    switch (choices_.between(0, 3)) {
      case 0:
        crop();
        break;
      case 1:
        convolution();
        break;
      case 2:
        pooling();
        break;
      default:
        padding();
    }
  }
  void add(const std::string& op, std::int64_t extent) {
    text_ += fmt::format("t{} = {}\n", count_ + 1, op);
    ++count_;
    extent_ = extent;
  }
  void crop() {
    const std::int64_t step = choices_.between(1, 2);
    const std::int64_t start = choices_.between(0, extent_ - 1);
    const std::int64_t taken = choices_.between(1, (extent_ - start - 1) / step + 1);
    add(fmt::format("Slice(t{0}) starts=[0,0,{1},{1}] extents=[1,2,{2},{2}] steps=[1,1,{3},{3}]",
                    count_, start, taken, step),
        taken);
  }
  void convolution() {
    const std::int64_t kernel = choices_.between(1, std::min<std::int64_t>(3, extent_));
    const std::int64_t stride = choices_.between(1, 3);
    const std::int64_t pad = choices_.between(0, kernel - 1);
    text_ += fmt::format("w{0} = Input f32[2,2,{1},{1}]\n", count_, kernel);
    add(fmt::format("Conv(t{0}, w{0}) strides=[{1},{1}] pads=[{2},{2},{2},{2}]", count_, stride,
                    pad),
        (extent_ + 2 * pad - kernel) / stride + 1);
  }
  void pooling() {
    const std::int64_t kernel = choices_.between(1, std::min<std::int64_t>(3, extent_));
    const std::int64_t stride = choices_.between(1, 3);
    add(fmt::format("AveragePool(t{0}) kernel=[{1},{1}] strides=[{2},{2}]", count_, kernel, stride),
        (extent_ - kernel) / stride + 1);
  }
  void padding() { add(fmt::format("Pad(t{}) pads=[0,0,1,1,0,0,0,0]", count_), extent_ + 1); }

  Choices& choices_;
  std::string text_{};
  std::int64_t extent_ = 1;
  int count_ = 0;
};

/// Elements of an input whose change changes an output.
std::int64_t elements_that_matter(const Graph& graph, std::size_t input) {
  std::vector<HostTensor> inputs = testing::sample_inputs(graph);
  const auto before = evaluate(graph, inputs);
  REQUIRE(before.ok());
  std::int64_t count = 0;
  for (double& value : inputs[input].values) {
    const double kept = value;
    value += 1000;
    const auto after = evaluate(graph, inputs);
    REQUIRE(after.ok());
    count += after->front().values != before->front().values ? 1 : 0;
    value = kept;
  }
  return count;
}

TEST_CASE("the bound counts the elements of an input that outputs follow from, and no others") {
  std::int64_t left_out = 0;
  std::int64_t exact = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Choices choices = Choices::from_seed(seed);
    const std::string text = MapText(choices).finished();
    CAPTURE(text);
    const Graph graph = testing::graph_of(text);
    const OpId map = graph.inputs().front();
    SignatureTable signatures;
    const std::int64_t counted =
        NeededElements(graph, NetworkFacts(graph, signatures)).count_read({map});
    const std::int64_t matter = elements_that_matter(graph, 0);
    CHECK(counted <= matter);
    exact += counted == matter ? 1 : 0;
    left_out += matter < graph.type({map}).elements() ? 1 : 0;
  }
  constexpr auto kAll = static_cast<std::int64_t>(kSeeds);
  MESSAGE(exact, " of ", kAll, " are exact, ", left_out, " leave elements out");
  // Sets that are too scattered are counted in part; all others exactly.
  CHECK(10 * exact >= 9 * kAll);
  CHECK(4 * left_out > kAll);  // so that counting whole inputs would be noticed
}

template <typename Row>
std::int64_t figures_of(const std::vector<Row>& rows, std::int64_t Row::*figure) {
  return std::accumulate(rows.begin(), rows.end(), std::int64_t{0},
                         [&](std::int64_t sum, const Row& row) { return sum + row.*figure; });
}

TEST_CASE("every view tells the same work, and no less than the bound asks for") {
  std::size_t runs = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Choices choices = Choices::from_seed(seed);
    const generators::DrawnCase drawn = generators::draw_case(choices);
    CAPTURE(generators::case_text(drawn.network, drawn.configuration));
    Compiler compiler(Graph(drawn.network));
    const Result<Run> run = compiler.run(drawn.configuration);
    constexpr std::size_t kManyCommands = 20'000;  // megabytes of JSON
    if (!run.ok() || run->simulation.program.commands.size() > kManyCommands) continue;
    const Profile profile = make_profile(*run, drawn.configuration, {.model = "drawn"});
    const Bounds& bounds = profile.simulation.bounds;
    const Summary& summary = profile.report.summary;
    const std::vector<Command>& commands = profile.simulation.program.commands;
    CHECK(summary.macs == bounds.macs);
    CHECK(summary.bound_ddr_bytes == bounds.ddr_bytes);
    CHECK(2 * bounds.macs <= summary.useful_ops);
    CHECK(bounds.ddr_bytes <= summary.ddr_read_bytes + summary.ddr_write_bytes);
    CHECK(summary.compute_utilisation <= 1);
    CHECK(summary.useful_ops == figures_of(commands, &Command::useful_ops));
    CHECK(summary.useful_ops == figures_of(profile.report.ops, &OpRow::useful_ops));
    CHECK(summary.issued_ops == figures_of(profile.report.ops, &OpRow::issued_ops));
    const auto report = nlohmann::json::parse(test::written("json", {.after = &profile}));
    CHECK(report["summary"]["macs"] == bounds.macs);
    CHECK(report["summary"]["bound_ddr_bytes"] == bounds.ddr_bytes);
    CHECK(report["summary"]["useful_ops"] == summary.useful_ops);
    ++runs;
  }
  CHECK(2 * runs > kSeeds);
}

TEST_CASE("of weights that are gathered the bound counts what must be read, the run what is") {
  const auto summary_of = [](std::string_view text) {
    Compiler compiler(testing::graph_of(text));
    const Result<Run> run = compiler.run({});
    REQUIRE(run.ok());
    return make_profile(*run, {}, {.model = "gather"}).report.summary;
  };
  // 64 of 4,096 rows of 256: the result at least, and a row for each of them in the run.
  const Summary gathered =
      summary_of("i = Input i32[64]\nw = Weight f32[4096,256]\ny = Gather(w, i)\nz = Neg(y)\n");
  constexpr std::int64_t kRows = 64 * 256;
  CHECK(gathered.bound_ddr_bytes >= kRows * 2);
  CHECK(gathered.bound_ddr_bytes < 4096 * 256);
  CHECK(gathered.ddr_read_bytes >= kRows * 2);
  CHECK(gathered.ddr_read_bytes < 4096 * 256);
}

}  // namespace
}  // namespace tpuscope
