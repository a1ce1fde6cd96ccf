// What changes nothing in a file changes nothing in the graph that is read from it: no-ops in every
// spelling put on random edges of the built-in networks leave the imported graph, and with it the
// time, as it is.

#include <algorithm>
#include <array>
#include <rapidcheck.h>
#include <set>
#include <sstream>
#include <string>

#include <doctest/doctest.h>
#include <fmt/core.h>
#include <onnx/onnx_pb.h>

#include "graph/frontend.h"
#include "tests/support/graphs.h"

namespace tpuscope {
namespace {

using onnx::GraphProto;
using onnx::NodeProto;

std::int64_t opset_of(const onnx::ModelProto& model) {
  for (const auto& opset : model.opset_import()) {
    if (opset.domain().empty()) return opset.version();
  }
  return 0;
}

/// Tensors of the file that are real numbers for sure.
std::set<std::string> real_tensors(const GraphProto& graph) {
  static const std::set<std::string> kArithmetic = {
      "Add",  "Sub",  "Mul",    "Div",     "Pow",     "ReduceMean",        "Sqrt",      "Erf",
      "Conv", "Gemm", "MatMul", "Relu",    "Sigmoid", "Softmax",           "Transpose", "MaxPool",
      "Tanh", "Clip", "Concat", "Reshape", "Slice",   "LayerNormalization"};
  std::set<std::string> real;
  for (const auto& input : graph.input()) {
    if (input.type().tensor_type().elem_type() == onnx::TensorProto::FLOAT)
      real.insert(input.name());
  }
  std::set<std::string> constants;
  for (const auto& tensor : graph.initializer()) {
    if (tensor.data_type() == onnx::TensorProto::FLOAT) constants.insert(tensor.name());
  }
  for (const NodeProto& node : graph.node()) {
    if (!kArithmetic.contains(node.op_type()) || node.output_size() != 1) continue;
    for (const std::string& input : node.input()) {
      if (real.contains(input)) real.insert(node.output(0));
    }
  }
  for (const std::string& name : constants)
    real.erase(name);
  return real;
}

/// Writes no-ops into a file.
class Inserter {
 public:
  explicit Inserter(onnx::ModelProto& model) : model_(model), graph_(*model.mutable_graph()) {}

  /// The name of a tensor that equals `x`, in one of many spellings.
  std::string no_op(const std::string& x, int kind) {
    switch (kind) {
      case 0:
        return node("Mul", {x, number(1)});
      case 1:
        return node("Add", {number(0), x});
      case 2:
        return node("Sub", {x, number(0)});
      case 3:
        return node("Div", {x, number(1)});
      case 4:
        return node("Pow", {x, number(1)});
      case 5:
        return node("Identity", {x});
      case 6:
        return node("Transpose", {node("Transpose", {x})});
      case 7:
        return node("Reshape", {x, node("Shape", {x})});
      case 8:
        return node("Expand", {x, node("Shape", {x})});
      case 9:
        return with_integer(node("Concat", {x}), "axis", 0);
      case 10:
        return with_integer(node("Cast", {x}), "to", onnx::TensorProto::FLOAT);
      case 11:
        return node("Slice", {x, integers({0}), integers({1 << 30}), integers({0})});
      case 12:
        return node("Dropout", {x});
      default:
        return squeezed(x);
    }
  }
  static constexpr int kKinds = 14;

 private:
  std::string node(const std::string& type, const std::vector<std::string>& inputs) {
    NodeProto& added = *graph_.add_node();
    added.set_op_type(type);
    for (const std::string& input : inputs)
      added.add_input(input);
    added.add_output(fmt::format("no_op_{}", count_++));
    added.set_name(added.output(0) + "_node");
    return added.output(0);
  }
  std::string with_integer(const std::string& result, const std::string& name, std::int64_t value) {
    onnx::AttributeProto& attribute = *graph_.mutable_node(graph_.node_size() - 1)->add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(value);
    return result;
  }
  std::string with_axis(const std::string& type, const std::string& x) {
    if (opset_of(model_) >= 13) return node(type, {x, integers({0})});
    const std::string result = node(type, {x});
    onnx::AttributeProto& attribute = *graph_.mutable_node(graph_.node_size() - 1)->add_attribute();
    attribute.set_name("axes");
    attribute.set_type(onnx::AttributeProto::INTS);
    attribute.add_ints(0);
    return result;
  }
  std::string squeezed(const std::string& x) {
    return with_axis("Squeeze", with_axis("Unsqueeze", x));
  }
  std::string number(float value) {
    onnx::TensorProto& tensor = *graph_.add_initializer();
    tensor.set_name(fmt::format("no_op_{}", count_++));
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    tensor.add_float_data(value);
    return tensor.name();
  }
  std::string integers(const std::vector<std::int64_t>& values) {
    onnx::TensorProto& tensor = *graph_.add_initializer();
    tensor.set_name(fmt::format("no_op_{}", count_++));
    tensor.set_data_type(onnx::TensorProto::INT64);
    tensor.add_dims(static_cast<std::int64_t>(values.size()));
    for (const std::int64_t value : values)
      tensor.add_int64_data(value);
    return tensor.name();
  }

  onnx::ModelProto& model_;
  GraphProto& graph_;
  int count_ = 0;
};

/// The lines of the text form, sorted: nodes that were added may change the order of those that do
/// not depend on each other.
std::vector<std::string> lines_of(const std::string& name, const onnx::ModelProto& model) {
  const auto graph = read_graph(name, model.SerializeAsString());
  RC_ASSERT(graph.ok());
  std::istringstream text(to_text(*graph, {.types = true, .locations = false}));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);)
    lines.push_back(line);
  std::sort(lines.begin(), lines.end());
  return lines;
}

TEST_CASE("no-ops on any edges of a network leave the imported graph as it is") {
  const std::vector<std::string> names = builtin_names();
  CHECK(rc::check("no-ops", [&] {
    const std::string name = names[*rc::gen::inRange<std::size_t>(0, names.size())];
    const auto file = open_network(name);
    RC_ASSERT(file.ok());
    onnx::ModelProto model;
    RC_ASSERT(model.ParseFromString(file->bytes));
    const std::vector<std::string> before = lines_of(file->path, model);
    const std::set<std::string> real = real_tensors(model.graph());
    const int nodes = model.graph().node_size();
    Inserter inserter(model);
    int inserted = 0;
    for (int i = 0; i < 6; ++i) {
      const int at = *rc::gen::inRange(0, nodes);
      const int kind = *rc::gen::inRange(0, Inserter::kKinds);
      for (int operand = 0; operand < model.graph().node(at).input_size(); ++operand) {
        const std::string x = model.graph().node(at).input(operand);
        if (!real.contains(x)) continue;
        const std::string same = inserter.no_op(x, kind);
        model.mutable_graph()->mutable_node(at)->set_input(operand, same);
        RC_LOG() << name << ": " << model.graph().node(at).name() << ", kind " << kind << std::endl;
        ++inserted;
        break;
      }
    }
    RC_CLASSIFY(inserted > 0, "with no-ops");
    const bool is_same = lines_of(file->path, model) == before;  // thousands of lines
    RC_ASSERT(is_same);
  }));
}

}  // namespace
}  // namespace tpuscope
