// Slices are inferred backward from what the group stores (compiler: stripe_mine_idx_slice): each
// op says which part of its operands a part of its result needs.

#include "passes/tiling/group_graph.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/check.h"
#include "graph/queries.h"
#include "sim/cost/layout.h"

namespace tpuscope {
namespace {

/// The smallest box that holds both.
void join(Region& region, const Region& other) {
  if (region.empty()) {
    region = other;
    return;
  }
  for (std::size_t axis = 0; axis < region.size(); ++axis) {
    region[axis].begin = std::min(region[axis].begin, other[axis].begin);
    region[axis].end = std::max(region[axis].end, other[axis].end);
  }
}

bool has_nothing(const Region& region) {
  return std::any_of(region.begin(), region.end(),
                     [](const Range& range) { return range.extent() <= 0; });
}

class Builder {
 public:
  explicit Builder(const Graph& graph) : graph_(graph) {}

  GroupGraph build(std::span<const OpId> run) {
    for (const OpId op : run)
      add(op);
    for (GroupValue& value : result_.values) {
      value.last_use = value.users.empty() ? 0 : value.users.back();
      for (const Use& use : graph_.uses(value.value)) {
        const auto found = position_.find(use.op);
        if (found == position_.end()) value.last_use = GroupValue::kOutside;
      }
    }
    return std::move(result_);
  }

 private:
  std::size_t index_of(Value value) {
    const auto found = index_.find(value);
    if (found != index_.end()) return found->second;
    const std::size_t index = result_.values.size();
    result_.values.push_back(
        {.value = value, .type = graph_.type(value), .is_weight = is_weight(graph_, value)});
    index_.emplace(value, index);
    return index;
  }

  void add(OpId id) {
    const Op& op = graph_[id];
    TPU_CHECK(op.results.size() == 1, "{} has {} results", op.name, op.results.size());
    const std::size_t position = result_.ops.size();
    position_.emplace(id, position);
    GroupOp entry{.op = id,
                  .def = op.def,
                  .view = graph_.view(id),
                  .kinds = operand_kinds(graph_, id),
                  .is_view = op.def->layout == LayoutRule::kView};
    entry.vector_type = vector_type_of(entry.view);
    entry.cube_type = entry.view.has_input(0) ? entry.view.input(0).dtype : entry.vector_type;
    for (std::size_t i = 0; i < op.inputs.size(); ++i) {
      if (entry.kinds.immediate[i]) {
        entry.operands.push_back(GroupOp::kImmediate);
        continue;
      }
      const std::size_t value = index_of(op.inputs[i]);
      entry.operands.push_back(value);
      std::vector<std::size_t>& users = result_.values[value].users;
      if (users.empty() || users.back() != position) users.push_back(position);
    }
    entry.result = index_of({id, 0});
    result_.values[entry.result].producer = position;
    result_.ops.push_back(std::move(entry));
  }

