// What an op's file needs to translate its ONNX node: no protobuf here. The reader of files is
// graph/frontends/onnx.cpp; each op registers its own translation with register_onnx, so that
// adding an op touches one file.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace tpuscope {

/// Tensors in a row, as many as are known while the file is read.
using OnnxSequence = std::vector<Value>;

/// What a name of a file refers to: a tensor, a sequence of tensors, or, without either, an
/// optional that holds nothing.
struct OnnxNamed {
  std::optional<Value> tensor{};
  std::shared_ptr<const OnnxSequence> sequence{};
};

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
  /// Tensor attributes whose values are not there.
  std::map<std::string, TensorType> unknown_tensors{};
  std::vector<std::optional<Value>> inputs{};  ///< empty where an optional input is left out
  /// By input, those that are sequences; null for tensors.
  std::vector<std::shared_ptr<const OnnxSequence>> sequences{};
  /// Results of a translation that makes something else than tensors; its return value is then
  /// empty.
  std::vector<OnnxNamed> named_results{};
  std::vector<std::string> input_names{};
  std::vector<std::string> output_names{};
  /// Elements that folding may still make in this file; no limit when null. Keeps a small file from
  /// filling the memory.
  std::int64_t* fold_budget = nullptr;
  /// What to do about values that are stored in a file beside the model and could not be read.
  std::string_view missing_values{};
  /// Of results as many as the data give at most so many are taken; none: not stated.
  std::optional<std::int64_t> max_rows{};
  /// Path of modules that the node belongs to, "layer1/0", where the file has it; empty otherwise.
  std::string module_path{};

  explicit OnnxNode(Graph& graph) : graph_(&graph) {}

  Graph& graph() { return *graph_; }
  /// Where the node comes from: its name, below the path of its module.
  std::string origin() const { return module_path.empty() ? name : module_path + "/" + name; }
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
  /// The i-th input as a sequence; an error when it is none.
  Result<OnnxSequence> sequence(std::size_t i) const;

  std::int64_t integer(std::string_view attribute, std::int64_t fallback) const;
  double number(std::string_view attribute, double fallback) const;
  std::string text(std::string_view attribute, std::string_view fallback) const;
  IntList integers(std::string_view attribute, IntList fallback) const;
  bool has(std::string_view attribute) const { return attributes.find(attribute) != nullptr; }

  /// Adds an op that implements this node (or a part of it) and returns its first result. When all
  /// operands are Weights the result is a Weight: with values where the operands' are known.
  Result<Value> add(std::string_view type, Attributes attributes, const std::vector<Value>& inputs);
  /// As add, for ops with several results.
  Result<std::vector<Value>> add_all(std::string_view type, Attributes attributes,
                                     const std::vector<Value>& inputs);
  /// A Weight with these values.
  Value constant_of(HostTensor tensor);
  /// A Weight whose values are not known.
  Value constant_of(TensorType type);

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
  /// Null for If, Loop and Scan: the reader takes their bodies in their place.
  OnnxValues (*translate)(OnnxNode& node) = nullptr;
};
using OnnxRegistry = Registry<OnnxTranslation>;

#if defined(TPUSCOPE_WITHOUT_ONNX)
// The engine of pages takes networks in their JSON form: nothing of ONNX is linked where nothing
// asks for what ops register here.
[[gnu::always_inline]] inline bool register_onnx(std::string_view, OnnxValues (*)(OnnxNode&)) {
  return true;
}
#else
bool register_onnx(std::string_view op_type, OnnxValues (*translate)(OnnxNode& node));
#endif

/// The one-value form that translations end with.
inline OnnxValues single(Result<Value> value) {
  if (!value.ok()) return value.errors();
  return std::vector<Value>{*value};
}

/// The same for a translation whose one result is a sequence.
OnnxValues single_sequence(OnnxNode& node, OnnxSequence sequence);

}  // namespace tpuscope
