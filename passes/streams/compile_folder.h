// A compile folder: what the vendor's model_deploy leaves with --debug. Whatever is there of final
// text, compiled model, record of groups and estimate becomes one plan: which ops the compiler ran
// in which groups and slices, with the commands and bytes of each.

#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "graph/shape.h"
#include "passes/planner/group_cache.h"
#include "passes/streams/compiled_network.h"

namespace tpuscope {

/// What an op costs, in commands by engine and in bytes that its transfers carry.
struct OpFigures {
  std::array<std::int64_t, kEngineCount> commands{};
  std::int64_t read = 0;  ///< from DDR
  std::int64_t written = 0;

  void add(Engine engine, Direction direction, std::int64_t bytes);
  OpFigures& operator+=(const OpFigures& other);
};

struct RecordedOp {
  std::string name{};  ///< of its first result, as the compiler calls it
  std::string code{};  ///< "tpu.Conv2D"; empty: the folder does not say
  OpFigures figures{};
};

/// A group, or an op by itself.
struct RecordedUnit {
  bool is_group = false;
  std::optional<SliceCounts> slices{};
  std::vector<RecordedOp> ops{};
};

struct CompilerPlan {
  /// Where commands and bytes are from.
  enum class Figures : std::uint8_t { kUnknown, kEstimate, kStream };

  std::string source{};
  std::string record{};              ///< its *.layer_group_cache.json; empty: there is none
  std::string chip{};                ///< empty: the folder does not say
  std::optional<DType> precision{};  ///< likewise
  std::optional<std::int64_t> cores{};
  std::vector<RecordedUnit> units{};  ///< in running order
  Figures figures = Figures::kUnknown;
  OpFigures total{};
  std::int64_t estimated_cycles = 0;  ///< by the compiler; 0: not known
  /// The streams, where the folder has a compiled model or a capture.
  std::shared_ptr<const CompiledNetwork> compiled{};
};

/// Whether the path is a folder or a file that load_compiler_plan may read; a capture is both this
/// and a compiled model.
bool is_compiler_plan(const std::string& path);

/// Reads a folder, or of its files one: *_final.mlir, *.layer_group_cache.json, *.bmodel, also
/// compressed. Errors: none of them is there, several models are, or one is damaged.
Result<CompilerPlan> load_compiler_plan(const std::string& path);

/// Groups for --groups: a file as --write-groups writes it, or those of a compiler's plan.
Result<GroupCache> load_given_groups(const std::string& path);

}  // namespace tpuscope
