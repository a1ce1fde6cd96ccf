// calibrate: a chip file whose calibrated values are refitted to measured latencies.

#include <optional>
#include <utility>

#include <fmt/core.h>

#include "cli/common_flags.h"
#include "cli/progress.h"
#include "cli/validation_flags.h"
#include "cli/writers.h"
#include "profiles/accuracy/fit.h"

namespace tpuscope {
namespace {

constexpr Flag kOnlyFlag{.name = "--only",
                         .value = "KEY,...",
                         .help =
                             "values to fit, also others that have a range; without: all that "
                             "are marked calibrated",
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

Result<ExitCode> run_calibrate(const Arguments& arguments, Console& console) {
  TPU_TRY(const std::int64_t rounds, arguments.number(kRoundsFlag));
  FitOptions options{.chip = arguments.text(kChipFlag),
                     .table = arguments.text(kMeasuredFlag),
                     .only = words_of(arguments.texts(kOnlyFlag)),
                     .rounds = static_cast<std::size_t>(rounds)};
  TPU_TRY(options.validation, validation_options(arguments));
  TPU_TRY(const std::vector<Measurement> rows, measured_rows(arguments));
  std::optional<Progress> progress(std::in_place, console);
  options.say = [&](const std::string& line) { progress->say(line); };
  options.validation.watch = progress->watch();
  TPU_TRY(const Fit fit, fit_chip(rows, options));
  progress.reset();
  if (arguments.has(kOutFlag)) {
    TPU_TRY_STATUS(
        write_file(arguments.text(kOutFlag), kMark, arguments, console, [&](ByteSink& sink) {
          sink.write(to_json(fit.chip));
          return Ok{};
        }));
    if (arguments.text(kOutFlag) == "-") return ExitCode::kDone;
  }
  console.out->write(console.is_json ? fit_json(fit) : fit_text(fit, console.out_terminal));
  return ExitCode::kDone;
}

std::vector<Flag> calibrate_flags() {
  std::vector<Flag> flags = measured_flags();
  flags.insert(flags.end(), {kChipFlag, kOnlyFlag, kRoundsFlag, kOutFlag, kForceFlag});
  return flags;
}

TPU_REGISTER(register_verb(
    {.name = "calibrate",
     .summary = "refits a chip's calibrated values to latencies measured on boards",
     .examples = {"tpuscope calibrate --chip bm1684x --measured board.csv --models models/ --out "
                  "mine.json",
                  "tpuscope calibrate --measured board.csv --models models/ --only "
                  "command.gather_cycles,overhead.launch_us --out mine.json"},
     .flags = calibrate_flags,
     .run = run_calibrate}));

}  // namespace
}  // namespace tpuscope
