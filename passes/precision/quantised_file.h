// What a quantised file says of its tensors: which of them are 8-bit.

#pragma once

#include <map>
#include <string>

#include "graph/graph.h"

namespace tpuscope {

/// Whether the network has quantised tensors besides its weights: Quantize or Dequantize ops.
bool is_quantised(const Graph& graph);
/// Whether the file holds real constants as integers.
bool has_quantised_weights(const Graph& graph);
/// Whether it holds matrices in few bits and groups that share a scale.
bool has_packed_weights(const Graph& graph);

/// Element types in which the file stores quantised real numbers.
struct QuantisedTensors {
  std::map<Use, DType> operands{};  ///< of ops; constants say it themselves, see stored_type()
  std::map<OpId, DType> inputs{};   ///< of the network, now real numbers in the graph
  std::map<OpId, DType> outputs{};
};

/// Takes Quantize and Dequantize ops out of the network: what stood between a pair of them is the
/// real tensor again, so that any precision can be chosen. Moves of integers (a Reshape between the
/// two) become moves of real numbers. A Quantize whose integers something else reads, and a
/// Dequantize of integers that something else computes, become Casts by a scale. Where the two of a
/// pair have different scales, the difference stays as a product.
QuantisedTensors take_out_quantisation(Graph& graph);

/// The integer type in which the file holds a constant; empty for real ones and other ops.
std::string stored_type(const Op& op);

/// Whether the type is one of 8 bits or fewer, integers, for which the machine has arithmetic.
bool is_narrow(DType stored);
bool is_narrow(std::string_view stored);

/// One sentence: how many tensors the file keeps in 8 bits, and what happens with others.
std::string quantisation_note(const Graph& graph, DType float_type);

}  // namespace tpuscope
