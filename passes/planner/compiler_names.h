// Names of the vendor's compiler for tensors of a network, and which op here makes each. The
// compiler calls a tensor as the ONNX file does, with the operator after it ("80_Relu"), with more
// after that where it cut an operator in parts ("..._head_3"), and casts after what they read, who
// reads them, and their type ("80_Relu81_Conv_f16").

#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "graph/graph.h"

namespace tpuscope {

/// Whether the name ends in an element type, as those of casts do.
bool is_cast_name(std::string_view name);

class CompilerNames {
 public:
  /// Of the network after the passes, which must outlive this.
  explicit CompilerNames(const Graph& graph);

  /// The op that makes the tensor; empty where no op here does.
  std::optional<OpId> find(const std::string& name) const;

 private:
  std::optional<OpId> find_exact(const std::string& name) const;
  std::optional<OpId> find_stripped(std::string name) const;
  std::optional<OpId> find_cast(const std::string& name) const;
  /// Whether the name of an op that reads the cast is in `readers`.
  bool is_read_by(OpId cast, std::string_view readers) const;

  const Graph& graph_;
  std::map<std::string, OpId, std::less<>> tensors_{};  ///< by name of a result
  std::map<std::string, OpId> origins_{};               ///< by node of the source
  std::map<OpId, std::vector<OpId>> casts_{};           ///< that read a result of the op
};

}  // namespace tpuscope
