// Reading fields by their numbers in ONNX's onnx.proto of today.

#include "graph/onnx/node_metadata.h"

#include <google/protobuf/unknown_field_set.h>

#include "base/text.h"
#include "graph/onnx/proto_tensor.h"

namespace tpuscope {
namespace {

// Fields of NodeProto and FunctionProto.
constexpr int kNodeOverload = 8;
constexpr int kNodeMetadata = 9;
constexpr int kFunctionDefaults = 11;
constexpr int kFunctionOverload = 13;
constexpr std::string_view kModuleScopes = "pkg.torch.onnx.name_scopes";
/// More modules in one another than any network has.
constexpr std::size_t kDeepest = 64;

/// Fields of a number that hold bytes: texts and messages.
template <typename Message>
std::vector<std::string_view> fields_of(const Message& message, int number) {
  std::vector<std::string_view> found;
  const google::protobuf::UnknownFieldSet& fields = message.unknown_fields();
  for (int i = 0; i < fields.field_count(); ++i) {
    const google::protobuf::UnknownField& field = fields.field(i);
    const bool is_bytes = field.type() == google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED;
    if (is_bytes && field.number() == number) found.emplace_back(field.length_delimited());
  }
  return found;
}

template <typename Message>
std::string text_of(const Message& message, int number) {
  const std::vector<std::string_view> found = fields_of(message, number);
  return found.empty() ? std::string() : std::string(found.back());
}

/// The texts in quotes of a list as Python prints it: ['', 'layer1', 'layer1.0'].
std::vector<std::string> list_in(std::string_view text) {
  std::vector<std::string> entries;
  for (;;) {
    const std::size_t begin = text.find_first_of("'\"");
    if (begin == std::string_view::npos || entries.size() == kDeepest) return entries;
    const std::size_t end = text.find(text[begin], begin + 1);
    if (end == std::string_view::npos) return entries;
    entries.emplace_back(text.substr(begin + 1, end - begin - 1));
    text.remove_prefix(end + 1);
  }
}

/// "layer1/0/conv1" from the full names of modules around a node; the last entry is the node's own.
std::string path_of(const std::vector<std::string>& scopes) {
  std::string path;
  std::string_view outer;
  for (std::size_t i = 0; i + 1 < scopes.size(); ++i) {
    std::string_view name = scopes[i];
    if (name.empty() || name == outer) continue;
    const bool is_inside = name.size() > outer.size() && name.starts_with(outer) &&
                           (outer.empty() || name[outer.size()] == '.');
    const std::string_view own = is_inside && !outer.empty() ? name.substr(outer.size() + 1) : name;
    path += (path.empty() ? "" : "/") + printable_name(own);
    outer = name;
  }
  return path;
}

}  // namespace

std::string overload_of(const onnx::NodeProto& node) {
  return text_of(node, kNodeOverload);
}

std::string overload_of(const onnx::FunctionProto& function) {
  return text_of(function, kFunctionOverload);
}

std::vector<onnx::AttributeProto> default_attributes_of(const onnx::FunctionProto& function) {
  std::vector<onnx::AttributeProto> attributes;
  for (const std::string_view field : fields_of(function, kFunctionDefaults)) {
    onnx::AttributeProto attribute;
    if (attribute.ParseFromArray(field.data(), static_cast<int>(field.size()))) {
      attributes.push_back(std::move(attribute));
    }
  }
  return attributes;
}

std::string module_path_of(const onnx::NodeProto& node, const std::string& outer) {
  for (const std::string_view field : fields_of(node, kNodeMetadata)) {
    onnx::StringStringEntryProto entry;
    if (!entry.ParseFromArray(field.data(), static_cast<int>(field.size()))) continue;
    if (entry.key() != kModuleScopes) continue;
    const std::string path = path_of(list_in(entry.value()));
    return outer.empty() || path.empty() ? outer + path : outer + "/" + path;
  }
  return outer;
}

}  // namespace tpuscope
