// Needs from the outputs back to the inputs: see needed_elements.h.

#include "passes/lower/needed_elements.h"

#include <algorithm>
#include <map>
#include <optional>

#include "graph/region.h"
#include "passes/lower/network_facts.h"
#include "passes/tiling/movement.h"
#include "sim/program/element_cover.h"

namespace tpuscope {
namespace {

/// Boxes kept for one tensor and regions followed from one box; what is beyond is left out.
constexpr std::size_t kMaxBoxes = 64;

bool is_empty_region(const Region& region) {
  return std::any_of(region.begin(), region.end(),
                     [](const Range& range) { return range.extent() <= 0; });
}

/// What the positions of one result axis read along one operand axis, where that leaves gaps.
struct Pieces {
  std::size_t axis = 0;     ///< of the operand
  std::int64_t begin = 0;   ///< of the first piece
  std::int64_t extent = 0;  ///< of each
  std::int64_t step = 0;    ///< from one to the next
  std::int64_t count = 0;
};

/// The longest beginning of a list of ranges that are equally long and equally far apart, and have
/// gaps between them. The first range is left out when it is cut at a border.
Pieces regular_pieces(const std::vector<Range>& ranges) {
  Pieces best;
  for (std::size_t first = 0; first < std::min<std::size_t>(2, ranges.size()); ++first) {
    Pieces pieces{.begin = ranges[first].begin, .extent = ranges[first].extent(), .count = 1};
    for (std::size_t i = first + 1; i < ranges.size(); ++i) {
      const std::int64_t step = ranges[i].begin - ranges[i - 1].begin;
      if (pieces.count == 1) pieces.step = step;
      if (step != pieces.step || step < pieces.extent || ranges[i].extent() != pieces.extent) break;
      ++pieces.count;
    }
    if (pieces.count * pieces.extent > best.count * best.extent) best = pieces;
  }
  return best;
}

/// The gaps that a result's axis leaves along the operand's axes: empty where neighbours touch.
/// Only an operand axis that is longer than the result's can have any.
std::optional<Pieces> gaps_along(const OpDef& def, const OpView& view, std::size_t operand,
                                 const Region& result, std::size_t axis, const Region& whole_need) {
  Region slab = result;
  slab[axis].end = slab[axis].begin + 1;
  const Region first = input_region(def, view, operand, slab);
  std::optional<std::size_t> followed;
  for (std::size_t a = 0; a < whole_need.size(); ++a) {
    if (first[a] == whole_need[a] || whole_need[a].extent() <= result[axis].extent()) continue;
    followed = a;
  }
  if (!followed) return std::nullopt;
  std::vector<Range> ranges;
  bool has_gaps = false;
  for (std::int64_t i = result[axis].begin; i < result[axis].end; ++i) {
    slab[axis] = {i, i + 1};
    ranges.push_back(input_region(def, view, operand, slab)[*followed]);
    const std::size_t count = ranges.size();
    has_gaps = has_gaps || (count > 1 && ranges[count - 1].begin > ranges[count - 2].end);
  }
  if (!has_gaps) return std::nullopt;
  Pieces pieces = regular_pieces(ranges);
  pieces.axis = *followed;
  return pieces;
}

/// Elements of the operand that a region of result 0 needs.
std::optional<ElementBox> needed_box(const OpDef& def, const OpView& view, std::size_t operand,
                                     const Region& result) {
  const Region need = input_region(def, view, operand, result);
  const Shape& shape = view.input(operand).shape;
  if (is_empty_region(need)) return std::nullopt;
  std::vector<Pieces> gaps;
  if (def.input_region != nullptr && def.layout != LayoutRule::kElementwise) {
    for (std::size_t axis = 0; axis < result.size(); ++axis) {
      if (result[axis].extent() < 2) continue;
      const auto found = gaps_along(def, view, operand, result, axis, need);
      if (found) gaps.push_back(*found);
    }
  }
  if (gaps.empty()) return box_of(shape, need);
  const std::vector<std::int64_t> strides = dense_strides(shape);
  std::int64_t first = 0;
  std::vector<StridedAxis> axes;
  for (std::size_t axis = 0; axis < need.size(); ++axis) {
    const auto found = std::find_if(gaps.begin(), gaps.end(),
                                    [&](const Pieces& pieces) { return pieces.axis == axis; });
    if (found == gaps.end()) {
      first += need[axis].begin * strides[axis];
      axes.push_back({need[axis].extent(), strides[axis]});
    } else {
      first += found->begin * strides[axis];
      axes.push_back({found->count, found->step * strides[axis]});
      axes.push_back({found->extent, strides[axis]});
    }
  }
  return box_of(first, std::move(axes));
}

ElementBox source_of(const StridedCopy& copy) {
  std::vector<StridedAxis> axes;
  for (std::size_t i = 0; i < copy.extents.size(); ++i)
    axes.push_back({copy.extents[i], copy.operand_strides[i]});
  return box_of(copy.operand_offset, std::move(axes));
}

ElementBox destination_of(const StridedCopy& copy) {
  std::vector<StridedAxis> axes;
  for (std::size_t i = 0; i < copy.extents.size(); ++i)
    axes.push_back({copy.extents[i], copy.result_strides[i]});
  return box_of(copy.result_offset, std::move(axes));
}

/// The elements of both boxes, as boxes; empty where they cannot be determined.
std::vector<ElementBox> common_boxes(const Shape& shape, const ElementBox& a, const ElementBox& b) {
  if (contains(b, a)) return {a};
  if (contains(a, b)) return {b};
  const Lattice lattice = lattice_of(shape);
  const auto left = regions_on(lattice, a);
  const auto right = regions_on(lattice, b);
  if (!left || !right || left->size() * right->size() > kMaxBoxes * kMaxBoxes) return {};
  std::vector<ElementBox> common;
  for (const Region& one : *left) {
    for (const Region& other : *right) {
      Region both = one;
      for (std::size_t axis = 0; axis < both.size(); ++axis) {
        both[axis] = {std::max(one[axis].begin, other[axis].begin),
                      std::min(one[axis].end, other[axis].end)};
      }
      if (!is_empty_region(both)) common.push_back(box_of(shape, both));
    }
  }
  return common;
}

}  // namespace

/// One pass over the ops, readers before producers.
class NeededElements::Walk {
 public:
  Walk(const Graph& graph, const NetworkFacts& facts, NeededElements& result)
      : graph_(graph), facts_(facts), result_(result) {}

