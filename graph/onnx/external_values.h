// ExternalValues: values of tensors that are stored in files beside the model, read where they are
// needed.

#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include <onnx/onnx_pb.h>

#include "graph/host_tensor.h"

namespace tpuscope {

/// Where a tensor's values are outside of the model.
struct ExternalPlace {
  std::string location{};  ///< as the model names it, relative to its folder
  std::int64_t offset = 0;
  std::optional<std::int64_t> length{};
};
ExternalPlace external_place(const onnx::TensorProto& tensor);

class ExternalValues {
 public:
  /// `folder` is the model's; without one nothing is read.
  explicit ExternalValues(std::optional<std::string> folder);

  /// Values of a tensor; empty where they cannot be read.
  Result<std::optional<HostTensor>> values(const onnx::TensorProto& tensor);
  /// What to do about the first file that could not be read; empty when all could.
  const std::string& problem() const { return problem_; }

 private:
  struct File;
  const File* open(const std::string& location);

  std::optional<std::string> folder_;
  std::map<std::string, std::shared_ptr<File>> files_{};
  std::string problem_{};
};

}  // namespace tpuscope
