// Constants that ONNX computes from sizes: windows of signal processing (operator set 17) and the
// matrix that turns a spectrum into mel bands.

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/core.h>

#include "graph/ops/by_name.h"

namespace tpuscope {
namespace {

constexpr double kLongestWindow = 1 << 24;

Result<double> number_input(const OnnxNode& node, std::size_t i) {
  TPU_TRY(const HostTensor tensor, node.constant(i));
  if (tensor.elements() == 1) return tensor[0];
  return Error{.message = fmt::format("input {} has {} elements, not 1", i, tensor.elements())};
}

/// a0 - a1 cos(2 pi n / N) + a2 cos(4 pi n / N), N the size or, of a symmetric window, one less.
OnnxValues cosine_window(OnnxNode& node, double a0, double a1, double a2) {
  TPU_TRY(const double size, number_input(node, 0));
  TPU_TRY(const DType dtype, dtype_from_onnx(node.integer("output_datatype", 1)));
  if (!(size >= 0) || size > kLongestWindow) {
    return Error{.message = fmt::format("a window of {} elements", size)};
  }
  const double period = node.integer("periodic", 1) != 0 ? size : size - 1;
  HostTensor window{{dtype, {static_cast<std::int64_t>(size)}}, {}};
  for (double n = 0; n < size; ++n) {
    const double angle = 2 * std::numbers::pi * n / period;
    window.values.push_back(a0 - a1 * std::cos(angle) + a2 * std::cos(2 * angle));
  }
  return std::vector<Value>{node.constant_of(std::move(window))};
}

double mel_of(double hertz) {
  return 2595 * std::log10(1 + hertz / 700);
}
double hertz_of(double mel) {
  return 700 * (std::pow(10, mel / 2595) - 1);
}

/// Triangles over the bins of a spectrum, one per mel band, as ONNX's text on MelWeightMatrix says.
OnnxValues mel_weights(OnnxNode& node) {
  std::vector<double> given;
  for (std::size_t i = 0; i < 5; ++i) {
    TPU_TRY(given.emplace_back(), number_input(node, i));
  }
  const double bands = given[0];
  const double length = given[1];
  const double rate = given[2];
  const double low = mel_of(given[3]);
  const double high = mel_of(given[4]);
  const double bins = std::floor(length / 2) + 1;
  if (!(bands >= 1 && bins >= 1 && rate > 0) || bands * bins > kLongestWindow) {
    return Error{.message = fmt::format("{} mel bands over {} bins", bands, bins)};
  }
  TPU_TRY(const DType dtype, dtype_from_onnx(node.integer("output_datatype", 1)));
  const auto bin_of = [&](double edge) {
    const double mel = edge * (high - low) / (bands + 2) + low;
    return std::floor((length + 1) * hertz_of(mel) / rate);
  };
  HostTensor matrix = HostTensor::zeros(
      {dtype, {static_cast<std::int64_t>(bins), static_cast<std::int64_t>(bands)}});
  const auto set = [&](double bin, double band, double value) {
    if (bin >= 0 && bin < bins) matrix[static_cast<std::int64_t>(bin * bands + band)] = value;
  };
  for (double band = 0; band < bands; ++band) {
    const double left = bin_of(band);
    const double middle = bin_of(band + 1);
    const double right = bin_of(band + 2);
    if (middle == left) set(middle, band, 1);
    for (double bin = left; middle > left && bin <= middle; ++bin)
      set(bin, band, (bin - left) / (middle - left));
    for (double bin = middle; right > middle && bin < right; ++bin)
      set(bin, band, (right - bin) / (right - middle));
  }
  return std::vector<Value>{node.constant_of(std::move(matrix))};
}

TPU_REGISTER(register_onnx("HannWindow",
                           [](OnnxNode& node) { return cosine_window(node, 0.5, 0.5, 0); }) &&
             register_onnx("HammingWindow",
                           [](OnnxNode& node) {
                             return cosine_window(node, 25.0 / 46, 1 - 25.0 / 46, 0);
                           }) &&
             register_onnx("BlackmanWindow",
                           [](OnnxNode& node) { return cosine_window(node, 0.42, 0.5, 0.08); }) &&
             register_onnx("MelWeightMatrix", mel_weights));

}  // namespace
}  // namespace tpuscope
