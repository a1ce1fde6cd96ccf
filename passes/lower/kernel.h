// Kernels: ops that the vendor's compiler hands to one routine of its library, which takes whole
// tensors from DDR and puts whole tensors there, in an order of its own. Each is one file that
// registers itself by the op's name; what has no kernel is cut into tiles by tiling.h.

#pragma once

#include <cstdint>
#include <string_view>

#include "base/registry.h"
#include "graph/op_def.h"
#include "passes/lower/lower_op.h"
#include "sim/chip/chip.h"

namespace tpuscope {

class OpStream;

struct Kernel {
  std::string_view name{};  ///< of the op
  /// Emits the commands of the op on the first `cores` cores.
  void (*emit)(const Chip& chip, const OpView& op, std::int64_t cores, OpStream& stream) = nullptr;
  bool takes_any_type = false;  ///< else half precision only
  /// Which forms of the op; null: all. Others are cut into tiles.
  bool (*serves)(const Chip& chip, const OpView& op) = nullptr;
};
using KernelRegistry = Registry<Kernel>;

bool register_kernel(Kernel kernel);

/// Null where the op is cut into tiles.
const Kernel* kernel_of(const Chip& chip, const OpDef& def, const OpView& op);
/// Whether every form of the op has a kernel.
bool is_kernel_only(const OpDef& def);

/// What the kernel takes at least: its busier engine on the busiest core; and how much of a lane it
/// uses.
struct KernelEstimate {
  Picoseconds time{};
  std::int64_t local_bytes = 0;
};
KernelEstimate estimate_of(const Kernel& kernel, const Chip& chip, const OpView& op);

}  // namespace tpuscope
