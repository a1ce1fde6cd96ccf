// Weights of a few bits each, packed in bytes, of com.microsoft's operators: products (MatMulNBits,
// MatMulBnb4) and tables of embeddings (GatherBlockQuantized). Each becomes ONNX's operator on a
// constant of the real numbers that they stand for, which remembers how the file stores it.

#include <array>
#include <optional>

#include <fmt/core.h>

#include "graph/ops/by_name.h"

namespace tpuscope {
namespace {

std::optional<HostTensor> known_input(const OnnxNode& node, std::size_t i) {
  Result<HostTensor> values = node.constant(i);
  return values.ok() ? std::optional(*std::move(values)) : std::nullopt;
}

/// Number `i` of `bits` each, which fill bytes from their low bits on, of those that begin at byte
/// `first`.
double packed_number(const HostTensor& packed, std::int64_t bits, std::int64_t first,
                     std::int64_t i) {
  const auto byte = static_cast<std::int64_t>(packed[first + i * bits / 8]);
  return static_cast<double>(byte >> (i * bits % 8) & ((std::int64_t{1} << bits) - 1));
}

/// Whether numbers can share a scale in blocks of this size; larger ones are no sizes of tensors.
bool is_block(std::int64_t size) {
  return size > 0 && size <= (std::int64_t{1} << 30U);
}

/// A constant of real numbers that the file stores as `stored`; `group`: so many of the first axis
/// share a scale.
Result<Value> stored_weight(OnnxNode& node, const TensorType& type, std::string stored,
                            std::optional<HostTensor> data, std::int64_t group = 0) {
  OpSpec spec{.type = "Weight",
              .name = node.name + "_weight",
              .attributes = {{"stored", std::move(stored)}, {"stored_group", group}},
              .origin = {node.name},
              .result_types = {type}};
  if (data) {
    data->round();
    spec.data = std::make_shared<const HostTensor>(*std::move(data));
  }
  TPU_TRY(const OpId weight, node.graph().add(std::move(spec), {}));
  return Value{weight};
}

/// A weight of `n` columns of `k` numbers, packed in blocks of a few bits each.
struct PackedWeight {
  std::int64_t k = 0;
  std::int64_t n = 0;
  std::int64_t bits = 4;
  std::int64_t block = 0;
  std::optional<HostTensor> bytes{};
  std::optional<HostTensor> scales{};
  std::optional<HostTensor> points{};  ///< packed as well, or one real number per block
  std::optional<HostTensor> order{};   ///< the block whose scale each row has; none: its own

  std::int64_t blocks() const { return (k + block - 1) / block; }
  std::int64_t block_bytes() const { return (block * bits + 7) / 8; }
  std::int64_t point_bytes() const { return (blocks() * bits + 7) / 8; }
  bool has_plain_points() const { return points && points->elements() == n * blocks(); }

  double point(std::int64_t column, std::int64_t at) const {
    if (has_plain_points()) return (*points)[column * blocks() + at];
    if (points) return packed_number(*points, bits, column * point_bytes(), at);
    return static_cast<double>(std::int64_t{1} << (bits - 1));  // the middle
  }
  /// The real value of the number at `row` of `column`.
  double value(std::int64_t row, std::int64_t column) const {
    const std::int64_t own = row / block;
    const std::int64_t at = order ? static_cast<std::int64_t>((*order)[row]) : own;
    const std::int64_t first = (column * blocks() + own) * block_bytes();
    return (packed_number(*bytes, bits, first, row % block) - point(column, at)) *
           (*scales)[column * blocks() + at];
  }
  /// Whether all that value() reads is there.
  bool is_known() const {
    if (!bytes || !scales || bytes->elements() != n * blocks() * block_bytes()) return false;
    const bool has_points =
        !points || has_plain_points() || points->elements() == n * point_bytes();
    return scales->elements() == n * blocks() && has_points && has_order();
  }

