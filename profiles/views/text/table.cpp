// Fits columns to a width: first the names are cut, then columns are left out.

#include "profiles/views/text/table.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace tpuscope {
namespace {

constexpr std::size_t kIndent = 2;
constexpr std::size_t kGap = 2;
/// Which columns are shown and how wide they are.
struct Fit {
  std::vector<bool> shown{};
  std::vector<std::size_t> widths{};

  std::size_t total() const {
    std::size_t sum = kIndent;
    std::size_t count = 0;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      if (!shown[i]) continue;
      sum += widths[i];
      ++count;
    }
    return sum + (count > 0 ? (count - 1) * kGap : 0);
  }
};

/// Narrows the flexible column first, to a legible width, then drops columns.
Fit fit_columns(const std::vector<Column>& columns, std::vector<std::size_t> widths,
                const Terminal& terminal) {
  Fit fit{std::vector<bool>(columns.size(), true), std::move(widths)};
  const auto flexible =
      std::find_if(columns.begin(), columns.end(), [](const Column& c) { return c.is_flexible; });
  const auto narrow = [&](std::size_t least) {
    if (flexible == columns.end() || fit.total() <= terminal.width) return;
    std::size_t& width = fit.widths[static_cast<std::size_t>(flexible - columns.begin())];
    const std::size_t excess = fit.total() - terminal.width;
    width = std::min(width, std::max(least, width - std::min(width, excess)));
  };
  const std::size_t legible = flexible == columns.end() ? 0 : flexible->legible;
  const std::vector<std::size_t> natural = fit.widths;
  narrow(legible);
  for (int importance = 0; importance < 9 && fit.total() > terminal.width; ++importance) {
    for (std::size_t i = columns.size(); i-- > 0;) {
      if (columns[i].importance != importance || fit.total() <= terminal.width) continue;
      fit.shown[i] = false;
      fit.widths = natural;
      narrow(legible);
    }
  }
  narrow(1);
  return fit;
}

}  // namespace

void Table::add(std::vector<Cell> row) {
  TPU_CHECK(row.size() == columns_.size(), "{} cells for {} columns", row.size(), columns_.size());
  rows_.push_back(std::move(row));
}

std::vector<std::size_t> Table::natural_widths(const Terminal& terminal) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = width_of(columns_[i].title);
    for (const auto& row : rows_)
      width = std::max(width, width_of(shown(row[i].text, terminal)));
    widths.push_back(width);
  }
  return widths;
}

std::string Table::text(const Terminal& terminal) const {
  Fit fit = fit_columns(columns_, natural_widths(terminal), terminal);
  if (!terminal.cut_names)
    fit = {std::vector<bool>(columns_.size(), true), natural_widths(terminal)};
  std::string text;
  const auto add_line = [&](const std::vector<Cell>& row) {
    std::string line(kIndent, ' ');
    bool is_first = true;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (!fit.shown[i]) continue;
      if (!is_first) line.append(kGap, ' ');
      is_first = false;
      const std::string cell = columns_[i].is_flexible
                                   ? fitted(row[i].text, fit.widths[i], terminal)
                                   : shown(row[i].text, terminal);
      const std::size_t pad = fit.widths[i] - std::min(fit.widths[i], width_of(cell));
      if (!columns_[i].is_name) line.append(pad, ' ');
      line += painted(cell, row[i].tone, terminal);
      if (columns_[i].is_name) line.append(pad, ' ');
    }
    line.resize(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  };
  std::vector<Cell> header;
  for (const Column& column : columns_)
    header.push_back({column.title, Tone::kDim});
  add_line(header);
  for (const auto& row : rows_)
    add_line(row);
  return text;
}

}  // namespace tpuscope
