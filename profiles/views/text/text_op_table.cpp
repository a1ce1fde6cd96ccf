// The table of operators on the terminal. Its last rows are what is not shown and what belongs to
// no op, so that the column of percentages adds up to 100 but for its rounding.

#include <fmt/core.h>

#include "base/figures.h"
#include "base/text.h"
#include "profiles/views/text/table.h"
#include "profiles/views/text/text_parts.h"

namespace tpuscope {
namespace {

std::string_view title_of(RowKey key) {
  switch (key) {
    case RowKey::kOp:
      return "op";
    case RowKey::kType:
      return "type";
    case RowKey::kGroup:
      return "group";
    case RowKey::kOriginPrefix:
      return "origin";
  }
  unreachable();
}

std::string count_line(const OpTable& table, const Report& report, const OpQuery& query) {
  const std::string_view things = query.key == RowKey::kOp ? "ops" : "rows";
  std::string text =
      fmt::format("  {} of {} {} shown ({} % of the time)", table.rows.size(), table.all_rows,
                  things, percent_text(ratio(table.shown.value, report.summary.makespan.value)));
  if (!query.filter.text().empty()) text += "; filter " + in_quotes(query.filter.text());
  if (table.rows.size() < table.all_rows) text += "; all: --top 0";
  return text;
}

}  // namespace

std::string operator_table(const Report& report, const OpQuery& query, const Terminal& terminal) {
  const bool is_grouped = query.key != RowKey::kOp;
  std::vector<Column> columns = {{.title = std::string(title_of(query.key)),
                                  .is_name = true,
                                  .is_flexible = true,
                                  .legible = 36},
                                 is_grouped
                                     ? Column{.title = "ops"}
                                     : Column{.title = "type", .is_name = true, .importance = 4},
                                 is_grouped ? Column{.title = "commands", .importance = 0}
                                            : Column{.title = "group", .importance = 0},
                                 {.title = "attributed"},
                                 {.title = "%"},
                                 {.title = "cumul.", .importance = 1},
                                 {.title = "BDC cycles", .importance = 3},
                                 {.title = "useful", .importance = 5},
                                 {.title = "moved", .importance = 6},
                                 {.title = "bound", .is_name = true}};
  Table text(std::move(columns));
  const OpTable table = select_ops(report, query);
  const Picoseconds makespan = report.summary.makespan;
  Picoseconds of_ops{};
  for (const OpRow& op : report.ops)
    of_ops += op.blame();
  const auto share = [&](Picoseconds time) {
    return percent_text(ratio(time.value, makespan.value));
  };
  const auto cycles = [&](Picoseconds time) {
    return grouped(cycles_in(time, report.summary.clock_khz));
  };
  Picoseconds sum{};
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const OpRow& op = table.rows[i].sum;
    sum += op.blame();
    text.add({{op.name},
              {is_grouped ? std::to_string(table.rows[i].ops) : op.type},
              {is_grouped          ? std::to_string(op.commands)
               : op.group == kNone ? "-"
                                   : std::to_string(op.group)},
              {cycles(op.blame())},
              {share(op.blame())},
              {share(sum)},
              {cycles(op.bdc_busy)},
              {op.issued_ops == 0 ? "-" : percent_text(ratio(op.useful_ops, op.issued_ops)) + " %"},
              {bytes_text(op.transfer_bytes)},
              {std::string(text_of(op.waterfall.largest()).bound)}});
  }
  const auto add_rest = [&](std::string_view name, Picoseconds time) {
    if (time.value == 0) return;
    text.add({{std::string(name), Tone::kDim},
              {},
              {},
              {cycles(time), Tone::kDim},
              {share(time), Tone::kDim},
              {},
              {},
              {},
              {},
              {}});
  };
  add_rest("(other ops)", of_ops - table.shown);
  add_rest("(launch and idle)", makespan - of_ops);
  return text.text(terminal) + painted(count_line(table, report, query), Tone::kDim, terminal) +
         "\n";
}

}  // namespace tpuscope
