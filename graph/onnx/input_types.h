// Types of a network's inputs: what the file states, what the user settles, and what is assumed.

#pragma once

#include <map>
#include <string_view>
#include <vector>

#include <onnx/onnx_pb.h>

#include "graph/frontend.h"

namespace tpuscope {

/// An input that becomes a tensor, or a constant where the user gave its values.
struct InputType {
  TensorType type{};
  std::vector<double> values{};
  bool is_constant = false;
};
using InputTypes = std::map<std::string_view, InputType>;

/// Types of all inputs. An open first axis is the batch, taken as `options.batch` or 1 with a
/// notice; other open extents come from `options`. What is still open is one error with the flags
/// that would settle it.
Result<InputTypes> input_types(const std::vector<const onnx::ValueInfoProto*>& inputs,
                               const ImportOptions& options);

}  // namespace tpuscope
