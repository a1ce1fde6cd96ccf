// What ScatterElements and ScatterND share: how an update meets the element that is there.

#pragma once

#include "graph/onnx/emission.h"
#include "graph/op_def.h"

namespace tpuscope {

/// An error unless the attribute "reduction" is one that ONNX has.
Status check_reduction(const OpView& op);
/// The element `old` after the update with `update`.
double reduced_by(std::string_view reduction, double old, double update);
/// One pass over the updates, where they are added or multiplied in rather than stored.
Work scatter_work(const OpView& op);
/// A copy of the data, then one run per update.
Movement scatter_movement(const OpView& op, std::int64_t runs, std::int64_t run_elements);
/// The op under its own name; ONNX learnt later to keep the smaller or larger element.
Status emit_scatter(OnnxEmission& out);

}  // namespace tpuscope
