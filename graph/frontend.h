// Frontends: readers of network files. Each is one file under graph/frontends that registers
// itself; the first kilobyte of a file decides which one reads it.

#pragma once

#include <map>
#include <string>
#include <string_view>

#include "graph/graph.h"

namespace tpuscope {

struct ImportOptions {
  /// Inputs of the network that are taken as constants with these values, by name. For networks
  /// that compute shapes from an input.
  std::map<std::string, HostTensor> bound_inputs{};
  /// Also keeps the values of large float weights that the file holds. Only evaluate() asks for
  /// them.
  bool keep_all_data = false;
};

struct Frontend {
  std::string_view name{};
  std::string_view summary{};  ///< what it looks for, for the error about an unknown file
  int priority = 0;            ///< higher is asked first
  bool (*accepts)(std::string_view path, std::string_view head) = nullptr;
  Result<Graph> (*read)(std::string_view path, std::string_view bytes,
                        const ImportOptions& options) = nullptr;
};
using FrontendRegistry = Registry<Frontend>;

/// Reads a network from bytes. `path` names it in errors and by its extension.
Result<Graph> read_graph(std::string_view path, std::string_view bytes,
                         const ImportOptions& options = {});
/// A network before it is read.
struct NetworkFile {
  std::string path{};
  std::string bytes{};
};
/// The bytes of a file, or of a built-in network when `name` is one of builtin_names().
Result<NetworkFile> open_network(const std::string& name);
/// Reads a file, or a built-in network when `name` is one of builtin_names().
Result<Graph> load_graph(const std::string& name, const ImportOptions& options = {});
/// Names of the embedded networks, sorted: "bert_base_256", "swin_t", ...
std::vector<std::string> builtin_names();

}  // namespace tpuscope
