// Where tensors are stored in DDR: the result of an op without commands aliases an operand, or has
// their operands written in place.

#pragma once

#include <vector>

#include "sim/verify/findings.h"

namespace tpuscope {

/// Element i of a value is element offset + i of the dense storage of `root`.
struct StoragePlace {
  Value root{};
  std::int64_t offset = 0;
};

/// Found from the program, not from what the planner thinks: an op that has no commands must have
/// nothing to do, or that is a violation.
class Storage {
 public:
  Storage(const Run& run, Findings& findings);

  StoragePlace place(Value value) const { return places_[first_[value.op.index] + value.result]; }
  /// The box in elements of the root's storage.
  ElementBox box(Value value, const ElementBox& box) const {
    ElementBox moved = box;
    moved.first += place(value).offset;
    return moved;
  }
  bool is_source(Value root) const {
    return run_.graph[root.op].def->layout == LayoutRule::kSource;
  }

 private:
  void alias(OpId op, Findings& findings);
  void alias_movement(OpId op, Findings& findings);
  StoragePlace& at(Value value) { return places_[first_[value.op.index] + value.result]; }

  const Run& run_;
  std::vector<std::size_t> first_{};
  std::vector<StoragePlace> places_{};
};

}  // namespace tpuscope
