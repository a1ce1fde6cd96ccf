// What ops share that move elements and compute nothing. Their kernels run the very copies that
// they are priced by, so a kernel test proves the price's copies too.

#pragma once

#include <span>
#include <vector>

#include "graph/op_def.h"
#include "graph/ops/by_name.h"

namespace tpuscope {

/// The same copy with unit axes dropped and axes merged that are neighbours on both sides. One axis
/// remains at least.
StridedCopy simplified(StridedCopy copy);

/// The copy that fills a dense result of shape `extents` whole.
StridedCopy whole_result(const Shape& extents, std::vector<std::int64_t> operand_strides,
                         std::int64_t operand_offset = 0);

/// Runs the copies into a result filled with `fill`.
std::vector<HostTensor> run_copies(const OpView& op, std::span<const HostTensor> inputs,
                                   const Movement& movement, double fill = 0);

/// Kernel of an op whose movement says everything.
template <Movement (*kMovement)(const OpView&)>
Result<std::vector<HostTensor>> evaluate_movement(const OpView& op,
                                                  std::span<const HostTensor> inputs) {
  return run_copies(op, inputs, kMovement(op));
}

/// Kernel of a view: the same values under another shape.
Result<std::vector<HostTensor>> evaluate_view(const OpView& op, std::span<const HostTensor> inputs);

/// An operand axis that no result axis follows: tiles need all of it.
inline constexpr std::size_t kWholeAxis = ~std::size_t{0};

/// The region of an operand whose axis i is result axis `result_axes[i]` (or kWholeAxis).
Region follow_axes(const Shape& operand, const std::vector<std::size_t>& result_axes,
                   const Region& result);

/// Flags of `rank` axes, all set.
std::vector<bool> all_axes(const OpView& op);

/// Errors unless attribute `name` lists `wanted` integers.
Status check_list_length(const OpView& op, std::string_view name, std::size_t wanted);

/// Index read from a tensor, counted from the end when negative; an error outside 0..extent-1.
Result<std::int64_t> checked_index(double value, std::int64_t extent);

}  // namespace tpuscope
