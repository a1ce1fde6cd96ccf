// Looking for files in the order in which folders were named.

#include "profiles/accuracy/row_source.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include <fmt/core.h>

#include "graph/frontend.h"
#include "passes/precision/precision.h"
#include "passes/streams/compiled_network.h"
#include "profiles/accuracy/language_rows.h"

namespace tpuscope {
namespace {

/// The row's file in the first folder of models that has it; empty where none has.
std::string model_path(const Measurement& row, const ValidationOptions& options) {
  for (const std::string& folder : options.model_folders) {
    const std::filesystem::path path = std::filesystem::path(folder) / row.model;
    std::error_code ignored;
    if (std::filesystem::is_regular_file(path, ignored)) return path.string();
  }
  return "";
}

/// "bm1688_INT8_core2"
std::string target_of(const Measurement& row) {
  std::string precision(precision_name(row.precision));
  std::transform(precision.begin(), precision.end(), precision.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
  const std::string cores = row.cores > 1 ? fmt::format("_core{}", row.cores) : "";
  return row.chip + "_" + precision + cores;
}

}  // namespace

std::string stream_of(const Measurement& row, const ValidationOptions& options) {
  const std::string own = model_path(row, options);
  if (!own.empty() && is_compiled(own)) return own;
  if (row.pipeline == "baseline") return "";
  for (const std::string& folder : options.stream_folders) {
    const std::filesystem::path path =
        std::filesystem::path(folder) / model_name(row) / target_of(row);
    if (is_compiled(path.string())) return path.string();
  }
  return "";
}

std::string source_of(const Measurement& row, const ValidationOptions& options) {
  // Whatever tells language models apart is in their names and in how they ran.
  if (row.language != nullptr) {
    const LanguageOptions& how = row.language->options;
    return fmt::format("{}|{}|{}|{}|{}|{}", model_name(row), how.types.group, how.types.head_bits,
                       how.context, how.prefill, name_of(how.host));
  }
  const std::string stream = stream_of(row, options);
  return stream.empty() ? row.model : stream;
}

Result<std::shared_ptr<Compiler>> open_source(const Measurement& row,
                                              const ValidationOptions& options) {
  if (row.language != nullptr) return std::shared_ptr<Compiler>();  // nets are made from the row
  const std::string stream = stream_of(row, options);
  if (!stream.empty()) {
    TPU_TRY(std::shared_ptr<const CompiledNetwork> compiled, load_compiled(stream));
    return std::make_shared<Compiler>(std::move(compiled));
  }
  const std::string path = model_path(row, options);
  const std::vector<std::string> known = builtin_names();
  const std::string name = model_name(row);
  if (path.empty() && std::find(known.begin(), known.end(), name) == known.end()) {
    return Error{.message = fmt::format("no folder of models has {}", row.model),
                 .hint = "name the folder with --models"};
  }
  TPU_TRY(Graph graph, load_graph(path.empty() ? name : path));
  return std::make_shared<Compiler>(std::move(graph));
}

}  // namespace tpuscope
