// Figures over sets of rows, and the sets by which rows are grouped.

#include "profiles/accuracy/accuracy.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include <fmt/core.h>

#include "passes/precision/precision.h"
#include "profiles/accuracy/language_rows.h"

namespace tpuscope {
namespace {

/// Ranks from 1; equal values share the mean of their places.
std::vector<double> ranks_of(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin + 1;
    while (end < order.size() && values[order[end]] == values[order[begin]])
      ++end;
    for (std::size_t i = begin; i < end; ++i)
      ranks[order[i]] = static_cast<double>(begin + end + 1) / 2;
    begin = end;
  }
  return ranks;
}

using Labels = std::vector<std::string>;

/// Lines by labels, in the order in which these first appear.
AccuracyTable table_by(AccuracyTable table, const std::vector<Prediction>& rows,
                       const std::function<Labels(const Prediction&)>& labels_of) {
  std::vector<std::pair<Labels, PredictionSet>> sets;
  for (const Prediction& row : rows) {
    if (!row.is_counted()) continue;
    const Labels labels = labels_of(row);
    if (labels.empty()) continue;
    auto place = std::find_if(sets.begin(), sets.end(),
                              [&](const auto& entry) { return entry.first == labels; });
    if (place == sets.end()) place = sets.insert(sets.end(), {labels, {}});
    place->second.push_back(&row);
  }
  for (const auto& [labels, set] : sets)
    table.lines.push_back({labels, accuracy_of(set)});
  return table;
}

std::string chip_label(const Measurement& row) {
  return row.cores == 1 ? row.chip : fmt::format("{} x{}", row.chip, row.cores);
}

PredictionSet good_rows(const std::vector<Prediction>& rows, const std::string& chip = "") {
  PredictionSet set;
  for (const Prediction& row : rows) {
    const Measurement& measured = row.measurement;
    if (row.is_counted() && measured.quality == Quality::kGood &&
        (chip.empty() || chip == chip_label(measured))) {
      set.push_back(&row);
    }
  }
  return set;
}

/// By precision from wide to narrow, rows in part float last, whatever the order of the file.
std::ptrdiff_t place_of(const Measurement& row) {
  const auto& all = precisions();
  const auto at = std::find(all.begin(), all.end(), row.precision) - all.begin();
  // Language models behind: "w4bf16" before "w8bf16".
  if (row.language != nullptr) {
    const auto bits = static_cast<std::ptrdiff_t>(row.language->options.types.bits);
    return 2 * (std::ssize(all) * (1 + bits) + at);
  }
  return 2 * at + (row.quality == Quality::kMixed ? 1 : 0);
}

/// Per chip and its cores: precisions, those in part float, and all good rows; at last everything.
AccuracyTable table_by_chip(const std::vector<Prediction>& rows) {
  std::vector<std::string> chips;
  for (const Prediction& row : rows) {
    const std::string chip = chip_label(row.measurement);
    if (std::find(chips.begin(), chips.end(), chip) == chips.end()) chips.push_back(chip);
  }
  AccuracyTable table{"by_chip", "By chip and precision", {"chip", "precision"}, {}};
  for (const std::string& chip : chips) {
    std::map<std::ptrdiff_t, PredictionSet> sets;
    for (const Prediction& row : rows) {
      if (row.is_counted() && chip_label(row.measurement) == chip)
        sets[place_of(row.measurement)].push_back(&row);
    }
    for (const auto& [at, set] : sets) {
      std::string precision = type_name(set.front()->measurement);
      if (at % 2 == 1) precision += ", part float";
      table.lines.push_back({{chip, precision}, accuracy_of(set)});
    }
    const PredictionSet good = good_rows(rows, chip);
    if (!good.empty()) table.lines.push_back({{chip, "all good rows"}, accuracy_of(good), true});
  }
  table.lines.push_back({{"all", "all good rows"}, accuracy_of(good_rows(rows)), true});
  return table;
}

bool is_good_accuracy(const Prediction& row) {
  return row.measurement.quality == Quality::kGood;
}

AccuracyTable table_by_bound(const std::vector<Prediction>& rows) {
  AccuracyTable table = table_by(
      {"by_bound", "By what bounds the prediction, good rows", {"chip", "bound"}, {}}, rows,
      [](const Prediction& row) {
        if (!is_good_accuracy(row)) return Labels{};
        return Labels{row.measurement.chip, std::string(verdict_of(row.outcome.waterfall).bound())};
      });
  std::stable_sort(table.lines.begin(), table.lines.end(),
                   [](const auto& a, const auto& b) { return a.labels < b.labels; });
  return table;
}

AccuracyTable table_by_batch(const std::vector<Prediction>& rows) {
  AccuracyTable table = table_by(
      {"by_batch", "By batch, good rows", {"chip", "batch"}, {}}, rows, [](const Prediction& row) {
        if (!is_good_accuracy(row)) return Labels{};
        return Labels{row.measurement.chip, row.measurement.batch > 1 ? "several" : "single"};
      });
  std::stable_sort(table.lines.begin(), table.lines.end(),
                   [](const auto& a, const auto& b) { return a.labels[0] < b.labels[0]; });
  return table;
}

AccuracyTable table_by_model(const std::vector<Prediction>& rows) {
  AccuracyTable table = table_by({"by_model", "By network, good rows", {"network"}, {}}, rows,
                                 [](const Prediction& row) {
                                   if (!is_good_accuracy(row)) return Labels{};
                                   return Labels{model_name(row.measurement)};
                                 });
  std::stable_sort(table.lines.begin(), table.lines.end(), [](const auto& a, const auto& b) {
    return a.accuracy.factor > b.accuracy.factor;
  });
  return table;
}

/// Of language models: programs in C++ apart from those in Python, tokens from first tokens.
AccuracyTable table_by_host(const std::vector<Prediction>& rows) {
  return table_by(
      {"by_host", "Language models, by chip and program", {"chip", "program", "measured"}, {}},
      rows, [](const Prediction& row) {
        const LanguageRow* language = row.measurement.language.get();
        if (language == nullptr) return Labels{};
        return Labels{chip_label(row.measurement), way_name(row.measurement),
                      language->phase == LanguagePhase::kToken ? "token" : "first token"};
      });
}

/// How many rows of language models lie where `llm` says that four of five do.
std::string interval_note(const std::vector<Prediction>& rows) {
  std::size_t all = 0;
  std::size_t inside = 0;
  for (const Prediction& row : rows) {
    if (row.measurement.language == nullptr || !row.is_counted()) continue;
    ++all;
    if (is_within_interval(row)) ++inside;
  }
  return fmt::format("{} of {} rows of language models lie within the interval that llm shows",
                     inside, all);
}

bool is_language(const Prediction& row) {
  return row.measurement.language != nullptr;
}

}  // namespace

