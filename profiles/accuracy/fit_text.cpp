// A fit for the terminal and as JSON: values before and after, then errors before, after and of
// networks that the fit had not seen.

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <fmt/core.h>

#include "base/json_writer.h"
#include "base/text.h"
#include "passes/precision/precision.h"
#include "profiles/accuracy/fit.h"
#include "profiles/views/text/table.h"

namespace tpuscope {
namespace {

std::string values_text(const Fit& fit, const Terminal& terminal) {
  Table table({{.title = "value", .is_name = true},
               {.title = "before"},
               {.title = "after"},
               {.title = "80 % lie in"},
               {.title = "range"},
               {.title = "influence"},
               {.title = "told by"},
               {.title = "", .is_name = true}});
  for (const FitValue& value : fit.values) {
    table.add({{value.path},
               {fmt::format("{:.4g}", value.before)},
               {fmt::format("{:.4g}", value.after)},
               {fmt::format("{:.4g} to {:.4g}", value.likely_low, value.likely_high)},
               {fmt::format("{:g} to {:g}", value.low, value.high)},
               {fmt::format("{:+.2f}", value.influence)},
               {std::to_string(value.networks.size())},
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
               {.title = "held out"},
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

/// Networks by how far a fit is off that had not seen them, the worst first.
struct LeftOut {
  std::string network{};
  double after = 1;
  double held_out = 1;
};

std::vector<LeftOut> left_out(const Fit& fit) {
  std::map<std::string, std::pair<PredictionSet, PredictionSet>> rows;
  for (std::size_t i = 0; i < fit.after.size(); ++i) {
    auto& [after, held_out] = rows[model_name(fit.after[i].measurement)];
    after.push_back(&fit.after[i]);
    held_out.push_back(&fit.held_out[i]);
  }
  std::vector<LeftOut> networks;
  for (const auto& [network, sets] : rows)
    networks.push_back({network, accuracy_of(sets.first).factor, accuracy_of(sets.second).factor});
  std::stable_sort(networks.begin(), networks.end(),
                   [](const LeftOut& a, const LeftOut& b) { return a.held_out > b.held_out; });
  return networks;
}

std::string worst_text(const Fit& fit, const Terminal& terminal) {
  constexpr std::size_t kShown = 5;
  Table table({{.title = "networks that are furthest off", .is_name = true, .is_flexible = true},
               {.title = "after"},
               {.title = "held out"}});
  const std::vector<LeftOut> networks = left_out(fit);
  for (std::size_t i = 0; i < std::min(kShown, networks.size()); ++i) {
    table.add({{networks[i].network},
               {fmt::format("{:.3f}", networks[i].after)},
               {fmt::format("{:.3f}", networks[i].held_out)}});
  }
  return table.text(terminal);
}

}  // namespace

std::string fit_json(const Fit& fit) {
  StringSink sink;
  JsonWriter json(sink, 1);
  json.object([&] {
    json.member("format", "tpuscope fit");
    json.member("version", 1);
    json.member("chip", sanitised_utf8(fit.chip.name));
    json.member("rows", fit.after.size());
    json.member("factor_before", Fit::weighted_factor(fit.before));
    json.member("factor_after", Fit::weighted_factor(fit.after));
    json.member("factor_left_out", Fit::weighted_factor(fit.held_out));
    if (!fit.plans_after.empty()) {
      json.member("plans", fit.plans_after.size());
      json.member("plans_factor_before", Fit::weighted_factor(fit.plans_before));
      json.member("plans_factor_after", Fit::weighted_factor(fit.plans_after));
    }
    json.objects("values", fit.values, [&](const FitValue& value) {
      json.member("key", value.path);
      json.member("before", value.before);
      json.member("after", value.after);
      json.member("range", std::array{value.low, value.high});
      json.member("likely", std::array{value.likely_low, value.likely_high});
      json.member("influence", value.influence);
      json.list("told_by", value.networks,
                [&](const std::string& network) { json.value(sanitised_utf8(network)); });
      json.member("at_bound", value.is_at_bound());
    });
    json.objects("networks", left_out(fit), [&](const LeftOut& network) {
      json.member("network", sanitised_utf8(network.network));
      json.member("factor_after", network.after);
      json.member("factor_left_out", network.held_out);
    });
  });
  json.finish("\n");
  return sink.text();
}

std::string fit_text(const Fit& fit, const Terminal& terminal) {
  std::string text = fmt::format(
      "{}: {} values fitted to {} rows, {} simulations\n\n", shown(fit.chip.name, terminal),
      fit.values.size(), fit.after.size(), grouped(static_cast<std::int64_t>(fit.simulations)));
  text += values_text(fit, terminal) + "\n";
  text += errors_text(fit, terminal) + "\n";
  text += worst_text(fit, terminal);
  text += fmt::format(
      "  every network weighing the same: {:.3f} before, {:.3f} after, {:.3f} held out\n",
      Fit::weighted_factor(fit.before), Fit::weighted_factor(fit.after),
      Fit::weighted_factor(fit.held_out));
  if (!fit.plans_after.empty()) {
    text += fmt::format("  {} plans of ours, checked and not fitted: {:.3f} before, {:.3f} after\n",
                        fit.plans_after.size(), Fit::weighted_factor(fit.plans_before),
                        Fit::weighted_factor(fit.plans_after));
  }
  text +=
      "  error factors are geometric means; held out: each network by a fit that had not seen it\n"
      "  influence: percent that the time changes per percent of the value; told by: networks with "
      "a "
      "row of\n  5 % or more of it; 80 % lie in: of fits to as many networks, drawn with "
      "repetition\n";
  return text;
}

}  // namespace tpuscope
