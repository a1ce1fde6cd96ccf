// A16MatMul: product of half-precision rows with weights of 4 or 8 bits that share a scale and a
// zero point per group of the inner dimension, as language models are quantised. y[m,n] is the sum
// over k of x[m,k] * (w[n,k] - zero[n,k/g]) * scale[n,k/g], plus bias[n]. 4-bit weights lie two per
// byte, the earlier one in the lower half. With 16 bits the weights are in half precision as they
// are, [N,K], without scales.

#include <fmt/core.h>

#include "base/text.h"
#include "graph/onnx/emission.h"
#include "graph/op_def.h"
#include "graph/ops/packed_product.h"

namespace tpuscope {

PackedProduct packed_product(const OpView& op) {
  PackedProduct product;
  const Shape& x = op.input(0).shape;
  product.rows = element_count(x, 0, x.size() - 1);
  product.inner = x.back();
  product.columns = op.input(1).shape[0];
  product.bits = op.attrs().integer("bits");
  product.group = op.attrs().integer("group");
  const std::size_t packed_operands = product.is_packed() ? 4 : 2;
  product.has_bias = op.inputs.size() > packed_operands;
  return product;
}

namespace {

Error wrong_operand(const OpView& op, std::size_t operand, const Shape& wanted) {
  return {.message = fmt::format("operand {} is {}, {} is needed", operand,
                                 type_text(op.input(operand)), list_text(wanted))};
}

Result<std::vector<TensorType>> infer_a16(const OpView& op) {
  const std::int64_t bits = op.attrs().integer("bits");
  const std::int64_t group = op.attrs().integer("group");
  if (bits != 4 && bits != 8 && bits != 16) {
    return Error{.message = fmt::format("weights of {} bits; 4, 8 and 16 are known", bits)};
  }
  TensorType y = op.input(0);
  const TensorType& w = op.input(1);
  if (y.rank() < 2 || w.rank() != 2) {
    return Error{.message = fmt::format("operands are {} and {}, rows and a matrix are needed",
                                        type_text(y), type_text(w))};
  }
  const std::int64_t inner = y.shape.back();
  const std::int64_t columns = w.shape[0];
  const Shape packed{columns, bits == 16 ? inner : inner * bits / 8};
  if (w.shape != packed) return wrong_operand(op, 1, packed);
  std::size_t next = 2;
  if (bits < 16) {
    if (group < 1 || inner % group != 0) {
      return Error{.message = fmt::format("groups of {} do not divide {} inputs", group, inner)};
    }
    if (op.inputs.size() < 4) return Error{.message = "scales and zero points are missing"};
    const Shape groups{columns, inner / group};
    for (; next < 4; ++next)
      if (op.input(next).shape != groups) return wrong_operand(op, next, groups);
  }
  if (op.has_input(next) && op.input(next).shape != Shape{columns}) {
    return wrong_operand(op, next, {columns});
  }
  if (op.has_input(next + 1)) return Error{.message = "too many operands"};
  y.shape.back() = columns;
  return std::vector<TensorType>{y};
}

double weight_at(const PackedProduct& product, std::span<const HostTensor> inputs, std::int64_t n,
                 std::int64_t k) {
  if (!product.is_packed()) return inputs[1][n * product.inner + k];
  const std::int64_t per_byte = 8 / product.bits;
  const std::int64_t row_bytes = product.inner / per_byte;
  const auto byte = static_cast<unsigned>(inputs[1][n * row_bytes + k / per_byte]);
  const auto shift = static_cast<unsigned>(product.bits * (k % per_byte));
  const unsigned code = (byte >> shift) & ((1U << static_cast<unsigned>(product.bits)) - 1U);
  const std::int64_t at = n * (product.inner / product.group) + k / product.group;
  return (code - inputs[3][at]) * inputs[2][at];
}

Result<std::vector<HostTensor>> evaluate_a16(const OpView& op, std::span<const HostTensor> inputs) {
  const PackedProduct product = packed_product(op);
  HostTensor y = HostTensor::zeros(op.result());
  for (std::int64_t n = 0; n < product.columns; ++n) {
    for (std::int64_t m = 0; m < product.rows; ++m) {
      double sum = product.has_bias ? inputs.back()[n] : 0;
      for (std::int64_t k = 0; k < product.inner; ++k)
        sum += inputs[0][m * product.inner + k] * weight_at(product, inputs, n, k);
      y[m * product.columns + n] = sum;
    }
  }
  return std::vector<HostTensor>{std::move(y)};
}

Work work_a16(const OpView& op) {
  const PackedProduct product = packed_product(op);
  return {{.unit = WorkUnit::kMatMul,
           .c = product.rows,
           .w = product.columns,
           .reduce = product.inner,
           .transposed = true}};
}

/// A tile of columns needs its rows of weights, scales and zero points, and all of x's row.
Region input_region_a16(const OpView& op, std::size_t operand, const Region& result) {
  if (operand == 0) {
    Region region = result;
    region.back() = {0, op.input(0).shape.back()};
    return region;
  }
  Region region = whole(op.input(operand).shape);
  region[0] = result.back();
  return region;
}

TPU_REGISTER(register_op(
    {.name = "A16MatMul",
     .summary = "half-precision rows times weights of 4 or 8 bits: x, w, scale, zero point, bias",
     .operands = {2, 5},
     .attributes = {{"bits", std::int64_t{4}, "of a weight; 16: in half precision, no scales"},
                    {"group", std::int64_t{64}, "inner elements that share a scale"}},
     .layout = LayoutRule::kFixed,
     .infer = infer_a16,
     .evaluate = evaluate_a16,
     .work = work_a16,
     .input_region = input_region_a16}));

/// The codes of the weights as numbers, [N,K].
std::string emitted_codes(OnnxEmission& out, const PackedProduct& product) {
  const Attributes to_float{{"to", std::int64_t{1}}};
  if (product.bits == 8) return out.add("Cast", {out.input(1)}, to_float);
  HostTensor four = HostTensor::scalar(DType::kU8, 4);
  const std::string high = out.add("BitShift", {out.input(1), out.constant(four)},
                                   {{"direction", std::string("RIGHT")}});
  const std::string upper = out.add("Cast", {high}, to_float);
  const std::string both = out.add("Cast", {out.input(1)}, to_float);
  const std::string lower = out.add(
      "Sub", {both, out.add("Mul", {upper, out.constant(HostTensor::scalar(DType::kF32, 16))})});
  const std::string axis = out.integers({2});
  const std::string paired =
      out.add("Concat", {out.add("Unsqueeze", {lower, axis}), out.add("Unsqueeze", {upper, axis})},
              {{"axis", std::int64_t{2}}});
  return out.add("Reshape", {paired, out.integers({product.columns, product.inner})});
}

/// The weights as numbers, [K,N].
std::string emitted_weights(OnnxEmission& out, const PackedProduct& product) {
  std::string weights = out.input(1);
  if (product.is_packed()) {
    const std::int64_t groups = product.inner / product.group;
    const std::string last = out.integers({2});
    const std::string codes = out.add(
        "Reshape",
        {emitted_codes(out, product), out.integers({product.columns, groups, product.group})});
    const std::string zero = out.add("Cast", {out.input(3)}, {{"to", std::int64_t{1}}});
    const std::string centred = out.add("Sub", {codes, out.add("Unsqueeze", {zero, last})});
    const std::string scaled =
        out.add("Mul", {centred, out.add("Unsqueeze", {out.input(2), last})});
    weights = out.add("Reshape", {scaled, out.integers({product.columns, product.inner})});
  }
  return out.add("Transpose", {weights}, {{"perm", IntList{1, 0}}});
}

Status emit_a16(OnnxEmission& out) {
  const PackedProduct product = packed_product(out.view());
  const std::string weights = emitted_weights(out, product);
  if (!product.has_bias) return out.finish("MatMul", {out.input(0), weights});
  return out.finish("Add", {out.add("MatMul", {out.input(0), weights}), out.inputs().back()});
}

TPU_REGISTER(register_onnx_emission("A16MatMul", emit_a16));

}  // namespace
}  // namespace tpuscope
