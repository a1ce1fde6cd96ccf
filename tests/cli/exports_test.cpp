// Networks as today's tools export them: what the program does with each as it comes.

#include <doctest/doctest.h>

#include "tests/support/cli.h"
#include "tests/support/models.h"
#include "tests/support/places.h"

namespace tpuscope::test {
namespace {

ProcessResult checked_export(const std::string& name, const std::vector<std::string>& more) {
  std::vector<std::string> words = {"check", source_folder() + "/tests/exports/" + name + ".onnx",
                                    "--wide"};
  words.insert(words.end(), more.begin(), more.end());
  return tpuscope(words);
}

struct Export {
  const char* name;
  std::vector<std::string> flags{};  ///< for what the file leaves open
};

/// The i-th file's: with sanitizers one each, in turn.
std::vector<const char*> precisions_of(std::size_t i) {
  const std::vector<const char*> all = {"", "f32", "f16", "int8"};
  if (!testing::kIsSanitized) return all;
  return {all[i % all.size()]};
}

TEST_CASE("exports of today's tools are verified in every precision") {
  std::size_t files = 0;
  for (const Export& file : std::vector<Export>{
           {"cf_cond_dynamo", {"--branch", "node_cond__0=then"}},
           {"cf_script_loop_legacy"},
           {"hf_qwen2_decode_legacy_axes",
            {"--dim", "sequence_length=1", "--dim", "past_sequence_length=128"}},
           {"keras_unet_fixed"},
           {"ort_bert_fused"},
           {"ort_resnet18_offline"},
           {"ort_vit_fused_fp16"},
           {"q_bert_matmulnbits"},
           {"q_mobilenet_v2_qoperator"},
           {"rnn_crnn_ocr_dynamo18"},
           {"sp_stft_mel_dynamo"},
           {"tf_mobilenet_v2"},
           {"sk_forest"},
           {"tf_nms_tail"},
           {"tf_nms_tail", {"--outputs", "Unsqueeze__849:0,Reshape:0,Unsqueeze__847:0"}},
           {"tf_resnet50v2_batch"},
           {"tv_mobilenet_v3_large_legacy_axes"},
           {"yolo11n_cls"}}) {
    for (const char* precision : precisions_of(files++)) {
      std::vector<std::string> words = file.flags;
      if (*precision != '\0') words.insert(words.end(), {"--precision", precision});
      const ProcessResult result = checked_export(file.name, words);
      CAPTURE(file.name);
      CAPTURE(precision);
      CAPTURE(result.err);
      CHECK(result.exit_code == kDone);
      CHECK(contains(result.out, "verified"));
    }
  }
}

TEST_CASE("what an export leaves open is asked for by the flags that settle it") {
  CHECK(contains(checked_export("hf_qwen2_decode_legacy_axes", {}).err,
                 "--dim sequence_length=128 --dim past_sequence_length=128"));
  CHECK(contains(checked_export("cf_cond_dynamo", {}).err, "--branch node_cond__0=then"));
}

TEST_CASE("work of the host is named, with the flag that ends the network before it") {
  const std::string tail = checked_export("tf_nms_tail", {}).err;
  CHECK(contains(tail, "work of the host: NonMaxSuppression"));
  CHECK(contains(tail, "--outputs Unsqueeze__849:0,Reshape:0,Unsqueeze__847:0 ends the network"));
  const std::string forest = checked_export("sk_forest", {}).err;
  CHECK(contains(forest, "work of the host: TreeEnsembleRegressor"));
  CHECK(contains(forest, "run it where the data are"));
  CHECK_FALSE(contains(forest, "--outputs "));  // nothing stands before it
}

}  // namespace
}  // namespace tpuscope::test
