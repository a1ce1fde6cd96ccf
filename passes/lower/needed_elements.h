// Which elements of every tensor the outputs of a network need: what no schedule can do without.
// Crops, steps and windows with gaps are followed back to the inputs.

#pragma once

#include <cstdint>
#include <vector>

#include "graph/graph.h"
#include "sim/program/element_box.h"

namespace tpuscope {

class NetworkFacts;  // network_facts.h

/// A set of elements of one tensor: all of them, or those in the boxes, which may overlap.
struct Need {
  bool is_whole = false;
  std::vector<ElementBox> boxes{};

  bool empty() const { return !is_whole && boxes.empty(); }
};

/// Never too many: where a set is too scattered to be represented exactly, elements are left out.
/// Weights of one element that instructions hold need not be read; of what an index tensor picks
/// out, one element counts, since all indices may be equal.
class NeededElements {
 public:
  /// `facts` are those of the graph.
  NeededElements(const Graph& graph, const NetworkFacts& facts);

  /// Elements that some output follows from, each once.
  std::int64_t count(Value value) const { return count(value, needs_); }
  /// Those of them that an op with commands reads, be it through ops without: what only views carry
  /// to an output stays where it is.
  std::int64_t count_read(Value value) const { return count(value, reads_); }

 private:
  class Walk;

  std::size_t index_of(Value value) const { return first_[value.op.index] + value.result; }
  std::int64_t count(Value value, const std::vector<Need>& needs) const;

  const Graph& graph_;
  std::vector<std::size_t> first_{};
  std::vector<Need> needs_{};  ///< by index_of
  std::vector<Need> reads_{};
};

/// Elements of a tensor of `elements` elements that are in at least one of the boxes.
std::int64_t count_elements(std::int64_t all, const std::vector<ElementBox>& boxes);

}  // namespace tpuscope
