// Keys reach exactly what they name.

#include "profiles/sweep/keys.h"

#include <doctest/doctest.h>

namespace tpuscope {
namespace {

Configuration optimized() {
  Configuration base;
  base.switches = *parse_switches("optimized");
  return base;
}

/// The configuration with every axis at its first value.
Configuration with(const std::vector<std::string>& texts, const Configuration& base) {
  std::vector<SweepAxis> axes;
  for (const std::string& text : texts)
    axes.push_back(*parse_axis(text));
  const Status status = check_axes(axes, base, 1);
  REQUIRE_MESSAGE(status.ok(), status.error().message);
  return *configured(base, axes, std::vector<std::size_t>(axes.size(), 0));
}

std::string error_of_configuration(const std::string& text) {
  std::vector<SweepAxis> axes = {*parse_axis(text)};
  const Status status = check_axes(axes, optimized(), 1);
  REQUIRE(!status.ok());
  CHECK(status.error().code == ErrorCode::kUsage);
  return status.error().message + " | " + status.error().hint;
}

TEST_CASE("each key changes what it names") {
  const Configuration changed =
      with({"precision=int8", "batch=4", "passes.layer_group.max_ops=8",
            "passes.layer_group.local_kib=128", "passes.layer_group.method=greedy",
            "passes.layer_group.slices=2x1x1x4x1", "chip=bm1688", "cores=1", "ddr.peak_gbps=20"},
           optimized());
  CHECK(changed.precision.precision == DType::kI8);
  CHECK(changed.batch == 4);
  CHECK(changed.groups.max_ops == 8);
  CHECK(changed.groups.local_bytes == 128 * 1024);
  CHECK(changed.groups.method == GroupMethod::kGreedy);
  CHECK(changed.groups.slices == SliceCounts{2, 1, 1, 4, 1});
  const Chip chip = *chip_of(changed);
  CHECK(chip.name == "bm1688");
  CHECK(chip.array.cores == 1);
  CHECK(chip.ddr.peak_gbps == 20);
}

TEST_CASE("a switch is turned alone, and a preset before it whatever the order") {
  CHECK(optimized().switches.has("sink_permute"));
  CHECK(!with({"passes.sink_permute=off"}, optimized()).switches.has("sink_permute"));
  const Configuration both = with({"passes.local.slice_5d=on", "passes=none"}, optimized());
  CHECK(both.switches == SwitchSet{"local.slice_5d"});
  CHECK(with({"preset=baseline"}, optimized()).switches == *parse_switches("baseline"));
  CHECK(with({"passes=baseline+sink_permute-fuse_relu"}, optimized()).switches ==
        *parse_switches("baseline,+sink_permute,-fuse_relu"));
}

TEST_CASE("axes know the value that would be there without the sweep") {
  std::vector<SweepAxis> axes = {*parse_axis("batch=1,2"), *parse_axis("clock.tiu_mhz=500,1000"),
                                 *parse_axis("passes=none,optimized"),
                                 *parse_axis("passes.fuse_relu=on,off")};
  REQUIRE(check_axes(axes, optimized(), 3).ok());
  CHECK(axes[0].base == "3");
  CHECK(axes[1].key == "chip.clock.tiu_mhz");
  CHECK(axes[1].base == "950");
  CHECK(axes[2].base == "optimized");
  CHECK(axes[3].base == "on");
  Configuration other = optimized();
  other.switches = *parse_switches("baseline,+sink_permute");
  REQUIRE(check_axes(axes, other, 3).ok());
  CHECK(axes[2].base == "baseline+sink_permute");
}

TEST_CASE("unknown keys and values of the wrong kind are refused with a suggestion") {
  CHECK(error_of_configuration("precisoin=f16") ==
        "nothing is called \"precisoin\" | did you mean \"precision\"?");
  CHECK(error_of_configuration("chip.command.load_start_cycle=1")
            .find("\"chip.command.load_start_cycles\"") != std::string::npos);
  CHECK(error_of_configuration("xyzzy=1").find("tpuscope list sweep-keys") != std::string::npos);
  CHECK(error_of_configuration("precision=f17").find("unknown precision") != std::string::npos);
  CHECK(error_of_configuration("passes.fuse_relu=yes").find("neither on nor off") !=
        std::string::npos);
  CHECK(error_of_configuration("batch=1.5").find("no whole number") != std::string::npos);
  CHECK(error_of_configuration("chip.clock.tiu_mhz=fast").find("no number") != std::string::npos);
  CHECK(error_of_configuration("passes.layer_group.slices=1x2").find("4x1x1x2x1") !=
        std::string::npos);
}

TEST_CASE("all mistakes are reported at once, and one key is varied once") {
  std::vector<SweepAxis> axes = {*parse_axis("foo=1"), *parse_axis("precision=f17"),
                                 *parse_axis("batch=1"), *parse_axis("batch=2")};
  const Status status = check_axes(axes, optimized(), 1);
  REQUIRE(!status.ok());
  CHECK(status.errors().size() == 3);
  CHECK(status.errors()[2].message == "batch is varied twice");
}

TEST_CASE("the method of groups wins over presets and over its switch, whatever the order") {
  const auto method = [](const std::vector<std::string>& texts) {
    const Configuration changed = with(texts, optimized());
    CHECK(changed.switches.has("layer_group") == (group_method_of(changed) != GroupMethod::kAlone));
    return std::string(name_of(group_method_of(changed)));
  };
  CHECK(method({"passes=optimized"}) == "dp");
  CHECK(method({"passes=none"}) == "none");
  CHECK(method({"passes.layer_group.method=none"}) == "none");
  CHECK(method({"passes.layer_group.method=none", "passes=optimized"}) == "none");
  CHECK(method({"passes.layer_group.method=greedy", "passes=none"}) == "greedy");
  CHECK(method({"passes.layer_group.method=optimal", "passes.layer_group=off"}) == "optimal");
}

TEST_CASE("what the command line says of groups holds for every preset that is varied") {
  Configuration base = optimized();
  choose_group_method(base, GroupMethod::kAlone);
  CHECK(group_method_of(with({"passes=optimized"}, base)) == GroupMethod::kAlone);
  choose_group_method(base, GroupMethod::kGreedy);
  CHECK(group_method_of(with({"passes=none"}, base)) == GroupMethod::kGreedy);
  // But the axis of the switch itself is there to be varied.
  CHECK(group_method_of(with({"passes.layer_group=off"}, base)) == GroupMethod::kAlone);
  CHECK(group_method_of(with({"passes.layer_group=on"}, base)) == GroupMethod::kGreedy);
  choose_group_method(base, GroupMethod::kAlone);
  CHECK(group_method_of(with({"passes.layer_group=on"}, base)) == GroupMethod::kDp);
}

TEST_CASE("the base of a method is what the switches make of it") {
  std::vector<SweepAxis> axes = {*parse_axis("passes.layer_group.method=greedy")};
  Configuration base = optimized();
  REQUIRE(check_axes(axes, base, 1).ok());
  CHECK(axes[0].base == "dp");
  choose_switches(base, {});
  REQUIRE(check_axes(axes, base, 1).ok());
  CHECK(axes[0].base == "none");
  CHECK(error_of_configuration("passes.layer_group.method=alone").find("greedy") !=
        std::string::npos);
}

TEST_CASE("more cores than there are are no machine") {
  Configuration configuration = optimized();
  configuration.cores = 2;
  CHECK(!chip_of(configuration).ok());
  configuration.chip = "bm1688";
  CHECK(chip_of(configuration)->array.cores == 2);
}

}  // namespace
}  // namespace tpuscope
