// A fit for the terminal: values before and after, then errors before, after and of networks that
// the fit had not seen.

#include <fmt/core.h>

#include "graph/text.h"
#include "passes/precision.h"
#include "profiles/table.h"
#include "profiles/validation/fit.h"

namespace tpuscope {
namespace {

std::string values_text(const Fit& fit, const Terminal& terminal) {
  Table table({{.title = "value", .is_name = true},
               {.title = "before"},
               {.title = "after"},
               {.title = "range"},
               {.title = "influence"},
               {.title = "", .is_name = true}});
  for (const FitValue& value : fit.values) {
    table.add({{value.path},
               {fmt::format("{:.4g}", value.before)},
               {fmt::format("{:.4g}", value.after)},
               {fmt::format("{:g} to {:g}", value.low, value.high)},
               {fmt::format("{:+.2f}", value.influence)},
               {value.is_at_bound() ? "at the end of its range" : "", Tone::kWarning}});
  }
  return table.text(terminal);
}

PredictionSet rows_in(const std::vector<Prediction>& rows, const DType* precision) {
  PredictionSet set;
  for (const Prediction& row : rows) {
    if (precision == nullptr || row.measurement.precision == *precision) set.push_back(&row);
  }
  return set;
}

std::string errors_text(const Fit& fit, const Terminal& terminal) {
  Table table({{.title = "rows in", .is_name = true},
               {.title = "rows"},
               {.title = "before"},
               {.title = "after"},
               {.title = "left out"},
               {.title = "bias"},
               {.title = "worst"},
               {.title = "rank"}});
  const auto add = [&](const std::string& name, const DType* precision, Tone tone) {
    const Accuracy after = accuracy_of(rows_in(fit.after, precision));
    if (after.rows == 0) return;
    const auto factor = [&](const std::vector<Prediction>& rows) {
      return fmt::format("{:.3f}", accuracy_of(rows_in(rows, precision)).factor);
    };
    table.add({{name, tone},
               {std::to_string(after.rows), tone},
               {factor(fit.before), tone},
               {factor(fit.after), tone},
               {factor(fit.held_out), tone},
               {fmt::format("{:.3f}", after.bias), tone},
               {fmt::format("{:.2f}", after.worst), tone},
               {after.rank ? fmt::format("{:.3f}", *after.rank) : "-", tone}});
  };
  for (const DType& precision : precisions())
    add(std::string(precision_name(precision)), &precision, Tone::kPlain);
  add("all", nullptr, Tone::kHeadline);
  return table.text(terminal);
}

}  // namespace

std::string fit_text(const Fit& fit, const Terminal& terminal) {
  std::string text = fmt::format(
      "{}: {} values fitted to {} rows, {} simulations\n\n", shown(fit.chip.name, terminal),
      fit.values.size(), fit.after.size(), grouped(static_cast<std::int64_t>(fit.simulations)));
  text += values_text(fit, terminal) + "\n";
  text += errors_text(fit, terminal);
  text += fmt::format(
      "  every network weighing the same: {:.3f} before, {:.3f} after, {:.3f} left out\n",
      Fit::weighted_factor(fit.before), Fit::weighted_factor(fit.after),
      Fit::weighted_factor(fit.held_out));
  text +=
      "  error factors are geometric means; left out: each network by a fit that had not seen it\n"
      "  influence: percent that the time changes per percent of the value\n";
  return text;
}

}  // namespace tpuscope
