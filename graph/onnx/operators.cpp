// The list of operators, read once.

#include "graph/onnx/operators.h"

#include <algorithm>
#include <map>
#include <sstream>

#include "embedded/onnx_operators.h"

#include "base/check.h"
#include "graph/onnx/host_operators.h"
#include "graph/onnx/node.h"

namespace tpuscope {
namespace {

struct OperatorList {
  std::int64_t newest = 0;
  std::vector<OnnxOperator> operators{};
};

OperatorPlace place_of(const std::string& name) {
  if (is_host_operator(name)) return OperatorPlace::kHost;
  const bool is_read = OnnxRegistry::instance().find(name) != nullptr;
  return is_read ? OperatorPlace::kDevice : OperatorPlace::kNotYet;
}

OperatorList read_list() {
  OperatorList list;
  std::map<std::string, std::vector<std::int64_t>> versions;
  for (const auto& [name, translation] : OnnxRegistry::instance().all())
    versions[name] = {};
  std::istringstream lines{std::string(embedded::onnx_operators().at("operators.txt"))};
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream words(line);
    std::string name;
    words >> name;
    std::vector<std::int64_t> numbers;
    for (std::int64_t number = 0; words >> number;)
      numbers.push_back(number);
    TPU_CHECK(!numbers.empty(), "operators.txt has a line {}", line);
    if (name == "opset") {
      list.newest = numbers.front();
    } else {
      versions[name] = std::move(numbers);
    }
  }
  for (auto& [name, numbers] : versions)
    list.operators.push_back({name, std::move(numbers), place_of(name)});
  return list;
}

const OperatorList& operator_list() {
  static const OperatorList list = read_list();
  return list;
}

}  // namespace

std::string_view name_of(OperatorPlace place) {
  switch (place) {
    case OperatorPlace::kDevice:
      return "device";
    case OperatorPlace::kHost:
      return "host";
    case OperatorPlace::kNotYet:
      return "not yet";
  }
  unreachable();
}

const std::vector<OnnxOperator>& onnx_operators() {
  return operator_list().operators;
}

std::int64_t newest_opset() {
  return operator_list().newest;
}

std::int64_t version_in_force(std::string_view name, std::int64_t opset) {
  const std::vector<OnnxOperator>& all = onnx_operators();
  const auto found = std::lower_bound(
      all.begin(), all.end(), name,
      [](const OnnxOperator& entry, std::string_view wanted) { return entry.name < wanted; });
  std::int64_t version = 0;
  if (found == all.end() || found->name != name) return version;
  for (const std::int64_t number : found->versions) {
    if (number <= opset) version = number;
  }
  return version;
}

}  // namespace tpuscope
