// The walk from inputs to outputs that follows the batch.

#include "graph/batch.h"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/queries.h"

namespace tpuscope {
namespace {

constexpr std::string_view kMadeBy = "batch";

/// What is known of a tensor of the old graph, and what it became.
struct Followed {
  Value value{};                      ///< in the new graph
  std::optional<std::size_t> axis{};  ///< that begins with the batch; none: the same for any batch
  bool is_unknown = false;            ///< an op before it is in the way
};

/// The only axis along which a result grew as the batch did; none when it did so along none or
/// several.
std::optional<std::size_t> grown_axis(const Shape& before, const Shape& after,
                                      const BatchChange& change) {
  std::optional<std::size_t> grown;
  if (before.size() != after.size()) return grown;
  for (std::size_t axis = 0; axis < before.size(); ++axis) {
    if (before[axis] == after[axis]) continue;
    if (grown || before[axis] % change.from != 0 || change.scaled(before[axis]) != after[axis]) {
      return std::nullopt;
    }
    grown = axis;
  }
  return grown;
}

/// Elements of image `image` of `images` along an axis.
Range part_of(std::int64_t extent, std::int64_t image, std::int64_t images) {
  const std::int64_t part = extent / images;
  return {image * part, (image + 1) * part};
}

/// The tensor with `from` equal parts along an axis made one with `to` of them; none when its parts
/// differ.
std::optional<HostTensor> repeated(const HostTensor& tensor, std::size_t axis,
                                   const BatchChange& change) {
  const std::int64_t outer = element_count(tensor.shape(), 0, axis);
  const std::int64_t block = element_count(tensor.shape(), axis, tensor.shape().size());
  const std::int64_t part = block / change.from;
  HostTensor result{tensor.type, {}};
  result.type.shape[axis] = change.scaled(tensor.shape()[axis]);
  for (std::int64_t o = 0; o < outer; ++o) {
    const auto begin = tensor.values.begin() + o * block;
    for (std::int64_t image = 1; image < change.from; ++image) {
      if (!std::equal(begin, begin + part, begin + image * part)) return std::nullopt;
    }
    for (std::int64_t image = 0; image < change.to; ++image)
      result.values.insert(result.values.end(), begin, begin + part);
  }
  return result;
}

class BatchRewriter {
 public:
  BatchRewriter(const Graph& graph, const BatchChange& change)
      : from_(graph), change_(change), to_(graph.name()) {}

  Result<Graph> run() {
    for (const OpId id : from_.topological_order()) {
      const Status status = follow(id);
      if (!status.ok() && errors_.size() < kMaxErrors) report(from_[id], status.error());
    }
    if (!errors_.empty()) return errors_;
    to_.erase_unused();
    to_.compact();
    return std::move(to_);
  }

 private:
  void report(const Op& op, const Error& error) {
    errors_.push_back({.code = ErrorCode::kUnsupported,
                       .message = fmt::format("batch {} cannot be made of batch {}: {}", change_.to,
                                              change_.from, error.message),
                       .where = fmt::format("{} {}", op.def->name, in_quotes(op.name)),
                       .hint = error.hint.empty()
                                   ? fmt::format("export the network for {} images", change_.to)
                                   : error.hint});
  }

  static Error obstacle(std::string message) { return Error{.message = std::move(message)}; }

  /// Adds the op for the new batch. After a failure its results are unknown.
  Status follow(OpId id) {
    const Op& op = from_[id];
    for (std::uint32_t result = 0; result < op.results.size(); ++result)
      followed_[{id, result}].is_unknown = true;
    if (op.inputs.empty()) return add_source(id);
    std::vector<Followed> operands;
    for (const Value input : op.inputs) {
      operands.push_back(followed_.at(input));
      if (operands.back().is_unknown) return Ok{};
    }
    const auto first =
        std::find_if(operands.begin(), operands.end(), [](const auto& o) { return o.axis; });
    Attributes attributes = op.attributes;
    if (first != operands.end()) {
      const BatchAxis batch{static_cast<std::size_t>(first - operands.begin()), *first->axis};
      if (const BatchRule* rule = BatchRules::instance().find(op.def->name)) {
        TPU_TRY(attributes, rule->attributes(from_.view(id), batch, change_));
      }
      TPU_TRY_STATUS(grow_constants(id, batch, attributes, operands));
    }
    return add_op(id, attributes, operands);
  }

