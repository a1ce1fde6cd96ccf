// The model as a whole: operator sets, inputs, outputs, and what is left of weights' values.

#include "graph/onnx/reader.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/onnx/host_operators.h"
#include "graph/onnx/input_types.h"
#include "graph/onnx/model_reader.h"
#include "graph/onnx/operators.h"
#include "graph/onnx/proto_tensor.h"
#include "graph/pass.h"

namespace tpuscope {
namespace {

/// What folding may make in one file, in elements of 8 bytes: 512 MiB.
constexpr std::int64_t kFoldBudget = std::int64_t{1} << 26;

std::string graph_name(const onnx::ModelProto& model) {
  return model.graph().name().empty() ? "graph" : printable_name(model.graph().name());
}

}  // namespace

ModelReader::ModelReader(const onnx::ModelProto& model, const ImportOptions& options)
    : model_(model),
      options_(options),
      graph_(graph_name(model)),
      external_(options.folder),
      fold_budget_(kFoldBudget) {}

Result<Graph> ModelReader::read() {
  TPU_TRY_STATUS(read_opsets());
  TPU_TRY(const std::vector<std::string_view> outputs, output_names());
  Scope scope;
  TPU_TRY_STATUS(read_initializers(model_.graph(), scope));
  std::set<std::string_view> inputs;
  for (const onnx::ValueInfoProto& input : model_.graph().input())
    inputs.insert(input.name());
  const OnnxNodes& nodes = model_.graph().node();
  TPU_TRY(const Body body, body_of(nodes, outputs, [&](std::string_view name) {
            return inputs.contains(name) || scope.knows(name);
          }));
  TPU_TRY_STATUS(check_operators(nodes, body, scope));
  TPU_TRY_STATUS(read_inputs(scope, body.read));
  scope.declared = declared_types(model_.graph());
  TPU_TRY_STATUS(read_nodes(nodes, body, scope));
  TPU_TRY_STATUS(read_outputs(scope, outputs));
  if (!errors_.empty()) return errors_;
  TPU_TRY_STATUS(check_branches());
  tell_contradictions();
  graph_.erase_unused();
  graph_.compact();
  tell_host_work(nodes, body, scope);
  if (!options_.keep_all_data) drop_large_data();
  TPU_TRY_STATUS(run_import_passes(graph_, options_.without));
  TPU_TRY_STATUS(verify(graph_));
  return std::move(graph_);
}

Status ModelReader::read_opsets() {
  for (const onnx::OperatorSetIdProto& opset : model_.opset_import()) {
    const bool is_default = is_default_domain(opset.domain());
    opsets_[is_default ? "" : opset.domain()] = opset.version();
  }
  const auto found = opsets_.find("");
  if (found == opsets_.end() || found->second <= newest_opset() || !options_.on_notice) return Ok{};
  options_.on_notice(
      {.message = fmt::format("operator set {} is newer than {}, the newest that is known: "
                              "operators are read as of that",
                              found->second, newest_opset())});
  return Ok{};
}

/// The tensors at which the network ends.
Result<std::vector<std::string_view>> ModelReader::output_names() const {
  std::vector<std::string_view> names;
  std::vector<std::string> known;
  for (const onnx::ValueInfoProto& output : model_.graph().output())
    names.push_back(output.name());
  if (options_.outputs.empty()) return names;
  std::set<std::string_view> tensors(names.begin(), names.end());
  for (const onnx::NodeProto& node : model_.graph().node())
    tensors.insert(node.output().begin(), node.output().end());
  const std::vector<std::string_view> own = std::exchange(names, {});
  for (const std::string& name : options_.outputs) {
    if (!tensors.contains(name)) {
      if (options_.is_one_of_several) continue;
      for (const std::string_view tensor : tensors)
        known.push_back(printable_name(tensor));
      return Error{.code = ErrorCode::kUsage,
                   .message = fmt::format("there is no tensor {} to end at", in_quotes(name)),
                   .hint = did_you_mean(name, known)};
    }
    names.push_back(name);
  }
  return names.empty() ? own : names;
}

Status ModelReader::read_inputs(Scope& scope, const std::set<std::string_view>& read) {
  std::vector<const onnx::ValueInfoProto*> inputs;
  std::set<std::string_view> names;
  for (const onnx::ValueInfoProto& input : model_.graph().input()) {
    // Files before IR version 4 list initializers among the inputs.
    if (scope.initializers.contains(input.name())) continue;
    if (!names.insert(input.name()).second) {
      return Error{.message = "two inputs have this name", .where = printable_name(input.name())};
    }
    // One that nothing reads is kept where the file has its type.
    const bool is_wanted = read.contains(input.name()) ||
                           (options_.outputs.empty() && input.type().has_tensor_type() &&
                            dtype_of_onnx(input.type().tensor_type().elem_type()));
    if (is_wanted) inputs.push_back(&input);
  }
  TPU_TRY(const InputTypes types, input_types(inputs, options_));
  for (const onnx::ValueInfoProto* input : inputs) {
    const InputType& given = types.at(input->name());
    OpSpec spec{.type = given.is_constant ? "Weight" : "Input",
                .name = printable_name(input->name()),
                .result_types = {given.type}};
    if (given.is_constant) {
      HostTensor tensor{given.type, given.values};
      tensor.round();
      spec.data = std::make_shared<const HostTensor>(std::move(tensor));
    }
    TPU_TRY(const OpId op, graph_.add(std::move(spec), {}));
    scope.values.emplace(input->name(), OnnxNamed{.tensor = Value{op, 0}});
  }
  return Ok{};
}

Status ModelReader::read_outputs(Scope& scope, const std::vector<std::string_view>& names) {
  std::set<std::string_view> seen;
  for (const std::string_view raw : names) {
    const std::string name = printable_name(raw);
    if (!seen.insert(raw).second) {
      return Error{.message = "two outputs have this name", .where = name};
    }
    TPU_TRY(const OnnxNamed named, with_location(find(scope, std::string(raw)), name));
    if (named.tensor) {
      TPU_TRY_STATUS(graph_.add({.type = "Output", .name = name}, {*named.tensor}));
    } else if (named.sequence != nullptr) {
      for (const Value value : *named.sequence)
        TPU_TRY_STATUS(graph_.add({.type = "Output", .name = name}, {value}));
    }
  }
  return Ok{};
}

/// Branches that the user chose and that are none.
Status ModelReader::check_branches() const {
  for (const auto& [name, takes_then] : options_.branches) {
    if (options_.is_one_of_several || used_branches_.contains(name)) continue;
    return Error{.code = ErrorCode::kUsage,
                 .message = fmt::format("there is no If {} on data", in_quotes(name)),
                 .hint = "without --branch the error lists those that depend on data"};
  }
  return Ok{};
}

/// Shapes that a file declares may be stale: of another batch, or of a tool that did not infer them
/// anew. Ours follow from the operators.
void ModelReader::tell_contradictions() const {
  if (contradictions_.count == 0 || !options_.on_notice) return;
  const std::string more =
      contradictions_.count == 1 ? "" : fmt::format(" ({} like it)", contradictions_.count - 1);
  options_.on_notice({.message = contradictions_.first + more,
                      .where = contradictions_.where,
                      .hint = "what the operators say is taken"});
}

/// What the chip waits for, how many results of selections are taken, and where the network ends
/// without.
void ModelReader::tell_host_work(const OnnxNodes& nodes, const Body& body,
                                 const Scope& scope) const {
  std::map<std::string, std::size_t> kinds;
  std::int64_t rows = 0;
  bool has_work_of_chip = false;
  for (const OpId id : graph_.ops()) {
    const Op& op = graph_[id];
    if (!op.is("Host")) {
      has_work_of_chip = has_work_of_chip || op.def->work != nullptr;
      continue;
    }
    ++kinds[op.attributes.text("operator")];
    rows = std::max(rows, op.attributes.integer("rows"));
  }
  if (kinds.empty() || !options_.on_notice) return;
  std::vector<std::string> named;
  for (const auto& [kind, count] : kinds)
    named.push_back(count == 1 ? kind : fmt::format("{} ({})", kind, count));
  std::string hint;
  if (rows > 0) {
    hint = fmt::format("what it selects is taken as at most {} rows (--max-rows)", rows);
  }
  const std::string end = end_before(nodes, body, scope, [](const onnx::NodeProto& node) {
    return is_host_operator(operator_name(node));
  });
  if (!end.empty()) hint += (hint.empty() ? "" : "; ") + end;
  if (!has_work_of_chip) {
    hint += std::string(hint.empty() ? "" : "; ") +
            "a chip adds nothing to a model that is all of it: run it where the data are";
  }
  options_.on_notice({.message = "work of the host: " + join(named), .hint = hint});
}

void ModelReader::drop_large_data() {
  for (const OpId op : graph_.ops()) {
    if (graph_[op].data == nullptr || graph_[op].data->elements() <= kMaxKeptElements) continue;
    if (is_float(graph_[op].results[0].type.dtype)) graph_.set_data(op, nullptr);
  }
}

Result<Graph> graph_from_onnx(const onnx::ModelProto& model, const ImportOptions& options) {
  return ModelReader(model, options).read();
}

}  // namespace tpuscope
