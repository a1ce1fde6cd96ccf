// Sequences of tensors: how many there are is known while a file is read, so they vanish. What is
// left of SplitToSequence are slices, of ConcatFromSequence one Concat.

#include <fmt/core.h>

#include "graph/ops/by_name.h"
#include "graph/ops/slice.h"

namespace tpuscope {
namespace {

Result<std::int64_t> only_integer(const OnnxNode& node, std::size_t i) {
  TPU_TRY(const IntList values, node.integers(i));
  if (values.size() == 1) return values[0];
  return Error{.message = fmt::format("input {} of {} has {} elements, not 1", i, node.op_type,
                                      values.size())};
}

/// The place that input `i` names, counted from the end when negative; `size` where it is left out.
Result<std::size_t> position(const OnnxNode& node, std::size_t i, std::size_t size,
                             std::size_t places) {
  if (!node.has_input(i)) return size;
  TPU_TRY(std::int64_t at, only_integer(node, i));
  if (at < 0) at += static_cast<std::int64_t>(size);
  if (at >= 0 && at < static_cast<std::int64_t>(places)) return static_cast<std::size_t>(at);
  return Error{.message = fmt::format("place {} of a sequence of {} tensors", at, size)};
}

OnnxValues sequence_construct(OnnxNode& node) {
  TPU_TRY(OnnxSequence tensors, node.all_inputs());
  return single_sequence(node, std::move(tensors));
}

OnnxValues sequence_empty(OnnxNode& node) {
  return single_sequence(node, {});
}

OnnxValues sequence_at(OnnxNode& node) {
  TPU_TRY(const OnnxSequence sequence, node.sequence(0));
  TPU_TRY(const std::size_t at, position(node, 1, sequence.size(), sequence.size()));
  if (at >= sequence.size()) return Error{.message = "SequenceAt needs a place"};
  return std::vector<Value>{sequence[at]};
}

OnnxValues sequence_length(OnnxNode& node) {
  TPU_TRY(const OnnxSequence sequence, node.sequence(0));
  const auto length = static_cast<double>(sequence.size());
  return std::vector<Value>{node.constant_of(HostTensor::scalar(DType::kI64, length))};
}

OnnxValues sequence_insert(OnnxNode& node) {
  TPU_TRY(OnnxSequence sequence, node.sequence(0));
  TPU_TRY(const Value tensor, node.input(1));
  TPU_TRY(const std::size_t at, position(node, 2, sequence.size(), sequence.size() + 1));
  sequence.insert(sequence.begin() + static_cast<std::ptrdiff_t>(at), tensor);
  return single_sequence(node, std::move(sequence));
}

OnnxValues sequence_erase(OnnxNode& node) {
  TPU_TRY(OnnxSequence sequence, node.sequence(0));
  if (sequence.empty()) return Error{.message = "SequenceErase of an empty sequence"};
  TPU_TRY(std::size_t at, position(node, 1, sequence.size(), sequence.size()));
  if (!node.has_input(1)) at = sequence.size() - 1;
  sequence.erase(sequence.begin() + static_cast<std::ptrdiff_t>(at));
  return single_sequence(node, std::move(sequence));
}

/// Extents of the parts of an axis: input 1 is a list, or one size for all but the last.
Result<IntList> parts_of(const OnnxNode& node, std::int64_t extent) {
  if (!node.has_input(1)) return IntList(static_cast<std::size_t>(extent), 1);
  TPU_TRY(const HostTensor given, node.constant(1));
  IntList parts = given.to_integers();
  if (given.type.rank() > 0) return parts;
  const std::int64_t size = parts.at(0);
  if (size < 1) return Error{.message = fmt::format("parts of {} elements", size)};
  parts.clear();
  for (std::int64_t begin = 0; begin < extent; begin += size)
    parts.push_back(std::min(size, extent - begin));
  return parts;
}

OnnxValues split_to_sequence(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  const Shape& shape = node.type(0).shape;
  TPU_TRY(const std::size_t axis, normalised_axis(node.integer("axis", 0), shape.size()));
  TPU_TRY(const IntList parts, parts_of(node, shape[axis]));
  const bool keeps_axis = node.has_input(1) || node.integer("keepdims", 1) != 0;
  OnnxSequence sequence;
  std::int64_t begin = 0;
  for (const std::int64_t part : parts) {
    TPU_TRY(Value slice, add_axis_slice(node, x, axis, begin, part));
    if (!keeps_axis) {
      TPU_TRY(slice,
              node.add("Squeeze", {{"axes", IntList{static_cast<std::int64_t>(axis)}}}, {slice}));
    }
    sequence.push_back(slice);
    begin += part;
  }
  if (begin != node.type(0).shape[axis]) {
    return Error{.message = fmt::format("the parts have {} elements, the axis has {}", begin,
                                        node.type(0).shape[axis])};
  }
  return single_sequence(node, std::move(sequence));
}

OnnxValues concat_from_sequence(OnnxNode& node) {
  TPU_TRY(OnnxSequence sequence, node.sequence(0));
  if (sequence.empty()) return unsupported(node, "an empty sequence");
  const bool is_new = node.integer("new_axis", 0) != 0;
  const std::size_t rank = node.graph().type(sequence[0]).rank() + (is_new ? 1 : 0);
  TPU_TRY(const std::size_t at, normalised_axis(node.integer("axis", 0), rank));
  const auto axis = static_cast<std::int64_t>(at);
  for (Value& tensor : sequence) {
    if (!is_new) break;
    TPU_TRY(tensor, node.add("Unsqueeze", {{"axes", IntList{axis}}}, {tensor}));
  }
  if (sequence.size() == 1) return std::vector<Value>{sequence[0]};
  return single(node.add("Concat", {{"axis", axis}}, sequence));
}

// Optionals: whether one holds something is known as well.

OnnxValues optional_of(OnnxNode& node) {
  node.named_results = {node.inputs.empty() ? OnnxNamed{}
                                            : OnnxNamed{node.inputs[0], node.sequences[0]}};
  return std::vector<Value>{};
}

OnnxValues optional_has_element(OnnxNode& node) {
  const bool has = !node.inputs.empty() && (node.has_input(0) || node.sequences[0] != nullptr);
  return std::vector<Value>{node.constant_of(HostTensor::scalar(DType::kBool, has ? 1 : 0))};
}

OnnxValues optional_get_element(OnnxNode& node) {
  if (node.inputs.empty() || (!node.has_input(0) && node.sequences[0] == nullptr)) {
    return Error{.message = "the optional holds nothing"};
  }
  return optional_of(node);
}

TPU_REGISTER(register_onnx("SequenceConstruct", sequence_construct) &&
             register_onnx("SequenceEmpty", sequence_empty) &&
             register_onnx("SequenceAt", sequence_at) &&
             register_onnx("SequenceLength", sequence_length) &&
             register_onnx("SequenceInsert", sequence_insert) &&
             register_onnx("SequenceErase", sequence_erase) &&
             register_onnx("SplitToSequence", split_to_sequence) &&
             register_onnx("ConcatFromSequence", concat_from_sequence) &&
             register_onnx("Optional", optional_of) &&
             register_onnx("OptionalHasElement", optional_has_element) &&
             register_onnx("OptionalGetElement", optional_get_element));

}  // namespace
}  // namespace tpuscope
