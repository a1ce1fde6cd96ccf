// The walk over the nodes of an ONNX graph. Names become values; what an operator means is told by
// its translation (register_onnx), so this file knows only If, which has no meaning of its own: on
// a known condition it is one of its branches.

#include "graph/onnx/reader.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/onnx/interface.h"
#include "graph/onnx/node.h"
#include "graph/onnx/node_attributes.h"
#include "graph/onnx/node_order.h"
#include "graph/onnx/proto_tensor.h"
#include "graph/pass.h"

namespace tpuscope {
namespace {

constexpr std::int64_t kOldestOpset = 7;
constexpr std::int64_t kNewestOpset = 18;
/// Weights above this are never shapes, indices or scales that somebody asks for.
constexpr std::int64_t kMaxKeptElements = std::int64_t{1} << 16;
/// What folding may make in one file, in elements of 8 bytes: 512 MiB.
constexpr std::int64_t kFoldBudget = std::int64_t{1} << 26;
/// The most tensors that all graphs of a file together may have: real networks have thousands.
constexpr std::size_t kMaxOps = std::size_t{1} << 20U;

bool is_default_domain(std::string_view domain) {
  return domain.empty() || domain == "ai.onnx";
}

/// The name under which a node's operator has its translation.
std::string operator_name(const onnx::NodeProto& node) {
  return is_default_domain(node.domain()) ? node.op_type() : node.domain() + "." + node.op_type();
}

bool is_supported(const onnx::NodeProto& node) {
  const std::string name = operator_name(node);
  return name == "If" || OnnxRegistry::instance().find(name) != nullptr;
}

/// All nodes without a translation, at once: a user wants to know the whole gap.
Status check_operators(const onnx::GraphProto& graph) {
  Errors errors;
  std::set<std::string> kinds;
  std::size_t unsupported = 0;
  for (int i = 0; i < graph.node_size(); ++i) {
    const onnx::NodeProto& node = graph.node(i);
    if (is_supported(node)) continue;
    ++unsupported;
    const std::string kind = printable_name(operator_name(node));
    if (kinds.size() < kMaxErrors) kinds.insert(kind);
    if (errors.size() == kMaxErrors) continue;
    errors.push_back({.code = ErrorCode::kUnsupported,
                      .message = fmt::format("operator {} is not supported", in_quotes(kind)),
                      .where = node_name(node, i)});
  }
  if (errors.empty()) return Ok{};
  errors.front().hint = fmt::format("{} of {} nodes are not supported: {}", unsupported,
                                    graph.node_size(), join({kinds.begin(), kinds.end()}));
  return errors;
}

/// The failure with the node's name as its place, unless what failed has named it already.
Status located(Status status, const std::string& node) {
  if (!status.ok() && status.error().where.starts_with(node)) return status;
  return with_location(std::move(status), node);
}

/// The names of one graph and of those around it.
struct Scope {
  const Scope* outer = nullptr;
  std::map<std::string_view, const onnx::TensorProto*> initializers{};
  std::map<std::string_view, Value> values{};
  DeclaredTypes declared{};

  bool knows(std::string_view name) const {
    return values.contains(name) || initializers.contains(name) ||
           (outer != nullptr && outer->knows(name));
  }
};

class Reader {
 public:
  Reader(const onnx::ModelProto& model, const ImportOptions& options)
      : model_(model), options_(options), graph_(graph_name(model)) {}

  Result<Graph> read() {
    TPU_TRY_STATUS(read_opsets());
    Scope scope;
    TPU_TRY_STATUS(read_initializers(model_.graph(), scope));
    TPU_TRY_STATUS(read_inputs(scope));
    TPU_TRY_STATUS(read_nodes(model_.graph(), scope));
    TPU_TRY_STATUS(read_outputs(scope));
    graph_.erase_unused();
    graph_.compact();
    if (!options_.keep_all_data) drop_large_data();
    TPU_TRY_STATUS(run_import_passes(graph_));
    TPU_TRY_STATUS(verify(graph_));
    return std::move(graph_);
  }

