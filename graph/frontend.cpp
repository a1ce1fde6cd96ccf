// Chooses the reader of a network: by its first kilobyte, never by a list of formats that somebody
// would have to keep up to date. Built-in networks take the same road as files.

#include "graph/frontend.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "embedded/builtin_models.h"
#include <fmt/core.h>

#include "base/text.h"

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
                 .hint = "name a network file"};
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

}  // namespace

Result<Graph> read_graph(std::string_view path, std::string_view bytes,
                         const ImportOptions& options) {
  const std::string_view head = bytes.substr(0, kHeadBytes);
  const Frontend* chosen = nullptr;
  std::vector<std::string> known;
  for (const auto& [name, frontend] : FrontendRegistry::instance().all()) {
    known.push_back(fmt::format("{} ({})", name, frontend.summary));
    const bool better = chosen == nullptr || frontend.priority > chosen->priority;
    if (better && frontend.accepts(path, head)) chosen = &frontend;
  }
  if (chosen != nullptr) {
    TPU_TRY(Graph graph, chosen->read(path, bytes, options));
    // Exporters call every network "torch_jit" or the like; people know it by its file.
    graph.set_name(sanitised_utf8(std::filesystem::path(path).stem().string()));
    return graph;
  }
  return Error{.message = bytes.empty() ? "the file is empty" : "the file is in no known format",
               .where = sanitised_utf8(path),
               .hint = "known formats: " + join(known)};
}

Result<NetworkFile> open_network(const std::string& name) {
  if (const auto* builtin = find_builtin(name); builtin != nullptr) {
    return NetworkFile{std::string(builtin->first), std::string(builtin->second)};
  }
  TPU_TRY(std::string bytes, read_file(name));
  return NetworkFile{name, std::move(bytes)};
}

Result<Graph> load_graph(const std::string& name, const ImportOptions& options) {
  if (const auto* builtin = find_builtin(name); builtin != nullptr) {
    return read_graph(builtin->first, builtin->second, options);
  }
  TPU_TRY(const std::string bytes, read_file(name));
  return read_graph(name, bytes, options);
}

std::vector<std::string> builtin_names() {
  std::vector<std::string> names;
  for (const auto& [file, bytes] : embedded::builtin_models()) {
    names.emplace_back(file.substr(0, file.size() - kBuiltinExtension.size()));
  }
  return names;
}

}  // namespace tpuscope
