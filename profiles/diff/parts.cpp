// Texts that all forms of a diff use.

#include <map>

#include <fmt/core.h>

#include "base/figures.h"
#include "base/text.h"
#include "profiles/diff/diff.h"
#include "profiles/report/waterfall.h"

namespace tpuscope {
namespace {

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

struct FigureText {
  std::string_view title{};
  Sense sense = Sense::kNeutral;  ///< numbers of the chip and amounts of work are neither
};

const std::map<std::string_view, FigureText>& figure_texts() {
  static const std::map<std::string_view, FigureText> kTexts = {
      {"time_ps", {"time", Sense::kLess}},
      {"cycles", {"cycles", Sense::kLess}},
      {"clock_khz", {"clock"}},
      {"cores", {"cores"}},
      {"bdc_busy_ps", {"BDC busy"}},
      {"gdma_busy_ps", {"GDMA busy"}},
      {"overlap_ps", {"both busy"}},
      {"idle_ps", {"neither busy", Sense::kLess}},
      {"exposed_load_ps", {"exposed loads", Sense::kLess}},
      {"exposed_store_ps", {"exposed stores", Sense::kLess}},
      {"exposed_copy_ps", {"exposed DDR copies", Sense::kLess}},
      {"ddr_read_bytes", {"DDR bytes read", Sense::kLess}},
      {"ddr_write_bytes", {"DDR bytes written", Sense::kLess}},
      {"bound_ps", {"lower bound of the time"}},
      {"bound_ddr_bytes", {"lower bound of DDR bytes"}},
      {"macs", {"multiply-accumulates"}},
      {"useful_ops", {"useful operations"}},
      {"issued_ops", {"performed operations", Sense::kLess}},
      {"peak_macs_per_second", {"peak multiply-accumulates"}},
      {"peak_vector_ops_per_second", {"peak vector operations"}},
      {"peak_ddr_bytes_per_second", {"peak DDR bytes"}},
      {"local_memory_peak_bytes", {"local memory peak"}},
      {"local_memory_bytes", {"local memory"}},
      {"lanes", {"lanes"}},
      {"local_memory_banks", {"local memory banks"}},
      {"bdc_commands", {"BDC commands"}},
      {"gdma_commands", {"GDMA commands"}}};
  return kTexts;
}

}  // namespace

std::string amount_text(std::string_view figure, std::int64_t value) {
  if (ends_with(figure, "_ps")) return time_text(Picoseconds{value});
  if (ends_with(figure, "_bytes")) return bytes_text(value);
  if (ends_with(figure, "_khz")) return grouped((value + 500) / 1000) + " MHz";
  if (ends_with(figure, "_per_second")) return si_text(static_cast<double>(value)) + "/s";
  return grouped(value);
}

std::string title_of(std::string_view figure) {
  for (std::size_t i = 0; i < kStepCount; ++i) {
    const StepText& step = text_of(static_cast<Step>(i));
    if (step.key == figure || std::string(step.key) + "_ps" == figure)
      return std::string(step.title);
  }
  const auto found = figure_texts().find(figure);
  return std::string(found == figure_texts().end() ? figure : found->second.title);
}

Sense sense_of(std::string_view figure) {
  const std::string_view useful = text_of(Step::kUsefulCompute).key;
  if (figure == useful || figure == std::string(useful) + "_ps") return Sense::kNeutral;
  const auto found = figure_texts().find(figure);
  if (found != figure_texts().end()) return found->second.sense;
  return ends_with(figure, "_ps") ? Sense::kLess : Sense::kNeutral;
}

std::string label_of(const DiffRow& row) {
  const std::string& name = row.first().name;
  if (row.base.size() <= 1 && row.now.size() <= 1) return name;
  return fmt::format("{} ({} -> {})", name, row.base.size(), row.now.size());
}

std::string counts_of(const Diff& diff) {
  std::map<Match, std::size_t> counts;
  for (const DiffRow& row : diff.rows)
    ++counts[row.match];
  std::vector<std::string> pieces;
  for (const auto& [match, count] : counts)
    pieces.push_back(fmt::format("{} {}", count, name_of(match)));
  return join(pieces);
}

}  // namespace tpuscope