 private:
  bool has_order() const {
    if (!order) return true;
    if (order->elements() < k) return false;
    for (const double at : order->values) {
      if (at < 0 || at >= static_cast<double>(blocks())) return false;
    }
    return true;
  }
};

/// The constant [K, N] of real numbers that a packed weight represents; values where the file has
/// them.
Result<Value> unpacked_weight(OnnxNode& node, DType real) {
  PackedWeight packed{.k = node.integer("K", 0),
                      .n = node.integer("N", 0),
                      .bits = node.integer("bits", 4),
                      .block = node.integer("block_size", 0)};
  const bool is_sound = packed.k > 0 && packed.n > 0 && is_block(packed.block) &&
                        (packed.bits == 2 || packed.bits == 4 || packed.bits == 8);
  if (!is_sound) {
    return unsupported(node, fmt::format("K {}, N {}, {} bits in blocks of {}", packed.k, packed.n,
                                         packed.bits, packed.block));
  }
  const TensorType type{real, {packed.k, packed.n}};
  TPU_TRY_STATUS(check_shape(type.shape));
  packed.bytes = known_input(node, 1);
  packed.scales = known_input(node, 2);
  for (const auto& [input, values] : {std::pair{3U, &packed.points}, {4U, &packed.order}}) {
    if (!node.has_input(input)) continue;
    *values = known_input(node, input);
    if (!*values) packed.bytes.reset();  // without them the values are unknown
  }
  std::optional<HostTensor> data;
  if (packed.is_known()) {
    data = HostTensor::zeros(type);
    for (std::int64_t row = 0; row < packed.k; ++row) {
      for (std::int64_t column = 0; column < packed.n; ++column)
        (*data)[row * packed.n + column] = packed.value(row, column);
    }
  }
  return stored_weight(node, type, fmt::format("u{}", packed.bits), std::move(data), packed.block);
}

/// a, packed b, scales, zero points, the block of each row, bias.
OnnxValues translate_matmul_nbits(OnnxNode& node) {
  TPU_TRY(const Value a, node.input(0));
  TPU_TRY(const Value weight, unpacked_weight(node, node.type(0).dtype));
  TPU_TRY(const std::vector<Value> y, translate_onnx(node, "MatMul", {a, weight}));
  if (!node.has_input(5)) return y;
  return single(node.add("Add", {}, {y.front(), *node.inputs[5]}));
}

/// The 16 numbers of bitsandbytes' types, as ONNX Runtime has them.
constexpr std::array<double, 16> kFp4 = {
    0, 0.00520833333,  2.0 / 3,  1,  1.0 / 3,  0.5,  1.0 / 6,  .25,
    0, -0.00520833333, -2.0 / 3, -1, -1.0 / 3, -0.5, -1.0 / 6, -.25};
constexpr std::array<double, 16> kNf4 = {-1.0,
                                         -0.6961928009986877,
                                         -0.5250730514526367,
                                         -0.39491748809814453,
                                         -0.28444138169288635,
                                         -0.18477343022823334,
                                         -0.09105003625154495,
                                         0.0,
                                         0.07958029955625534,
                                         0.16093020141124725,
                                         0.24611230194568634,
                                         0.33791524171829224,
                                         0.44070982933044434,
                                         0.5626170039176941,
                                         0.7229568362236023,
                                         1.0};

/// a, b as codes of 4 bits (of [N, K], the first of two in the high bits), the largest number of
/// each block.
OnnxValues translate_matmul_bnb4(OnnxNode& node) {
  TPU_TRY(const Value a, node.input(0));
  const std::int64_t k = node.integer("K", 0);
  const std::int64_t n = node.integer("N", 0);
  const std::int64_t block = node.integer("block_size", 0);
  const bool is_transposed = node.integer("transB", 1) != 0;
  if (k < 1 || n < 1 || !is_block(block) || !is_transposed) {
    return unsupported(node, fmt::format("K {}, N {} in blocks of {}", k, n, block));
  }
  const TensorType type{node.type(0).dtype, {k, n}};
  TPU_TRY_STATUS(check_shape(type.shape));
  const std::optional<HostTensor> codes = known_input(node, 1);
  const std::optional<HostTensor> largest = known_input(node, 2);
  std::optional<HostTensor> data;
  const bool is_known = codes && largest && codes->elements() == (k * n + 1) / 2 &&
                        largest->elements() == (k * n + block - 1) / block;
  if (is_known) {
    const std::array<double, 16>& numbers = node.integer("quant_type", 1) == 0 ? kFp4 : kNf4;
    data = HostTensor::zeros(type);
    for (std::int64_t i = 0; i < k * n; ++i) {
      const double code = packed_number(*codes, 4, 0, i ^ 1);
      (*data)[i % k * n + i / k] =
          numbers.at(static_cast<std::size_t>(code)) * (*largest)[i / block];
    }
  }
  TPU_TRY(const Value weight, stored_weight(node, type, "u4", std::move(data)));
  return translate_onnx(node, "MatMul", {a, weight});
}

/// A table whose rows are quantised in blocks along one axis.
struct QuantisedTable {
  Shape shape{};
  std::size_t axis = 1;  ///< along which blocks are cut
  std::int64_t block = 128;
  std::int64_t bits = 4;  ///< of a number in a byte; 0: one element each
  double middle = 0;      ///< the zero point where none is given
  HostTensor codes{};
  HostTensor scales{};
  std::optional<HostTensor> points{};

