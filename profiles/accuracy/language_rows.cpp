// Strict reading, and sums over nets.

#include "profiles/accuracy/language_rows.h"

#include <cmath>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "base/number.h"
#include "base/text.h"
#include "passes/precision/precision.h"

namespace tpuscope {
namespace {

constexpr std::string_view kTokenColumn = "tokens_per_s";
constexpr std::string_view kFirstTokenColumn = "first_token_ms";
constexpr double kMillisecondsPerSecond = 1000;

class LanguageRowReader {
 public:
  LanguageRowReader(const CsvTable& table, std::size_t row, const std::string& where)
      : table_(table), row_(row), where_(fmt::format("{}:{}", where, row + 2)) {}

  Result<std::vector<Measurement>> read() {
    LanguageRow language;
    TPU_TRY_STATUS(read_model(language.model));
    TPU_TRY_STATUS(read_options(language.options));
    TPU_TRY(const double rate, figure(kTokenColumn, 0));
    TPU_TRY(const double first, figure(kFirstTokenColumn, 0));
    std::vector<Measurement> rows;
    if (rate > 0) rows.push_back(measurement(language, kMillisecondsPerSecond / rate));
    language.phase = LanguagePhase::kPrompt;
    if (first > 0) rows.push_back(measurement(language, first));
    if (rows.empty()) {
      return error(fmt::format("neither {} nor {} is given", kTokenColumn, kFirstTokenColumn),
                   "a row has at least one of them");
    }
    return rows;
  }

 private:
  std::string text(std::string_view column, std::string_view fallback = "") const {
    const std::size_t at = table_.column(column);
    if (at == CsvTable::npos || table_.rows[row_][at].empty()) return std::string(fallback);
    return table_.rows[row_][at];
  }
  Error error(std::string message, std::string hint = "") const {
    return {.message = std::move(message), .where = where_, .hint = std::move(hint)};
  }

  Result<std::int64_t> number(std::string_view column, std::optional<std::int64_t> fallback = {},
                              std::int64_t least = 1) const {
    const std::string cell = text(column);
    if (cell.empty() && fallback) return *fallback;
    const std::optional<std::int64_t> value = number_in<std::int64_t>(cell);
    constexpr std::int64_t kMost = std::int64_t{1} << 30;
    if (value && *value >= least && *value <= kMost) return *value;
    return error(fmt::format("{} is {}", column, in_quotes(cell)),
                 fmt::format("a whole number from {} on", least));
  }
  Result<bool> flag(std::string_view column) const {
    TPU_TRY(const std::int64_t value, number(column, 0, 0));
    return value != 0;
  }
  /// 0 where nothing is given.
  Result<double> figure(std::string_view column, double fallback) const {
    const std::string cell = text(column);
    if (cell.empty()) return fallback;
    const std::optional<double> value = number_in<double>(cell);
    if (value && std::isfinite(*value) && *value > 0) return *value;
    return error(fmt::format("{} is {}", column, in_quotes(cell)), "a number above 0, or nothing");
  }

  Status read_model(LanguageModel& model) const {
    model.name = text("model");
    if (model.name.empty()) return error("the row names no model", "fill in model");
    TPU_TRY(model.layers, number("layers"));
    TPU_TRY(model.hidden, number("hidden"));
    TPU_TRY(model.heads, number("heads"));
    TPU_TRY(model.kv_heads, number("kv_heads", model.heads));
    TPU_TRY(model.head_width, number("head_width", model.hidden / model.heads));
    TPU_TRY(model.intermediate, number("intermediate"));
    TPU_TRY(model.vocabulary, number("vocabulary"));
    TPU_TRY(model.has_tied_head, flag("tied"));
    TPU_TRY(model.has_qkv_bias, flag("qkv_bias"));
    TPU_TRY(model.has_qk_norm, flag("qk_norm"));
    return Ok{};
  }

  Status read_options(LanguageOptions& options) const {
    options.chip = lower_case(text("chip"));
    if (options.chip.empty()) return error("the row names no chip", "fill in chip");
    TPU_TRY(options.cores, number("cores", 1));
    TPU_TRY(options.host, at_row(parse_host(text("host", "cpp"))));
    const std::string bits = text("bits", "16");
    const std::string type = text("type", "bf16");
    TPU_TRY(options.types,
            at_row(parse_language_precision(bits == "16" ? type : "w" + bits + type)));
    TPU_TRY(options.types.group, number("group", options.types.group));
    TPU_TRY(options.types.head_bits, at_row(parse_head_precision(text("head", "f16"))));
    TPU_TRY(options.context, number("context"));
    TPU_TRY(options.prefill, number("prompt", options.context));
    return Ok{};
  }

  template <typename T>
  Result<T> at_row(Result<T> result) const {
    return with_location(std::move(result), where_);
  }

  Measurement measurement(const LanguageRow& language, double milliseconds) const {
    return {.model = language.model.name,
            .chip = language.options.chip,
            .cores = *language.options.cores,
            .precision = language.options.types.half,
            .pipeline = "default",
            .milliseconds = milliseconds,
            .note = text("notes"),
            .source = text("source"),
            .line = row_ + 2,
            .language = std::make_shared<const LanguageRow>(language)};
  }

  const CsvTable& table_;
  std::size_t row_;
  std::string where_;
};

}  // namespace

bool has_language_rows(const CsvTable& table) {
  return table.column(kTokenColumn) != CsvTable::npos;
}

Result<std::vector<Measurement>> language_measurements(const CsvTable& table,
                                                       const std::string& where) {
  std::vector<Measurement> rows;
  Errors errors;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    Result<std::vector<Measurement>> read = LanguageRowReader(table, i, where).read();
    if (read.ok()) {
      rows.insert(rows.end(), read->begin(), read->end());
    } else if (errors.size() < kMaxErrors) {
      errors.push_back(read.error());
    }
  }
  if (!errors.empty()) return errors;
  return rows;
}

std::string type_name(const Measurement& measurement) {
  return measurement.language ? language_precision_name(measurement.language->options.types)
                              : std::string(precision_name(measurement.precision));
}

std::string way_name(const Measurement& measurement) {
  if (measurement.language == nullptr) return measurement.preset();
  return measurement.language->options.host == HostPreset::kCpp ? "C++" : "Python";
}

Result<CompiledRow> compile_language_row(const Measurement& row, const ValidationOptions& options) {
  const LanguageRow& language = *row.language;
  TPU_TRY(Configuration configuration, configuration_of(row, options));
  configuration.precision.boundary = Boundary::kNative;
  CompiledRow compiled{.language = row.language};
  TPU_TRY(std::vector<LanguageStep> steps,
          language_steps(language.model, language.options, language.phase));
  for (LanguageStep& step : steps) {
    const std::string name = step.graph.name();
    Compiler compiler(std::move(step.graph), name, 1);
    TPU_TRY(Compiled net, compiler.compile(configuration));
    compiled.nets.push_back({std::move(net), step.count});
  }
  return compiled;
}

void add_between_nets(const LanguageRow& row, const Chip& chip, Outcome& outcome) {
  const BetweenNets between = between_nets(row.model, row.options, row.phase, chip);
  outcome.waterfall[Step::kLaunch] += between.launches;
  outcome.waterfall[Step::kHost] += between.host;
  outcome.waterfall[Step::kExposedCopy] += between.copies;
  outcome.time += between.launches + between.host + between.copies;
}

bool is_within_interval(const Prediction& row) {
  const LanguageRow& language = *row.measurement.language;
  const double spread = spread_of(language.options, language.phase);
  return row.factor() <= spread;
}

}  // namespace tpuscope
