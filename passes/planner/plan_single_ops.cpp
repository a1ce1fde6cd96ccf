// Tilings of ops and what can keep an op from being planned.

#include "passes/planner/plan_single_ops.h"

#include <algorithm>
#include <map>

#include <fmt/core.h>

#include "base/text.h"
#include "passes/lower/kernel.h"
#include "passes/planner/execution_order.h"
#include "passes/planner/single_op.h"
#include "passes/tiling/instructions.h"
#include "passes/tiling/movement.h"
#include "passes/tiling/partial.h"
#include "passes/tiling/tiling.h"
#include "sim/cost/local_memory.h"
#include "sim/engine/engine.h"

namespace tpuscope {
namespace {

/// Names given with an error about a type of op; the rest is counted.
constexpr std::size_t kMaxNames = 5;

std::string names_text(const std::vector<std::string>& names) {
  std::vector<std::string> shown(
      names.begin(),
      names.begin() + static_cast<std::ptrdiff_t>(std::min(kMaxNames, names.size())));
  std::string text = join(shown);
  if (names.size() > kMaxNames) text += fmt::format(" and {} more", names.size() - kMaxNames);
  return text;
}

/// Problems of all ops, one entry per kind, so that a user sees everything that is missing at once.
class Problems {
 public:
  void add(const std::string& message, const std::string& op_name, const std::string& hint = "") {
    Problem& problem = problems_[message];
    problem.hint = hint;
    problem.names.push_back(op_name);
  }
  bool empty() const { return problems_.empty(); }
  Errors errors() const {
    Errors errors;
    for (const auto& [message, problem] : problems_) {
      if (errors.size() == kMaxErrors) break;
      errors.push_back({.code = ErrorCode::kUnsupported,
                        .message = message,
                        .where = names_text(problem.names),
                        .hint = problem.hint});
    }
    return errors;
  }

 private:
  struct Problem {
    std::string hint{};
    std::vector<std::string> names{};  ///< of ops
  };
  std::map<std::string, Problem> problems_{};
};

/// The first real number among operands and results that has no half precision, which is all that
/// kernels compute with; null if there is none.
const TensorType* wide_number(const OpView& view) {
  const auto is_wide = [](const TensorType& type) {
    return is_float(type.dtype) && size_of(type.dtype) != 2;
  };
  if (is_wide(view.result())) return &view.result();
  for (std::size_t i = 0; i < view.inputs.size(); ++i) {
    if (view.has_input(i) && is_wide(view.input(i))) return &view.input(i);
  }
  return nullptr;
}

/// The type that the chip cannot compute with and the op needs, as a sentence; empty if none.
std::string missing_type(const Chip& chip, const OpForm& form) {
  const auto lacks = [&](DType type) {
    return is_float(type) && size_of(type) == 2 && peak_macs_per_cycle(chip, type) == 0;
  };
  bool uses_cube = false;
  for (const WorkStep& step : form.def->work(form.view))
    uses_cube = uses_cube || step.macs() > 0;
  const bool cube_lacks = uses_cube && peak_macs_per_cycle(chip, form.cube_type) == 0;
  if (!cube_lacks && !lacks(form.vector_type)) return "";
  return fmt::format("{} has no {}", chip.name,
                     name_of(cube_lacks ? form.cube_type : form.vector_type));
}

void set_buffers(const Graph& graph, const OperandKinds& kinds, const Tiling& tiling,
                 const std::vector<LocalRange>& ranges, SingleOp& alone) {
  std::size_t next = 0;
  const auto take = [&](std::int64_t places) {
    std::vector<LocalRange> taken;
    for (std::int64_t i = 0; i < places; ++i)
      taken.push_back(ranges.at(next++));
    return taken;
  };
  const Op& node = graph[alone.op];
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    alone.operands.push_back(
        {.kind = kinds.weight[i] ? BufferKind::kWeight : BufferKind::kActivation,
         .value = node.inputs[i],
         .ranges = take(tiling.buffers.per_operand[i]),
         .first = 0,
         .last = 1});
  }
  for (std::uint32_t i = 0; i < node.results.size(); ++i) {
    alone.results.push_back({.kind = BufferKind::kActivation,
                             .value = {alone.op, i},
                             .ranges = take(tiling.buffers.per_result[i]),
                             .first = 1,
                             .last = 2});
  }
  alone.scratch = {.kind = BufferKind::kScratch,
                   .value = {alone.op, 0},
                   .ranges = take(tiling.buffers.placement.scratch_bytes > 0 ? 1 : 0),
                   .first = 1,
                   .last = 1};
}

/// What an op's type and tensors say of how it runs alone.
class Solver {
 public:
  Solver(const Graph& graph, const Chip& chip) : graph_(graph), chip_(chip) {}

