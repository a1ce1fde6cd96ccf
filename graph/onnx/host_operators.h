// Operators whose work is the host's, before or after the network: of strings, of images as files,
// of classical machine learning, and selections whose number of results depends on data. A network
// with one of them ends before it (or begins after it).

#pragma once

#include <initializer_list>
#include <string_view>

namespace tpuscope {

/// Declares operators by name, with their domain outside the default one: "ai.onnx.ml.Scaler". One
/// that ends in "." stands for a whole domain.
bool register_host_operators(std::initializer_list<std::string_view> names);

/// Whether an operator was declared so.
bool is_host_operator(std::string_view name);

}  // namespace tpuscope
