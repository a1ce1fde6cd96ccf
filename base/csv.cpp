// One state machine over the bytes; a byte-order mark, which spreadsheets write, is skipped.

#include "base/csv.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "base/number.h"
#include "base/text.h"

namespace tpuscope {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

class CsvReader {
 public:
  CsvReader(std::string_view text, const std::string& where) : text_(text), where_(where) {}

  Result<CsvTable> read() {
    if (text_.substr(0, kByteOrderMark.size()) == kByteOrderMark) at_ = kByteOrderMark.size();
    CsvTable table;
    while (at_ < text_.size()) {
      const std::size_t line = line_;
      TPU_TRY(std::vector<std::string> row, read_row());
      if (row.size() == 1 && row[0].empty()) continue;
      if (table.header.empty()) {
        table.header = std::move(row);
      } else if (row.size() != table.header.size()) {
        return Error{.message = fmt::format("a row of {} fields under a header of {}", row.size(),
                                            table.header.size()),
                     .where = fmt::format("{}:{}", where_, line)};
      } else {
        table.rows.push_back(std::move(row));
      }
    }
    if (table.header.empty()) return Error{.message = "the table is empty", .where = where_};
    return table;
  }

 private:
  Result<std::vector<std::string>> read_row() {
    std::vector<std::string> row(1);
    while (at_ < text_.size()) {
      const char byte = text_[at_++];
      if (byte == '"' && row.back().empty()) {
        TPU_TRY_STATUS(read_quoted(row.back()));
      } else if (byte == ',') {
        row.emplace_back();
      } else if (byte == '\n') {
        ++line_;
        break;
      } else if (byte != '\r') {
        row.back() += byte;
      }
    }
    return row;
  }

  Status read_quoted(std::string& field) {
    const std::size_t line = line_;
    while (at_ < text_.size()) {
      const char byte = text_[at_++];
      if (byte == '\n') ++line_;
      if (byte != '"') {
        field += byte;
      } else if (at_ < text_.size() && text_[at_] == '"') {
        field += text_[at_++];
      } else {
        return Ok{};
      }
    }
    return Error{.message = "a quote is not closed", .where = fmt::format("{}:{}", where_, line)};
  }

  std::string_view text_;
  const std::string& where_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

/// A text that a spreadsheet would run as a formula gets a quote before it, which makes it a text
/// there. Numbers may begin with a sign.
std::string without_formula(std::string field) {
  if (field.empty() || std::string_view("=+-@").find(field[0]) == std::string_view::npos) {
    return field;
  }
  if (!number_in<double>(field) && field != "-") field.insert(field.begin(), '\'');
  return field;
}

}  // namespace

void write_csv_row(ByteSink& sink, const std::vector<std::string>& fields) {
  std::string line;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) line += ',';
    const std::string field = without_formula(sanitised_utf8(fields[i]));
    if (field.find_first_of(",\"") == std::string::npos) {
      line += field;
      continue;
    }
    line += '"';
    for (const char byte : field) {
      if (byte == '"') line += '"';
      line += byte;
    }
    line += '"';
  }
  sink.write(line + "\r\n");
}

std::size_t CsvTable::column(std::string_view name) const {
  const auto found = std::find(header.begin(), header.end(), name);
  return found == header.end() ? npos : static_cast<std::size_t>(found - header.begin());
}

Result<CsvTable> parse_csv(std::string_view text, const std::string& where) {
  return CsvReader(text, where).read();
}

}  // namespace tpuscope
