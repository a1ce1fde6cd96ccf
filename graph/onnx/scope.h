// Scope: what the names of one graph of an ONNX file refer to while its nodes are read. Branches
// and bodies of loops see the names of the graph around them; functions see their own alone.

#pragma once

#include <map>
#include <string>
#include <string_view>

#include <onnx/onnx_pb.h>

#include "graph/onnx/interface.h"
#include "graph/onnx/node.h"

namespace tpuscope {

/// Operator sets by domain; "" is ONNX's own.
using Opsets = std::map<std::string, std::int64_t, std::less<>>;

/// What a function's nodes see instead of the model.
struct CallFrame {
  const CallFrame* caller = nullptr;
  const onnx::FunctionProto* function = nullptr;
  /// Given, or defaults.
  std::map<std::string_view, const onnx::AttributeProto*> attributes{};
  Opsets opsets{};
};

struct Scope {
  const Scope* outer = nullptr;
  const CallFrame* frame = nullptr;  ///< null outside functions
  std::string prefix{};              ///< of the names of what is made here
  std::string path{};                ///< of the modules of the call
  bool is_repeated = false;          ///< read once per trip: its constants are made once
  std::map<std::string_view, const onnx::TensorProto*> initializers{};
  std::map<std::string_view, OnnxNamed> values{};
  DeclaredTypes declared{};

  bool knows(std::string_view name) const {
    return values.contains(name) || initializers.contains(name) ||
           (outer != nullptr && outer->knows(name));
  }
};

}  // namespace tpuscope
