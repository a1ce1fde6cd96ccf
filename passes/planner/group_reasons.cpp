// The table of reasons; a test finds every rule of the sources in it.

#include "passes/planner/group_reasons.h"

namespace tpuscope {

const std::vector<GroupReason>& group_reasons() {
  static const std::vector<GroupReason> all = {
      {"(operator)", "the compiler has no local form of the operator of this name, as Permute"},
      {"binary_rank", "operands of different rank are broadcast globally"},
      {"concat_axis", "Concat is local along axes 1 to 3 only"},
      {"costs_more", "together the ops take longer than apart"},
      {"does_not_fit", "no slicing makes the tensors of the ops fit local memory"},
      {"dynamic_filter", "the filter is computed, not a weight"},
      {"forced_slices", "the forced slices are more than the axes allow"},
      {"fragmented", "buffers live at the same time and leave no room for each other"},
      {"limit", "a limit on the number of ops or the size of a group"},
      {"local.reshape", "Reshape has no local form without this switch"},
      {"local.slice_5d", "Slice of five axes has no local form without this switch"},
      {"local.squeeze", "Squeeze has no local form without this switch"},
      {"local.weight_split", "a weight operand cannot be sliced without this switch"},
      {"many_results", "the op has several results"},
      {"matmul_2d", "rows of the product would be images, not channels on lanes"},
      {"matmul_batch_4d", "a batched product of other than four axes"},
      {"matmul_f32", "matrix products of f32 have no local form"},
      {"matmul_small_c", "the axis of rows follows a shorter axis"},
      {"no_elements", "a tensor without elements takes no part in a group"},
      {"norm_axis", "rows of a normalisation must begin after the first axis, of at most five"},
      {"reduce_axes", "the axes of a reduction have no local form"},
      {"slice_axes", "a slice of five axes may only cut the third"},
      {"slice_group_3d", "a slice of five axes needs a 3D group"},
      {"slice_step", "a step along the axis on the lanes"},
      {"softmax_axis", "Softmax is local over the last two of four axes only"},
      {"swap_rank", "SwapDimInner is local for four axes only"},
      {"view_first_axes", "a view that changes the first two axes is a global one"},
  };
  return all;
}

}  // namespace tpuscope
