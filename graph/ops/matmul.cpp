// MatMul: product of matrices over NumPy-broadcast batch axes, with the operand orders that the
// machine reads without a permute: transposed operands, and "hdim is batch", where the batch axes
// are 0 and 2 of rank-4 operands ([B0,M,B1,K] x [B0,K,B1,N] -> [B0,M,B1,N]).

#include <fmt/core.h>

#include "base/text.h"
#include "graph/onnx/node.h"
#include "graph/op_def.h"
#include "graph/ops/fused_relu.h"
#include "graph/ops/offsets.h"
#include "graph/permutation.h"

namespace tpuscope {
namespace {

/// Which axis of each operand and of the result is which; all others are batch axes.
struct Form {
  std::size_t left_row = 0;
  std::size_t left_inner = 0;
  std::size_t right_inner = 0;
  std::size_t right_column = 0;
  std::size_t row = 0;
  std::size_t column = 0;
};

Form form_of(const OpView& op) {
  const bool hdim = op.attrs().flag("hdim_is_batch");
  const std::size_t a = op.input(0).rank();
  const std::size_t b = op.input(1).rank();
  const std::size_t rank = std::max(a, b);
  Form form = hdim ? Form{1, 3, 1, 3, 1, 3} : Form{a - 2, a - 1, b - 2, b - 1, rank - 2, rank - 1};
  if (op.attrs().flag("left_transpose")) std::swap(form.left_row, form.left_inner);
  if (op.attrs().flag("right_transpose")) std::swap(form.right_inner, form.right_column);
  return form;
}

/// The operand's extents with its matrix axes set to 1: what broadcasting sees.
Shape batch_of(const Shape& shape, std::size_t first, std::size_t second) {
  Shape batch = shape;
  batch[first] = 1;
  batch[second] = 1;
  return batch;
}

Result<std::vector<TensorType>> infer_matmul(const OpView& op) {
  const TensorType& a = op.input(0);
  const TensorType& b = op.input(1);
  if (a.rank() < 2 || b.rank() < 2) {
    return Error{.message = fmt::format("operands are {} and {}, both need rank 2 or more",
                                        type_text(a), type_text(b))};
  }
  if (op.attrs().flag("hdim_is_batch") && (a.rank() != 4 || b.rank() != 4)) {
    return Error{.message = fmt::format("operands are {} and {}, hdim_is_batch needs rank 4",
                                        type_text(a), type_text(b))};
  }
  const Form form = form_of(op);
  const std::int64_t inner = a.shape[form.left_inner];
  if (inner != b.shape[form.right_inner]) {
    return Error{.message = fmt::format("inner dimensions differ: {} in {}, {} in {}", inner,
                                        type_text(a), b.shape[form.right_inner], type_text(b)),
                 .hint = "transpose one of the operands?"};
  }
  TPU_TRY(Shape shape, broadcast(batch_of(a.shape, form.left_row, form.left_inner),
                                 batch_of(b.shape, form.right_inner, form.right_column)));
  shape[form.row] = a.shape[form.left_row];
  shape[form.column] = b.shape[form.right_column];
  if (op.has_input(2) && op.input(2).shape != Shape{shape[form.column]}) {
    return Error{.message = fmt::format("bias is {}, the result has {} columns",
                                        type_text(op.input(2)), shape[form.column])};
  }
  return std::vector<TensorType>{{a.dtype, shape}};
}

/// Strides of an operand over the result's axes, 0 where it is broadcast or has no such axis.
std::vector<std::int64_t> result_strides(const OpView& op, std::size_t operand, const Form& form) {
  const Shape& shape = op.input(operand).shape;
  const std::vector<std::int64_t> strides = dense_strides(shape);
  std::vector<std::int64_t> result = broadcast_strides(shape, op.result().shape);
  const bool left = operand == 0;
  result[form.row] = left ? strides[form.left_row] : 0;
  result[form.column] = left ? 0 : strides[form.right_column];
  return result;
}

Result<std::vector<HostTensor>> evaluate_matmul(const OpView& op,
                                                std::span<const HostTensor> inputs) {
  const Form form = form_of(op);
  const std::vector<std::int64_t> left = result_strides(op, 0, form);
  const std::vector<std::int64_t> right = result_strides(op, 1, form);
  const std::int64_t left_step = dense_strides(inputs[0].shape())[form.left_inner];
  const std::int64_t right_step = dense_strides(inputs[1].shape())[form.right_inner];
  const std::int64_t inner = inputs[0].shape()[form.left_inner];
  HostTensor y = HostTensor::zeros(op.result());
  std::vector<std::int64_t> bias(y.shape().size(), 0);
  bias[form.column] = 1;
  for_each_offset<4>(y.shape(), {dense_strides(y.shape()), left, right, bias}, {},
                     [&](const std::array<std::int64_t, 4>& at) {
                       double sum = inputs.size() > 2 ? inputs[2][at[3]] : 0.0;
                       for (std::int64_t k = 0; k < inner; ++k) {
                         sum +=
                             inputs[0][at[1] + k * left_step] * inputs[1][at[2] + k * right_step];
                       }
                       y[at[0]] = sum;
                     });
  return std::vector<HostTensor>{y};
}

Work work_matmul(const OpView& op) {
  const Form form = form_of(op);
  const Shape& shape = op.result().shape;
  WorkStep step{.unit = WorkUnit::kMatMul,
                .n = element_count(batch_of(shape, form.row, form.column)),
                .c = shape[form.row],
                .w = shape[form.column],
                .reduce = op.input(0).shape[form.left_inner]};
  if (op.attrs().flag("hdim_is_batch")) {
    step.h = shape[2];  // heads lie side by side in each row
    step.n = shape[0];
  }
  // One right operand for all batches: they are further rows of one product.
  const bool shared =
      element_count(batch_of(op.input(1).shape, form.right_inner, form.right_column)) == 1;
  if (shared && !op.attrs().flag("left_transpose") && !op.attrs().flag("hdim_is_batch")) {
    step.c *= step.n;
    step.n = 1;
  }
  step.transposed = op.attrs().flag("right_transpose");
  step.biased = op.has_input(2);
  step.scaled = op.result().dtype == DType::kI8;
  return with_relu_passes(op, {step});
}

Region input_region_matmul(const OpView& op, std::size_t operand, const Region& result) {
  const Form form = form_of(op);
  if (operand == 2) return {result[form.column]};
  Region region = whole(op.input(operand).shape);
  const std::size_t skipped = result.size() - region.size();
  for (std::size_t axis = 0; axis < region.size(); ++axis) {
    if (region[axis].extent() > 1) region[axis] = result[axis + skipped];
  }
  const bool left = operand == 0;
  const std::size_t inner = left ? form.left_inner : form.right_inner;
  region[inner] = {0, op.input(operand).shape[inner]};
  region[left ? form.left_row : form.right_column] = result[left ? form.row : form.column];
  return region;
}

std::vector<bool> divisible_axes_matmul(const OpView& op) {
  return std::vector<bool>(op.result().rank(), true);
}

/// The machine's batched product has no form of f32 and none for two batch axes in front.
LocalAnswer local_obstacle_matmul(const LocalQuery& query) {
  const OpView& op = query.op;
  if (size_of(op.input(0).dtype) > 2) {
    return LocalObstacle{"matmul_f32", "matrix products of f32 have no local form"};
  }
  const Shape& left = op.input(0).shape;
  const std::size_t rank = op.input(1).rank();
  if (op.result().rank() == 2) {
    return LocalObstacle{"matmul_2d", "its rows would be images, not channels on lanes"};
  }
  const bool hdim = op.attrs().flag("hdim_is_batch");
  if (rank >= 4 && !hdim) {
    return LocalObstacle{"matmul_batch_4d",
                         "a product over two batch axes is local only with hdim_is_batch"};
  }
  if (rank == 2 && left.size() >= 4) {
    const bool is_small = left[1] < left[left.size() - 2];
    if (is_small && query.group.value_or(GroupType::kSmallC) != GroupType::kSmallC) {
      return LocalObstacle{"matmul_small_c", "the axis of rows follows a shorter axis"};
    }
  }
  return std::nullopt;
}

std::vector<bool> local_splits(const LocalQuery& query) {
  const OpView& op = query.op;
  std::vector<bool> axes(op.result().rank(), false);
  axes[0] = true;
  const bool by_rows = query.group == GroupType::kMatMul || query.group == GroupType::kSmallC;
  if (axes.size() > 2) axes[1] = by_rows;
  if (axes.size() > 2 && op.attrs().flag("hdim_is_batch")) axes[2] = true;
  return axes;
}

TPU_REGISTER(register_op(
    {.name = "MatMul",
     .summary = "matrix product over broadcast batch axes: a, b, bias [columns]",
     .operands = {2, 3},
     .attributes = with_relu({{"left_transpose", false, "the matrix axes of a are swapped"},
                              {"right_transpose", false, "the matrix axes of b are swapped"},
                              {"hdim_is_batch", false,
                               "batch axes are 0 and 2, rows and columns 1 and 3"}}),
     .infer = infer_matmul,
     .evaluate = evaluate_with_relu<evaluate_matmul>,
     .work = work_matmul,
     .input_region = input_region_matmul,
     .divisible_axes = divisible_axes_matmul,
     .local_obstacle = local_obstacle_matmul,
     .local_splits = local_splits}));

OnnxValues translate_matmul(OnnxNode& node) {
  TPU_TRY(Value a, node.input(0));
  TPU_TRY(Value b, node.input(1));
  const Shape left = node.graph().type(a).shape;
  const Shape right = node.graph().type(b).shape;
  if (left.size() == 1) {
    TPU_TRY(a, node.add("Reshape", {{"shape", IntList{1, left[0]}}}, {a}));
  }
  if (right.size() == 1) {
    TPU_TRY(b, node.add("Reshape", {{"shape", IntList{right[0], 1}}}, {b}));
  }
  TPU_TRY(const Value y, node.add("MatMul", {}, {a, b}));
  if (left.size() != 1 && right.size() != 1) return std::vector<Value>{y};
  Shape shape = node.graph().type(y).shape;
  if (right.size() == 1) shape.pop_back();
  if (left.size() == 1) shape.erase(shape.end() - (right.size() == 1 ? 1 : 2));
  return single(node.add("Reshape", {{"shape", shape}}, {y}));
}

Result<Value> scaled(OnnxNode& node, Value value, double factor) {
  if (factor == 1.0) return value;
  const DType dtype = node.graph().type(value).dtype;
  return node.add("Mul", {}, {value, node.constant_of(HostTensor::scalar(dtype, factor))});
}

OnnxValues translate_gemm(OnnxNode& node) {
  TPU_TRY(const Value a, node.input(0));
  TPU_TRY(const Value b, node.input(1));
  const double alpha = node.number("alpha", 1.0);
  const Attributes attributes{{"left_transpose", node.integer("transA", 0) != 0},
                              {"right_transpose", node.integer("transB", 0) != 0}};
  if (!node.has_input(2)) {
    TPU_TRY(const Value product, node.add("MatMul", attributes, {a, b}));
    return single(scaled(node, product, alpha));
  }
  TPU_TRY(Value c, scaled(node, *node.inputs[2], node.number("beta", 1.0)));
  const Shape shape = node.graph().type(c).shape;
  const Shape& right = node.graph().type(b).shape;
  const bool transposed = node.integer("transB", 0) != 0;
  const bool is_bias = alpha == 1.0 && right.size() == 2 && !shape.empty() &&
                       shape.back() == right[transposed ? 0 : 1] &&
                       element_count(shape) == shape.back();
  if (is_bias) {
    if (shape.size() > 1) {
      TPU_TRY(c, node.add("Reshape", {{"shape", IntList{shape.back()}}}, {c}));
    }
    return single(node.add("MatMul", attributes, {a, b, c}));
  }
  TPU_TRY(const Value product, node.add("MatMul", attributes, {a, b}));
  TPU_TRY(const Value result, scaled(node, product, alpha));
  return single(node.add("Add", {}, {result, c}));
}

TPU_REGISTER(register_onnx("MatMul", translate_matmul) && register_onnx("Gemm", translate_gemm));

/// Axes of a rank-4 operand whose batch axes are 0 and 2.
IntList batch_first(std::size_t row, std::size_t column) {
  return {0, 2, static_cast<std::int64_t>(row), static_cast<std::int64_t>(column)};
}

std::string with_matrix_axes_swapped(OnnxEmission& out, std::size_t operand) {
  IntList order = Permutation::identity(out.view().input(operand).rank()).to_list();
  std::swap(order[order.size() - 2], order[order.size() - 1]);
  return out.add("Transpose", {out.input(operand)}, {{"perm", order}});
}

/// Matrices are Gemm, which knows transposed operands and a bias.
Status emit_gemm(OnnxEmission& out) {
  const Attributes attributes{{"transA", out.attrs().flag("left_transpose")},
                              {"transB", out.attrs().flag("right_transpose")}};
  return finish_with_relu(out, "Gemm", out.inputs(), attributes);
}

Status emit_matmul(OnnxEmission& out) {
  const bool hdim = out.attrs().flag("hdim_is_batch");
  const bool transposes = out.attrs().flag("left_transpose") || out.attrs().flag("right_transpose");
  const bool flat = out.view().input(0).rank() == 2 && out.view().input(1).rank() == 2;
  if (flat && (transposes || out.has_input(2))) return emit_gemm(out);
  std::string a = out.input(0);
  std::string b = out.input(1);
  if (hdim) {
    const Form form = form_of(out.view());
    a = out.add("Transpose", {a}, {{"perm", batch_first(form.left_row, form.left_inner)}});
    b = out.add("Transpose", {b}, {{"perm", batch_first(form.right_inner, form.right_column)}});
  } else {
    if (out.attrs().flag("left_transpose")) a = with_matrix_axes_swapped(out, 0);
    if (out.attrs().flag("right_transpose")) b = with_matrix_axes_swapped(out, 1);
  }
  if (!hdim && !out.has_input(2)) return finish_with_relu(out, "MatMul", {a, b});
  std::string y = out.add("MatMul", {a, b});
  if (hdim) {
    const Attributes back{{"perm", batch_first(1, 3)}};
    if (!out.has_input(2)) return finish_with_relu(out, "Transpose", {y}, back);
    y = out.add("Transpose", {y}, back);
  }
  return finish_with_relu(out, "Add", {y, out.input(2)});
}

TPU_REGISTER(register_onnx_emission("MatMul", emit_matmul));

}  // namespace
}  // namespace tpuscope
