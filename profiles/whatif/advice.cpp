// The alternatives, and their order.

#include "profiles/whatif/advice.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <fmt/core.h>

#include "graph/batch.h"
#include "passes/activations.h"
#include "passes/planner/group_reasons.h"
#include "passes/precision/precision.h"
#include "passes/switch_set.h"

namespace tpuscope {
namespace {

struct AdviceTrial {
  AdviceRow row{};
  Configuration configuration{};
};

class Trials {
 public:
  Trials(const Configuration& present, std::int64_t batch) : present_(present), batch_(batch) {}

  template <typename Change>
  void add(std::string name, std::vector<std::string> flags, const Change& change,
           std::string proviso = "") {
    AdviceTrial trial{{.change = std::move(name),
                       .flags = std::move(flags),
                       .proviso = std::move(proviso),
                       .batch = batch_},
                      present_};
    change(trial.configuration);
    if (trial.configuration.batch) trial.row.batch = *trial.configuration.batch;
    all_.push_back(std::move(trial));
  }

  std::vector<AdviceTrial>& all() { return all_; }

 private:
  const Configuration& present_;
  std::int64_t batch_;
  std::vector<AdviceTrial> all_{};
};

void add_types(const Configuration& present, Trials& trials) {
  for (const DType precision : precisions()) {
    if (precision == present.precision.precision) continue;
    const std::string name(precision_name(precision));
    const bool is_narrower = size_of(precision) < size_of(present.precision.precision);
    trials.add(
        "precision " + name, {"--precision", name},
        [&](Configuration& to) {
          to.precision.precision = precision;
          to.precision.int8 = Int8Choice::kRules;
        },
        is_narrower ? "check the accuracy" : "");
  }
  if (present.precision.boundary == Boundary::kSource) {
    trials.add(
        "inputs and outputs in the precision", {"--io", "native"},
        [](Configuration& to) { to.precision.boundary = Boundary::kNative; },
        "the caller converts");
  }
}

void add_batches(std::int64_t present, Trials& trials) {
  for (const std::int64_t batch : {1, 2, 4, 8, 16}) {
    if (batch == present) continue;
    trials.add(
        fmt::format("batch {}", batch), {"--batch", std::to_string(batch)},
        [&](Configuration& to) { to.batch = batch; },
        batch > present ? "images wait for each other" : "");
  }
}

void add_methods(const Configuration& present, std::size_t ops, Trials& trials) {
  // The thorough search takes minutes on larger networks.
  constexpr std::size_t kMostOps = 250;
  for (const GroupMethodName& method : group_methods()) {
    if (method.method == group_method_of(present)) continue;
    if (method.method == GroupMethod::kOptimal && ops > kMostOps) continue;
    trials.add(fmt::format("layer groups by {}", method.name),
               {"--group-method", std::string(method.name)},
               [&](Configuration& to) { choose_group_method(to, method.method); });
  }
}

/// What the compiler can do and the run leaves off.
void add_passes(const Configuration& present, Trials& trials) {
  if (switches_of(present) == SwitchSet::all()) return;
  const Preset& best = presets().back();
  trials.add(fmt::format("passes of the preset {}", best.name),
             {"--passes", std::string(best.name)},
             [&](Configuration& to) { choose_switches(to, best.switches); });
}

Status add_machines(const Configuration& present, Trials& trials) {
  TPU_TRY(const Chip chip, chip_of(present));
  Configuration whole = present;
  whole.cores.reset();
  TPU_TRY(const Chip all, chip_of(whole));
  for (std::int64_t cores = 1; cores <= all.array.cores; ++cores) {
    if (cores == chip.array.cores) continue;
    trials.add(fmt::format("{} of {} cores", cores, all.array.cores),
               {"--cores", std::to_string(cores)}, [&](Configuration& to) { to.cores = cores; });
  }
  for (const std::string& name : builtin_chip_names()) {
    if (name == chip.name) continue;
    trials.add("chip " + name, {"--chip", name}, [&](Configuration& to) {
      to.chip = name;
      to.cores.reset();
    });
  }
  return Ok{};
}

/// "reshape across lanes" of view_first_axes, and "Permute".
std::string name_of_missing_form(const std::string& rule) {
  constexpr std::string_view kNone = "no local ";
  const std::string label = label_of_reason(rule);
  return label.starts_with(kNone) ? label.substr(kNone.size()) : label;
}

/// Local forms that nobody has written, of the rules that keep ops out of groups.
Status add_forms(Compiler& compiler, const Configuration& present, Trials& trials) {
  TPU_TRY(const Compiled compiled, compiler.compile(present));
  std::map<std::string, std::size_t> ops;
  for (const GroupDecision& decision : compiled.plan.decisions) {
    if (decision.kind == GroupDecision::Kind::kNoLocalForm && !decision.rule.empty()) {
      ++ops[decision.rule];
    }
  }
  for (const auto& [rule, count] : ops) {
    trials.add(
        fmt::format("a local form for {} ({} {})", name_of_missing_form(rule), count,
                    count == 1 ? "op" : "ops"),
        {}, [&, &lifted = rule](Configuration& to) { to.groups.support.lifted.push_back(lifted); },
        "at most: the compiler lacks it");
  }
  return Ok{};
}

}  // namespace

Result<Advice> advise(Variants& variants, const Configuration& present) {
  const std::size_t simulated = variants.simulated();
  Compiler& compiler = variants.compiler();
  TPU_TRY(const std::shared_ptr<const Graph> graph, compiler.batched(present));
  Trials trials(present, batch_of(*graph));
  add_types(present, trials);
  add_batches(batch_of(*graph), trials);
  add_methods(present, graph->ops().size(), trials);
  add_passes(present, trials);
  TPU_TRY_STATUS(add_machines(present, trials));
  TPU_TRY_STATUS(add_forms(compiler, present, trials));

  Advice advice;
  advice.present = {.change = "as it is", .batch = batch_of(*graph)};
  TPU_TRY(advice.present.figures, variants.figures(present));
  std::vector<Configuration> wanted;
  for (const AdviceTrial& trial : trials.all())
    wanted.push_back(trial.configuration);
  const std::vector<Result<VariantFigures>> figures = variants.figures(wanted);
  for (std::size_t i = 0; i < figures.size(); ++i) {
    AdviceRow& row = trials.all()[i].row;
    if (!figures[i].ok()) {
      advice.refused.push_back(row.change + ": " + figures[i].error().message);
      continue;
    }
    row.figures = *figures[i];
    // A form that the compiler lacks need not be used where it costs.
    const bool is_form = row.flags.empty();
    if (is_form && row.figures.makespan > advice.present.figures.makespan) {
      row.figures = advice.present.figures;
    }
    advice.rows.push_back(std::move(row));
  }
  Graph cheaper = compiler.imported();
  const std::size_t replaced = replace_activations(cheaper);
  std::size_t more = 0;
  if (replaced > 0) {
    Variants others(std::make_shared<Compiler>(std::move(cheaper)));
    TPU_TRY(const VariantFigures figures_of_relu, others.figures(present));
    more = others.simulated();
    advice.rows.push_back({.change = fmt::format("ReLU for {} smooth activations", replaced),
                           .flags = {"--activations", "relu"},
                           .proviso = "train again",
                           .figures = figures_of_relu,
                           .batch = advice.present.batch});
  }
  std::stable_sort(advice.rows.begin(), advice.rows.end(),
                   [](const AdviceRow& a, const AdviceRow& b) {
                     return a.time_per_image() < b.time_per_image();
                   });
  advice.runs = variants.simulated() - simulated + more;
  return advice;
}

}  // namespace tpuscope
