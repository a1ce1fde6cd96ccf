// Columns: what Python gets of tables, as memory that NumPy, pandas, polars and Arrow read where it
// lies.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tpuscope::python {

/// Strings as Arrow's large UTF-8 has them: text i is bytes [offsets[i], offsets[i + 1]).
class Strings {
 public:
  void push_back(std::string_view text) {
    bytes_ += text;
    offsets_.push_back(static_cast<std::int64_t>(bytes_.size()));
  }
  std::size_t size() const { return offsets_.size() - 1; }
  std::string_view operator[](std::size_t i) const {
    const auto begin = static_cast<std::size_t>(offsets_[i]);
    return std::string_view(bytes_).substr(begin,
                                           static_cast<std::size_t>(offsets_[i + 1]) - begin);
  }
  const std::vector<std::int64_t>& offsets() const { return offsets_; }
  const std::string& bytes() const { return bytes_; }

 private:
  std::vector<std::int64_t> offsets_{0};
  std::string bytes_{};
};

using Integers = std::vector<std::int64_t>;
using Numbers = std::vector<double>;

struct Column {
  std::string name{};
  std::variant<Integers, Numbers, Strings> values{};

  std::size_t size() const {
    return std::visit([](const auto& of) { return of.size(); }, values);
  }
};

/// Columns of equal length, in the order in which people read them.
struct Table {
  std::vector<Column> columns{};

  std::size_t rows() const { return columns.empty() ? 0 : columns.front().size(); }

  /// Adds a column of what `get` says of each element: a string, a floating-point number or an
  /// integer.
  template <typename Rows, typename Get>
  void add(std::string name, const Rows& rows, Get get) {
    using Value = decltype(get(*rows.begin()));
    if constexpr (std::is_convertible_v<Value, std::string_view>) {
      fill<Strings>(std::move(name), rows, get);
    } else if constexpr (std::is_floating_point_v<Value>) {
      fill<Numbers>(std::move(name), rows, get);
    } else {
      fill<Integers>(std::move(name), rows,
                     [&](const auto& row) { return static_cast<std::int64_t>(get(row)); });
    }
  }

 private:
  template <typename Values, typename Rows, typename Get>
  void fill(std::string name, const Rows& rows, Get get) {
    Values values;
    for (const auto& row : rows)
      values.push_back(get(row));
    columns.push_back({std::move(name), std::move(values)});
  }
};

}  // namespace tpuscope::python
