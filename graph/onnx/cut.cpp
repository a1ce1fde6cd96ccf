// The border of what can run, found in one walk in the order of the nodes.

#include "graph/onnx/cut.h"

#include <set>

namespace tpuscope {
namespace {

/// Those of the tensors that nodes make, in the order of the nodes.
std::vector<std::string_view> in_order(const OnnxNodes& nodes, const Body& body,
                                       const std::set<std::string_view>& tensors) {
  std::vector<std::string_view> names;
  for (const int index : body.order) {
    for (const std::string& name : nodes[index].output()) {
      if (tensors.contains(name)) names.push_back(name);
    }
  }
  return names;
}

}  // namespace

std::vector<std::string_view> cut_before(const OnnxNodes& nodes, const Body& body,
                                         const std::vector<std::string_view>& outputs,
                                         const std::function<bool(std::string_view)>& is_input,
                                         const std::function<bool(int)>& is_refused) {
  std::set<std::string_view> behind;  // tensors that need a refused node
  std::set<std::string_view> runs;    // tensors of nodes that run and depend on an input
  std::set<std::string_view> border;
  for (const int index : body.order) {
    const onnx::NodeProto& node = nodes[index];
    std::vector<std::string_view> read;
    for_each_read(node, [&](std::string_view name) { read.push_back(name); });
    bool is_behind = is_refused(index);
    bool depends = false;
    for (const std::string_view name : read) {
      is_behind = is_behind || behind.contains(name);
      depends = depends || is_input(name) || runs.contains(name);
    }
    if (is_behind) {
      behind.insert(node.output().begin(), node.output().end());
      for (const std::string_view name : read) {
        if (runs.contains(name)) border.insert(name);
      }
    } else if (depends) {
      runs.insert(node.output().begin(), node.output().end());
    }
  }
  for (const std::string_view name : outputs) {
    if (runs.contains(name)) border.insert(name);
  }
  return in_order(nodes, body, border);
}

}  // namespace tpuscope
