// HeadAttention: one head of attention from the tokens to its share of the block's result, which
// the shares of all heads are added up to:
//
//   q, k, v = x Wq + bq, x Wk + bk, x Wv + bv        y = softmax(scale q k^T + mask) v Wo + bo
//
// x [b,n,C]; projections [3C,d], rows of Wq before those of Wk and Wv; output [d,N]. Then, where
// `biased` says so for q, k, v or y, one vector of biases [.., d .. or N]; where `masked`, a mask
// [b or 1,1,n or 1,n]. In 8 bits the exponentials come from a table of 256, the last operand, and
// the result keeps its 32 bits, since the heads are yet to be added.

#include "graph/ops/head_attention.h"

#include <algorithm>
#include <cmath>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/onnx/emission.h"

namespace tpuscope {

HeadAttentionExtents head_attention_extents(const OpView& op) {
  const Shape& x = op.input(0).shape;
  const Shape& out = op.input(2).shape;
  HeadAttentionExtents extents{.batch = x[0],
                               .queries = x[1],
                               .keys = x[1],
                               .channels = x[2],
                               .width = out[0],
                               .columns = out[1]};
  // A tile has fewer rows than there are keys.
  if (!op.results.empty()) extents.queries = op.result().shape[1];
  const IntList& biased = op.attrs().integers("biased");
  std::size_t next = 3;
  if (std::count(biased.begin(), biased.end(), 1) > 0) extents.bias = next++;
  if (op.attrs().flag("masked")) extents.mask = next++;
  if (op.input(0).dtype == DType::kI8) extents.table = next++;
  return extents;
}

namespace {

constexpr std::size_t kProducts = 4;  ///< that may have a bias: q, k, v, y
constexpr std::int64_t kTableLength = 256;

Status check_biased(const OpView& op) {
  const IntList& biased = op.attrs().integers("biased");
  const bool is_flags = std::all_of(biased.begin(), biased.end(),
                                    [](std::int64_t flag) { return flag == 0 || flag == 1; });
  if (biased.size() == kProducts && is_flags) return Ok{};
  return Error{.message =
                   fmt::format("biased is {}, four of 0 or 1 are needed", list_text(biased))};
}

Result<std::vector<TensorType>> infer_head(const OpView& op) {
  const TensorType& x = op.input(0);
  const TensorType& in = op.input(1);
  const TensorType& out = op.input(2);
  TPU_TRY_STATUS(check_biased(op));
  if (x.rank() != 3 || in.rank() != 2 || out.rank() != 2) {
    return Error{.message = fmt::format("operands are {}, {} and {}; [b,n,C], [3C,d] and [d,N] are "
                                        "needed",
                                        type_text(x), type_text(in), type_text(out))};
  }
  const HeadAttentionExtents e = head_attention_extents(op);
  struct Wanted {
    std::size_t operand = 0;
    Shape shape{};
  };
  std::vector<Wanted> wanted{{1, {3 * e.channels, e.width}}};
  if (e.bias > 0) wanted.push_back({e.bias, {e.bias_length(op.attrs().integers("biased"))}});
  if (e.table > 0) wanted.push_back({e.table, {kTableLength}});
  std::size_t count = 3;
  for (const std::size_t operand : {e.bias, e.mask, e.table})
    count += operand > 0 ? 1 : 0;
  if (op.inputs.size() != count)
    return Error{.message = fmt::format("{} operands, {} are needed", op.inputs.size(), count)};
  for (const Wanted& each : wanted) {
    if (op.input(each.operand).shape == each.shape) continue;
    return Error{.message = fmt::format("operand {} is {}, {} is needed", each.operand,
                                        type_text(op.input(each.operand)), list_text(each.shape))};
  }
  if (e.mask > 0) {
    const Shape& mask = op.input(e.mask).shape;
    const auto spans = [](std::int64_t extent, std::int64_t all) {
      return extent == 1 || extent == all;
    };
    const bool fits = mask.size() == 4 && spans(mask[0], e.batch) && mask[1] == 1 &&
                      spans(mask[2], e.keys) && mask[3] == e.keys;
    if (!fits) {
      return Error{.message = fmt::format("the mask is {}, which does not fit {} tokens",
                                          type_text(op.input(e.mask)), e.keys)};
    }
  }
  const DType type = x.dtype == DType::kI8 ? DType::kI32 : x.dtype;
  return std::vector<TensorType>{{type, {e.batch, e.keys, e.columns}}};
}

// --- values ---

struct Matrix {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::vector<double> values{};