  void run() {
    std::vector<OpId> order = graph_.topological_order();
    std::reverse(order.begin(), order.end());
    for (const OpId id : order) {
      const Op& op = graph_[id];
      if (op.def->layout == LayoutRule::kSource) continue;
      if (op.def->layout == LayoutRule::kSink) {
        for (const Value value : op.inputs)
          result_.needs_[result_.index_of(value)].is_whole = true;
        continue;
      }
      const bool moves_nothing = hands_on(op) || facts_[id].is_free;
      for (std::uint32_t r = 0; r < op.results.size(); ++r) {
        const Need needed = settled({id, r}, result_.needs_);
        if (moves_nothing) {
          follow({id, r}, needed, {&result_.needs_});
          follow({id, r}, settled({id, r}, result_.reads_), {&result_.reads_});
        } else {
          follow({id, r}, needed, {&result_.needs_, &result_.reads_});
        }
      }
    }
  }

 private:
  using Targets = std::vector<std::vector<Need>*>;

  /// What all readers need, who have been visited: boxes that together are the whole become it.
  Need settled(Value value, std::vector<Need>& needs) const {
    Need& need = needs[result_.index_of(value)];
    const std::int64_t all = graph_.type(value).elements();
    if (need.boxes.size() > 1 && count_elements(all, need.boxes) == all) need = {.is_whole = true};
    return need;
  }

  void add(Value value, const ElementBox& box, const Targets& targets) {
    if (box.elements() == 0) return;
    for (std::vector<Need>* target : targets) {
      Need& held = (*target)[result_.index_of(value)];
      if (held.is_whole) continue;
      if (box.elements() == graph_.type(value).elements()) {
        held = {.is_whole = true};
        continue;
      }
      const bool is_held =
          std::any_of(held.boxes.begin(), held.boxes.end(),
                      [&](const ElementBox& other) { return contains(other, box); });
      if (!is_held && held.boxes.size() < kMaxBoxes) held.boxes.push_back(box);
    }
  }

  void add(Value value, const Need& more, const Targets& targets) {
    if (more.is_whole) add(value, whole_box(graph_.type(value).elements()), targets);
    for (const ElementBox& box : more.boxes)
      add(value, box, targets);
  }

