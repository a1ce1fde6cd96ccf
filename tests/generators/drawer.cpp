// Extents, operands and outputs of drawn networks: see drawer.h.

#include "tests/generators/drawer.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

namespace tpuscope::generators {
namespace {

/// Larger results are dropped, however they came about.
constexpr std::int64_t kMostElements = std::int64_t{1} << 22;

/// Around what lanes, vectors, granules and banks are multiples of, and primes.
const std::vector<std::int64_t> kExtents = {1,   2,   3,   4,   5,   7,   8,   11,  13,  16,  17,
                                            31,  32,  33,  47,  61,  63,  64,  65,  96,  97,  127,
                                            128, 129, 192, 251, 256, 257, 384, 509, 768, 1021};

}  // namespace

std::int64_t Drawer::extent(std::int64_t limit) {
  if (style_.allows_empty && chance(4)) return 0;
  const auto end =
      std::upper_bound(kExtents.begin(), kExtents.end(), std::max<std::int64_t>(limit, 1));
  return kExtents[static_cast<std::size_t>(between(0, (end - kExtents.begin()) - 1))];
}

Shape Drawer::any_shape(std::size_t rank) {
  Shape shape;
  std::int64_t left = style_.max_elements;
  for (std::size_t axis = 0; axis < rank; ++axis) {
    // Ones are common in networks and special to layouts.
    const std::int64_t drawn = chance(80) ? extent(left) : 1;
    shape.push_back(drawn);
    if (drawn > 0) left /= drawn;
  }
  if (!shape.empty() && chance(30)) {
    std::swap(shape[static_cast<std::size_t>(between(0, static_cast<std::int64_t>(rank) - 1))],
              shape.front());
  }
  return shape;
}

std::size_t Drawer::any_axis(Value value) {
  return static_cast<std::size_t>(between(0, static_cast<std::int64_t>(rank(value)) - 1));
}

Value Drawer::remember(Value value) {
  const TensorType& made = graph_.type(value);
  if (made.dtype == DType::kF32 && !graph_[value.op].is("Weight")) floats_.push_back(value);
  return value;
}

Value Drawer::input(const Shape& shape, DType dtype) {
  const OpId op =
      graph_.add_checked({.type = "Input", .name = "x", .result_types = {{dtype, shape}}}, {});
  return remember({op});
}

Value Drawer::weight(const Shape& shape, DType dtype) {
  return {
      graph_.add_checked({.type = "Weight", .name = "w", .result_types = {{dtype, shape}}}, {})};
}

Value Drawer::constant(const Shape& shape, DType dtype, const std::vector<double>& values) {
  HostTensor tensor = HostTensor::zeros({dtype, shape});
  for (std::size_t i = 0; i < tensor.values.size(); ++i)
    tensor.values[i] = values[i % values.size()];
  return {graph_.add_checked({.type = "Weight",
                              .name = "k",
                              .data = std::make_shared<const HostTensor>(tensor),
                              .result_types = {{dtype, shape}}},
                             {})};
}

Value Drawer::tensor() {
  if (floats_.empty() || chance(style_.fresh_percent)) {
    return input(any_shape(static_cast<std::size_t>(between(1, 5))));
  }
  if (chance(75)) return floats_.back();
  return floats_[static_cast<std::size_t>(
      between(0, static_cast<std::int64_t>(floats_.size()) - 1))];
}

Value Drawer::tensor_of_rank(std::size_t low, std::size_t high) {
  const Value drawn = tensor();
  if (rank(drawn) >= low && rank(drawn) <= high) return drawn;
  const auto wanted = static_cast<std::size_t>(
      between(static_cast<std::int64_t>(low), static_cast<std::int64_t>(high)));
  const auto found = std::find_if(floats_.rbegin(), floats_.rend(),
                                  [&](Value value) { return rank(value) == wanted; });
  if (found != floats_.rend() && !chance(style_.fresh_percent)) return *found;
  return input(any_shape(wanted));
}

std::optional<Value> Drawer::add(std::string_view type, Attributes attributes,
                                 const std::vector<Value>& inputs) {
  const OpDef* def = OpRegistry::instance().find(type);
  if (def == nullptr) return std::nullopt;
  Result<Attributes> complete = complete_attributes(*def, attributes);
  if (!complete.ok()) return std::nullopt;
  std::vector<TensorType> types;
  for (const Value value : inputs)
    types.push_back(graph_.type(value));
  const auto results = infer_types(*def, *complete, types);
  if (!results.ok()) return std::nullopt;
  const bool is_large = std::any_of(results->begin(), results->end(), [](const TensorType& result) {
    return result.elements() > kMostElements;
  });
  if (is_large) return std::nullopt;
  const Result<OpId> op =
      graph_.add({.type = type, .name = "t", .attributes = std::move(attributes)}, inputs);
  if (!op.ok()) return std::nullopt;
  for (std::uint32_t i = 1; i < results->size(); ++i)
    remember({*op, i});
  return remember({*op});
}

Value Drawer::add_or(Value operand, std::string_view type, Attributes attributes,
                     const std::vector<Value>& inputs) {
  return add(type, std::move(attributes), inputs).value_or(operand);
}

Graph Drawer::finish() {
  for (const OpId op : graph_.ops()) {
    if (graph_[op].is("Weight")) continue;
    const std::size_t results = graph_[op].results.size();
    for (std::uint32_t i = 0; i < results; ++i) {
      const bool is_read = !graph_.uses({op, i}).empty();
      // A tensor may leave and be read on, and leave twice.
      const std::int64_t times = !is_read ? (chance(5) ? 2 : 1) : (chance(10) ? 1 : 0);
      if (!is_read && graph_[op].is("Input")) continue;
      for (std::int64_t t = 0; t < times; ++t)
        graph_.add_checked({.type = "Output", .name = "y"}, {{op, i}});
    }
  }
  if (graph_.outputs().empty()) {
    const Value value = tensor();
    graph_.add_checked({.type = "Output", .name = "y"}, {value});
  }
  return std::move(graph_);
}

}  // namespace tpuscope::generators
