// Shapes of the inputs for so many tokens, and the graphs that were cut before.

#include "graph/language/language_files.h"

#include <utility>

#include "graph/frontend.h"

namespace tpuscope {
namespace {

std::string for_layer(std::string name, std::int64_t layer) {
  const std::size_t at = name.find("%d");
  if (at != std::string::npos) name.replace(at, 2, std::to_string(layer));
  return name;
}

}  // namespace

LanguageFiles::LanguageFiles(std::string path, GraphInputs inputs, const LanguageModel& model)
    : path_(std::move(path)),
      inputs_(std::move(inputs)),
      layers_(model.layers),
      kv_heads_(model.kv_heads),
      head_width_(model.head_width) {}

std::map<std::string, Shape> LanguageFiles::shapes(const LanguageTokens& tokens) const {
  std::map<std::string, Shape> found{{inputs_.tokens, {1, tokens.now}},
                                     {inputs_.mask, {1, tokens.past + tokens.now}},
                                     {inputs_.positions, {1, tokens.now}}};
  for (std::int64_t layer = 0; layer < layers_; ++layer) {
    for (const std::string& name : {inputs_.past_keys, inputs_.past_values})
      found[for_layer(name, layer)] = {1, kv_heads_, tokens.past, head_width_};
  }
  return found;
}

Result<const LayerCut*> LanguageFiles::cut(const LanguageTokens& tokens) const {
  const std::lock_guard lock(mutex_);
  const std::pair key(tokens.now, tokens.past);
  if (const auto known = cuts_.find(key); known != cuts_.end()) return &known->second;
  ImportOptions options{.batch = 1, .is_one_of_several = true};
  options.shapes = shapes(tokens);
  TPU_TRY(const Graph graph, load_graph(path_, options));
  TPU_TRY(LayerCut cut, with_location(cut_at_layers(graph), path_));
  return &cuts_.emplace(key, std::move(cut)).first->second;
}

Result<const LayerCut*> LanguageFiles::any_cut(std::int64_t tokens) const {
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, cut] : cuts_)
      if (key.first == tokens) return &cut;
  }
  return cut({.now = tokens, .past = 1});
}

}  // namespace tpuscope