 private:
  static std::string graph_name(const onnx::ModelProto& model) {
    return model.graph().name().empty() ? "graph" : printable_name(model.graph().name());
  }

  Status read_opsets() {
    for (const onnx::OperatorSetIdProto& opset : model_.opset_import()) {
      const bool is_default = is_default_domain(opset.domain());
      opsets_[is_default ? "" : opset.domain()] = opset.version();
    }
    const auto found = opsets_.find("");
    if (found == opsets_.end()) return Ok{};  // read_node complains if a node needs it
    if (found->second >= kOldestOpset && found->second <= kNewestOpset) return Ok{};
    return Error{.code = ErrorCode::kUnsupported,
                 .message = fmt::format("the model uses operator set {}, supported are {} to {}",
                                        found->second, kOldestOpset, kNewestOpset),
                 .hint = fmt::format("export the model with opset {}",
                                     std::clamp(found->second, kOldestOpset, kNewestOpset))};
  }

  static Status read_initializers(const onnx::GraphProto& graph, Scope& scope) {
    if (graph.sparse_initializer_size() > 0) {
      return Error{.code = ErrorCode::kUnsupported,
                   .message = "sparse initializers are not supported",
                   .where = printable_name(graph.sparse_initializer(0).values().name())};
    }
    Errors errors;
    for (const onnx::TensorProto& tensor : graph.initializer()) {
      if (scope.initializers.try_emplace(tensor.name(), &tensor).second) continue;
      if (errors.size() == kMaxErrors) break;
      errors.push_back({.message = "two initializers have this name",
                        .where = printable_name(tensor.name()),
                        .hint = "each tensor needs a name of its own"});
    }
    if (!errors.empty()) return errors;
    return Ok{};
  }

  Status read_inputs(Scope& scope) {
    Errors errors;
    for (const onnx::ValueInfoProto& input : model_.graph().input()) {
      // Files before IR version 4 list initializers among the inputs.
      if (scope.initializers.contains(input.name())) continue;
      const Status status = read_input(input, scope);
      if (!status.ok()) errors.push_back(status.error());
      if (errors.size() == kMaxErrors) break;
    }
    if (!errors.empty()) return errors;
    return Ok{};
  }

  Status read_input(const onnx::ValueInfoProto& input, Scope& scope) {
    const std::string name = printable_name(input.name());
    if (scope.values.contains(input.name())) {
      return Error{.message = "two inputs have this name", .where = name};
    }
    OpSpec spec{.type = "Input", .name = name};
    if (const auto bound = options_.bound_inputs.find(input.name());
        bound != options_.bound_inputs.end()) {
      TPU_TRY(TensorType type, bound_input_type(input, bound->second.shape()));
      HostTensor tensor = bound->second;
      tensor.type = type;
      tensor.round();
      spec.type = "Weight";
      spec.data = std::make_shared<const HostTensor>(std::move(tensor));
      spec.result_types = {std::move(type)};
    } else {
      TPU_TRY(TensorType type, input_type(input));
      spec.result_types = {std::move(type)};
    }
    TPU_TRY(const OpId op, graph_.add(std::move(spec), {}));
    scope.values.emplace(input.name(), Value{op, 0});
    return Ok{};
  }

  Status read_nodes(const onnx::GraphProto& graph, Scope& scope) {
    TPU_TRY_STATUS(check_operators(graph));
    scope.declared = declared_types(graph);
    TPU_TRY(const std::vector<int> order,
            node_order(graph, [&](std::string_view name) { return scope.knows(name); }));
    std::set<std::string_view> read;
    for (const onnx::NodeProto& node : graph.node()) {
      for_each_read(node, [&](std::string_view name) { read.insert(name); });
    }
    for (const onnx::ValueInfoProto& output : graph.output())
      read.insert(output.name());
    Errors errors;
    for (const int index : order) {
      const Status status = located(read_node(graph.node(index), index, read, scope, errors),
                                    node_name(graph.node(index), index));
      if (!status.ok()) errors.push_back(status.error());
      // Only contradictions with declared types leave something to go on with.
      if (!status.ok() || errors.size() == kMaxErrors) break;
    }
    if (!errors.empty()) return errors;
    return Ok{};
  }

