// The operators that no chip of the family has and that runtimes leave to the processor.

#include "graph/onnx/host_operators.h"

#include "base/registry.h"

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
                                      "NonMaxSuppression", "Unique", "com.microsoft.Unique",
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

bool is_host_operator(std::string_view name) {
  const std::string_view domain = name.substr(0, name.rfind('.') + 1);
  const HostOperatorRegistry& registry = HostOperatorRegistry::instance();
  return registry.find(name) != nullptr || (!domain.empty() && registry.find(domain) != nullptr);
}

}  // namespace tpuscope
