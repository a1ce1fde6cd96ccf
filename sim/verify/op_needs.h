// Whether commands read what their op needs for what they make.

#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/program/element_cover.h"
#include "sim/verify/storage.h"

namespace tpuscope {

class OpNeeds {
 public:
  OpNeeds(const Run& run, const Storage& storage, Findings& findings)
      : run_(run), storage_(storage), findings_(findings) {}

  /// A computation made `result` having read `operands`: each operand of the op must have what its
  /// input_region returns. Immediates need not be read: weights of one element.
  void check_made(std::uint32_t command, std::uint32_t result,
                  const std::vector<std::uint32_t>& operands);

  /// A movement brought `source` to `destination`: the elements that the op's copies put there.
  void check_moved(std::uint32_t command, std::uint32_t destination, std::uint32_t source);

 private:
  struct OpFacts {
    std::uint32_t kind = 0;  ///< equal for ops of equal type, attributes and tensor types
    OpView view{};
    Lattice lattice{};  ///< of result 0
    std::optional<Movement> movement{};
  };

  OpFacts& facts(OpId op);
  void find_parts(Value input, const std::vector<std::uint32_t>& operands,
                  std::vector<std::uint32_t>& parts) const;
  /// Whether the operand's parts hold what the regions of the result need.
  void check_operand(std::uint32_t command, OpId op, std::size_t operand,
                     const std::vector<Region>& made, const std::vector<std::uint32_t>& parts);

  const Run& run_;
  const Storage& storage_;
  Findings& findings_;
  std::map<std::uint32_t, OpFacts> facts_{};
  std::map<std::string, std::uint32_t> kinds_{};
  /// Kind of op, operand, box made, box read: found in order before. Networks repeat their blocks.
  std::set<std::array<std::uint32_t, 4>> known_{};
};

}  // namespace tpuscope
