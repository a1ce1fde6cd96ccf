// Chooses the reader of a network: by its first kilobyte, never by a list of formats that somebody
// would have to keep up to date. Built-in networks take the same road as files.

#include "graph/frontend.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "embedded/builtin_models.h"
#include <fmt/core.h>

#include "base/text.h"
#include "graph/foreign_formats.h"

namespace tpuscope {
namespace {

constexpr std::size_t kHeadBytes = 1024;
/// What protobuf can read in one message, and more than any network without its large weights.
constexpr std::uintmax_t kMaxFileBytes = std::uintmax_t{2} << 30U;
constexpr std::string_view kBuiltinExtension = ".onnx";

/// The embedded file of a built-in network; null when there is none of that name.
const std::pair<const std::string_view, std::string_view>* find_builtin(std::string_view name) {
  for (const auto& file : embedded::builtin_models()) {
    if (file.first.substr(0, file.first.size() - kBuiltinExtension.size()) == name) return &file;
  }
  return nullptr;
}

/// What a folder may have been named for.
std::string folder_hint(const std::string& path) {
  std::error_code problem;
  std::vector<std::string> networks;
  for (const auto& entry : std::filesystem::directory_iterator(path, problem)) {
    const std::string name = sanitised_utf8(entry.path().filename().string());
    if (name == "saved_model.pb") {
      return "a TensorFlow SavedModel: convert it with python -m tf2onnx.convert --saved-model " +
             sanitised_utf8(path) + " --output model.onnx";
    }
    if (name.ends_with(kBuiltinExtension)) networks.push_back(name);
  }
  std::sort(networks.begin(), networks.end());
  return networks.empty() ? "name a network file" : "name a network in it, as " + networks.front();
}

Result<std::string> read_file(const std::string& path) {
  std::error_code problem;
  const std::filesystem::file_status status = std::filesystem::status(path, problem);
  if (!std::filesystem::exists(status)) {
    return Error{.message = "there is no such file and no built-in network of this name",
                 .where = sanitised_utf8(path),
                 .hint = did_you_mean(path, builtin_names())};
  }
  if (!std::filesystem::is_regular_file(status)) {
    const bool folder = std::filesystem::is_directory(status);
    return Error{.message = folder ? "is a folder, not a file" : "is not a regular file",
                 .where = sanitised_utf8(path),
                 .hint = folder ? folder_hint(path) : "name a network file"};
  }
  const std::uintmax_t size = std::filesystem::file_size(path, problem);
  if (!problem && size > kMaxFileBytes) {
    return Error{
        .message = fmt::format("the file has {} bytes, at most {} are read", size, kMaxFileBytes),
        .where = sanitised_utf8(path),
        .hint = "store the weights as external data, their values are not needed"};
  }
  std::ifstream file(path, std::ios::binary);
  std::string bytes(problem ? 0 : static_cast<std::size_t>(size), '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (problem || !file) {
    return Error{.message = "the file cannot be read", .where = sanitised_utf8(path)};
  }
  return bytes;
}

/// Of "FILE#RUN", one of the runs of a program, the file; other names are files.
std::string file_of_run(const std::string& name) {
  std::error_code problem;
  const std::size_t mark = name.rfind('#');
  if (mark == std::string::npos || std::filesystem::exists(name, problem)) return name;
  const std::string file = name.substr(0, mark);
  return std::filesystem::is_regular_file(file, problem) ? file : name;
}

/// Options for what the files of a format never leave open.
Status check_open_ends(const Frontend& frontend, const ImportOptions& options) {
  const bool has_any = !options.dims.empty() || !options.shapes.empty() ||
                       !options.values.empty() || !options.branches.empty() ||
                       !options.outputs.empty() || !options.without.empty();
  if (frontend.has_open_ends || options.is_one_of_several || !has_any) return Ok{};
  return Error{
      .code = ErrorCode::kUsage,
      .message = fmt::format("networks in the form {} leave nothing open", frontend.name),
      .hint = "extents, values, branches, outputs and rewrites of import are for ONNX files"};
}

}  // namespace

Result<Graph> read_graph(std::string_view path, std::string_view bytes,
                         const ImportOptions& options) {
  const std::string where = sanitised_utf8(path);
  const std::string_view head = bytes.substr(0, kHeadBytes);
  if (bytes.empty()) return Error{.message = "the file is empty", .where = where};
  if (std::optional<Error> foreign = foreign_by_content(head)) {
    foreign->where = where;
    return *std::move(foreign);
  }
  const Frontend* chosen = nullptr;
  std::vector<std::string> known;
  for (const auto& [name, frontend] : FrontendRegistry::instance().all()) {
    known.push_back(fmt::format("{} ({})", name, frontend.summary));
    const bool better = chosen == nullptr || frontend.priority > chosen->priority;
    if (better && frontend.accepts(path, head)) chosen = &frontend;
  }
  // The extension decides only where the content does not.
  std::optional<Error> foreign = foreign_by_name(path);
  if (foreign) foreign->where = where;
  if (chosen == nullptr && foreign) return *std::move(foreign);
  if (chosen == nullptr) {
    return Error{.message = "the file is in no known format",
                 .where = where,
                 .hint = "known formats: " + join(known)};
  }
  TPU_TRY_STATUS(with_location(check_open_ends(*chosen, options), where));
  Result<Graph> graph = chosen->read(path, bytes, options);
  if (!graph.ok() && foreign && graph.error().code == ErrorCode::kInvalidInput) return *foreign;
  // Exporters call every network "torch_jit" or the like; people know it by its file.
  if (graph.ok()) graph->set_name(sanitised_utf8(std::filesystem::path(path).stem().string()));
  return graph;
}

Result<NetworkFile> open_network(const std::string& name) {
  if (const auto* builtin = find_builtin(name); builtin != nullptr) {
    return NetworkFile{std::string(builtin->first), std::string(builtin->second), {}};
  }
  TPU_TRY(std::string bytes, read_file(file_of_run(name)));
  return NetworkFile{name, std::move(bytes), std::filesystem::path(name).parent_path().string()};
}

Result<Graph> read_graph(const NetworkFile& file, ImportOptions options) {
  options.folder = file.folder;
  return read_graph(file.path, file.bytes, options);
}

Result<Graph> load_graph(const std::string& name, const ImportOptions& options) {
  TPU_TRY(const NetworkFile file, open_network(name));
  return read_graph(file, options);
}

std::vector<std::string> builtin_names() {
  std::vector<std::string> names;
  for (const auto& [file, bytes] : embedded::builtin_models()) {
    names.emplace_back(file.substr(0, file.size() - kBuiltinExtension.size()));
  }
  return names;
}

}  // namespace tpuscope
