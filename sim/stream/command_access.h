// Fields that say what a command touches, and what the readers of the engines share. Layouts are
// those that the vendor's debugger prints operands with; that real streams read nothing that they
// have not written confirms them (tests/sim/verify/stream_check_test.cpp).

#pragma once

#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

#include "sim/stream/hardware_command.h"
#include "sim/stream/local_block.h"

namespace tpuscope {

enum AccessField : std::size_t {
  kAccUnit,
  kAccOperandCount,
  kAccLeftTransposed,
  kAccAccumulates,
  kAccRequantises,
  kAccRes0Address,
  kAccRes1Address,
  kAccOpd0Address,
  kAccOpd1Address,
  kAccOpd2Address,
  kAccOpd3Address,
  kAccRes0Bits,
  kAccOpd0Bits,
  kAccOpd1Bits,
  kAccOpd2Bits,
  kAccOpd0Constant,
  kAccOpd1Constant,
  kAccOpd2Constant,
  kAccOpd3Constant,
  kAccOpd4Constant,
  kAccOpd5Constant,
  kAccRes0Layout,
  kAccOpd0Layout,
  kAccOpd1Layout,
  kAccRes0,                 // n, c, h, w
  kAccOpd0 = kAccRes0 + 4,  // n, c, h, w
  kAccOpd1 = kAccOpd0 + 4,  // n, c, h, w
  kAccRes0Strides = kAccOpd1 + 4,
  kAccOpd0Strides = kAccRes0Strides + 4,
  kAccOpd1Strides = kAccOpd0Strides + 4,
  kAccDmaFunction = kAccOpd1Strides + 4,
  kAccDmaFill,
  kAccDmaFormat,
  kAccDmaSameShape,
  kAccDmaMaskLow,
  kAccDmaMaskHigh,
  kAccSource,  // low, high
  kAccTarget = kAccSource + 2,
  kAccIndex = kAccTarget + 2,
  kAccSourceSize = kAccIndex + 2,
  kAccTargetSize = kAccSourceSize + 4,
  kAccSourceStrides = kAccTargetSize + 4,
  kAccTargetStrides = kAccSourceStrides + 4,
  kAccIndexSize = kAccTargetStrides + 4,  // c, h
  kAccIndexStrides = kAccIndexSize + 2,   // c, h
  kAccRegister = kAccIndexStrides + 2,    // three of them
  kAccImmediate = kAccRegister + 3,       // of the first; of the other two
  kAccFormerMatrix = kAccImmediate + 2,
  kAccFieldCount = kAccFormerMatrix + 1,
};
/// n, c, h, w.
using Extents = std::array<std::uint32_t, 4>;

enum class LocalLayout : std::uint8_t {
  kVectors,     ///< each image and pass begins on a vector
  kCompact,     ///< each follows the one before
  kPerChannel,  ///< one element per channel
  kStrided,     ///< as the command says
  kLines,       ///< each row begins on a vector
  kTable,       ///< lines of the one image; every pass over the lanes has the same
};

inline constexpr std::uint32_t kBitsOfCode[] = {8, 16, 32, 16, 32, 16, 4, 32};
inline constexpr std::uint64_t kI8Code = 0;
inline constexpr std::uint64_t kI32Code = 4;
inline constexpr std::uint64_t kF32Code = 2;

inline std::uint32_t rounded_up(std::uint64_t value, std::uint64_t unit) {
  return static_cast<std::uint32_t>((value + unit - 1) / unit * unit);
}

inline std::string_view plain_name(std::string_view form) {
  return form.starts_with('s') ? form.substr(1) : form;
}

/// One command as it is read: its fields, and the blocks found so far.
class CommandAccess {
 public:
  CommandAccess(const FieldTable& fields, InstructionSet set, const LocalGeometry& geometry,
                const HardwareCommand& command, std::vector<LocalBlock>& blocks)
      : fields_(fields), set_(set), geometry_(geometry), command_(command), blocks_(blocks) {}

