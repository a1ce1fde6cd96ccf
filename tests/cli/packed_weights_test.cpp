// --precision w4f16 and --group-size, and llm on a graph of all layers, as users call them.

#include <doctest/doctest.h>

#include "tests/cli/errors.h"
#include "tests/support/places.h"

namespace tpuscope::test {
namespace {

std::string packed_case(const std::string& name) {
  return source_folder() + "/tests/cases/" + name;
}

TEST_CASE("packed weights are read instead of those in half precision") {
  const std::string block = packed_case("language/block_decode.onnx");
  const ProcessResult run = tpuscope({"check", block, "--precision", "w4bf16"});
  CHECK(run.exit_code == kDone);
  CHECK(contains(run.out, "verified"));
  const ProcessResult stored =
      tpuscope({"profile", packed_case("language/block_decode_qdq_int4.onnx")});
  CHECK(contains(stored.err, "7 in i4 with groups of 128"));
}

TEST_CASE("groups that do not fit, and groups of nothing, are one error each") {
  const std::string block = packed_case("language/block_decode.onnx");
  const ProcessResult odd =
      tpuscope({"profile", block, "--precision", "w4f16", "--group-size", "100"});
  CHECK(odd.exit_code == kUnsupported);
  CHECK(contains(odd.err, "groups of 100 do not divide the 1536"));
  const ProcessResult none = tpuscope({"profile", block, "--group-size", "32"});
  CHECK(none.exit_code == kUsage);
  CHECK(contains(none.err, "concerns packed weights"));
  CHECK(tpuscope({"profile", block, "--precision", "w5f16"}).exit_code == kUsage);
}

TEST_CASE("llm takes a graph of all layers with its configuration, and says what it simulates") {
  const ProcessResult run = tpuscope({"llm", packed_case("genai/genai_config.json")});
  CHECK(run.exit_code == kDone);
  CHECK(contains(run.out, "3 of 3 layers are equal: one is simulated for all"));
  CHECK(contains(run.out, "groups of 32"));
  const ProcessResult folder = tpuscope({"llm", packed_case("genai")});
  CHECK(folder.exit_code == kInput);
  CHECK(contains(folder.err, "model.onnx.data"));
}

}  // namespace
}  // namespace tpuscope::test
