// validate: predictions beside measured latencies, and how far they are off.

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "base/text.h"
#include "cli/common_flags.h"
#include "cli/progress.h"
#include "cli/session.h"
#include "cli/validation_flags.h"
#include "profiles/accuracy/writer.h"

namespace tpuscope {
namespace {

constexpr Flag kValidateRowsFlag{
    .name = "--top",
    .value = "N",
    .help = "measured rows that are shown, largest errors first; 0: all",
    .fallback = "20"};
constexpr Flag kValidateMarkdownFlag{.name = "--markdown", .help = "tables for documents"};
constexpr Flag kTableFlag{.name = "--csv",
                          .value = "FILE",
                          .help = "write every row and where its time goes",
                          .writes = true};

constexpr Flag kValidatePageFlag{.name = "--html",
                                 .value = "FILE",
                                 .help = "write a page with predicted against measured",
                                 .writes = true};
constexpr Flag kOnlyChipFlag{
    .name = "--chip", .value = "NAME", .help = "only rows of this chip", .repeats = true};
constexpr Flag kChipFileFlag{.name = "--chip-file",
                             .value = "FILE",
                             .help = "chip file in the place of the built-in chip of its name",
                             .repeats = true};

const ValidationWriter& form_called_validate(std::string_view name) {
  const ValidationWriter* writer = ValidationWriterRegistry::instance().find(name);
  TPU_CHECK(writer != nullptr, "there is no form {} of a validation", name);
  return *writer;
}

Result<ExitCode> run_validate(const Arguments& arguments, Console& console) {
  TPU_TRY(const std::int64_t top, arguments.number(kValidateRowsFlag));
  std::vector<std::string> chips = arguments.texts(kOnlyChipFlag);
  std::transform(chips.begin(), chips.end(), chips.begin(), lower_case);
  TPU_TRY(ValidationOptions options, validation_options(arguments));
  options.chip_files = arguments.texts(kChipFileFlag);
  // Mistakes in chips are told once, not per row.
  for (const std::string& file : options.chip_files) {
    TPU_TRY(const Chip ignored, load_chip(file, options.overrides));
  }
  for (const std::string& name : chips) {
    TPU_TRY(const Configuration ignored, configuration_of(Measurement{.chip = name}, options));
  }
  TPU_TRY(const std::vector<Measurement> rows, measured_rows(arguments, chips));
  std::optional<Progress> progress(std::in_place, console);
  options.watch = progress->watch();
  const Validation validation =
      validate(arguments.text(kMeasuredFlag), predict_rows(rows, options));
  progress.reset();
  const auto count = static_cast<std::size_t>(top);
  for (const auto& [flag, name] :
       {std::pair{&kTableFlag, "csv"}, std::pair{&kValidatePageFlag, "html"}}) {
    if (!arguments.has(*flag)) continue;
    const ValidationWriter& form = form_called_validate(name);
    TPU_TRY_STATUS(write_file(
        arguments.text(*flag), form.mark, arguments, console,
        [&](ByteSink& sink) { form.write(validation, count, console.out_terminal, sink); }));
    if (arguments.text(*flag) == "-") return ExitCode::kDone;
  }
  const std::string_view form = console.is_json                        ? "json"
                                : arguments.has(kValidateMarkdownFlag) ? "markdown"
                                                                       : "text";
  form_called_validate(form).write(validation, count, console.out_terminal, *console.out);
  const bool has_bug = std::any_of(validation.rows.begin(), validation.rows.end(),
                                   [](const Prediction& row) { return row.is_bug(); });
  return has_bug ? ExitCode::kInternalError : ExitCode::kDone;
}

std::vector<Flag> validate_flags() {
  std::vector<Flag> flags = measured_flags();
  flags.insert(flags.end(), {kOnlyChipFlag, kChipFileFlag, kValidateRowsFlag, kValidateMarkdownFlag,
                             kTableFlag, kValidatePageFlag, kForceFlag});
  return flags;
}

TPU_REGISTER(register_verb(
    {.name = "validate",
     .summary = "predicts what was measured on boards and tells how far it is off",
     .examples = {"tpuscope validate --measured board.csv --models models/",
                  "tpuscope validate --measured board.csv --models models/ --chip bm1684x "
                  "--precision int8 --top 0",
                  "tpuscope validate --measured board.csv --models models/ --chip-file mine.json "
                  "--csv rows.csv --html accuracy.html"},
     .flags = validate_flags(),
     .run = run_validate}));

}  // namespace
}  // namespace tpuscope
