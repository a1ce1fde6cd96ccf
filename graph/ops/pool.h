// What MaxPool and AveragePool share: the window with its kernel as an attribute, shape, work and
// tiling. They differ in the fold of a window's elements and in options.

#pragma once

#include "graph/onnx/emission.h"
#include "graph/ops/window.h"

namespace tpuscope {

/// Table rows of kernel, strides, pads, dilations and ceil_mode, followed by `more`.
std::vector<AttributeDef> pool_attributes(std::vector<AttributeDef> more);

Result<Window> pool_window(const OpView& op);
Result<std::vector<TensorType>> infer_pool(const OpView& op);
Work pool_work(const OpView& op);
/// Of a whole map: folds it as a row, but for 8-bit elements.
Work max_pool_work(const OpView& op);
/// Means of 16-bit elements are sums in f32; of a whole map they fold it as a row.
Work average_pool_work(const OpView& op);
Region pool_input_region(const OpView& op, std::size_t operand, const Region& result);
std::vector<bool> pool_divisible_axes(const OpView& op);
/// Those of a map under one window.
std::vector<bool> pool_image_axes(const OpView& op);

/// Attributes of a pooling ONNX node that both kinds have.
Result<Attributes> onnx_pool(OnnxNode& node);
/// Attributes of a pool over all of the spatial axes.
Result<Attributes> onnx_global_pool(OnnxNode& node);
/// The op's attributes under their names in ONNX.
Attributes pool_to_onnx(const OnnxEmission& out);

}  // namespace tpuscope
