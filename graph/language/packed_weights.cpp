// Each product by itself; a matrix of several products is packed once. Values, where they are
// known, are rounded to codes between the least and the largest number of a group.

#include "graph/language/packed_weights.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "graph/idioms/weights.h"
#include "graph/language/language_nets.h"
#include "graph/queries.h"

namespace tpuscope {
namespace {

constexpr std::string_view kMadeByPacking = "pack_weights";

/// A constant matrix of `columns` columns of `inner` numbers, and how it is to be held.
struct PackedMatrix {
  Value weight{};
  bool has_rows_of_columns = false;  ///< [columns,inner], else [inner,columns]
  std::int64_t inner = 0;
  std::int64_t columns = 0;
  std::int64_t bits = 4;
  std::int64_t group = 64;

  double at(const HostTensor& values, std::int64_t column, std::int64_t row) const {
    return values[has_rows_of_columns ? column * inner + row : row * columns + column];
  }
  auto key() const { return std::pair(weight, has_rows_of_columns); }
};

/// The operands of an A16MatMul that hold a matrix.
struct PackedOperands {
  Value codes{};
  Value scales{};
  Value points{};
};

/// Codes, scales and zero points of a matrix whose values are known.
struct PackedValues {
  HostTensor codes{};
  HostTensor scales{};
  HostTensor points{};

  void fill(const PackedMatrix& matrix, const HostTensor& values) {
    for (std::int64_t at = 0; at < scales.elements(); ++at) {
      const std::int64_t groups = matrix.inner / matrix.group;
      fill_group(matrix, values, at / groups, at % groups, at);
    }
    scales.round();
  }

 private:
  void fill_group(const PackedMatrix& matrix, const HostTensor& values, std::int64_t column,
                  std::int64_t group, std::int64_t at) {
    const std::int64_t begin = group * matrix.group;
    double least = 0;
    double largest = 0;
    for (std::int64_t row = begin; row < begin + matrix.group; ++row) {
      least = std::min(least, matrix.at(values, column, row));
      largest = std::max(largest, matrix.at(values, column, row));
    }
    const auto last = static_cast<double>((std::int64_t{1} << matrix.bits) - 1);
    const double scale = largest > least ? (largest - least) / last : 1;
    const double point = std::nearbyint(-least / scale);
    scales[at] = scale;
    points[at] = point;
    for (std::int64_t row = begin; row < begin + matrix.group; ++row) {
      const double code = std::nearbyint(matrix.at(values, column, row) / scale) + point;
      const std::int64_t bit = row * matrix.bits % 8;
      codes[(column * matrix.inner + row) * matrix.bits / 8] +=
          std::clamp(code, 0.0, last) * static_cast<double>(std::int64_t{1} << bit);
    }
  }
};

class Packing {
 public:
  Packing(Graph& graph, const WeightPacking& packing) : graph_(graph), packing_(packing) {}

  Status run() {
    for (const OpId id : graph_.topological_order()) {
      if (!graph_[id].is("MatMul")) continue;
      const std::optional<PackedMatrix> matrix = matrix_of(graph_[id]);
      if (!matrix) continue;
      TPU_TRY_STATUS(check_group(graph_[id], *matrix));
      pack(id, *matrix);
    }
    graph_.erase_unused();
    graph_.compact();
    return Ok{};
  }

 private:
  /// The matrix of a product that is to be packed.
  std::optional<PackedMatrix> matrix_of(const Op& op) const {
    const bool is_plain = is_float(op.results[0].type.dtype) && !has_relu(op) &&
                          !op.attributes.flag("left_transpose") &&
                          !op.attributes.flag("hdim_is_batch");
    if (!is_plain || !is_weight(graph_, op.inputs[1])) return std::nullopt;
    const Shape& shape = graph_.type(op.inputs[1]).shape;
    if (shape.size() != 2 || graph_.type(op.inputs[0]).rank() < 2) return std::nullopt;
    if (op.inputs.size() > 2 && !is_weight(graph_, op.inputs[2])) return std::nullopt;
    PackedMatrix matrix{.weight = op.inputs[1],
                        .has_rows_of_columns = op.attributes.flag("right_transpose"),
                        .bits = packing_.bits,
                        .group = packing_.group};
    matrix.columns = shape[matrix.has_rows_of_columns ? 0 : 1];
    matrix.inner = shape[matrix.has_rows_of_columns ? 1 : 0];
    if (packing_.is_as_stored && !take_stored(matrix)) return std::nullopt;
    return can_pack(matrix.columns) ? std::optional(matrix) : std::nullopt;
  }

