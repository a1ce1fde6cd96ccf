// LanguageModel: the hyper-parameters of a decoder of transformer blocks, as a Hugging Face
// config.json states them.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace tpuscope {

/// How the files of a model hold its linear layers.
struct StoredQuantisation {
  std::string method{};  ///< "awq", "gptq"
  std::int64_t bits = 4;
  std::int64_t group = 128;
};

class LanguageFiles;

struct LanguageModel {
  std::string name{};
  std::string architecture{};  ///< "model_type"
  std::int64_t layers = 0;
  std::int64_t hidden = 0;
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;
  std::int64_t head_width = 0;
  std::int64_t intermediate = 0;
  std::int64_t vocabulary = 0;
  std::int64_t positions = 0;  ///< the longest context it was made for; 0: not said
  bool has_tied_head = false;
  bool has_qkv_bias = false;
  bool has_output_bias = false;
  bool has_mlp_bias = false;
  bool has_qk_norm = false;
  bool has_post_norms = false;  ///< norms after attention and after the MLP as well
  bool uses_gelu = false;       ///< in the place of SiLU
  bool scales_embedding = false;
  bool scales_residual = false;
  bool scales_logits = false;
  std::optional<StoredQuantisation> stored{};
  std::optional<StoredQuantisation> stored_head{};  ///< where the head is packed as well
  std::shared_ptr<const LanguageFiles> files{};     ///< nets come from; null: they are built
  std::vector<std::string> notes{};                 ///< what is taken otherwise than the file says

  /// Weights of the linear layers of a block.
  std::int64_t linear_weights() const {
    return hidden * head_width * (2 * heads + 2 * kv_heads) + 3 * hidden * intermediate;
  }
};

/// From the text of a config.json; `where` names it in errors. Fields that change the network and
/// are not known are kUnsupported by name; those that contradict each other are kInvalidInput.
Result<LanguageModel> parse_language_model(std::string_view text, const std::string& where);

/// From a config.json or a genai_config.json, or a folder with one, whose weights are checked to be
/// complete where an index or a graph names them.
Result<LanguageModel> load_language_model(const std::string& path);

/// Whether a path is meant as such: a folder, or a file called like one.
bool is_language_model(const std::string& path);

}  // namespace tpuscope