  double at(std::int64_t row, std::int64_t column) const {
    return values[static_cast<std::size_t>(row * columns + column)];
  }
};

Matrix product_of(std::int64_t rows, std::int64_t reduced, std::int64_t columns, auto&& left,
                  auto&& right) {
  Matrix made{.rows = rows, .columns = columns};
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t column = 0; column < columns; ++column) {
      double sum = 0;
      for (std::int64_t i = 0; i < reduced; ++i)
        sum += left(row, i) * right(i, column);
      made.values.push_back(sum);
    }
  }
  return made;
}

class HeadKernel {
 public:
  HeadKernel(const OpView& op, std::span<const HostTensor> inputs)
      : op_(op), inputs_(inputs), extents_(head_attention_extents(op)) {}

  HostTensor run() {
    HostTensor y = HostTensor::zeros(op_.result());
    for (std::int64_t image = 0; image < extents_.batch; ++image) {
      const Matrix rows = one(image);
      for (std::size_t i = 0; i < rows.values.size(); ++i)
        y[image * std::ssize(rows.values) + static_cast<std::int64_t>(i)] = rows.values[i];
    }
    return y;
  }

 private:
  Matrix one(std::int64_t image) {
    bias_at_ = 0;
    const Matrix q = projected(image, 0);
    const Matrix k = projected(image, 1);
    const Matrix v = projected(image, 2);
    Matrix shares = product_of(
        extents_.keys, extents_.width, extents_.keys,
        [&](std::int64_t row, std::int64_t i) { return q.at(row, i); },
        [&](std::int64_t i, std::int64_t column) { return k.at(column, i); });
    soften(image, shares);
    const Matrix mixed = product_of(
        extents_.keys, extents_.keys, extents_.width,
        [&](std::int64_t row, std::int64_t i) { return shares.at(row, i); },
        [&](std::int64_t i, std::int64_t column) { return v.at(i, column); });
    Matrix y = product_of(
        extents_.keys, extents_.width, extents_.columns,
        [&](std::int64_t row, std::int64_t i) { return mixed.at(row, i); },
        [&](std::int64_t i, std::int64_t column) {
          return inputs_[2][i * extents_.columns + column];
        });
    add_bias(3, y);
    return y;
  }

  /// Queries, keys or values.
  Matrix projected(std::int64_t image, std::int64_t part) {
    Matrix made = product_of(
        extents_.keys, extents_.channels, extents_.width,
        [&](std::int64_t row, std::int64_t i) {
          return inputs_[0][(image * extents_.keys + row) * extents_.channels + i];
        },
        [&](std::int64_t i, std::int64_t column) {
          return inputs_[1][(part * extents_.channels + i) * extents_.width + column];
        });
    add_bias(static_cast<std::size_t>(part), made);
    return made;
  }

  void add_bias(std::size_t part, Matrix& rows) {
    if (op_.attrs().integers("biased")[part] == 0) return;
    for (std::size_t i = 0; i < rows.values.size(); ++i)
      rows.values[i] +=
          inputs_[extents_.bias][bias_at_ + static_cast<std::int64_t>(i) % rows.columns];
    bias_at_ += rows.columns;
  }

  double mask_at(std::int64_t image, std::int64_t row, std::int64_t column) const {
    if (extents_.mask == 0) return 0;
    const HostTensor& mask = inputs_[extents_.mask];
    const Shape& shape = mask.shape();
    const std::int64_t at = (shape[0] > 1 ? image : 0) * shape[2] + (shape[2] > 1 ? row : 0);
    return mask[at * extents_.keys + column];
  }

  /// Softmax of each row of scaled and masked scores.
  void soften(std::int64_t image, Matrix& scores) const {
    const double scale = op_.attrs().number("scale");
    for (std::int64_t row = 0; row < scores.rows; ++row) {
      double* first = &scores.values[static_cast<std::size_t>(row * scores.columns)];
      for (std::int64_t i = 0; i < scores.columns; ++i)
        first[i] = scale * first[i] + mask_at(image, row, i);
      const double largest = *std::max_element(first, first + scores.columns);
      double sum = 0;
      for (std::int64_t i = 0; i < scores.columns; ++i)
        sum += first[i] = std::exp(first[i] - largest);
      for (std::int64_t i = 0; i < scores.columns; ++i)
        first[i] /= sum;
    }
  }

  const OpView& op_;
  std::span<const HostTensor> inputs_;
  HeadAttentionExtents extents_;
  std::int64_t bias_at_ = 0;
};

Result<std::vector<HostTensor>> evaluate_head(const OpView& op,
                                              std::span<const HostTensor> inputs) {
  return std::vector<HostTensor>{HeadKernel(op, inputs).run()};
}

