// What a file that is not a sound network gets: one clear error, its exit code, and never a crash.

#include <filesystem>
#include <random>

#include <doctest/doctest.h>

#include "tests/cli/errors.h"
#include "tests/support/onnx_model.h"
#include "tests/support/temporary_folder.h"

namespace tpuscope::test {
namespace {

std::string sound_model() {
  return onnx_bytes(onnx_input("x", {1, 8}) + onnx_node("Relu", "relu", {"x"}, {"y"}) +
                    onnx_output("y"));
}

/// Writes `bytes` as model.onnx and checks how `profile` refuses it.
void check_model_refused(const std::string& bytes, int exit_code,
                         const std::vector<std::string>& parts) {
  const TemporaryFolder folder;
  const std::string model = folder.write("model.onnx", bytes);
  const std::string trace = folder.file("trace.json");
  check_refused({"profile", model, "--trace", trace}, exit_code, parts);
  CHECK(folder.listing() == "model.onnx");  // no output, no half of one
}

TEST_CASE("a sound model is profiled") {
  const TemporaryFolder folder;
  const ProcessResult result = tpuscope({"profile", folder.write("model.onnx", sound_model())});
  CAPTURE(result.err);
  CHECK(result.exit_code == kDone);
  CHECK_FALSE(result.out.empty());
}

TEST_CASE("a truncated model is refused wherever it ends") {
  const std::string bytes = sound_model();
  for (const std::size_t quarter : {1U, 2U, 3U}) {
    check_model_refused(bytes.substr(0, bytes.size() * quarter / 4), kInput, {"model.onnx"});
  }
}

TEST_CASE("random bytes are refused") {
  std::mt19937 random(1);  // NOLINT(cert-msc51-cpp): the same bytes in every run
  for (const std::size_t size : {1U, 100U, 10'000U}) {
    std::string bytes;
    while (bytes.size() < size)
      bytes.push_back(static_cast<char>(random() & 0xff));
    check_model_refused(bytes, kInput, {"model.onnx"});
  }
}

TEST_CASE("an empty file is refused") {
  check_model_refused("", kInput, {"model.onnx"});
}

TEST_CASE("a file that does not exist is named") {
  check_refused({"profile", "no/such/model.onnx"}, kInput, {"no/such/model.onnx"});
}

TEST_CASE("a built-in network that does not exist is suggested") {
  check_refused({"profile", "swin_tt"}, kInput, {"swin_tt", "hint: ", "swin_t\""});
}

TEST_CASE("a folder is not a model") {
  const TemporaryFolder folder;
  check_refused({"profile", folder.path().string()}, kInput, {folder.path().string()});
}

TEST_CASE("a cycle is refused and named") {
  check_model_refused(
      onnx_bytes(onnx_input("x", {1, 8}) + onnx_node("Add", "first", {"x", "b"}, {"a"}) +
                 onnx_node("Relu", "second", {"a"}, {"b"}) + onnx_output("b")),
      kInput, {"cycle", "first"});
}

TEST_CASE("an operand that nothing produces is refused and named") {
  check_model_refused(
      onnx_bytes(onnx_input("x", {1, 8}) + onnx_node("Add", "sum", {"x", "nowhere"}, {"y"}) +
                 onnx_output("y")),
      kInput, {"nowhere", "sum"});
}

TEST_CASE("an open dimension is refused with the flag that settles it") {
  check_model_refused(onnx_bytes(R"(input { name: "x" type { tensor_type { elem_type: 1 shape {
                      dim { dim_param: "batch" } dim { dim_param: "width" } } } } })" +
                                 onnx_node("Relu", "relu", {"x"}, {"y"}) + onnx_output("y")),
                      kInput, {"x f32[batch,width]", "hint: ", "--dim width=640"});
}

TEST_CASE("a negative dimension is open") {
  check_model_refused(onnx_bytes(onnx_input("x", {1, -8}) +
                                 onnx_node("Relu", "relu", {"x"}, {"y"}) + onnx_output("y")),
                      kInput, {"x", "-8", "--shape x="});
}

TEST_CASE("a size beyond any memory is refused") {
  const std::int64_t huge = std::int64_t{1} << 40;
  check_model_refused(onnx_bytes(onnx_input("x", {huge, huge}) +
                                 onnx_node("Relu", "relu", {"x"}, {"y"}) + onnx_output("y")),
                      kInput, {"x"});
}

TEST_CASE("unsupported operators are all named at once, with their nodes") {
  check_model_refused(
      onnx_bytes(onnx_input("x", {1, 8}) + onnx_node("Frobnicate", "one", {"x"}, {"a"}) +
                 onnx_node("Relu", "fine", {"a"}, {"b"}) +
                 onnx_node("Defenestrate", "two", {"b"}, {"y"}) + onnx_output("y")),
      kUnsupported, {"Frobnicate", "one", "Defenestrate", "two"});
}

TEST_CASE("two nodes that produce one name are refused") {
  check_model_refused(
      onnx_bytes(onnx_input("x", {1, 8}) + onnx_node("Relu", "first", {"x"}, {"y"}) +
                 onnx_node("Sigmoid", "second", {"x"}, {"y"}) + onnx_output("y")),
      kInput, {"\"y\""});
}

TEST_CASE("a shape that only a missing initializer knows is refused") {
  check_model_refused(
      onnx_bytes(onnx_input("x", {1, 8}) +
                 R"( initializer { name: "shape" data_type: 7 dims: 2
                                       data_location: EXTERNAL
                                       external_data { key: "location" value: "gone.bin" } })" +
                 onnx_node("Reshape", "reshape", {"x", "shape"}, {"y"}) + onnx_output("y")),
      kInput, {"shape", "reshape"});
}

TEST_CASE("shapes that do not fit are refused with both numbers") {
  check_model_refused(onnx_bytes(onnx_input("x", {1, 8}) + onnx_input("z", {1, 7}) +
                                 onnx_node("Add", "sum", {"x", "z"}, {"y"}) + onnx_output("y")),
                      kInput, {"sum", "8", "7"});
}

}  // namespace
}  // namespace tpuscope::test
