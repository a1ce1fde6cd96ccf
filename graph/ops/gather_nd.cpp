// GatherND: slices of operand 0 named by the index tuples in operand 1.

#include "graph/ops/index_tuples.h"
#include "graph/ops/movement.h"

namespace tpuscope {
namespace {

Result<IndexTuples> layout_of(const OpView& op) {
  return index_tuples(op.input(0), op.input(1), op.attrs().integer("batch_dims"));
}

Result<std::vector<TensorType>> infer_gather_nd(const OpView& op) {
  TPU_TRY(const IndexTuples layout, layout_of(op));
  const Shape& data = op.input(0).shape;
  Shape shape(op.input(1).shape.begin(), op.input(1).shape.end() - 1);
  const std::int64_t sliced = op.attrs().integer("batch_dims") + layout.depth;
  shape.insert(shape.end(), data.begin() + sliced, data.end());
  return std::vector<TensorType>{{op.input(0).dtype, shape}};
}

Result<std::vector<HostTensor>> evaluate_gather_nd(const OpView& op,
                                                   std::span<const HostTensor> inputs) {
  TPU_TRY(const IndexTuples layout, layout_of(op));
  TPU_TRY(const std::vector<std::int64_t> offsets, slice_offsets(layout, inputs[1]));
  HostTensor result{op.result(), {}};
  for (const std::int64_t offset : offsets) {
    for (std::int64_t i = 0; i < layout.slice; ++i)
      result.values.push_back(inputs[0][offset + i]);
  }
  return std::vector<HostTensor>{std::move(result)};
}

Movement movement_gather_nd(const OpView& op) {
  const IndexTuples layout = layout_of(op).value();
  return {.gather_runs = layout.batches * layout.tuples, .gather_run_elements = layout.slice};
}

TPU_REGISTER(register_op({.name = "GatherND",
                          .summary = "slices of operand 0 named by index tuples",
                          .operands = {2, 2},
                          .attributes = {{"batch_dims", std::int64_t{0},
                                          "leading axes that run in step"}},
                          .layout = LayoutRule::kMovement,
                          .infer = infer_gather_nd,
                          .evaluate = evaluate_gather_nd,
                          .movement = movement_gather_nd}) &&
             register_onnx_twin("GatherND"));

}  // namespace
}  // namespace tpuscope
