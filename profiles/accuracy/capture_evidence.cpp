// Solving prices for constants: see capture_evidence.h.

#include "profiles/accuracy/capture_evidence.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <optional>

#include <fmt/core.h>

#include "base/json_writer.h"
#include "base/text.h"
#include "passes/streams/compiled_network.h"
#include "profiles/accuracy/accuracy.h"
#include "profiles/views/text/table.h"
#include "sim/chip/chip_fields.h"
#include "sim/cost/instruction_cost.h"

namespace tpuscope {
namespace {

/// A constant that decides less of a price than this is no better known by it.
constexpr double kDecidingShare = 0.2;
/// How far a constant is moved to see what hangs on it: prices are whole cycles.
constexpr double kProbe = 0.25;

/// A command of a capture with the cycles that a board saw.
struct TimedCommand {
  const CompiledNetwork* network = nullptr;
  Engine engine = Engine::kBdc;
  std::uint32_t index = 0;  ///< of its instruction
  double measured = 0;

  double price(const Chip& chip) const {
    const DecodedStream& stream = network->stream;
    const CommandCost cost = engine == Engine::kBdc ? price_of(stream.computes[index], chip).cost
                                                    : price_of(stream.transfers[index], chip).cost;
    return static_cast<double>(cost.total());
  }
};

/// Measured cycles by id of the command; 0 where it has no record.
std::vector<double> cycles_by_id(const std::vector<MonitorRecord>& records) {
  std::vector<double> cycles;
  for (const MonitorRecord& record : records) {
    if (record.id == 0) continue;
    if (cycles.size() <= record.id) cycles.resize(record.id + std::size_t{1});
    cycles[record.id] = static_cast<double>(record.cycles());
  }
  return cycles;
}

/// Those that have a record. What several cores load at once is slowed by the others and says
/// nothing of prices: of such captures only the BDC's commands count.
void add_timed(const CompiledNetwork& network, const Chip& chip, std::vector<TimedCommand>& timed) {
  Capture capture = *network.capture;
  join_records(capture, program_on(network, chip));
  std::vector<std::array<std::vector<double>, kEngineCount>> cycles;
  for (const CaptureCore& core : capture.cores) {
    const bool is_alone = capture.cores.size() == 1;
    cycles.push_back(
        {cycles_by_id(core.bdc), is_alone ? cycles_by_id(core.gdma) : std::vector<double>{}});
  }
  for (const StreamCommand& command : network.stream.commands) {
    const auto& own = cycles[command.core][static_cast<std::size_t>(command.engine)];
    if (command.id >= own.size() || own[command.id] <= 0) continue;
    timed.push_back({&network, command.engine, command.index, own[command.id]});
  }
}

/// The value with which the command costs what was measured, by secants; none where the constant
/// decides too little of the price.
std::optional<double> solved(const TimedCommand& command, const ChipField& field, Chip& chip) {
  constexpr int kSteps = 6;
  const double now = get(field, chip);
  const auto price_at = [&](double value) {
    set(field, chip, value);
    const double price = command.price(chip);
    set(field, chip, now);
    return price;
  };
  const auto inside = [&](double value) { return std::clamp(value, field.min, field.max); };
  const double step = now != 0 ? kProbe * now : 1;
  double x0 = now;
  double y0 = price_at(x0);
  double x1 = inside(now + step);
  double y1 = price_at(x1);
  if (x1 == x0 || y0 <= 0) return std::nullopt;
  const double share = std::abs((y1 - y0) / (x1 - x0) * now) / y0;
  if (share < kDecidingShare) return std::nullopt;
  for (int i = 0; i < kSteps && std::abs(y1 - command.measured) > 0.5 && y1 != y0; ++i) {
    const double next = inside(x1 + (command.measured - y1) * (x1 - x0) / (y1 - y0));
    if (next == x1) break;
    x0 = x1;
    y0 = y1;
    x1 = next;
    y1 = price_at(x1);
  }
  return x1;
}

std::string names_of(const std::vector<std::string>& folders) {
  std::vector<std::string> names;
  for (const std::string& folder : folders) {
    std::filesystem::path path(folder);
    if (path.filename().empty()) path = path.parent_path();
    names.push_back(sanitised_utf8(path.filename().string()));
  }
  return join(names);
}

Result<std::shared_ptr<const CompiledNetwork>> capture_of(const std::string& folder,
                                                          const Chip& chip) {
  TPU_TRY(std::shared_ptr<const CompiledNetwork> network, load_compiled(folder));
  if (network->capture && network->home.array.lanes == chip.array.lanes) return network;
  return Error{
      .code = ErrorCode::kUsage,
      .message = network->capture
                     ? fmt::format("the capture is of {}, not of {}", network->chip, chip.name)
                     : "no capture of a board",
      .where = sanitised_utf8(folder),
      .hint = "the runtime leaves one with BMRUNTIME_ENABLE_PROFILE=1; --chip names its chip"};
}

/// None where no command hangs on the constant. `chip` is as before in the end.
std::optional<ConstantEvidence> evidence_for(const ChipField& field,
                                             const std::vector<TimedCommand>& timed, Chip& chip) {
  std::vector<double> values;
  for (const TimedCommand& command : timed) {
    if (const auto value = solved(command, field, chip)) values.push_back(*value);
  }
  if (values.empty()) return std::nullopt;
  return ConstantEvidence{.path = path_of(field),
                          .now = get(field, chip),
                          .median = quantile(values, 0.5),
                          .low = quantile(values, 0.25),
                          .high = quantile(values, 0.75),
                          .commands = values.size()};
}

}  // namespace

Result<CaptureEvidence> capture_evidence(const std::vector<std::string>& folders,
                                         const Chip& chip) {
  CaptureEvidence evidence{.chip = chip, .captures = folders};
  std::vector<std::shared_ptr<const CompiledNetwork>> networks;
  std::vector<TimedCommand> timed;
  for (const std::string& folder : folders) {
    TPU_TRY(networks.emplace_back(), capture_of(folder, chip));
    const std::size_t before = timed.size();
    add_timed(*networks.back(), chip, timed);
    if (timed.size() == before) {
      return Error{.message = "the capture has no measured lengths",
                   .where = sanitised_utf8(folder),
                   .hint = "iter0.profile holds them"};
    }
  }
  evidence.commands = timed.size();
  for (const TimedCommand& command : timed) {
    evidence.priced += command.price(chip);
    evidence.measured += command.measured;
  }
  Chip probed = chip;
  for (const ChipField& field : chip_fields()) {
    // Whole numbers are widths and counts of the machine, which are not measured but known.
    if (field.section != "command" || is_whole(field)) continue;
    if (const auto constant = evidence_for(field, timed, probed)) {
      evidence.constants.push_back(*constant);
    }
  }
  return evidence;
}

Chip chip_with(const CaptureEvidence& evidence, const std::vector<std::string>& except) {
  Chip chip = evidence.chip;
  for (const ConstantEvidence& constant : evidence.constants) {
    const bool is_kept = !constant.is_firm() ||
                         std::find(except.begin(), except.end(), constant.path) != except.end();
    const auto value =
        std::find_if(chip.values.begin(), chip.values.end(),
                     [&](const ChipValue& each) { return each.path == constant.path; });
    if (is_kept || value == chip.values.end()) continue;
    for (const ChipField& field : chip_fields()) {
      if (path_of(field) == constant.path) set(field, chip, constant.median);
    }
    value->value = constant.median;
    value->evidence = Evidence::kInferred;
    value->source =
        fmt::format("captures {}: median of {} commands, half of them between {:.4g} and {:.4g}",
                    names_of(evidence.captures), constant.commands, constant.low, constant.high);
    value->low = std::min(constant.low, constant.median);
    value->high = std::max(constant.high, constant.median);
    if (value->high <= value->low) value->low = value->high = 0;
  }
  return chip;
}

std::string evidence_json(const CaptureEvidence& evidence) {
  StringSink sink;
  JsonWriter json(sink, 1);
  json.object([&] {
    json.member("format", "tpuscope capture evidence");
    json.member("version", 1);
    json.member("chip", sanitised_utf8(evidence.chip.name));
    json.member("commands", evidence.commands);
    json.member("priced_cycles", evidence.priced);
    json.member("measured_cycles", evidence.measured);
    json.objects("constants", evidence.constants, [&](const ConstantEvidence& constant) {
      json.member("key", constant.path);
      json.member("now", constant.now);
      json.member("median", constant.median);
      json.member("quartiles", std::array{constant.low, constant.high});
      json.member("commands", constant.commands);
    });
  });
  json.finish("\n");
  return sink.text();
}

std::string evidence_text(const CaptureEvidence& evidence, const Terminal& terminal) {
  constexpr double kTellingPart = 0.05;  // prices are whole cycles, some of a few only
  std::string text = fmt::format(
      "{} commands of {} timed by boards, priced at {:.3f} of what was measured\n\n",
      evidence.commands, names_of(evidence.captures), evidence.priced / evidence.measured);
  Table table({{.title = "constant", .is_name = true},
               {.title = "now"},
               {.title = "captures"},
               {.title = "half of them"},
               {.title = "commands"},
               {.title = "", .is_name = true}});
  for (const ConstantEvidence& constant : evidence.constants) {
    const bool is_near = constant.now >= constant.low && constant.now <= constant.high;
    const bool is_off = std::abs(constant.now - constant.median) > kTellingPart * constant.median;
    table.add({{constant.path},
               {fmt::format("{:.4g}", constant.now)},
               {fmt::format("{:.4g}", constant.median)},
               {fmt::format("{:.4g} to {:.4g}", constant.low, constant.high)},
               {std::to_string(constant.commands)},
               {is_off && !is_near && constant.is_firm() ? "now is outside" : "", Tone::kWarning}});
  }
  return text + table.text(terminal);
}

}  // namespace tpuscope