double quantile(std::vector<double> values, double part) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const double place = part * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (place - static_cast<double>(below)) * (values[above] - values[below]);
}

std::optional<double> rank_correlation(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() < 2) return std::nullopt;
  const std::vector<double> ranks_a = ranks_of(a);
  const std::vector<double> ranks_b = ranks_of(b);
  const double mean = static_cast<double>(a.size() + 1) / 2;
  double both = 0;
  double alone_a = 0;
  double alone_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    both += (ranks_a[i] - mean) * (ranks_b[i] - mean);
    alone_a += (ranks_a[i] - mean) * (ranks_a[i] - mean);
    alone_b += (ranks_b[i] - mean) * (ranks_b[i] - mean);
  }
  if (alone_a == 0 || alone_b == 0) return std::nullopt;
  return both / std::sqrt(alone_a * alone_b);
}

Accuracy accuracy_of(const PredictionSet& rows) {
  Accuracy accuracy{.rows = rows.size()};
  if (rows.empty()) return accuracy;
  std::vector<double> factors;
  std::vector<double> predicted;
  std::vector<double> measured;
  std::set<std::string> models;
  double errors = 0;
  double biases = 0;
  for (const Prediction* row : rows) {
    const double factor = row->factor();
    factors.push_back(factor);
    predicted.push_back(row->milliseconds());
    measured.push_back(row->measurement.milliseconds);
    models.insert(row->measurement.model);
    errors += std::log(factor);
    biases += std::log(row->ratio());
    accuracy.within_1_2 += factor <= 1.2 ? 1 : 0;
    accuracy.within_1_5 += factor <= 1.5 ? 1 : 0;
  }
  const auto count = static_cast<double>(rows.size());
  accuracy.models = models.size();
  accuracy.factor = std::exp(errors / count);
  accuracy.bias = std::exp(biases / count);
  accuracy.median = quantile(factors, 0.5);
  accuracy.percentile_90 = quantile(factors, 0.9);
  accuracy.worst = *std::max_element(factors.begin(), factors.end());
  accuracy.rank = rank_correlation(predicted, measured);
  accuracy.within_1_2 /= count;
  accuracy.within_1_5 /= count;
  return accuracy;
}

Accuracy Validation::total() const {
  return accuracy_of(good_rows(rows));
}

std::size_t Validation::failures() const {
  return static_cast<std::size_t>(
      std::count_if(rows.begin(), rows.end(), [](const Prediction& row) { return !row.ok(); }));
}

std::size_t Validation::suspects() const {
  return static_cast<std::size_t>(std::count_if(
      rows.begin(), rows.end(),
      [](const Prediction& row) { return row.measurement.quality == Quality::kSuspect; }));
}

PredictionSet Validation::worst_first() const {
  PredictionSet set;
  for (const Prediction& row : rows)
    set.push_back(&row);
  std::stable_sort(set.begin(), set.end(), [](const Prediction* a, const Prediction* b) {
    return (a->ok() ? a->factor() : 0) > (b->ok() ? b->factor() : 0);
  });
  return set;
}

Validation validate(std::string source, std::vector<Prediction> rows) {
  Validation validation{.source = std::move(source), .rows = std::move(rows)};
  const auto& all = validation.rows;
  if (!all.empty() && std::all_of(all.begin(), all.end(), is_language)) {
    validation.tables = {table_by_host(all), table_by_chip(all), table_by_model(all)};
    validation.notes.push_back(interval_note(all));
  } else {
    validation.tables = {table_by_chip(all), table_by_bound(all), table_by_batch(all),
                         table_by_model(all)};
  }
  validation.gains = gains_of(validation.rows);
  const std::size_t suspects = validation.suspects();
  const std::size_t failures = validation.failures();
  const auto unknown = static_cast<std::size_t>(
      std::count_if(validation.rows.begin(), validation.rows.end(), [](const Prediction& row) {
        return row.ok() && row.measurement.quality == Quality::kMixed && row.table.empty();
      }));
  if (suspects > 0) {
    validation.notes.push_back(fmt::format("{} suspect rows are shown and not counted", suspects));
  }
  if (unknown > 0) {
    validation.notes.push_back(fmt::format(
        "{} rows ran partly in float, without a record of which part: predicted without", unknown));
  }
  if (failures > 0) {
    validation.notes.push_back(fmt::format("{} rows have no prediction", failures));
  }
  return validation;
}

}  // namespace tpuscope
