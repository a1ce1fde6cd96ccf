// Folders of models: the configuration, and whether the weights that an index names are there.

#include <algorithm>
#include <filesystem>
#include <set>

#include <fmt/core.h>

#include "base/input_file.h"
#include "base/strict_json.h"
#include "base/text.h"
#include "graph/language/language_files.h"
#include "graph/language/language_model.h"

namespace tpuscope {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kConfigName = "config.json";
constexpr std::string_view kGenaiName = "genai_config.json";
constexpr std::string_view kIndexName = "model.safetensors.index.json";

Error missing_file(const fs::path& path, std::string hint) {
  return {.message = "there is no such file", .where = path.string(), .hint = std::move(hint)};
}

/// Every file that the index names must be there.
Status check_weights(const fs::path& folder) {
  const fs::path index = folder / kIndexName;
  std::error_code problem;
  if (!fs::exists(index, problem)) return Ok{};
  TPU_TRY(const std::string text, read_input(index.string()));
  TPU_TRY(const nlohmann::ordered_json json, parse_json(text, index.string()));
  TPU_TRY(const JsonReader map, JsonReader(json, index.string()).at("weight_map"));
  std::set<std::string> files;
  for (const auto& [tensor, file] : map.json().items())
    if (file.is_string()) files.insert(file.get<std::string>());
  Errors errors;
  for (const std::string& file : files) {
    if (fs::exists(folder / file, problem) || errors.size() == kMaxErrors) continue;
    errors.push_back(
        missing_file(folder / file, fmt::format("the folder is half-written; name its {} alone to "
                                                "do without weights",
                                                kConfigName)));
  }
  if (!errors.empty()) return errors;
  return Ok{};
}

}  // namespace

bool is_language_model(const std::string& path) {
  std::error_code problem;
  const fs::path name = fs::path(path).filename();
  return fs::is_directory(path, problem) || name == kConfigName || name == kGenaiName;
}

Result<LanguageModel> load_language_model(const std::string& path) {
  std::error_code problem;
  fs::path file = path;
  const bool is_folder = fs::is_directory(path, problem);
  // Beside a graph of the model, which says more than sizes do.
  if (is_folder && fs::exists(file / kGenaiName, problem)) file /= kGenaiName;
  if (file.filename() == kGenaiName) {
    TPU_TRY(LanguageModel model, load_genai_model(file.string(), is_folder));
    model.name = fs::absolute(file, problem).parent_path().filename().string();
    return model;
  }
  if (is_folder) {
    file /= kConfigName;
    if (!fs::exists(file, problem)) {
      return missing_file(file, fmt::format("the folder of a Hugging Face model has one, that of "
                                            "an onnxruntime-genai model has a {}",
                                            kGenaiName));
    }
    TPU_TRY_STATUS(check_weights(path));
  }
  TPU_TRY(const std::string text, read_input(file.string()));
  TPU_TRY(LanguageModel model, parse_language_model(text, file.string()));
  fs::path named = fs::absolute(file, problem).parent_path();
  if (!is_folder && file.filename() != kConfigName) {
    model.name = file.stem().string();
  } else {
    model.name = named.filename().string();
  }
  return model;
}

}  // namespace tpuscope
