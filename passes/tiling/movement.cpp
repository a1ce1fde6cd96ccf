// Pricing of moved data: see movement.h.

#include "passes/tiling/movement.h"

#include <algorithm>

#include "passes/tiling/command_fields.h"
#include "passes/tiling/kernel_tiling.h"
#include "passes/tiling/turnover.h"
#include "sim/engine/engine.h"

namespace tpuscope {
namespace {

constexpr std::int64_t kIndexBytes = 4;

bool is_one_run(const StridedCopy& copy) {
  const CopyRuns runs = runs_of(copy, 1);
  return runs.source.count == 1;
}

bool is_empty_result(const Op& op) {
  return std::all_of(op.results.begin(), op.results.end(),
                     [](const Tensor& result) { return result.type.elements() == 0; });
}

Movement movement_of(const Graph& graph, OpId op) {
  return graph[op].def->movement(graph.view(op));
}

std::array<std::uint32_t, 4> shape_of_movement(const Runs& runs, std::int64_t element_bytes) {
  return {1, 1, narrowed(runs.count), narrowed(runs.bytes / element_bytes)};
}

/// Whether elements that are neighbours on one side are apart on the other.
bool swaps_innermost(const StridedCopy& copy) {
  bool source = false;
  bool destination = false;
  for (std::size_t i = 0; i < copy.extents.size(); ++i) {
    if (copy.extents[i] == 1) continue;
    source = source || (copy.operand_strides[i] == 1 && copy.result_strides[i] != 1);
    const std::int64_t from = copy.operand_strides[i];
    destination = destination || (copy.result_strides[i] == 1 && from != 1 && from != 0);
  }
  return source && destination;
}

/// Whether rows of `from` that hold blocks of pixels come apart in `to`: elements of a block beside
/// each other, blocks side by side in a row, and as many rows of a block under each other.
bool parts_blocks(const StridedCopy& copy, const std::vector<std::int64_t>& from,
                  const std::vector<std::int64_t>& to) {
  const auto extent_at = [&](std::int64_t stride, bool is_row) -> std::int64_t {
    for (std::size_t i = 0; i < from.size(); ++i) {
      if (copy.extents[i] > 1 && from[i] == stride && (!is_row || to[i] == 1))
        return copy.extents[i];
    }
    return 0;
  };
  const std::int64_t block = extent_at(1, false);
  const std::int64_t row = block * extent_at(block, true);
  return row > 0 && extent_at(row, false) == block && extent_at(row * block, false) > 0;
}

/// Whether the copy is between pixels of blocks and channels. The vendor's kernel copies these
/// within DDR, in the orders for which it has no commands of its own (SpaceToDepth and
/// DepthToSpace).
bool moves_blocks(const StridedCopy& copy) {
  return parts_blocks(copy, copy.operand_strides, copy.result_strides) ||
         parts_blocks(copy, copy.result_strides, copy.operand_strides);
}

/// Whether neighbours on the result's side are one element of the operand.
bool repeats_innermost(const StridedCopy& copy) {
  for (std::size_t i = 0; i < copy.extents.size(); ++i) {
    if (copy.extents[i] > 1 && copy.result_strides[i] == 1) return copy.operand_strides[i] == 0;
  }
  return false;
}

/// The axis along which what the copy writes is cut best: the outermost that has an extent.
std::size_t outermost_axis(const StridedCopy& copy) {
  std::size_t axis = 0;
  for (std::size_t i = 0; i < copy.extents.size(); ++i) {
    if (copy.extents[i] == 1) continue;
    if (copy.extents[axis] == 1 || copy.result_strides[i] > copy.result_strides[axis]) axis = i;
  }
  return axis;
}

/// Places [at, at + extent) of an axis.
StridedCopy part_along(const StridedCopy& copy, std::size_t axis, std::int64_t at,
                       std::int64_t extent) {
  StridedCopy part = copy;
  part.extents[axis] = std::min(extent, copy.extents[axis] - at);
  part.operand_offset += at * copy.operand_strides[axis];
  part.result_offset += at * copy.result_strides[axis];
  return part;
}

/// Elements of the operand that the copy reads, those that it repeats once.
std::int64_t distinct_elements(const StridedCopy& copy) {
  std::int64_t product = 1;
  for (std::size_t i = 0; i < copy.extents.size(); ++i) {
    if (copy.operand_strides[i] != 0) product *= copy.extents[i];
  }
  return product;
}

/// Of the axes along which the operand goes on, the outermost of what the copy writes.
std::size_t outermost_distinct_axis(const StridedCopy& copy) {
  StridedCopy distinct = copy;
  for (std::size_t i = 0; i < copy.extents.size(); ++i) {
    if (copy.operand_strides[i] == 0) distinct.extents[i] = 1;
  }
  return outermost_axis(distinct);
}

/// The copy cut along its outermost axes so that what each part reads fits local memory.
std::vector<StridedCopy> parts_of(const StridedCopy& copy, std::int64_t max_elements) {
  std::vector<StridedCopy> done;
  std::vector<StridedCopy> open{copy};
  while (!open.empty()) {
    StridedCopy part = std::move(open.back());
    open.pop_back();
    const std::int64_t elements = distinct_elements(part);
    if (elements <= max_elements) {
      done.push_back(std::move(part));
      continue;
    }
    const std::size_t axis = outermost_distinct_axis(part);
    const std::int64_t inner = elements / part.extents[axis];
    const std::int64_t step = std::max<std::int64_t>(1, max_elements / inner);
    for (std::int64_t at = 0; at < part.extents[axis]; at += step) {
      open.push_back(part_along(part, axis, at, step));
    }
  }
  return done;
}

std::vector<StridedAxis> side_axes(const StridedCopy& copy, bool is_source) {
  std::vector<StridedAxis> axes;
  for (std::size_t i = 0; i < copy.extents.size(); ++i) {
    axes.push_back({copy.extents[i], is_source ? copy.operand_strides[i] : copy.result_strides[i]});
  }
  return axes;
}

std::int64_t side_offset(const StridedCopy& copy, bool is_source) {
  return is_source ? copy.operand_offset : copy.result_offset;
}

Runs side_runs(const StridedCopy& copy, bool is_source, std::int64_t element_bytes) {
  return runs_of(side_axes(copy, is_source), side_offset(copy, is_source), element_bytes);
}

/// The move with what it moves.
Move tracked(Move move, const StridedCopy& copy) {
  move.operand = copy.operand;
  move.source = box_of(side_offset(copy, true), side_axes(copy, true));
  move.destination = box_of(side_offset(copy, false), side_axes(copy, false));
  return move;
}

/// Load and store of each part. The load takes runs as the source has them, what is repeated once;
/// the store writes as the destination wants them. Where neighbours are swapped, the load deals
/// rows out to lanes and an instruction reorders the elements of each lane in between.
std::vector<Move> staged(const Chip& chip, const StridedCopy& copy, std::int64_t element_bytes) {
  std::vector<Move> moves;
  const bool swaps = swaps_innermost(copy);
  std::uint32_t slice = 0;
  const std::int64_t room = chip.local_bytes() / element_bytes / (swaps ? 2 : 1);
  for (const StridedCopy& part : parts_of(copy, room)) {
    const CopyRuns joint = runs_of(part, element_bytes);
    const Runs source = side_runs(part, true, element_bytes);
    const std::int64_t elements = distinct_elements(part);
    const std::int64_t lanes = std::min(chip.array.lanes, elements);
    const std::int64_t local = align_up(ceil_div(elements * element_bytes, chip.array.lanes),
                                        chip.array.eu_bytes_per_lane);
    Transfer load{.direction = Direction::kDdrToLocal,
                  .source = source,
                  .local_runs = lanes,
                  .element_bytes = element_bytes};
    Transfer store{.direction = Direction::kLocalToDdr,
                   .destination = side_runs(part, false, element_bytes),
                   .local_runs = lanes,
                   .element_bytes = element_bytes};
    Move reorder{.kind = CommandKind::kArith, .slice = slice, .local_bytes = local};
    if (swaps) {
      const Turnover turnover = turnover_of(chip, part);
      load.local_runs = turnover.load_runs;
      store.local_runs = turnover.store_runs;
      store.is_apart = turnover.writes_apart;
      reorder.reorder = turnover_instruction(chip, turnover, element_bytes);
    } else {
      // Pieces that the two sides do not share have addresses of their own in local memory; an
      // element that repeats beside itself is written one at a time.
      store.local_runs = std::max(lanes, joint.source.count);
      if (repeats_innermost(part)) store.destination = joint.destination;
      store.destination.transfers = joint.source.transfers;
    }
    moves.push_back(tracked({.kind = CommandKind::kLoad,
                             .direction = Direction::kDdrToLocal,
                             .cost = gdma_cost(chip, load),
                             .shape = shape_of_movement(load.source, element_bytes),
                             .slice = slice,
                             .local_bytes = local},
                            part));
    if (swaps) moves.push_back(tracked(reorder, part));
    moves.push_back(tracked({.kind = CommandKind::kStore,
                             .direction = Direction::kLocalToDdr,
                             .cost = gdma_cost(chip, store),
                             .shape = shape_of_movement(store.destination, element_bytes),
                             .slice = slice,
                             .local_bytes = local,
                             .is_reordered = swaps},
                            part));
    ++slice;
  }
  return moves;
}

/// Load of whole rows, copy of what is wanted of them, and store; empty where they do not fit.
std::vector<Move> picked(const Chip& chip, const StridedCopy& copy, std::int64_t element_bytes) {
  const std::int64_t wanted = copy.extents.back();
  const std::int64_t step = copy.operand_strides.back();
  const std::int64_t rows = copy.elements() / wanted;
  std::vector<StridedAxis> passing = side_axes(copy, true);
  passing.back() = {(wanted - 1) * step + 1, 1};
  const std::int64_t row_bytes =
      align_up(wanted * step * element_bytes, chip.array.eu_bytes_per_lane);
  const std::int64_t local = ceil_div(rows, chip.array.lanes) * row_bytes;
  if (2 * local > chip.local_bytes_per_lane() || rows > kMostColumns) return {};
  const Transfer load{.direction = Direction::kDdrToLocal,
                      .source = runs_of(passing, copy.operand_offset, element_bytes),
                      .local_runs = rows,
                      .element_bytes = element_bytes};
  const Transfer store{.direction = Direction::kLocalToDdr,
                       .destination = side_runs(copy, false, element_bytes),
                       .local_runs = rows,
                       .element_bytes = element_bytes};
  Move loaded = tracked({.kind = CommandKind::kLoad,
                         .direction = load.direction,
                         .cost = gdma_cost(chip, load),
                         .shape = shape_of_movement(load.source, element_bytes),
                         .local_bytes = local},
                        copy);
  loaded.source = box_of(side_offset(copy, true), passing);  // what is not wanted as well
  return {std::move(loaded),
          tracked({.kind = CommandKind::kArith,
                   .local_bytes = local,
                   .reorder = picking_instruction(chip, rows, wanted, step, element_bytes)},
                  copy),
          tracked({.kind = CommandKind::kStore,
                   .direction = store.direction,
                   .cost = gdma_cost(chip, store),
                   .shape = shape_of_movement(store.destination, element_bytes),
                   .local_bytes = local,
                   .is_reordered = true},
                  copy)};
}

Move direct(const Chip& chip, const StridedCopy& copy, std::int64_t element_bytes) {
  const CopyRuns runs = runs_of(copy, element_bytes);
  const Transfer transfer{.direction = Direction::kDdrToDdr,
                          .source = runs.source,
                          .destination = runs.destination,
                          .element_bytes = element_bytes};
  return tracked(
      {.cost = gdma_cost(chip, transfer), .shape = shape_of_movement(runs.source, element_bytes)},
      copy);
}

/// In cycles of the GDMA's clock, one after the other.
double total(const Chip& chip, const std::vector<Move>& moves) {
  double cycles = 0;
  for (const Move& move : moves) {
    cycles += static_cast<double>(move.cost.cost.total().value);
    if (move.reorder) {
      cycles += in_gdma_cycles(chip, static_cast<double>(move.reorder->price.cost.total()));
    }
  }
  return cycles;
}

/// Whether two axes change places and all others stay where they are.
bool is_one_exchange(const StridedCopy& copy) {
  std::size_t moved = 0;
  for (std::size_t i = 0; i < copy.extents.size(); ++i)
    moved += copy.extents[i] > 1 && copy.operand_strides[i] != copy.result_strides[i] ? 1U : 0U;
  return moved == 2;
}

/// A copy within DDR where neighbours stay together, the way through local memory where they are
/// swapped, as the vendor's compiler has it; the cheaper of elements that repeat, and of orders
/// that are more than one exchange and do not go in steps.
std::vector<Move> cheapest(const Chip& chip, const StridedCopy& copy, std::int64_t element_bytes) {
  const bool swaps = swaps_innermost(copy) && !moves_blocks(copy);
  if (!swaps && !repeats_innermost(copy)) return {direct(chip, copy, element_bytes)};
  std::vector<Move> through = staged(chip, copy, element_bytes);
  if (swaps && is_one_exchange(copy)) return through;
  Move straight = direct(chip, copy, element_bytes);
  if (total(chip, through) < static_cast<double>(straight.cost.cost.total().value)) return through;
  return {std::move(straight)};
}

/// The copy's moves on one core, or on several where that is faster although they share the DDR and
/// have to meet.
std::vector<Move> dealt_out(const Chip& chip, const StridedCopy& copy, std::int64_t element_bytes) {
  std::vector<Move> whole = cheapest(chip, copy, element_bytes);
  const std::size_t axis = outermost_axis(copy);
  const std::int64_t cores =
      std::min(chip.array.cores, copy.extents.empty() ? 1 : copy.extents[axis]);
  if (cores <= 1) return whole;
  const std::int64_t step = ceil_div(copy.extents[axis], cores);
  std::vector<Move> split;
  double longest = 0;
  Bytes on_bus{};
  for (std::int64_t at = 0; at < copy.extents[axis]; at += step) {
    std::vector<Move> part = cheapest(chip, part_along(copy, axis, at, step), element_bytes);
    longest = std::max(longest, total(chip, part));
    for (Move& move : part) {
      move.core = static_cast<std::uint8_t>(at / step);
      on_bus += move.cost.ddr_read + move.cost.ddr_write;
      split.push_back(std::move(move));
    }
  }
  const double meeting = in_gdma_cycles(chip, static_cast<double>(chip.overhead.core_sync_cycles));
  const double shared = static_cast<double>(on_bus.value) / ddr_bytes_per_cycle(chip);
  const bool pays = std::max(longest, shared) + meeting < total(chip, whole);
  return pays ? split : whole;
}

/// Whether the copies bring several operands together.
bool joins_operands(const Movement& movement) {
  return std::any_of(movement.copies.begin(), movement.copies.end(), [&](const StridedCopy& copy) {
    return copy.operand != movement.copies[0].operand;
  });
}

/// A contiguous copy as the vendor's kernel for joins does it: row by row, as long as commands
/// allow.
std::vector<Move> by_rows(const Chip& chip, const StridedCopy& copy, std::int64_t element_bytes) {
  const std::int64_t elements = copy.elements();
  StridedCopy row{.operand = copy.operand, .operand_strides = {1}, .result_strides = {1}};
  std::vector<Move> moves;
  for (std::int64_t at = 0; at < elements; at += kMostColumns) {
    row.extents = {std::min(kMostColumns, elements - at)};
    row.operand_offset = copy.operand_offset + at;
    row.result_offset = copy.result_offset + at;
    moves.push_back(direct(chip, row, element_bytes));
  }
  return moves;
}

/// Runs picked by an index tensor, and as many bytes of indices that come from DDR with them.
Move gather(const Chip& chip, const Movement& movement, std::int64_t count,
            std::int64_t element_bytes, std::int64_t index_bytes) {
  const Runs runs{.count = count,
                  .bytes = movement.gather_run_elements * element_bytes,
                  .alignment = movement.gather_run_elements * element_bytes};
  return {.cost = gather_cost(chip, runs, index_bytes),
          .shape = shape_of_movement(runs, element_bytes)};
}

/// An instruction over a list of indices that every lane has.
Move on_indices(const Chip& chip, ComputeKind kind, std::int64_t indices, std::int64_t at) {
  constexpr std::uint32_t kBits = 8 * kIndexBytes;
  ComputeInstruction fields =
      command_fields(DType::kI32, {.kind = kind, .from = kBits, .to = kBits, .operands = 2},
                     {1, chip.array.lanes, 1, indices});
  fields.input = fields.result;
  const std::int64_t bytes = align_up(indices * kIndexBytes, chip.array.eu_bytes_per_lane);
  Move move{.kind = command_kind(kind), .local_at = at * bytes, .local_bytes = bytes};
  move.reorder =
      PlannedInstruction{.fields = fields, .kind = move.kind, .price = price_of(fields, chip)};
  return move;
}

/// A list of `count` indices from `first` on: it goes to every lane, the axis' extent is added, and
/// where a number was below zero the sum is taken. A list before it has been read by then.
void settle_indices(const Chip& chip, std::int64_t first, std::int64_t count,
                    std::vector<Move>& moves) {
  const Runs runs{.bytes = count * kIndexBytes, .alignment = kIndexBytes};
  const Transfer load{.direction = Direction::kDdrToLocal,
                      .source = runs,
                      .local_runs = chip.array.lanes,
                      .element_bytes = kIndexBytes};
  Move sum = on_indices(chip, ComputeKind::kArith, count, 0);
  Move choice = on_indices(chip, ComputeKind::kCompare, count, 1);
  Move list{.kind = CommandKind::kLoad,
            .direction = Direction::kDdrToLocal,
            .cost = gdma_cost(chip, load),
            .shape = shape_of_movement(runs, kIndexBytes),
            .local_bytes = sum.local_bytes,
            .is_reordered = first > 0};
  for (Move* move : {&list, &sum, &choice}) {
    move->operand = 1;
    move->source = box_of(first, {{count, 1}});
    moves.push_back(std::move(*move));
  }
}

/// Gathers as the vendor's kernel makes them, with as many indices at once as fit.
void push_gathers(const Chip& chip, const Movement& movement, std::int64_t element_bytes,
                  std::vector<Move>& moves) {
  const std::int64_t indices = movement.gather_indices;
  if (indices == 0) {
    moves.push_back(gather(chip, movement, movement.gather_runs, element_bytes,
                           movement.gather_runs * kIndexBytes));
    return;
  }
  constexpr std::int64_t kLists = 3;  // the numbers, the sums and what is chosen
  const std::int64_t vector = chip.array.eu_bytes_per_lane / kIndexBytes;
  const std::int64_t vectors = chip.local_bytes_per_lane() / kLists / chip.array.eu_bytes_per_lane;
  const std::int64_t most = std::max<std::int64_t>(1, vectors * vector);
  for (std::int64_t first = 0; first < indices; first += most) {
    const std::int64_t count = std::min(most, indices - first);
    settle_indices(chip, first, count, moves);
    moves.push_back(
        gather(chip, movement, movement.gather_runs / indices * count, element_bytes, 0));
    moves.back().is_reordered = true;
  }
}

}  // namespace

bool hands_on(const Op& op) {
  return op.def->layout == LayoutRule::kView || op.is("Launch");
}

bool picks_in_turns(const Movement& movement, const StridedCopy& copy) {
  return movement.copies.size() > 1 && movement.fill_elements == 0 && !joins_operands(movement) &&
         copy.operand_strides.back() > 1 && copy.result_strides.back() == 1;
}

bool is_free(const Graph& graph, OpId id) {
  const Op& op = graph[id];
  switch (op.def->layout) {
    case LayoutRule::kView:
    case LayoutRule::kSource:
    case LayoutRule::kSink:
      return true;
    case LayoutRule::kMovement:
      break;
    default:
      // Without elements there is nothing to do.
      return is_empty_result(op);
  }
  if (is_empty_result(op)) return true;
  if (op.def->movement == nullptr) return false;
  const Movement movement = movement_of(graph, id);
  if (movement.fill_elements > 0 || movement.gather_runs > 0) return false;
  if (!std::all_of(movement.copies.begin(), movement.copies.end(), is_one_run)) return false;
  if (movement.copies.size() <= 1) return true;
  return std::all_of(movement.copies.begin(), movement.copies.end(), [&](const StridedCopy& copy) {
    const Value value = op.inputs.at(copy.operand);
    const LayoutRule producer = graph[value.op].def->layout;
    const bool computes = producer == LayoutRule::kFixed || producer == LayoutRule::kElementwise ||
                          producer == LayoutRule::kRows;
    // A border repeats its operand, which can be written in one place only.
    const auto copies =
        std::count_if(movement.copies.begin(), movement.copies.end(),
                      [&](const StridedCopy& other) { return other.operand == copy.operand; });
    return computes && copies == 1 && graph.has_single_use(value) &&
           copy.elements() == graph.type(value).elements();
  });
}

std::vector<Move> moves_of(const Chip& chip, const Movement& movement, DType type) {
  const std::int64_t element_bytes = size_of(type);
  std::vector<Move> moves;
  if (movement.fill_elements > 0) {
    moves.push_back({.kind = CommandKind::kFill,
                     .cost = fill_cost(chip, {movement.fill_elements * element_bytes})});
  }
  const bool joins = joins_operands(movement);
  for (const StridedCopy& copy : movement.copies) {
    if (copy.elements() == 0) continue;
    if (joins && chip.array.cores == 1 && is_one_run(copy)) {
      const std::vector<Move> rows = by_rows(chip, copy, element_bytes);
      moves.insert(moves.end(), rows.begin(), rows.end());
      continue;
    }
    std::vector<Move> part;
    if (picks_in_turns(movement, copy)) part = picked(chip, copy, element_bytes);
    if (part.empty()) {
      part = movement.fill_elements > 0 ? cheapest(chip, copy, element_bytes)
                                        : dealt_out(chip, copy, element_bytes);
    }
    moves.insert(moves.end(), part.begin(), part.end());
  }
  if (movement.gather_runs > 0) push_gathers(chip, movement, element_bytes, moves);
  std::stable_sort(moves.begin(), moves.end(),
                   [](const Move& a, const Move& b) { return a.core < b.core; });
  return moves;
}

}  // namespace tpuscope
