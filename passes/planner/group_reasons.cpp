// The table of reasons; a test finds every rule of the sources in it.

#include "passes/planner/group_reasons.h"

#include <string>

namespace tpuscope {

const std::vector<GroupReason>& group_reasons() {
  static const std::vector<GroupReason> all = {
      {"(operator)", "no local Permute and the like",
       "the compiler has no local form of the operator of this name, as Permute"},
      {"binary_rank", "operands of unequal rank",
       "operands of different rank are broadcast globally"},
      {"concat_axis", "axis of Concat", "Concat is local along axes 1 to 3 only"},
      {"costs_more", "slower as one group", "together the ops take longer than apart"},
      {"does_not_fit", "exceeds local memory",
       "no slicing makes the tensors of the ops fit local memory"},
      {"dynamic_filter", "computed filter", "the filter is computed, not a weight"},
      {"forced_slices", "forced slices", "the forced slices are more than the axes allow"},
      {"fragmented", "fragmented local memory",
       "buffers live at the same time and leave no room for each other"},
      {"limit", "limit on group size", "a limit on the number of ops or the size of a group"},
      {"local.reshape", "no local Reshape", "Reshape has no local form without this switch"},
      {"local.slice_5d", "no local 5D Slice",
       "Slice of five axes has no local form without this switch"},
      {"local.squeeze", "no local Squeeze", "Squeeze has no local form without this switch"},
      {"local.weight_split", "weights not sliced",
       "a weight operand cannot be sliced without this switch"},
      {"many_results", "several results", "the op has several results"},
      {"matmul_2d", "2D product", "rows of the product would be images, not channels on lanes"},
      {"matmul_batch_4d", "batched product not in 4D", "a batched product of other than four axes"},
      {"matmul_f32", "f32 product", "matrix products of f32 have no local form"},
      {"matmul_small_c", "product behind a short axis", "the axis of rows follows a shorter axis"},
      {"no_elements", "empty tensor", "a tensor without elements takes no part in a group"},
      {"norm_axis", "axis of a normalisation",
       "rows of a normalisation must begin after the first axis, of at most five"},
      {"reduce_axes", "axes of a reduction", "the axes of a reduction have no local form"},
      {"slice_axes", "axis of a 5D Slice", "a slice of five axes may only cut the third"},
      {"slice_group_3d", "5D Slice outside a 3D group", "a slice of five axes needs a 3D group"},
      {"slice_step", "strided Slice across lanes", "a step along the axis on the lanes"},
      {"softmax_axis", "axis of Softmax", "Softmax is local over the last two of four axes only"},
      {"swap_rank", "rank of SwapDimInner", "SwapDimInner is local for four axes only"},
      {"view_first_axes", "reshape across lanes",
       "a view that changes the first two axes is a global one"},
  };
  return all;
}

std::string label_of_reason(std::string_view name) {
  for (const GroupReason& reason : group_reasons()) {
    if (reason.name == name) return std::string(reason.label);
  }
  return "no local " + std::string(name);
}

}  // namespace tpuscope
