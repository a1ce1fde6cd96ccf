// AffineGrid (operator set 20): the position in the source of each pixel of a result, a product of
// the pixels' own coordinates, which are constant, with a matrix per image.

#include <fmt/core.h>

#include "graph/functions/steps.h"
#include "graph/ops/by_name.h"

namespace tpuscope {
namespace {

constexpr std::int64_t kLargestGrid = std::int64_t{1} << 24;

/// Pixel `i` of `extent` between -1 and 1: the outermost pixels' centres or edges are there.
double pixel_coordinate(std::int64_t i, std::int64_t extent, bool align_corners) {
  const auto place = static_cast<double>(i);
  const auto count = static_cast<double>(extent);
  if (!align_corners) return (2 * place + 1) / count - 1;
  return extent == 1 ? 0 : 2 * place / (count - 1) - 1;
}

OnnxValues translate_affine_grid(OnnxNode& node) {
  TPU_TRY(const Value theta, node.input(0));
  TPU_TRY(const IntList size, node.integers(std::size_t{1}));
  const bool align = node.integer("align_corners", 0) != 0;
  const std::size_t dims = size.size() < 2 ? 0 : size.size() - 2;
  const auto rows = static_cast<std::int64_t>(dims);
  if ((dims != 2 && dims != 3) || node.type(0).shape != Shape{size[0], rows, rows + 1}) {
    return Error{.message = fmt::format("matrices {} for a grid of rank {}",
                                        type_text(node.type(0)), size.size())};
  }
  TPU_TRY_STATUS(check_shape(size));
  const Shape pixels(size.begin() + 2, size.end());
  const std::int64_t count = element_count(pixels);
  if (count > kLargestGrid) return unsupported(node, fmt::format("a grid of {} pixels", count));
  HostTensor own = HostTensor::zeros({node.type(0).dtype, {1, count, rows + 1}});
  const std::vector<std::int64_t> strides = dense_strides(pixels);
  for (std::int64_t pixel = 0; pixel < count; ++pixel) {
    double* const row = &own[pixel * (rows + 1)];
    for (std::size_t axis = 0; axis < dims; ++axis) {  // x comes first, the last axis
      row[dims - 1 - axis] =
          pixel_coordinate(pixel / strides[axis] % pixels[axis], pixels[axis], align);
    }
    row[dims] = 1;
  }
  TPU_TRY(const Value columns, permuted(node, theta, {0, 2, 1}));
  TPU_TRY(const Value grid, node.add("MatMul", {}, {node.constant_of(std::move(own)), columns}));
  Shape shape = {size[0]};
  shape.insert(shape.end(), pixels.begin(), pixels.end());
  shape.push_back(rows);
  return single(reshaped(node, grid, shape));
}

TPU_REGISTER(register_onnx("AffineGrid", translate_affine_grid));

}  // namespace
}  // namespace tpuscope
