// ModelReader: the walk over an ONNX model. What an operator means is defined by its translation
// (register_onnx); the reader itself knows names, functions of the model, and If, Loop and Scan,
// which have no meaning but that of their bodies. Its methods are in files by what they read.

#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <onnx/onnx_pb.h>

#include "graph/frontend.h"
#include "graph/onnx/body.h"
#include "graph/onnx/external_values.h"
#include "graph/onnx/scope.h"

namespace tpuscope {

using OnnxResults = Result<std::vector<OnnxNamed>>;

/// The name under which a node's operator has its translation.
std::string operator_name(const onnx::NodeProto& node);
bool is_default_domain(std::string_view domain);

/// Weights above this are never shapes, indices or scales that an import reads.
inline constexpr std::int64_t kMaxKeptElements = std::int64_t{1} << 16;

class ModelReader {
 public:
  ModelReader(const onnx::ModelProto& model, const ImportOptions& options);
  Result<Graph> read();

 private:
  // --- reader.cpp: the model ---
  Status read_opsets();
  Status read_inputs(Scope& scope, const std::set<std::string_view>& read);
  Result<std::vector<std::string_view>> output_names() const;
  Status read_outputs(Scope& scope, const std::vector<std::string_view>& names);
  Status check_branches() const;
  void tell_contradictions() const;
  void tell_host_work(const OnnxNodes& nodes, const Body& body, const Scope& scope) const;
  void drop_large_data();

  // --- node_reader.cpp: graphs and their nodes ---
  Status read_initializers(const onnx::GraphProto& graph, Scope& scope);
  Result<const Body*> body(const OnnxNodes& nodes, const std::vector<std::string_view>& outputs,
                           const Scope& scope);
  Status check_operators(const OnnxNodes& nodes, const Body& body, const Scope& scope) const;
  std::string end_before(const OnnxNodes& nodes, const Body& body, const Scope& scope,
                         const std::function<bool(const onnx::NodeProto&)>& is_left_out) const;
  bool is_supported(const onnx::NodeProto& node, const Scope& scope) const;
  Status read_nodes(const OnnxNodes& nodes, const Body& body, Scope& scope);
  Status read_node(const onnx::NodeProto& proto, int index, const Body& body, Scope& scope);
  Status read_operands(const onnx::NodeProto& proto, const Body& body, Scope& scope,
                       OnnxNode& node);
  OnnxResults translate(const onnx::NodeProto& proto, OnnxNode& node, Scope& scope);
  Status name_results(const onnx::NodeProto& proto, const OnnxNode& node,
                      const std::vector<OnnxNamed>& results, std::size_t ops_before, Scope& scope);
  void compare_with_declared(const std::string& raw, Value value, const OnnxNode& node,
                             const Scope& scope);
  std::optional<std::int64_t> opset_of(const onnx::NodeProto& node, const Scope& scope) const;
  Result<OnnxNamed> find(Scope& scope, const std::string& name);
  Result<Value> find_initializer(const Scope& scope, const onnx::TensorProto& tensor);

  // --- local_functions.cpp: functions of the model ---
  const onnx::FunctionProto* function_of(const onnx::NodeProto& node) const;
  OnnxResults call(const onnx::FunctionProto& function, const onnx::NodeProto& proto,
                   const OnnxNode& node, const Scope& outer);

  // --- control_flow.cpp: If, Loop and Scan ---
  OnnxResults read_if(const onnx::NodeProto& proto, OnnxNode& node, Scope& outer);
  OnnxResults read_if_on_data(const onnx::GraphProto& then_graph,
                              const onnx::GraphProto& else_graph, const OnnxNode& node,
                              Scope& outer);
  /// What is carried from trip to trip, and what is collected over all of them.
  struct Repeated {
    std::optional<OnnxNamed> counter{};  ///< of a Loop
    std::vector<OnnxNamed> carried{};
    std::vector<std::vector<Value>> collected{};
  };
  Status read_trip(const onnx::GraphProto& graph, const OnnxNode& node, Scope& outer,
                   std::int64_t trip, const std::vector<OnnxNamed>& scanned, Repeated& state);
  static Result<Value> nothing_collected(const onnx::ValueInfoProto& declared, OnnxNode& node);
  OnnxResults read_loop(const onnx::NodeProto& proto, OnnxNode& node, Scope& outer);
  OnnxResults read_scan(const onnx::NodeProto& proto, OnnxNode& node, Scope& outer);
  Result<const onnx::GraphProto*> subgraph(const onnx::NodeProto& proto, std::string_view name,
                                           const Scope& scope) const;
  /// The results of a graph within another one, whose inputs are `inputs`.
  OnnxResults read_subgraph(const onnx::GraphProto& graph, const std::vector<OnnxNamed>& inputs,
                            Scope inner);

  const onnx::ModelProto& model_;
  const ImportOptions& options_;
  Graph graph_;
  Opsets opsets_{};
  ExternalValues external_;
  std::int64_t fold_budget_;
  std::size_t nodes_read_ = 0;
  std::map<const OnnxNodes*, Body> bodies_{};  ///< chosen and ordered once per file
  /// Weights of subgraphs and constants of repeated ones, made when they are first read.
  std::map<const void*, Value> constants_{};
  std::map<const onnx::FunctionProto*, std::vector<onnx::AttributeProto>> defaults_{};
  Errors errors_{};  ///< after which there is something to go on with
  std::set<std::string> used_branches_{};
  struct Contradictions {
    std::size_t count = 0;
    std::string first{};
    std::string where{};
  };
  Contradictions contradictions_{};
};

}  // namespace tpuscope
