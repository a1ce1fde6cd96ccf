// Initializers that are stored elsewhere, and how far into each file they reach.

#include "graph/onnx/external_files.h"

#include <algorithm>
#include <limits>

#include "graph/onnx/external_values.h"

namespace tpuscope {

Result<std::map<std::string, std::int64_t>> external_files(std::string_view model) {
  onnx::ModelProto proto;
  const bool fits = model.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max());
  if (!fits || !proto.ParseFromArray(model.data(), static_cast<int>(model.size()))) {
    return Error{.message = "the file is no ONNX model"};
  }
  std::map<std::string, std::int64_t> files;
  for (const onnx::TensorProto& tensor : proto.graph().initializer()) {
    if (tensor.data_location() != onnx::TensorProto::EXTERNAL) continue;
    const ExternalPlace place = external_place(tensor);
    std::int64_t& bytes = files[place.location];
    bytes = std::max(bytes, place.offset + place.length.value_or(0));
  }
  return files;
}

}  // namespace tpuscope
