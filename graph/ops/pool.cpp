// Pooling: see pool.h.

#include "graph/ops/pool.h"

#include <algorithm>

#include <fmt/core.h>

#include "graph/ops/rows.h"

namespace tpuscope {

std::vector<AttributeDef> pool_attributes(std::vector<AttributeDef> more) {
  more.insert(more.begin(),
              {{"kernel", IntList{}, "extent of the window per spatial axis", true},
               {"ceil_mode", false, "whether a last window may reach beyond the padding"}});
  return window_attributes(std::move(more));
}

Result<Window> pool_window(const OpView& op) {
  return window_of(op.attrs(), spatial_part(op.input(0).shape), op.attrs().integers("kernel"));
}

Result<std::vector<TensorType>> infer_pool(const OpView& op) {
  const TensorType& x = op.input(0);
  TPU_TRY_STATUS(check_spatial("the input", x));
  TPU_TRY(const Window window, pool_window(op));
  for (const WindowAxis& axis : window) {
    if (std::max(axis.pad_begin, axis.pad_end) >= axis.span()) {
      return Error{.message = fmt::format("padding of {} leaves windows of {} without input",
                                          std::max(axis.pad_begin, axis.pad_end), axis.span())};
    }
  }
  TPU_TRY(const Shape positions, positions_of(window, op.attrs().flag("ceil_mode")));
  TensorType result{x.dtype, {x.shape[0], x.shape[1]}};
  result.shape.insert(result.shape.end(), positions.begin(), positions.end());
  return std::vector<TensorType>{result};
}

namespace {

/// Whether one window without padding covers all of the map.
bool has_whole_window(const OpView& op) {
  const IntList& kernel = op.attrs().integers("kernel");
  const Shape map = spatial_of(op.input(0).shape);
  for (std::size_t i = 0; i < map.size(); ++i) {
    if (kernel[i] < map[i]) return false;
  }
  const auto is_all = [](const IntList& values, std::int64_t value) {
    return std::all_of(values.begin(), values.end(),
                       [value](std::int64_t each) { return each == value; });
  };
  return element_count(spatial_of(op.result().shape)) == 1 &&
         is_all(op.attrs().integers("pads"), 0) && is_all(op.attrs().integers("dilations"), 1) &&
         !op.attrs().flag("ceil_mode");
}

}  // namespace

Work pool_work(const OpView& op) {
  const Shape& shape = op.result().shape;
  WorkStep step = map_step(WorkUnit::kDepthwise, shape[0], shape[1], spatial_of(shape));
  // Of a map under one window there may be a piece.
  step.kernel = element_count(has_whole_window(op) ? spatial_of(op.input(0).shape)
                                                   : op.attrs().integers("kernel"));
  step.strided = is_strided(op.attrs());
  return {step};
}

namespace {

/// A window over the whole map folds it as a row; 8-bit ones are slid as any other.
void fold_whole_map(const OpView& op, WorkStep& pool) {
  const bool is_whole =
      pool.kernel == element_count(spatial_of(op.input(0).shape)) && pool.kernel > 1;
  if (!is_whole || !is_float(op.result().dtype)) return;
  pool.unit = WorkUnit::kReduce;
  pool.strided = false;
}

/// Sums at a padded border have fewer addends: there the means are scaled once more, side by side.
void push_borders(const OpView& op, Work& work) {
  if (op.attrs().flag("count_include_pad")) return;
  const IntList& pads = op.attrs().integers("pads");
  const Shape& shape = op.result().shape;
  const std::size_t axes = spatial_of(shape).size();
  for (std::size_t i = 0; i < pads.size(); ++i) {
    if (pads[i] == 0) continue;
    Shape border = spatial_of(shape);
    border[i % axes] = 1;
    work.push_back(map_step(WorkUnit::kArith, shape[0], shape[1], border));
    work.back().overwrites = true;
    if (is_float(op.result().dtype)) work.back().type = DType::kF32;
  }
}

}  // namespace

Work max_pool_work(const OpView& op) {
  Work work = pool_work(op);
  fold_whole_map(op, work.front());
  return work;
}

Work average_pool_work(const OpView& op) {
  Work work = pool_work(op);
  fold_whole_map(op, work.front());
  push_borders(op, work);
  if (!is_float(op.result().dtype)) return work;
  const bool is_narrow = size_of(op.result().dtype) == 2;
  if (!is_narrow) return work;
  work.front().type = DType::kF32;
  const Shape& from = op.input(0).shape;
  const Shape& to = op.result().shape;
  WorkStep convert = map_step(WorkUnit::kConvert, from[0], from[1], spatial_of(from));
  convert.type = DType::kF32;
  work.insert(work.begin(), convert);
  convert = map_step(WorkUnit::kConvert, to[0], to[1], spatial_of(to));
  convert.type = DType::kF32;
  work.push_back(convert);
  return work;
}

Region pool_input_region(const OpView& op, std::size_t, const Region& result) {
  const Window window = pool_window(op).value();
  Region region = result;
  for (std::size_t i = 0; i < window.size(); ++i)
    region[i + 2] = window[i].inputs_of(result[i + 2]);
  return region;
}

std::vector<bool> pool_divisible_axes(const OpView& op) {
  return std::vector<bool>(op.result().rank(), true);
}

std::vector<bool> pool_image_axes(const OpView& op) {
  const std::size_t rank = op.input(0).rank();
  return has_whole_window(op) ? axes_from(rank, 2) : std::vector<bool>(rank, false);
}

Result<Attributes> onnx_pool(OnnxNode& node) {
  TPU_TRY([[maybe_unused]] const Value x, node.input(0));
  TPU_TRY_STATUS(check_spatial("the input", node.type(0)));
  const IntList kernel = node.integers("kernel_shape", {});
  TPU_TRY(Attributes attributes, onnx_window(node, spatial_of(node.type(0).shape), kernel));
  attributes.set("kernel", kernel);
  attributes.set("ceil_mode", node.integer("ceil_mode", 0) != 0);
  return attributes;
}

Result<Attributes> onnx_global_pool(OnnxNode& node) {
  TPU_TRY([[maybe_unused]] const Value x, node.input(0));
  TPU_TRY_STATUS(check_spatial("the input", node.type(0)));
  return Attributes{{"kernel", spatial_of(node.type(0).shape)}};
}

Attributes pool_to_onnx(const OnnxEmission& out) {
  Attributes attributes = out.attrs();
  for (const char* name : {"strides", "pads", "dilations"}) {
    if (out.attrs().integers(name).empty()) attributes.erase(name);
  }
  attributes.erase("kernel");
  attributes.set("kernel_shape", out.attrs().integers("kernel"));
  return attributes;
}

}  // namespace tpuscope
