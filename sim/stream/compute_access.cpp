// Operands and results of the BDC.

#include <utility>

#include "sim/stream/command_access.h"

namespace tpuscope {
namespace {

class ComputeAccess : public CommandAccess {
 public:
  ComputeAccess(const FieldTable& fields, InstructionSet set, const LocalGeometry& geometry,
                const HardwareCommand& command, const Registers& registers,
                std::vector<LocalBlock>& blocks)
      : CommandAccess(fields, set, geometry, command, blocks), registers_(registers) {}

  bool read() {
    // Four images share the words of an 8-bit tensor there, and layouts are others.
    if (set_ == InstructionSet::kBm1684) return false;
    const std::string_view name = plain_name(command_.form->name);
    if (name == "CONV") return convolution();
    if (name == "PorD") return window();
    if (name == "MM") return product();
    if (name == "MM2") return cube_product();
    if (name == "AR") return arith();
    if (name == "RQ&DQ" || name == "RQ&sDQ") return requantisation();
    if (name.starts_with("TRANS") || name.starts_with("CW")) return between_lanes();
    if (name == "SG") return gather();
    if (name == "SGL") return lines();
    if (name == "SFU") return function();
    if (name == "LIN") return linear();
    if (name == "CMP") return comparison();
    if (name == "VC") return outer();
    return name == "SYS" || name == "SYSID" || name == "SYS_TR_ACC" || name == "LAR";
  }

 private:
  /// Tables of requantisation, by channel: where the registers say.
  void register_table(std::uint64_t which, std::uint32_t element_bits, const Extents& extents,
                      LocalLayout layout) {
    const auto found = registers_.find(which);
    if (found != registers_.end()) {
      reads(laid_out(found->second, element_bits, extents, layout));
    }
  }

  bool convolution() {
    const Extents made = result();
    const std::uint64_t type = value(kAccOpd0Bits);
    const std::uint32_t own = bits(kAccOpd0Bits);
    const std::uint32_t channels = extent(kAccOpd0 + 1);
    reads(free_form(value(kAccOpd0Address), own,
                    {made[0], channels, extent(kAccOpd0 + 2), extent(kAccOpd0 + 3)},
                    value(kAccOpd0Layout), kAccOpd0Strides));
    if (value(kAccOpd1Constant) == 0) {
      const std::uint32_t filter =
          fields_.has(command_, kAccOpd1Bits) && set_ == InstructionSet::kBm1688
              ? bits(kAccOpd1Bits)
              : own;
      const std::uint32_t unit =
          type == kF32Code || type == kI32Code ? 1 : geometry_.cube_bytes * 8 / filter;
      const std::uint32_t taps = extent(kAccOpd1 + 2) * extent(kAccOpd1 + 3);
      reads(laid_out(value(kAccOpd1Address), filter,
                     {1, made[1], 1, taps * rounded_up(channels, unit)}, LocalLayout::kCompact));
    }
    const bool is_normal =
        set_ == InstructionSet::kBm1688 || type != kI8Code || value(kAccUnit) != 0;
    if (value(kAccOpd2Constant) == 0) {
      const bool is_i8 = type == kI8Code && set_ == InstructionSet::kBm1684x;
      reads(laid_out(value(kAccOpd2Address), is_i8 ? (is_normal ? 16 : 8) : 32,
                     {1, is_normal ? made[1] : channels, 1, 1}, LocalLayout::kCompact));
    }
    if (value(kAccOpd3Constant) == 0) {
      reads(laid_out(value(kAccOpd3Address), own, {1, channels, 1, 2}, LocalLayout::kCompact));
    }
    requantised(made[1]);
    makes(laid_out(value(kAccRes0Address), bits(kAccRes0Bits), made, LocalLayout::kVectors));
    return true;
  }

  void requantised(std::uint32_t channels) {
    if (set_ != InstructionSet::kBm1688 || value(kAccRequantises) == 0) return;
    const bool has_offsets = fields_.has(command_, kAccOpd4Constant);
    if (has_offsets && value(kAccOpd4Constant) == 0) {
      register_table(5, 16, {1, channels, 1, 1}, LocalLayout::kCompact);
    }
    if (value(kAccOpd5Constant) == 0) {
      register_table(6, 32, {1, channels, 1, 2}, LocalLayout::kCompact);
    }
  }

