// Accuracy: how far predictions are off, as figures over sets of rows. An error is a factor, the
// larger of predicted/measured and its inverse: half and double are equally wrong.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "profiles/accuracy/gains.h"
#include "profiles/accuracy/prediction.h"

namespace tpuscope {

struct Accuracy {
  std::size_t rows = 0;
  std::size_t models = 0;  ///< different networks among them
  double factor = 1;       ///< geometric mean of the error factors: exp(mean |ln(pred/meas)|)
  double bias = 1;         ///< exp(mean ln(pred/meas)): above 1 predictions are too slow
  double median = 1;       ///< of the error factors
  double percentile_90 = 1;
  double worst = 1;
  std::optional<double> rank{};  ///< Spearman's correlation of predicted and measured; 2 rows at
                                 ///< least, and not all equal
  double within_1_2 = 0;         ///< share of rows whose factor is at most 1.2
  double within_1_5 = 0;
};

using PredictionSet = std::vector<const Prediction*>;

/// Of rows that were simulated; no rows give zeros and ones.
Accuracy accuracy_of(const PredictionSet& rows);

/// Value below which the share `part` of the values is, between neighbours by interpolation.
double quantile(std::vector<double> values, double part);

/// Spearman's rank correlation; equal values share their mean rank.
std::optional<double> rank_correlation(const std::vector<double>& a, const std::vector<double>& b);

struct AccuracyLine {
  std::vector<std::string> labels{};  ///< one per label column of its table
  Accuracy accuracy{};
  bool is_total = false;
};

struct AccuracyTable {
  std::string key{};                   ///< in files: "by_chip"
  std::string title{};                 ///< for people
  std::vector<std::string> columns{};  ///< of labels
  std::vector<AccuracyLine> lines{};
};

/// A table of predictions with all that views draw from it.
struct Validation {
  std::string source{};  ///< the measured table, as the user named it
  std::vector<Prediction> rows{};
  std::vector<AccuracyTable> tables{};  ///< by chip and precision first
  std::vector<Gain> gains{};
  std::vector<std::string> notes{};  ///< what a reader of the tables must know

  Accuracy total() const;        ///< over good rows
  std::size_t failures() const;  ///< rows without a prediction
  std::size_t suspects() const;  ///< rows that are shown and not counted
  /// Rows from the largest error to the smallest, equal ones in their order; failures last.
  PredictionSet worst_first() const;
};

Validation validate(std::string source, std::vector<Prediction> rows);

}  // namespace tpuscope
