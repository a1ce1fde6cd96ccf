// Row by row: see ddr_ranges.h.

#include "sim/stream/ddr_ranges.h"

#include <algorithm>
#include <array>
#include <optional>

namespace tpuscope {
namespace {

/// Extents and strides in elements, n, c, h, w.
struct DdrTensor {
  std::array<std::uint64_t, 4> extents{};
  std::array<std::uint64_t, 4> strides{};
};

/// None where the command moves nothing there.
std::optional<DdrTensor> tensor_of(const TransferInstruction& transfer, const TransferSide& side,
                                   bool is_source) {
  DdrTensor tensor;
  std::copy(side.extents.begin(), side.extents.end(), tensor.extents.begin());
  std::copy(side.strides.begin(), side.strides.end(), tensor.strides.begin());
  switch (transfer.kind) {
    case TransferKind::kSystem:
    case TransferKind::kMessage:
      return std::nullopt;
    case TransferKind::kFill:
      if (is_source) return std::nullopt;
      break;
    case TransferKind::kBroadcast:
      if (is_source) tensor.extents[1] = 1;
      break;
    case TransferKind::kMatrix:
    case TransferKind::kTransposedMatrix:
      return DdrTensor{{1, 1, tensor.extents[2], tensor.extents[3]}, {0, 0, tensor.strides[2], 1}};
    case TransferKind::kGeneral:
      return DdrTensor{{1, 1, 1, transfer.destination.extents[1]}, {0, 0, 0, 1}};
    case TransferKind::kPick:  // the index has a row for each row of the result
      tensor.extents = {1, tensor.extents[1], tensor.extents[2], transfer.source.extents[3]};
      break;
    default:
      break;
  }
  if (tensor.strides[3] == 0) tensor.strides[3] = 1;
  for (std::uint64_t& extent : tensor.extents)
    extent = std::max<std::uint64_t>(1, extent);
  return tensor;
}

class RangeList {
 public:
  RangeList(std::uint64_t address, std::uint64_t bits) : address_(address), bits_(bits) {}

  /// `count` elements from `first` on.
  void add(std::uint64_t first, std::uint64_t count) {
    const DdrRange range{address_ + first * bits_ / 8,
                         address_ + ((first + count) * bits_ + 7) / 8};
    if (!found_.ranges.empty() && found_.ranges.back().end == range.begin) {
      found_.ranges.back().end = range.end;
    } else {
      found_.ranges.push_back(range);
    }
  }
  DdrRanges& found() { return found_; }

 private:
  std::uint64_t address_;
  std::uint64_t bits_;
  DdrRanges found_{};
};

/// Every row of the tensor, or every element where those of a row are apart.
void add_rows(const DdrTensor& tensor, bool is_dense, RangeList& list) {
  const auto& [extents, strides] = tensor;
  const auto add_row = [&](std::uint64_t row) {
    if (is_dense) return list.add(row, tensor.extents[3]);
    for (std::uint64_t w = 0; w < tensor.extents[3]; ++w)
      list.add(row + w * tensor.strides[3], 1);
  };
  for (std::uint64_t n = 0; n < extents[0]; ++n) {
    for (std::uint64_t c = 0; c < extents[1]; ++c) {
      for (std::uint64_t h = 0; h < extents[2]; ++h)
        add_row(n * strides[0] + c * strides[1] + h * strides[2]);
    }
  }
}

DdrRanges ranges_of(const TransferInstruction& transfer, const TransferSide& side, bool is_source) {
  constexpr std::uint64_t kMostPieces = 1U << 16U;
  if (side.is_local || side.address < kFirstOfDdr) return {};
  const std::optional<DdrTensor> tensor = tensor_of(transfer, side, is_source);
  if (!tensor) return {};
  const auto& [extents, strides] = *tensor;
  RangeList list(side.address, transfer.element_bits);
  const bool is_dense = extents[3] == 1 || strides[3] == 1;
  const std::uint64_t rows = extents[0] * extents[1] * extents[2];
  const bool is_long =
      rows > kMostPieces || (!is_dense && rows * extents[3] > kMostPieces);  // extents have 16 bits
  if (is_long || transfer.kind == TransferKind::kPick) {
    std::uint64_t last = 0;
    for (std::size_t axis = 0; axis < extents.size(); ++axis)
      last += (extents[axis] - 1) * strides[axis];
    list.add(0, last + 1);
    list.found().is_exact = false;
    return std::move(list.found());
  }
  add_rows(*tensor, is_dense, list);
  return std::move(list.found());
}

}  // namespace

DdrRanges ddr_source(const TransferInstruction& transfer) {
  return ranges_of(transfer, transfer.source, true);
}

DdrRanges ddr_destination(const TransferInstruction& transfer) {
  return ranges_of(transfer, transfer.destination, false);
}

}  // namespace tpuscope
