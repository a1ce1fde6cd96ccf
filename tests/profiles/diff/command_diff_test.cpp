// Two runs of the same streams: joined by id, summed by class, op and group.

#include "profiles/diff/command_diff.h"

#include <doctest/doctest.h>

#include "profiles/diff/diff.h"
#include "tests/support/shared_files.h"

namespace tpuscope::test {
namespace {

RunCommand command_of(Engine engine, std::uint32_t id, const std::string& kind, std::int64_t length,
                      const std::string& op = "") {
  return {.engine = engine,
          .id = id,
          .kind = kind,
          .op = op,
          .group = op.empty() ? "" : "group 0: a",
          .length = {length}};
}

TEST_CASE("commands of the same streams are joined by id, in whatever order they come") {
  const std::vector<RunCommand> measured = {command_of(Engine::kBdc, 1, "CONV", 100),
                                            command_of(Engine::kBdc, 2, "AR one", 10),
                                            command_of(Engine::kGdma, 1, "load", 50)};
  const std::vector<RunCommand> priced = {
      command_of(Engine::kGdma, 1, "load", 40, "a"), command_of(Engine::kBdc, 1, "CONV", 103, "a"),
      command_of(Engine::kBdc, 2, "AR one", 12, "b"), command_of(Engine::kBdc, 3, "SYS", 5, "b")};
  const auto diff = diff_commands(measured, priced);
  REQUIRE(diff);
  CHECK(diff->pairs.size() == 3);
  CHECK(diff->only_base == 0);
  CHECK(diff->only_now == 1);  // the end, which the monitor was too late for
  REQUIRE(diff->kinds.size() == 3);
  CHECK(diff->kinds[0].name == "CONV");
  CHECK(diff->kinds[0].base.value == 100);
  CHECK(diff->kinds[0].now.value == 103);
  // The largest change first: -10 of the load against +3 of the convolution.
  CHECK(diff->pairs[0].base->kind == "load");
  CHECK(diff->pairs[0].change().value == -10);
  // The names are those of the side that has some.
  REQUIRE(diff->ops.size() == 2);
  CHECK(diff->ops[0].name == "a");
  CHECK(diff->ops[0].base.value == 150);
  CHECK(diff->ops[0].now.value == 143);
  REQUIRE(diff->groups.size() == 1);
  CHECK(diff->groups[0].commands == 3);
}

TEST_CASE("streams that are not the same are not joined") {
  const std::vector<RunCommand> one = {command_of(Engine::kBdc, 1, "CONV", 100)};
  CHECK_FALSE(diff_commands(one, {}).has_value());
  CHECK_FALSE(diff_commands(one, {command_of(Engine::kBdc, 1, "AR one", 100)}).has_value());
  CHECK_FALSE(diff_commands(one, {command_of(Engine::kGdma, 1, "CONV", 100)}).has_value());
  std::vector<RunCommand> longer;
  for (std::uint32_t id = 1; id < 4; ++id)
    longer.push_back(command_of(Engine::kBdc, id, "CONV", 100));
  CHECK_FALSE(diff_commands(one, longer).has_value());
  longer.resize(2);
  CHECK(diff_commands(one, longer).has_value());
}

TEST_CASE("a board's capture beside its priced streams: every command, by class, group and op") {
  const auto shared = shared_folder();
  if (!shared) return;
  const std::string folder = (*shared / "artefacts" / "bm1684x_blazeface_f16").string();
  const Result<RunSummary> measured = read_run(folder);
  const Result<RunSummary> priced = read_run(folder + "#simulated");
  REQUIRE(measured.ok());
  REQUIRE(priced.ok());
  const Diff diff = diff_runs(*measured, *priced);
  REQUIRE(diff.commands);
  // 161 of the GDMA and 93 of the BDC, of which the monitor missed the last.
  CHECK(diff.commands->pairs.size() == 161 + 93 - 1);
  CHECK(diff.commands->only_now == 1);
  for (const CommandSums& row : diff.commands->kinds) {
    CAPTURE(row.name);
    constexpr std::int64_t kMicrosecond = 1'000'000;
    if (row.base.value < kMicrosecond) continue;  // too little for a share
    CHECK(static_cast<double>(row.now.value) / static_cast<double>(row.base.value) ==
          doctest::Approx(1).epsilon(0.11));
  }
  // 12 layer groups; ops by the numbers of their lines.
  std::size_t groups = 0;
  for (const CommandSums& row : diff.commands->groups)
    groups += row.name.starts_with("group ") ? 1U : 0U;
  CHECK(groups == 12);
  std::size_t commands = 0;
  for (const CommandSums& row : diff.commands->ops)
    commands += row.commands;
  CHECK(commands == diff.commands->pairs.size());
}

}  // namespace
}  // namespace tpuscope::test
