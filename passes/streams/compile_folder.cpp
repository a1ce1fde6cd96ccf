// Finding what a folder holds, and making one plan of it.

#include "passes/streams/compile_folder.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include <fmt/core.h>

#include "base/input_file.h"
#include "base/text.h"
#include "sim/stream/estimate_text.h"
#include "sim/stream/final_text.h"

namespace tpuscope {
namespace {

/// A file's name without ".gz".
std::string plain_name(const std::filesystem::path& path) {
  std::string name = path.filename().string();
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  return name;
}

bool is_final_name(const std::string& name) {
  return name.ends_with("final.mlir");
}

bool is_model_name(const std::string& name) {
  return name.ends_with(".bmodel");
}

bool is_record_name(const std::string& name) {
  return name.ends_with("layer_group_cache.json") || name == "groups.json";
}

bool is_estimate_name(const std::string& name) {
  if (name == "net_stat.sim") return true;
  return name.ends_with(".txt") &&
         (name.starts_with("compiler_profile_") || name.starts_with("profile_"));
}

/// Files of a folder by what they are; a file given by itself is the only one.
struct FolderFiles {
  std::vector<std::string> finals{};
  std::vector<std::string> models{};
  std::vector<std::string> records{};
  std::vector<std::string> estimates{};

  bool has_plan() const { return !finals.empty() || !models.empty() || !records.empty(); }
};

void sort_in(const std::filesystem::path& path, FolderFiles& files) {
  const std::string name = plain_name(path);
  if (is_final_name(name)) files.finals.push_back(path.string());
  if (is_model_name(name)) files.models.push_back(path.string());
  if (is_record_name(name)) files.records.push_back(path.string());
  if (is_estimate_name(name)) files.estimates.push_back(path.string());
}

FolderFiles files_of(const std::string& path) {
  FolderFiles files;
  std::error_code problem;
  if (!std::filesystem::is_directory(path, problem)) {
    sort_in(path, files);
    return files;
  }
  std::vector<std::filesystem::path> entries;
  for (auto at = std::filesystem::directory_iterator(path, problem);
       !problem && at != std::filesystem::directory_iterator(); at.increment(problem)) {
    if (at->is_regular_file(problem)) entries.push_back(at->path());
  }
  std::sort(entries.begin(), entries.end());
  for (const std::filesystem::path& entry : entries)
    sort_in(entry, files);
  return files;
}

/// Several of a kind are of several compiles, which no reader can choose among.
Status check_single(const std::vector<std::string>& files, const std::string& where) {
  if (files.size() < 2) return Ok{};
  std::vector<std::string> names;
  names.reserve(files.size());
  for (const std::string& file : files)
    names.push_back(sanitised_utf8(std::filesystem::path(file).filename().string()));
  return Error{
      .code = ErrorCode::kUsage,
      .message = fmt::format("the folder holds {} compiles: {}", names.size(), join(names)),
      .where = sanitised_utf8(where),
      .hint = "name the file of one of them instead of the folder"};
}

/// "F16", "W4BF16": the type in which products are made.
std::optional<DType> precision_of_mode(const std::string& mode) {
  constexpr std::pair<std::string_view, DType> kModes[] = {
      {"BF16", DType::kBF16}, {"F16", DType::kF16}, {"F32", DType::kF32}, {"INT8", DType::kI8}};
  for (const auto& [ending, dtype] : kModes) {
    if (mode.ends_with(ending)) return dtype;
  }
  return std::nullopt;
}

/// Figures by line, charged to the op whose work a line is.
void add_estimates(const EstimateText& estimate, const FinalText& final_text,
                   std::map<std::int64_t, RecordedOp*>& op_at, CompilerPlan& plan) {
  for (const EstimatedCommand& command : estimate.commands) {
    plan.total.add(command.engine, command.direction, command.bytes);
    const auto owner = final_text.owners.find(command.line);
    if (owner == final_text.owners.end()) continue;
    const auto op = op_at.find(owner->second);
    if (op != op_at.end())
      op->second->figures.add(command.engine, command.direction, command.bytes);
  }
  // Cores run side by side.
  plan.estimated_cycles = std::max(plan.estimated_cycles, estimate.total_cycles);
}

Status read_final(const FolderFiles& files, CompilerPlan& plan) {
  const std::string& path = files.finals.front();
  TPU_TRY(const std::string text, read_input(path));
  TPU_TRY(const FinalText final_text, read_final_text(text, sanitised_utf8(path)));
  plan.chip = final_text.chip;
  plan.precision = precision_of_mode(final_text.mode);
  plan.cores = final_text.cores;
  for (const FinalUnit& unit : final_text.units) {
    RecordedUnit& recorded = plan.units.emplace_back();
    recorded.is_group = unit.is_group;
    if (unit.is_group) recorded.slices = unit.slices;
    for (const FinalOp& op : unit.ops)
      recorded.ops.push_back({.name = op.name, .code = op.code});
  }
  std::map<std::int64_t, RecordedOp*> op_at;
  for (std::size_t u = 0; u < final_text.units.size(); ++u) {
    for (std::size_t i = 0; i < final_text.units[u].ops.size(); ++i)
      op_at[final_text.units[u].ops[i].line] = &plan.units[u].ops[i];
  }
  for (const std::string& file : files.estimates) {
    TPU_TRY(const std::string printed, read_input(file));
    TPU_TRY(const EstimateText estimate, read_estimate(printed, sanitised_utf8(file)));
    add_estimates(estimate, final_text, op_at, plan);
    plan.figures = CompilerPlan::Figures::kEstimate;
  }
  return Ok{};
}

void read_units(const GroupCache& cache, CompilerPlan& plan) {
  std::vector<std::pair<std::int64_t, RecordedUnit>> units;
  for (const CachedGroup& group : cache.groups) {
    RecordedUnit unit{.is_group = true, .slices = group.slices};
    for (const CachedName& loc : group.locs)
      unit.ops.push_back({.name = loc.name});
    units.emplace_back(group.position, std::move(unit));
  }
  for (const CachedName& alone : cache.alone)
    units.emplace_back(alone.position, RecordedUnit{.ops = {{.name = alone.name}}});
  std::stable_sort(units.begin(), units.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& [unused, unit] : units)
    plan.units.push_back(std::move(unit));
}

void read_stream(const std::shared_ptr<const CompiledNetwork>& compiled, CompilerPlan& plan) {
  const CompiledNetwork& network = *compiled;
  plan.compiled = compiled;
  plan.chip = network.chip;
  plan.precision = network.precision;
  plan.cores = static_cast<std::int64_t>(network.stream.cores);
  // Where a text has names and the streams have none, its ops and the estimate of them stay.
  if (!network.has_names || (!plan.units.empty() && !network.has_tensor_names)) return;
  plan.figures = CompilerPlan::Figures::kStream;
  plan.total = {};
  plan.units.clear();
  const Program program = program_of(network.stream, network.home, network.boundary.inputs);
  std::map<std::uint32_t, OpFigures> figures;
  for (std::size_t i = 0; i < program.commands.size(); ++i) {
    const Command& command = program.commands[i];
    if (command.kind == CommandKind::kSystem) continue;
    plan.total.add(command.engine, command.direction, command.bytes);
    figures[network.places[i].op].add(command.engine, command.direction, command.bytes);
  }
  for (const Group& group : network.plan.groups) {
    RecordedUnit& unit = plan.units.emplace_back();
    if (const LayerGroup* layers = group.layers()) {
      unit.is_group = true;
      unit.slices = layers->secs;
    }
    for (const OpId op : group.ops()) {
      unit.ops.push_back({.name = network.graph[op].results.front().name,
                          .code = std::string(network.graph[op].def->name),
                          .figures = figures[op.index]});
    }
  }
}

GroupCache as_cache(const CompilerPlan& plan) {
  GroupCache cache{.is_foreign = true, .source = plan.source};
  for (const RecordedUnit& unit : plan.units) {
    if (unit.is_group) {
      CachedGroup& group = cache.groups.emplace_back();
      group.slices = unit.slices;
      group.where = plan.source;
      for (const RecordedOp& op : unit.ops)
        group.locs.push_back({.name = op.name, .where = plan.source});
    } else {
      for (const RecordedOp& op : unit.ops)
        cache.alone.push_back({.name = op.name, .where = plan.source});
    }
  }
  return cache;
}

}  // namespace

void OpFigures::add(Engine engine, Direction direction, std::int64_t bytes) {
  ++commands[static_cast<std::size_t>(engine)];
  if (direction == Direction::kDdrToLocal || direction == Direction::kDdrToDdr) read += bytes;
  if (direction == Direction::kLocalToDdr || direction == Direction::kDdrToDdr) written += bytes;
}

OpFigures& OpFigures::operator+=(const OpFigures& other) {
  for (std::size_t engine = 0; engine < commands.size(); ++engine)
    commands[engine] += other.commands[engine];
  read += other.read;
  written += other.written;
  return *this;
}

bool is_compiler_plan(const std::string& path) {
  return files_of(path).has_plan() || is_compiled(path);
}

Result<CompilerPlan> load_compiler_plan(const std::string& path) {
  const FolderFiles files = files_of(path);
  const bool is_stream = is_compiled(path);
  if (!files.has_plan() && !is_stream) {
    return Error{.message = "no plan of the compiler is there",
                 .where = sanitised_utf8(path),
                 .hint =
                     "model_deploy --debug leaves *_final.mlir, *.layer_group_cache.json and "
                     "the compiled model"};
  }
  for (const auto* kind : {&files.finals, &files.models, &files.records})
    TPU_TRY_STATUS(check_single(*kind, path));
  CompilerPlan plan{.source = sanitised_utf8(path)};
  if (!files.records.empty()) plan.record = files.records.front();
  if (!files.finals.empty()) {
    TPU_TRY_STATUS(read_final(files, plan));
  } else if (!files.records.empty()) {
    TPU_TRY(const GroupCache cache, load_group_cache(files.records.front()));
    read_units(cache, plan);
  }
  if (!files.models.empty() || is_stream) {
    TPU_TRY(const std::shared_ptr<const CompiledNetwork> compiled,
            load_compiled(files.models.empty() ? path : files.models.front()));
    read_stream(compiled, plan);
  }
  if (plan.units.empty()) {
    return Error{.message = "the compiled model names no ops, so its groups are not known",
                 .where = plan.source,
                 .hint = "compile it with --debug"};
  }
  return plan;
}

Result<GroupCache> load_given_groups(const std::string& path) {
  std::error_code problem;
  const std::string name = plain_name(path);
  const bool is_plan =
      std::filesystem::is_directory(path, problem) || is_final_name(name) || is_model_name(name);
  if (!is_plan) return load_group_cache(path);
  TPU_TRY(const CompilerPlan plan, load_compiler_plan(path));
  return as_cache(plan);
}

}  // namespace tpuscope
