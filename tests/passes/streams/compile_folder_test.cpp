// Compile folders: what is found in one, and what becomes of it; of real folders the groups that
// their compiler recorded.

#include "passes/streams/compile_folder.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "base/input_file.h"
#include "tests/support/bmodel_examples.h"
#include "tests/support/final_example.h"
#include "tests/support/shared_files.h"
#include "tests/support/temporary_folder.h"

namespace tpuscope::test {
namespace {

CompilerPlan plan_in(const std::string& path) {
  Result<CompilerPlan> plan = load_compiler_plan(path);
  if (!plan.ok()) FAIL(plan.error().message);
  return std::move(plan).value();
}

std::vector<std::size_t> sizes_of_groups(const CompilerPlan& plan) {
  std::vector<std::size_t> sizes;
  for (const RecordedUnit& unit : plan.units) {
    if (unit.is_group) sizes.push_back(unit.ops.size());
  }
  return sizes;
}

TEST_CASE("a final text with an estimate is a plan with commands and bytes") {
  const TemporaryFolder folder;
  folder.write("small_bm1684x_f16_final.mlir", small_final_text());
  folder.write("compiler_profile_0.txt", small_estimate());
  const CompilerPlan plan = plan_in(folder.path());
  CHECK(plan.chip == "bm1684x");
  CHECK(plan.precision == DType::kF16);
  CHECK(plan.cores == 1);
  CHECK(plan.figures == CompilerPlan::Figures::kEstimate);
  CHECK(plan.estimated_cycles == 5400);
  REQUIRE(plan.units.size() == 3);
  const RecordedUnit& group = plan.units[1];
  CHECK(group.slices == SliceCounts{1, 1, 1, 3, 1});
  // The load is of the first op, the store of the second.
  CHECK(group.ops.at(0).figures.read == 4096);
  CHECK(group.ops.at(0).figures.written == 0);
  CHECK(group.ops.at(0).figures.commands == std::array<std::int64_t, kEngineCount>{1, 1});
  CHECK(group.ops.at(1).figures.written == 4096);
  CHECK(plan.total.commands == std::array<std::int64_t, kEngineCount>{2, 2});
}

TEST_CASE("without an estimate the plan has no figures, a record alone gives groups in order") {
  const TemporaryFolder folder;
  folder.write("small_bm1684x_f16.layer_group_cache.json",
               R"({"total subfunc": 1, "subfunc_0": {
                   "GroupLayer": [{"index": 2, "locs": ["b", "c"], "shape_secs": [1,1,1,2,1]}],
                   "GlobalLayer": [{"index": 3, "loc": "d"}, {"index": 0, "loc": "a"}]}})");
  const CompilerPlan plan = plan_in(folder.path());
  CHECK(plan.figures == CompilerPlan::Figures::kUnknown);
  CHECK(plan.chip.empty());
  REQUIRE(plan.units.size() == 3);
  CHECK(plan.units[0].ops[0].name == "a");
  CHECK(plan.units[1].ops[1].name == "c");
  CHECK(plan.units[2].ops[0].name == "d");
}

TEST_CASE("a compiled model with names is a plan of its own streams") {
  const TemporaryFolder folder;
  BmodelFile file = convolution_file();
  file.locations = small_locations();
  folder.write("small.bmodel", file.bytes());
  const CompilerPlan plan = plan_in(folder.path());
  CHECK(plan.figures == CompilerPlan::Figures::kStream);
  CHECK(plan.compiled != nullptr);
  REQUIRE(sizes_of_groups(plan) == std::vector<std::size_t>{2});
  const RecordedOp& convolution = plan.units[0].ops.at(0);
  CHECK(convolution.name == "conv");
  CHECK(convolution.code == "tpu.Conv2D");
  // Input and weights, 8 x 4 x 4 bytes each; the closing commands count for nobody.
  CHECK(convolution.figures.read == 2 * 128);
  CHECK(plan.total.commands == std::array<std::int64_t, kEngineCount>{2, 3});
}

TEST_CASE("folders without a plan, with two, or with a model without names are refused") {
  const TemporaryFolder empty;
  CHECK(load_compiler_plan(empty.path()).error().message == "no plan of the compiler is there");
  CHECK_FALSE(is_compiler_plan(empty.path()));
  const TemporaryFolder twice;
  twice.write("a_final.mlir", small_final_text());
  twice.write("b_final.mlir", small_final_text());
  const Result<CompilerPlan> two = load_compiler_plan(twice.path());
  REQUIRE(!two.ok());
  CHECK(two.error().message == "the folder holds 2 compiles: a_final.mlir, b_final.mlir");
  CHECK(load_compiler_plan(twice.file("a_final.mlir")).ok());
  const TemporaryFolder nameless;
  nameless.write("plain.bmodel", convolution_file().bytes());
  CHECK(load_compiler_plan(nameless.path()).error().hint == "compile it with --debug");
  const TemporaryFolder cut;
  cut.write("net_final.mlir", small_final_text().substr(0, 700));
  CHECK(!load_compiler_plan(cut.path()).ok());
}

