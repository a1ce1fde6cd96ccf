// TensorScatter (operator set 24): rows of a cache replaced from an index on, one per sample. Known
// indices leave slices and a Concat; others a ScatterND of whole rows.

#include <fmt/core.h>

#include "graph/functions/steps.h"
#include "graph/ops/by_name.h"
#include "graph/ops/slice.h"

namespace tpuscope {
namespace {

struct CacheWrite {
  Value cache{};
  Value update{};
  std::size_t axis = 0;
  std::int64_t rows = 0;     ///< of the cache
  std::int64_t written = 0;  ///< of them
  bool is_circular = false;
};

/// The index that all samples share, when it is known.
std::optional<std::int64_t> known_index(const OnnxNode& node, const Graph& graph) {
  if (!node.has_input(2)) return 0;
  const auto& data = graph[node.inputs[2]->op].data;
  if (data == nullptr || data->values.empty()) return std::nullopt;
  for (const double index : data->values) {
    if (index != data->values.front()) return std::nullopt;
  }
  return saturated_integer(data->values.front());
}

Result<Value> written_at(OnnxNode& node, const CacheWrite& write, std::int64_t index) {
  if (write.is_circular && write.rows > 0) index %= write.rows;
  if (index < 0 || (!write.is_circular && index > write.rows - write.written)) {
    return Error{.message = fmt::format("{} rows from {} on of a cache of {}", write.written, index,
                                        write.rows)};
  }
  std::vector<Value> parts;
  const auto add = [&](Value source, std::int64_t begin, std::int64_t end) -> Status {
    if (end <= begin) return Ok{};
    TPU_TRY(parts.emplace_back(), add_axis_slice(node, source, write.axis, begin, end - begin));
    return Ok{};
  };
  const std::int64_t wrapped = std::max<std::int64_t>(0, index + write.written - write.rows);
  TPU_TRY_STATUS(add(write.update, write.written - wrapped, write.written));
  TPU_TRY_STATUS(add(write.cache, wrapped, index));
  TPU_TRY_STATUS(add(write.update, 0, write.written - wrapped));
  TPU_TRY_STATUS(add(write.cache, index + write.written, write.rows));
  return concatenated(node, parts, write.axis);
}

/// Indices [axes before `axis`..., written, axis + 1] of every row that is written.
Result<Value> row_indices(OnnxNode& node, const CacheWrite& write) {
  const Shape& update = node.graph().type(write.update).shape;
  const std::size_t rank = write.axis + 1;
  Shape grid(update.begin(), update.begin() + static_cast<std::ptrdiff_t>(rank));
  Shape samples(rank, 1);
  samples[0] = grid[0];
  TPU_TRY(const Value first, reshaped(node, *node.inputs[2], samples));
  TPU_TRY(const Value wide, node.add("Cast", {{"to", std::string("i64")}}, {first}));
  TPU_TRY(Value row, node.add("Add", {}, {wide, positions(node, write.written, write.axis, rank)}));
  if (write.is_circular) {
    const Value rows =
        node.constant_of(HostTensor::scalar(DType::kI64, static_cast<double>(write.rows)));
    TPU_TRY(row, node.add("Mod", {}, {row, rows}));
  }
  std::vector<Value> columns;
  for (std::size_t axis = 0; axis < rank; ++axis) {
    const Value index = axis == write.axis ? row : positions(node, grid[axis], axis, rank);
    TPU_TRY(const Value everywhere, node.add("Expand", {{"shape", grid}}, {index}));
    TPU_TRY(
        columns.emplace_back(),
        node.add("Unsqueeze", {{"axes", IntList{static_cast<std::int64_t>(rank)}}}, {everywhere}));
  }
  return concatenated(node, columns, rank);
}

OnnxValues translate_tensor_scatter(OnnxNode& node) {
  TPU_TRY(const Value cache, node.input(0));
  TPU_TRY(const Value update, node.input(1));
  const Shape& rows = node.type(0).shape;
  const Shape& written = node.type(1).shape;
  TPU_TRY(const std::size_t axis, normalised_axis(node.integer("axis", -2), rows.size()));
  const std::string mode = node.text("mode", "linear");
  Shape fitted = written;
  if (fitted.size() == rows.size()) fitted[axis] = rows[axis];
  const bool is_known = mode == "linear" || mode == "circular";
  if (fitted != rows || axis == 0 || written[axis] > rows[axis] || !is_known) {
    return Error{.message = fmt::format("{} written to axis {} of {}", type_text(node.type(1)),
                                        axis, type_text(node.type(0)))};
  }
  const CacheWrite write{cache, update, axis, rows[axis], written[axis], mode == "circular"};
  if (const auto index = known_index(node, node.graph())) {
    return single(written_at(node, write, *index));
  }
  TPU_TRY(const Value indices, row_indices(node, write));
  return single(node.add("ScatterND", {}, {cache, indices, update}));
}

TPU_REGISTER(register_onnx("TensorScatter", translate_tensor_scatter));

}  // namespace
}  // namespace tpuscope
