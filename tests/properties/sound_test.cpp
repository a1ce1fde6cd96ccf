// Drawn networks on drawn machines run as they must or get a clear refusal. A thousand in every
// run of the tests, from seeds of their own; scripts/soak draws many more. A seed that fails is
// made smaller by build/release/tests/soak --seed SEED --cases 1.

#include "tests/generators/sound.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include <doctest/doctest.h>

#include "tests/generators/networks.h"
#include "tests/generators/shrink.h"
#include "tests/generators/single_ops.h"
#include "tests/support/graphs.h"
#include "tests/support/models.h"
#include "tests/support/places.h"

namespace tpuscope {
namespace {

using generators::Choices;
using generators::Soundness;

constexpr std::uint64_t kCases = testing::kIsSanitized ? 100 : 1000;

std::filesystem::path case_folder() {
  return std::filesystem::path(test::source_folder()) / "tests/cases/sound";
}

TEST_CASE("drawn networks are sound on drawn machines") {
  std::map<Soundness::Kind, std::uint64_t> verdicts;
  for (std::uint64_t seed = 1; seed <= kCases; ++seed) {
    Choices choices = Choices::from_seed(seed);
    const generators::DrawnCase drawn = generators::draw_case(choices);
    INFO("seed ", seed);
    const Soundness verdict = generators::sound(drawn.network, drawn.configuration);
    ++verdicts[verdict.kind];
    if (verdict.kind != Soundness::Kind::kBroken) continue;
    FAIL_CHECK(verdict.text, "\n", generators::case_text(drawn.network, drawn.configuration));
  }
  // Refusals are no proof of anything: most networks run.
  CHECK(verdicts[Soundness::Kind::kSound] > kCases / 2);
}

TEST_CASE("cases that once failed are sound or refused") {
  std::size_t cases = 0;
  for (const auto& entry : std::filesystem::directory_iterator(case_folder())) {
    if (entry.path().extension() != ".tpu") continue;
    CAPTURE(entry.path().string());
    std::ifstream file(entry.path());
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    const Soundness verdict = generators::sound_case(text);
    CHECK_MESSAGE(verdict.kind != Soundness::Kind::kBroken, verdict.text);
    ++cases;
  }
  CHECK(cases > 0);
}

TEST_CASE("files that once failed are sound or refused at every precision") {
  std::size_t runs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(case_folder())) {
    if (entry.path().extension() != ".onnx") continue;
    const Result<Graph> network = load_graph(entry.path().string());
    CAPTURE(entry.path().string());
    REQUIRE(network.ok());
    for (const DType precision : precisions()) {
      for (const Boundary boundary : {Boundary::kSource, Boundary::kNative}) {
        if (testing::kIsSanitized && boundary == Boundary::kNative) continue;
        Configuration configuration;
        configuration.precision.precision = precision;
        configuration.precision.boundary = boundary;
        CAPTURE(generators::configuration_text(configuration));
        const Soundness verdict = generators::sound(*network, configuration);
        CHECK_MESSAGE(verdict.kind != Soundness::Kind::kBroken, verdict.text);
        ++runs;
      }
    }
  }
  CHECK(runs > (testing::kIsSanitized ? 25 : 50));
}

TEST_CASE("every registered op is drawn") {
  std::set<std::string> drawn;
  for (std::uint64_t seed = 1; seed <= 1500; ++seed) {
    Choices choices = Choices::from_seed(seed);
    const Graph network = generators::draw_network(choices);
    for (const OpId op : network.ops())
      drawn.emplace(network[op].def->name);
  }
  for (const std::string& name : generators::drawable_ops()) {
    CAPTURE(name);
    CHECK(drawn.count(name) == 1);
  }
}

TEST_CASE("the choices of a case draw it again, and fewer of them a smaller one") {
  Choices first = Choices::from_seed(7);
  const generators::DrawnCase drawn = generators::draw_case(first);
  Choices again = Choices::from_list(first.taken());
  const generators::DrawnCase same = generators::draw_case(again);
  CHECK(generators::case_text(same.network, same.configuration) ==
        generators::case_text(drawn.network, drawn.configuration));
  // What fails here is any network with a MatMul; the smallest has little else.
  const auto has_product = [](const std::vector<std::uint32_t>& list) {
    Choices choices = Choices::from_list(list);
    const Graph network = generators::draw_case(choices).network;
    for (const OpId op : network.ops()) {
      if (network[op].is("MatMul")) return true;
    }
    return false;
  };
  // The first seed from 2 on that draws one, whatever operators there are to draw from.
  std::vector<std::uint32_t> taken;
  for (std::uint64_t seed = 2; !has_product(taken); ++seed) {
    Choices choices = Choices::from_seed(seed);
    generators::draw_case(choices);
    taken = choices.taken();
  }
  const auto smaller = generators::shrunk(taken, has_product, 500);
  Choices small = Choices::from_list(smaller);
  generators::DrawnCase found = generators::draw_case(small);
  const std::size_t ops = found.network.ops().size();
  CHECK(smaller.size() < taken.size() / 4);
  // Then what is left around it goes: an input, a weight, the product, an output.
  const generators::DrawnCase least = generators::reduced(
      std::move(found),
      [](const generators::DrawnCase& candidate) {
        for (const OpId op : candidate.network.ops()) {
          if (candidate.network[op].is("MatMul")) return true;
        }
        return false;
      },
      500);
  CAPTURE(to_text(least.network));
  CHECK(least.network.ops().size() <= ops);
  CHECK(least.network.ops().size() <= 6);
  CHECK(generators::configuration_text(least.configuration) ==
        generators::configuration_text(Configuration{}));
}

TEST_CASE("what is broken does not pass for sound, nor does a refusal") {
  CHECK(generators::sound_case("# run: precision=f16\nx = Input f32[2]\ny = Relu(x)").kind ==
        Soundness::Kind::kSound);
  CHECK(generators::sound_case("# run: precision=f16\nx = Input f32[2]\ny = None(x)").kind ==
        Soundness::Kind::kBroken);
  CHECK(generators::sound_case("x = Input f32[2]\ny = Relu(x)").kind == Soundness::Kind::kBroken);
  CHECK(generators::sound_case("# run: set=local_memory.kib_per_lane=1 set=array.lanes=1\n"
                               "x = Input f32[1,1,70,70]\ny = AveragePool(x) kernel=[60,60]")
            .kind == Soundness::Kind::kRefused);
}

}  // namespace
}  // namespace tpuscope
