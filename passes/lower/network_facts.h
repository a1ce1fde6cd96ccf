// NetworkFacts: what planning, lowering and the checks of a run ask about every op of a network
// again and again, worked out once. A study runs one network in many ways, and each run asked four
// times over what an op's signature is.

#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "graph/graph.h"
#include "passes/lower/bounds.h"
#include "passes/tiling/op_signature.h"

namespace tpuscope {

/// Numbers for texts: equal ones have one number. Safe to share between threads. Which number a
/// text gets depends on who asks first, so that numbers are compared with each other only.
class SignatureTable {
 public:
  std::uint32_t number_of(std::string text);

 private:
  std::mutex mutex_{};
  // Looked up only, never walked: its order reaches no output.
  std::unordered_map<std::string, std::uint32_t> numbers_{};
};

class NetworkFacts {
 public:
  struct OpFacts {
    OperandKinds kinds{};
    /// Equal for ops of equal signatures whose operands are weights alike.
    std::uint32_t number = 0;
    bool is_free = false;  ///< see movement.h
  };

  /// Of a graph that does not change any more. Numbers are those of `signatures`.
  NetworkFacts(const Graph& graph, SignatureTable& signatures);

  const OpFacts& operator[](OpId op) const { return ops_[op.index]; }
  /// Numbers all results of all ops, in the order of values.
  std::uint32_t index_of(Value value) const { return first_[value.op.index] + value.result; }
  std::size_t values() const { return uses_.size(); }
  /// Operands that are the value.
  std::uint32_t uses(Value value) const { return uses_[index_of(value)]; }
  /// What every op reads, as text that is equal for networks that are alike to the machine: what is
  /// computed from what, in which order. Names and the values of weights are left out.
  const std::string& structure() const { return structure_; }
  /// Worked out when it is asked for first; `graph` is that of these facts.
  const NeededWork& needed(const Graph& graph) const;

 private:
  std::vector<OpFacts> ops_{};          ///< by op; of dead ones nothing
  std::vector<std::uint32_t> first_{};  ///< by op, of its results
  std::vector<std::uint32_t> uses_{};   ///< by value
  std::string structure_{};
  mutable std::once_flag once_{};
  mutable NeededWork needed_{};
};

}  // namespace tpuscope