 protected:
  std::uint64_t value(std::size_t name) const { return fields_.value(command_, name); }
  std::uint32_t small(std::size_t name) const { return static_cast<std::uint32_t>(value(name)); }
  std::uint32_t extent(std::size_t name) const { return std::max(1U, small(name)); }
  std::uint8_t bits(std::size_t name) const {
    return static_cast<std::uint8_t>(kBitsOfCode[value(name) & 7U]);
  }
  Extents four(std::size_t first) const {
    return {small(first), small(first + 1), small(first + 2), small(first + 3)};
  }
  Extents result() const {
    return {extent(kAccRes0), extent(kAccRes0 + 1), extent(kAccRes0 + 2), extent(kAccRes0 + 3)};
  }
  static LocalLayout layout_of(std::uint64_t code) {
    return code > 3 ? LocalLayout::kVectors : static_cast<LocalLayout>(code);
  }

  LocalBlock place(std::uint64_t address, std::uint32_t element_bits,
                   const Extents& extents) const {
    const std::uint64_t own = address % (std::uint64_t{geometry_.lane_bytes} * geometry_.lanes);
    return {.address = static_cast<std::uint32_t>(own % geometry_.lane_bytes),
            .lane = static_cast<std::uint32_t>(own / geometry_.lane_bytes),
            .bits = static_cast<std::uint8_t>(element_bits),
            .extents = extents};
  }

  LocalBlock laid_out(std::uint64_t address, std::uint32_t element_bits, const Extents& extents,
                      LocalLayout layout) const {
    LocalBlock block = place(address, element_bits, extents);
    const std::uint32_t vector = geometry_.vector_bytes * 8 / element_bits;
    const std::uint32_t passes = (block.lane + extents[1] + geometry_.lanes - 1) / geometry_.lanes;
    std::uint32_t row = extents[3];
    if (layout == LocalLayout::kLines || layout == LocalLayout::kTable)
      row = rounded_up(row, vector);
    std::uint32_t pass = extents[2] * row;
    if (layout == LocalLayout::kVectors) pass = rounded_up(pass, vector);
    if (layout == LocalLayout::kPerChannel) pass = 1;
    block.strides = {passes * pass, pass, row, 1};
    if (layout == LocalLayout::kTable) block.strides = {0, 0, row, 1};
    if (layout == LocalLayout::kPerChannel) {
      block.extents = {1, extents[1], 1, 1};
      block.strides = {0, 1, 0, 0};
    }
    return block;
  }

  void reads(const LocalBlock& block) { blocks_.push_back(block); }
  void writes(LocalBlock block) {
    block.is_written = true;
    blocks_.push_back(block);
  }
  /// What is added to is read as well.
  void makes(const LocalBlock& block) {
    if (value(kAccAccumulates) != 0) reads(block);
    writes(block);
  }

  /// An operand in the layout that the command names; one of stride 0 has one element there.
  LocalBlock free_form(std::uint64_t address, std::uint32_t element_bits, Extents extents,
                       std::uint64_t code, std::size_t strides) const {
    if (layout_of(code) != LocalLayout::kStrided) {
      return laid_out(address, element_bits, extents, layout_of(code));
    }
    LocalBlock block = place(address, element_bits, extents);
    block.strides = four(strides);
    for (const std::size_t axis : {0U, 2U, 3U}) {
      if (block.strides[axis] == 0) block.extents[axis] = 1;
    }
    return block;
  }

  static std::vector<LocalBlock> cut_last(const LocalBlock& block, std::uint32_t columns,
                                          std::uint32_t width) {
    const std::uint32_t left = columns % width;
    if (left == 0) return {block};
    LocalBlock last = block;
    last.lane += block.extents[1] - 1;
    last.extents[1] = 1;
    last.extents[3] = left;
    LocalBlock most = block;
    most.extents[1] -= 1;
    if (most.extents[1] == 0) return {last};
    return {most, last};
  }

  const FieldTable& fields_;
  InstructionSet set_;
  const LocalGeometry& geometry_;
  const HardwareCommand& command_;
  std::vector<LocalBlock>& blocks_;
};

/// What registers of an engine hold, by number.
using Registers = std::map<std::uint64_t, std::uint64_t>;

/// Append the blocks of a command; false where it is not known what it touches.
bool add_compute_blocks(const FieldTable& fields, InstructionSet set,
                        const HardwareCommand& command, const Registers& registers,
                        std::vector<LocalBlock>& blocks);
bool add_transfer_blocks(const FieldTable& fields, InstructionSet set,
                         const HardwareCommand& command, std::vector<LocalBlock>& blocks);

}  // namespace tpuscope
