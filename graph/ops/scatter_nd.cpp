// ScatterND: operand 0 with the slices that the index tuples in operand 1 name replaced by those of
// operand 2.

#include <fmt/core.h>

#include "graph/onnx/emission.h"
#include "graph/ops/index_tuples.h"
#include "graph/ops/movement.h"
#include "graph/ops/scatter.h"

namespace tpuscope {
namespace {

Result<std::vector<TensorType>> infer_scatter_nd(const OpView& op) {
  TPU_TRY_STATUS(check_reduction(op));
  TPU_TRY(const IndexTuples layout, index_tuples(op.input(0), op.input(1), 0));
  const Shape& data = op.input(0).shape;
  Shape updates(op.input(1).shape.begin(), op.input(1).shape.end() - 1);
  updates.insert(updates.end(), data.begin() + layout.depth, data.end());
  if (updates != op.input(2).shape) {
    return Error{.message =
                     fmt::format("updates are {}, the indices ask for {}", type_text(op.input(2)),
                                 type_text({op.input(0).dtype, updates}))};
  }
  return std::vector<TensorType>{op.input(0)};
}

Result<std::vector<HostTensor>> evaluate_scatter_nd(const OpView& op,
                                                    std::span<const HostTensor> inputs) {
  TPU_TRY(const IndexTuples layout, index_tuples(op.input(0), op.input(1), 0));
  TPU_TRY(const std::vector<std::int64_t> offsets, slice_offsets(layout, inputs[1]));
  HostTensor result{op.result(), inputs[0].values};
  const std::string& reduction = op.attrs().text("reduction");
  std::int64_t next = 0;
  for (const std::int64_t offset : offsets) {
    for (std::int64_t i = 0; i < layout.slice; ++i) {
      double& element = result[offset + i];
      element = reduced_by(reduction, element, inputs[2][next++]);
    }
  }
  return std::vector<HostTensor>{std::move(result)};
}

Movement movement_scatter_nd(const OpView& op) {
  const IndexTuples layout = index_tuples(op.input(0), op.input(1), 0).value();
  return scatter_movement(op, layout.tuples, layout.slice);
}

TPU_REGISTER(register_op({.name = "ScatterND",
                          .summary = "operand 0 with slices replaced",
                          .operands = {3, 3},
                          .attributes = {{"reduction", std::string("none"),
                                          "none, add, mul, min or max"}},
                          .layout = LayoutRule::kMovement,
                          .infer = infer_scatter_nd,
                          .evaluate = evaluate_scatter_nd,
                          .work = scatter_work,
                          .movement = movement_scatter_nd}) &&
             register_onnx("ScatterND", translate_by_name));

TPU_REGISTER(register_onnx_emission("ScatterND", emit_scatter));

}  // namespace
}  // namespace tpuscope
