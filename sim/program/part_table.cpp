// Interning of parts: see part_table.h.

#include "sim/program/part_table.h"

namespace tpuscope {
namespace {

/// Mixes as splitmix64 does.
std::size_t mixed(std::size_t seed, std::uint64_t value) {
  std::uint64_t x = seed + 0x9e3779b97f4a7c15ULL + value;
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebULL;
  return static_cast<std::size_t>(x ^ (x >> 31U));
}

}  // namespace

std::size_t PartTable::HashBox::operator()(const ElementBox& box) const {
  std::size_t hash = mixed(0, static_cast<std::uint64_t>(box.first));
  for (const StridedAxis& axis : box.axes) {
    hash = mixed(hash, static_cast<std::uint64_t>(axis.extent));
    hash = mixed(hash, static_cast<std::uint64_t>(axis.stride));
  }
  return hash;
}

std::size_t PartTable::HashPart::operator()(const TensorPart& part) const {
  const std::uint64_t value = (std::uint64_t{part.value.op.index} << 32U) | part.value.result;
  return mixed(mixed(0, value), part.box);
}

std::uint32_t PartTable::box(const ElementBox& box) {
  const auto [at, is_new] = boxes_.emplace(box, static_cast<std::uint32_t>(program_.boxes.size()));
  if (is_new) program_.boxes.push_back(box);
  return at->second;
}

std::uint32_t PartTable::part(Value value, std::uint32_t box) {
  const TensorPart part{value, box};
  const auto [at, is_new] = parts_.emplace(part, static_cast<std::uint32_t>(program_.parts.size()));
  if (is_new) program_.parts.push_back(part);
  return at->second;
}

}  // namespace tpuscope