  bool window() {
    const Extents made = result();
    const std::uint64_t unit = value(kAccUnit);
    const std::uint32_t own = bits(kAccOpd0Bits);
    const bool is_x = set_ == InstructionSet::kBm1684x;
    reads(laid_out(value(kAccOpd0Address), own,
                   {made[0], made[1], extent(kAccOpd0 + 2), extent(kAccOpd0 + 3)},
                   LocalLayout::kVectors));
    const bool has_regions = unit >= 5;
    const bool has_filter = unit == 0 || unit == 5 || (is_x ? unit == 2 : unit == 1 || unit == 6);
    const bool has_bias = unit == 0 || unit == 2 || (!is_x && has_regions);
    if (has_filter && value(kAccOpd1Constant) == 0) {
      reads(laid_out(value(kAccOpd1Address), own,
                     {1, made[1], extent(kAccOpd1 + 2), extent(kAccOpd1 + 3)},
                     LocalLayout::kCompact));
    }
    if (has_bias && value(kAccOpd2Constant) == 0) {
      const std::uint32_t bias = value(kAccOpd0Bits) == kI8Code ? 32 : own;
      reads(laid_out(value(kAccOpd2Address), bias, {1, made[1], 1, 1}, LocalLayout::kCompact));
    }
    if (value(kAccOpd3Constant) == 0) {
      reads(has_regions
                ? laid_out(value(kAccOpd3Address), 16, {1, made[3], 1, 4}, LocalLayout::kCompact)
                : laid_out(value(kAccOpd3Address), own, {1, made[1], 1, 2}, LocalLayout::kCompact));
    }
    requantised(made[1]);
    writes(laid_out(value(kAccRes0Address), bits(kAccRes0Bits), made, LocalLayout::kVectors));
    return true;
  }

  /// Rows and columns: columns are dealt out to lanes, `width` to each.
  LocalBlock dealt_out(std::uint64_t address, std::uint32_t element_bits, std::uint32_t rows,
                       std::uint32_t columns, std::uint32_t width) const {
    return laid_out(address, element_bits, {rows, (columns + width - 1) / width, 1, width},
                    LocalLayout::kVectors);
  }

  bool product() {
    const std::uint32_t width = extent(kAccOpd0 + 3);
    const std::uint32_t last = small(kAccOpd1 + 3) > 0 ? small(kAccOpd1 + 3) : width;
    std::uint32_t rows = extent(kAccOpd0);
    std::uint32_t reduced = width * (extent(kAccOpd0 + 1) - 1) + last;
    const std::uint32_t columns = extent(kAccRes0 + 1) * extent(kAccRes0 + 3);
    const std::uint32_t own = bits(kAccOpd0Bits);
    if (value(kAccOpd0Constant) == 0) {
      dealt_reads(value(kAccOpd0Address), own, rows, reduced, width);
    }
    if (value(kAccLeftTransposed) != 0) std::swap(rows, reduced);
    const std::uint32_t right = extent(kAccRes0 + 3);
    reads(dealt_out(value(kAccOpd1Address), own, reduced, columns, right));
    const std::uint64_t type = value(kAccOpd0Bits);
    const bool is_plain = set_ == InstructionSet::kBm1684x && value(kAccUnit) == 1 &&
                          type != kF32Code && type != kI32Code;
    if (!is_plain && value(kAccOpd2Constant) == 0) {
      const std::uint32_t bias = type == kF32Code ? 32 : type == kI32Code ? 8 : 16;
      reads(dealt_out(value(kAccOpd2Address), bias, 1, columns, right));
    }
    makes(dealt_out(value(kAccRes0Address), bits(kAccRes0Bits), rows, columns, right));
    return true;
  }

  /// The last lane may hold fewer columns than the others.
  void dealt_reads(std::uint64_t address, std::uint32_t element_bits, std::uint32_t rows,
                   std::uint32_t columns, std::uint32_t width) {
    for (LocalBlock block :
         cut_last(dealt_out(address, element_bits, rows, columns, width), columns, width)) {
      reads(block);
    }
  }

  /// A matrix with a row in each lane.
  LocalBlock in_rows(std::uint64_t address, std::uint32_t element_bits, std::uint32_t rows,
                     std::uint32_t columns) const {
    return laid_out(address, element_bits, {1, rows, 1, columns}, LocalLayout::kVectors);
  }

