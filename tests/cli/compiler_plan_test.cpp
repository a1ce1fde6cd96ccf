// Plans of the vendor's compiler on the command line: compare with a folder, --groups of one, two
// compiled models beside each other, one net of several.

#include <map>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "base/sha256.h"
#include "tests/cli/errors.h"
#include "tests/support/bmodel_examples.h"
#include "tests/support/final_example.h"
#include "tests/support/temporary_folder.h"

namespace tpuscope::test {
namespace {

using Json = nlohmann::ordered_json;

/// A network and the compile folder of it.
struct CompiledExample {
  TemporaryFolder models{};
  TemporaryFolder folder{};
  std::string network = models.write("small.tpu", small_network());

  CompiledExample() {
    folder.write("small_bm1684x_f16_final.mlir", small_final_text());
    folder.write("compiler_profile_0.txt", small_estimate());
  }
  std::string path() const { return folder.path().string(); }
};

std::string named_small_model(const TemporaryFolder& folder, const std::string& name) {
  BmodelFile file = convolution_file();
  file.locations = small_locations();
  return folder.write(name, file.bytes());
}

/// Two input shapes of one net, and another net.
std::string model_of_several(const TemporaryFolder& folder) {
  BmodelFile file = convolution_file();
  file.net = "first";
  BmodelFile shape = convolution_file();
  shape.net = "first";
  shape.input = {1, 8, 2, 8};
  BmodelFile other = convolution_file();
  other.net = "other";
  other.locations = small_locations();
  file.more = {shape, other};
  return folder.write("several.bmodel", file.bytes());
}

Json json_of(const std::vector<std::string>& arguments) {
  const ProcessResult result = tpuscope(arguments);
  CAPTURE(result.err);
  REQUIRE(result.exit_code == kDone);
  return Json::parse(result.out);
}

TEST_CASE("compare with a compile folder sets groups and ops of both plans beside each other") {
  const CompiledExample example;
  const ProcessResult text = tpuscope({"compare", example.network, example.path()});
  CAPTURE(text.err);
  REQUIRE(text.exit_code == kDone);
  CHECK(contains(text.out, "f16"));
  CHECK(contains(text.out, "4 of the compiler's 4 ops matched"));
  CHECK(contains(text.out, "the compiler's estimate"));
  const Json json = json_of({"compare", example.network, example.path(), "--json"});
  CHECK(json["kind"] == "tpuscope.plan_diff");
  CHECK(json["precision"] == "f16");
  CHECK(json["names"]["matched"] == 4);
  CHECK(json["compiler"]["groups"] == 1);
  // 4096 bytes in and out, two commands of each engine.
  CHECK(json["compiler"]["total"]["read_bytes"] == 4096);
  CHECK(json["compiler"]["total"]["bdc_commands"] == 2);
  REQUIRE(json["units"].size() == 3);
  CHECK(json["units"][1]["ops"] == Json{"a_Relu", "b_Sigmoid"});
  CHECK(json["units"][1]["slices"] == Json{1, 1, 1, 3, 1});
  CHECK(json["units"][1]["matched"] == 2);
}

TEST_CASE("the folder's chip and precision are taken, the command line's win") {
  const CompiledExample example;
  const Json own =
      json_of({"compare", example.network, example.path(), "--precision", "bf16", "--json"});
  CHECK(own["precision"] == "bf16");
  CHECK(own["chip"] == "bm1684x");
}

TEST_CASE("what a comparison of plans cannot do is refused") {
  const CompiledExample example;
  check_refused({"compare", example.network, example.path(), "--html", example.models.file("p")},
                kUsage, {"--html"});
  check_refused({"compare", example.network, example.path(), "--before", "none"}, kUsage,
                {"--before"});
  check_refused({"compare", example.network, example.network}, kUsage,
                {"neither a compile folder nor a compiled model"});
  check_refused({"compare", example.network, example.path(), example.path()}, kUsage,
                {"two at most"});
  check_refused({"compare", example.network, example.models.path().string()}, kUsage,
                {"neither a compile folder"});
}

TEST_CASE("--groups of a compile folder says how much of it was taken") {
  const CompiledExample example;
  const ProcessResult run = tpuscope({"profile", example.network, "--groups", example.path()});
  CAPTURE(run.err);
  REQUIRE(run.exit_code == kDone);
  CHECK(contains(run.err, "4 of its 4 ops matched"));
  CHECK(contains(run.err, "1 of 1 groups taken"));
  const Json report =
      json_of({"profile", example.network, "--groups", example.path(), "--json", "-q"});
  std::map<std::string, Json> ids;
  for (const Json& op : report["ops"])
    ids[op["name"]] = op["id"];
  // A sigmoid runs in f32: the cast before it, which the folder does not have, is in the group.
  const Json members{ids["a"], ids["a_f32"], ids["b"]};
  bool has_group = false;
  for (const Json& group : report["groups"])
    has_group = has_group || (group["ops"] == members && group["secs"] == Json{1, 1, 1, 3, 1});
  CHECK(has_group);
  check_refused({"profile", example.network, "--groups", example.models.path().string()}, kInput,
                {"no plan of the compiler"});
}

TEST_CASE("two compiled models are compared as before and after") {
  const TemporaryFolder folder;
  const std::string before = named_small_model(folder, "a.bmodel");
  const std::string after = named_small_model(folder, "b.bmodel");
  const Json json = json_of({"compare", before, after, "--json"});
  CHECK(json["before"]["summary"]["time_ps"] == json["after"]["summary"]["time_ps"]);
  CHECK(tpuscope({"compare", before, after, "--html", folder.file("p.html")}).exit_code == kDone);
  check_refused({"compare", before, after, "--passes", "none"}, kUsage, {"--passes"});
  check_refused({"compare", before, after, "--precision", "f16"}, kUsage, {"--precision"});
}

TEST_CASE("runs of the same streams are joined by command") {
  const TemporaryFolder folder;
  const std::string model = named_small_model(folder, "a.bmodel");
  const Json json = json_of({"diff", model, model, "--json"});
  // Three commands of the BDC and four of the GDMA, the ends included.
  CHECK(json["commands"]["joined"] == 7);
  CHECK(json["commands"]["only_base"] == 0);
  std::size_t commands = 0;
  for (const Json& row : json["commands"]["classes"]) {
    CHECK(row["base_ps"] == row["now_ps"]);
    commands += row["commands"].get<std::size_t>();
  }
  CHECK(commands == 7);
  CHECK(json["commands"]["ops"].size() == 2);
  CHECK(contains(tpuscope({"diff", model, model, "--markdown"}).out, "| class of commands |"));
  BmodelFile other = convolution_file();
  other.cores[0].bdc.erase(other.cores[0].bdc.begin() + 1, other.cores[0].bdc.end());
  const ProcessResult differing =
      tpuscope({"diff", model, folder.write("short.bmodel", other.bytes())});
  CHECK(contains(differing.out, "streams, which are not joined"));
}

TEST_CASE("of several nets and input shapes the first is taken, or the one that --net names") {
  const TemporaryFolder folder;
  const std::string model = model_of_several(folder);
  const ProcessResult first = tpuscope({"profile", model});
  REQUIRE(first.exit_code == kDone);
  CHECK(contains(first.err, "simulated is first:0 [1,8,4,4], one of 3 in the file"));
  CHECK(contains(first.err, "first:1 [1,8,2,8], other:0 [1,8,4,4]"));
  CHECK(contains(tpuscope({"profile", model, "--net", "first:1"}).err, "simulated is first:1"));
  const ProcessResult other = tpuscope({"profile", model, "--net", "other"});
  CHECK(contains(other.out, "tpu.Conv2D"));
  check_refused({"profile", model, "--net", "first:2"}, kUsage, {"no net \"first:2\""});
  CHECK(tpuscope({"diff", model + "#first:1", model + "#other"}).exit_code == kDone);
  check_refused({"diff", model + "#none", model}, kUsage, {"no net \"none\""});
  check_refused({"profile", "resnet50", "--net", "first"}, kUsage, {"--net"});
  const ProcessResult alone = tpuscope({"profile", named_small_model(folder, "one.bmodel")});
  CHECK_FALSE(contains(alone.err, "--net"));
}

TEST_CASE("check lists every net and shape of a compiled model, with the MACs of its commands") {
  const TemporaryFolder folder;
  const Json json = json_of({"check", model_of_several(folder), "--json"});
  REQUIRE(json["files"].size() == 3);
  CHECK(contains(json["files"][1]["file"].get<std::string>(), "first:1 [1,8,2,8]"));
  // 8 x 8 channels on 4 x 4 pixels.
  for (const Json& file : json["files"])
    CHECK(file["macs"] == 8 * 8 * 16);
  CHECK(json_of({"check", folder.file("several.bmodel"), "--net", "other", "--json"})["files"]
            .size() == 1);
}

TEST_CASE("a report names the bytes of the compiled model") {
  const TemporaryFolder folder;
  const std::string model = named_small_model(folder, "a.bmodel");
  const Json report = json_of({"profile", model, "--json"});
  CHECK(report["context"]["model"]["sha256"] == sha256_hex(read_bytes(model)));
}

}  // namespace
}  // namespace tpuscope::test
