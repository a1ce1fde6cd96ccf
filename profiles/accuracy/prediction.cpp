// From rows to outcomes. Work is shared by keys, in the order in which they first appear.

#include "profiles/accuracy/prediction.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include <fmt/core.h>

#include "base/parallel.h"
#include "base/text.h"
#include "graph/frontend.h"
#include "passes/pipeline.h"
#include "passes/planner/plan_groups.h"
#include "passes/planner/switches.h"
#include "passes/precision/precision.h"
#include "profiles/report/blame.h"

namespace tpuscope {
namespace {

bool is_file(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored);
}

Result<Graph> load_model(const Measurement& row, const ValidationOptions& options) {
  for (const std::string& folder : options.model_folders) {
    const std::filesystem::path path = std::filesystem::path(folder) / row.model;
    if (is_file(path)) return load_graph(path.string());
  }
  const std::vector<std::string> known = builtin_names();
  const std::string name = model_name(row);
  if (std::find(known.begin(), known.end(), name) != known.end()) return load_graph(name);
  return Error{.message = fmt::format("no folder of models has {}", row.model),
               .hint = "name the folder with --models"};
}

/// The precision table of a row, or nothing where no file is for it.
std::string table_path(const Measurement& row, const ValidationOptions& options) {
  if (options.table_folder.empty() || row.quality != Quality::kMixed) return "";
  const std::string name = model_name(row);
  const std::string ending = fmt::format("_b{}", row.batch);
  std::vector<std::string> names = {name};
  if (name.ends_with(ending)) names.push_back(name.substr(0, name.size() - ending.size()));
  for (const std::string& each : names) {
    const std::filesystem::path path =
        std::filesystem::path(options.table_folder) / (each + ".json");
    if (is_file(path)) return path.string();
  }
  return "";
}

/// The table for a chip: one without 16-bit floats keeps in f32 what others keep in f16.
Result<PrecisionTable> table_for(const std::string& path, const Chip& chip) {
  if (path.empty()) return PrecisionTable{};
  TPU_TRY(PrecisionTable table, load_precision_table(path));
  for (PrecisionEntry& entry : table.entries) {
    if (entry.precision == DType::kF16) entry.precision = float_type_of(chip);
  }
  return table;
}

Result<Workload> compile(const Graph& source, const Measurement& row,
                         const ValidationOptions& options) {
  const Shape* input =
      source.inputs().empty() ? nullptr : &source[source.inputs().front()].results.at(0).type.shape;
  if (row.batch > 0 && input != nullptr && !input->empty() && input->front() != row.batch) {
    return Error{.message = fmt::format("the row's batch is {}, the network's is {}", row.batch,
                                        input->front())};
  }
  Workload work{.graph = source};
  TPU_TRY(work.chip, chip_of(row, options));
  work.table = table_path(row, options);
  PrecisionOptions precision{.precision = row.precision, .float_type = float_type_of(work.chip)};
  TPU_TRY(precision.table, table_for(work.table, work.chip));
  TPU_TRY(const std::vector<std::string> switches, parse_switches(row.preset()));
  TPU_TRY_STATUS(lower_precision(work.graph, precision));
  TPU_TRY(const PipelineResult ignored, run_pipeline(work.graph, {.switches = switches}));
  TPU_TRY(work.plan, plan_layer_groups(work.graph, work.chip, with_switches({}, switches)));
  return work;
}

/// Rows with equal keys are simulated alike.
std::string key_of_prediction(const Measurement& row, const ValidationOptions& options) {
  return fmt::format("{}|{}|{}|{}|{}|{}|{}", row.model, row.chip, row.cores,
                     precision_name(row.precision), row.batch, row.preset(),
                     table_path(row, options));
}

std::string text_of_prediction(const Errors& errors) {
  const Error& first = errors.front();
  std::string text = first.where.empty() ? "" : first.where + ": ";
  text += first.message;
  if (errors.size() > 1) text += fmt::format(" (and {} more)", errors.size() - 1);
  return text;
}

/// The first row of each key, and for each row which of these it equals.
struct Distinct {
  std::vector<std::size_t> first{};
  std::vector<std::size_t> index{};
};

template <typename Key>
Distinct distinct_rows(const std::vector<Measurement>& rows, const Key& key) {
  Distinct distinct;
  std::map<std::string, std::size_t> known;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto [entry, is_new] = known.emplace(key(rows[i]), distinct.first.size());
    if (is_new) distinct.first.push_back(i);
    distinct.index.push_back(entry->second);
  }
  return distinct;
}

/// Networks of rows, each read once and freed with the last row that needs it.
std::vector<std::shared_ptr<const Result<Graph>>> load_models(const std::vector<Measurement>& rows,
                                                              const ValidationOptions& options) {
  const Distinct models = distinct_rows(rows, [](const Measurement& row) { return row.model; });
  std::vector<std::shared_ptr<const Result<Graph>>> loaded(models.first.size());
  for_each_index(
      loaded.size(), options.threads,
      [&](std::size_t i) {
        loaded[i] =
            std::make_shared<const Result<Graph>>(load_model(rows[models.first[i]], options));
      },
      options.watch, "reading  network");
  std::vector<std::shared_ptr<const Result<Graph>>> graphs;
  for (const std::size_t index : models.index)
    graphs.push_back(loaded[index]);
  return graphs;
}

