// Reads what the vendor's tpu_profile writes from a capture on a board. detail.csv lists commands
// with begin and end; they are charged exactly as simulated commands are, so that both sides of a
// comparison mean the same by an operator's time. layer.csv has one line per layer with times.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>

#include <fmt/core.h>

#include "base/csv.h"
#include "base/input_file.h"
#include "base/text.h"
#include "profiles/diff/run_summary.h"
#include "profiles/report/blame.h"

namespace tpuscope {
namespace {

constexpr double kReadCapturePicosecondsPerMicrosecond = 1e6;

/// Columns of a table by name, with errors that name the missing one.
class CaptureTable {
 public:
  static Result<CaptureTable> read(const std::string& path,
                                   const std::vector<std::string>& columns) {
    TPU_TRY(const std::string bytes, read_input(path));
    CaptureTable capture;
    capture.path_ = path;
    TPU_TRY(capture.table_, parse_csv(bytes, path));
    for (const std::string& name : columns) {
      const std::size_t column = capture.table_.column(name);
      if (column == CsvTable::npos) {
        return Error{.message = "there is no column " + in_quotes(name),
                     .where = sanitised_utf8(path),
                     .hint = "the columns are those of the vendor's tpu_profile"};
      }
      capture.columns_[name] = column;
    }
    return capture;
  }

  std::size_t size() const { return table_.rows.size(); }
  const std::string& text(std::size_t row, const std::string& column) const {
    return table_.rows[row][columns_.at(column)];
  }
  Result<Picoseconds> microseconds(std::size_t row, const std::string& column) const {
    const std::string& field = text(row, column);
    char* end = nullptr;
    const double value = std::strtod(field.c_str(), &end);
    if (field.empty() || *end != '\0' || !std::isfinite(value) || std::abs(value) > 1e12) {
      return Error{.message = fmt::format("{} is {}, no number of microseconds", in_quotes(column),
                                          in_quotes(sanitised_utf8(field))),
                   .where = fmt::format("{}:{}", sanitised_utf8(path_), row + 2)};
    }
    return Picoseconds{std::llround(value * kReadCapturePicosecondsPerMicrosecond)};
  }
  Result<Picoseconds> duration(std::size_t row, const std::string& column) const {
    TPU_TRY(const Picoseconds time, microseconds(row, column));
    if (time < Picoseconds{}) {
      return Error{.message = fmt::format("{} is {}: no time is negative", in_quotes(column),
                                          in_quotes(sanitised_utf8(text(row, column)))),
                   .where = fmt::format("{}:{}", sanitised_utf8(path_), row + 2)};
    }
    return time;
  }

