// Critical path: the chain of commands that made the run as long as it is. Each could not start
// before the one ahead of it in the chain had ended, so shortening any of them shortens the run,
// until another chain becomes the longest.

#pragma once

#include <string>
#include <vector>

#include "base/progress_listener.h"
#include "passes/compile.h"
#include "passes/streams/compiled_network.h"

namespace tpuscope {

struct PathStep {
  std::uint32_t command = kNone;             ///< index in Program::commands
  WaitReason reason = WaitReason::kNothing;  ///< what held it until its start
  Picoseconds latency{};  ///< from the end of the step before, or the launch, to its start
  Picoseconds length{};   ///< of its run
};

/// The command of the other engine that each command waits for; kNone where it waits for none.
std::vector<std::uint32_t> awaited_commands(const Program& program);

/// From the first command to the one that ends last. Launch, latencies and lengths add up to the
/// makespan. Empty for a run without commands.
std::vector<PathStep> critical_path(const Program& program, const Timeline& timeline,
                                    const Chip& chip);

/// How the makespan moves with one number of the chip while the plan stays what it is.
struct Sensitivity {
  std::string path{};  ///< as in ChipValue::path
  double value = 0;
  double raised = 0;  ///< by 5 %, to a whole number where only those make sense
  double lowered = 0;
  Picoseconds when_raised{};  ///< makespan
  Picoseconds when_lowered{};
  /// Percent of the makespan per percent of the value, between the two.
  double elasticity = 0;
};

/// "-0.25", "+0.10"; "0.00" without a sign where nothing is left of the number.
std::string elasticity_text(double value);

/// The part by which values are raised and lowered.
inline constexpr double kSensitivityStep = 0.05;

/// Bandwidths, clocks, latencies and factors: each is changed by itself, the commands are priced
/// anew and the critical path is added up. The path is one of several chains, so what is reported
/// is never more than what the engines would take; on several cores, what transfers cost each other
/// by sharing the DDR stays as it was. Largest effect first; numbers without effect are left out.
/// Sizes of memories and arrays need another plan: see resized().
std::vector<Sensitivity> sensitivities(const Graph& graph, const Simulation& simulation,
                                       const Chip& chip, const ProgressListener& listener = {});
/// Of a compiled model; none of a capture, whose times are measured and not priced.
std::vector<Sensitivity> sensitivities(const CompiledNetwork& network, const Simulation& simulation,
                                       const Chip& chip, const ProgressListener& listener = {});

/// The chip with one number changed, for those who want to simulate it.
Chip with_value(const Chip& chip, std::string_view path, double value);

/// What another size gives once the network is planned for it.
struct Resized {
  std::string path{};
  double value = 0;
  bool fits = true;  ///< false: some op has no slice that fits
  Picoseconds makespan{};
};

/// Half and twice the lanes and the local memory of the configuration's chip, planned and
/// simulated.
Result<std::vector<Resized>> resized(Compiler& compiler, const Configuration& configuration,
                                     const ProgressListener& listener = {});

}  // namespace tpuscope