  /// What an op reads for what is needed of one of its results.
  void follow(Value result, const Need& wanted, const Targets& targets) {
    if (wanted.empty() || graph_.type(result).elements() == 0) return;
    const Op& op = graph_[result.op];
    if (hands_on(op)) return add(op.inputs.at(0), wanted, targets);
    switch (op.def->layout) {
      case LayoutRule::kMovement:
        if (op.def->movement != nullptr) follow_movement(result, wanted, targets);
        return;
      default:
        // Another result than the first has the same rows.
        if (result.result == 0 || graph_.type(result).shape == op.results[0].type.shape)
          follow_work(result, wanted, targets);
    }
  }

  void follow_movement(Value result, const Need& wanted, const Targets& targets) {
    const Op& op = graph_[result.op];
    const Movement movement = op.def->movement(graph_.view(result.op));
    for (const StridedCopy& copy : movement.copies) {
      if (copy.elements() == 0) continue;
      const Value operand = op.inputs.at(copy.operand);
      if (wanted.is_whole) {
        add(operand, source_of(copy), targets);
        continue;
      }
      for (const ElementBox& box : wanted.boxes) {
        for (const ElementBox& part :
             common_boxes(graph_.type(result).shape, box, destination_of(copy))) {
          const auto sources = sources_of(copy, part);
          if (!sources) continue;
          for (const ElementBox& source : *sources)
            add(operand, source, targets);
        }
      }
    }
    if (movement.gather_runs == 0) return;
    for (const Value operand : op.inputs)
      add(operand, whole_box(1), targets);
  }

  void follow_work(Value result, const Need& wanted, const Targets& targets) {
    const OpId id = result.op;
    const Op& op = graph_[id];
    const OperandKinds& kinds = facts_[id].kinds;
    const OpView view = graph_.view(id);
    const std::vector<Region> regions = regions_of(view.result().shape, wanted);
    for (std::size_t o = 0; o < op.inputs.size(); ++o) {
      if (kinds.immediate[o]) continue;
      const Value operand = op.inputs[o];
      const bool is_alike = op.def->layout == LayoutRule::kElementwise &&
                            op.def->input_region == nullptr &&
                            view.input(o).shape == view.result().shape;
      if (is_alike) {
        add(operand, wanted, targets);
      } else if (wanted.is_whole) {
        const auto box = whole_need(facts_[id].number, view, *op.def, o);
        if (box) add(operand, *box, targets);
      }
      for (std::size_t i = 0; !is_alike && i < regions.size(); ++i) {
        const auto box = needed_box(*op.def, view, o, regions[i]);
        if (box) add(operand, *box, targets);
      }
    }
  }

  static std::vector<Region> regions_of(const Shape& shape, const Need& need) {
    std::vector<Region> regions;
    for (const ElementBox& box : need.boxes) {
      const auto parts = regions_on(lattice_of(shape), box);
      for (std::size_t i = 0; parts && i < std::min(parts->size(), kMaxBoxes); ++i)
        regions.push_back((*parts)[i]);
    }
    return regions;
  }

  /// What a whole result needs; networks repeat their ops.
  std::optional<ElementBox> whole_need(std::uint32_t number, const OpView& view, const OpDef& def,
                                       std::size_t operand) {
    const auto key = std::pair(number, operand);
    const auto found = known_.find(key);
    if (found != known_.end()) return found->second;
    return known_.emplace(key, needed_box(def, view, operand, whole(view.result().shape)))
        .first->second;
  }

  const Graph& graph_;
  const NetworkFacts& facts_;
  NeededElements& result_;
  std::map<std::pair<std::uint32_t, std::size_t>, std::optional<ElementBox>> known_{};
};

NeededElements::NeededElements(const Graph& graph, const NetworkFacts& facts) : graph_(graph) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < graph.size(); ++i) {
    first_.push_back(count);
    count += graph[OpId{static_cast<std::uint32_t>(i)}].results.size();
  }
  needs_.resize(count);
  reads_.resize(count);
  Walk(graph, facts, *this).run();
}

std::int64_t NeededElements::count(Value value, const std::vector<Need>& needs) const {
  const Need& need = needs[index_of(value)];
  const std::int64_t all = graph_.type(value).elements();
  return need.is_whole ? all : count_elements(all, need.boxes);
}

std::int64_t count_elements(std::int64_t all, const std::vector<ElementBox>& boxes) {
  if (boxes.empty()) return 0;
  if (boxes.size() == 1) return boxes.front().elements();
  return all - cover_of(whole_box(all), boxes).missing;
}

}  // namespace tpuscope
