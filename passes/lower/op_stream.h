// OpStream: the commands of one op while they are made, with ids from 1 on and the parts of tensors
// that they name, for ops that are cut into tiles and for those that have a kernel.

#pragma once

#include <array>
#include <unordered_map>
#include <utility>

#include "passes/lower/lower_op.h"

namespace tpuscope {

/// Builds the commands of an op.
class OpStream {
 public:
  explicit OpStream(PartTable& table) : table_(table) {}

  std::uint32_t operand_part(std::size_t index, const Shape& shape, const Region& region) {
    return part(false, index, box_of(shape, region));
  }
  std::uint32_t result_part(std::size_t index, const Shape& shape, const Region& region) {
    return part(true, index, box_of(shape, region));
  }
  std::uint32_t part(bool is_result, std::size_t index, const ElementBox& box) {
    const OpPart part{is_result, static_cast<std::uint32_t>(index), table_.box(box)};
    const std::uint64_t key =
        (std::uint64_t{2 * part.index + (is_result ? 1 : 0)} << 32U) | part.box;
    const auto [at, is_new] =
        known_.emplace(key, static_cast<std::uint32_t>(lowered_.parts.size()));
    if (is_new) lowered_.parts.push_back(part);
    return at->second;
  }

  /// The core that the next commands run on.
  void set_core(std::size_t core) {
    core_ = static_cast<std::uint8_t>(core);
    last_.fill(0);
  }

  /// Gives the command its core and id and returns the latter.
  std::uint32_t push(Command command) {
    command.core = core_;
    command.id = ++last_[static_cast<std::size_t>(command.engine)];
    lowered_.commands.push_back(command);
    return command.id;
  }
  /// Id of the engine's last command on this core; 0: none.
  std::uint32_t last(Engine engine) const { return last_[static_cast<std::size_t>(engine)]; }
  std::size_t size() const { return lowered_.commands.size(); }
  LoweredOp take() { return std::move(lowered_); }

 private:
  PartTable& table_;
  LoweredOp lowered_{};
  std::unordered_map<std::uint64_t, std::uint32_t> known_{};
  std::array<std::uint32_t, kEngineCount> last_{};
  std::uint8_t core_ = 0;
};

}  // namespace tpuscope
