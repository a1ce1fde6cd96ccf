// The table of operators as requested: filtered, grouped, sorted, cut. Terminal and CSV
// draw the same rows.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/pattern.h"
#include "base/result.h"
#include "profiles/report/report.h"

namespace tpuscope {

/// What a row is.
enum class RowKey : std::uint8_t { kOp, kType, kGroup, kOriginPrefix };

struct OpSort {
  std::string_view name{};
  std::string_view summary{};
  /// Whether the first row comes first; equal rows keep their order of blame.
  bool (*before)(const OpRow& a, const OpRow& b) = nullptr;
};

struct OpQuery {
  std::size_t top = 10;  ///< rows; 0: all
  RowKey key = RowKey::kOp;
  /// Components of an origin's path that make a row of kOriginPrefix; 0: all but the last.
  std::size_t prefix_components = 0;
  const OpSort* sort = nullptr;  ///< null: by blame
  Pattern filter{};              ///< on name, type and origin
};

/// Names of the sorts, for help and suggestions.
std::vector<std::string> sort_names();

/// Reads the words of the flags. Unknown words and malformed expressions are kUsage errors.
Result<OpQuery> parse_op_query(std::string_view group_by, std::string_view sort,
                               const std::string& filter, std::size_t top);

/// A row: one op, or the sum of several.
struct OpTableRow {
  OpRow sum{};  ///< of several ops: name is the key, type, shape and origin are empty
  std::size_t ops = 1;
};

struct OpTable {
  std::vector<OpTableRow> rows{};  ///< at most `top`
  std::size_t all_rows = 0;        ///< that pass the filter
  Picoseconds shown{};             ///< blame of `rows`
};
OpTable select_ops(const Report& report, const OpQuery& query);

}  // namespace tpuscope
