// A diff for people at a terminal: what is not equal first, because it may explain all the rest.

#include "base/text.h"

#include <algorithm>

#include <fmt/core.h>

#include "base/figures.h"
#include "base/writer.h"
#include "profiles/diff/diff.h"
#include "profiles/views/text/table.h"
#include "profiles/views/text/text_parts.h"

namespace tpuscope {
namespace {

Tone tone_of(std::string_view figure, std::int64_t base, std::int64_t now) {
  const Sense sense = sense_of(figure);
  if (base == now || sense == Sense::kNeutral) return Tone::kDim;
  return (now < base) == (sense == Sense::kLess) ? Tone::kBetter : Tone::kWorse;
}

std::string signed_time_text(Picoseconds change) {
  return (change.value > 0 ? "+" : "") + amount_text("_ps", change.value);
}

std::string figures_table(const std::vector<DiffFigure>& figures, std::string_view title,
                          const Terminal& terminal) {
  Table table({{.title = std::string(title), .is_name = true},
               {.title = "base"},
               {.title = "now"},
               {.title = "change"}});
  for (const DiffFigure& figure : figures) {
    if (figure.base == 0 && figure.now == 0) continue;
    table.add(
        {{title_of(figure.name)},
         {amount_text(figure.name, figure.base)},
         {amount_text(figure.name, figure.now)},
         {change_text(figure.base, figure.now), tone_of(figure.name, figure.base, figure.now)}});
  }
  return table.text(terminal);
}

/// Figures that a person compares; the rest is in the JSON form.
std::vector<DiffFigure> main_figures(const Diff& diff) {
  constexpr std::string_view kMain[] = {
      "time_ps", "cycles",         "bdc_busy_ps",     "gdma_busy_ps",           "overlap_ps",
      "idle_ps", "ddr_read_bytes", "ddr_write_bytes", "local_memory_peak_bytes"};
  std::vector<DiffFigure> figures;
  for (const std::string_view name : kMain) {
    for (const DiffFigure& figure : diff.figures) {
      if (figure.name == name) figures.push_back(figure);
    }
  }
  return figures;
}

std::vector<DiffFigure> in_picoseconds(std::vector<DiffFigure> steps) {
  for (DiffFigure& step : steps)
    step.name += "_ps";
  return steps;
}

/// Whether both times are printed with the same digits: no change for a reader.
bool reads_alike(const DiffRow& row) {
  const bool is_on_both = !row.base.empty() && !row.now.empty();
  return row.change().value == 0 || (is_on_both && amount_text("_ps", row.base_time.value) ==
                                                       amount_text("_ps", row.now_time.value));
}

std::string rows_table(const Diff& diff, std::size_t top, const Terminal& terminal) {
  Table table({{.title = "op", .is_name = true, .is_flexible = true, .legible = 30},
               {.title = "type", .is_name = true, .importance = 4},
               {.title = "", .is_name = true, .importance = 5},
               {.title = "base"},
               {.title = "now"},
               {.title = "change"}});
  std::size_t shown_rows = 0;
  std::size_t changed = 0;
  for (const DiffRow& row : diff.rows) {
    if (reads_alike(row)) continue;
    ++changed;
    if (top > 0 && shown_rows == top) continue;
    ++shown_rows;
    table.add({{label_of(row)},
               {row.first().type},
               {std::string(name_of(row.match)), Tone::kDim},
               {row.base.empty() ? "-" : amount_text("_ps", row.base_time.value)},
               {row.now.empty() ? "-" : amount_text("_ps", row.now_time.value)},
               {signed_time_text(row.change()),
                tone_of("_ps", row.base_time.value, row.now_time.value)}});
  }
  if (changed == 0) return "  no operator's time changed\n";
  return table.text(terminal) +
         painted(flowed({fmt::format("{} of {} changed rows shown{}", shown_rows, changed,
                                     shown_rows < changed ? " (all: --top 0)" : ""),
                         "matched: " + counts_of(diff)},
                        terminal),
                 Tone::kDim, terminal);
}

std::string sums_table(const std::vector<CommandSums>& rows, std::string_view title,
                       std::size_t top, const Terminal& terminal) {
  Table table({{.title = std::string(title), .is_name = true, .is_flexible = true, .legible = 24},
               {.title = "commands"},
               {.title = "base"},
               {.title = "now"},
               {.title = "change"}});
  std::size_t shown_rows = 0;
  for (const CommandSums& row : rows) {
    if (top > 0 && shown_rows == top) break;
    ++shown_rows;
    table.add({{row.name},
               {std::to_string(row.commands)},
               {amount_text("_ps", row.base.value)},
               {amount_text("_ps", row.now.value)},
               {change_text(row.base.value, row.now.value),
                tone_of("_ps", row.base.value, row.now.value)}});
  }
  std::string text = table.text(terminal);
  if (shown_rows < rows.size()) {
    text += painted(
        flowed({fmt::format("{} of {} shown (all: --top 0)", shown_rows, rows.size())}, terminal),
        Tone::kDim, terminal);
  }
  return text;
}

std::string pairs_table(const CommandDiff& commands, std::size_t top, const Terminal& terminal) {
  Table table({{.title = "command", .is_name = true},
               {.title = "class", .is_name = true},
               {.title = "op", .is_name = true, .is_flexible = true, .legible = 20},
               {.title = "base"},
               {.title = "now"},
               {.title = "change"}});
  std::size_t shown_rows = 0;
  for (const CommandPair& pair : commands.pairs) {
    if (pair.change().value == 0 || (top > 0 && shown_rows == top)) break;
    ++shown_rows;
    table.add(
        {{fmt::format("{} {} core {}", name_of(pair.base->engine), pair.base->id, pair.base->core)},
         {pair.base->kind},
         {pair.now->op.empty() ? pair.base->op : pair.now->op},
         {amount_text("_ps", pair.base->length.value)},
         {amount_text("_ps", pair.now->length.value)},
         {change_text(pair.base->length.value, pair.now->length.value),
          tone_of("_ps", pair.base->length.value, pair.now->length.value)}});
  }
  return shown_rows == 0 ? "  every command is as long\n" : table.text(terminal);
}

/// What runs of the same streams have in common: lengths by class, group, op and command.
std::string commands_text(const CommandDiff& commands, std::size_t top, const Terminal& terminal) {
  std::string text =
      flowed({fmt::format("{} commands joined by id", commands.pairs.size()),
              fmt::format("{} and {} are on one side only", commands.only_base, commands.only_now)},
             terminal);
  text += sums_table(commands.kinds, "class of commands", 0, terminal) + "\n";
  if (commands.groups.size() > 1) {
    text += sums_table(commands.groups, "group", 0, terminal) + "\n";
  }
  if (!commands.ops.empty()) text += sums_table(commands.ops, "op", top, terminal) + "\n";
  return text + pairs_table(commands, top, terminal) + "\n";
}

void write_diff_text(const Diff& diff, const WriterView& view, ByteSink& sink) {
  const Terminal& terminal = view.terminal;
  const auto line = [&](std::string_view name, const RunSummary& run) {
    sink.write("  " + left_aligned(name, 6) + fitted(run.source, terminal.width - 8, terminal) +
               "\n");
  };
  line("base", *diff.base);
  line("now", *diff.now);
  sink.write("\n");
  for (const DiffFact& fact : diff.differing_facts) {
    const std::string text = fmt::format("{}: {} and {}", fact.name, fact.base, fact.now);
    sink.write("  " + painted("differs", Tone::kWarning, terminal) + "  " +
               fitted(text, terminal.width - 11, terminal) + "\n");
  }
  if (!diff.differing_facts.empty()) sink.write("\n");
  sink.write(figures_table(main_figures(diff), "", terminal) + "\n");
  if (!diff.waterfall.empty()) {
    sink.write(figures_table(in_picoseconds(diff.waterfall), "where the time goes", terminal) +
               "\n");
  }
  if (diff.commands) sink.write(commands_text(*diff.commands, view.top, terminal));
  sink.write(rows_table(diff, view.top, terminal));
}

TPU_REGISTER(register_writer<Diff>({.name = "text",
                                    .summary = "tables for the terminal",
                                    .signature = "",
                                    .write = write_diff_text}));

}  // namespace
}  // namespace tpuscope
