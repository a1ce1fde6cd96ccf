// The table of layer groups, on the terminal and in Markdown: what is in each, how it is sliced,
// and what ends it.

#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "base/figures.h"
#include "base/text.h"
#include "profiles/views/text/markdown.h"
#include "profiles/views/text/table.h"
#include "profiles/views/text/text_parts.h"

namespace tpuscope {
namespace {

/// "n 2 h 4": the axes that are cut; "1" where none is.
std::string slices_of(const GroupRow& group) {
  constexpr std::array<char, 5> kAxes = {'n', 'c', 'd', 'h', 'w'};
  std::string text;
  for (std::size_t i = 0; i < kAxes.size(); ++i) {
    if (group.secs[i] == 1) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : " ", kAxes[i], group.secs[i]);
  }
  return text.empty() ? "1" : text;
}

struct GroupTexts {
  std::string index{};
  std::string ops{};
  std::string slices{};
  std::string steps{};
  std::string peak{};  ///< per lane
  std::string time{};
  std::string share{};
  std::string members{};  ///< in running order
  std::string ends{};     ///< the first and the last of them
  std::string next{};     ///< the op before which it ends
  std::string why{};
  std::string rule{};
};

/// Groups of several ops; those of one have nothing to be looked into.
std::vector<GroupTexts> texts_of_groups(const Profile& profile) {
  const Report& report = profile.report;
  std::vector<GroupTexts> rows;
  for (const GroupRow& group : report.groups) {
    if (group.ops.size() < 2) continue;
    std::vector<std::string> members;
    for (const OpId op : group.ops)
      members.push_back(profile.graph[op].name);
    rows.push_back({.index = std::to_string(group.index),
                    .ops = std::to_string(group.ops.size()),
                    .slices = slices_of(group),
                    .steps = std::to_string(group.rows),
                    // Groups of compiled models do not tell theirs.
                    .peak = group.peak_local_bytes > 0 ? bytes_text(group.peak_local_bytes) : "",
                    .time = time_text(group.blame),
                    .share = percent_text(ratio(group.blame.value, report.summary.makespan.value)),
                    .members = join(members),
                    .ends = members.front() + " to " + members.back()});
    GroupTexts& row = rows.back();
    if (group.end == kNone) {
      // Of groups that were given nobody asked why they end.
      row.why = group.index + 1 == report.groups.size() ? "nothing after it computes" : "";
      continue;
    }
    const DecisionRow& decision = report.decisions[group.end];
    row.next = profile.graph[decision.op].name;
    row.why = reason_text(decision);
    row.rule = decision.rule;
  }
  return rows;
}

}  // namespace

std::string reason_text(const DecisionRow& decision) {
  std::string text = decision.text;
  if (decision.cost.value != 0) text += fmt::format(" by {}", time_text(decision.cost));
  if (decision.bytes != 0)
    text += fmt::format(": {} per lane too many", bytes_text(decision.bytes));
  return text;
}

std::string group_table(const Profile& profile, const Terminal& terminal) {
  Table groups({{.title = "group"},
                {.title = "ops"},
                {.title = "slices", .is_name = true},
                {.title = "time steps"},
                {.title = "peak per lane"},
                {.title = "attributed"},
                {.title = "%"},
                {.title = "members", .is_name = true, .is_flexible = true, .legible = 24}});
  Table ends({{.title = "group"},
              {.title = "ends because", .is_name = true},
              {.title = "rule", .is_name = true, .importance = 1},
              {.title = "before", .is_name = true, .is_flexible = true, .legible = 8}});
  const std::vector<GroupTexts> rows = texts_of_groups(profile);
  if (rows.empty()) return "  no layer group has more than one op\n";
  for (const GroupTexts& row : rows) {
    groups.add({{row.index},
                {row.ops},
                {row.slices},
                {row.steps},
                {row.peak},
                {row.time},
                {row.share},
                {terminal.cut_names ? row.ends : row.members, Tone::kDim}});
    ends.add({{row.index}, {row.why}, {row.rule}, {row.next}});
  }
  return groups.text(terminal) + "\n" + ends.text(terminal);
}

std::string group_table_markdown(const Profile& profile) {
  std::string text =
      "| group | ops | slices | time steps | peak per lane | attributed | % | members | ends "
      "because | rule | before |\n|--:|--:|---|--:|--:|--:|--:|---|---|---|---|\n";
  for (const GroupTexts& row : texts_of_groups(profile)) {
    text += fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |\n", row.index,
                        row.ops, row.slices, row.steps, row.peak, row.time, row.share,
                        as_markdown(row.members), as_markdown(row.why), as_markdown(row.rule),
                        as_markdown(row.next));
  }
  return text;
}

}  // namespace tpuscope
