// OnnxBuilder: an ONNX model while it is written; the only place of the way out that fills
// protobuf's messages.

#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <onnx/onnx_pb.h>

#include "graph/attribute.h"
#include "graph/host_tensor.h"

namespace tpuscope {

class OnnxBuilder {
 public:
  explicit OnnxBuilder(const std::string& graph_name);

  /// A name that no tensor of the file has yet, made from `wish`.
  std::string take_name(const std::string& wish) { return tensors_.take(wish); }

  /// `name` is made unique: runtimes demand it, and one op may become several nodes.
  void add_node(std::string_view op_type, const std::string& name,
                const std::vector<std::string>& inputs, const std::vector<std::string>& outputs,
                const Attributes& attributes);
  void add_input(const std::string& name, const TensorType& type);
  void add_output(const std::string& name, const TensorType& type);
  /// Declares the type of a tensor in between.
  void add_type(const std::string& name, const TensorType& type);
  /// A constant with its values in the file.
  void add_values(const std::string& name, const HostTensor& tensor);
  /// A constant of unknown values: a reference into a file of weights beside the model. The
  /// tensors are stored there one after the other, in the order in which they are added.
  void add_reference(const std::string& name, const TensorType& type);

  onnx::ModelProto take_model() { return std::move(model_); }

 private:
  onnx::GraphProto& graph() { return *model_.mutable_graph(); }

  /// Names of one kind, none twice.
  class Names {
   public:
    std::string take(const std::string& wish);

   private:
    std::set<std::string> taken_{};
    std::map<std::string, int> suffixes_{};  ///< last one tried per wish: no search from the start
  };

  onnx::ModelProto model_{};
  Names tensors_{};
  Names nodes_{};
  std::int64_t reference_end_ = 0;
};

}  // namespace tpuscope