  Status read_node(const onnx::NodeProto& proto, int index, const std::set<std::string_view>& read,
                   Scope& scope, Errors& contradictions) {
    OnnxNode node(graph_);
    node.op_type = proto.op_type();
    node.name = node_name(proto, index);
    node.fold_budget = &fold_budget_;
    const auto opset = opsets_.find(is_default_domain(proto.domain()) ? "" : proto.domain());
    if (opset == opsets_.end()) {
      return Error{.message = is_default_domain(proto.domain())
                                  ? "the model does not say which operator set it uses"
                                  : fmt::format("the model imports no operator set for domain {}",
                                                in_quotes(printable_name(proto.domain()))),
                   .hint = "the file is damaged, or older than ONNX 1.2"};
    }
    node.opset = opset->second;
    node.output_count = static_cast<std::size_t>(proto.output_size());
    for (const std::string& output : proto.output()) {
      node.output_names.push_back(printable_name(output));
      node.output_used.push_back(!output.empty() && read.contains(output));
    }
    for (const std::string& input : proto.input()) {
      node.input_names.push_back(printable_name(input));
      node.inputs.emplace_back();
      if (input.empty()) continue;
      TPU_TRY(node.inputs.back(), find(scope, input));
    }
    TPU_TRY_STATUS(read_attributes(proto, node));
    const std::size_t ops_before = graph_.size();
    TPU_TRY(const std::vector<Value> results, translate(proto, node, scope));
    if (!node.attribute_errors().empty()) return node.attribute_errors();
    if (graph_.size() > kMaxOps) {
      return Error{.code = ErrorCode::kUnsupported,
                   .message = fmt::format("the model has more than {} operators", kMaxOps)};
    }
    return name_results(proto, node, results, ops_before, scope, contradictions);
  }

  OnnxValues translate(const onnx::NodeProto& proto, OnnxNode& node, const Scope& scope) {
    const std::string name = operator_name(proto);
    if (name == "If") return inline_branch(proto, node, scope);
    const OnnxTranslation* translation = OnnxRegistry::instance().find(name);
    TPU_CHECK(translation != nullptr, "operator {} passed check_operators", name);
    return translation->translate(node);
  }

  Status name_results(const onnx::NodeProto& proto, const OnnxNode& node,
                      const std::vector<Value>& results, std::size_t ops_before, Scope& scope,
                      Errors& contradictions) {
    for (std::size_t i = 0; i < node.output_count; ++i) {
      const std::string& raw = proto.output(static_cast<int>(i));
      if (raw.empty()) continue;
      if (i >= results.size()) {
        if (!node.output_used[i]) continue;
        return Error{.code = ErrorCode::kUnsupported,
                     .message = fmt::format("output {} of {} is not supported", i,
                                            printable_name(node.op_type)),
                     .hint = fmt::format("{} is read", in_quotes(node.output_names[i]))};
      }
      const Value value = results[i];
      scope.values.insert_or_assign(raw, value);
      // A node that passes its input through must not rename it.
      if (value.op.index >= ops_before) graph_.set_result_name(value, node.output_names[i]);
      const auto declared = scope.declared.find(raw);
      if (declared == scope.declared.end() || agrees(graph_.type(value), *declared->second))
        continue;
      if (contradictions.size() == kMaxErrors) continue;
      contradictions.push_back(
          {.message = fmt::format("tensor {} is {} by its operator, the file declares {}",
                                  in_quotes(node.output_names[i]), type_text(graph_.type(value)),
                                  declared_text(*declared->second)),
           .where = node.name,
           .hint = "the file contradicts itself; run ONNX's shape inference on it"});
    }
    return Ok{};
  }

