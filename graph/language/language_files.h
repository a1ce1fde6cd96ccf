// LanguageFiles: a language model whose nets are in files, as onnxruntime-genai keeps them: one
// ONNX graph of all layers with open extents, and a genai_config.json that says what it is.

#pragma once

#include <map>
#include <mutex>
#include <string>

#include "graph/language/language_model.h"
#include "graph/language/language_nets.h"
#include "graph/language/layer_cut.h"

namespace tpuscope {

/// Names of the graph's inputs; "%d" stands for a layer.
struct GraphInputs {
  std::string tokens = "input_ids";
  std::string mask = "attention_mask";
  std::string positions = "position_ids";
  std::string past_keys = "past_key_values.%d.key";
  std::string past_values = "past_key_values.%d.value";
};

class LanguageFiles {
 public:
  /// `model`: what the configuration says, for the extents of inputs.
  LanguageFiles(std::string path, GraphInputs inputs, const LanguageModel& model);

  /// The graph for so many tokens, cut at its layers. Kept: a model asks for the same again.
  Result<const LayerCut*> cut(const LanguageTokens& tokens) const;
  /// As cut, for any number of earlier tokens.
  Result<const LayerCut*> any_cut(std::int64_t tokens) const;
  const std::string& path() const { return path_; }

 private:
  std::map<std::string, Shape> shapes(const LanguageTokens& tokens) const;

  std::string path_;
  GraphInputs inputs_;
  std::int64_t layers_;
  std::int64_t kv_heads_;
  std::int64_t head_width_;
  mutable std::mutex mutex_{};
  mutable std::map<std::pair<std::int64_t, std::int64_t>, LayerCut> cuts_{};
};

/// From the text of a genai_config.json in `folder`. Sizes that the graph contradicts are errors.
/// `needs_weights`: files that hold values beside the graph must be there and complete.
Result<LanguageModel> load_genai_model(const std::string& config, bool needs_weights);

}  // namespace tpuscope
