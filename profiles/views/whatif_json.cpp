// Explanations as JSON: units in the names of fields, integers for times, fields in reading order.

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "passes/precision/precision.h"
#include "profiles/views/sensitivities_json.h"
#include "profiles/views/whatif_views.h"

namespace tpuscope {
namespace {

using Json = nlohmann::ordered_json;

Json document(const Report& report) {
  const Identity& identity = report.identity;
  return {{"schema", 1},
          {"kind", "tpuscope.explanation"},
          {"context",
           {{"tool", "tpuscope " TPUSCOPE_VERSION},
            {"model", sanitised_utf8(identity.model)},
            {"batch", identity.batch},
            {"precision", precision_name(identity.precision)},
            {"chip", sanitised_utf8(identity.chip)},
            {"overrides", identity.overrides},
            {"switches", identity.switches.names()}}},
          {"time_ps", report.summary.makespan.value}};
}

Json names(const std::vector<std::string>& ops) {
  Json json = Json::array();
  for (const std::string& op : ops)
    json.push_back(sanitised_utf8(op));
  return json;
}

Json rules_json(const std::vector<RuleShare>& rules) {
  Json json = Json::array();
  for (const RuleShare& rule : rules) {
    const auto part = [&](CostPart which) {
      return rule.parts[static_cast<std::size_t>(which)].value;
    };
    json.push_back({{"rule", rule.rule},
                    {"engine", name_of(rule.engine)},
                    {"commands", rule.commands},
                    {"initial_ps", part(CostPart::kInitial)},
                    {"useful_ps", part(CostPart::kUseful)},
                    {"padding_ps", part(CostPart::kPadding)},
                    {"conflict_ps", part(CostPart::kConflict)},
                    {"evidence", name_of(rule.evidence)},
                    {"values", rule.values}});
  }
  return json;
}

Json waits_json(const std::vector<WaitShare>& waits) {
  Json json = Json::array();
  for (const WaitShare& wait : waits) {
    json.push_back({{"on", sanitised_utf8(wait.on)},
                    {"command", wait.kind},
                    {"commands", wait.commands},
                    {"time_ps", wait.time.value}});
  }
  return json;
}

Json reasons_json(const std::vector<Explanation::Reason>& reasons) {
  Json json = Json::array();
  for (const auto& [op, decision] : reasons) {
    json.push_back({{"op", sanitised_utf8(op)},
                    {"kind", decision.kind},
                    {"rule", decision.rule},
                    {"text", decision.text},
                    {"bytes_per_lane", decision.bytes},
                    {"cost_ps", decision.cost.value}});
  }
  return json;
}

Json game_json(const Shapley& game) {
  return {{"is_exact", game.is_exact}, {"orders", game.orders}};
}

std::string text_of_whatif_json(const Json& json) {
  return json.dump(1) + "\n";
}

}  // namespace

std::string explanation_json(const Explanation& explanation, const Report& report) {
  Json charged = Json::object();
  for (std::size_t i = 0; i < kStepCount; ++i) {
    const Step step = static_cast<Step>(i);
    charged[std::string(tpuscope::text_of(step).key) + "_ps"] = explanation.charged[step].value;
  }
  Json gains = Json::array();
  for (const LiftedGain& gain : explanation.gains) {
    gains.push_back(
        {{"name", gain.name}, {"is_switch", gain.is_switch}, {"saved_ps", gain.saved.value}});
  }
  Json json = document(report);
  json["explanation"] = {
      {"subject", explanation.subject},
      {"name", sanitised_utf8(explanation.name)},
      {"detail", sanitised_utf8(explanation.detail)},
      {"group", explanation.group == kNone ? Json(nullptr) : Json(explanation.group)},
      {"ops", names(explanation.ops)},
      {"begin_ps", explanation.begin.value},
      {"end_ps", explanation.end.value},
      {"charged", std::move(charged)},
      {"on_critical_path_ps", explanation.on_path.value},
      {"rules", rules_json(explanation.rules)},
      {"waits", waits_json(explanation.waits)},
      {"reasons", reasons_json(explanation.reasons)},
      {"gains", std::move(gains)}};
  return text_of_whatif_json(json);
}

std::string overview_json(const Overview& overview, const Profile& profile) {
  Json path = Json::array();
  for (const Overview::PathShare& part : overview.path) {
    path.push_back(
        {{"kind", part.kind}, {"commands", part.commands}, {"time_ps", part.time.value}});
  }
  Json sizes = Json::array();
  for (const Resized& row : overview.resized) {
    sizes.push_back({{"value", row.path},
                     {"size", row.value},
                     {"time_ps", row.fits ? Json(row.makespan.value) : Json(nullptr)}});
  }
  Json gaps = Json::array();
  for (const Gap& gap : overview.gaps) {
    const auto& commands = profile.simulation.program.commands;
    gaps.push_back(
        {{"begin_ps", gap.begin.value},
         {"end_ps", gap.end.value},
         {"next", gap.next == kNone
                      ? Json(nullptr)
                      : Json(sanitised_utf8(profile.graph[OpId{commands[gap.next].op}].name))}});
  }
  Json json = document(profile.report);
  json["overview"] = {{"critical_path", std::move(path)},
                      {"sensitivities", sensitivities_json(overview.sensitivities)},
                      {"resized", std::move(sizes)},
                      {"gaps", std::move(gaps)}};
  return text_of_whatif_json(json);
}

std::string capabilities_json(const CapabilityRanking& ranking, const Report& report) {
  Json rows = Json::array();
  for (const RankedCapability& row : ranking.rows) {
    Json members = Json::array();
    for (std::size_t i = 0; i < row.members_left_out.size(); ++i) {
      members.push_back(
          {{"switch", row.capability.switches[i]}, {"left_out_ps", row.members_left_out[i].value}});
    }
    rows.push_back({{"name", row.capability.name},
                    {"kind", row.capability.kind == Capability::Kind::kSwitch ? "switch" : "rule"},
                    {"summary", row.capability.summary},
                    {"ops", row.capability.ops},
                    {"average_saved_ps", row.average.value},
                    {"average_error_ps", row.average_error.value},
                    {"alone_ps", row.alone.value},
                    {"left_out_ps", row.left_out.value},
                    {"members", std::move(members)}});
  }
  Json json = document(report);
  json["capabilities"] = {{"present_ps", ranking.present.value},
                          {"all_switches_ps", ranking.all_switches.value},
                          {"all_lifted_ps", ranking.all_lifted.value},
                          {"switches", game_json(ranking.switches)},
                          {"rules", game_json(ranking.rules)},
                          {"runs", ranking.runs},
                          {"rows", std::move(rows)}};
  return text_of_whatif_json(json);
}

}  // namespace tpuscope
