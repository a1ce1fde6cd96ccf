// What every terminal view has: who ran, what bounds it, which operators cost most.

#include "profiles/writers/text_parts.h"

#include <algorithm>

#include <fmt/core.h>

#include "graph/text.h"
#include "profiles/figures.h"
#include "profiles/table.h"

namespace tpuscope {

std::string identity_line(const Identity& identity, const Terminal& terminal) {
  const std::string facts =
      fmt::format("  batch {}  {}  on {}", identity.batch, name_of(identity.precision),
                  shown(identity.chip, terminal));
  constexpr std::string_view kSimulated = "  (simulated)";
  const std::size_t taken = facts.size() + kSimulated.size();
  const std::string model =
      fitted(identity.model, terminal.width > taken + 8 ? terminal.width - taken : 8, terminal);
  return painted(model + facts, Tone::kHeadline, terminal) +
         painted(kSimulated, Tone::kDim, terminal) + "\n";
}

std::string flowed(const std::vector<std::string>& pieces, const Terminal& terminal) {
  std::string text;
  std::size_t column = 0;
  for (const std::string& piece : pieces) {
    if (column > 0 && column + 3 + width_of(piece) <= terminal.width) {
      text += "   ";
      column += 3;
    } else {
      text += column > 0 ? "\n  " : "  ";
      column = 2;
    }
    text += piece;
    column += width_of(piece);
  }
  return text + "\n";
}

std::string verdict(const Report& report, const Terminal& terminal, std::string_view prefix) {
  const Waterfall& waterfall = report.waterfall;
  const auto share = [&](Picoseconds time) {
    return percent_text(ratio(time.value, report.summary.makespan.value));
  };
  const Picoseconds load = waterfall[Step::kExposedLoad];
  const Picoseconds store = waterfall[Step::kExposedStore];
  const Picoseconds copy = waterfall[Step::kExposedCopy];
  const Step step = waterfall.largest();
  // Loads, stores and copies wait for the same bus: together they may outweigh the largest step.
  const Picoseconds transfers = load + store + copy;
  if (transfers >= waterfall[step]) {
    return flowed({painted(fmt::format("{}bound by transfers", prefix), Tone::kWarning, terminal) +
                       fmt::format(": {} % of the time nothing else runs", share(transfers)),
                   fmt::format("loads {} %", share(load)), fmt::format("stores {} %", share(store)),
                   fmt::format("copies {} %", share(copy))},
                  terminal);
  }
  const Tone tone = step == Step::kUsefulCompute ? Tone::kBetter : Tone::kWarning;
  return flowed(
      {painted(fmt::format("{}bound by {}", prefix, text_of(step).bound), tone, terminal) +
           fmt::format(": {} % of the time", share(waterfall[step])),
       std::string(text_of(step).meaning)},
      terminal);
}

std::string operator_table(const Report& report, std::size_t top, const Terminal& terminal) {
  Table table({{.title = "op", .is_name = true, .is_flexible = true, .legible = 36},
               {.title = "type", .is_name = true, .importance = 4},
               {.title = "group", .importance = 0},
               {.title = "blame"},
               {.title = "%"},
               {.title = "cumul.", .importance = 1},
               {.title = "BDC cycles", .importance = 3},
               {.title = "useful", .importance = 5},
               {.title = "moved", .importance = 6},
               {.title = "bound", .is_name = true}});
  const std::size_t shown_rows = top == 0 ? report.ops.size() : std::min(top, report.ops.size());
  const std::int64_t makespan = report.summary.makespan.value;
  const auto cycles = [&](Picoseconds time) {
    return grouped(cycles_in(time, report.summary.clock_khz));
  };
  Picoseconds sum{};
  for (std::size_t i = 0; i < shown_rows; ++i) {
    const OpRow& op = report.ops[i];
    sum += op.blame();
    table.add(
        {{op.name},
         {op.type},
         {op.group == kNone ? "-" : std::to_string(op.group)},
         {cycles(op.blame())},
         {percent_text(ratio(op.blame().value, makespan))},
         {percent_text(ratio(sum.value, makespan))},
         {cycles(op.bdc_busy)},
         {op.issued_ops == 0 ? "-"
                             : fmt::format("{:.0f} %", 100 * ratio(op.useful_ops, op.issued_ops))},
         {bytes_text(op.transfer_bytes)},
         {std::string(text_of(op.waterfall.largest()).bound)}});
  }
  std::string text = table.text(terminal);
  text += painted(fmt::format("  {} of {} ops shown ({} % of the time){}", shown_rows,
                              report.ops.size(), percent_text(ratio(sum.value, makespan)),
                              shown_rows < report.ops.size() ? "; all: --top 0" : ""),
                  Tone::kDim, terminal);
  return text + "\n";
}

std::string footnote(const Terminal& terminal) {
  return painted("  blame: cycles charged to one op each, so that they add up to the total",
                 Tone::kDim, terminal) +
         "\n";
}

}  // namespace tpuscope