  /// Exporters guard a squeeze or a default with an If whose condition is a constant.
  OnnxValues inline_branch(const onnx::NodeProto& proto, const OnnxNode& node, const Scope& outer) {
    const Result<HostTensor> condition = node.constant(0);
    if (!condition.ok() || condition->elements() != 1) {
      return Error{.code = ErrorCode::kUnsupported,
                   .message = "an If is supported only with a constant condition",
                   .hint = "export the branch that the deployment takes"};
    }
    const std::string_view wanted = (*condition)[0] != 0 ? "then_branch" : "else_branch";
    const auto branch = std::find_if(
        proto.attribute().begin(), proto.attribute().end(),
        [&](const onnx::AttributeProto& attribute) { return attribute.name() == wanted; });
    if (branch == proto.attribute().end() || !branch->has_g()) {
      return Error{.message = fmt::format("the If has no {}", in_quotes(wanted))};
    }
    Scope scope{.outer = &outer, .initializers = {}, .values = {}, .declared = {}};
    TPU_TRY_STATUS(read_initializers(branch->g(), scope));
    TPU_TRY_STATUS(read_nodes(branch->g(), scope));
    std::vector<Value> results;
    for (const onnx::ValueInfoProto& output : branch->g().output()) {
      TPU_TRY(const Value value, find(scope, output.name()));
      results.push_back(value);
    }
    return results;
  }

  /// The value of a name, which becomes a Weight when an initializer is asked for the first time:
  /// weights then stand beside the ops that use them.
  Result<Value> find(Scope& scope, const std::string& name) {
    if (const auto found = scope.values.find(name); found != scope.values.end()) {
      return found->second;
    }
    if (const auto found = scope.initializers.find(name); found != scope.initializers.end()) {
      TPU_TRY(const Value value, add_initializer(*found->second));
      scope.values.emplace(name, value);
      return value;
    }
    for (const Scope* outer = scope.outer; outer != nullptr; outer = outer->outer) {
      if (const auto found = outer->values.find(name); found != outer->values.end()) {
        return found->second;
      }
      if (const auto found = outer->initializers.find(name); found != outer->initializers.end()) {
        return add_initializer(*found->second);
      }
    }
    return Error{.message = fmt::format("nothing produces {}", in_quotes(printable_name(name)))};
  }

  Result<Value> add_initializer(const onnx::TensorProto& tensor) {
    TPU_TRY(TensorType type, type_of_proto(tensor));
    OpSpec spec{.type = "Weight", .name = printable_name(tensor.name())};
    const bool is_weight_like = is_float(type.dtype) || size_of(type.dtype) <= 2;  // quantised
    const bool wanted =
        options_.keep_all_data || !is_weight_like || type.elements() <= kMaxKeptElements;
    TPU_TRY(std::optional<HostTensor> values,
            wanted ? values_of_proto(tensor) : std::optional<HostTensor>());
    if (values) spec.data = std::make_shared<const HostTensor>(std::move(*values));
    spec.result_types = {std::move(type)};
    TPU_TRY(const OpId op, graph_.add(std::move(spec), {}));
    return Value{op, 0};
  }

  Status read_outputs(Scope& scope) {
    std::set<std::string_view> seen;
    for (const onnx::ValueInfoProto& output : model_.graph().output()) {
      const std::string name = printable_name(output.name());
      if (!seen.insert(output.name()).second) {
        return Error{.message = "two outputs have this name", .where = name};
      }
      TPU_TRY(const Value value, with_location(find(scope, output.name()), name));
      TPU_TRY_STATUS(graph_.add({.type = "Output", .name = name}, {value}));
    }
    return Ok{};
  }

  void drop_large_data() {
    for (const OpId op : graph_.ops()) {
      if (graph_[op].data == nullptr || graph_[op].data->elements() <= kMaxKeptElements) continue;
      if (is_float(graph_[op].results[0].type.dtype)) graph_.set_data(op, nullptr);
    }
  }

  const onnx::ModelProto& model_;
  const ImportOptions& options_;
  Graph graph_;
  std::map<std::string, std::int64_t, std::less<>> opsets_{};
  std::int64_t fold_budget_ = kFoldBudget;
};

}  // namespace

Result<Graph> graph_from_onnx(const onnx::ModelProto& model, const ImportOptions& options) {
  return Reader(model, options).read();
}

}  // namespace tpuscope