// --- work ---

/// The steps in the kernel's order. Images are worked on one after the other.
class HeadWork {
 public:
  explicit HeadWork(const OpView& op)
      : extents_(head_attention_extents(op)),
        biased_(op.attrs().integers("biased")),
        is_scaled_(op.attrs().number("scale") != 1),
        is_integer_(op.input(0).dtype == DType::kI8) {
    if (extents_.mask > 0) mask_rows_ = op.input(extents_.mask).shape[2];
  }

  Work take() {
    const std::int64_t keys = extents_.keys;
    spread_operands();
    for (std::size_t part = 0; part < 3; ++part) {
      const std::int64_t rows = part == 0 ? extents_.queries : keys;
      projected(part, rows);
    }
    product(extents_.queries, keys, extents_.width, true);
    is_integer_ ? shares_from_table() : shares();
    product(extents_.queries, extents_.width, keys, false);
    if (is_integer_) requantised(extents_.queries, extents_.width);
    product(extents_.queries, extents_.columns, extents_.width, false);
    add_bias(3, extents_.queries, extents_.columns);
    return std::move(work_);
  }

 private:
  WorkStep& add(WorkUnit unit, std::int64_t rows, std::int64_t columns,
                std::optional<DType> type = std::nullopt) {
    work_.push_back({.unit = unit, .n = extents_.batch, .c = rows, .w = columns, .type = type});
    return work_.back();
  }
  void in_place(WorkUnit unit, std::int64_t rows, std::int64_t columns, std::int64_t operands,
                std::optional<DType> type = std::nullopt) {
    WorkStep& step = add(unit, rows, columns, type);
    step.overwrites = true;
    step.operands = operands;
  }
  std::optional<DType> sums() const {
    return is_integer_ ? std::optional(DType::kI32) : std::nullopt;
  }

  /// One row that every lane gets a copy of.
  void spread(std::int64_t elements, std::optional<DType> type) {
    work_.push_back(
        {.unit = WorkUnit::kBroadcast, .w = elements, .overwrites = true, .type = type});
  }

  void spread_operands() {
    if (extents_.bias > 0) spread(extents_.bias_length(biased_), sums());
    if (extents_.mask > 0 && mask_rows_ == 1) spread(extents_.keys, sums());
    if (is_integer_) spread(kTableLength, DType::kF32);
  }

  void product(std::int64_t rows, std::int64_t columns, std::int64_t reduced, bool transposed) {
    WorkStep& step = add(WorkUnit::kMatMul, rows, columns);
    step.reduce = reduced;
    step.transposed = transposed;
  }
  void add_bias(std::size_t part, std::int64_t rows, std::int64_t columns) {
    if (biased_[part] != 0) in_place(WorkUnit::kArith, rows, columns, 2, sums());
  }
  void requantised(std::int64_t rows, std::int64_t columns) {
    add(WorkUnit::kRequant, rows, columns, DType::kI32);
  }
  void projected(std::size_t part, std::int64_t rows) {
    product(rows, extents_.width, extents_.channels, false);
    add_bias(part, rows, extents_.width);
    if (is_integer_) requantised(rows, extents_.width);
  }
  void fold(std::optional<DType> type) {
    add(WorkUnit::kReduce, extents_.queries, 1, type).kernel = extents_.keys;
  }

  /// The softmax of 16 bits: see graph/ops/softmax.cpp.
  void shares() {
    const std::int64_t rows = extents_.queries;
    const std::int64_t keys = extents_.keys;
    if (is_scaled_) in_place(WorkUnit::kArith, rows, keys, 1);
    if (extents_.mask > 0) in_place(WorkUnit::kArith, rows, keys, 2);
    fold(std::nullopt);
    in_place(WorkUnit::kArith, rows, keys, 2);
    add(WorkUnit::kExp, rows, keys);
    add(WorkUnit::kConvert, rows, keys, DType::kF32);
    fold(DType::kF32);
    add(WorkUnit::kDivide, rows, 1, DType::kF32);
    add(WorkUnit::kConvert, rows, 1, DType::kF32);
    in_place(WorkUnit::kArith, rows, keys, 2);
  }

