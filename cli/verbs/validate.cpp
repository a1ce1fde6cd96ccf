// validate: predictions beside measured latencies, and how far they are off.

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "base/text.h"
#include "cli/common_flags.h"
#include "cli/progress.h"
#include "cli/validation_flags.h"
#include "cli/writers.h"
#include "profiles/accuracy/accuracy.h"

namespace tpuscope {
namespace {

constexpr Flag kValidateRowsFlag{
    .name = "--top",
    .value = "N",
    .help = "measured rows that are shown, largest errors first; 0: all",
    .fallback = "20"};
constexpr Flag kOnlyChipFlag{
    .name = "--chip", .value = "NAME", .help = "only rows of this chip", .repeats = true};
constexpr Flag kChipFileFlag{.name = "--chip-file",
                             .value = "FILE",
                             .help = "chip file in the place of the built-in chip of its name",
                             .repeats = true};

Result<ExitCode> run_validate(const Arguments& arguments, Console& console) {
  TPU_TRY(const std::int64_t top, arguments.number(kValidateRowsFlag));
  std::vector<std::string> chips = arguments.texts(kOnlyChipFlag);
  std::transform(chips.begin(), chips.end(), chips.begin(), lower_case);
  TPU_TRY(ValidationOptions options, validation_options(arguments));
  options.chip_files = arguments.texts(kChipFileFlag);
  // Mistakes in chips are reported once, not per row.
  for (const std::string& file : options.chip_files) {
    TPU_TRY(const Chip ignored, load_chip(file, options.overrides));
  }
  for (const std::string& name : chips) {
    TPU_TRY(const Configuration ignored, configuration_of(Measurement{.chip = name}, options));
  }
  TPU_TRY(const std::vector<Measurement> rows, measured_rows(arguments, options, chips));
  std::optional<Progress> progress(std::in_place, console);
  options.listener = progress->listener();
  const Validation validation =
      validate(arguments.text(kMeasuredFlag), predict_rows(rows, options));
  progress.reset();
  TPU_TRY_STATUS(write_results(validation, static_cast<std::size_t>(top), arguments, console));
  const bool has_bug = std::any_of(validation.rows.begin(), validation.rows.end(),
                                   [](const Prediction& row) { return row.is_bug(); });
  return has_bug ? ExitCode::kInternalError : ExitCode::kDone;
}

std::vector<Flag> validate_flags() {
  std::vector<Flag> flags = measured_flags();
  flags.insert(flags.end(), {kOnlyChipFlag, kChipFileFlag, kValidateRowsFlag});
  const std::vector<Flag> files = writer_flags<Validation>();
  flags.insert(flags.end(), files.begin(), files.end());
  flags.push_back(kForceFlag);
  return flags;
}

TPU_REGISTER(register_verb(
    {.name = "validate",
     .summary = "predicts what was measured on boards and reports the errors",
     .examples = {"tpuscope validate --measured board.csv --models models/",
                  "tpuscope validate --measured board.csv --models models/ --chip bm1684x "
                  "--precision int8 --top 0",
                  "tpuscope validate --measured board.csv --models models/ --chip-file mine.json "
                  "--csv rows.csv --html accuracy.html"},
     .flags = validate_flags,
     .run = run_validate}));

}  // namespace
}  // namespace tpuscope
