// Index tuples: what GatherND and ScatterND have in common. The last axis of the index tensor holds
// tuples that each name a slice of the data.

#pragma once

#include "graph/op_def.h"

namespace tpuscope {

/// Data [batches, addressed..., slice] and indices [batches, tuples, depth].
struct IndexTuples {
  std::int64_t batches = 1;
  std::int64_t tuples = 1;  ///< per batch
  std::int64_t depth = 0;   ///< axes that a tuple addresses
  std::int64_t slice = 1;   ///< elements that a tuple names
  Shape addressed{};        ///< extents of the addressed axes
};

/// An error when the indices do not suit the data.
Result<IndexTuples> index_tuples(const TensorType& data, const TensorType& indices,
                                 std::int64_t batch_dims);

/// Offset in the data of the slice that each tuple names, batch after batch.
Result<std::vector<std::int64_t>> slice_offsets(const IndexTuples& layout,
                                                const HostTensor& indices);

}  // namespace tpuscope
