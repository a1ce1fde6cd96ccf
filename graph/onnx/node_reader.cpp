// Graphs and their nodes: names become values, nodes what their translations make of them.

#include <algorithm>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/onnx/cut.h"
#include "graph/onnx/host_operators.h"
#include "graph/onnx/model_reader.h"
#include "graph/onnx/node_attributes.h"
#include "graph/onnx/node_metadata.h"
#include "graph/onnx/operators.h"
#include "graph/onnx/proto_tensor.h"

namespace tpuscope {
namespace {

/// The most tensors that all graphs of a file together may have: real networks have thousands.
constexpr std::size_t kMaxOps = std::size_t{1} << 20U;
/// The operator set at which the translations begin.
constexpr std::int64_t kOldestOpset = 7;
/// More tensors than this are no command line that anybody would type.
constexpr std::size_t kMaxNamedCut = 12;

/// The failure with the node's name as its place, unless what failed has named it already.
Status located(Status status, const std::string& node) {
  if (!status.ok() && status.error().where.starts_with(node)) return status;
  return with_location(std::move(status), node);
}

/// Whether a type is one of shapes, indices and masks, and not one of weights: those of quantised
/// files are integers of up to 16 bits.
bool is_index_type(DType dtype) {
  return !is_float(dtype) && (size_of(dtype) > 2 || dtype == DType::kBool);
}

}  // namespace

bool is_default_domain(std::string_view domain) {
  return domain.empty() || domain == "ai.onnx";
}

std::string operator_name(const onnx::NodeProto& node) {
  return is_default_domain(node.domain()) ? node.op_type() : node.domain() + "." + node.op_type();
}

Status ModelReader::read_initializers(const onnx::GraphProto& graph, Scope& scope) {
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

Result<const Body*> ModelReader::body(const OnnxNodes& nodes,
                                      const std::vector<std::string_view>& outputs,
                                      const Scope& scope) {
  if (const auto found = bodies_.find(&nodes); found != bodies_.end()) return &found->second;
  TPU_TRY(Body chosen,
          body_of(nodes, outputs, [&](std::string_view name) { return scope.knows(name); }));
  TPU_TRY_STATUS(check_operators(nodes, chosen, scope));
  return &bodies_.emplace(&nodes, std::move(chosen)).first->second;
}

std::optional<std::int64_t> ModelReader::opset_of(const onnx::NodeProto& node,
                                                  const Scope& scope) const {
  const std::string domain = is_default_domain(node.domain()) ? "" : node.domain();
  const Opsets& opsets = scope.frame != nullptr ? scope.frame->opsets : opsets_;
  if (const auto found = opsets.find(domain); found != opsets.end()) return found->second;
  if (const auto found = opsets_.find(domain); found != opsets_.end()) return found->second;
  // Other domains have one version, and tools forget to state it.
  return domain.empty() ? std::nullopt : std::optional<std::int64_t>(1);
}

bool ModelReader::is_supported(const onnx::NodeProto& node, const Scope& scope) const {
  if (function_of(node) != nullptr) return true;
  const std::string name = operator_name(node);
  if (OnnxRegistry::instance().find(name) == nullptr) return false;
  if (!is_default_domain(node.domain())) return true;  // whose sets are counted by themselves
  const std::int64_t opset = opset_of(node, scope).value_or(kOldestOpset);
  // Before the oldest set, what did not change until then.
  return opset >= kOldestOpset ||
         version_in_force(name, opset) == version_in_force(name, kOldestOpset);
}

/// All nodes without a translation, in one error: users need the whole list.
Status ModelReader::check_operators(const OnnxNodes& nodes, const Body& body,
                                    const Scope& scope) const {
  Errors errors;
  std::set<std::string> kinds;
  std::size_t unsupported = 0;
  std::vector<int> in_file_order = body.order;
  std::sort(in_file_order.begin(), in_file_order.end());
  for (const int i : in_file_order) {
    const onnx::NodeProto& node = nodes[i];
    if (is_supported(node, scope)) continue;
    ++unsupported;
    const std::string kind = printable_name(operator_name(node));
    const bool is_old = OnnxRegistry::instance().find(operator_name(node)) != nullptr;
    const std::string form =
        is_old ? fmt::format(" of operator set {}", opset_of(node, scope).value_or(0)) : "";
    if (kinds.size() < kMaxErrors) kinds.insert(kind + form);
    if (errors.size() == kMaxErrors) continue;
    const std::string_view verdict =
        is_host_operator(kind) ? "is work of the host and not supported" : "is not supported";
    errors.push_back({.code = ErrorCode::kUnsupported,
                      .message = fmt::format("operator {}{} {}", in_quotes(kind), form, verdict),
                      .where = scope.prefix + node_name(node, i)});
  }
  if (errors.empty()) return Ok{};
  errors.front().hint = fmt::format("{} of {} nodes are not supported: {}", unsupported,
                                    body.order.size(), join({kinds.begin(), kinds.end()}));
  const std::string end = end_before(
      nodes, body, scope, [&](const onnx::NodeProto& node) { return !is_supported(node, scope); });
  if (!end.empty()) errors.front().hint += "; " + end;
  return errors;
}

/// How to end the network itself before what is left out; empty where nothing would be left.
std::string ModelReader::end_before(
    const OnnxNodes& nodes, const Body& body, const Scope& scope,
    const std::function<bool(const onnx::NodeProto&)>& is_left_out) const {
  if (&nodes != &model_.graph().node()) return "";
  std::set<std::string_view> inputs;
  for (const onnx::ValueInfoProto& input : model_.graph().input())
    inputs.insert(input.name());
  const Result<std::vector<std::string_view>> outputs = output_names();
  if (!outputs.ok()) return "";
  const std::vector<std::string_view> cut = cut_before(
      nodes, body, *outputs,
      [&](std::string_view name) {
        return inputs.contains(name) && !scope.initializers.contains(std::string(name));
      },
      [&](int index) { return is_left_out(nodes[index]); });
  if (cut.empty() || cut.size() > kMaxNamedCut) return "";
  std::vector<std::string> names;
  for (const std::string_view name : cut)
    names.push_back(printable_name(name));
  return fmt::format("--outputs {} ends the network before", join(names, ","));
}

Status ModelReader::read_nodes(const OnnxNodes& nodes, const Body& body, Scope& scope) {
  for (const int index : body.order) {
    TPU_TRY_STATUS(located(read_node(nodes[index], index, body, scope),
                           scope.prefix + node_name(nodes[index], index)));
  }
  return Ok{};
}

Status ModelReader::read_node(const onnx::NodeProto& proto, int index, const Body& body,
                              Scope& scope) {
  if (scope.is_repeated && proto.op_type() == "Constant" && is_default_domain(proto.domain())) {
    if (const auto made = constants_.find(&proto); made != constants_.end()) {
      scope.values.insert_or_assign(proto.output(0), OnnxNamed{.tensor = made->second});
      return Ok{};
    }
  }
  // Functions that call functions twice each would go on for ever without making an operator.
  if (++nodes_read_ > kMaxOps) {
    return Error{.code = ErrorCode::kUnsupported,
                 .message = fmt::format("the model comes to more than {} nodes", kMaxOps)};
  }
  OnnxNode node(graph_);
  node.op_type = proto.op_type();
  node.name = scope.prefix + node_name(proto, index);
  node.module_path = module_path_of(proto, scope.path);
  node.fold_budget = &fold_budget_;
  node.max_rows = options_.max_rows;
  node.missing_values = external_.problem();
  const std::optional<std::int64_t> opset = opset_of(proto, scope);
  if (!opset) {
    return Error{.message = "the model does not say which operator set it uses",
                 .hint = "the file is damaged, or older than ONNX 1.2"};
  }
  node.opset = *opset;
  TPU_TRY_STATUS(read_operands(proto, body, scope, node));
  TPU_TRY_STATUS(read_attributes(proto, scope.frame, external_, node));
  const std::size_t ops_before = graph_.size();
  TPU_TRY(const std::vector<OnnxNamed> results, translate(proto, node, scope));
  if (!node.attribute_errors().empty()) return node.attribute_errors();
  if (graph_.size() > kMaxOps) {
    return Error{.code = ErrorCode::kUnsupported,
                 .message = fmt::format("the model has more than {} operators", kMaxOps)};
  }
  TPU_TRY_STATUS(name_results(proto, node, results, ops_before, scope));
  if (scope.is_repeated && proto.op_type() == "Constant" && results.size() == 1 &&
      results[0].tensor && scope.frame == nullptr) {
    constants_.emplace(&proto, *results[0].tensor);
  }
  return Ok{};
}

Status ModelReader::read_operands(const onnx::NodeProto& proto, const Body& body, Scope& scope,
                                  OnnxNode& node) {
  node.output_count = static_cast<std::size_t>(proto.output_size());
  for (const std::string& output : proto.output()) {
    node.output_names.push_back(printable_name(scope.prefix + output));
    node.output_used.push_back(!output.empty() && body.read.contains(output));
  }
  for (const std::string& input : proto.input()) {
    node.input_names.push_back(printable_name(input));
    node.inputs.emplace_back();
    node.sequences.emplace_back();
    if (input.empty()) continue;
    TPU_TRY(OnnxNamed named, find(scope, input));
    node.inputs.back() = named.tensor;
    node.sequences.back() = std::move(named.sequence);
  }
  return Ok{};
}

OnnxResults ModelReader::translate(const onnx::NodeProto& proto, OnnxNode& node, Scope& scope) {
  if (const onnx::FunctionProto* function = function_of(proto); function != nullptr) {
    return call(*function, proto, node, scope);
  }
  const std::string name = operator_name(proto);
  if (name == "If") return read_if(proto, node, scope);
  if (name == "Loop") return read_loop(proto, node, scope);
  if (name == "Scan") return read_scan(proto, node, scope);
  const OnnxTranslation* translation = OnnxRegistry::instance().find(name);
  TPU_CHECK(translation != nullptr, "operator {} passed check_operators", name);
  TPU_TRY(const std::vector<Value> values, translation->translate(node));
  if (!node.named_results.empty()) return std::move(node.named_results);
  std::vector<OnnxNamed> results;
  for (const Value value : values)
    results.push_back({.tensor = value});
  return results;
}

Status ModelReader::name_results(const onnx::NodeProto& proto, const OnnxNode& node,
                                 const std::vector<OnnxNamed>& results, std::size_t ops_before,
                                 Scope& scope) {
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
    scope.values.insert_or_assign(raw, results[i]);
    if (!results[i].tensor) continue;
    const Value value = *results[i].tensor;
    // A node that passes its input through must not rename it.
    if (value.op.index >= ops_before) graph_.set_result_name(value, node.output_names[i]);
    compare_with_declared(raw, value, node, scope);
  }
  return Ok{};
}

void ModelReader::compare_with_declared(const std::string& raw, Value value, const OnnxNode& node,
                                        const Scope& scope) {
  const auto declared = scope.declared.find(raw);
  if (declared == scope.declared.end() || agrees(graph_.type(value), *declared->second)) return;
  if (contradictions_.count++ > 0) return;
  contradictions_.where = node.name;
  contradictions_.first = fmt::format("tensor {} is {} by its operator, the file declares {}",
                                      in_quotes(printable_name(raw)), type_text(graph_.type(value)),
                                      declared_text(*declared->second));
}

/// The value of a name, which becomes a Weight when an initializer is used for the first time:
/// weights are then next to the ops that use them.
Result<OnnxNamed> ModelReader::find(Scope& scope, const std::string& name) {
  for (const Scope* at = &scope; at != nullptr; at = at->outer) {
    if (const auto found = at->values.find(name); found != at->values.end()) return found->second;
    if (const auto found = at->initializers.find(name); found != at->initializers.end()) {
      TPU_TRY(const Value value, find_initializer(*at, *found->second));
      return OnnxNamed{.tensor = value};
    }
  }
  return Error{.message = fmt::format("nothing produces {}", in_quotes(printable_name(name)))};
}

Result<Value> ModelReader::find_initializer(const Scope& scope, const onnx::TensorProto& tensor) {
  if (const auto made = constants_.find(&tensor); made != constants_.end()) return made->second;
  TPU_TRY(TensorType type, type_of_proto(tensor));
  OpSpec spec{.type = "Weight", .name = printable_name(scope.prefix + tensor.name())};
  const bool wanted =
      options_.keep_all_data || is_index_type(type.dtype) || type.elements() <= kMaxKeptElements;
  if (wanted) {
    TPU_TRY(std::optional<HostTensor> values, tensor.data_location() == onnx::TensorProto::EXTERNAL
                                                  ? external_.values(tensor)
                                                  : values_of_proto(tensor));
    if (values) spec.data = std::make_shared<const HostTensor>(std::move(*values));
  }
  spec.result_types = {std::move(type)};
  TPU_TRY(const OpId op, graph_.add(std::move(spec), {}));
  constants_.emplace(&tensor, Value{op, 0});
  return Value{op, 0};
}

}  // namespace tpuscope