  SolvedOp solved(OpId op, const OperandKinds& kinds) {
    const OpDef& def = *graph_[op].def;
    const OpView view = graph_.view(op);
    if (const Kernel* kernel = kernel_of(chip_, def, view)) return of_kernel(def, view, *kernel);
    if (def.layout == LayoutRule::kMovement && def.movement != nullptr) {
      return of_movement(def, view);
    }
    if (def.layout != LayoutRule::kMovement && def.work != nullptr) return of_tiles(op, kinds);
    return {.problem = fmt::format("{} states no work that could be priced", def.name)};
  }

 private:
  static SolvedOp without_elements(const OpDef& def, const TensorType& operand) {
    return {.problem =
                fmt::format("{} of {}: an operand without elements", def.name, type_text(operand))};
  }
  std::string too_large(const OpDef& def, const TensorType& type, std::int64_t need) const {
    return fmt::format("{} of {}: its smallest tile needs {} per lane, {} has {}", def.name,
                       type_text(type), bytes_text(need), chip_.name,
                       bytes_text(chip_.local_bytes_per_lane()));
  }

  SolvedOp of_kernel(const OpDef& def, const OpView& view, const Kernel& kernel) const {
    if (const TensorType* wide = kernel.takes_any_type ? nullptr : wide_number(view)) {
      return {.problem = fmt::format("{} has no {} form", def.name, name_of(wide->dtype)),
              .hint = "its kernel is in half precision: --precision f16 or bf16"};
    }
    for (const TensorType& operand : view.inputs)
      if (operand.elements() == 0) return without_elements(def, operand);
    const KernelEstimate estimate = estimate_of(kernel, chip_, view);
    if (estimate.local_bytes > chip_.local_bytes_per_lane()) {
      return {.problem = too_large(def, view.input(0), estimate.local_bytes)};
    }
    return {.shape = view.result().shape,
            .whole = WholeOp{.local_bytes = estimate.local_bytes,
                             .has_scratch = true,
                             .cores = chip_.array.cores},
            .time = estimate.time};
  }

  SolvedOp of_movement(const OpDef& def, const OpView& view) const {
    std::vector<Cycles<GdmaClock>> cycles(static_cast<std::size_t>(chip_.array.cores));
    std::int64_t local = 0;
    for (const Move& move : moves_of(chip_, def.movement(view), view.result().dtype)) {
      cycles[move.core] += move.cost.cost.total();
      // What is turned over in between is beside what it is made of.
      local = std::max(local, move.local_at + (move.reorder ? 2 : 1) * move.local_bytes);
      if (!move.reorder) continue;
      const double turning = static_cast<double>(move.reorder->price.cost.total());
      cycles[move.core] += {static_cast<std::int64_t>(in_gdma_cycles(chip_, turning))};
    }
    const Cycles<GdmaClock> longest = *std::max_element(cycles.begin(), cycles.end());
    return {.shape = view.result().shape,
            .whole = WholeOp{.local_bytes = local, .has_scratch = local > 0},
            .time = duration_of(chip_, longest)};
  }

  SolvedOp of_tiles(OpId op, const OperandKinds& kinds) {
    const Op& node = graph_[op];
    // It has results and no element of some operand to make them of.
    for (const Value value : node.inputs) {
      const TensorType& type = graph_.type(value);
      if (type.elements() == 0) return without_elements(*node.def, type);
    }
    SolvedOp known = solve(op, kinds);
    if (known.tiling) {
      const Cycles<BdcClock> cycles = known.tiling->cycles * (known.pieces * known.sweeps);
      known.time = duration_of(chip_, cycles);
    } else if (known.need > 0) {
      const TensorType& type =
          node.inputs.empty() ? node.results[0].type : graph_.type(node.inputs[0]);
      known.problem = too_large(*node.def, type, known.need);
    }
    return known;
  }

  SolvedOp solve(OpId op, const OperandKinds& kinds) {
    SolvedOp known;
    const OpForm form = form_of(chip_, *graph_[op].def, graph_.view(op));
    known.shape = form.view.result().shape;
    known.problem = missing_type(chip_, form);
    if (!known.problem.empty()) return known;
    if (const std::optional<std::int64_t> pieces = usual_pieces(chip_, form)) {
      known.tiling = choose_tiling(chip_, piece_of(form, *pieces, 0), kinds).tiling;
      if (known.tiling) known.pieces = *pieces;
    }
    if (!known.tiling) {
      TilingSearch search = choose_tiling(chip_, form, kinds);
      known.tiling = std::move(search.tiling);
      known.need = search.need;
      if (known.tiling && !search.is_of_kernel) prefer_pieces(form, kinds, known);
    }
    if (!known.tiling) solve_in_pieces(form, kinds, known);
    if (known.tiling) {
      const auto ranges = allocate(chip_, known.tiling->buffers.sizes());
      TPU_CHECK(ranges.has_value(), "a tiling that fits cannot be placed: {}", graph_[op].name);
      known.ranges = *ranges;
    }
    return known;
  }

