// Identity, figures, operators, groups and passes for the HTML page.

#include "profiles/views/html/html_data.h"

#include <map>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "passes/precision/precision.h"
#include "profiles/report/verdict.h"
#include "profiles/views/html/packed_columns.h"
#include "profiles/views/summary_json.h"

namespace tpuscope {
namespace {

using Json = nlohmann::ordered_json;

/// One value of each of `rows`, packed.
template <typename Rows, typename Value>
std::string column(const Rows& rows, Value value) {
  std::vector<std::int64_t> numbers;
  numbers.reserve(rows.size());
  for (const auto& row : rows)
    numbers.push_back(static_cast<std::int64_t>(value(row)));
  return packed(numbers);
}

template <typename Rows, typename Value>
Json texts(const Rows& rows, Value value) {
  Json list = Json::array();
  for (const auto& row : rows)
    list.push_back(sanitised_utf8(value(row)));
  return list;
}

std::int64_t or_minus_one(std::uint32_t index) {
  return index == kNone ? -1 : std::int64_t{index};
}

Json identity_json(const Identity& identity) {
  return {{"model", sanitised_utf8(identity.model)},
          {"source", sanitised_utf8(identity.source)},
          {"precision", precision_name(identity.precision)},
          {"chip", sanitised_utf8(identity.chip)},
          {"preset", sanitised_utf8(identity.preset)},
          {"switches", identity.switches.names()},
          {"overrides", identity.overrides},
          {"batch", identity.batch}};
}

/// Step `i` of every operator's waterfall, for all steps.
Json waterfalls_json(const std::vector<OpRow>& ops) {
  Json steps = Json::array();
  for (std::size_t i = 0; i < kStepCount; ++i)
    steps.push_back(column(ops, [&](const OpRow& op) { return op.waterfall.steps[i].value; }));
  return steps;
}

Json ops_json(const std::vector<OpRow>& ops) {
  Json origins = Json::array();
  for (const OpRow& op : ops)
    origins.push_back(texts(op.origin, [](const std::string& name) { return name; }));
  return {{"count", ops.size()},
          {"name", texts(ops, [](const OpRow& op) { return op.name; })},
          {"type", texts(ops, [](const OpRow& op) { return op.type; })},
          {"shape", texts(ops, [](const OpRow& op) { return op.shape; })},
          {"made_by", texts(ops, [](const OpRow& op) { return op.made_by; })},
          {"origin", std::move(origins)},
          {"id", column(ops, [](const OpRow& op) { return op.op.index; })},
          {"group", column(ops, [](const OpRow& op) { return or_minus_one(op.group); })},
          {"steps_ps", waterfalls_json(ops)},
          {"bdc_ps", column(ops, [](const OpRow& op) { return op.bdc_busy.value; })},
          {"gdma_ps", column(ops, [](const OpRow& op) { return op.gdma_busy.value; })},
          {"hidden_ps", column(ops, [](const OpRow& op) { return op.hidden.value; })},
          {"moved", column(ops, [](const OpRow& op) { return op.transfer_bytes; })},
          {"ddr", column(ops, [](const OpRow& op) { return op.ddr_bytes; })},
          {"useful", column(ops, [](const OpRow& op) { return op.useful_ops; })},
          {"issued", column(ops, [](const OpRow& op) { return op.issued_ops; })},
          {"commands", column(ops, [](const OpRow& op) { return op.commands; })}};
}

Json groups_html_data_json(const std::vector<GroupRow>& groups) {
  Json secs = Json::array();
  for (std::size_t axis = 0; axis < 5; ++axis)
    secs.push_back(column(groups, [&](const GroupRow& group) { return group.secs[axis]; }));
  return {
      {"count", groups.size()},
      {"type", texts(groups, [](const GroupRow& group) { return group.type; })},
      {"secs", std::move(secs)},
      {"ops", column(groups, [](const GroupRow& group) { return group.ops.size(); })},
      {"slices", column(groups, [](const GroupRow& group) { return group.slice_count; })},
      {"rows", column(groups, [](const GroupRow& group) { return group.rows; })},
      {"peak", column(groups, [](const GroupRow& group) { return group.peak_local_bytes; })},
      {"blame_ps", column(groups, [](const GroupRow& group) { return group.blame.value; })},
      {"estimate_ps", column(groups, [](const GroupRow& group) { return group.estimate.value; })}};
}

Json decisions_html_data_json(const Profile& profile) {
  Json decisions = Json::array();
  for (const DecisionRow& decision : profile.report.decisions) {
    decisions.push_back({{"op", sanitised_utf8(profile.graph[decision.op].name)},
                         {"kind", decision.kind},
                         {"rule", decision.rule},
                         {"text", sanitised_utf8(decision.text)},
                         {"bytes", decision.bytes},
                         {"cost_ps", decision.cost.value}});
  }
  return decisions;
}

/// Ops of a finding as rows of the operator table.
Json findings_html_data_json(const Report& report) {
  std::map<OpId, std::size_t> rows;
  for (std::size_t row = 0; row < report.ops.size(); ++row)
    rows[report.ops[row].op] = row;
  Json findings = Json::array();
  for (const Finding& finding : report.findings) {
    Json ops = Json::array();
    for (const OpId op : finding.ops) {
      const auto row = rows.find(op);
      if (row != rows.end()) ops.push_back(row->second);
    }
    findings.push_back({{"rule", finding.rule},
                        {"message", sanitised_utf8(finding.message)},
                        {"remedy", sanitised_utf8(finding.remedy)},
                        {"gain_ps", finding.gain.value},
                        {"ops", std::move(ops)}});
  }
  return findings;
}

Json passes_html_data_json(const std::vector<PassSummary>& passes) {
  Json json = Json::array();
  for (const PassSummary& pass : passes) {
    json.push_back({{"name", pass.name},
                    {"changed", pass.changed},
                    {"runs", pass.runs},
                    {"counters", pass.counters}});
  }
  return json;
}

/// In a few words.
Json verdict_json(const Waterfall& waterfall) {
  const Verdict verdict = verdict_of(waterfall);
  if (verdict.is_transfers) {
    return {{"bound", "transfers"},
            {"time_ps", verdict.time.value},
            {"meaning", "data moves between DDR and the chip and nothing is computed"}};
  }
  return {{"bound", text_of(verdict.step).bound},
          {"time_ps", verdict.time.value},
          {"meaning", text_of(verdict.step).meaning}};
}

}  // namespace

nlohmann::ordered_json html_steps() {
  Json steps = Json::array();
  for (std::size_t i = 0; i < kStepCount; ++i) {
    const StepText& text = text_of(static_cast<Step>(i));
    steps.push_back({{"key", text.key},
                     {"title", text.title},
                     {"bound", text.bound},
                     {"meaning", text.meaning}});
  }
  return steps;
}

nlohmann::ordered_json html_run(const Profile& profile) {
  const Report& report = profile.report;
  Json waterfall = Json::array();
  for (const Picoseconds step : report.waterfall.steps)
    waterfall.push_back(step.value);
  return {{"identity", identity_json(report.identity)},
          {"summary", summary_json(report.summary)},
          {"verdict", verdict_json(report.waterfall)},
          {"waterfall_ps", std::move(waterfall)},
          {"ops", ops_json(report.ops)},
          {"findings", findings_html_data_json(report)},
          {"groups", groups_html_data_json(report.groups)},
          {"decisions", decisions_html_data_json(profile)},
          {"passes", passes_html_data_json(report.passes)},
          {"spans", html_spans(profile)},
          {"memory", html_memory(profile)}};
}

}  // namespace tpuscope
