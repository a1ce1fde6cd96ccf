// Orders of axes: what a Permute does.

#pragma once

#include <optional>
#include <vector>

#include "graph/shape.h"

namespace tpuscope {

/// result axis i is input axis order[i]; a bijection of 0..rank-1.
class Permutation {
 public:
  /// The order of `rank` axes that changes nothing.
  static Permutation identity(std::size_t rank);
  /// Empty when `order` is not a bijection.
  static std::optional<Permutation> from(const std::vector<std::int64_t>& order);

  std::size_t rank() const { return order_.size(); }
  std::size_t operator[](std::size_t axis) const { return order_.at(axis); }
  std::vector<std::int64_t> to_list() const;

  bool is_identity() const;
  Permutation inverse() const;
  /// The single permutation that equals this one followed by `next`.
  Permutation then(const Permutation& next) const;
  Shape apply(const Shape& shape) const;
  /// Whether it moves no data in a tensor of this shape: only axes of extent 1 change place.
  bool is_reshape_of(const Shape& input) const;

  friend bool operator==(const Permutation&, const Permutation&) = default;

 private:
  std::vector<std::size_t> order_;
};

/// A permute in its smallest form: unit axes dropped, axes that stay neighbours merged.
struct ReducedPermutation {
  Shape shape{};  ///< of the input
  Permutation order = Permutation::identity(0);
};
ReducedPermutation reduced(const Permutation& order, const Shape& input);

}  // namespace tpuscope
