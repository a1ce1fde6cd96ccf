// Comma-separated values as RFC 4180 has them: fields in quotes where they need it, quotes doubled,
// lines ended by CR LF. The reader takes LF alone as well.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/byte_sink.h"
#include "base/result.h"

namespace tpuscope {

/// One line. Invalid UTF-8 and control characters in fields are replaced; a text that would be a
/// formula gets a quote before it.
void write_csv_row(ByteSink& sink, const std::vector<std::string>& fields);

/// A table with a header.
struct CsvTable {
  std::vector<std::string> header{};
  std::vector<std::vector<std::string>> rows{};  ///< each as long as the header

  /// Place of a column, or npos.
  std::size_t column(std::string_view name) const;
  static constexpr std::size_t npos = static_cast<std::size_t>(-1);
};

/// Errors name the line: unequal lengths, an open quote. `where` names the file.
Result<CsvTable> parse_csv(std::string_view text, const std::string& where);

}  // namespace tpuscope