  /// Zero points, biases and what requantisation needs, by row or by column of the result.
  void cube_tables(bool by_row, std::uint32_t right_bits, std::uint32_t rows,
                   std::uint32_t columns) {
    const bool is_x = set_ == InstructionSet::kBm1684x;
    const std::uint32_t lanes = geometry_.lanes;
    const Extents one = by_row ? Extents{1, rows, 1, 1} : Extents{1, lanes, 1, columns};
    const Extents two = by_row ? Extents{1, rows, 1, 2} : Extents{1, lanes, columns, 2};
    const LocalLayout layout = by_row ? LocalLayout::kCompact : LocalLayout::kVectors;
    const bool is_integer = value(kAccOpd0Bits) == kI8Code || bits(kAccOpd0Bits) == 4;
    if ((!is_x || is_integer) && value(kAccOpd2Constant) == 0) {
      reads(laid_out(value(kAccOpd2Address), is_x ? right_bits : 32, one, layout));
    }
    if (is_x || value(kAccRequantises) == 0) return;
    if (value(kAccOpd4Constant) == 0) register_table(5, 16, one, layout);
    if (value(kAccOpd5Constant) == 0) register_table(6, 32, two, layout);
  }

  bool cube_product() {
    const std::uint64_t unit = value(kAccUnit);
    const std::uint32_t own = bits(kAccOpd0Bits);
    const std::uint32_t right = set_ == InstructionSet::kBm1688 ? bits(kAccOpd1Bits) : own;
    const std::uint32_t rows = extent(kAccRes0 + 1);
    const std::uint32_t columns = extent(kAccRes0 + 3);
    const std::uint32_t c = extent(kAccOpd1 + 1);
    const std::uint32_t w = extent(kAccOpd1 + 3);
    if (value(kAccOpd0Constant) == 0) {
      if (unit == 4) reads(in_rows(value(kAccOpd0Address), own, rows, c));
      if (unit == 5) reads(in_rows(value(kAccOpd0Address), own, rows, w));
      if (unit == 6) reads(in_rows(value(kAccOpd0Address), own, w, columns));
    }
    if (value(kAccOpd1Constant) == 0) reads(in_rows(value(kAccOpd1Address), right, c, w));
    cube_tables(unit == 6, right, rows, columns);
    makes(in_rows(value(kAccRes0Address), bits(kAccRes0Bits), rows, columns));
    return true;
  }

  bool arith() {
    const Extents made = result();
    const std::uint64_t unit = value(kAccUnit);
    constexpr std::uint64_t kCopies = 19;
    const bool stays = unit == kCopies && value(kAccOpd0Constant) == 0 &&
                       value(kAccOpd0Address) == value(kAccRes0Address);
    if (stays) return true;  // compilers of BM1688 pass time by it
    const std::uint32_t count =
        fields_.has(command_, kAccOperandCount) ? small(kAccOperandCount) : 1;
    if (count > 0 && value(kAccOpd0Constant) == 0) {
      Extents extents = made;
      if (unit == 28) extents[0] = 1;
      reads(free_form(value(kAccOpd0Address), bits(kAccOpd0Bits), extents, value(kAccOpd0Layout),
                      kAccOpd0Strides));
    }
    if (count > 1 && value(kAccOpd1Constant) == 0) {
      reads(free_form(value(kAccOpd1Address), bits(kAccOpd1Bits), made, value(kAccOpd1Layout),
                      kAccOpd1Strides));
    }
    if (count > 2 && value(kAccOpd2Constant) == 0) {
      reads(laid_out(value(kAccOpd2Address), bits(kAccOpd2Bits),
                     {1, made[1], 1, unit == 17 ? 2U : 1U}, LocalLayout::kCompact));
    }
    LocalBlock made_block = free_form(value(kAccRes0Address), bits(kAccRes0Bits), made,
                                      value(kAccRes0Layout), kAccRes0Strides);
    if (unit == 18) reads(made_block);  // adds to its result
    writes(made_block);
    return true;
  }

  bool requantisation() {
    const Extents made = result();
    const std::uint64_t unit = value(kAccUnit);
    reads(laid_out(value(kAccOpd0Address), bits(kAccOpd0Bits), made, LocalLayout::kVectors));
    if (value(kAccOpd1Constant) == 0) {
      const std::uint32_t words = unit == 1 || unit == 4 ? 3 : unit == 0 || unit == 3 ? 2 : 1;
      const bool is_x = set_ == InstructionSet::kBm1684x;
      reads(laid_out(value(kAccOpd1Address), 32, {1, made[1], 1, is_x || words < 3 ? words : 2},
                     is_x ? LocalLayout::kVectors : LocalLayout::kCompact));
    }
    writes(laid_out(value(kAccRes0Address), bits(kAccRes0Bits), made, LocalLayout::kVectors));
    return true;
  }

