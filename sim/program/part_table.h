// PartTable: the parts of tensors that a program's commands read and write, each stored once, so
// that a command names a part by its index.

#pragma once

#include <cstdint>
#include <unordered_map>

#include "sim/program/command.h"

namespace tpuscope {

/// Fills Program::parts and Program::boxes. The maps are looked up and never walked, so that their
/// order reaches nothing.
class PartTable {
 public:
  explicit PartTable(Program& program) : program_(program) {}

  /// Index in Program::boxes.
  std::uint32_t box(const ElementBox& box);
  std::uint32_t box(const Shape& shape, const Region& region) {
    return this->box(box_of(shape, region));
  }

  /// Index in Program::parts. `box` counts elements of `value` itself, whatever storage it shares.
  std::uint32_t part(Value value, std::uint32_t box);
  /// `shape` is the tensor's own or any other with as many elements.
  std::uint32_t part(Value value, const Shape& shape, const Region& region) {
    return part(value, box(shape, region));
  }

 private:
  struct HashBox {
    std::size_t operator()(const ElementBox& box) const;
  };
  struct HashPart {
    std::size_t operator()(const TensorPart& part) const;
  };

  Program& program_;
  std::unordered_map<ElementBox, std::uint32_t, HashBox> boxes_{};
  std::unordered_map<TensorPart, std::uint32_t, HashPart> parts_{};
};

}  // namespace tpuscope