  const Graph& graph_;
  GroupGraph result_{};
  std::map<Value, std::size_t> index_{};
  std::map<OpId, std::size_t> position_{};
};

/// The part of a stored value that one slice makes.
Region slice_of(const GroupValue& value, GroupType type, std::int64_t lanes,
                const SliceCounts& counts, const SliceCounts& position) {
  Region region = whole(value.type.shape);
  for (std::size_t s = 0; s < counts.size(); ++s) {
    if (counts[s] == 1) continue;
    const std::size_t axis = sliced_axis(value.type.shape, type, s);
    if (axis == kNoAxis) return Region(value.type.rank());
    region[axis] =
        even_part(value.type.shape[axis], counts[s], position[s], s == kSliceC ? lanes : 1);
  }
  return region;
}

/// Adds what the op needs for the part of its result that is needed; false when that is nothing.
bool add_operands(const GroupOp& op, SliceRegions& regions) {
  const Region& result = regions.needed[op.result];
  if (result.empty() && op.view.result().rank() > 0) return false;
  for (std::size_t o = 0; o < op.operands.size(); ++o) {
    if (op.operands[o] == GroupOp::kImmediate) continue;
    const Region region = input_region(*op.def, op.view, o, result);
    if (has_nothing(region)) return false;
    join(regions.needed[op.operands[o]], region);
  }
  return true;
}

/// The compiler sees [n * c, h, w]: heads of one image are cut as images are, then their rows.
std::size_t small_c_axis(const Shape& shape, std::size_t slice_axis) {
  constexpr std::size_t kMapRank = 4;
  const bool is_map = shape.size() == kMapRank;
  if (slice_axis == kSliceN && !shape.empty()) return is_map && shape[0] == 1 ? 1 : 0;
  return slice_axis == kSliceC && is_map ? 2 : kNoAxis;
}

}  // namespace

GroupGraph group_graph(const Graph& graph, std::span<const OpId> run) {
  return Builder(graph).build(run);
}

bool is_loaded(const GroupGraph& graph, const GroupRange& range, std::size_t value) {
  const std::size_t producer = graph.values[value].producer;
  return producer == GroupValue::kOutside || !range.holds(producer);
}

bool is_stored(const GroupGraph& graph, const GroupRange& range, std::size_t value) {
  const GroupValue& entry = graph.values[value];
  return !is_loaded(graph, range, value) && entry.last_use > range.last;
}

std::size_t buffer_of(const GroupGraph& graph, const GroupRange& range, std::size_t value) {
  while (!is_loaded(graph, range, value)) {
    const GroupOp& producer = graph.ops[graph.values[value].producer];
    if (!producer.is_view) break;
    value = producer.operands[0];
  }
  return value;
}

std::vector<std::size_t> values_of(const GroupGraph& graph, const GroupRange& range) {
  std::vector<std::size_t> values;
  std::vector<bool> seen(graph.values.size(), false);
  const auto touch = [&](std::size_t value) {
    if (value == GroupOp::kImmediate || seen[value]) return;
    seen[value] = true;
    values.push_back(value);
  };
  for (std::size_t i = range.first; i <= range.last; ++i) {
    for (const std::size_t operand : graph.ops[i].operands)
      touch(operand);
    touch(graph.ops[i].result);
  }
  return values;
}

std::int64_t product_of(const SliceCounts& counts) {
  std::int64_t product = 1;
  for (const std::int64_t count : counts)
    product *= count;
  return product;
}

std::size_t sliced_axis(const Shape& shape, GroupType type, std::size_t slice_axis) {
  constexpr std::array<std::size_t, 5> kVolumeAxes{0, kNoAxis, 2, 3, 4};
  const std::size_t rank = shape.size();
  if (type == GroupType::k3d && rank == kVolumeAxes.size()) return kVolumeAxes.at(slice_axis);
  if (type == GroupType::kSmallC) return small_c_axis(shape, slice_axis);
  switch (slice_axis) {
    case kSliceN:
      return rank >= 1 ? 0 : kNoAxis;
    case kSliceC:
      return type == GroupType::kMatMul && rank >= 2 ? 1 : kNoAxis;
    case kSliceH:
      return rank >= 3 ? 2 : kNoAxis;
    case kSliceW:
      return rank == 4 ? 3 : kNoAxis;
    default:
      return kNoAxis;
  }
}

SliceCounts slice_position(const SliceCounts& counts, std::int64_t slice) {
  SliceCounts position{};
  for (const std::size_t axis : {kSliceC, kSliceW, kSliceH, kSliceD, kSliceN}) {
    position[axis] = slice % counts[axis];
    slice /= counts[axis];
  }
  return position;
}

Range even_part(std::int64_t extent, std::int64_t count, std::int64_t index, std::int64_t unit) {
  const std::int64_t units = ceil_div(extent, unit);
  const std::int64_t each = units / count;
  const std::int64_t longer = units % count;
  const std::int64_t begin = index * each + std::min(index, longer);
  const std::int64_t end = begin + each + (index < longer ? 1 : 0);
  return {std::min(begin * unit, extent), std::min(end * unit, extent)};
}

void clear_regions(const GroupGraph& graph, const GroupRange& range, SliceRegions& regions) {
  const auto clear_value = [&](std::size_t value) {
    regions.needed[value].clear();
    regions.stored[value].clear();
  };
  for (std::size_t i = range.first; i <= range.last; ++i) {
    for (const std::size_t operand : graph.ops[i].operands) {
      if (operand != GroupOp::kImmediate) clear_value(operand);
    }
    clear_value(graph.ops[i].result);
  }
}

bool add_first_op(const GroupGraph& graph, const GroupRange& range, const Chip& chip,
                  const SliceCounts& counts, const SliceCounts& position, SliceRegions& regions) {
  const std::size_t result = graph.ops[range.first].result;
  if (is_stored(graph, range, result)) {
    Region& stored = regions.stored[result];
    stored = slice_of(graph.values[result], range.type, chip.array.lanes, counts, position);
    if (has_nothing(stored)) return false;
    join(regions.needed[result], stored);
  }
  return add_operands(graph.ops[range.first], regions);
}

bool slice_regions(const GroupGraph& graph, const GroupRange& range, const Chip& chip,
                   const SliceCounts& counts, const SliceCounts& position, SliceRegions& regions) {
  regions.needed.resize(graph.values.size());
  regions.stored.resize(graph.values.size());
  clear_regions(graph, range, regions);
  // Readers come before producers, so that a result's region is complete when it is used.
  for (std::size_t i = range.last + 1; i-- > range.first;) {
    const GroupRange behind{i, range.last, range.type};
    if (!add_first_op(graph, behind, chip, counts, position, regions)) return false;
  }
  return true;
}

}  // namespace tpuscope
