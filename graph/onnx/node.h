// What an op's file needs to translate its ONNX node: no protobuf here. The reader of files is
// graph/frontends/onnx.cpp; each op registers its own translation with register_onnx, so that
// adding an op touches one file.

#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace tpuscope {

/// One ONNX node during import. Constants are Weight ops in the graph; `add` folds ops whose
/// operands are all constant, so a translation never needs to.
class OnnxNode {
 public:
  std::string op_type{};
  std::string name{};      ///< never empty: unnamed nodes get "<op_type>_<index>"
  std::int64_t opset = 0;  ///< of the node's domain
  std::size_t output_count = 1;
  std::vector<bool> output_used{};              ///< which outputs anything reads
  Attributes attributes{};                      ///< scalars and lists as the file has them
  std::map<std::string, HostTensor> tensors{};  ///< tensor attributes
  std::vector<std::optional<Value>> inputs{};   ///< empty where an optional input is left out
  std::vector<std::string> input_names{};
  std::vector<std::string> output_names{};
  /// Elements that folding may still make in this file; no limit when null. Keeps a small file from
  /// filling the memory.
  std::int64_t* fold_budget = nullptr;

  explicit OnnxNode(Graph& graph) : graph_(&graph) {}

  Graph& graph() { return *graph_; }
  bool has_input(std::size_t i) const { return i < inputs.size() && inputs[i].has_value(); }
  /// The i-th input; an error when it is missing.
  Result<Value> input(std::size_t i) const;
  /// All inputs; an error when one is left out.
  Result<std::vector<Value>> all_inputs() const;
  const TensorType& type(std::size_t i) const { return graph_->type(inputs.at(i).value()); }
  /// Values of the i-th input; an error that names the tensor when they are not known.
  Result<HostTensor> constant(std::size_t i) const;
  /// As constant(), as integers.
  Result<IntList> integers(std::size_t i) const;

  std::int64_t integer(std::string_view attribute, std::int64_t fallback) const;
  double number(std::string_view attribute, double fallback) const;
  std::string text(std::string_view attribute, std::string_view fallback) const;
  IntList integers(std::string_view attribute, IntList fallback) const;
  bool has(std::string_view attribute) const { return attributes.find(attribute) != nullptr; }

  /// Adds an op that stands for this node (or a part of it) and returns its first result. When all
  /// operands are Weights the result is a Weight: with values where the operands' are known.
  Result<Value> add(std::string_view type, Attributes attributes, const std::vector<Value>& inputs);
  /// As add, for ops with several results.
  Result<std::vector<Value>> add_all(std::string_view type, Attributes attributes,
                                     const std::vector<Value>& inputs);
  /// A Weight with these values.
  Value constant_of(HostTensor tensor);

  /// Attributes that a getter above found with another kind than asked for. The reader reports them
  /// after the translation, so that translations need no error path for each attribute.
  const std::vector<Error>& attribute_errors() const { return attribute_errors_; }

 private:
  template <typename T>
  const T* typed_attribute(std::string_view attribute, std::string_view wanted) const;
  Result<std::vector<Value>> fold(const OpDef& def, const OpView& view,
                                  const std::vector<Value>& inputs);
  Value add_weight(TensorType type, std::shared_ptr<const HostTensor> data);

  Graph* graph_;
  mutable std::vector<Error> attribute_errors_{};
};

using OnnxValues = Result<std::vector<Value>>;

/// How one ONNX operator becomes ops of ours.
struct OnnxTranslation {
  std::string_view name{};  ///< the ONNX op_type; "domain.op_type" outside the default domain
  OnnxValues (*translate)(OnnxNode& node) = nullptr;
};
using OnnxRegistry = Registry<OnnxTranslation>;

bool register_onnx(std::string_view op_type, OnnxValues (*translate)(OnnxNode& node));

/// The one-value form that translations end with.
inline OnnxValues single(Result<Value> value) {
  if (!value.ok()) return value.errors();
  return std::vector<Value>{*value};
}

}  // namespace tpuscope
