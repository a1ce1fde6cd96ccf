// Index tuples of GatherND and ScatterND: see index_tuples.h.

#include "graph/ops/index_tuples.h"

#include <fmt/core.h>

#include "graph/ops/movement.h"

namespace tpuscope {

Result<IndexTuples> index_tuples(const TensorType& data, const TensorType& indices,
                                 std::int64_t batch_dims) {
  const Error mismatch{.message = fmt::format("indices {} do not suit {} with {} batch axes",
                                              type_text(indices), type_text(data), batch_dims)};
  const auto rank = static_cast<std::int64_t>(data.rank());
  if (indices.rank() == 0 || batch_dims < 0 || batch_dims > rank ||
      batch_dims >= static_cast<std::int64_t>(indices.rank())) {
    return mismatch;
  }
  const std::int64_t depth = indices.shape.back();
  if (depth > rank - batch_dims) return mismatch;
  const auto batch = static_cast<std::size_t>(batch_dims);
  for (std::size_t axis = 0; axis < batch; ++axis) {
    if (data.shape[axis] != indices.shape[axis]) return mismatch;
  }
  const std::size_t addressed_end = batch + static_cast<std::size_t>(depth);
  IndexTuples layout{.batches = element_count(data.shape, 0, batch),
                     .tuples = element_count(indices.shape, batch, indices.rank() - 1),
                     .depth = depth,
                     .slice = element_count(data.shape, addressed_end, data.rank())};
  for (std::size_t axis = batch; axis < addressed_end; ++axis)
    layout.addressed.push_back(data.shape[axis]);
  return layout;
}

Result<std::vector<std::int64_t>> slice_offsets(const IndexTuples& layout,
                                                const HostTensor& indices) {
  const std::int64_t batch_elements = element_count(layout.addressed) * layout.slice;
  std::vector<std::int64_t> offsets;
  std::int64_t next = 0;
  for (std::int64_t batch = 0; batch < layout.batches; ++batch) {
    for (std::int64_t tuple = 0; tuple < layout.tuples; ++tuple) {
      std::int64_t position = 0;
      for (const std::int64_t extent : layout.addressed) {
        TPU_TRY(const std::int64_t index, checked_index(indices[next++], extent));
        position = position * extent + index;
      }
      offsets.push_back(batch * batch_elements + position * layout.slice);
    }
  }
  return offsets;
}

}  // namespace tpuscope