TEST_CASE("--groups takes a folder or any file of it, and our own form as before") {
  const TemporaryFolder folder;
  const std::string text = folder.write("net_final.mlir", small_final_text());
  const std::string own = folder.write("own.json", R"({"GroupLayer": [{"locs": ["a", "b"]}]})");
  for (const std::string& path : std::vector{folder.path().string(), text}) {
    const Result<GroupCache> given = load_given_groups(path);
    REQUIRE(given.ok());
    CHECK(given->is_foreign);
    REQUIRE(given->groups.size() == 1);
    CHECK(given->groups[0].locs.at(1).name == "b_Sigmoid");
    CHECK(given->groups[0].slices == SliceCounts{1, 1, 1, 3, 1});
    CHECK(given->alone.size() == 2);
  }
  CHECK_FALSE(load_given_groups(own)->is_foreign);
}

TEST_CASE("final texts of real compiles have the groups that their compiler recorded") {
  const auto shared = shared_folder();
  if (!shared) return;
  std::size_t compared = 0;
  for (const auto& path : shared_files(*shared / "compiled", "final.mlir.gz")) {
    const auto record = path.parent_path() / "groups.json.gz";
    if (!std::filesystem::exists(record)) continue;
    CAPTURE(path);
    const CompilerPlan found = plan_in(path.string());
    const CompilerPlan expected = plan_in(record.string());
    // Cores' groups may be recorded in another order.
    using Members = std::pair<std::vector<std::string>, SliceCounts>;
    const auto groups_of = [](const CompilerPlan& plan) {
      std::vector<Members> groups;
      for (const RecordedUnit& unit : plan.units) {
        if (!unit.is_group) continue;
        std::vector<std::string> names;
        for (const RecordedOp& op : unit.ops)
          names.push_back(op.name);
        std::sort(names.begin(), names.end());
        groups.emplace_back(std::move(names), unit.slices.value_or(SliceCounts{}));
      }
      std::sort(groups.begin(), groups.end());
      return groups;
    };
    const std::vector<Members> theirs = groups_of(expected);
    const std::vector<Members> ours = groups_of(found);
    REQUIRE(ours.size() == theirs.size());
    for (std::size_t g = 0; g < ours.size(); ++g) {
      CHECK(ours[g] == theirs[g]);
      ++compared;
    }
  }
  CHECK(compared > 500);
}

TEST_CASE("BlazeFace on BM1688 has thirteen groups, YOLOv5s in 8 bits two") {
  const auto shared = shared_folder();
  if (!shared) return;
  const CompilerPlan face = plan_in((*shared / "artefacts" / "bm1688_blazeface_f16").string());
  CHECK(face.chip == "bm1688");
  CHECK(sizes_of_groups(face) == std::vector<std::size_t>{4, 4, 3, 3, 4, 3, 3, 3, 3, 3, 4, 16, 2});
  for (const RecordedUnit& unit : face.units)
    CHECK(unit.slices.value_or(SliceCounts{1, 1, 1, 1, 1}) == SliceCounts{1, 1, 1, 1, 1});
  // The members of the first group and of the longest, by the network's own names.
  std::vector<std::string> first;
  for (const RecordedUnit& unit : face.units) {
    if (!unit.is_group) continue;
    for (const RecordedOp& op : unit.ops)
      first.push_back(op.name.substr(0, op.name.find('_')));
    break;
  }
  CHECK(first == std::vector<std::string>{"80", "81", "82", "84"});
  const CompilerPlan yolo = plan_in((*shared / "compiled" / "yolov5s" / "bm1684x_INT8").string());
  CHECK(sizes_of_groups(yolo) == std::vector<std::size_t>{4, 138});
  CHECK(yolo.figures == CompilerPlan::Figures::kStream);
}

TEST_CASE("a capture of ResNet-50 on two cores has seven groups, three shared by the cores") {
  const auto shared = shared_folder();
  if (!shared) return;
  const CompilerPlan plan =
      plan_in((*shared / "artefacts" / "bm1688_resnet50_int8_2core").string());
  CHECK(plan.cores == 2);
  CHECK(plan.figures == CompilerPlan::Figures::kStream);
  CHECK(sizes_of_groups(plan) == std::vector<std::size_t>{4, 4, 4, 4, 42, 5, 9});
  std::size_t shared_by_cores = 0;
  for (const RecordedUnit& unit : plan.units) {
    if (unit.slices == SliceCounts{1, 1, 1, 2, 1}) ++shared_by_cores;
  }
  CHECK(shared_by_cores == 3);
  CHECK_FALSE(plan.units.back().is_group);
  CHECK(plan.units.back().ops.at(0).code == "tpu.MatMul");
}

}  // namespace
}  // namespace tpuscope::test