  bool between_lanes() {
    const Extents made = result();
    const std::uint64_t unit = value(kAccUnit);
    const std::uint32_t own = bits(kAccRes0Bits);
    if (unit <= 1) {
      const Extents turned{made[0], made[3], made[2], made[1]};
      reads(laid_out(value(kAccOpd0Address), own, turned,
                     unit == 0 ? LocalLayout::kLines : LocalLayout::kVectors));
      writes(laid_out(value(kAccRes0Address), own, made,
                      unit == 0 ? LocalLayout::kVectors : LocalLayout::kLines));
      return true;
    }
    if (unit == 2) reads(laid_out(value(kAccOpd0Address), own, made, LocalLayout::kVectors));
    if (unit == 3) {
      reads(laid_out(value(kAccOpd0Address), own, {made[0], 1, made[2], made[3]},
                     LocalLayout::kVectors));
    }
    Extents written = made;
    if (unit == 4) written = {1, made[1], 1, made[3]};
    if (unit == 5) written = {1, made[1], 1, 1};
    writes(laid_out(value(kAccRes0Address), own, written,
                    unit == 5 ? LocalLayout::kCompact : LocalLayout::kVectors));
    return true;
  }

  bool gather() {
    const Extents made = result();
    const std::uint64_t unit = value(kAccUnit);
    const std::uint32_t own = bits(kAccOpd0Bits);
    const Extents source{1, made[1], extent(kAccOpd0 + 2), extent(kAccOpd0 + 3)};
    const std::uint32_t places = extent(kAccOpd1 + 3);
    LocalLayout table = value(kAccOpd0Layout) != 0 ? LocalLayout::kTable : LocalLayout::kVectors;
    Extents from = source;
    Extents index{made[0], made[1], 1, places};
    LocalLayout index_layout = LocalLayout::kVectors;
    bool has_source = true;
    bool has_index = true;
    bool has_count = false;
    switch (unit) {
      case 0:
      case 1:
      case 3:
      case 4:
        from = {made[0], made[1], unit % 3 == 0 ? 1 : source[2], source[3]};
        table = LocalLayout::kVectors;
        index = {1, extent(kAccOpd1 + 1), 1, 1};
        index_layout = LocalLayout::kCompact;
        break;
      case 5:
      case 6:
      case 13:
      case 14:
        break;
      case 8:
      case 15:
        from = {1, made[1], 1, source[3]};
        has_count = true;
        break;
      case 9:
      case 16:
        from = {made[0], made[1], 1, source[3]};
        has_index = false;
        has_count = true;
        break;
      case 10:
        has_source = false;
        break;
      default:
        return false;
    }
    if (has_source) {
      LocalBlock block = laid_out(value(kAccOpd0Address), own, from, table);
      block.is_partial = true;
      reads(block);
    }
    if (has_index) {
      reads(laid_out(value(kAccOpd1Address), bits(kAccOpd1Bits), index, index_layout));
    }
    LocalBlock block =
        laid_out(value(kAccRes0Address), bits(kAccRes0Bits), made, LocalLayout::kVectors);
    block.is_partial = unit == 3 || unit == 4 || unit == 6 || unit == 14;
    writes(block);
    if (has_count) {
      writes(laid_out(value(kAccRes1Address), 16, {made[0], made[1], 1, 1}, LocalLayout::kCompact));
    }
    return true;
  }

  bool lines() {
    const Extents made = result();
    const std::uint64_t unit = value(kAccUnit);
    if (unit != 17 && unit != 18) return false;
    const std::uint32_t height = extent(kAccOpd0 + 2);
    LocalBlock source =
        laid_out(value(kAccOpd0Address), bits(kAccRes0Bits), {1, made[1], height, made[3]},
                 value(kAccOpd0Layout) == 3 ? LocalLayout::kLines : LocalLayout::kTable);
    source.is_partial = unit == 17;
    reads(source);
    reads(laid_out(value(kAccOpd1Address), bits(kAccOpd1Bits),
                   {made[0], made[1], unit == 17 ? made[2] : height, 1}, LocalLayout::kCompact));
    LocalBlock target =
        laid_out(value(kAccRes0Address), bits(kAccRes0Bits), made, LocalLayout::kLines);
    target.is_partial = unit == 18;
    writes(target);
    return true;
  }

