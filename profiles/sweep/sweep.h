// Sweep: one network simulated over a grid of configurations. A sweep is data that can be cut in
// parts for several machines and put together again: its header says what is swept, its points what
// came out, and every view is drawn from these two alone. So parts that are merged give the very
// bytes of a single run.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "graph/graph.h"
#include "profiles/sweep/axis.h"
#include "profiles/sweep/keys.h"

namespace tpuscope {

/// What is swept: equal for all parts of one sweep.
struct SweepHeader {
  std::string model{};   ///< what the runs are called
  std::string source{};  ///< how the user named the network
  std::string sha256{};  ///< of the network's bytes
  /// The configuration that is varied, as key and value, for people and for comparing parts.
  std::vector<std::pair<std::string, std::string>> base{};
  std::vector<SweepAxis> axes{};  ///< the first changes slowest

  /// Points of the grid.
  std::size_t size() const;
  /// Of a point, the index of its value on each axis.
  std::vector<std::size_t> values_at(std::size_t point) const;
};

struct SweepPoint;
/// "precision=int8, batch=4". Without `but`, where it is given.
std::string settings_text(const SweepHeader& header, const SweepPoint& point,
                          std::optional<std::size_t> but = std::nullopt);

/// How the error of a point begins where the fault is the program's.
inline constexpr std::string_view kBugOfOurs = "internal error: ";

/// One point: figures, or why there are none.
struct SweepPoint {
  std::size_t index = 0;          ///< in the grid
  std::vector<double> figures{};  ///< in the order of sweep_metrics(); empty after a failure
  std::string error{};
  std::string hint{};
  /// The point whose plan is faster and possible here too, see keep_faster_plans().
  std::optional<std::size_t> planned_as{};

  bool ok() const { return error.empty(); }
  bool is_bug() const { return error.starts_with(kBugOfOurs); }
};

/// Part `index` of `count`, which take turns: part i has points i, i + count, and so on, so that
/// parts are about equally long.
struct Shard {
  std::size_t index = 0;
  std::size_t count = 1;
};
/// "0/4" to "3/4".
Result<Shard> parse_shard(std::string_view text);

/// The header of a sweep; axes must be checked. The chips' numbers go into the base as a digest, so
/// that parts made with other numbers do not merge.
Result<SweepHeader> sweep_header(std::string model, std::string source, std::string sha256,
                                 const Configuration& base, const Graph& graph,
                                 std::vector<SweepAxis> axes);

/// Whether some point of the grid is the configuration that is varied.
bool has_base(const SweepHeader& header);

struct SweepOptions {
  std::size_t jobs = 1;  ///< threads
  Shard shard{};
  /// Of a network that was compiled elsewhere; its graph is then not compiled.
  std::shared_ptr<const CompiledNetwork> compiled{};
  std::vector<SweepPoint> finished{};  ///< not run again
  /// Called once per point that was run, as soon as it is finished, by one thread at a time.
  std::function<void(const SweepPoint&)> on_point{};
};

/// The configuration that is varied, as it is; its index is the size of the grid.
SweepPoint run_base(const SweepHeader& header, const Configuration& base, const Graph& graph,
                    const SweepOptions& options);

/// Whoever may do more need not: with more local memory, or larger groups, a planner that goes by
/// estimates may still end with a slower plan. Such a point takes the figures of the fastest one
/// that differs from it in nothing but less of these.
void keep_faster_plans(const SweepHeader& header, std::vector<SweepPoint>& points);

/// Points of the shard in the order of the grid, the finished ones among them. The network is
/// rewritten once per batch, precision and choice of rewrites; chips and layer groups are per
/// point.
std::vector<SweepPoint> run_sweep(const SweepHeader& header, const Configuration& base,
                                  const Graph& graph, const SweepOptions& options);

}  // namespace tpuscope
