// The operators that no chip of the family has and that runtimes leave to the processor.

#include "graph/onnx/host_operators.h"

#include <algorithm>

#include "base/registry.h"
#include "base/text.h"

namespace tpuscope {
namespace {

struct HostOperator {
  std::string_view name{};
};
using HostOperatorRegistry = Registry<HostOperator>;

TPU_REGISTER(register_host_operators({// strings
                                      "RegexFullMatch", "StringConcat", "StringNormalizer",
                                      "StringSplit", "TfIdfVectorizer", "com.microsoft.MurmurHash3",
                                      "com.microsoft.Tokenizer",
                                      // images as files
                                      "ImageDecoder",
                                      // as many results as the data give
                                      "Compress", "NonMaxSuppression", "NonZero", "Unique",
                                      "com.microsoft.Unique",
                                      // few numbers, read from all over a map
                                      "RoiAlign",
                                      // loops around whole networks
                                      "com.microsoft.BeamSearch", "com.microsoft.GreedySearch",
                                      "com.microsoft.Sampling", "com.microsoft.WhisperBeamSearch",
                                      // classical machine learning
                                      "ai.onnx.ml."}));

}  // namespace

bool register_host_operators(std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names)
    HostOperatorRegistry::instance().add({name});
  return true;
}

std::int64_t bounded_rows(const OnnxNode& node, std::int64_t most) {
  // Detectors keep 100 to 1000 boxes of an image.
  constexpr std::int64_t kUsualRows = 1000;
  return std::clamp<std::int64_t>(node.max_rows.value_or(kUsualRows), 0,
                                  std::max<std::int64_t>(most, 0));
}

Attributes host_attributes(std::string operator_name, const std::vector<TensorType>& results,
                           std::int64_t rows) {
  std::vector<std::string> types;
  for (const TensorType& type : results)
    types.push_back(type_text(type));
  return {{"operator", std::move(operator_name)}, {"types", join(types, " ")}, {"rows", rows}};
}

OnnxValues host_work(OnnxNode& node, const std::vector<TensorType>& results, std::int64_t rows) {
  for (const TensorType& type : results)
    TPU_TRY_STATUS(check_shape(type.shape));
  std::vector<Value> operands;
  for (const std::optional<Value>& input : node.inputs) {
    if (input) operands.push_back(*input);
  }
  return node.add_all("Host", host_attributes(node.op_type, results, rows), operands);
}

bool is_host_operator(std::string_view name) {
  const std::string_view domain = name.substr(0, name.rfind('.') + 1);
  const HostOperatorRegistry& registry = HostOperatorRegistry::instance();
  return registry.find(name) != nullptr || (!domain.empty() && registry.find(domain) != nullptr);
}

}  // namespace tpuscope