  /// No maximum is looked for: 8 bits end at 127.
  void shares_from_table() {
    const std::int64_t rows = extents_.queries;
    const std::int64_t keys = extents_.keys;
    requantised(rows, keys);
    if (extents_.mask > 0) {
      add(WorkUnit::kArith, rows, keys, DType::kI8);
      add(WorkUnit::kArith, mask_rows_, keys, DType::kI16);
      in_place(WorkUnit::kArith, rows, keys, 2, DType::kI8);
    }
    in_place(WorkUnit::kArith, rows, keys, 1, DType::kI8);
    add(WorkUnit::kLookup, rows, keys, DType::kF32);
    fold(DType::kF32);
    add(WorkUnit::kDivide, rows, 1, DType::kF32);
    in_place(WorkUnit::kArith, rows, keys, 2, DType::kF32);
    add(WorkUnit::kConvert, rows, keys, DType::kF32);
  }

  HeadAttentionExtents extents_;
  IntList biased_;
  bool is_scaled_ = false;
  bool is_integer_ = false;
  std::int64_t mask_rows_ = 1;
  Work work_{};
};

Work work_head(const OpView& op) {
  return HeadWork(op).take();
}

/// All tokens are keys of each row.
Region input_region_head(const OpView& op, std::size_t operand, const Region& result) {
  Region region = whole(op.input(operand).shape);
  if (operand == 0) region[0] = result[0];
  if (operand > 2 && region.size() == 4) {
    if (region[0].extent() > 1) region[0] = result[0];
    if (region[2].extent() > 1) region[2] = result[1];
  }
  return region;
}

std::vector<bool> divisible_axes_head(const OpView& /*op*/) {
  return {true, true, false};
}

/// Its products run in the cube, which has no 32 bits.
LocalAnswer local_obstacle_head(const LocalQuery& query) {
  if (size_of(query.op.input(0).dtype) > 2) {
    return LocalObstacle{"matmul_f32", "matrix products of f32 have no local form"};
  }
  return std::nullopt;
}

std::vector<bool> local_splits_head(const LocalQuery& /*query*/) {
  return {true, false, false};
}

TPU_REGISTER(register_op(
    {.name = "HeadAttention",
     .summary = "one head of attention: x, projections [3C,d], output [d,N], biases, mask, table",
     .operands = {3, 6},
     .attributes = {{"scale", 1.0, "of the products of queries and keys"},
                    {"biased", IntList{0, 0, 0, 0}, "which of q, k, v and the result have a bias"},
                    {"masked", false, "a mask is added to the scores"}},
     .layout = LayoutRule::kFixed,
     .infer = infer_head,
     .evaluate = evaluate_head,
     .work = work_head,
     .input_region = input_region_head,
     .divisible_axes = divisible_axes_head,
     .local_obstacle = local_obstacle_head,
     .local_splits = local_splits_head}));

// --- as ONNX ---

/// Elements [begin, begin + extent) along axis 0.
std::string part_of(OnnxEmission& out, const std::string& from, std::int64_t begin,
                    std::int64_t extent) {
  return out.add("Slice",
                 {from, out.integers({begin}), out.integers({begin + extent}), out.integers({0})});
}

Status emit_head(OnnxEmission& out) {
  const HeadAttentionExtents extents = head_attention_extents(out.view());
  const IntList biased = out.attrs().integers("biased");
  std::int64_t bias_at = 0;
  const auto with_bias = [&](std::size_t part, std::string value, std::int64_t length) {
    if (biased[part] == 0) return value;
    const std::string bias = part_of(out, out.input(extents.bias), bias_at, length);
    bias_at += length;
    return out.add("Add", {value, bias});
  };
  std::vector<std::string> parts;
  for (std::size_t part = 0; part < 3; ++part) {
    const std::string weights = part_of(
        out, out.input(1), static_cast<std::int64_t>(part) * extents.channels, extents.channels);
    parts.push_back(with_bias(part, out.add("MatMul", {out.input(0), weights}), extents.width));
  }
  const std::string keys = out.add("Transpose", {parts[1]}, {{"perm", IntList{0, 2, 1}}});
  std::string scores = out.add(
      "Mul", {out.add("MatMul", {parts[0], keys}), out.scalar(out.attrs().number("scale"))});
  if (extents.mask > 0) {
    const std::string mask = out.add("Squeeze", {out.input(extents.mask), out.integers({1})});
    scores = out.add("Add", {scores, mask});
  }
  const std::string shares = out.add("Softmax", {scores}, {{"axis", std::int64_t{-1}}});
  const std::string mixed = out.add("MatMul", {shares, parts[2]});
  if (biased[3] == 0) return out.finish("MatMul", {mixed, out.input(2)});
  const std::string bias = part_of(out, out.input(extents.bias), bias_at, extents.columns);
  return out.finish("Add", {out.add("MatMul", {mixed, out.input(2)}), bias});
}

TPU_REGISTER(register_onnx_emission("HeadAttention", emit_head));

}  // namespace
}  // namespace tpuscope
