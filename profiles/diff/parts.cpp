// Texts that all forms of a diff use.

#include <map>

#include <fmt/core.h>

#include "graph/text.h"
#include "profiles/diff/diff.h"
#include "profiles/figures.h"
#include "profiles/waterfall.h"

namespace tpuscope {
namespace {

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

}  // namespace

std::string amount_text(std::string_view figure, std::int64_t value) {
  if (ends_with(figure, "_ps")) return time_text(Picoseconds{value});
  if (ends_with(figure, "_bytes")) return bytes_text(value);
  return grouped(value);
}

std::string change_text(std::int64_t base, std::int64_t now) {
  if (base == now) return "=";
  if (base == 0) return "new";
  return fmt::format("{:+.1f} %", 100 * ratio(now - base, base));
}

std::string title_of(std::string_view figure) {
  for (std::size_t i = 0; i < kStepCount; ++i) {
    const StepText& step = text_of(static_cast<Step>(i));
    if (step.key == figure || std::string(step.key) + "_ps" == figure)
      return std::string(step.title);
  }
  static const std::map<std::string_view, std::string_view> kTitles = {
      {"time_ps", "time"},
      {"bdc_busy_ps", "BDC busy"},
      {"gdma_busy_ps", "GDMA busy"},
      {"overlap_ps", "both busy"},
      {"idle_ps", "neither busy"},
      {"exposed_load_ps", "loads not hidden"},
      {"exposed_store_ps", "stores not hidden"},
      {"exposed_copy_ps", "copies not hidden"},
      {"ddr_read_bytes", "DDR bytes read"},
      {"ddr_write_bytes", "DDR bytes written"},
      {"local_memory_peak_bytes", "local memory peak"}};
  const auto found = kTitles.find(figure);
  return std::string(found == kTitles.end() ? figure : found->second);
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
