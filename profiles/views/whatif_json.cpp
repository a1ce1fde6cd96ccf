// Explanations as JSON: units in the names of fields, integers for times, fields in reading order.

#include "base/json_writer.h"
#include "base/text.h"
#include "passes/precision/precision.h"
#include "profiles/views/parts_json.h"
#include "profiles/views/whatif_views.h"

namespace tpuscope {
namespace {

/// What was run.
void write_head(JsonWriter& json, const Report& report) {
  const Identity& identity = report.identity;
  json.member("schema", 1);
  json.member("kind", "tpuscope.explanation");
  json.object("context", [&] {
    json.member("tool", "tpuscope " TPUSCOPE_VERSION);
    json.member("model", sanitised_utf8(identity.model));
    json.member("batch", identity.batch);
    json.member("precision", precision_name(identity.precision));
    json.member("chip", sanitised_utf8(identity.chip));
    json.member("overrides", identity.overrides);
    json.member("flags", identity.flags);
    json.member("switches", identity.switches.names());
  });
  json.member("time_ps", report.summary.makespan);
}

/// The document with what `write` adds about the run.
template <typename F>
std::string document(const Report& report, F write) {
  StringSink sink;
  JsonWriter json(sink, 1);
  json.object([&] {
    write_head(json, report);
    write(json);
  });
  json.finish("\n");
  return sink.text();
}

void write_rule(JsonWriter& json, const RuleShare& rule) {
  const auto part = [&](CostPart which) { return rule.parts[static_cast<std::size_t>(which)]; };
  json.member("rule", rule.rule);
  json.member("engine", name_of(rule.engine));
  json.member("commands", rule.commands);
  json.member("initial_ps", part(CostPart::kInitial));
  json.member("useful_ps", part(CostPart::kUseful));
  json.member("padding_ps", part(CostPart::kPadding));
  json.member("conflict_ps", part(CostPart::kConflict));
  json.member("evidence", name_of(rule.evidence));
  json.member("values", rule.values);
}

void write_wait(JsonWriter& json, const WaitShare& wait) {
  json.member("on", sanitised_utf8(wait.on));
  json.member("command", wait.kind ? name_of(*wait.kind) : "");
  json.member("commands", wait.commands);
  json.member("time_ps", wait.time);
}

void write_explanation(JsonWriter& json, const Explanation& explanation) {
  json.member("subject", name_of(explanation.subject));
  json.member("name", sanitised_utf8(explanation.name));
  json.member("detail", sanitised_utf8(explanation.detail));
  json.key("group");
  if (explanation.group == kNone) {
    json.null();
  } else {
    json.value(explanation.group);
  }
  json.list("ops", explanation.ops, [&](const std::string& op) { json.value(sanitised_utf8(op)); });
  json.member("begin_ps", explanation.begin);
  json.member("end_ps", explanation.end);
  json.object("charged", [&] {
    for (std::size_t i = 0; i < kStepCount; ++i) {
      const Step step = static_cast<Step>(i);
      json.member(std::string(text_of(step).key) + "_ps", explanation.charged[step]);
    }
  });
  json.member("on_critical_path_ps", explanation.on_path);
  if (explanation.banks.computations > 0) {
    json.member("bank_computations", explanation.banks.computations);
    json.member("bank_sharing", explanation.banks.sharing);
    json.member("bank_meeting", explanation.banks.meeting);
    json.member("bank_met_ps", explanation.banks.met);
  }
  json.objects("rules", explanation.rules, [&](const RuleShare& rule) { write_rule(json, rule); });
  json.objects("waits", explanation.waits, [&](const WaitShare& wait) { write_wait(json, wait); });
  json.objects("reasons", explanation.reasons, [&](const Explanation::Reason& reason) {
    json.member("op", sanitised_utf8(reason.op));
    write_members(json, reason.decision);
  });
  json.objects("gains", explanation.gains, [&](const LiftedGain& gain) {
    json.member("name", gain.name);
    json.member("is_switch", gain.is_switch);
    json.member("saved_ps", gain.saved);
  });
}

void write_plan_gain(JsonWriter& json, const PlanGain& gain) {
  json.object("planned_by_silicon", [&] {
    json.member("time_ps", gain.then);
    json.objects("stretches", gain.stretches, [&](const PlanStretch& stretch) {
      json.member("first", sanitised_utf8(stretch.first));
      json.member("last", sanitised_utf8(stretch.last));
      json.member("ops", stretch.ops);
      json.member("units", stretch.units_now);
      json.member("units_by_silicon", stretch.units_then);
      json.member("saved_ps", stretch.saved);
    });
  });
}

void write_overview(JsonWriter& json, const Overview& overview, const Profile& profile) {
  json.objects("critical_path", overview.path, [&](const Overview::PathShare& part) {
    json.member("kind", name_of(part));
    json.member("commands", part.commands);
    json.member("time_ps", part.time);
  });
  json.key("sensitivities");
  write_json(json, overview.sensitivities);
  json.objects("resized", overview.resized, [&](const Resized& row) {
    json.member("value", row.path);
    json.member("size", row.value);
    json.member("time_ps", row.fits ? std::optional(row.makespan) : std::nullopt);
  });
  if (overview.plan_gain) write_plan_gain(json, *overview.plan_gain);
  json.objects("gaps", overview.gaps, [&](const Gap& gap) {
    json.member("begin_ps", gap.begin);
    json.member("end_ps", gap.end);
    json.key("next");
    if (gap.next == kNone) {
      json.null();
    } else {
      const Command& next = profile.simulation.program.commands[gap.next];
      json.value(sanitised_utf8(profile.graph[OpId{next.op}].name));
    }
  });
}

void write_game(JsonWriter& json, std::string_view key, const Shapley& game) {
  json.object(key, [&] {
    json.member("is_exact", game.is_exact);
    json.member("orders", game.orders);
  });
}

void write_capability(JsonWriter& json, const RankedCapability& row) {
  json.member("name", row.capability.name);
  json.member("kind", row.capability.kind == Capability::Kind::kSwitch ? "switch" : "rule");
  json.member("summary", row.capability.summary);
  json.member("ops", row.capability.ops);
  json.objects("patterns", row.capability.patterns, [&](const CapabilityPattern& pattern) {
    json.member("pattern", sanitised_utf8(pattern.text));
    json.member("ops", pattern.ops);
    json.member("first", sanitised_utf8(pattern.first));
  });
  json.member("average_saved_ps", row.average);
  json.member("average_error_ps", row.average_error);
  json.member("alone_ps", row.alone);
  json.member("left_out_ps", row.left_out);
  json.array("members", [&] {
    for (std::size_t i = 0; i < row.members_left_out.size(); ++i) {
      json.object([&] {
        json.member("switch", row.capability.switches[i]);
        json.member("left_out_ps", row.members_left_out[i]);
      });
    }
  });
}

}  // namespace

std::string explanation_json(const Explanation& explanation, const Report& report) {
  return document(report, [&](JsonWriter& json) {
    json.object("explanation", [&] { write_explanation(json, explanation); });
  });
}

std::string overview_json(const Overview& overview, const Profile& profile) {
  return document(profile.report, [&](JsonWriter& json) {
    json.object("overview", [&] { write_overview(json, overview, profile); });
  });
}

void write_members(JsonWriter& json, const CapabilityRanking& ranking, const Report& report) {
  write_head(json, report);
  json.key("capabilities");
  write_json(json, ranking);
}

void write_json(JsonWriter& json, const CapabilityRanking& ranking) {
  json.object([&] {
    json.member("present_ps", ranking.present);
    json.member("all_switches_ps", ranking.all_switches);
    json.member("all_lifted_ps", ranking.all_lifted);
    write_game(json, "switches", ranking.switches);
    write_game(json, "rules", ranking.rules);
    json.member("runs", ranking.runs);
    json.objects("rows", ranking.rows,
                 [&](const RankedCapability& row) { write_capability(json, row); });
  });
}

std::string capabilities_json(const CapabilityRanking& ranking, const Report& report) {
  StringSink sink;
  JsonWriter json(sink, 1);
  json.object([&] { write_members(json, ranking, report); });
  json.finish("\n");
  return sink.text();
}

namespace {

TPU_REGISTER(register_writer<RankedCapabilities>(
    {.name = "json",
     .summary = "every figure of the ranking",
     .signature = "tpuscope.explanation",
     .write = [](const RankedCapabilities& subject, ByteSink& sink) {
       sink.write(capabilities_json(*subject.ranking, *subject.report));
     }}));

}  // namespace
}  // namespace tpuscope
