// Seeded weights: see seeded_weights.h.

#include "tests/onnxruntime/seeded_weights.h"

#include <cmath>
#include <map>
#include <string_view>

#include "graph/onnx/proto_tensor.h"
#include "graph/onnx/proto_values.h"

namespace tpuscope::testing {
namespace {

/// Uniform values around `centre`.
struct Distribution {
  double centre = 0.0;
  double deviation = 0.1;
};

/// A node that reads a tensor, and as which input.
struct Reader {
  const onnx::NodeProto* node = nullptr;
  int input = 0;
};

std::uint64_t hash_of(std::string_view text) {  // FNV-1a
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

/// The next number of 0 to 1 (SplitMix64).
double next(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15U;
  std::uint64_t z = state;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return static_cast<double>((z ^ (z >> 31U)) >> 11U) * 0x1p-53;
}

bool is_set(const onnx::NodeProto& node, std::string_view attribute) {
  for (const onnx::AttributeProto& proto : node.attribute()) {
    if (proto.name() == attribute) return proto.i() != 0;
  }
  return false;
}

/// Products that one element of the reader's result sums up.
std::int64_t summands(const Reader& reader, const Shape& shape) {
  const std::string& type = reader.node->op_type();
  if (type == "Conv") return element_count(shape, 1, shape.size());
  if (shape.size() < 2) return 1;
  const bool transposed = is_set(*reader.node, reader.input == 0 ? "transA" : "transB");
  const bool last = (reader.input == 0) != transposed;
  return shape[shape.size() - (last ? 1 : 2)];
}

Distribution distribution_of(const Reader& reader, const Shape& shape) {
  const std::string& type = reader.node->op_type();
  if (type.ends_with("Normalization")) {
    // Inputs 1 and 4 are scale and variance, 2 and 3 are bias and mean.
    return {reader.input == 1 || reader.input == 4 ? 1.0 : 0.0, 0.1};
  }
  if (type == "Mul" || type == "Div") return {1.0, 0.1};
  if (type == "Conv" || type == "MatMul" || type == "Gemm") {
    if (type != "MatMul" && reader.input == 2) return {};
    // Rectifiers behind convolutions halve the power; strong queries and keys make attention choose
    // rather than average, so that it matters which tokens meet.
    const double power = type == "Conv" ? 2.0 : 4.0;
    return {0.0, std::sqrt(power / static_cast<double>(summands(reader, shape)))};
  }
  return {0.0, shape.size() > 1 ? 0.5 : 0.1};
}

/// Whether a tensor is a vector of scales or biases.
bool is_channel_vector(const Reader& reader, const TensorType& type) {
  const std::string& reads = reader.node->op_type();
  return type.dtype == DType::kF32 && type.rank() == 1 && type.elements() > 1 &&
         (reads == "Add" || reads == "Mul" || reads == "Conv" || reads == "Gemm" ||
          reads.ends_with("Normalization"));
}

HostTensor values_for(const std::string& name, const TensorType& type, const Distribution& from) {
  HostTensor tensor = HostTensor::zeros(type);
  std::uint64_t state = hash_of(name);
  const double width = from.deviation * std::sqrt(12.0);  // of a uniform distribution
  for (double& value : tensor.values)
    value = from.centre + width * (next(state) - 0.5);
  return tensor;
}

}  // namespace

Result<int> seed_weights(onnx::ModelProto& model) {
  std::map<std::string_view, Reader> readers;
  for (const onnx::NodeProto& node : model.graph().node()) {
    for (int i = 0; i < node.input_size(); ++i)
      readers.try_emplace(node.input(i), Reader{&node, i});
  }
  int filled = 0;
  for (onnx::TensorProto& proto : *model.mutable_graph()->mutable_initializer()) {
    TPU_TRY(const TensorType type, type_of_proto(proto));
    TPU_TRY(const std::optional<HostTensor> values, values_of_proto(proto));
    const auto found = readers.find(proto.name());
    const Reader reader = found == readers.end() ? Reader{} : found->second;
    if (values && (reader.node == nullptr || !is_channel_vector(reader, type))) continue;
    if (type.dtype != DType::kF32) {
      return Error{.message = "a tensor without values is " + type_text(type),
                   .where = proto.name()};
    }
    const Distribution from =
        reader.node == nullptr ? Distribution{} : distribution_of(reader, type.shape);
    const std::string name = proto.name();
    proto.Clear();
    proto.set_name(name);
    set_values(proto, values_for(name, type, from));
    ++filled;
  }
  return filled;
}

}  // namespace tpuscope::testing