Result<Workload> compile_loaded(const Result<Graph>& graph, const Measurement& row,
                                const ValidationOptions& options) {
  if (!graph.ok()) return graph.errors();
  return compile(*graph, row, options);
}

/// A bug of ours that one row meets is that row's error: hundreds of others can still be judged.
Prediction predict(const Result<Graph>& graph, const Measurement& row,
                   const ValidationOptions& options) {
  Prediction made;
  try {
    const Result<Workload> work = compile_loaded(graph, row, options);
    if (!work.ok()) {
      made.error = text_of_prediction(work.errors());
      return made;
    }
    made.table = work->table;
    const Result<Outcome> outcome = simulate_workload(*work, work->chip);
    if (outcome.ok()) {
      made.outcome = *outcome;
    } else {
      made.error = text_of_prediction(outcome.errors());
    }
  } catch (const InternalError& bug) {
    made.error = std::string(kRowBug) + bug.what();
  }
  return made;
}

}  // namespace

bool is_row_of(const Measurement& measurement, const Chip& chip) {
  return lower_case(chip.name) == measurement.chip;
}

Result<Chip> chip_of(const Measurement& measurement, const ValidationOptions& options,
                     const ChipOverrides& more) {
  ChipOverrides overrides = options.overrides;
  overrides.insert(overrides.end(), more.begin(), more.end());
  std::string name = measurement.chip;
  for (const std::string& file : options.chip_files) {
    TPU_TRY(const Chip candidate, load_chip(file));
    if (is_row_of(measurement, candidate)) name = file;
  }
  TPU_TRY(const Chip chip, load_chip(name, overrides));
  if (measurement.cores > chip.array.cores) {
    return Error{.message = fmt::format("the row has {} cores, {} has {}", measurement.cores,
                                        chip.name, chip.array.cores)};
  }
  overrides.emplace_back("array.cores", std::to_string(measurement.cores));
  return load_chip(name, overrides);
}

std::vector<Result<std::shared_ptr<const Workload>>> compile_rows(
    const std::vector<Measurement>& rows, const ValidationOptions& options) {
  const auto graphs = load_models(rows, options);
  const Distinct distinct =
      distinct_rows(rows, [&](const Measurement& row) { return key_of_prediction(row, options); });
  using Compiled = Result<std::shared_ptr<const Workload>>;
  std::vector<Compiled> compiled(distinct.first.size(),
                                 Compiled(std::shared_ptr<const Workload>()));
  for_each_index(
      compiled.size(), options.threads,
      [&](std::size_t i) {
        const std::size_t row = distinct.first[i];
        Result<Workload> work = compile_loaded(*graphs[row], rows[row], options);
        if (work.ok()) {
          compiled[i] = Compiled(std::make_shared<const Workload>(*std::move(work)));
        } else {
          compiled[i] = Compiled(work.errors());
        }
      },
      options.watch, "compiling  row");
  std::vector<Compiled> result;
  for (const std::size_t index : distinct.index)
    result.push_back(compiled[index]);
  return result;
}

Result<Outcome> simulate_workload(const Workload& workload, const Chip& chip) {
  TPU_TRY(const Simulation simulation, simulate(workload.graph, chip, workload.plan));
  Outcome outcome{.time = simulation.timeline.makespan,
                  .bound = simulation.bounds.time(),
                  .macs = simulation.bounds.macs,
                  .commands = simulation.program.commands.size(),
                  .groups = simulation.plan.groups.size()};
  for (const Charge& charge : charge_makespan(simulation.program, simulation.timeline)) {
    add_charge(outcome.waterfall, charge, simulation.program);
    if (charge.command == kNone) continue;
    const CommandKind kind = simulation.program.commands[charge.command].kind;
    outcome.charged[static_cast<std::size_t>(kind)] += charge.length();
  }
  for (std::size_t i = 0; i < outcome.commands; ++i) {
    const Command& command = simulation.program.commands[i];
    const Picoseconds length = simulation.timeline.end[i] - simulation.timeline.start[i];
    (command.engine == Engine::kBdc ? outcome.bdc_busy : outcome.gdma_busy) += length;
    outcome.ddr_bytes += command.ddr_read + command.ddr_write;
  }
  return outcome;
}

std::vector<Prediction> predict_rows(const std::vector<Measurement>& rows,
                                     const ValidationOptions& options) {
  const auto graphs = load_models(rows, options);
  const Distinct distinct =
      distinct_rows(rows, [&](const Measurement& row) { return key_of_prediction(row, options); });
  std::vector<Prediction> made(distinct.first.size());
  // Compiled and simulated in one go: hundreds of plans at a time would fill the memory.
  for_each_index(
      made.size(), options.threads,
      [&](std::size_t i) {
        const std::size_t row = distinct.first[i];
        made[i] = predict(*graphs[row], rows[row], options);
      },
      options.watch, "simulating  row");
  std::vector<Prediction> predictions;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    predictions.push_back(made[distinct.index[i]]);
    predictions.back().measurement = rows[i];
  }
  return predictions;
}

}  // namespace tpuscope
