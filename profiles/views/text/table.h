// Table: rows of cells fitted to a terminal. Columns that matter least go first when it is narrow;
// the one column of names takes the width that is left.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/terminal.h"

namespace tpuscope {

struct Column {
  std::string title{};
  bool is_name = false;      ///< left-aligned
  bool is_flexible = false;  ///< cut to the width that others leave; at most one
  std::size_t legible = 16;  ///< of a flexible column: cut no further while others can go
  int importance = 9;        ///< columns of lower importance are dropped first; 9 stays
};

struct Cell {
  std::string text{};
  Tone tone = Tone::kPlain;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  void add(std::vector<Cell> row);
  /// Lines with a header, each indented by two columns and within the terminal's width.
  std::string text(const Terminal& terminal) const;

 private:
  std::vector<std::size_t> natural_widths(const Terminal& terminal) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace tpuscope
