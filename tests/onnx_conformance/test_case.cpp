// Loading a case, binding what its shapes depend on, and comparing: the rules of the suite in one
// place.

#include "tests/onnx_conformance/test_case.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <optional>

#include <fmt/core.h>
#include <onnx/onnx_pb.h>

#include "base/text.h"
#include "graph/frontend.h"
#include "graph/onnx/interface.h"
#include "graph/onnx/proto_tensor.h"

namespace tpuscope::testing {
namespace {

namespace fs = std::filesystem;

using Tensors = std::map<std::string, HostTensor>;

CaseResult failed(std::string reason) {
  return {Verdict::kFailed, std::move(reason)};
}
CaseResult skipped(std::string reason) {
  return {Verdict::kSkipped, std::move(reason)};
}

std::string read_bytes(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// Why a tensor of the model's interface is beyond us; empty when it is not.
std::string unsupported_type(const onnx::ValueInfoProto& info) {
  if (info.type().has_sequence_type()) return "sequence type";
  if (info.type().has_optional_type()) return "optional type";
  if (!info.type().has_tensor_type()) return "map or sparse type";
  const std::int32_t element = info.type().tensor_type().elem_type();
  return dtype_of_onnx(element) ? "" : "element type " + onnx_type_name(element);
}

/// The tensors "input_0.pb", "input_1.pb" ... by the names of the model's inputs (or outputs).
template <typename Infos>
std::optional<Tensors> read_tensors(const fs::path& folder, const std::string& kind,
                                    const Infos& infos) {
  Tensors tensors;
  int index = 0;
  for (const onnx::ValueInfoProto& info : infos) {
    const fs::path path = folder / fmt::format("{}_{}.pb", kind, index++);
    if (!fs::exists(path)) continue;
    onnx::TensorProto proto;
    if (!proto.ParseFromString(read_bytes(path))) return std::nullopt;
    // NumPy has no bfloat16, so the suite stores its bits as integers.
    const bool bits = proto.data_type() == onnx::TensorProto::UINT16 &&
                      info.type().tensor_type().elem_type() == onnx::TensorProto::BFLOAT16;
    if (bits) proto.set_data_type(onnx::TensorProto::BFLOAT16);
    const Result<std::optional<HostTensor>> values = values_of_proto(proto);
    if (!values.ok() || !values->has_value()) return std::nullopt;
    tensors.emplace(info.name(), **values);
  }
  return tensors;
}

/// Whether the data set has the types that the model declares; a few of ONNX 1.12 do not.
bool fits(const Tensors& tensors, const onnx::GraphProto& graph) {
  return std::all_of(graph.input().begin(), graph.input().end(), [&](const auto& info) {
    const auto found = tensors.find(info.name());
    return found == tensors.end() || agrees(found->second.type, info.type());
  });
}

/// Imports with as few bound inputs as the model allows: the more stay inputs, the more is tested.
Result<Graph> import(const std::string& bytes, const Tensors& inputs) {
  ImportOptions options{.bound_inputs = {}, .keep_all_data = true};
  Result<Graph> graph = read_graph("model.onnx", bytes, options);
  while (!graph.ok() && options.bound_inputs.size() < inputs.size()) {
    const std::string& message = graph.error().message;
    if (message.starts_with("operator ")) break;
    bool bound = false;
    for (const auto& [name, tensor] : inputs) {
      if (message.find(in_quotes(name)) == std::string::npos) continue;
      bound = options.bound_inputs.try_emplace(name, tensor).second || bound;
    }
    if (!bound) options.bound_inputs.insert(inputs.begin(), inputs.end());
    Result<Graph> again = read_graph("model.onnx", bytes, options);
    graph = std::move(again);
  }
  return graph;
}

/// ONNX's own tolerances; but for bfloat16 one step of its 8 bits, since the suite truncates where
/// the later text of the specification rounds to nearest.
bool is_close(DType dtype, double got, double expected) {
  constexpr double kAbsolute = 1e-5;
  const double relative = dtype == DType::kBF16 ? 1.0 / 128 : 1e-3;
  if (std::isnan(expected) || std::isnan(got)) return std::isnan(expected) && std::isnan(got);
  if (std::isinf(expected) || std::isinf(got)) return got == expected;
  return std::abs(got - expected) <= kAbsolute + relative * std::abs(expected);
}

/// Empty when equal.
std::string difference(const HostTensor& got, const HostTensor& expected) {
  if (got.type != expected.type) {
    return fmt::format("type {}, expected {}", type_text(got.type), type_text(expected.type));
  }
  for (std::int64_t i = 0; i < got.elements(); ++i) {
    if (!is_close(got.type.dtype, got[i], expected[i])) {
      return fmt::format("element {} is {}, expected {}", i, got[i], expected[i]);
    }
  }
  return "";
}

/// The part of an error that groups cases: operators by name, other reasons without their numbers.
std::string skip_reason(const Error& error) {
  const std::string& message = error.message;
  if (!message.starts_with("operator ")) return message;
  return message.substr(0, message.find(" is not supported"));
}

CaseResult run_data_set(const fs::path& folder, const std::string& bytes,
                        const onnx::ModelProto& model) {
  const auto inputs = read_tensors(folder, "input", model.graph().input());
  const auto expected = read_tensors(folder, "output", model.graph().output());
  if (!inputs || !expected) return skipped("data set of another kind than dense tensors");
  if (!fits(*inputs, model.graph())) return skipped("data set contradicts the model's types");
  const Result<Graph> graph = import(bytes, *inputs);
  if (!graph.ok()) {
    const Error& error = graph.error();
    if (error.code == ErrorCode::kUnsupported) return skipped(skip_reason(error));
    return failed(fmt::format("{}: {}", error.where, error.message));
  }
  for (const OpId op : graph->ops()) {
    if ((*graph)[op].is("Host")) return skipped("work of the host");
  }
  std::vector<HostTensor> values;
  for (const OpId op : graph->inputs()) {
    const auto found = inputs->find((*graph)[op].results[0].name);
    if (found == inputs->end()) return failed("no value for input " + (*graph)[op].name);
    values.push_back(found->second);
  }
  const Result<std::vector<HostTensor>> results = evaluate(*graph, values);
  if (!results.ok()) {
    return failed(fmt::format("{}: {}", results.error().where, results.error().message));
  }
  const std::vector<OpId> outputs = graph->outputs();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const std::string& name = (*graph)[outputs[i]].name;
    const auto found = expected->find(name);
    if (found == expected->end()) continue;  // no expectation is stored
    const std::string wrong = difference(results->at(i), found->second);
    if (!wrong.empty()) return failed(fmt::format("output {}: {}", name, wrong));
  }
  return {};
}

/// Whether a model draws random numbers, which no two programs draw alike.
bool is_random(const onnx::ModelProto& model) {
  const auto& nodes = model.graph().node();
  return std::any_of(nodes.begin(), nodes.end(), [](const onnx::NodeProto& node) {
    return node.op_type().starts_with("Random") || node.op_type() == "Bernoulli";
  });
}

}  // namespace

CaseResult run_case(const fs::path& folder) {
  const std::string bytes = read_bytes(folder / "model.onnx");
  onnx::ModelProto model;
  if (!model.ParseFromString(bytes)) return failed("model.onnx cannot be parsed");
  for (const auto* infos : {&model.graph().input(), &model.graph().output()}) {
    for (const onnx::ValueInfoProto& info : *infos) {
      const std::string reason = unsupported_type(info);
      if (!reason.empty()) return skipped(reason);
    }
  }
  if (is_random(model)) return skipped("random numbers");
  for (int set = 0;; ++set) {
    const fs::path data = folder / fmt::format("test_data_set_{}", set);
    if (!fs::exists(data)) return set > 0 ? CaseResult{} : skipped("no data set");
    CaseResult result = run_data_set(data, bytes, model);
    if (result.verdict != Verdict::kPassed) return result;
  }
}

}  // namespace tpuscope::testing
