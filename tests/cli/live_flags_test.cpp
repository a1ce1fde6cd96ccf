// Pages that are to be live: without an engine, or without a page, nothing is run.

#include <filesystem>

#include <doctest/doctest.h>

#include "tests/cli/errors.h"
#include "tests/support/temporary_folder.h"

namespace tpuscope::test {
namespace {

TEST_CASE("without an engine the error says where it was looked for and how to build it") {
  const TemporaryFolder folder;
  const std::string page = folder.file("page.html");
  check_fails(
      {"profile", "resnet50", "--html", page, "--live", "--engine", folder.path().string()}, kUsage,
      {"there is no tpuscope-engine.wasm in " + folder.path().string(), "cmake --preset wasm"});
  CHECK_FALSE(std::filesystem::exists(page));
}

TEST_CASE(
    "what makes pages live needs a page, an engine needs --live, and two models have no panel") {
  check_fails({"profile", "resnet50", "--live"}, kUsage, {"--live makes a page live", "--html"});
  check_fails({"compare", "resnet50", "--engine", "."}, kUsage, {"--engine is for --live"});
  check_fails({"compare", "resnet50", ".", "--live"}, kUsage, {"--live"});
}

TEST_CASE("an engine is put in the page as it is, and not without being asked for") {
  const TemporaryFolder folder;
  folder.write("tpuscope-engine.js", "// the script");
  folder.write("tpuscope-engine.wasm", "the engine");
  const std::string page = folder.file("page.html");
  CHECK(tpuscope(
            {"profile", "resnet50", "--html", page, "--live", "--engine", folder.path().string()})
            .exit_code == kDone);
  const std::string live = read_bytes(page);
  CHECK(contains(live, "id=\"engine-wasm\""));
  CHECK(contains(live, "script-src 'wasm-unsafe-eval'"));
  CHECK(contains(live, "worker-src blob:"));
  const std::string plain = folder.file("plain.html");
  CHECK(tpuscope({"profile", "resnet50", "--html", plain}).exit_code == kDone);
  CHECK_FALSE(contains(read_bytes(plain), "id=\"engine-wasm\""));
  CHECK_FALSE(contains(read_bytes(plain), "worker-src blob:"));
}

}  // namespace
}  // namespace tpuscope::test
