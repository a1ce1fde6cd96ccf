// Folders of models: the configuration, and whether the weights that an index names are there.

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
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

constexpr std::string_view kIncomplete =
    "the folder is half-written: download it again, or name its config.json alone to do without "
    "weights";

/// Why a file of weights is not whole; empty where it is. It begins with the length of a JSON
/// header, by which every tensor has its place behind it.
std::string defect_of(const fs::path& path) {
  std::error_code problem;
  const std::uintmax_t size = fs::file_size(path, problem);
  if (problem) return "it is missing";
  std::ifstream file(path, std::ios::binary);
  std::array<unsigned char, 8> prefix{};
  file.read(reinterpret_cast<char*>(prefix.data()), std::ssize(prefix));
  std::uint64_t header = 0;
  for (std::size_t i = prefix.size(); i > 0; --i)
    header = (header << 8U) | prefix[i - 1];
  if (!file || header > kMaxInputBytes || header + prefix.size() > size) {
    return fmt::format("its {} bytes end within the header", size);
  }
  std::string text(static_cast<std::size_t>(header), ' ');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  const Result<nlohmann::ordered_json> json = parse_json(text, path.string());
  if (!json.ok() || !json->is_object()) return "its header is no JSON object";
  std::uint64_t end = 0;
  for (const auto& [name, tensor] : json->items()) {
    const auto offsets = tensor.is_object() ? tensor.find("data_offsets") : tensor.end();
    if (!tensor.is_object() || offsets == tensor.end() || !offsets->is_array()) continue;
    for (const auto& offset : *offsets)
      if (offset.is_number_unsigned()) end = std::max(end, offset.get<std::uint64_t>());
  }
  const std::uint64_t whole = prefix.size() + header + end;
  return size >= whole ? "" : fmt::format("it has {} of {} bytes", size, whole);
}

/// The files of weights that a folder has, or that its index names.
Result<std::set<std::string>> weight_files(const fs::path& folder) {
  std::set<std::string> files;
  const fs::path index = folder / kIndexName;
  std::error_code problem;
  if (!fs::exists(index, problem)) {
    for (const auto& entry : fs::directory_iterator(folder, problem))
      if (entry.path().extension() == ".safetensors")
        files.insert(entry.path().filename().string());
    return files;
  }
  TPU_TRY(const std::string text, read_input(index.string()));
  TPU_TRY(const nlohmann::ordered_json json, parse_json(text, index.string()));
  TPU_TRY(const JsonReader map, JsonReader(json, index.string()).at("weight_map"));
  for (const auto& [tensor, file] : map.json().items())
    if (file.is_string()) files.insert(file.get<std::string>());
  return files;
}

/// Every file must be there as a whole: one error about all of them.
Status check_weights(const fs::path& folder) {
  TPU_TRY(const std::set<std::string> files, weight_files(folder));
  std::size_t defects = 0;
  Error first;
  for (const std::string& file : files) {
    const std::string defect = defect_of(folder / file);
    if (defect.empty()) continue;
    if (defects++ == 0) first = {.message = defect, .where = (folder / file).string()};
  }
  if (defects == 0) return Ok{};
  first.message = fmt::format("{} of {} files of weights {} not whole, the first of them: {}",
                              defects, files.size(), defects == 1 ? "is" : "are", first.message);
  first.hint = kIncomplete;
  return first;
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
  bool has_weights = true;
  if (is_folder) {
    file /= kConfigName;
    if (!fs::exists(file, problem)) {
      return missing_file(file, fmt::format("the folder of a Hugging Face model has one, that of "
                                            "an onnxruntime-genai model has a {}",
                                            kGenaiName));
    }
    TPU_TRY_STATUS(check_weights(path));
    has_weights = !weight_files(path)->empty();
  }
  TPU_TRY(const std::string text, read_input(file.string()));
  TPU_TRY(LanguageModel model, parse_language_model(text, file.string()));
  if (!has_weights) {
    model.notes.emplace_back("the folder has no weights: times follow from config.json alone");
  }
  fs::path named = fs::absolute(file, problem).parent_path();
  if (!is_folder && file.filename() != kConfigName) {
    model.name = file.stem().string();
  } else {
    model.name = named.filename().string();
  }
  return model;
}

}  // namespace tpuscope
