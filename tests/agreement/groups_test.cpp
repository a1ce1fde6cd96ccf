// How alike layer groups and their slices are to those of the vendor's compiler. The floors only
// rise: docs/agreement.md has every network and the goals.

#include <filesystem>
#include <sstream>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include "graph/frontend.h"
#include "profiles/diff/plan_diff.h"
#include "tests/support/oracle.h"
#include "tests/support/places.h"

namespace tpuscope {
namespace {

CompilerPlan recorded_plan(const std::string& network, const std::string& target) {
  Result<CompilerPlan> plan =
      load_compiler_plan(fmt::format("{}/tests/data/oracle/groups/{}/{}.layer_group_cache.json.gz",
                                     test::source_folder(), network, target));
  REQUIRE_MESSAGE(plan.ok(), plan.error().message);
  return *std::move(plan);
}

Likeness likeness_with(const std::string& network, const std::string& target,
                       const CompilerPlan& theirs) {
  const std::string file = fmt::format("{}/tests/models/{}.onnx", test::source_folder(), network);
  Result<Graph> graph = load_graph(std::filesystem::exists(file) ? file : network);
  REQUIRE(graph.ok());
  Compiler compiler(*std::move(graph));
  const Configuration configuration = test::configuration_of(target);
  Result<Run> run = compiler.run(configuration);
  REQUIRE(run.ok());
  const std::shared_ptr<const Chip> chip = run->chip;
  const Profile ours = make_profile(*std::move(run), configuration, {});
  const Result<PlanDiff> diff = diff_plans(ours, *chip, theirs);
  REQUIRE(diff.ok());
  return diff->likeness;
}

/// Network, target; at least so many in a hundred neighbours alike, so many groups in the same
/// slices.
constexpr const char* kGroupFloors = R"(
bert_base_256 bm1684x_F16 97 22
bert_base_256 bm1688_F32 99 24
c3d bm1684x_INT8 88 1
deepsort_extractor bm1684x_F16 94 0
lprnet bm1684x_INT8 90 1
openpose_coco_368 bm1684x_F16 99 1
ppyolov3_608 bm1684x_F16 96 6
resnet50 bm1684x_F16 97 0
resnet50 bm1688_F16 100 6
retinaface_mb025 bm1684x_INT8 88 0
scrfd_10g bm1684x_INT8 92 1
swin_t bm1684x_F16 100 25
yolov8s bm1684x_INT8 99 2
yolov8s_cls bm1684x_INT8 97 0
)";

TEST_CASE("layer groups are those of the vendor's compiler at least as far as stated") {
  std::istringstream floors(kGroupFloors);
  std::string network;
  std::string target;
  std::size_t percent = 0;
  std::size_t slices = 0;
  while (floors >> network >> target >> percent >> slices) {
    CAPTURE(network);
    CAPTURE(target);
    const Likeness like = likeness_with(network, target, recorded_plan(network, target));
    INFO(like.alike, " of ", like.neighbours, " alike, ", like.same_slices, " slices the same");
    CHECK(100 * like.alike >= percent * like.neighbours);
    CHECK(like.same_slices >= slices);
    CHECK(like.same_slices <= like.same_groups);
  }
}

TEST_CASE("a compiler that ran every op by itself would be unlike, and have no slices to share") {
  CompilerPlan theirs = recorded_plan("resnet50", "bm1684x_F16");
  std::vector<RecordedUnit> alone;
  for (const RecordedUnit& unit : theirs.units) {
    for (const RecordedOp& op : unit.ops)
      alone.push_back({.ops = {op}});
  }
  theirs.units = alone;
  const Likeness like = likeness_with("resnet50", "bm1684x_F16", theirs);
  CHECK(100 * like.alike < 30 * like.neighbours);
  CHECK(like.same_groups == 0);
}

}  // namespace
}  // namespace tpuscope
