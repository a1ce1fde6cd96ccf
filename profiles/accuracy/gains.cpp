// Pairs are found by comparing every two rows: tables have hundreds of them.

#include "profiles/accuracy/gains.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/core.h>

#include "passes/precision/precision.h"
#include "profiles/accuracy/language_rows.h"

namespace tpuscope {
namespace {

/// A change, and how to recognise that `after` differs in it alone. The rows have one network and
/// chip.
struct Change {
  std::string name{};
  bool (*is)(const Measurement& before, const Measurement& after) = nullptr;
};

bool has_equal_cores(const Measurement& a, const Measurement& b) {
  return a.cores == b.cores;
}

bool has_equal_type(const Measurement& a, const Measurement& b) {
  return a.precision == b.precision;
}

bool has_equal_passes(const Measurement& a, const Measurement& b) {
  return a.preset() == b.preset() && a.compiler == b.compiler;
}

template <DType kBefore, DType kAfter>
bool changes_type(const Measurement& before, const Measurement& after) {
  return has_equal_cores(before, after) && has_equal_passes(before, after) &&
         before.precision == kBefore && after.precision == kAfter;
}

const std::vector<Change>& changes() {
  static const std::vector<Change> all = {
      {"graph passes",
       [](const Measurement& before, const Measurement& after) {
         return has_equal_cores(before, after) && has_equal_type(before, after) &&
                before.pipeline == "baseline" && after.pipeline == "optimized";
       }},
      {"second core",
       [](const Measurement& before, const Measurement& after) {
         return has_equal_type(before, after) && has_equal_passes(before, after) &&
                before.cores == 1 && after.cores == 2;
       }},
      {"f32 to f16", changes_type<DType::kF32, DType::kF16>},
      {"f32 to int8", changes_type<DType::kF32, DType::kI8>},
      {"f16 to int8", changes_type<DType::kF16, DType::kI8>},
  };
  return all;
}

bool is_good_gains(const Prediction& row) {
  return row.is_counted() && row.measurement.quality == Quality::kGood;
}

/// Of language models a token is no first token, and each program is its own.
bool is_same_work(const Measurement& a, const Measurement& b) {
  if (a.language == nullptr || b.language == nullptr) {
    return a.language == b.language && a.model == b.model;
  }
  return model_name(a) == model_name(b) && type_name(a) == type_name(b) &&
         way_name(a) == way_name(b);
}

/// Sums of logarithms while pairs are collected.
struct Sums {
  Gain gain{};
  double predicted = 0;
  double measured = 0;
  double error = 0;
};

}  // namespace

std::vector<Gain> gains_of(const std::vector<Prediction>& rows) {
  std::vector<Sums> sums;
  for (const Change& change : changes()) {
    for (const Prediction& after : rows) {
      if (!is_good_gains(after)) continue;
      const Measurement& changed = after.measurement;
      // A table may hold a row twice: the first one counts.
      const auto before = std::find_if(rows.begin(), rows.end(), [&](const Prediction& row) {
        const Measurement& measured = row.measurement;
        return is_good_gains(row) && is_same_work(measured, changed) &&
               measured.chip == changed.chip && measured.batch == changed.batch &&
               change.is(measured, changed);
      });
      if (before == rows.end()) continue;
      const std::string chip =
          changed.cores == 1 ? changed.chip : fmt::format("{} x{}", changed.chip, changed.cores);
      const std::string precision(precision_name(changed.precision));
      auto place = std::find_if(sums.begin(), sums.end(), [&](const Sums& each) {
        return each.gain.change == change.name && each.gain.chip == chip &&
               each.gain.precision == precision;
      });
      if (place == sums.end()) {
        place = sums.insert(sums.end(), Sums{.gain = {change.name, chip, precision}});
      }
      const double predicted = std::log(before->milliseconds() / after.milliseconds());
      const double measured = std::log(before->measurement.milliseconds / changed.milliseconds);
      ++place->gain.pairs;
      place->predicted += predicted;
      place->measured += measured;
      place->error += std::abs(predicted - measured);
    }
  }
  std::vector<Gain> gains;
  for (Sums& each : sums) {
    const auto pairs = static_cast<double>(each.gain.pairs);
    each.gain.predicted = std::exp(each.predicted / pairs);
    each.gain.measured = std::exp(each.measured / pairs);
    each.gain.factor = std::exp(each.error / pairs);
    gains.push_back(std::move(each.gain));
  }
  return gains;
}

}  // namespace tpuscope
