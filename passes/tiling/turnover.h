// How a copy that swaps neighbours goes through local memory.

#pragma once

#include "graph/work.h"
#include "passes/tiling/instructions.h"
#include "sim/chip/chip.h"

namespace tpuscope {

/// How a copy that swaps neighbours goes through local memory: each lane gets some of the rows,
/// turns them over and writes them back.
struct Turnover {
  std::int64_t lanes = 1;      ///< that work
  std::int64_t load_runs = 1;  ///< contiguous pieces of all lanes
  std::int64_t store_runs = 1;
  /// What a lane turns over, and how many of them.
  std::int64_t rows = 1;
  std::int64_t columns = 1;
  std::int64_t matrices = 1;
  /// How far elements that it reads or writes one after the other are apart.
  std::int64_t step = 1;
  bool writes_apart = false;  ///< the store finds its neighbours in other lanes
  bool across_lanes = false;  ///< an instruction turns lanes against what each has
};

/// What a copy swaps: matrices [A, B], B contiguous in the source and A in the result.
struct SwappedMatrices {
  std::int64_t rows = 1;     ///< A
  std::int64_t columns = 1;  ///< B
  std::int64_t count = 1;
  bool is_whole_source = false;  ///< a matrix is one run there, its rows behind each other
  bool is_whole_result = false;
};

SwappedMatrices swapped_matrices(const StridedCopy& copy);

/// As the vendor's compiler deals them out: of a single matrix [A, B] the longer side is cut evenly
/// among lanes, or the other one where that keeps fewer than half of the lanes busy (read off 19
/// compiled matrices, 256 columns beside 259 to 310 rows). Where neither can be cut, an instruction
/// turns it over. Of several matrices a lane has whole ones, where there is one for each lane, or
/// enough of them and A has no more rows than there are lanes. Else A or B is cut as before; where
/// it is A, only what a lane has of it is contiguous in the result. Rows of a cut A, and those that
/// are apart, are read as they lie, others in the order, of both, that has the elements further
/// apart (read off 20 commands).
Turnover turnover_of(const Chip& chip, const StridedCopy& copy);

/// Copies each `step`-th of so many elements of a row that a lane has, rows on lanes.
PlannedInstruction picking_instruction(const Chip& chip, std::int64_t rows, std::int64_t elements,
                                       std::int64_t step, std::int64_t element_bytes);

/// The instruction between load and store.
PlannedInstruction turnover_instruction(const Chip& chip, const Turnover& turnover,
                                        std::int64_t element_bytes);

}  // namespace tpuscope
