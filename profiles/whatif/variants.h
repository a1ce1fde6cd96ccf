// Variants: one network compiled and run in many ways, for questions like "what does each switch
// give", which take hundreds of runs of which many are equal: two choices of passes that rewrite
// the network to the same graph, a switch of the planner while every op is alone. Each distinct run
// is simulated once, and runs that do not depend on each other are spread over the cores of this
// machine.

#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "passes/compile.h"
#include "profiles/report/interval.h"
#include "profiles/report/verdict.h"

namespace tpuscope {

/// What a run is judged by.
struct VariantFigures {
  Picoseconds makespan{};
  std::int64_t ddr_bytes = 0;  ///< on the bus, both directions
  double useful = 0;           ///< Summary::compute_utilisation
  Verdict verdict{};           ///< what bounds it
  Interval interval{};         ///< of comparable runs on boards
};

class Variants {
 public:
  explicit Variants(std::shared_ptr<Compiler> compiler) : compiler_(std::move(compiler)) {}
  Variants(const Variants&) = delete;
  Variants& operator=(const Variants&) = delete;

  /// Progress of each rewrite and each run from now on.
  void set_listener(ProgressListener listener) { listener_ = std::move(listener); }

  /// For those who need more than figures.
  Compiler& compiler() const { return *compiler_; }

  /// Figures of each variant, in order. A variant that the chip cannot run has an error instead.
  std::vector<Result<VariantFigures>> figures(const std::vector<Configuration>& variants);
  Result<VariantFigures> figures(const Configuration& variant);
  /// Makespans, for less than figures take; the first error of any.
  Result<std::vector<Picoseconds>> makespans(const std::vector<Configuration>& variants);

  /// Runs simulated so far.
  std::size_t simulated() const { return simulated_; }

 private:
  /// What is known of a run.
  struct Outcome {
    Result<Picoseconds> makespan{Picoseconds{}};
    std::optional<VariantFigures> figures{};  ///< none where nobody has asked for them
  };
  /// Networks of one structure, of which one is kept: no time depends on how they differ.
  struct Structure {
    std::shared_ptr<const Network> network{};
    std::vector<std::pair<PlanKey, Outcome>> outcomes{};

    Outcome* find(const PlanKey& key);
  };

  Result<NetworkKey> key_of(const Configuration& variant) const;
  void rewrite_new(const std::vector<Configuration>& variants);
  /// Runs what is not known yet.
  void simulate_new(const std::vector<Configuration>& variants, bool with_figures);
  /// Where the outcomes of a variant are, once its network was rewritten.
  Result<Structure*> structure_of(const Configuration& variant);

  std::shared_ptr<Compiler> compiler_;
  ProgressListener listener_{};
  std::map<NetworkKey, Result<Structure*>> structure_of_key_{};
  std::map<std::string, Structure> structures_{};
  std::size_t simulated_ = 0;
};

}  // namespace tpuscope
