// Identity, figures, operators, groups and passes for the HTML page.

#include "profiles/views/html/html_data.h"

#include <map>

#include "base/text.h"
#include "passes/precision/precision.h"
#include "profiles/report/verdict.h"
#include "profiles/views/html/packed_columns.h"
#include "profiles/views/parts_json.h"

namespace tpuscope {
namespace {

/// One value of each of `rows`, packed.
template <typename Rows, typename Value>
void write_column(JsonWriter& json, std::string_view key, const Rows& rows, Value value) {
  std::vector<std::int64_t> numbers;
  numbers.reserve(rows.size());
  for (const auto& row : rows)
    numbers.push_back(static_cast<std::int64_t>(value(row)));
  json.member(key, packed(numbers));
}

/// One text of each of `rows`.
template <typename Rows, typename Value>
void write_texts(JsonWriter& json, std::string_view key, const Rows& rows, Value value) {
  json.list(key, rows, [&](const auto& row) { json.value(sanitised_utf8(value(row))); });
}

std::int64_t or_minus_one(std::uint32_t index) {
  return index == kNone ? -1 : std::int64_t{index};
}

void write_identity(JsonWriter& json, const Identity& identity) {
  json.object("identity", [&] {
    json.member("model", sanitised_utf8(identity.model));
    json.member("source", sanitised_utf8(identity.source));
    json.member("precision", precision_name(identity.precision));
    json.member("chip", sanitised_utf8(identity.chip));
    json.member("preset", sanitised_utf8(identity.preset));
    json.member("switches", identity.switches.names());
    json.member("overrides", identity.overrides);
    json.member("flags", identity.flags);
    json.member("batch", identity.batch);
  });
}

/// Kinds of evidence that occur, and of each its part of every operator's time.
void write_op_evidence(JsonWriter& json, const std::vector<OpRow>& ops) {
  std::map<Evidence, std::vector<std::int64_t>> times;
  for (std::size_t op = 0; op < ops.size(); ++op) {
    for (const EvidenceRow& row : ops[op].evidence) {
      std::vector<std::int64_t>& column = times[row.evidence];
      column.resize(ops.size(), 0);
      column[op] = row.time.value;
    }
  }
  json.object("evidence_ps", [&] {
    for (const auto& [evidence, column] : times)
      json.member(name_of(evidence), packed(column));
  });
}

void write_html_ops(JsonWriter& json, const std::vector<OpRow>& ops) {
  const auto column = [&](std::string_view key, auto value) {
    write_column(json, key, ops, value);
  };
  json.object("ops", [&] {
    json.member("count", ops.size());
    write_texts(json, "name", ops, [](const OpRow& op) { return op.name; });
    write_texts(json, "type", ops, [](const OpRow& op) { return op.type; });
    write_texts(json, "shape", ops, [](const OpRow& op) { return op.shape; });
    write_texts(json, "made_by", ops, [](const OpRow& op) { return op.made_by; });
    json.list("origin", ops, [&](const OpRow& op) {
      json.list(op.origin, [&](const std::string& name) { json.value(sanitised_utf8(name)); });
    });
    column("id", [](const OpRow& op) { return op.op.index; });
    column("group", [](const OpRow& op) { return or_minus_one(op.group); });
    // Step `i` of every operator's waterfall, for all steps.
    json.array("steps_ps", [&] {
      for (std::size_t i = 0; i < kStepCount; ++i) {
        std::vector<std::int64_t> numbers;
        for (const OpRow& op : ops)
          numbers.push_back(op.waterfall.steps[i].value);
        json.value(packed(numbers));
      }
    });
    column("bdc_ps", [](const OpRow& op) { return op.bdc_busy.value; });
    column("gdma_ps", [](const OpRow& op) { return op.gdma_busy.value; });
    column("hidden_ps", [](const OpRow& op) { return op.hidden.value; });
    column("moved", [](const OpRow& op) { return op.transfer_bytes; });
    column("ddr", [](const OpRow& op) { return op.ddr_bytes; });
    column("useful", [](const OpRow& op) { return op.useful_ops; });
    column("issued", [](const OpRow& op) { return op.issued_ops; });
    column("commands", [](const OpRow& op) { return op.commands; });
    write_op_evidence(json, ops);
  });
}

void write_html_groups(JsonWriter& json, const std::vector<GroupRow>& groups) {
  const auto column = [&](std::string_view key, auto value) {
    write_column(json, key, groups, value);
  };
  json.object("groups", [&] {
    json.member("count", groups.size());
    write_texts(json, "type", groups, [](const GroupRow& group) { return name_of(group.type); });
    json.array("secs", [&] {
      for (std::size_t axis = 0; axis < 5; ++axis) {
        std::vector<std::int64_t> numbers;
        for (const GroupRow& group : groups)
          numbers.push_back(group.secs[axis]);
        json.value(packed(numbers));
      }
    });
    column("ops", [](const GroupRow& group) { return group.ops.size(); });
    column("slices", [](const GroupRow& group) { return group.slice_count; });
    column("rows", [](const GroupRow& group) { return group.rows; });
    column("peak", [](const GroupRow& group) { return group.peak_local_bytes; });
    column("blame_ps", [](const GroupRow& group) { return group.blame.value; });
    column("estimate_ps", [](const GroupRow& group) { return group.estimate.value; });
  });
}

/// Ops of a finding as rows of the operator table.
void write_html_findings(JsonWriter& json, const Report& report) {
  std::map<OpId, std::size_t> rows;
  for (std::size_t row = 0; row < report.ops.size(); ++row)
    rows[report.ops[row].op] = row;
  json.objects("findings", report.findings, [&](const Finding& finding) {
    write_members(json, finding);
    json.array("ops", [&] {
      for (const OpId op : finding.ops) {
        const auto row = rows.find(op);
        if (row != rows.end()) json.value(row->second);
      }
    });
  });
}

/// What bounds the run, in a few words.
void write_verdict(JsonWriter& json, const Verdict& verdict) {
  json.object("verdict", [&] {
    json.member("bound", verdict.bound());
    json.member("time_ps", verdict.time);
    json.member("meaning", verdict.meaning());
  });
}

}  // namespace

void write_html_steps(JsonWriter& json) {
  json.array([&] {
    for (std::size_t i = 0; i < kStepCount; ++i) {
      const StepText& text = text_of(static_cast<Step>(i));
      json.object([&] {
        json.member("key", text.key);
        json.member("title", text.title);
        json.member("bound", text.bound);
        json.member("meaning", text.meaning);
      });
    }
  });
}

void write_html_run(JsonWriter& json, const Profile& profile) {
  const Report& report = profile.report;
  json.object([&] {
    write_identity(json, report.identity);
    json.key("summary");
    write_json(json, report.summary);
    write_verdict(json, report.summary.verdict);
    json.member("waterfall_ps", report.waterfall.steps);
    write_html_ops(json, report.ops);
    write_html_findings(json, report);
    write_html_groups(json, report.groups);
    json.objects("evidence", report.evidence, [&](const EvidenceRow& row) {
      json.member("evidence", name_of(row.evidence));
      json.member("time_ps", row.time);
      json.member("values", row.values);
    });
    json.member("reachable_ddr_bytes_per_second", report.summary.reachable_ddr_bytes_per_second);
    json.objects("decisions", report.decisions, [&](const DecisionRow& decision) {
      json.member("op", sanitised_utf8(profile.graph[decision.op].name));
      write_members(json, decision);
    });
    json.list("passes", report.passes, [&](const PassSummary& pass) { write_json(json, pass); });
    json.key("graph");
    write_html_graph(json, profile);
    json.key("spans");
    write_html_spans(json, profile);
    json.key("memory");
    write_html_memory(json, profile);
  });
}

}  // namespace tpuscope
