// Which switches a text names, sets of them, and what the planner makes of them.

#include "passes/switch_set.h"

#include <algorithm>

#include <doctest/doctest.h>

namespace tpuscope {
namespace {

TEST_CASE("a specification is presets with edits, and names are in running order") {
  CHECK(*parse_switches("optimized") == SwitchSet::all());
  CHECK(parse_switches("none")->empty());
  CHECK(parse_switches("+cancel_permutes,split_qkv_permute")->names() ==
        std::vector<std::string>{"split_qkv_permute", "cancel_permutes"});
  CHECK(SwitchSet::all() - *parse_switches("optimized,-cancel_permutes") ==
        SwitchSet{"cancel_permutes"});
}

TEST_CASE("signs part a specification as commas do") {
  CHECK(*parse_switches("baseline+sink_permute-fuse_relu") ==
        *parse_switches("baseline,+sink_permute,-fuse_relu"));
  CHECK(*parse_switches("baseline+sink_permute") != *parse_switches("baseline"));
}

TEST_CASE("what is printed is parsed back") {
  for (const std::string text : {"none", "baseline", "optimized", "baseline+sink_permute",
                                 "optimized-layer_group", "none+fuse_right_transpose"}) {
    CAPTURE(text);
    CHECK(specification_of(*parse_switches(text)) == text);
  }
  // The nearest preset is the shortest way to say it.
  SwitchSet most = SwitchSet::all();
  most.set("fuse_relu", false);
  CHECK(specification_of(most) == "optimized-fuse_relu");
}

TEST_CASE("an unknown switch is a usage error with a suggestion") {
  const auto switches = parse_switches("cancel_permute");
  REQUIRE_FALSE(switches.ok());
  CHECK(switches.error().code == ErrorCode::kUsage);
  CHECK(switches.error().hint == "did you mean \"cancel_permutes\"?");
  CHECK(parse_switches("+baseline").error().message == "unknown switch \"baseline\"");
}

TEST_CASE("a name that is no switch's is a bug of the caller") {
  CHECK_THROWS_AS(static_cast<void>(SwitchSet{"cancel_permute"}), InternalError);
  CHECK_THROWS_AS(static_cast<void>(SwitchSet::all().has("")), InternalError);
}

TEST_CASE("passes and the planner's switches are distinguished") {
  const SwitchSet mixed{"sink_permute", "local.squeeze"};
  CHECK(mixed.passes() == SwitchSet{"sink_permute"});
  CHECK(mixed - mixed.passes() == SwitchSet{"local.squeeze"});
  for (const Switch& each : switches())
    CHECK((each.pass == nullptr) != (each.planner == nullptr));
}

TEST_CASE("a family has several members, and every name in it is a pass") {
  const auto members = std::count_if(switches().begin(), switches().end(), [](const Switch& each) {
    return each.family != nullptr && each.family->name == "transpose_elimination";
  });
  CHECK(members > 1);
  CHECK(find_switch("fuse_relu")->family == nullptr);
}

TEST_CASE("the compiler fuses a ReLU and groups before and after the published optimisation") {
  for (const char* preset : {"baseline", "optimized"}) {
    CHECK(parse_switches(preset)->has("fuse_relu"));
    CHECK(parse_switches(preset)->has("layer_group"));
  }
  CHECK_FALSE(parse_switches("baseline")->has("local.squeeze"));
}

TEST_CASE("no chosen method leaves it to the switch whether there are groups") {
  const auto method = [](std::optional<GroupMethod> chosen, const SwitchSet& switches) {
    return *with_switches({.method = chosen}, switches).method;
  };
  CHECK(method({}, {"layer_group"}) == GroupMethod::kDp);
  CHECK(method({}, {"local.squeeze"}) == GroupMethod::kAlone);
  for (const GroupMethodName& each : group_methods()) {
    CHECK(method(each.method, {"layer_group"}) == each.method);
    CHECK(method(each.method, {}) == each.method);
  }
}

TEST_CASE("without groups the planner's other switches set nothing") {
  CHECK(with_switches({}, *parse_switches("optimized,-layer_group")) ==
        with_switches({}, *parse_switches("none")));
  CHECK(with_switches({}, SwitchSet::all()).support.squeeze);
}

TEST_CASE("presets have what the compiler of a year has, and a switch by name is on in any year") {
  CHECK(compiler_years() == std::vector<int>{2022, 2023, 2024, 2026});
  CHECK(*parse_switches("optimized", 2022) == *parse_switches("baseline"));
  CHECK(parse_switches("optimized", 2023)->has("local.squeeze"));
  CHECK_FALSE(parse_switches("optimized", 2023)->has("split_products"));
  CHECK_FALSE(parse_switches("optimized", 2024)->has("fold_stems"));
  CHECK(parse_switches("optimized,+fold_stems", 2024)->has("fold_stems"));
  CHECK(*parse_switches("optimized", 2026) == SwitchSet::all());
}

}  // namespace
}  // namespace tpuscope
