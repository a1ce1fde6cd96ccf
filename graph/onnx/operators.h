// The operators that ONNX and ONNX Runtime define, from operators.txt, and what becomes of each
// here: that follows from what is registered.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tpuscope {

/// Where the work of an operator is done.
enum class OperatorPlace : std::uint8_t {
  kDevice,  ///< on the chip, or nowhere: what is constant is done while the file is read
  kHost,    ///< on the host, while the chip waits
  kNotYet,  ///< networks with it are refused
};
std::string_view name_of(OperatorPlace place);

struct OnnxOperator {
  std::string name{};                    ///< "Relu", "com.microsoft.Gelu"
  std::vector<std::int64_t> versions{};  ///< operator sets in which it is defined anew, ascending
  OperatorPlace place = OperatorPlace::kNotYet;
};

/// All operators by name: those of the list, and what is registered besides.
const std::vector<OnnxOperator>& onnx_operators();

/// The newest operator set of the list.
std::int64_t newest_opset();

/// The version of an operator that a file of this operator set means; 0 when there is none.
std::int64_t version_in_force(std::string_view name, std::int64_t opset);

}  // namespace tpuscope