  /// A product all of whose inner axis is in local memory leaves little room for rows and columns,
  /// so that operands are read again and again. Where that takes longer than the work by itself,
  /// parts of the inner axis may be faster: they cost nothing, as sums stay where they are.
  void prefer_pieces(const OpForm& form, const OperandKinds& kinds, SolvedOp& known) {
    const Tile all = tile_of(form, whole(form.view.result().shape));
    const Cycles<BdcClock> work = total_cycles(chip_, steps_of(form, all));
    if (known.tiling->cycles <= work * 2) return;
    const std::optional<FoldRange> fold = whole_fold(form);
    if (fold && fold->roles.empty()) take_fastest_pieces(form, *fold, kinds, known);
  }

  void take_fastest_pieces(const OpForm& form, const FoldRange& fold, const OperandKinds& kinds,
                           SolvedOp& known) {
    for (const std::int64_t pieces : piece_counts(fold)) {
      const std::optional<Tiling> tiling =
          choose_tiling(chip_, piece_of(form, pieces, 0), kinds).tiling;
      const bool is_faster = tiling && (!known.tiling || tiling->cycles * pieces <
                                                             known.tiling->cycles * known.pieces);
      if (!is_faster) continue;
      known.tiling = tiling;
      known.pieces = pieces;
    }
  }

  /// Of rows the fewest pieces of which two fit: all of them pass as often, whatever their number.
  void solve_in_pieces(const OpForm& form, const OperandKinds& kinds, SolvedOp& known) {
    const std::optional<FoldRange> fold = whole_fold(form);
    if (!fold) return;
    if (fold->roles.empty()) return take_fastest_pieces(form, *fold, kinds, known);
    known.sweeps = fold->sweeps;
    for (const std::int64_t pieces : piece_counts(*fold)) {
      known.tiling = choose_tiling(chip_, piece_of(form, pieces, 0), kinds).tiling;
      known.pieces = pieces;
      if (known.tiling) return;
    }
  }

  const Graph& graph_;
  const Chip& chip_;
};

/// Calls visit(op, solved op) for each op that emits commands, in the order of their plan.
template <typename Visit>
Status for_each_op(const OpsToPlan& ops, const Chip& chip, SingleOpMemo& memo, Visit visit) {
  Problems problems;
  Solver solver(ops.graph, chip);
  for (const OpId op : ops.order) {
    const NetworkFacts::OpFacts& facts = ops.facts[op];
    if (facts.is_free) continue;
    const SolvedOp* found = memo.ops.find(facts.number);
    const SolvedOp& known =
        found != nullptr ? *found : memo.ops.add(facts.number, solver.solved(op, facts.kinds));
    if (!known.problem.empty()) problems.add(known.problem, ops.graph[op].name, known.hint);
    if (known.problem.empty() && (known.whole || known.tiling)) visit(op, known);
  }
  if (!problems.empty()) return problems.errors();
  return Ok{};
}

Group group_of(const Graph& graph, const OperandKinds& kinds, OpId op, const SolvedOp& known) {
  if (known.whole) {
    SingleOp alone{.op = op, .shape = known.shape};
    if (known.whole->has_scratch) {
      alone.scratch = {.kind = BufferKind::kScratch,
                       .value = {op, 0},
                       .ranges = {{0, static_cast<std::uint32_t>(known.whole->local_bytes)}},
                       .first = 0,
                       .last = 2};
    }
    return {.form = std::move(alone), .cores = known.whole->cores, .estimate = known.time};
  }
  SingleOp alone{.op = op,
                 .shape = known.shape,
                 .loops = known.tiling->loops,
                 .pieces = known.pieces,
                 .sweeps = known.sweeps};
  set_buffers(graph, kinds, *known.tiling, known.ranges, alone);
  return {.form = std::move(alone), .cores = known.tiling->cores, .estimate = known.time};
}

}  // namespace

Result<Plan> plan_single_ops(const Graph& graph, const Chip& chip) {
  SignatureTable signatures;
  SingleOpMemo memo;
  const NetworkFacts facts(graph, signatures);
  return plan_single_ops({graph, facts, compiler_order(graph)}, chip, memo);
}

Result<Plan> plan_single_ops(const OpsToPlan& ops, const Chip& chip, SingleOpMemo& memo) {
  Plan plan;
  TPU_TRY_STATUS(for_each_op(ops, chip, memo, [&](OpId op, const SolvedOp& known) {
    plan.groups.push_back(group_of(ops.graph, ops.facts[op].kinds, op, known));
  }));
  return plan;
}

Result<std::vector<SingleOpTime>> single_op_times(const OpsToPlan& ops, const Chip& chip,
                                                  SingleOpMemo& memo) {
  std::vector<SingleOpTime> times;
  TPU_TRY_STATUS(for_each_op(ops, chip, memo, [&](OpId op, const SolvedOp& known) {
    times.push_back({op, known.time});
  }));
  return times;
}

Group single_op_group(const OpsToPlan& ops, OpId op, const SingleOpMemo& memo) {
  const NetworkFacts::OpFacts& facts = ops.facts[op];
  const SolvedOp* known = memo.ops.find(facts.number);
  TPU_CHECK(known != nullptr, "{} was not planned alone", ops.graph[op].name);
  return group_of(ops.graph, facts.kinds, op, *known);
}

}  // namespace tpuscope
