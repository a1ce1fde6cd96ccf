// The kernels by the names of their ops.

#include "passes/lower/kernel.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "passes/lower/op_stream.h"
#include "sim/engine/engine.h"

namespace tpuscope {

bool register_kernel(Kernel kernel) {
  return KernelRegistry::instance().add(kernel);
}

const Kernel* kernel_of(const Chip& chip, const OpDef& def, const OpView& op) {
  const Kernel* kernel = KernelRegistry::instance().find(def.name);
  const bool serves = kernel != nullptr && (kernel->serves == nullptr || kernel->serves(chip, op));
  return serves ? kernel : nullptr;
}

bool is_kernel_only(const OpDef& def) {
  const Kernel* kernel = KernelRegistry::instance().find(def.name);
  return kernel != nullptr && kernel->serves == nullptr;
}

KernelEstimate estimate_of(const Kernel& kernel, const Chip& chip, const OpView& op) {
  Program parts;
  PartTable table(parts);
  OpStream stream(table);
  kernel.emit(chip, op, chip.array.cores, stream);
  const LoweredOp lowered = stream.take();
  std::vector<std::array<std::int64_t, kEngineCount>> busy(
      static_cast<std::size_t>(chip.array.cores));
  KernelEstimate estimate;
  for (const Command& command : lowered.commands) {
    busy[command.core][static_cast<std::size_t>(command.engine)] +=
        duration_of(chip, command.engine, command.cost.total()).value;
    estimate.local_bytes =
        std::max(estimate.local_bytes, std::int64_t{command.result.address} + command.result.bytes);
  }
  for (const auto& core : busy)
    estimate.time.value = std::max({estimate.time.value, core[0], core[1]});
  return estimate;
}

}  // namespace tpuscope
