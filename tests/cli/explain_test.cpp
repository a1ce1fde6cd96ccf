// `tpuscope explain` as users call it.

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/cli/errors.h"
#include "tests/support/cli.h"
#include "tests/support/process.h"
#include "tests/support/temporary_folder.h"

namespace tpuscope::test {
namespace {

TEST_CASE("explain tells of a run, a gap, a group and an op, as text and as JSON") {
  const std::vector<std::pair<std::vector<std::string>, std::string>> calls = {
      {{}, "sensitivity to"},
      {{"--gap", "1"}, "attributed by cause"},
      {{"--group", "0"}, "priced by"},
      {{"--op", "Gemm"}, "priced by"}};
  for (const auto& call : calls) {
    std::vector<std::string> words = {"explain", "resnet50"};
    words.insert(words.end(), call.first.begin(), call.first.end());
    const ProcessResult text = tpuscope(words);
    CAPTURE(call.second);
    CAPTURE(text.err);
    CHECK(text.exit_code == 0);
    CHECK(contains(text.out, call.second));
    words.emplace_back("--json");
    const ProcessResult json = tpuscope(words);
    CHECK(nlohmann::ordered_json::parse(json.out)["kind"] == "tpuscope.explanation");
    CHECK(tpuscope(words).out == json.out);
  }
}

TEST_CASE("explain ranks capabilities") {
  const ProcessResult result =
      tpuscope({"explain", "--capabilities", "resnet50", "--passes", "none", "--json"});
  CHECK(result.exit_code == 0);
  const auto rows = nlohmann::ordered_json::parse(result.out)["capabilities"]["rows"];
  CHECK(rows[0]["name"] == "layer_group");
}

TEST_CASE("the ranking of capabilities is Markdown and a page on demand; other answers are not") {
  const TemporaryFolder folder;
  const std::string model = folder.write(
      "small.tpu",
      "x = Input f32[1,64,16,16]\nr = Relu(x)\np = Permute(r) order=[0,2,1,3]\ns = Sigmoid(p)\n"
      "return s\n");
  const std::vector<std::string> asked = {"explain", model, "--capabilities", "--passes", "none"};
  const auto with = [&](std::vector<std::string> more) {
    std::vector<std::string> words = asked;
    words.insert(words.end(), more.begin(), more.end());
    return tpuscope(words);
  };
  const ProcessResult markdown = with({"--markdown"});
  CHECK(markdown.exit_code == kDone);
  CHECK(markdown.out.starts_with("### small, "));
  CHECK(contains(markdown.out, "| rules without local-memory support |"));
  CHECK(contains(markdown.out, "| rule | ops | pattern | first |"));
  CHECK(contains(markdown.out, "Permute f16\\[1,64,16,16\\]"));
  const std::string page = folder.file("capabilities.html");
  CHECK(with({"--html", page}).exit_code == kDone);
  CHECK(contains(read_bytes(page), "\"capabilities\":"));
  CHECK(contains(read_bytes(page), "Missing capabilities of small"));
  check_refused({"explain", model, "--markdown"}, kUsage, {"--markdown goes with --capabilities"});
  check_refused({"explain", model, "--gap", "1", "--html", page}, kUsage, {"--html goes with"});
}

TEST_CASE("explain refuses two questions at once and things that are not there") {
  CHECK(tpuscope({"explain", "resnet50", "--gap", "1", "--group", "1"}).exit_code == 2);
  const ProcessResult group = tpuscope({"explain", "resnet50", "--group", "9999"});
  CHECK(group.exit_code == 2);
  CHECK(contains(group.err, "there is no group 9999"));
  CHECK(tpuscope({"explain", "resnet50", "--op", "no such op"}).exit_code == 2);
  CHECK(tpuscope({"explain"}).exit_code == 2);
}

TEST_CASE("a comparison is Markdown on demand, and brief on demand") {
  const ProcessResult markdown = tpuscope({"compare", "resnet50", "--markdown"});
  CHECK(markdown.exit_code == 0);
  CHECK(markdown.out.rfind("### ", 0) == 0);
  CHECK(contains(markdown.out, "| int8 |"));
  const ProcessResult brief = tpuscope({"compare", "resnet50", "--brief"});
  CHECK(brief.exit_code == 0);
  CHECK(!contains(brief.out, "optimisation breakdown"));
  CHECK(contains(brief.out, "where the time goes"));
}

}  // namespace
}  // namespace tpuscope::test
