// Capabilities: what the compiler could do and does not, ranked by the time it would save. The
// question is "what should be written next", so every answer comes from planning and simulating the
// network with the capability, never from a guess.

#pragma once

#include <string>
#include <vector>

#include "profiles/whatif/shapley.h"
#include "profiles/whatif/variants.h"

namespace tpuscope {

/// Ops that a rule keeps out of groups and that look alike: "Permute f16[64,49,96]
/// order=[1,0,2]".
struct CapabilityPattern {
  std::string
      text{};  ///< operator, type of the first operand, attributes that differ from defaults
  std::int64_t ops = 0;
  std::string first{};  ///< name of the first of them
};

/// One thing that the compiler may learn.
struct Capability {
  enum class Kind : std::uint8_t {
    kSwitch,  ///< switches of this compiler that are off: what they do is known and priced
    /// A rule that keeps ops out of local memory and that no switch lifts. Without it a view is
    /// free and a movement is a copying pass, so what it would save is at most this.
    kRule,
  };
  Kind kind = Kind::kSwitch;
  std::string name{};     ///< of the switch, the family of switches or the rule
  std::string summary{};  ///< for people
  std::vector<std::string> switches{};
  std::int64_t ops = 0;  ///< that a rule, or a switch for local forms, keeps out of groups
  std::vector<CapabilityPattern> patterns{};  ///< those ops, the most frequent first
};

struct RankedCapability {
  Capability capability{};
  /// What it saves; negative where it costs time. Of a switch: among the switches that are off. Of
  /// a rule: among the rules, once every switch is on.
  Picoseconds average{};        ///< over orders, see shapley.h: the rank
  Picoseconds average_error{};  ///< 0 over all orders
  Picoseconds alone{};          ///< lifted by itself
  Picoseconds left_out{};       ///< what is lost when all but this one are lifted
  /// Of a family: what is lost when all but one of its switches are on, in running order.
  std::vector<Picoseconds> members_left_out{};
};

struct CapabilityRanking {
  Picoseconds present{};       ///< the run as it is
  Picoseconds all_switches{};  ///< with every switch on
  Picoseconds all_lifted{};    ///< and without any of the rules
  /// Switches first, since what they save is known; then rules. Largest average first.
  std::vector<RankedCapability> rows{};
  Shapley switches{};  ///< how the averages of switches came about, without the shares
  Shapley rules{};
  std::size_t runs = 0;  ///< distinct ones that were simulated
};

/// Ranks what is off in `present` and among `known`, the switches of the compiler that is asked
/// about. Passes that only work hand in hand are one capability, a family.
Result<CapabilityRanking> rank_capabilities(Variants& variants, const Configuration& present,
                                            const SwitchSet& known = SwitchSet::all(),
                                            const ShapleyLimits& limits = {});

}  // namespace tpuscope
