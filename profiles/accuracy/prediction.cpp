// From rows to outcomes. Work is shared by keys, in the order in which they first appear.

#include "profiles/accuracy/prediction.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <map>
#include <utility>

#include <fmt/core.h>

#include "base/parallel.h"
#include "base/text.h"
#include "passes/streams/compiled_network.h"
#include "profiles/accuracy/language_rows.h"
#include "profiles/accuracy/row_source.h"
#include "profiles/report/blame.h"

namespace tpuscope {
namespace {

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
    std::error_code ignored;
    if (std::filesystem::is_regular_file(path, ignored)) return path.string();
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

Status check_batch(const Graph& source, const Measurement& row) {
  const Shape* input =
      source.inputs().empty() ? nullptr : &source[source.inputs().front()].results.at(0).type.shape;
  if (row.batch > 0 && input != nullptr && !input->empty() && input->front() != row.batch) {
    return Error{.message = fmt::format("the row's batch is {}, the network's is {}", row.batch,
                                        input->front())};
  }
  return Ok{};
}

/// Rows with equal keys are simulated alike.
std::string key_of_prediction(const Measurement& row, const ValidationOptions& options) {
  return fmt::format("{}|{}|{}|{}|{}|{}|{}|{}", source_of(row, options), row.chip, row.cores,
                     type_name(row), row.batch, row.preset(), row.compiler,
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

/// Networks of rows, each read once and freed, with what was compiled of it, after the last row
/// that needs it.
class Models {
 public:
  /// `used`: the rows that will be taken and released, each once.
  Models(const std::vector<Measurement>& rows, const std::vector<std::size_t>& used,
         const ValidationOptions& options)
      : distinct_(
            distinct_rows(rows, [&](const Measurement& row) { return source_of(row, options); })),
        models_(distinct_.first.size()) {
    for (const std::size_t row : used)
      ++models_[distinct_.index[row]].rows_left;
    for_each_index(
        models_.size(), options.threads,
        [&](std::size_t i) {
          models_[i].compiler = open_source(rows[distinct_.first[i]], options);
        },
        options.listener, "reading  network");
  }

  using Loaded = Result<std::shared_ptr<Compiler>>;
  Loaded take(std::size_t row) const { return models_[distinct_.index[row]].compiler; }
  void release(std::size_t row) {
    Model& model = models_[distinct_.index[row]];
    if (--model.rows_left == 0) model.compiler = Loaded(nullptr);
  }

 private:
  struct Model {
    Loaded compiler = Loaded(nullptr);
    std::atomic<std::size_t> rows_left{0};
  };
  Distinct distinct_;
  std::vector<Model> models_;
};

Result<CompiledRow> compile_row(const Models::Loaded& model, const Measurement& row,
                                const ValidationOptions& options) {
  if (row.language != nullptr) return compile_language_row(row, options);
  if (!model.ok()) return model.errors();
  TPU_TRY_STATUS(check_batch((*model)->imported(), row));
  TPU_TRY(const Configuration configuration, configuration_of(row, options));
  TPU_TRY(Compiled compiled, (*model)->compile(configuration));
  CompiledRow made;
  made.nets.push_back({.compiled = std::move(compiled)});
  return made;
}

/// A bug of ours that one row meets is that row's error: hundreds of others can still be judged.
Prediction predict(const Models::Loaded& model, const Measurement& row,
                   const ValidationOptions& options) {
  Prediction made;
  try {
    const Result<CompiledRow> compiled = compile_row(model, row, options);
    if (!compiled.ok()) {
      made.error = text_of_prediction(compiled.errors());
      return made;
    }
    made.table = table_path(row, options);
    const Result<Outcome> outcome =
        simulate_compiled(*compiled, *compiled->nets.front().compiled.chip);
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

/// Streams are timed as plans are: with the launch that is part of a measured time.
Result<Simulation> simulation_of(const Compiled& compiled, const Chip& chip) {
  const CompiledNetwork* streams = compiled.network->compiled.get();
  if (streams == nullptr) return simulate(compiled.network->graph, chip, compiled.plan);
  Chip launched = chip;
  launched.command.launch_us = chip.overhead.launch_us;
  return simulate(*streams, launched);
}

}  // namespace

bool is_row_of(const Measurement& measurement, const Chip& chip) {
  return lower_case(chip.name) == measurement.chip;
}

Result<Configuration> configuration_of(const Measurement& measurement,
                                       const ValidationOptions& options,
                                       const ChipOverrides& more) {
  Configuration configuration{.chip = measurement.chip,
                              .overrides = options.overrides,
                              .cores = measurement.cores,
                              .precision = {.precision = measurement.precision}};
  configuration.overrides.insert(configuration.overrides.end(), more.begin(), more.end());
  for (const std::string& file : options.chip_files) {
    TPU_TRY(const Chip candidate, load_chip(file));
    if (is_row_of(measurement, candidate)) configuration.chip = file;
  }
  TPU_TRY(const Chip chip, chip_of(configuration));
  TPU_TRY(configuration.precision.table, table_for(table_path(measurement, options), chip));
  TPU_TRY(configuration.switches, parse_switches(measurement.preset(), measurement.compiler));
  return configuration;
}

std::vector<Result<std::shared_ptr<const CompiledRow>>> compile_rows(
    const std::vector<Measurement>& rows, const ValidationOptions& options) {
  const Distinct distinct =
      distinct_rows(rows, [&](const Measurement& row) { return key_of_prediction(row, options); });
  Models models(rows, distinct.first, options);
  using Made = Result<std::shared_ptr<const CompiledRow>>;
  std::vector<Made> outcomes(distinct.first.size(), Made(nullptr));
  for_each_index(
      outcomes.size(), options.threads,
      [&](std::size_t i) {
        const std::size_t row = distinct.first[i];
        Result<CompiledRow> compiled = compile_row(models.take(row), rows[row], options);
        outcomes[i] = compiled.ok()
                          ? Made(std::make_shared<const CompiledRow>(*std::move(compiled)))
                          : Made(compiled.errors());
        models.release(row);
      },
      options.listener, "compiling  row");
  std::vector<Made> result;
  for (const std::size_t index : distinct.index)
    result.push_back(outcomes[index]);
  return result;
}

namespace {

Result<Outcome> outcome_of_net(const Compiled& compiled, const Chip& chip) {
  TPU_TRY(const Simulation simulation, simulation_of(compiled, chip));
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

/// `count` runs of a net behind what ran before.
void add_runs(const Outcome& net, std::int64_t count, Outcome& sum) {
  sum.time += net.time * count;
  sum.bound += net.bound * count;
  sum.bdc_busy += net.bdc_busy * count;
  sum.gdma_busy += net.gdma_busy * count;
  sum.ddr_bytes += net.ddr_bytes * count;
  sum.macs += net.macs * count;
  sum.commands += net.commands * static_cast<std::size_t>(count);
  sum.groups += net.groups * static_cast<std::size_t>(count);
  for (std::size_t i = 0; i < kStepCount; ++i)
    sum.waterfall.steps[i] += net.waterfall.steps[i] * count;
  for (std::size_t i = 0; i < kCommandKinds; ++i)
    sum.charged[i] += net.charged[i] * count;
}

}  // namespace

Result<Outcome> simulate_compiled(const CompiledRow& compiled, const Chip& chip) {
  if (compiled.language == nullptr) return outcome_of_net(compiled.nets.front().compiled, chip);
  Chip queued = chip;
  queued.overhead.launch_us = 0;  // nets are started from a queue
  Outcome sum;
  for (const CompiledRow::Net& net : compiled.nets) {
    TPU_TRY(const Outcome outcome, outcome_of_net(net.compiled, queued));
    add_runs(outcome, net.count, sum);
  }
  add_between_nets(*compiled.language, chip, sum);
  return sum;
}

std::vector<Prediction> predict_rows(const std::vector<Measurement>& rows,
                                     const ValidationOptions& options) {
  const Distinct distinct =
      distinct_rows(rows, [&](const Measurement& row) { return key_of_prediction(row, options); });
  Models models(rows, distinct.first, options);
  std::vector<Prediction> made(distinct.first.size());
  // Compiled and simulated in one go: hundreds of plans at a time would fill the memory.
  for_each_index(
      made.size(), options.threads,
      [&](std::size_t i) {
        const std::size_t row = distinct.first[i];
        made[i] = predict(models.take(row), rows[row], options);
        models.release(row);
      },
      options.listener, "simulating  row");
  std::vector<Prediction> predictions;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    predictions.push_back(made[distinct.index[i]]);
    predictions.back().measurement = rows[i];
  }
  return predictions;
}

}  // namespace tpuscope