  Status add_source(OpId id) {
    const Op& op = from_[id];
    std::vector<Followed> results(op.results.size());
    OpSpec spec = spec_of(op);
    for (std::size_t i = 0; i < op.results.size(); ++i) {
      TensorType& type = spec.result_types[i];
      if (op.is("Input") && type.rank() > 0 && type.shape[0] == change_.from) {
        type.shape[0] = change_.to;
        results[i].axis = 0;
      }
    }
    return finish(id, std::move(spec), {}, results);
  }

  Status add_op(OpId id, const Attributes& attributes, const std::vector<Followed>& operands) {
    const Op& op = from_[id];
    std::vector<Followed> results(op.results.size());
    std::vector<Value> inputs;
    bool has_batch = false;
    for (const Followed& operand : operands) {
      inputs.push_back(operand.value);
      has_batch = has_batch || operand.axis;
    }
    if (has_batch) {
      TPU_TRY(const std::vector<TensorType> types, types_with(op, attributes, operands));
      for (std::size_t i = 0; i < results.size(); ++i) {
        const TensorType& before = op.results[i].type;
        results[i].axis = grown_axis(before.shape, types[i].shape, change_);
        if (results[i].axis) continue;
        return obstacle(fmt::format("its result {} {}", type_text(before),
                                    types[i] == before ? "does not grow with the batch"
                                                       : "would become " + type_text(types[i])));
      }
      TPU_TRY_STATUS(check_images_apart(id, attributes, operands, types, results));
    }
    OpSpec spec = spec_of(op);
    spec.attributes = attributes;
    return finish(id, std::move(spec), inputs, results);
  }

  Result<std::vector<TensorType>> types_with(const Op& op, const Attributes& attributes,
                                             const std::vector<Followed>& operands) const {
    std::vector<TensorType> inputs;
    inputs.reserve(operands.size());
    for (const Followed& operand : operands)
      inputs.push_back(to_.type(operand.value));
    return infer_types(*op.def, attributes, inputs);
  }

  /// Where the op does not take its operands as they are, constants that run along the batch are
  /// repeated.
  Status grow_constants(OpId id, const BatchAxis& batch, const Attributes& attributes,
                        std::vector<Followed>& operands) {
    const Op& op = from_[id];
    const auto grows = [&](const std::vector<Followed>& tried) {
      const auto types = types_with(op, attributes, tried);
      return types.ok() && !op.results.empty() &&
             grown_axis(op.results[0].type.shape, types->at(0).shape, change_).has_value();
    };
    if (op.results.empty() || grows(operands)) return Ok{};
    const Shape& leader = from_.type(op.inputs[batch.operand]).shape;
    const std::size_t from_last = leader.size() - batch.axis;
    std::vector<Followed> grown = operands;
    for (std::size_t i = 0; i < operands.size(); ++i) {
      const Shape& shape = from_.type(op.inputs[i]).shape;
      if (operands[i].axis || shape.size() < from_last) continue;
      const std::size_t axis = shape.size() - from_last;
      if (shape[axis] != leader[batch.axis]) continue;
      TPU_TRY(grown[i], repeat(op.inputs[i], operands[i].value, axis));
    }
    if (grows(grown)) operands = std::move(grown);
    return Ok{};
  }

  /// A tensor without a batch, repeated along an axis.
  Result<Followed> repeat(Value before, Value value, std::size_t axis) {
    const TensorType& type = from_.type(before);
    const std::string name = to_.unique_name(from_[before].name + "_per_image");
    OpSpec spec{.name = name, .origin = from_[before.op].origin, .made_by = std::string(kMadeBy)};
    std::vector<Value> inputs;
    const auto& data = from_[before.op].data;
    if (change_.from > 1 && data == nullptr) {
      return obstacle(in_quotes(from_[before].name) + " may hold something else for each image");
    }
    if (is_weight(from_, before)) {
      spec.type = "Weight";
      spec.result_types = {type};
      spec.result_types[0].shape[axis] = change_.scaled(type.shape[axis]);
      if (data != nullptr) {
        std::optional<HostTensor> values = repeated(*data, axis, change_);
        if (!values) {
          return obstacle(in_quotes(from_[before].name) + " holds something else for each image");
        }
        spec.data = std::make_shared<const HostTensor>(*std::move(values));
      }
    } else {
      IntList repeats(type.rank(), 1);
      repeats[axis] = change_.to;
      spec.type = "Tile";
      spec.attributes = {{"repeats", repeats}};
      inputs = {value};
    }
    TPU_TRY(const OpId added, to_.add(std::move(spec), inputs));
    return Followed{{added, 0}, axis, false};
  }