 private:
  std::string path_;
  CsvTable table_;
  std::map<std::string, std::size_t> columns_;
};

struct CapturedCommand {
  Engine engine = Engine::kBdc;
  Picoseconds begin{};
  Picoseconds end{};
  std::uint32_t op = 0;
};

/// Charges the commands. Clocks of boards are coarse: neighbours that overlap by a tick are made to
/// touch, since each engine is in order.
void charge(std::vector<CapturedCommand> commands, RunSummary& run) {
  std::stable_sort(commands.begin(), commands.end(),
                   [](const auto& a, const auto& b) { return a.begin < b.begin; });
  const Picoseconds origin = commands.front().begin;
  Program program;
  Timeline timeline;
  std::array<Picoseconds, kEngineCount> free{};
  std::array<Picoseconds, kEngineCount> busy{};
  for (const CapturedCommand& command : commands) {
    const auto engine = static_cast<std::size_t>(command.engine);
    const Picoseconds begin = std::max(command.begin - origin, free[engine]);
    const Picoseconds end = std::max(command.end - origin, begin);
    free[engine] = end;
    busy[engine] += end - begin;
    program.commands.push_back({.engine = command.engine, .op = command.op});
    timeline.start.push_back(begin);
    timeline.end.push_back(end);
    timeline.makespan = std::max(timeline.makespan, end);
    RunOp& op = run.ops[command.op];
    (command.engine == Engine::kBdc ? op.bdc : op.gdma) += end - begin;
  }
  Picoseconds exposed{};
  for (const Charge& part : charge_makespan(program, timeline)) {
    if (part.command != kNone) run.ops[program.commands[part.command].op].time += part.length();
    if (part.kind == ChargeKind::kTransfer) exposed += part.length();
  }
  run.metrics = {{"time_ps", timeline.makespan.value},
                 {"bdc_busy_ps", busy[0].value},
                 {"gdma_busy_ps", busy[1].value},
                 {"overlap_ps", (busy[1] - exposed).value},
                 {"idle_ps", (timeline.makespan - busy[0] - exposed).value}};
}

Result<RunSummary> read_detail(const std::string& path) {
  TPU_TRY(const CaptureTable table, CaptureTable::read(path, {"category", "begin_usec", "end_usec",
                                                              "layer_id", "layer_type"}));
  RunSummary run{.is_measured = true};
  std::map<std::string, std::uint32_t> ops;
  std::vector<CapturedCommand> commands;
  for (std::size_t row = 0; row < table.size(); ++row) {
    const std::string& category = table.text(row, "category");
    const bool is_bdc = category == "TPU_BD";
    if (!is_bdc && category != "TPU_GDMA") continue;
    CapturedCommand command{.engine = is_bdc ? Engine::kBdc : Engine::kGdma};
    TPU_TRY(command.begin, table.microseconds(row, "begin_usec"));
    TPU_TRY(command.end, table.microseconds(row, "end_usec"));
    const std::string& layer = table.text(row, "layer_id");
    const auto [found, is_new] = ops.try_emplace(layer, static_cast<std::uint32_t>(run.ops.size()));
    if (is_new) {
      const std::string& type = table.text(row, "layer_type");
      run.ops.push_back({.name = fmt::format("{} {}", type, layer), .type = type});
    }
    command.op = found->second;
    commands.push_back(command);
  }
  if (commands.empty()) {
    return Error{.message = "there is no line of category TPU_BD or TPU_GDMA",
                 .where = sanitised_utf8(path)};
  }
  charge(std::move(commands), run);
  return run;
}

Result<RunSummary> read_layers(const std::string& path) {
  TPU_TRY(const CaptureTable table, CaptureTable::read(path, {"LayerID", "Function", "gdmaTime(us)",
                                                              "tiuTime(us)", "totalTime(us)"}));
  RunSummary run{.is_measured = true};
  RunOp sum;
  for (std::size_t row = 0; row < table.size(); ++row) {
    RunOp op{.name = fmt::format("{} {}", table.text(row, "Function"), table.text(row, "LayerID")),
             .type = table.text(row, "Function")};
    TPU_TRY(op.time, table.duration(row, "totalTime(us)"));
    TPU_TRY(op.bdc, table.duration(row, "tiuTime(us)"));
    TPU_TRY(op.gdma, table.duration(row, "gdmaTime(us)"));
    sum.time += op.time;
    sum.bdc += op.bdc;
    sum.gdma += op.gdma;
    run.ops.push_back(std::move(op));
  }
  run.metrics = {{"time_ps", sum.time.value},
                 {"bdc_busy_ps", sum.bdc.value},
                 {"gdma_busy_ps", sum.gdma.value}};
  return run;
}

}  // namespace

Result<RunSummary> read_capture(const std::string& folder) {
  const std::filesystem::path root(folder);
  std::error_code ignored;
  const std::string detail = (root / "detail.csv").string();
  const std::string layers = (root / "layer.csv").string();
  const bool has_detail = std::filesystem::exists(detail, ignored);
  if (!has_detail && !std::filesystem::exists(layers, ignored)) {
    return Error{.message = "the folder has neither detail.csv nor layer.csv",
                 .where = sanitised_utf8(folder),
                 .hint = "make them with the vendor's tpu_profile and --format csv or layer"};
  }
  Result<RunSummary> run = has_detail ? read_detail(detail) : read_layers(layers);
  if (run.ok()) run->source = sanitised_utf8(folder);
  return run;
}

}  // namespace tpuscope
