// Col2Im (torch's Fold) as a transposed convolution: each channel has one filter per place of the
// block, which is 1 at that place, so that columns are added where they came from.

#include <algorithm>

#include <fmt/core.h>

#include "graph/functions/steps.h"
#include "graph/ops/by_name.h"

namespace tpuscope {
namespace {

/// Larger constants stay without values, which nothing but an evaluation asks for.
constexpr std::int64_t kMaxPlaces = std::int64_t{1} << 18U;

struct Fold {
  IntList image{};
  IntList block{};
  IntList strides{};
  IntList dilations{};
  IntList pads{};
  Shape columns{};  ///< how many blocks stand along each axis
  IntList rest{};   ///< of the image that no block reaches
};

/// Whether all numbers are sizes that can be multiplied without an overflow.
bool are_sizes(const IntList& list, std::int64_t least) {
  return std::all_of(list.begin(), list.end(), [&](std::int64_t value) {
    return value >= least && value <= (std::int64_t{1} << 20U);
  });
}

Result<Fold> fold_of(const OnnxNode& node) {
  Fold fold;
  TPU_TRY(fold.image, node.integers(1));
  TPU_TRY(fold.block, node.integers(2));
  const std::size_t axes = fold.image.size();
  fold.strides = node.integers("strides", IntList(axes, 1));
  fold.dilations = node.integers("dilations", IntList(axes, 1));
  fold.pads = node.integers("pads", IntList(2 * axes, 0));
  const bool fits = axes > 0 && fold.block.size() == axes && fold.strides.size() == axes &&
                    fold.dilations.size() == axes && fold.pads.size() == 2 * axes;
  if (!fits) return Error{.message = "image, block, strides and pads have different ranks"};
  if (!are_sizes(fold.image, 1) || !are_sizes(fold.block, 1) || !are_sizes(fold.strides, 1) ||
      !are_sizes(fold.dilations, 1) || !are_sizes(fold.pads, 0)) {
    return unsupported(node, "sizes below 1 or beyond all images");
  }
  TPU_TRY_STATUS(check_shape(fold.block));
  TPU_TRY_STATUS(check_shape(fold.image));
  for (std::size_t i = 0; i < axes; ++i) {
    const std::int64_t span = fold.dilations[i] * (fold.block[i] - 1) + 1;
    const std::int64_t room = fold.image[i] + fold.pads[i] + fold.pads[axes + i] - span;
    if (room < 0) return unsupported(node, "a block that does not fit in the image");
    fold.columns.push_back(room / fold.strides[i] + 1);
    fold.rest.push_back(room % fold.strides[i]);
  }
  return fold;
}

/// [channels * block, 1, block]: filter i is 1 at place i of the block.
Result<Value> place_filters(OnnxNode& node, const Fold& fold, std::int64_t channels, DType dtype) {
  const std::int64_t places = element_count(fold.block);
  TensorType type{dtype, {channels * places, 1}};
  type.shape.insert(type.shape.end(), fold.block.begin(), fold.block.end());
  TPU_TRY_STATUS(check_shape(type.shape));
  if (type.elements() > kMaxPlaces) return node.constant_of(type);
  HostTensor filters = HostTensor::zeros(type);
  for (std::int64_t i = 0; i < channels * places; ++i)
    filters[i * places + i % places] = 1;
  return node.constant_of(std::move(filters));
}

/// columns [batch, channels * block, blocks], image, block.
OnnxValues translate_col2im(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  TPU_TRY(const Fold fold, fold_of(node));
  const Shape& shape = node.type(0).shape;
  const std::int64_t places = element_count(fold.block);
  if (shape.size() != 3 || shape[1] % places != 0 || shape[2] != element_count(fold.columns)) {
    return Error{.message =
                     fmt::format("{} holds no columns of {} blocks of {}", type_text(node.type(0)),
                                 element_count(fold.columns), places)};
  }
  const std::int64_t channels = shape[1] / places;
  Shape spread = {shape[0], shape[1]};
  spread.insert(spread.end(), fold.columns.begin(), fold.columns.end());
  TPU_TRY(const Value columns, reshaped(node, x, spread));
  TPU_TRY(const Value filters, place_filters(node, fold, channels, node.type(0).dtype));
  node.attributes = Attributes{{"group", channels},       {"kernel_shape", fold.block},
                               {"strides", fold.strides}, {"dilations", fold.dilations},
                               {"pads", fold.pads},       {"output_padding", fold.rest}};
  return translate_onnx(node, "ConvTranspose", {columns, filters});
}

TPU_REGISTER(register_onnx("Col2Im", translate_col2im));

}  // namespace
}  // namespace tpuscope
