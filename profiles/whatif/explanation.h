// Explanation: why an operator, a layer group or a gap of the BDC costs what it costs: which rules
// priced its commands and on which evidence, what their time consists of, on whom they wait, why
// they are not in a larger group, and what would change that.

#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "profiles/report/report.h"
#include "profiles/whatif/critical_path.h"
#include "profiles/whatif/plan_gain.h"
#include "profiles/whatif/variants.h"
#include "sim/cost/provenance.h"

namespace tpuscope {

/// Commands that one rule priced.
struct RuleShare {
  std::string rule{};
  Engine engine = Engine::kBdc;
  std::size_t commands = 0;
  std::array<Picoseconds, kCostPartCount> parts{};  ///< start-up, useful, padding, conflicts
  Evidence evidence = Evidence::kDocumented;        ///< the weakest that the rule rests on
  std::vector<std::string> values{};                ///< those numbers of the chip
  Picoseconds total() const;
};

/// How long an engine stood idle before commands because of another op's command.
struct WaitShare {
  std::string on{};                   ///< an op, "launch" or "other cores"
  std::optional<CommandKind> kind{};  ///< of the awaited command of an op
  std::size_t commands = 0;
  Picoseconds time{};
};

/// What the network gains if one thing in the way were not.
struct LiftedGain {
  std::string name{};  ///< a switch, or a rule without a local form
  bool is_switch = false;
  Picoseconds saved{};  ///< of the whole run, planned anew; of a rule: at most
};

struct Explanation {
  enum class Subject : std::uint8_t { kOp, kGroup, kGap };
  Subject subject = Subject::kOp;
  std::string name{};
  std::string detail{};  ///< type and shape of an op, type and slices of a group
  std::uint32_t group = kNone;
  std::vector<std::string> ops{};  ///< of a group in running order; of a gap those that transfer
  Picoseconds begin{};             ///< of the first command
  Picoseconds end{};               ///< of the last
  Waterfall charged{};             ///< its part of the makespan, by cause
  Picoseconds on_path{};  ///< its commands on the critical path, latencies before them included
  BankUse banks{};        ///< of its computations, in compiled models
  std::vector<RuleShare> rules{};  ///< most time first
  std::vector<WaitShare> waits{};  ///< most time first
  struct Reason {
    std::string op{};
    DecisionRow decision{};
  };
  std::vector<Reason> reasons{};  ///< why groups end here
  std::vector<LiftedGain> gains{};
};

/// "op", "group" or "gap".
std::string_view name_of(Explanation::Subject subject);

/// A stretch in which no BDC command runs.
struct Gap {
  Picoseconds begin{};
  Picoseconds end{};
  std::uint32_t next = kNone;  ///< the BDC command that ends it; kNone at the end of the run
  Picoseconds length() const { return end - begin; }
};

/// Gaps after the launch, longest first, equal ones by time.
std::vector<Gap> gaps_of(const Profile& profile);

/// An operator by its name, or by a part of it that no other has. kUsage otherwise.
Result<Explanation> explain_op(const Profile& profile, const Chip& chip, const std::string& name);
Result<Explanation> explain_group(const Profile& profile, const Chip& chip, std::int64_t index);
/// `rank` counts from 1, in the order of gaps_of.
Result<Explanation> explain_gap(const Profile& profile, const Chip& chip, std::int64_t rank);

/// Fills `gains`: each rule among the reasons is lifted by itself, or the switch of that name
/// turned on, and the network is planned and simulated.
Status add_gains(Explanation& explanation, Variants& variants, const Configuration& present);

/// What bounds a run as a whole: its critical path by kind of command, and what that follows.
struct Overview {
  struct PathShare {
    enum class Part : std::uint8_t { kLaunch, kLatency, kCommands };
    Part part = Part::kCommands;
    CommandKind kind{};  ///< of kCommands
    std::size_t commands = 0;
    Picoseconds time{};
  };
  std::vector<PathShare> path{};  ///< adds up to the makespan; most time first
  std::vector<Gap> gaps{};
  std::vector<Sensitivity> sensitivities{};
  std::vector<Resized> resized{};
  std::optional<PlanGain> plan_gain{};  ///< where the groups were chosen by the compiler's estimate
};
/// "Load weight" for commands, "latency" and "launch".
std::string_view name_of(const Overview::PathShare& share);

/// `present`: the configuration of which `profile` is the run.
Result<Overview> overview_of(const Profile& profile, Compiler& compiler,
                             const Configuration& present, const ProgressListener& listener = {});

}  // namespace tpuscope