  bool function() {
    const Extents made = result();
    const std::uint64_t unit = value(kAccUnit);
    const std::uint32_t own = bits(kAccOpd0Bits);
    reads(laid_out(value(kAccOpd0Address), own, made, LocalLayout::kVectors));
    if (unit == 12 || unit == 13) {
      LocalBlock table = place(value(kAccOpd1Address), own,
                               {1, std::min(made[1], geometry_.lanes), 1, extent(kAccOpd1)});
      table.strides = {0, 0, extent(kAccOpd1), 1};
      reads(table);
    }
    writes(laid_out(value(kAccRes0Address), bits(kAccRes0Bits), made, LocalLayout::kVectors));
    return true;
  }

  bool linear() {
    const Extents made = result();
    const std::uint32_t own = bits(kAccRes0Bits);
    reads(laid_out(value(kAccOpd0Address), own, made, LocalLayout::kVectors));
    if (value(kAccOpd1Constant) == 0) {
      reads(laid_out(value(kAccOpd1Address), own, {1, made[1], 1, 1}, LocalLayout::kCompact));
    }
    if (value(kAccUnit) == 1 && value(kAccOpd2Constant) == 0) {
      reads(laid_out(value(kAccOpd2Address), own, {1, made[1], 1, 1}, LocalLayout::kCompact));
    }
    writes(laid_out(value(kAccRes0Address), own, made, LocalLayout::kVectors));
    return true;
  }

  bool comparison() {
    const Extents made = result();
    const std::uint64_t unit = value(kAccUnit);
    const std::uint32_t own = bits(kAccOpd0Bits);
    const std::uint32_t chosen = bits(kAccOpd2Bits);
    const auto left = [&](std::size_t layout, std::size_t address) {
      const std::uint64_t code = value(layout);
      if (layout_of(code) == LocalLayout::kStrided) {  // one element for all
        return laid_out(value(address), own, {1, made[1], 1, 1}, LocalLayout::kVectors);
      }
      return laid_out(value(address), own, made, layout_of(code));
    };
    if (value(kAccOpd0Constant) == 0) reads(left(kAccOpd0Layout, kAccOpd0Address));
    if (value(kAccOpd1Constant) == 0) reads(left(kAccOpd1Layout, kAccOpd1Address));
    if (value(kAccOpd2Constant) == 0) {
      reads(laid_out(value(kAccOpd2Address), chosen, made, LocalLayout::kVectors));
    }
    if (value(kAccOpd3Constant) == 0) {
      reads(laid_out(value(kAccOpd3Address), chosen, made, LocalLayout::kVectors));
    }
    const bool is_one = unit == 23 || unit == 24 || unit == 26;
    writes(laid_out(value(kAccRes0Address), is_one ? chosen : own, made, LocalLayout::kVectors));
    if (!is_one) writes(laid_out(value(kAccRes1Address), chosen, made, LocalLayout::kVectors));
    return true;
  }

  bool outer() {
    const std::uint32_t c = extent(kAccRes0 + 1);
    const std::uint32_t w = extent(kAccRes0 + 3);
    const std::uint32_t width = extent(kAccOpd0 + 3);
    const std::uint32_t last = small(kAccOpd1 + 3) > 0 ? small(kAccOpd1 + 3) : width;
    const std::uint32_t rows = (extent(kAccOpd0 + 1) - 1) * width + last;
    dealt_reads(value(kAccOpd0Address), bits(kAccOpd0Bits), 1, rows, width);
    reads(
        laid_out(value(kAccOpd1Address), bits(kAccOpd1Bits), {1, c, 1, w}, LocalLayout::kVectors));
    writes(laid_out(value(kAccRes0Address), bits(kAccRes0Bits), {rows, c, 1, w},
                    LocalLayout::kVectors));
    return true;
  }

  const Registers& registers_;
};

}  // namespace

bool add_compute_blocks(const FieldTable& fields, InstructionSet set,
                        const HardwareCommand& command, const Registers& registers,
                        std::vector<LocalBlock>& blocks) {
  const LocalGeometry geometry = local_geometry(set);
  return ComputeAccess(fields, set, geometry, command, registers, blocks).read();
}

}  // namespace tpuscope
