// From a block to ranges of bytes: image by image, pass by pass over the lanes.

#include "sim/stream/local_block.h"

#include <algorithm>
#include <utility>

namespace tpuscope {
namespace {

/// Lanes of channels [begin, end) of one pass.
std::uint64_t lanes_between(std::uint64_t begin, std::uint64_t end) {
  const std::uint64_t below = end >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << end) - 1;
  return below & ~((std::uint64_t{1} << begin) - 1);
}

/// Rows of one image and pass, from its first byte on: pieces that follow each other are one.
struct Pieces {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> bits{};  ///< begin, end
  bool is_exact = true;
};

Pieces pieces_of(const LocalBlock& block) {
  constexpr std::uint64_t kMostPieces = 4096;
  Pieces pieces;
  const std::uint64_t bits = block.bits;
  const std::uint64_t height = block.extents[2];
  const std::uint64_t width = block.extents[3];
  const std::uint64_t row = block.strides[2] * bits;
  const std::uint64_t column = block.strides[3] * bits;
  const auto add = [&](std::uint64_t begin, std::uint64_t end) {
    if (!pieces.bits.empty() && pieces.bits.back().second == begin) {
      pieces.bits.back().second = end;
    } else {
      pieces.bits.emplace_back(begin, end);
    }
  };
  const bool is_dense = width == 1 || column == bits;
  const std::uint64_t count = height * (is_dense ? 1 : width);
  const std::uint64_t row_end = (width - 1) * column + bits;
  if (is_dense && height > 1 && row == row_end) {
    pieces.bits.emplace_back(0, height * row_end);
  } else if (count > kMostPieces) {
    pieces.is_exact = false;
    pieces.bits.emplace_back(0, (height - 1) * row + row_end);
  } else {
    for (std::uint64_t h = 0; h < height; ++h) {
      if (is_dense) {
        add(h * row, h * row + row_end);
      } else {
        for (std::uint64_t w = 0; w < width; ++w)
          add(h * row + w * column, h * row + w * column + bits);
      }
    }
  }
  return pieces;
}

/// Of a place in bits.
std::uint32_t byte_of(std::uint64_t bits) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(bits / 8, 0xFFFFFFFFU));
}

}  // namespace

LocalGeometry local_geometry(InstructionSet set) {
  if (set == InstructionSet::kBm1684) return {.lane_bytes = 1U << 19U, .vector_bytes = 128};
  if (set == InstructionSet::kBm1684x) return {};
  return {.lanes = 32, .lane_bytes = 1U << 17U, .vector_bytes = 16, .cube_bytes = 32};
}

bool is_local_address(InstructionSet set, std::uint64_t address) {
  constexpr std::uint64_t kBegin = 0x8000000;
  if (set == InstructionSet::kBm1684) return address >= kBegin && address < 0x10000000;
  if (set == InstructionSet::kBm1684x) return address >= kBegin && address < 0x9000000;
  return address < (std::uint64_t{1} << 31U);
}

LaneRanges ranges_of(const LocalBlock& block, const LocalGeometry& geometry) {
  constexpr std::uint64_t kMostRanges = 1U << 16U;
  LaneRanges found;
  if (std::find(block.extents.begin(), block.extents.end(), 0U) != block.extents.end()) {
    return found;
  }
  const Pieces pieces = pieces_of(block);
  const std::uint64_t first = block.lane;
  const std::uint64_t last = first + block.extents[1];
  const std::uint64_t lanes = geometry.lanes;
  const std::uint64_t passes = (last + lanes - 1) / lanes - first / lanes;
  found.is_exact = pieces.is_exact && block.extents[0] * passes * pieces.bits.size() <= kMostRanges;
  const auto base_of = [&](std::uint64_t n, std::uint64_t pass) {
    return std::uint64_t{block.address} * 8 +
           (n * block.strides[0] + pass * block.strides[1]) * block.bits;
  };
  if (!found.is_exact) {
    found.ranges.push_back(hull_of(block, geometry));
    return found;
  }
  for (std::uint64_t n = 0; n < block.extents[0]; ++n) {
    for (std::uint64_t pass = first / lanes; pass * lanes < last; ++pass) {
      const std::uint64_t begin = std::max(first, pass * lanes) - pass * lanes;
      const std::uint64_t mask = lanes_between(begin, std::min(last - pass * lanes, lanes));
      const std::uint64_t base = base_of(n, pass);
      for (const auto& [from, to] : pieces.bits) {
        const LaneRange range{mask, byte_of(base + from), byte_of(base + to + 7)};
        if (!found.ranges.empty() && found.ranges.back().mask == mask &&
            found.ranges.back().end == range.begin) {
          found.ranges.back().end = range.end;
        } else {
          found.ranges.push_back(range);
        }
      }
    }
  }
  return found;
}

LaneRange hull_of(const LocalBlock& block, const LocalGeometry& geometry) {
  const std::uint64_t first = block.lane;
  const std::uint64_t last = first + std::max(1U, block.extents[1]) - 1;
  const std::uint64_t lanes = geometry.lanes;
  const std::uint64_t passes = last / lanes - first / lanes;
  const std::uint64_t begin =
      std::uint64_t{block.address} * 8 + first / lanes * block.strides[1] * block.bits;
  std::uint64_t elements = passes * block.strides[1];
  for (const std::size_t axis : {0U, 2U, 3U})
    elements += std::uint64_t{std::max(1U, block.extents[axis]) - 1} * block.strides[axis];
  return {
      .mask = passes > 0 ? lanes_between(0, lanes) : lanes_between(first % lanes, last % lanes + 1),
      .begin = byte_of(begin),
      .end = byte_of(begin + (elements + 1) * block.bits + 7)};
}

}  // namespace tpuscope
