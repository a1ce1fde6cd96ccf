// Weights keep the layouts that their ops' instructions want; everything else follows the group's
// type.

#include "passes/tiling/group_form.h"

#include <algorithm>

#include "passes/tiling/cube_instructions.h"
#include "passes/tiling/tiling.h"
#include "sim/cost/layout.h"

namespace tpuscope {
namespace {

bool is_tap(WorkUnit unit) {
  return unit == WorkUnit::kDepthwise || is_cube(unit);
}

/// Which operand of its first reader a value is. The reader may be outside of the range, so
/// that a tensor has the same layout in every group.
struct Role {
  const GroupOp* op = nullptr;
  std::size_t operand = 0;
};
Role role_of(const GroupGraph& graph, std::size_t value) {
  if (graph.values[value].users.empty()) return {};
  const GroupOp& op = graph.ops[graph.values[value].users.front()];
  const auto found = std::find(op.operands.begin(), op.operands.end(), value);
  return {&op, static_cast<std::size_t>(found - op.operands.begin())};
}

/// Weights of products, filters and parameters of norms; those of elementwise ops are laid out as
/// activations do.
std::optional<Placement> placed_weight(const Chip& chip, const GroupGraph& graph, std::size_t value,
                                       const Shape& extents) {
  const DType type = graph.values[value].type.dtype;
  const Role role = role_of(graph, value);
  if (role.op == nullptr || role.operand == 0) return std::nullopt;
  const std::int64_t elements = element_count(extents);
  switch (role.op->def->layout) {
    case LayoutRule::kRows:
      return placed(chip, {1, 1, 1, elements}, Alignment::kCompact, type);
    case LayoutRule::kFixed: {
      if (extents.empty()) return std::nullopt;
      const bool is_filter = role.op->view.input(0).rank() >= 3;
      const Work work = role.op->def->work(role.op->view);
      const bool convolves =
          has_unit(work, WorkUnit::kConv) || has_unit(work, WorkUnit::kDepthwise);
      if (convolves && is_filter) {
        return placed_filter(chip, work, role.operand, type, extents[0], elements);
      }
      if (extents.size() == 2) {
        Placement matrix = placed(chip, {1, extents[0], 1, extents[1]}, Alignment::kAligned, type);
        if (is_attention(work)) matrix.runs = std::min(matrix.runs, chip.array.lanes);
        return matrix;
      }
      if (extents.size() == 1) {
        return placed(chip, {1, 1, 1, elements}, Alignment::kCompact, type);
      }
      return std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

/// Extents aligned with those of a result of higher rank, as broadcasting does.
Shape with_rank(const Shape& extents, std::size_t rank) {
  Shape shape(rank > extents.size() ? rank - extents.size() : 0, 1);
  shape.insert(shape.end(), extents.begin(), extents.end());
  return shape;
}

WorkStep over(WorkStep step, const LocalShape& local) {
  step.n = local.n;
  step.c = local.c;
  step.h = local.h;
  step.w = local.w;
  return step;
}

/// A roll along one axis: what goes to the end, then what comes to the front, lane by lane along
/// the channels. Empty for other ops.
std::vector<PlacedStep> roll_steps(const Chip& chip, const GroupOp& op, GroupType type,
                                   const Region& result) {
  if (op.def->name != "SwapDimInner") return {};
  const IntList& offset = op.view.attrs().integers("offset");
  const auto is_turned = [](std::int64_t cut) { return cut != 0; };
  const auto turned = std::find_if(offset.begin(), offset.end(), is_turned);
  if (std::count_if(offset.begin(), offset.end(), is_turned) != 1) return {};
  constexpr std::size_t kChannels = 1;
  const auto axis = static_cast<std::size_t>(turned - offset.begin());
  const WorkUnit unit = axis == kChannels ? WorkUnit::kLaneCopy : WorkUnit::kCopy;
  std::vector<PlacedStep> steps;
  for (const std::int64_t part : {*turned, op.view.result().shape[axis] - *turned}) {
    Shape extents = extents_of(result);
    extents[axis] = part;
    steps.push_back({over({.unit = unit}, local_shape(chip, extents, type)), op.vector_type});
  }
  return steps;
}

/// Movement within local memory: a copying pass for each operand, within lanes where channels stay
/// on theirs, from lane to lane where they do not.
std::vector<PlacedStep> copy_steps(const Chip& chip, const GroupOp& op, GroupType type,
                                   const std::vector<Region>& operands, const Region& result) {
  std::vector<PlacedStep> steps = roll_steps(chip, op, type, result);
  if (!steps.empty()) return steps;
  const auto copy = [&](const Region& region, std::int64_t shift) {
    const LocalShape shape = local_shape(chip, extents_of(region), type);
    const bool stays = shift % chip.array.lanes == 0;
    // A part is taken out within lanes first and then brought to its own.
    if (stays || operands.size() == 1)
      steps.push_back({over({.unit = WorkUnit::kCopy}, shape), op.vector_type});
    if (!stays) steps.push_back({over({.unit = WorkUnit::kLaneCopy}, shape), op.vector_type});
  };
  constexpr std::size_t kChannels = 1;
  const bool has_channels = result.size() > kChannels;
  const auto begin = [&](const Region& region) {
    return has_channels && region.size() == result.size() ? region[kChannels].begin : 0;
  };
  if (operands.size() == 1) {
    copy(result, begin(operands[0]) - begin(result));
    return steps;
  }
  // Operands follow each other along one axis, which may be that of the channels.
  std::int64_t at = 0;
  for (const Region& operand : operands) {
    const bool along_channels = has_channels && operand.size() == result.size() &&
                                operand[kChannels].extent() != result[kChannels].extent();
    copy(operand, at);
    if (along_channels) at += operand[kChannels].extent();
  }
  return steps;
}

/// The op for a part of its result; immediates have no region and stay whole.
OpView view_of_part(const GroupOp& op, const std::vector<Region>& operands, const Region& result) {
  OpView view{.attributes = op.view.attributes};
  for (std::size_t i = 0; i < op.view.inputs.size(); ++i) {
    const Shape part = operands[i].empty() ? op.view.inputs[i].shape : extents_of(operands[i]);
    view.inputs.push_back({op.view.inputs[i].dtype, part});
  }
  view.results.push_back({op.view.results[0].dtype, extents_of(result)});
  return view;
}

/// Whether the commands of an image follow those of the one before: kernels of functions, of
/// softmax and of attention do.
bool runs_by_image(const Work& work) {
  const bool has_series = std::any_of(work.begin(), work.end(),
                                      [](const WorkStep& step) { return is_series(step.unit); });
  return has_series || is_attention(work);
}

/// Layouts over which a group lets an op's steps run.
struct StepShapes {
  LocalShape result{};
  LocalShape folded{};  ///< one element per row, for ops that fold rows
};

StepShapes step_shapes(const Chip& chip, const GroupOp& op, GroupType type, const OpView& part) {
  const LocalShape result = local_shape(chip, part.results[0].shape, type);
  if (op.def->row_axes == nullptr) return {result, result};
  const std::vector<bool> rows = op.def->row_axes(op.view);
  Shape one_per_row = part.inputs[0].shape;
  for (std::size_t axis = 0; axis < rows.size(); ++axis) {
    if (rows[axis]) one_per_row[axis] = 1;
  }
  return {result, local_shape(chip, one_per_row, type)};
}

/// The step in the group's layout: elements stay where the group's type puts them. Convolutions,
/// pooling and steps over other numbers of elements keep the shape that the op states.
WorkStep in_shape(WorkStep step, const StepShapes& shapes) {
  const std::int64_t elements = step.elements();
  if (step.unit == WorkUnit::kMatMul) {
    // Rows are on lanes as the group's type puts them; each matrix, of an image or of a head, is an
    // instruction.
    const std::int64_t columns = step.w;
    step.c = std::max<std::int64_t>(1, std::min(shapes.result.c, elements / columns));
    const std::int64_t matrices = elements / columns / step.c;
    if (matrices % step.h != 0) step.h = 1;
    step.n = matrices / step.h;
    return step;
  }
  // Products, windows and what goes from lane to lane keep their shape.
  const bool crosses_lanes = step.unit == WorkUnit::kBroadcast || step.unit == WorkUnit::kLaneCopy;
  if (is_tap(step.unit) || crosses_lanes) return step;
  if (elements == shapes.result.elements()) return over(step, shapes.result);
  if (elements == shapes.folded.elements()) return over(step, shapes.folded);
  return step;
}

}  // namespace

Placement group_placement(const Chip& chip, const GroupGraph& graph, const GroupRange& range,
                          std::size_t value, const Shape& extents) {
  const GroupValue& entry = graph.values[value];
  std::size_t rank = extents.size();
  if (is_loaded(graph, range, value)) {
    if (entry.is_weight) {
      if (const auto placement = placed_weight(chip, graph, value, extents)) {
        return *placement;
      }
    }
    const Role role = role_of(graph, value);
    if (role.op != nullptr && role.op->def->layout == LayoutRule::kElementwise) {
      rank = std::max(rank, role.op->view.result().rank());
    }
  }
  return placed(chip, local_shape(chip, with_rank(extents, rank), range.type), Alignment::kAligned,
                entry.type.dtype);
}

Transfer group_transfer(const GroupGraph& graph, const GroupRange& range, std::size_t value,
                        const Region& region, Direction direction, const Placement& placement) {
  const GroupValue& entry = graph.values[value];
  const bool is_weight = entry.is_weight && is_loaded(graph, range, value);
  const Role role = is_weight ? role_of(graph, value) : Role{};
  const bool is_filter = role.op != nullptr && role.operand == 1 && entry.type.rank() > 2 &&
                         role.op->def->layout == LayoutRule::kFixed;
  if (is_filter && placement.alignment == Alignment::kCompact) {
    return load_of_filter(entry.type, placement);
  }
  return transfer_of(direction, region, entry.type, placement);
}

std::vector<PlacedStep> group_steps(const Chip& chip, const GroupOp& op, GroupType type,
                                    const std::vector<Region>& operands, const Region& result) {
  if (op.is_view) return {};
  if (op.def->work == nullptr) return copy_steps(chip, op, type, operands, result);
  const OpView part = view_of_part(op, operands, result);
  const StepShapes shapes = step_shapes(chip, op, type, part);
  const Work work = widened(op.def->work(part), op.vector_type);
  const bool is_by_image = runs_by_image(work);
  std::vector<PlacedStep> steps;
  for (const WorkStep& step : work) {
    steps.push_back({.step = in_shape(step, shapes),
                     .type = step_type(op.vector_type, op.cube_type, work, step),
                     .is_by_image = is_by_image,
                     .in_group = true});
  }
  return steps;
}

namespace {

/// What every lane gets a copy of, the products but the last two of them, which follow when the
/// scores are no longer needed, and the scores four times in f32, as the compiler reserves them.
std::int64_t attention_scratch(const Chip& chip, const std::vector<PlacedStep>& steps) {
  const auto bytes_of = [&](const WorkStep& step, DType type) {
    return bytes_per_lane(chip, {1, step.c, step.h, step.w}, type);
  };
  std::int64_t bytes = 0;
  std::int64_t products = 0;
  for (const PlacedStep& placed : steps) {
    const WorkStep& step = placed.step;
    if (step.unit == WorkUnit::kBroadcast) bytes += bytes_of(step, placed.type);
    if (step.unit != WorkUnit::kMatMul) continue;
    ++products;
    if (products <= 3) bytes += bytes_of(step, placed.type);
    if (step.transposed) bytes += 4 * bytes_of(step, DType::kF32);
  }
  return bytes;
}

/// Vectors of working space that the passes of element-wise steps need: what overwrites its operand
/// needs none.
std::int64_t passes_of(const std::vector<PlacedStep>& steps) {
  std::int64_t passes = 0;
  for (const PlacedStep& placed : steps) {
    const WorkStep& step = placed.step;
    if (!step.overwrites) passes += step.passes + (step.scaled ? 1 : 0);
  }
  return passes;
}

}  // namespace

std::int64_t group_scratch(const Chip& chip, const GroupOp& op, GroupType type,
                           const std::vector<PlacedStep>& steps, const Shape& result) {
  LocalShape shape = local_shape(chip, result, type);
  // What works image by image uses the same space for each.
  if (std::any_of(steps.begin(), steps.end(),
                  [](const PlacedStep& placed) { return placed.is_by_image; })) {
    shape.n = 1;
  }
  const std::int64_t plain = bytes_per_lane(chip, shape, op.vector_type);
  const std::int64_t wide = bytes_per_lane(chip, shape, DType::kF32);
  // A table that every lane gets before the look-up.
  if (steps.size() == 2 && steps.back().step.unit == WorkUnit::kLookup) {
    return align_up(steps.front().step.w, chip.array.eu_bytes_per_lane);
  }
  const auto has = [&](auto&& is_such) {
    return std::any_of(steps.begin(), steps.end(),
                       [&](const PlacedStep& placed) { return is_such(placed.step.unit); });
  };
  const bool has_erf = has([](WorkUnit unit) { return unit == WorkUnit::kErf; });
  const bool has_fold = has([](WorkUnit unit) { return unit == WorkUnit::kReduce; });
  const bool has_product = has([](WorkUnit unit) { return unit == WorkUnit::kMatMul; });
  if (has_product && has_fold) return attention_scratch(chip, steps);
  const bool has_exp = has([](WorkUnit unit) { return unit != WorkUnit::kErf && is_series(unit); });
  const std::int64_t passes = passes_of(steps);
  if (has_fold && has_exp) return 2 * wide + ceil_div(plain, std::max<std::int64_t>(1, shape.w));
  if (has_fold && passes > 2) return wide;  // an f32 copy, and the rows' statistics beside it
  if (has_erf) return 4 * plain;
  if (has_exp) return 2 * plain;
  if (has([](WorkUnit unit) { return is_cube(unit); })) {
    // Products of integers gather in 32 bits before they are scaled.
    const bool sums = size_of(op.cube_type) == 1;
    return sums ? wide : 0;
  }
  return passes > 1 ? plain : 0;
}

}  // namespace tpuscope
