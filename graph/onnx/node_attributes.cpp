// AttributeProto to attributes: one switch, so that translations never see protobuf.

#include "graph/onnx/node_attributes.h"

#include <algorithm>
#include <cmath>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/onnx/host_operators.h"
#include "graph/onnx/proto_tensor.h"

namespace tpuscope {
namespace {

using Proto = onnx::AttributeProto;

/// The kind; files of the first ONNX versions leave it out and just set the field.
Proto::AttributeType kind_of_proto(const Proto& proto) {
  if (proto.type() != Proto::UNDEFINED) return proto.type();
  if (proto.has_f()) return Proto::FLOAT;
  if (proto.has_i()) return Proto::INT;
  if (proto.has_s()) return Proto::STRING;
  if (proto.has_t()) return Proto::TENSOR;
  if (proto.has_g()) return Proto::GRAPH;
  if (proto.floats_size() > 0) return Proto::FLOATS;
  if (proto.ints_size() > 0) return Proto::INTS;
  return proto.strings_size() > 0 ? Proto::STRINGS : Proto::UNDEFINED;
}

/// An attribute that differs from itself breaks comparisons.
bool holds_nan_node_attributes(const Proto& proto) {
  return std::isnan(proto.f()) || std::any_of(proto.floats().begin(), proto.floats().end(),
                                              [](float value) { return std::isnan(value); });
}

Status read_tensor(const onnx::TensorProto& proto, const std::string& name,
                   ExternalValues& external, OnnxNode& node) {
  TPU_TRY(std::optional<HostTensor> values, proto.data_location() == onnx::TensorProto::EXTERNAL
                                                ? external.values(proto)
                                                : values_of_proto(proto));
  if (values) {
    node.tensors.insert_or_assign(name, std::move(*values));
  } else {
    TPU_TRY(TensorType type, type_of_proto(proto));
    node.unknown_tensors.insert_or_assign(name, std::move(type));
  }
  return Ok{};
}

Status read_attribute_node_attributes(const Proto& proto, const std::string& name,
                                      ExternalValues& external, OnnxNode& node) {
  if (holds_nan_node_attributes(proto)) {
    return Error{.message = fmt::format("attribute {} is not a number", in_quotes(name)),
                 .hint = "the file is damaged"};
  }
  switch (kind_of_proto(proto)) {
    case Proto::FLOAT:
      node.attributes.set(name, static_cast<double>(proto.f()));
      return Ok{};
    case Proto::INT:
      node.attributes.set(name, std::int64_t{proto.i()});
      return Ok{};
    case Proto::STRING:
      node.attributes.set(name, sanitised_utf8(proto.s()));
      return Ok{};
    case Proto::INTS:
      node.attributes.set(name, IntList(proto.ints().begin(), proto.ints().end()));
      return Ok{};
    case Proto::FLOATS:
      node.attributes.set(name, FloatList(proto.floats().begin(), proto.floats().end()));
      return Ok{};
    case Proto::STRINGS: {
      std::vector<std::string> parts;
      for (const std::string& part : proto.strings())
        parts.push_back(sanitised_utf8(part));
      node.attributes.set(name, join(parts, ","));
      return Ok{};
    }
    case Proto::TENSOR:
      return read_tensor(proto.t(), name, external, node);
    case Proto::GRAPH:
    case Proto::GRAPHS:
      return Ok{};
    default:
      return Error{.code = ErrorCode::kUnsupported,
                   .message = fmt::format("attribute {} is of kind {}, which is not supported",
                                          in_quotes(name), static_cast<int>(proto.type()))};
  }
}

}  // namespace

const Proto* resolved(const Proto& proto, const CallFrame* frame) {
  if (proto.ref_attr_name().empty()) return &proto;
  if (frame == nullptr) return nullptr;
  const auto found = frame->attributes.find(proto.ref_attr_name());
  return found == frame->attributes.end() ? nullptr : found->second;
}

const Proto* attribute_of(const onnx::NodeProto& node, std::string_view name,
                          const CallFrame* frame) {
  for (const Proto& attribute : node.attribute()) {
    if (attribute.name() == name) return resolved(attribute, frame);
  }
  return nullptr;
}

Status read_attributes(const onnx::NodeProto& proto, const CallFrame* frame,
                       ExternalValues& external, OnnxNode& node) {
  for (const Proto& attribute : proto.attribute()) {
    const std::string name = printable_name(attribute.name());
    if (!attribute.ref_attr_name().empty() && frame == nullptr) {
      return Error{.message = fmt::format("attribute {} refers to {}, which only functions may",
                                          in_quotes(name),
                                          in_quotes(printable_name(attribute.ref_attr_name())))};
    }
    const Proto* meant = resolved(attribute, frame);
    if (meant == nullptr) continue;
    // Of the host alone are operators to which NaN means something: an Imputer replaces it.
    if (holds_nan_node_attributes(*meant) && is_host_operator(proto.domain() + "." + node.op_type))
      continue;
    TPU_TRY_STATUS(read_attribute_node_attributes(*meant, name, external, node));
  }
  return Ok{};
}

}  // namespace tpuscope
