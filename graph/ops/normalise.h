// What the normalisations share: each brings rows to mean 0 and variance 1 (or to root mean
// square 1), then applies a scale and a bias. They differ in what a row is.

#pragma once

#include "graph/onnx/node.h"
#include "graph/ops/rows.h"

namespace tpuscope {

/// Whether the mean is subtracted (layer norm) or not (RMS norm).
enum class Centring : std::uint8_t { kMean, kNone };

/// (x - mean) / sqrt(variance + epsilon) of each row.
HostTensor normalised_rows(const HostTensor& x, const Rows& rows, double epsilon,
                           Centring centring);

/// The passes of a normalisation: rows folded for mean and variance, an inverse root per row, and
/// one pass each for `affine_passes` operands.
Work normalisation_work(DType type, const Shape& shape, const std::vector<bool>& row_axes,
                        Centring centring, std::int64_t affine_passes);

/// Fails unless operands `first` and later are vectors with one entry per channel (axis 1).
Status check_channel_operands(const OpView& op, std::size_t first);
/// input_region of ops whose operands after the first are vectors over axis 1, of which a tile of
/// the first operand is the tile of the result.
Region channel_operand_region(const OpView& op, std::size_t operand, const Region& result);

/// The error for results of training (running means and the like), when anything reads them.
Status check_only_first_output(const OnnxNode& node);

}  // namespace tpuscope
