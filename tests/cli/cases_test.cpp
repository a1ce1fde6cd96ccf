// Small files as people bring them: what the program does with each.

#include <filesystem>

#include <doctest/doctest.h>

#include "graph/frontend.h"
#include "tests/support/cli.h"
#include "tests/support/onnx_models.h"
#include "tests/support/places.h"
#include "tests/support/temporary_folder.h"

namespace tpuscope::test {
namespace {

std::string case_file(const std::string& name) {
  return source_folder() + "/tests/cases/" + name;
}

/// `check` of a case with more words after it.
ProcessResult checked(const std::string& name, const std::vector<std::string>& more = {}) {
  std::vector<std::string> words = {"check", case_file(name), "--wide"};
  words.insert(words.end(), more.begin(), more.end());
  return tpuscope(words);
}

void check_verified(const std::string& name, const std::vector<std::string>& more = {}) {
  const ProcessResult result = checked(name, more);
  CAPTURE(name);
  CAPTURE(result.err);
  CHECK(result.exit_code == kDone);
  CHECK(contains(result.out, "verified"));
}

TEST_CASE("files of today's operator sets and operators are read and run") {
  for (const char* name :
       {"39_lstm.onnx", "x13_stft.onnx", "packed_weights.onnx", "channels_last_int8.onnx",
        "quantised_attention.onnx", "nchwc_depthwise.onnx", "34_opset_20.onnx",
        "43_unread_unknown_operator.onnx", "44_local_function.onnx", "45_einsum_ellipsis.onnx",
        "47_all_external.onnx", "x08_loop_constant_trips.onnx", "x12_concat_from_sequence.onnx",
        "x26_rotary_embedding.onnx", "x28_swish_tensor_scatter.onnx",
        "x30_group_normalization_21.onnx", "x43_loop_of_tensorflow.onnx"}) {
    check_verified(name);
  }
}

TEST_CASE("open extents are settled by the batch, by symbols, by shapes and by values") {
  check_verified("27_dynamic_batch.onnx");
  check_verified("27_dynamic_batch.onnx", {"--batch", "4"});
  check_verified("r20_dynamic_batch.onnx", {"--batch", "1"});
  check_verified("28_dynamic_image.onnx", {"--dim", "height=64", "--dim", "width=96"});
  check_verified("31_length_is_an_input.onnx", {"--value", "length=4"});
  CHECK(contains(checked("31_length_is_an_input.onnx").err, "--value length="));
  check_verified("x24_time_of_two_inputs.onnx", {"--dim", "past=32", "--dim", "sequence=16"});
  const ProcessResult open = checked("x24_time_of_two_inputs.onnx");
  CHECK(open.exit_code == kInput);
  CHECK(contains(open.err, "--dim past="));
  CHECK(contains(open.err, "--dim sequence="));
}

TEST_CASE("the batch that is assumed is said, unless nobody wants to hear of it") {
  CHECK(contains(checked("27_dynamic_batch.onnx").err, "is taken as 1"));
  CHECK(checked("27_dynamic_batch.onnx", {"--quiet"}).err.empty());
  CHECK_FALSE(contains(checked("27_dynamic_batch.onnx", {"--batch", "2"}).err, "taken as"));
}

TEST_CASE("a stale shape is a warning, and the operators' own goes on") {
  const ProcessResult result = checked("32_stale_output_shape.onnx");
  CHECK(result.exit_code == kDone);
  CHECK(contains(result.err, "note: "));
  CHECK(contains(result.err, "the file declares"));
}

TEST_CASE(
    "work of the host is in the run and said, with the tensor at which the network ends before") {
  check_verified("42_detector_tail.onnx");
  const std::string said = checked("42_detector_tail.onnx").err;
  CHECK(contains(said, "work of the host: NonMaxSuppression"));
  CHECK(contains(said, "(--max-rows)"));
  CHECK(contains(said, "--outputs Relu_1_o ends the network before"));
  check_verified("42_detector_tail.onnx", {"--outputs", "Relu_1_o"});
  CHECK_FALSE(
      contains(checked("42_detector_tail.onnx", {"--outputs", "Relu_1_o"}).err, "of the host"));
}

TEST_CASE("selections, regions and classical learning are work of the host at every precision") {
  for (const char* name :
       {"x03_nonzero_gathernd.onnx", "x05_roi_align.onnx", "x15_ml_scaler_classifier.onnx"}) {
    for (const char* precision : {"f32", "f16", "int8"})
      check_verified(name, {"--precision", precision});
  }
  CHECK(contains(checked("x15_ml_scaler_classifier.onnx").err, "run it where the data are"));
  CHECK_FALSE(contains(checked("x03_nonzero_gathernd.onnx").err, "run it where the data are"));
}

TEST_CASE("the time for which the chip waits for the host is a row of its own") {
  const ProcessResult result =
      tpuscope({"profile", case_file("x03_nonzero_gathernd.onnx"), "--precision", "f16"});
  CHECK(result.exit_code == kDone);
  CHECK(contains(result.out, "work of the host"));
  const ProcessResult without =
      tpuscope({"profile", case_file("x13_stft.onnx"), "--precision", "f16"});
  CHECK_FALSE(contains(without.out, "work of the host"));
}

TEST_CASE("a selection gives as many rows as the flag says, or as there may be") {
  const auto rows = [](const std::vector<std::string>& more) {
    std::vector<std::string> words = {"optimize", case_file("x03_nonzero_gathernd.onnx"), "-o",
                                      "-"};
    words.insert(words.end(), more.begin(), more.end());
    return tpuscope(words);
  };
  CHECK(contains(rows({"--max-rows", "7"}).out, ",7]"));
  CHECK_FALSE(contains(rows({}).out, ",7]"));
  CHECK(rows({"--max-rows", "-1"}).exit_code == kUsage);
}

TEST_CASE("rows, maps and filters longer than a lane are worked off at every precision") {
  for (const char* name :
       {"13_group_norm_unet.onnx", "15_global_pool_512.onnx", "16_argmax_vocabulary.onnx",
        "22_aspp_513x1025.onnx", "41_grid_sample.onnx", "r22_groupnorm_sd.tpu",
        "r24_matmul_long_k.tpu", "x48_conv1d_very_long_kernel.onnx"}) {
    for (const char* precision : {"f32", "f16", "int8"})
      check_verified(name, {"--precision", precision});
  }
}

TEST_CASE("an If on data names both branches with their costs, and a flag takes one") {
  const ProcessResult open = checked("x07_if_on_data.onnx");
  CHECK(open.exit_code == kAnswerIsNo);
  CHECK(contains(open.err, "then: "));
  CHECK(contains(open.err, "else: "));
  check_verified("x07_if_on_data.onnx", {"--branch", "cond=then"});
  check_verified("x07_if_on_data.onnx", {"--branch", "cond=else"});
}

TEST_CASE("values beside the model are read where shapes need them, and named where missing") {
  const TemporaryFolder folder;
  const std::string model = folder.file("alone.onnx");
  std::filesystem::copy_file(case_file("47_all_external.onnx"), model);
  const ProcessResult result = tpuscope({"check", model});
  CHECK(result.exit_code != kDone);
  CHECK(contains(result.err, "47_all_external.data"));
}

TEST_CASE("a file of 16 bits at f32 says what is computed") {
  const ProcessResult result = checked("x16_bfloat16_graph.onnx", {"--precision", "f32"});
  CHECK(result.exit_code == kDone);
  CHECK(contains(result.err, "computed in f32"));
  CHECK_FALSE(contains(checked("x16_bfloat16_graph.onnx").err, "computed in f32"));
}

TEST_CASE("a pointer of Git LFS and an empty file say what they are") {
  CHECK(contains(checked("53_lfs_pointer.onnx").err, "Git LFS pointer"));
  const TemporaryFolder folder;
  CHECK(contains(tpuscope({"check", folder.write("none.onnx", "")}).err, "the file is empty"));
}

TEST_CASE("optimize writes the values of weights that the file holds, however many") {
  constexpr std::int64_t kSide = 260;  // 67600 numbers: more than a reader keeps without need
  testing::OnnxModel model(17);
  model.input("x", {1, kSide}).node("MatMul", {"x", "w"}, {"y"}).output("y");
  onnx::TensorProto& weight = model.initializer("w", {kSide, kSide});
  for (std::int64_t i = 0; i < kSide * kSide; ++i)
    weight.add_float_data(static_cast<float>(i % 256));  // whole numbers, for f16 to keep
  const TemporaryFolder folder;
  const std::string before = folder.write("before.onnx", model.bytes());
  const std::string after = folder.file("after.onnx");
  REQUIRE(tpuscope({"optimize", before, "-o", after}).exit_code == kDone);
  ImportOptions options;
  options.keep_all_data = true;
  const auto graph = load_graph(after, options);
  REQUIRE(graph.ok());
  std::size_t found = 0;
  for (const OpId op : graph->ops()) {
    const HostTensor* data = (*graph)[op].data.get();
    if (data == nullptr || data->elements() != kSide * kSide) continue;
    ++found;
    CHECK(data->values[255] == 255);
    CHECK(data->values[kSide * kSide - 1] == (kSide * kSide - 1) % 256);
  }
  CHECK(found == 1);
}

TEST_CASE("infinite values survive the JSON form") {
  const TemporaryFolder folder;
  const std::string json = folder.file("mask.json");
  CHECK(tpuscope({"optimize", case_file("49_minus_infinity_mask.onnx"), "-o", json}).exit_code ==
        kDone);
  CHECK(tpuscope({"check", json}).exit_code == kDone);
}

TEST_CASE("a rewrite of import is left out by its name, and an unknown one is an error") {
  const ProcessResult all = checked("rewrites_of_import.onnx");
  CHECK(checked("rewrites_of_import.onnx", {"--without", "hard_swish,silu"}).out != all.out);
  const ProcessResult unknown = checked("rewrites_of_import.onnx", {"--without", "silo"});
  CHECK(unknown.exit_code != kDone);
  CHECK(contains(unknown.err, "silu"));
}

TEST_CASE("modules of the exporter's metadata are components of origins") {
  const ProcessResult result = tpuscope({"profile", case_file("x25_module_path_in_metadata.onnx"),
                                         "--group-by", "origin-prefix:1", "--top", "0"});
  CHECK(result.exit_code == kDone);
  CHECK(contains(result.out, "layer1"));
  CHECK(contains(result.out, "layer2"));
  CHECK_FALSE(contains(result.out, "node_conv2d"));
}

TEST_CASE("names reach neither a spreadsheet as formulas nor the terminal as commands") {
  const TemporaryFolder folder;
  const std::string csv = folder.file("ops.csv");
  for (const char* name : {"54_formula_name.onnx", "r19_names.onnx"}) {
    const ProcessResult result =
        tpuscope({"profile", case_file(name), "--csv", csv, "--force", "--top", "0"});
    CHECK(result.exit_code == kDone);
    const std::string table = read_bytes(csv);
    for (const char* formula : {"\n=", ",=", "\"=", "\n+", "\n@"})
      CHECK_FALSE(contains(table, formula));
    for (const char* control : {"\xC2\x9B", "\xE2\x80\xAE"}) {  // U+009B, U+202E
      CHECK_FALSE(contains(result.out, control));
      CHECK_FALSE(contains(table, control));
    }
  }
}

}  // namespace
}  // namespace tpuscope::test
