// Which rows, which networks, which chips.

#include "cli/validation_flags.h"

#include <algorithm>
#include <filesystem>

#include "base/pattern.h"
#include "cli/common_flags.h"
#include "cli/session.h"
#include "passes/precision/precision.h"
#include "profiles/accuracy/row_source.h"

namespace tpuscope {
namespace {

constexpr Flag kModelsFlag{.name = "--models",
                           .value = "FOLDER",
                           .help = "folder of the networks; built-in ones are found without",
                           .repeats = true};
constexpr Flag kStreamsFlag{
    .name = "--streams",
    .value = "FOLDER",
    .help =
        "compiled models, NETWORK/CHIP_PRECISION[_coreN]/*.bmodel: rows that have one are "
        "replayed, the others left out",
    .repeats = true};
constexpr Flag kTablesFlag{
    .name = "--overrides",
    .value = "FOLDER",
    .help = "precision tables, MODEL.json, for rows of quality mixed_precision"};
constexpr Flag kOnlyPrecisionFlag{.name = "--precision",
                                  .value = "TYPE",
                                  .help = "only rows in f32, f16, bf16 or int8",
                                  .repeats = true};
constexpr Flag kRowFilterFlag{
    .name = "--filter",
    .value = "REGEX",
    .help = "only rows whose network, chip, cores, type and passes match"};

bool contains(const std::vector<std::string>& words, std::string_view word) {
  return words.empty() || std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

std::vector<Flag> measured_flags() {
  return {kMeasuredFlag,      kModelsFlag,    kStreamsFlag, kTablesFlag,
          kOnlyPrecisionFlag, kRowFilterFlag, kSetFlag,     kLaunchFlag};
}

Result<ValidationOptions> validation_options(const Arguments& arguments) {
  ValidationOptions options{.model_folders = arguments.texts(kModelsFlag),
                            .stream_folders = arguments.texts(kStreamsFlag),
                            .table_folder = arguments.text(kTablesFlag)};
  std::vector<std::string> folders = options.model_folders;
  folders.insert(folders.end(), options.stream_folders.begin(), options.stream_folders.end());
  if (arguments.has(kTablesFlag)) folders.push_back(options.table_folder);
  for (const std::string& folder : folders) {
    std::error_code ignored;
    if (!std::filesystem::is_directory(folder, ignored)) {
      return Error{.message = "there is no such folder", .where = folder};
    }
  }
  TPU_TRY(options.overrides, overrides_of(arguments));
  // What can be set and to what is the same for every chip: a mistake is reported once, not per
  // row.
  TPU_TRY(const Chip ignored, load_chip(builtin_chip_names().front(), options.overrides));
  return options;
}

Result<std::vector<Measurement>> measured_rows(const Arguments& arguments,
                                               const ValidationOptions& options,
                                               const std::vector<std::string>& chips) {
  if (!arguments.has(kMeasuredFlag)) {
    return Error{.code = ErrorCode::kUsage,
                 .message = "no measured table is given",
                 .hint = "name a CSV file with --measured"};
  }
  std::vector<DType> precisions;
  for (const std::string& name : arguments.texts(kOnlyPrecisionFlag)) {
    TPU_TRY(const DType precision, parse_precision(name));
    precisions.push_back(precision);
  }
  TPU_TRY(const Pattern filter, Pattern::parse(kRowFilterFlag.name, arguments.text(kRowFilterFlag),
                                               Pattern::Case::kIgnore));
  TPU_TRY(std::vector<Measurement> rows, load_measurements(arguments.text(kMeasuredFlag)));
  std::erase_if(rows, [&](const Measurement& row) {
    const bool has_precision = precisions.empty() || std::find(precisions.begin(), precisions.end(),
                                                               row.precision) != precisions.end();
    return !has_precision || !contains(chips, row.chip) || !filter.is_in(label_of(row));
  });
  if (!options.stream_folders.empty()) {
    std::erase_if(rows, [&](const Measurement& row) { return stream_of(row, options).empty(); });
  }
  if (rows.empty()) {
    return Error{.message = "no row is left of the table",
                 .where = arguments.text(kMeasuredFlag),
                 .hint = "--chip, --precision and --filter choose rows"};
  }
  return rows;
}

}  // namespace tpuscope
