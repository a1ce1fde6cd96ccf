// Frontends: readers of network files. Each is one file under graph/frontends that registers
// itself; the first kilobyte of a file decides which one reads it.

#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "graph/graph.h"

namespace tpuscope {

/// What a user may say about a network that its file leaves open. Only formats with open extents,
/// branches and the like read it; names that the network does not have are errors.
struct ImportOptions {
  /// Inputs of the network that are taken as constants with these values, by name. For networks
  /// that compute shapes from an input.
  std::map<std::string, HostTensor> bound_inputs{};
  /// As bound_inputs, where element type and shape follow from the file.
  std::map<std::string, std::vector<double>> values{};
  std::map<std::string, std::int64_t> dims{};  ///< open extents by their symbol
  std::map<std::string, Shape> shapes{};       ///< of inputs, by name
  std::optional<std::int64_t> batch{};         ///< for open first axes; 1 when not given
  std::map<std::string, bool> branches{};      ///< whether an If on data, by name, takes "then"
  std::optional<std::int64_t> max_rows{};      ///< of results as many as the data give
  std::vector<std::string> outputs{};          ///< tensors at which the network ends; none: its own
  std::set<std::string> without{};             ///< rewrites of import, by name, that are left out
  /// The options are for several networks: names that this one does not have are no errors.
  bool is_one_of_several = false;
  /// Folder of the files that hold values beside the model; none for networks without such files.
  std::optional<std::string> folder{};
  /// Also keeps the values of large float weights. Only evaluate() and writers ask for them.
  bool keep_all_data = false;
  /// Hears of what was assumed: `where` is the place, as in errors.
  std::function<void(const Error& notice)> on_notice{};
};

struct Frontend {
  std::string_view name{};
  std::string_view summary{};  ///< what it looks for, for the error about an unknown file
  int priority = 0;            ///< higher is tried first
  bool has_open_ends = false;  ///< its files may leave open what ImportOptions settle
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
  std::optional<std::string> folder{};  ///< of the file; none for built-in networks
};
Result<Graph> read_graph(const NetworkFile& file, ImportOptions options = {});
/// The bytes of a file, or of a built-in network when `name` is one of builtin_names().
Result<NetworkFile> open_network(const std::string& name);
/// Reads a file, or a built-in network when `name` is one of builtin_names().
Result<Graph> load_graph(const std::string& name, const ImportOptions& options = {});
/// Names of the embedded networks, sorted: "bert_base_256", "swin_t", ...
std::vector<std::string> builtin_names();

}  // namespace tpuscope
