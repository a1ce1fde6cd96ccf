// Drawer: a network under construction. Ops are added by their own shape rules, so that generators
// may draw attributes that turn out to be no op: those are left out.

#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "graph/graph.h"
#include "tests/generators/choices.h"

namespace tpuscope::generators {

/// What kind of network is drawn.
struct Style {
  /// In so many of a hundred draws an operand is a new input instead of a result drawn before.
  std::int64_t fresh_percent = 15;
  std::int64_t max_elements = 1 << 10;  ///< of a tensor, about
  bool allows_empty = false;            ///< extents of 0
};

class Drawer {
 public:
  Drawer(Choices& choices, const Style& style) : choices_(choices), style_(style) {}

  Choices& choices() { return choices_; }
  std::int64_t between(std::int64_t low, std::int64_t high) { return choices_.between(low, high); }
  bool chance(std::int64_t percent) { return choices_.chance(percent); }
  template <typename T>
  T one_of(const std::vector<T>& list) {
    return choices_.one_of(list);
  }

  const TensorType& type(Value value) const { return graph_.type(value); }
  const Shape& shape(Value value) const { return graph_.type(value).shape; }
  std::size_t rank(Value value) const { return graph_.type(value).rank(); }

  /// An extent of at most `limit`: often 1, a prime, or a neighbour of a power of two.
  std::int64_t extent(std::int64_t limit);
  /// Extents whose product is at most `max_elements` of the style.
  Shape any_shape(std::size_t rank);
  std::size_t any_axis(Value value);

  Value input(const Shape& shape, DType dtype = DType::kF32);
  Value weight(const Shape& shape, DType dtype = DType::kF32);
  /// Known values: position i holds values[i % size].
  Value constant(const Shape& shape, DType dtype, const std::vector<double>& values);
  /// A second operand: mostly a weight.
  Value parameter(const Shape& shape) { return chance(20) ? input(shape) : weight(shape); }

  /// A float tensor, by the style: a new input or one that was drawn, mostly the newest.
  Value tensor();
  Value tensor_of_rank(std::size_t low, std::size_t high);

  /// Empty when the op's rule refuses or a result would be beyond all measure.
  std::optional<Value> add(std::string_view type, Attributes attributes,
                           const std::vector<Value>& inputs);
  /// As add; the operand itself where the op is refused, so that blocks go on.
  Value add_or(Value operand, std::string_view type, Attributes attributes,
               const std::vector<Value>& inputs);

  /// The network: outputs are what nothing reads, and some of what is read.
  Graph finish();

 private:
  Value remember(Value value);

  Choices& choices_;
  Style style_;
  Graph graph_{"drawn"};
  std::vector<Value> floats_{};
};

}  // namespace tpuscope::generators
