// Sides of the GDMA's commands that lie in local memory.

#include <utility>

#include "sim/stream/command_access.h"

namespace tpuscope {
namespace {

class TransferAccess : public CommandAccess {
 public:
  using CommandAccess::CommandAccess;

  bool read() {
    if (set_ == InstructionSet::kBm1684) return former();
    const std::string_view name = plain_name(command_.form->name);
    if (name == "DMA_sys") return true;
    if (name == "DMA_tensor" || name == "DMA_cw_transpose") return tensor(name);
    if (name == "DMA_matrix") return matrix();
    if (name == "DMA_general") return general();
    if (name == "DMA_gather" || name == "DMA_scatter") return pick(name == "DMA_scatter");
    return false;
  }

 private:
  std::uint64_t address_of(std::size_t low) const { return value(low) | value(low + 1) << 32U; }
  bool is_masked() const {
    const std::uint64_t all =
        geometry_.lanes == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << geometry_.lanes) - 1;
    const std::uint64_t mask = value(kAccDmaMaskLow) | value(kAccDmaMaskHigh) << 32U;
    return (mask & all) != all && mask != 0;
  }

  LocalBlock strided(std::uint64_t address, const Extents& extents, const Extents& strides) const {
    const std::uint64_t precision = transfer_precision(set_, value(kAccDmaFormat));
    LocalBlock block = place(address, kBitsOfCode[precision & 7U], extents);
    block.strides = strides;
    block.is_partial = is_masked();
    return block;
  }

  /// Of BM1684: one form, whose function and memory type say what it is.
  bool former() {
    const std::uint64_t function = value(kAccDmaFunction);
    if (value(kAccFormerMatrix) != 0) return function <= 1 && matrix();
    if (function != 0 && function != kFormerFill) return false;
    if (function == 0 && is_local_address(set_, address_of(kAccSource))) {
      reads(strided(address_of(kAccSource), four(kAccSourceSize), four(kAccSourceStrides)));
    }
    if (is_local_address(set_, address_of(kAccTarget))) {
      writes(strided(address_of(kAccTarget), four(kAccTargetSize), four(kAccTargetStrides)));
    }
    return true;
  }

  bool tensor(std::string_view name) {
    constexpr std::uint64_t kTransposes = 1;
    constexpr std::uint64_t kCollects = 2;
    constexpr std::uint64_t kBroadcasts = 3;
    constexpr std::uint64_t kDeals = 4;
    const std::uint64_t function = name == "DMA_cw_transpose" ? kDeals : value(kAccDmaFunction);
    if (function > kDeals) return false;
    Extents source = four(kAccSourceSize);
    Extents target = value(kAccDmaSameShape) != 0 ? source : four(kAccTargetSize);
    Extents from = four(kAccSourceStrides);
    Extents to = four(kAccTargetStrides);
    if (function == kBroadcasts) {
      const std::uint32_t lanes = target[1];
      target = source;
      target[1] = value(kAccDmaSameShape) != 0 ? source[1] : lanes;
      source[1] = 1;
    } else if (function == kTransposes) {
      target = {source[1], source[0], source[2], source[3]};
    } else if (function == kCollects || function == kDeals) {
      target = {source[0], source[3], source[2], source[1]};
    }
    if (function != 0) from[3] = to[3] = 1;
    const bool fills = value(kAccDmaFill) != 0;
    if (fills && value(kAccDmaSameShape) == 0) target = four(kAccTargetSize);
    if (!fills && is_local_address(set_, address_of(kAccSource))) {
      reads(strided(address_of(kAccSource), source, from));
    }
    if (is_local_address(set_, address_of(kAccTarget))) {
      writes(strided(address_of(kAccTarget), target, to));
    }
    return true;
  }

  bool matrix() {
    const bool fills = value(kAccDmaFill) != 0;
    const bool turns = value(kAccDmaFunction) == 1;
    const bool loads = fills || !is_local_address(set_, address_of(kAccSource));
    const std::size_t own_address = loads ? kAccTarget : kAccSource;
    if (!is_local_address(set_, address_of(own_address))) return true;
    // Rows and columns stand on the side of the DDR, lanes on the other.
    const std::size_t far = loads ? kAccSourceSize : kAccTargetSize;
    const std::size_t near = loads ? kAccTargetSize : kAccSourceSize;
    std::uint32_t rows = small(far + 2);
    std::uint32_t columns = small(far + 3);
    if (turns) std::swap(rows, columns);
    const std::uint32_t width = std::max(1U, small(near + 3));
    const Extents strides = four(loads ? kAccTargetStrides : kAccSourceStrides);
    const LocalBlock block =
        strided(address_of(own_address), {rows, (columns + width - 1) / width, 1, width},
                {strides[0], strides[1], 0, 1});
    for (const LocalBlock& part : cut_last(block, columns, width)) {
      if (loads) {
        writes(part);
      } else {
        reads(part);
      }
    }
    return true;
  }

  bool general() {
    const std::uint32_t length = small(kAccSourceSize + 1);
    const bool broadcasts = value(kAccDmaFunction) == 1;
    const Extents row{0, 0, 0, 1};
    if (value(kAccDmaFill) == 0 && is_local_address(set_, address_of(kAccSource))) {
      reads(strided(address_of(kAccSource), {1, 1, 1, length}, row));
    }
    if (is_local_address(set_, address_of(kAccTarget))) {
      const std::uint32_t lanes = broadcasts ? std::max(1U, small(kAccTargetSize + 1)) : 1;
      writes(strided(address_of(kAccTarget), {1, lanes, 1, length}, row));
    }
    return true;
  }

  bool pick(bool scatters) {
    const Extents source{1, small(kAccSourceSize + 1), small(kAccSourceSize + 2),
                         small(kAccSourceSize + 3)};
    const std::uint32_t lanes = std::max(source[1], small(kAccIndexSize));
    const std::uint32_t height =
        value(kAccDmaSameShape) != 0 ? source[2] : small(kAccTargetSize + 2);
    if (is_local_address(set_, address_of(kAccSource))) {
      LocalBlock block =
          strided(address_of(kAccSource), source,
                  {0, small(kAccSourceStrides + 1), small(kAccSourceStrides + 2), 1});
      block.is_partial = true;
      reads(block);
    }
    if (is_local_address(set_, address_of(kAccIndex))) {
      LocalBlock index = strided(address_of(kAccIndex), {1, small(kAccIndexSize), height, 1},
                                 {0, small(kAccIndexStrides), small(kAccIndexStrides + 1), 1});
      index.bits = 32;
      index.is_partial = scatters;
      reads(index);
    }
    if (is_local_address(set_, address_of(kAccTarget))) {
      LocalBlock block =
          strided(address_of(kAccTarget), {1, lanes, height, source[3]},
                  {0, small(kAccTargetStrides + 1), small(kAccTargetStrides + 2), 1});
      block.is_partial = block.is_partial || scatters;
      writes(block);
    }
    return true;
  }
};

}  // namespace

bool add_transfer_blocks(const FieldTable& fields, InstructionSet set,
                         const HardwareCommand& command, std::vector<LocalBlock>& blocks) {
  const LocalGeometry geometry = local_geometry(set);
  return TransferAccess(fields, set, geometry, command, blocks).read();
}

}  // namespace tpuscope
