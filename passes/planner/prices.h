// Prices: what one op or one transfer of a run costs for a part of given extents, remembered.

#pragma once

#include <array>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "passes/tiling/group_graph.h"

namespace tpuscope {

class GroupPrices {
 public:
  GroupPrices(const Chip& chip, const GroupGraph& graph) : chip_(chip), graph_(graph) {}

  struct OpPrice {
    std::int64_t time = 0;     ///< picoseconds on BDC
    std::int64_t bytes = 0;    ///< of the result, per lane
    std::int64_t scratch = 0;  ///< per lane
  };
  /// `regions`: per value of the graph, for this slice; `conflicts`: operands in the result's bank.
  const OpPrice& op(std::size_t op, const GroupRange& range, const std::vector<Region>& regions,
                    std::int64_t conflicts = 0);

  struct TransferPrice {
    std::int64_t time = 0;   ///< picoseconds on GDMA
    std::int64_t bytes = 0;  ///< of the part, per lane
  };
  const TransferPrice& load(std::size_t value, const GroupRange& range, const Region& region);
  /// Bytes per lane of a value's part.
  std::int64_t bytes(std::size_t value, const GroupRange& range, const Region& region);
  const TransferPrice& store(std::size_t value, const GroupRange& range, const Region& region);

 private:
  static constexpr std::size_t kMaxRank = 8;
  struct Key {
    std::uint32_t index = 0;
    std::uint32_t kind =
        0;  ///< type of group, and of an op its conflicts, of a transfer its direction
    std::array<std::int64_t, kMaxRank> extents{};
    std::int64_t planes = 0;  ///< of an op over volumes: planes of its operand
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const;
  };
  static Key key_of(std::size_t index, std::uint32_t kind, GroupType type, const Region& region);
  /// Parts of a volume that are equally large differ in work: those at a border read fewer planes.
  static std::int64_t planes_of(const GroupOp& op, const Region& result);
  const TransferPrice& transfer(std::size_t value, const GroupRange& range, const Region& region,
                                bool is_load);

  const Chip& chip_;
  const GroupGraph& graph_;
  // Looked up only, never walked: their order reaches no output.
  std::unordered_map<Key, OpPrice, Hash> ops_{};
  std::unordered_map<Key, TransferPrice, Hash> transfers_{};
  std::unordered_map<Key, std::int64_t, Hash> bytes_{};
};

}  // namespace tpuscope