  double code(const HostTensor& tensor, std::int64_t row, std::int64_t columns,
              std::int64_t column) const {
    if (bits == 0) return tensor[row * columns + column];
    return packed_number(tensor, bits, row * ((columns * bits + 7) / 8), column);
  }
  /// All values, as real numbers of the type.
  HostTensor values(const TensorType& type) const {
    HostTensor result = HostTensor::zeros(type);
    const std::int64_t columns = shape.back();
    Shape scaled = shape;
    scaled[axis] = (shape[axis] + block - 1) / block;
    const std::int64_t scale_columns = scaled.back();
    const std::int64_t inner =
        element_count({shape.begin() + static_cast<std::ptrdiff_t>(axis) + 1, shape.end()});
    for (std::int64_t i = 0; i < result.elements(); ++i) {
      const std::int64_t along = i / inner % shape[axis];
      const std::int64_t outer = i / inner / shape[axis];
      const std::int64_t at = (outer * scaled[axis] + along / block) * inner + i % inner;
      const double point =
          points ? code(*points, at / scale_columns, scale_columns, at % scale_columns) : middle;
      result[i] = (code(codes, i / columns, columns, i % columns) - point) * scales[at];
    }
    return result;
  }
};

/// The table's values where the file has all of them.
std::optional<HostTensor> known_table(const OnnxNode& node, QuantisedTable table,
                                      const TensorType& type) {
  std::optional<HostTensor> codes = known_input(node, 0);
  std::optional<HostTensor> scales = known_input(node, 2);
  if (!codes || !scales) return std::nullopt;
  if (node.has_input(3)) {
    table.points = known_input(node, 3);
    if (!table.points) return std::nullopt;
  }
  Shape scaled = table.shape;
  scaled[table.axis] = (scaled[table.axis] + table.block - 1) / table.block;
  if (scales->shape() != scaled) return std::nullopt;
  if (table.points) {
    Shape packed = scaled;
    if (table.bits != 0) packed.back() = (packed.back() * table.bits + 7) / 8;
    if (table.points->shape() != packed) return std::nullopt;
  }
  table.codes = *std::move(codes);
  table.scales = *std::move(scales);
  return table.values(type);
}

/// table, indices, scales, zero points. A table of bytes holds numbers of `bits` along its last
/// axis, whose zero point is the middle unless one is given.
OnnxValues translate_gather_block(OnnxNode& node) {
  TPU_TRY([[maybe_unused]] const Value codes, node.input(0));
  TPU_TRY(const Value indices, node.input(1));
  TPU_TRY([[maybe_unused]] const Value scales, node.input(2));
  QuantisedTable table{.shape = node.type(0).shape, .block = node.integer("block_size", 128)};
  std::string stored{name_of(node.type(0).dtype)};
  const std::int64_t bits = node.integer("bits", 4);
  if (table.shape.empty() || !is_block(table.block) || (bits != 4 && bits != 8)) {
    return unsupported(node, fmt::format("{} bits in blocks of {}", bits, table.block));
  }
  table.bits = 0;
  if (node.type(0).dtype == DType::kU8) {
    table.bits = bits;
    table.middle = bits == 4 ? 8 : 128;
    table.shape.back() *= 8 / bits;
    stored = fmt::format("u{}", bits);
  }
  TPU_TRY(table.axis, normalised_axis(node.integer("quantize_axis", 1), table.shape.size()));
  const std::int64_t gathered = node.integer("gather_axis", 0);
  const TensorType type{node.type(2).dtype, table.shape};
  TPU_TRY_STATUS(check_shape(type.shape));
  TPU_TRY(const Value weight, stored_weight(node, type, stored, known_table(node, table, type)));
  TPU_TRY(const std::size_t axis, normalised_axis(gathered, type.rank()));
  return single(node.add("Gather", {{"axis", static_cast<std::int64_t>(axis)}}, {weight, indices}));
}

TPU_REGISTER(register_onnx("com.microsoft.MatMulNBits", translate_matmul_nbits) &&
             register_onnx("com.microsoft.MatMulBnb4", translate_matmul_bnb4) &&
             register_onnx("com.microsoft.GatherBlockQuantized", translate_gather_block));

}  // namespace
}  // namespace tpuscope
