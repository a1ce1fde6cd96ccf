// Fit: values of a chip refitted to measured latencies, within their physical ranges. Each value
// keeps its own meaning: a total is never scaled, since a right term would become wrong to hide a
// wrong one.

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/terminal.h"
#include "profiles/accuracy/accuracy.h"

namespace tpuscope {

struct FitOptions {
  ValidationOptions validation{};
  std::string chip{};   ///< a built-in chip or a chip file
  std::string table{};  ///< the measured table as the evidence will call it
  /// Values to fit; empty: all that are marked calibrated, and where streams are replayed all
  /// prices with a range.
  std::vector<std::string> only{};
  std::vector<std::string> fixed{};  ///< values that something better has told; never fitted
  std::size_t rounds = 10;           ///< at most; plans are made anew for each
  /// Called with a line about each round.
  std::function<void(const std::string&)> say{};
};

/// One fitted value.
struct FitValue {
  std::string path{};
  double before = 0;
  double after = 0;
  double low = 0;
  double high = 0;
  /// Mean over rows of how many percent the time changes per percent of the value, at the end.
  double influence = 0;
  /// Where most fits to other draws of the networks lie, see fit_support.h.
  double likely_low = 0;
  double likely_high = 0;
  std::vector<std::string> networks{};  ///< whose times tell the value

  /// At an end of the range the measurements ask for more than is physical, or the range is wrong.
  bool is_at_bound() const;
};

struct Fit {
  Chip chip{};  ///< with the new values and their evidence
  std::vector<FitValue> values{};
  std::vector<Prediction> before{};
  std::vector<Prediction> after{};
  std::vector<Prediction> held_out{};  ///< each by a fit that did not see the row's network
  std::size_t simulations = 0;
  /// Of a fit to streams: our plans of the same rows, which it did not see. Else empty.
  std::vector<Prediction> plans_before{};
  std::vector<Prediction> plans_after{};

  /// exp of what the fit minimises: every network weighs the same.
  static double weighted_factor(const std::vector<Prediction>& rows);
};

/// Fits the chip to the good rows of the table that are for it: to replays of their streams where
/// the validation names folders of these, and then plans are only checked. Each round plans all
/// rows, simulates them with every value moved a little both ways, and takes the values of the
/// least error on the quadratic surrogate (surrogate.h) that NLopt finds; a step counts only if the
/// simulator, with plans made anew, agrees that it is one. At last each network is left out in
/// turn.
///
/// Errors: no row for the chip, more values than rows, a value without a range, more than
/// kMaxCalibrated calibrated values, a row that cannot be simulated.
Result<Fit> fit_chip(const std::vector<Measurement>& rows, const FitOptions& options);

/// Values, errors and networks as JSON.
std::string fit_json(const Fit& fit);

/// The report for the terminal.
std::string fit_text(const Fit& fit, const Terminal& terminal);

}  // namespace tpuscope
