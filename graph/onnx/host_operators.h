// Operators whose work is the host's: of strings, of images as files, of classical machine
// learning, and selections whose number of results depends on data. Those whose results have types
// that are known, or bounded, are work of the host in the middle of a network, an op Host; a
// network with another one ends before it (or begins after it).

#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "graph/onnx/node.h"

namespace tpuscope {

/// Declares operators by name, with their domain outside the default one: "ai.onnx.ml.Scaler". One
/// that ends in "." stands for a whole domain.
#if defined(TPUSCOPE_WITHOUT_ONNX)  // see node.h
[[gnu::always_inline]] inline bool register_host_operators(
    std::initializer_list<std::string_view>) {
  return true;
}
#else
bool register_host_operators(std::initializer_list<std::string_view> names);
#endif

/// Whether an operator was declared so.
bool is_host_operator(std::string_view name);

/// Of results as many as data give, of which there are at most `most`: as many as are taken.
std::int64_t bounded_rows(const OnnxNode& node, std::int64_t most);

/// Attributes of an op Host with these results. `rows`: the most results of a selection, which its
/// types have; 0 for other work.
Attributes host_attributes(std::string operator_name, const std::vector<TensorType>& results,
                           std::int64_t rows = 0);

/// The node as work of the host, which reads all of its inputs. `rows`: of a selection, what
/// bounded_rows gave.
OnnxValues host_work(OnnxNode& node, const std::vector<TensorType>& results, std::int64_t rows = 0);

}  // namespace tpuscope
