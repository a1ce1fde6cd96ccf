// What an op's file needs to write its op as ONNX nodes: the way back from node.h, and no protobuf
// here either. Each op registers its own emission beside its translation, so that adding an op
// touches one file. Nodes are of one operator set, kOnnxOpset.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "graph/graph.h"

namespace tpuscope {

class OnnxBuilder;

/// The operator set of written files: the first one with bitwise operators. Newer operators (Gelu,
/// GroupNormalization as it is today) are composed, so that older runtimes read the files too.
inline constexpr std::int64_t kOnnxOpset = 18;

/// The element type that a tensor has in a written file. Lowering to half precision is the chip's
/// business: written in single precision, a network can be compared with its source anywhere. Types
/// that the operator set does not have yet become the next larger one.
DType written_dtype(DType dtype);

/// One op while a network is written. Tensors go by their names in the file.
class OnnxEmission {
 public:
  OnnxEmission(OnnxBuilder& builder, const Op& op, OpView view, std::vector<std::string> inputs,
               std::vector<std::string> results);

  const Op& op() const { return *op_; }
  /// Types as they are written.
  const OpView& view() const { return view_; }
  const Attributes& attrs() const { return op_->attributes; }
  const std::vector<std::string>& inputs() const { return inputs_; }
  const std::string& input(std::size_t i) const { return inputs_.at(i); }
  bool has_input(std::size_t i) const { return i < inputs_.size(); }

  /// Adds a node in between; returns the name of its one result.
  std::string add(std::string_view op_type, const std::vector<std::string>& inputs,
                  const Attributes& attributes = {});
  /// Adds the node whose results are those of the op. An empty input is one that is left out.
  Status finish(std::string_view op_type, const std::vector<std::string>& inputs,
                const Attributes& attributes = {});
  /// A constant of the file.
  std::string constant(const HostTensor& tensor);
  std::string integers(const IntList& values) { return constant(HostTensor::integers(values)); }
  /// A number of operand 0's element type, without axes.
  std::string scalar(double value);
  /// The error of a form that has no nodes.
  Error unsupported(std::string_view what) const;

 private:
  OnnxBuilder* builder_;
  const Op* op_;
  OpView view_;
  std::vector<std::string> inputs_;
  std::vector<std::string> results_;
};

/// How one op of ours becomes ONNX nodes.
struct OnnxWriting {
  std::string_view name{};  ///< of our op
  Status (*emit)(OnnxEmission& out) = nullptr;
};
using OnnxWritingRegistry = Registry<OnnxWriting>;

#if defined(TPUSCOPE_WITHOUT_ONNX)  // see node.h
[[gnu::always_inline]] inline bool register_onnx_emission(std::string_view,
                                                          Status (*)(OnnxEmission&)) {
  return true;
}
#else
bool register_onnx_emission(std::string_view type, Status (*emit)(OnnxEmission& out));
#endif

}  // namespace tpuscope