  /// Bits and group of the file; false where it does not pack the matrix, or in bits for which
  /// there is no product.
  bool take_stored(PackedMatrix& matrix) const {
    const Op& weight = graph_[matrix.weight.op];
    matrix.group = weight.attributes.integer("stored_group");
    const std::string stored = weight.attributes.text("stored");
    const std::int64_t inner_axis = matrix.has_rows_of_columns ? 1 : 0;
    const bool is_packed = matrix.group > 0 && stored.size() == 2 &&
                           weight.attributes.integer("stored_axis") == inner_axis;
    if (!is_packed || (stored[1] != '4' && stored[1] != '8')) return false;
    matrix.bits = stored[1] - '0';
    matrix.group = std::min(matrix.group, matrix.inner);  // a column shorter than a group
    return true;
  }

  Status check_group(const Op& op, const PackedMatrix& matrix) const {
    if (matrix.inner % matrix.group == 0) return Ok{};
    return Error{.code = ErrorCode::kUnsupported,
                 .message = fmt::format("groups of {} do not divide the {} numbers of a column",
                                        matrix.group, matrix.inner),
                 .where = op.name,
                 .hint = packing_.is_as_stored
                             ? "--precision f16 computes with weights that are not packed"
                             : "--group-size takes a divisor, such as 32"};
  }

  Value add_weight(const std::string& name, TensorType type, std::optional<HostTensor> data,
                   OpId near) {
    OpSpec spec{.type = "Weight",
                .name = name,
                .origin = graph_[near].origin,
                .made_by = std::string(kMadeByPacking),
                .result_types = {std::move(type)}};
    if (data) spec.data = std::make_shared<const HostTensor>(*std::move(data));
    return {graph_.add_checked(std::move(spec), {}, &near)};
  }

  const PackedOperands& operands_of(const PackedMatrix& matrix, OpId near) {
    const auto [known, is_new] = packed_.try_emplace(matrix.key());
    if (!is_new) return known->second;
    const Op& weight = graph_[matrix.weight.op];
    const std::string name = weight.name;
    const TensorType codes{DType::kU8, {matrix.columns, matrix.inner * matrix.bits / 8}};
    const TensorType scales{weight.results[0].type.dtype,
                            {matrix.columns, matrix.inner / matrix.group}};
    const TensorType points{DType::kU8, scales.shape};
    std::optional<PackedValues> values;
    if (weight.data != nullptr) {
      values = PackedValues{HostTensor::zeros(codes), HostTensor::zeros(scales),
                            HostTensor::zeros(points)};
      values->fill(matrix, *weight.data);
    }
    const auto data = [&](HostTensor PackedValues::*part) {
      return values ? std::optional(std::move((*values).*part)) : std::nullopt;
    };
    known->second.codes = add_weight(name + "_packed", codes, data(&PackedValues::codes), near);
    known->second.scales = add_weight(name + "_scale", scales, data(&PackedValues::scales), near);
    known->second.points = add_weight(name + "_zero", points, data(&PackedValues::points), near);
    return known->second;
  }

  void pack(OpId id, const PackedMatrix& matrix) {
    const Op op = graph_[id];
    const PackedOperands& packed = operands_of(matrix, id);
    std::vector<Value> inputs{op.inputs[0], packed.codes, packed.scales, packed.points};
    if (op.inputs.size() > 2) {
      inputs.push_back(reshaped_weight(graph_, id, op.inputs[2], {matrix.columns}, kMadeByPacking));
    }
    const Value product{
        graph_.add_checked({.type = "A16MatMul",
                            .name = op.name,
                            .attributes = {{"bits", matrix.bits}, {"group", matrix.group}},
                            .origin = op.origin,
                            .made_by = std::string(kMadeByPacking)},
                           inputs, &id)};
    graph_.replace_uses({id, 0}, product);
    graph_.erase(id);
    graph_.set_result_name({id, 0}, op.results[0].name + ".unpacked");
    graph_.set_result_name(product, op.results[0].name);
    graph_.set_name(product.op, op.name);
  }

  Graph& graph_;
  const WeightPacking& packing_;
  std::map<std::pair<Value, bool>, PackedOperands> packed_{};
};

}  // namespace

bool can_pack(std::int64_t rows) {
  // Rows of packed weights fill all lanes of the largest chip.
  constexpr std::int64_t kPackedRows = 64;
  return rows % kPackedRows == 0;
}

Status pack_weights(Graph& graph, const WeightPacking& packing) {
  if (!packing.is_on()) return Ok{};
  return Packing(graph, packing).run();
}

}  // namespace tpuscope
