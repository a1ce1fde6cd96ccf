// Ops that only move data, on the GDMA: which of them need no transfer at all, and for the others
// the cheaper of a copy within DDR and a way through local memory.

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "graph/graph.h"
#include "passes/tiling/instructions.h"
#include "sim/cost/cost.h"

namespace tpuscope {

/// Whether the op's result is operand 0 as it lies in DDR: views, and the start of a program's net.
bool hands_on(const Op& op);

/// Whether the op emits no command. Views, sources and sinks; ops whose results have no elements; a
/// slice, permute or the like whose one copy is one contiguous run, since its result can be read in
/// place (a slice along the outermost axis that is not 1); a join of contiguous runs (a concat
/// along that axis) whose operands are each computed by an op of their own for this use only, since
/// they can be written in place.
bool is_free(const Graph& graph, OpId op);

/// Whether several copies pick elements that lie apart in one operand, each its own: the kernel of
/// SpaceToDepth, which loads whole rows for it. A single one is a slice with a stride, a copy
/// within DDR.
bool picks_in_turns(const Movement& movement, const StridedCopy& copy);

/// One command of a movement.
struct Move {
  CommandKind kind = CommandKind::kCopy;
  Direction direction = Direction::kDdrToDdr;
  GdmaCost cost{};
  std::array<std::uint32_t, 4> shape{1, 1, 1, 1};
  std::uint32_t slice = 0;
  std::uint8_t core = 0;
  std::int64_t local_at = 0;     ///< per lane; where staged moves begin to work
  std::int64_t local_bytes = 0;  ///< and in how many bytes
  /// Set where an instruction reorders, or works on, what lanes hold, from there to as many bytes
  /// above; no transfer then.
  std::optional<PlannedInstruction> reorder{};
  bool is_reordered = false;  ///< a transfer that follows on what was reordered
  /// What is moved, in elements of the operand and of the result. Fills and gathers may touch any
  /// element and have neither.
  std::optional<std::size_t> operand{};
  ElementBox source{};
  ElementBox destination{};
};

/// Transfers of the op in order, those of one core after those of another. Copies that are long
/// enough are split among the cores along the outermost axis of what they write. Padding is not:
/// what a fill writes is overwritten, so that its core must come first; nor is a gather.
std::vector<Move> moves_of(const Chip& chip, const Movement& movement, DType type);

}  // namespace tpuscope
