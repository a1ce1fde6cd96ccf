// Two plans for people at a terminal: totals, groups in the compiler's order, ops by difference.

#include <fmt/core.h>

#include "base/figures.h"
#include "base/text.h"
#include "base/writer.h"
#include "profiles/diff/diff.h"
#include "profiles/diff/plan_diff.h"
#include "profiles/views/text/table.h"
#include "profiles/views/text/text_parts.h"

namespace tpuscope {
namespace {

std::string signed_bytes_text(std::int64_t bytes) {
  if (bytes == 0) return "=";
  return (bytes > 0 ? "+" : "-") + bytes_text(std::abs(bytes));
}

/// "conv3: alone there", with a name that leaves room for the rest.
std::string reason_text(const PlanReason& reason, const Terminal& terminal) {
  constexpr std::size_t kReasonNameColumns = 18;
  if (reason.op.empty() || reason.text.empty()) return reason.text;
  return fitted(reason.op, kReasonNameColumns, terminal) + ": " + reason.text;
}

std::string totals_table(const PlanDiff& diff, const Terminal& terminal) {
  Table table({{.title = "", .is_name = true},
               {.title = "tpuscope"},
               {.title = "compiler"},
               {.title = "change"}});
  const bool has_figures = diff.theirs->figures != CompilerPlan::Figures::kUnknown;
  const auto add = [&](const std::string& title, std::string_view figure, std::int64_t ours,
                       std::int64_t theirs, bool is_known) {
    table.add({{title},
               {amount_text(figure, ours)},
               {is_known ? amount_text(figure, theirs) : "-"},
               {is_known ? change_text(theirs, ours) : ""}});
  };
  const GroupedOps ours = grouped_ops(*diff.ours);
  const GroupedOps theirs = grouped_ops(*diff.theirs);
  const auto count = [](std::size_t number) { return static_cast<std::int64_t>(number); };
  add("layer groups", "", count(ours.groups), count(theirs.groups), true);
  add("ops in groups", "", count(ours.ops), count(theirs.ops), true);
  add("BDC commands", "", diff.our_total.commands[0], diff.theirs->total.commands[0], has_figures);
  add("GDMA commands", "", diff.our_total.commands[1], diff.theirs->total.commands[1], has_figures);
  add("read from DDR", "_bytes", diff.our_total.read, diff.theirs->total.read, has_figures);
  add("written to DDR", "_bytes", diff.our_total.written, diff.theirs->total.written, has_figures);
  const Summary& summary = diff.ours->report.summary;
  if (diff.their_time) {
    add("time", "_ps", summary.makespan.value, diff.their_time->value, true);
  }
  if (diff.our_estimate && diff.theirs->estimated_cycles > 0) {
    add("cycles by the compiler's estimate", "", *diff.our_estimate, diff.theirs->estimated_cycles,
        true);
  }
  return table.text(terminal);
}

std::string groups_here(const PlanUnitRow& row) {
  std::vector<std::string> numbers;
  constexpr std::size_t kMostNumbers = 6;
  for (const std::uint32_t group : row.groups) {
    if (numbers.size() == kMostNumbers) {
      numbers.emplace_back("...");
      break;
    }
    numbers.push_back(std::to_string(group));
  }
  return numbers.empty() ? "-" : join(numbers, " ");
}

/// Groups; what the compiler runs alone is among the ops, and all of it in the JSON form.
std::string units_table(const PlanDiff& diff, const Terminal& terminal) {
  constexpr std::size_t kNameColumns = 22;
  Table table({{.title = "compiler's group", .is_name = true},
               {.title = "ops"},
               {.title = "slices", .is_name = true, .importance = 5},
               {.title = "here", .is_name = true, .importance = 6},
               {.title = "", .is_name = true},
               {.title = "because", .is_name = true, .is_flexible = true, .legible = 36}});
  for (const PlanUnitRow& row : diff.units) {
    const RecordedUnit& unit = diff.theirs->units[row.unit];
    const bool is_as_there = row.match == UnitMatch::kSame || row.match == UnitMatch::kUnknown;
    if (!unit.is_group) continue;
    const Tone tone = is_as_there ? Tone::kDim : Tone::kWarning;
    const std::string name = fmt::format("{} {}", row.unit, unit.ops.front().name);
    table.add({{fitted(name, kNameColumns, terminal)},
               {std::to_string(unit.ops.size())},
               {unit.slices ? list_text(*unit.slices) : ""},
               {groups_here(row)},
               {std::string(name_of(row.match)), tone},
               {reason_text(row.reason, terminal)}});
  }
  return table.text(terminal);
}

std::string pair_text(std::int64_t ours, std::int64_t theirs) {
  return fmt::format("{}/{}", ours, theirs);
}

std::string ops_table(const PlanDiff& diff, std::size_t top, const Terminal& terminal) {
  constexpr std::size_t kOpColumns = 24;
  Table table({{.title = "op", .is_name = true},
               {.title = "BDC", .importance = 7},
               {.title = "GDMA", .importance = 7},
               {.title = "moved here"},
               {.title = "there"},
               {.title = "change"},
               {.title = "because", .is_name = true, .is_flexible = true, .legible = 20}});
  std::size_t shown_rows = 0;
  std::size_t differing = 0;
  for (const PlanOpRow& row : diff.ops) {
    if (row.more_bytes() == 0 && row.more_commands() == 0) continue;
    ++differing;
    if (top > 0 && shown_rows == top) continue;
    ++shown_rows;
    table.add({{fitted(row.name(), kOpColumns, terminal)},
               {pair_text(row.ours.commands[0], row.theirs.commands[0])},
               {pair_text(row.ours.commands[1], row.theirs.commands[1])},
               {row.op ? bytes_text(row.ours.read + row.ours.written) : "-"},
               {row.recorded.empty() ? "-" : bytes_text(row.theirs.read + row.theirs.written)},
               {signed_bytes_text(row.more_bytes())},
               {reason_text(row.reason, terminal)}});
  }
  if (differing == 0) return "  every op has the same commands and bytes\n";
  return table.text(terminal) +
         painted(flowed({fmt::format("{} of {} ops that differ shown{}", shown_rows, differing,
                                     shown_rows < differing ? " (all: --top 0)" : ""),
                         "commands as here/there"},
                        terminal),
                 Tone::kDim, terminal);
}

void write_plan_text(const PlanDiff& diff, const WriterView& view, ByteSink& sink) {
  const Terminal& terminal = view.terminal;
  sink.write(identity_line(diff.ours->report.identity, terminal) + "\n");
  sink.write("  against " + fitted(diff.theirs->source, terminal.width - 10, terminal) + "\n\n");
  sink.write(totals_table(diff, terminal));
  std::vector<std::string> pieces = {
      fmt::format("{} of the compiler's {} ops matched", diff.names.matched, diff.names.ops)};
  if (diff.names.casts > 0)
    pieces.push_back(fmt::format("{} {} not here", diff.names.casts,
                                 diff.names.casts == 1 ? "cast is" : "casts are"));
  if (!diff.names.unmatched.empty()) {
    pieces.push_back(fmt::format("{} have no such name here, first {}", diff.names.unmatched.size(),
                                 in_quotes(sanitised_utf8(diff.names.unmatched.front()))));
  }
  if (diff.likeness.neighbours > 0) {
    pieces.push_back(fmt::format("{} of {} neighbours are grouped alike", diff.likeness.alike,
                                 diff.likeness.neighbours));
  }
  pieces.push_back("its commands are from " + std::string(figures_text(diff.theirs->figures)));
  sink.write(painted(flowed(pieces, terminal), Tone::kDim, terminal) + "\n");
  sink.write(units_table(diff, terminal) + "\n");
  if (diff.theirs->figures == CompilerPlan::Figures::kUnknown) return;
  sink.write(ops_table(diff, view.top, terminal));
}

TPU_REGISTER(register_writer<PlanDiff>({.name = "text",
                                        .summary = "tables for the terminal",
                                        .signature = "",
                                        .write = write_plan_text}));

}  // namespace
}  // namespace tpuscope
