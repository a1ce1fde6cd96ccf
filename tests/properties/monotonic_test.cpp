// A better machine is never slower by more than 1 %: more bandwidth, clock, lanes or cores, less
// latency. What the vendor's kernels decide by rules that do not ask for the time is an exception:
// on one core they cut an op as seldom as local memory allows.

#include <doctest/doctest.h>

#include "tests/support/grouping.h"
#include "tests/support/mini_chip.h"
#include "tests/support/models.h"

namespace tpuscope {
namespace {

/// What a climb over estimates may lose by ending elsewhere, as a part of the time; and what
/// another number of lanes, which changes the layout of everything, may make of whole vectors.
constexpr double kClimbAllowance = 0.01;

/// A kernel with more local memory makes fewer and larger tiles, of which loads, arithmetic and
/// stores overlap less: Swin-T on CV186X, every op alone, takes 4.1 % longer with twice the memory.
constexpr double kFewTilesAllowance = 0.041;

/// The price of a kernel's tiles does not see that a product waits for its weights where columns
/// change while rows go by: Swin-T on BM1688, of which products are such, takes 2.7 % longer with
/// twice the rate of loads.
constexpr double kHeldWeightsAllowance = 0.028;

struct Change {
  std::string path{};
  double factor = 1;  ///< makes the machine better
  double allowance = 0;
};

const std::vector<Change>& changes() {
  static const std::vector<Change> all = {
      {"ddr.peak_gbps", 2, kClimbAllowance},
      {"command.load_bytes_per_cycle", 2, kHeldWeightsAllowance},
      {"command.store_bytes_per_cycle", 2, kClimbAllowance},
      {"command.load_start_cycles", 0.5, kClimbAllowance},
      {"clock.tiu_mhz", 2, kClimbAllowance},
      {"clock.dma_mhz", 2, kClimbAllowance},
      {"overhead.launch_us", 0.5, 0},
      {"command.sync_cycles", 0.5, kClimbAllowance},
      {"local_memory.kib_per_lane", 2, kFewTilesAllowance},
      {"array.lanes", 2, kClimbAllowance},
      {"array.cores", 2, kClimbAllowance},
  };
  return all;
}

double value_of(const Chip& chip, const std::string& path) {
  for (const ChipValue& value : chip.values) {
    if (value.path == path) return value.value;
  }
  FAIL(path);
  return 0;
}

double allowance(const Chip& chip, const Change& change) {
  if (change.allowance == 0 || chip.array.cores == 1) return change.allowance;
  // On two cores larger tiles are no worse.
  return change.allowance == kFewTilesAllowance ? kClimbAllowance : change.allowance;
}

/// 0 where the chip cannot hold an op's smallest tile.
double picoseconds(const Graph& graph, const std::string& name, const ChipOverrides& overrides,
                   const std::string& preset) {
  const Result<Chip> chip = load_chip(name, overrides);
  REQUIRE(chip.ok());
  const Result<Plan> plan = plan_layer_groups(graph, *chip, testing::grouping(preset));
  if (!plan.ok()) return 0;
  const Result<Simulation> simulation = simulate(graph, *chip, *plan);
  REQUIRE(simulation.ok());
  return static_cast<double>(simulation->timeline.makespan.value);
}

/// Comparisons that there must be at least.
constexpr std::size_t kCompared = testing::kIsSanitized ? 40 : 150;

/// Every change on every chip for four networks, which differ in what bounds them.
std::size_t check_changes(const std::string& preset) {
  std::size_t compared = 0;
  for (const std::string& chip_name : builtin_chip_names()) {
    const Chip chip = *load_chip(chip_name);
    const DType precision = chip.cube.f16_channels > 0 ? DType::kF16 : DType::kF32;
    for (const char* model : {"resnet50", "swin_t", "yolov5s", "yolov8s"}) {
      if (testing::kIsSanitized && std::string_view(model) != "swin_t") continue;
      Result<Graph> graph = load_graph(model);
      REQUIRE(graph.ok());
      *graph = testing::prepared(*std::move(graph), precision, "optimized");
      const double before = picoseconds(*graph, chip_name, {}, preset);
      for (const Change& change : changes()) {
        const double better = value_of(chip, change.path) * change.factor;
        const double after =
            picoseconds(*graph, chip_name, {{change.path, std::to_string(better)}}, preset);
        CAPTURE(chip_name);
        CAPTURE(std::string(model));
        CAPTURE(change.path);
        if (before == 0 || after == 0) continue;
        CHECK(after <= before * (1 + allowance(chip, change)));
        ++compared;
      }
    }
  }
  return compared;
}

TEST_CASE("no network gets slower on a better machine, every op alone") {
  CHECK(check_changes("none") > kCompared);
}

TEST_CASE("no network gets slower on a better machine, in layer groups") {
  CHECK(check_changes("optimized") > kCompared);
}

TEST_CASE("a machine with half of the bandwidth is slower, so that the comparison can fail") {
  Result<Graph> graph = load_graph("resnet50");
  REQUIRE(graph.ok());
  CHECK(picoseconds(*graph, "bm1684x", {{"ddr.peak_gbps", "34"}}, "none") >
        1.2 * picoseconds(*graph, "bm1684x", {}, "none"));
}

}  // namespace
}  // namespace tpuscope
