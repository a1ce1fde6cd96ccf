// calibrate: a chip file whose calibrated values are refitted to measured latencies.

#include <optional>
#include <utility>

#include <fmt/core.h>

#include "cli/common_flags.h"
#include "cli/progress.h"
#include "cli/session.h"
#include "cli/validation_flags.h"
#include "cli/writers.h"
#include "profiles/accuracy/capture_evidence.h"
#include "profiles/accuracy/fit.h"

namespace tpuscope {
namespace {

constexpr Flag kOnlyFlag{.name = "--only",
                         .value = "KEY,...",
                         .help =
                             "values to fit, also others that have a range; without: all that "
                             "are marked calibrated",
                         .repeats = true};
constexpr Flag kCaptureFlag{.name = "--capture",
                            .value = "FOLDER",
                            .help =
                                "take single constants from a capture of a board, with their "
                                "spread; totals are then fitted with these",
                            .repeats = true};
constexpr Flag kRoundsFlag{.name = "--rounds",
                           .value = "N",
                           .help = "how often plans are made anew, at most",
                           .fallback = "10"};
constexpr Flag kOutFlag{.name = "--out",
                        .value = "FILE",
                        .help = "write the chip file",
                        .letter = "-o",
                        .writes = true};
/// Text near the start of a chip file that was fitted.
constexpr std::string_view kMark = "{\n  \"name\": ";

std::vector<std::string> words_of(const std::vector<std::string>& lists) {
  std::vector<std::string> words;
  for (std::string list : lists) {
    for (std::size_t comma = list.find(','); !list.empty(); comma = list.find(',')) {
      if (comma != 0) words.push_back(list.substr(0, comma));
      list = comma == std::string::npos ? "" : list.substr(comma + 1);
    }
  }
  return words;
}

Status write_chip(const Chip& chip, const Arguments& arguments, Console& console) {
  if (!arguments.has(kOutFlag)) return Ok{};
  TPU_TRY_STATUS(
      write_file(arguments.text(kOutFlag), kMark, arguments, console, [&](ByteSink& sink) {
        sink.write(to_json(chip));
        return Ok{};
      }));
  return Ok{};
}

/// What captures say of the chip, for those who have no table of totals.
Result<ExitCode> run_captures(const CaptureEvidence& evidence, const Arguments& arguments,
                              Console& console) {
  TPU_TRY_STATUS(write_chip(chip_with(evidence, {}), arguments, console));
  if (arguments.text(kOutFlag) == "-") return ExitCode::kDone;
  console.print(console.is_json ? evidence_json(evidence)
                                : evidence_text(evidence, console.out_terminal));
  return ExitCode::kDone;
}

/// Firm constants of captures as overrides for a fit of totals, which leaves them as they are.
ChipOverrides captured_overrides(const CaptureEvidence& evidence, const Chip& chip) {
  ChipOverrides overrides;
  for (const ConstantEvidence& constant : evidence.constants) {
    for (const ChipValue& value : chip.values) {
      if (value.path == constant.path && constant.is_firm())
        overrides.emplace_back(value.path, fmt::format("{}", value.value));
    }
  }
  return overrides;
}

std::vector<std::string> paths_of(const ChipOverrides& overrides) {
  std::vector<std::string> paths;
  for (const auto& [path, unused] : overrides)
    paths.push_back(path);
  return paths;
}

Result<ExitCode> run_calibrate(const Arguments& arguments, Console& console) {
  std::optional<Chip> captured;
  ChipOverrides from_captures;
  const std::vector<std::string> only = words_of(arguments.texts(kOnlyFlag));
  if (arguments.has(kCaptureFlag)) {
    TPU_TRY(const ChipOverrides overrides, overrides_of(arguments));
    TPU_TRY(const Chip chip, load_chip(arguments.text(kChipFlag), overrides));
    TPU_TRY(const CaptureEvidence evidence, capture_evidence(arguments.texts(kCaptureFlag), chip));
    if (!arguments.has(kMeasuredFlag)) return run_captures(evidence, arguments, console);
    captured = chip_with(evidence, only);
    from_captures = captured_overrides(evidence, *captured);
  }
  TPU_TRY(const std::int64_t rounds, arguments.number(kRoundsFlag));
  FitOptions options{.chip = arguments.text(kChipFlag),
                     .table = arguments.text(kMeasuredFlag),
                     .only = only,
                     .fixed = paths_of(from_captures),
                     .rounds = static_cast<std::size_t>(rounds)};
  TPU_TRY(options.validation, validation_options(arguments));
  options.validation.overrides.insert(options.validation.overrides.end(), from_captures.begin(),
                                      from_captures.end());
  TPU_TRY(const std::vector<Measurement> rows, measured_rows(arguments, options.validation));
  std::optional<Progress> progress(std::in_place, console);
  options.say = [&](const std::string& line) { progress->say(line); };
  options.validation.listener = progress->listener();
  TPU_TRY(Fit fit, fit_chip(rows, options));
  progress.reset();
  for (ChipValue& value : fit.chip.values) {  // a fit's own values keep what it says of them
    if (!captured || value.evidence != Evidence::kUser) continue;
    for (const ChipValue& own : captured->values) {
      if (own.path == value.path && own.value == value.value) value = own;
    }
  }
  TPU_TRY_STATUS(write_chip(fit.chip, arguments, console));
  if (arguments.text(kOutFlag) == "-") return ExitCode::kDone;
  console.print(console.is_json ? fit_json(fit) : fit_text(fit, console.out_terminal));
  return ExitCode::kDone;
}

std::vector<Flag> calibrate_flags() {
  std::vector<Flag> flags = measured_flags();
  flags.insert(flags.end(),
               {kChipFlag, kCaptureFlag, kOnlyFlag, kRoundsFlag, kOutFlag, kForceFlag});
  return flags;
}

TPU_REGISTER(register_verb(
    {.name = "calibrate",
     .summary = "refits a chip's values to latencies and captures of boards",
     .examples = {"tpuscope calibrate --chip bm1684x --measured board.csv --models models/ --only "
                  "overhead.launch_us --out mine.json",
                  "tpuscope calibrate --measured board.csv --streams compiled/ --capture "
                  "bmprofile_data-1/ --out mine.json",
                  "tpuscope calibrate --measured board.csv --models models/ --only "
                  "command.gather_cycles,overhead.launch_us --out mine.json",
                  "tpuscope calibrate --capture bmprofile_data-1/ --out mine.json"},
     .flags = calibrate_flags,
     .run = run_calibrate}));

}  // namespace
}  // namespace tpuscope
