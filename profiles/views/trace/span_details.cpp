// Details as JSON, ready-made for trace events.

#include "profiles/views/trace/span_details.h"

#include <algorithm>

#include <fmt/core.h>

#include "base/text.h"
#include "profiles/views/trace/trace_events.h"

namespace tpuscope {

std::string span_name(const Graph& graph, const Command& command) {
  const std::string_view kind = name_of(command.kind);
  if (command.op == kNone) return std::string(kind);
  const std::string_view type = graph[OpId{command.op}].def->name;
  return type == kind ? std::string(kind) : fmt::format("{}: {}", type, kind);
}

std::string group_details(const Report& report, std::uint32_t group,
                          const std::vector<std::string>& names) {
  const auto found = std::find_if(report.groups.begin(), report.groups.end(),
                                  [&](const GroupRow& row) { return row.index == group; });
  if (found == report.groups.end()) return "";
  std::vector<std::string> members;
  for (const OpId op : found->ops)
    members.push_back(names[op.index]);
  std::string end = "nothing follows";
  if (found->end != kNone) {
    const DecisionRow& decision = report.decisions[found->end];
    end = fmt::format("{}: {}", name_of(decision.kind),
                      decision.text.empty() ? decision.rule : decision.text);
  }
  const auto& secs = found->secs;
  return fmt::format(
      ",\"members\":[{}],\"slices\":{},\"slices_ncdhw\":\"{}x{}x{}x{}x{}\","
      "\"peak_bytes_per_lane\":{},\"ends\":{}",
      join(members, ","), found->slice_count, secs[0], secs[1], secs[2], secs[3], secs[4],
      found->peak_local_bytes, json_quoted(end));
}

std::string op_details(const Op& op, std::string_view name) {
  std::string text = fmt::format("\"op\":{}", name);
  if (!op.results.empty()) {
    text += fmt::format(",\"result\":{}", json_quoted(type_text(op.results[0].type)));
  }
  if (!op.made_by.empty()) text += fmt::format(",\"made_by\":{}", json_quoted(op.made_by));
  return text;
}

}  // namespace tpuscope