  /// Each image of each result needs that image of the operands alone. Judged at the larger batch,
  /// by the first and the last image.
  Status check_images_apart(OpId id, const Attributes& attributes,
                            const std::vector<Followed>& operands,
                            const std::vector<TensorType>& types,
                            const std::vector<Followed>& results) const {
    const Op& op = from_[id];
    // A view keeps the order of elements, and its rule keeps the axes before the batch.
    if (op.def->layout == LayoutRule::kView || results.empty()) return Ok{};
    OpView view{.attributes = &attributes, .results = types};
    for (const Followed& operand : operands)
      view.inputs.push_back(to_.type(operand.value));
    const std::int64_t images = std::max(change_.from, change_.to);
    if (change_.from > change_.to) view = from_.view(id);
    if (!divisible_axes(*op.def, view)[*results[0].axis]) {
      return obstacle(fmt::format("it works across axis {} of {}, the batch", *results[0].axis,
                                  type_text(op.results[0].type)));
    }
    for (const std::int64_t image : {std::int64_t{0}, images - 1}) {
      Region tile = whole(view.results[0].shape);
      tile[*results[0].axis] = part_of(tile[*results[0].axis].end, image, images);
      for (std::size_t i = 0; i < operands.size(); ++i) {
        if (!operands[i].axis) continue;
        const std::size_t axis = *operands[i].axis;
        const Range needed = input_region(*op.def, view, i, tile)[axis];
        const Range own = part_of(view.inputs[i].shape[axis], image, images);
        if (needed.extent() <= 0 || (needed.begin >= own.begin && needed.end <= own.end)) continue;
        return obstacle(
            fmt::format("it mixes images: each needs elements {} to {} of axis {} of {}",
                        needed.begin, needed.end - 1, axis, type_text(view.inputs[i])));
      }
    }
    return Ok{};
  }

  Status finish(OpId id, OpSpec spec, const std::vector<Value>& inputs,
                const std::vector<Followed>& results) {
    TPU_TRY(const OpId added, to_.add(std::move(spec), inputs));
    for (std::uint32_t i = 0; i < results.size(); ++i)
      followed_[{id, i}] = {{added, i}, results[i].axis, false};
    return Ok{};
  }

  const Graph& from_;
  BatchChange change_;
  Graph to_;
  std::map<Value, Followed> followed_{};
  Errors errors_{};
};

}  // namespace

std::int64_t batch_of(const Graph& graph) {
  for (const OpId id : graph.inputs()) {
    const TensorType& type = graph[id].results[0].type;
    if (type.rank() > 0) return type.shape[0];
  }
  return 1;
}

Result<Graph> with_batch(const Graph& graph, std::int64_t batch) {
  const BatchChange change{batch_of(graph), batch};
  if (batch < 1) {
    return Error{.code = ErrorCode::kUsage,
                 .message = fmt::format("batch is {}, a network needs at least one image", batch)};
  }
  if (change.from == batch) return graph;
  if (change.from < 1) {
    return Error{.code = ErrorCode::kUnsupported, .message = "the network's input holds no image"};
  }
  return BatchRewriter(graph, change).run();
}

Result<Attributes> scale_aligned_extent(const OpView& op, const BatchAxis& batch,
                                        const BatchChange& change, std::string_view name) {
  Attributes attributes = op.attrs();
  IntList extents = attributes.integers(name);
  const Shape& operand = op.input(batch.operand).shape;
  const std::size_t from_last = operand.size() - batch.axis;
  if (extents.size() >= from_last) {
    std::int64_t& extent = extents[extents.size() - from_last];
    if (extent != operand[batch.axis]) {
      return Error{.message = fmt::format("{} {} makes {} of the {} along the batch", name,
                                          list_text(attributes.integers(name)), extent,
                                          operand[batch.axis])};
    }
    extent = change.scaled(extent);
    attributes.set(std::string(name), extents);
  }
  return attributes;
}

bool register_batch_rule(BatchRule rule) {
  return BatchRules::instance().add(rule);
}

}  // namespace tpuscope
