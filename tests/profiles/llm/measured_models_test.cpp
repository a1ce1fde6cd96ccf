// Language models beside what was measured on boards: C++ programs, whose hosts add little, are
// held to; what Python programs add is their own, so that their rows are only within the interval.

#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>

#include "base/csv.h"
#include "base/input_file.h"
#include "profiles/llm/language_profile.h"
#include "tests/support/places.h"

namespace tpuscope::test {
namespace {

struct MeasuredModel {
  LanguageModel model{};
  LanguageOptions options{};
  double first_token_ms = 0;  ///< 0: not measured without other work
  double token_ms = 0;
};

std::vector<MeasuredModel> measured_models() {
  const std::string path = source_folder() + "/tests/measured/language_models.csv";
  const CsvTable table = *parse_csv(*read_input(path), path);
  std::vector<MeasuredModel> rows;
  for (const auto& cells : table.rows) {
    const auto text = [&](std::string_view column) { return cells.at(table.column(column)); };
    const auto number = [&](std::string_view column) { return std::stoll(text(column)); };
    MeasuredModel row;
    row.model.name = text("model");
    row.model.layers = number("layers");
    row.model.hidden = number("hidden");
    row.model.heads = number("heads");
    row.model.kv_heads = number("kv_heads");
    row.model.head_width = number("head_width");
    row.model.intermediate = number("intermediate");
    row.model.vocabulary = number("vocabulary");
    row.model.has_tied_head = number("tied") != 0;
    row.model.has_qkv_bias = number("qkv_bias") != 0;
    row.model.has_qk_norm = number("qk_norm") != 0;
    row.options.chip = text("chip");
    row.options.cores = number("cores");
    row.options.host = *parse_host(text("host"));
    row.options.types = *parse_language_precision("w" + text("bits") + text("type"));
    row.options.types.group = number("group");
    row.options.types.head_bits = *parse_head_precision(text("head"));
    row.options.context = number("context");
    row.options.prefill = number("prompt");
    if (!text("first_token_ms").empty()) row.first_token_ms = std::stod(text("first_token_ms"));
    row.token_ms = 1000 / std::stod(text("tokens_per_s"));
    rows.push_back(row);
  }
  return rows;
}

double milliseconds(Picoseconds time) {
  return static_cast<double>(time.value) / 1e9;
}

/// The larger of predicted / measured and its inverse, as a geometric mean.
class Factor {
 public:
  void add(double predicted, double measured) {
    sum_ += std::abs(std::log(predicted / measured));
    ++rows_;
  }
  double value() const { return std::exp(sum_ / std::max(1, rows_)); }
  int rows() const { return rows_; }

 private:
  double sum_ = 0;
  int rows_ = 0;
};

struct Board {
  Factor token{};
  Factor first_token{};
};

/// Rows of one chip and kind of program.
Board board_of(std::string_view chip, HostPreset host, std::int64_t cores) {
  Board board;
  for (const MeasuredModel& row : measured_models()) {
    const LanguageOptions& options = row.options;
    if (options.chip != chip || options.host != host || options.cores != cores) continue;
    board.token.add(milliseconds(*token_time(row.model, options)), row.token_ms);
    if (row.first_token_ms == 0) continue;
    board.first_token.add(milliseconds(*first_token_time(row.model, options)), row.first_token_ms);
  }
  return board;
}

TEST_CASE("C++ programs on BM1684X: tokens within 5 percent, first tokens within 15") {
  const Board board = board_of("bm1684x", HostPreset::kCpp, 1);
  CHECK(board.token.rows() >= 5);
  CHECK(board.token.value() < 1.05);
  CHECK(board.first_token.value() < 1.15);
}

TEST_CASE("C++ programs on one and two cores of BM1688: tokens within 10 percent") {
  for (const std::int64_t cores : {1, 2}) {
    const Board board = board_of("bm1688", HostPreset::kCpp, cores);
    CHECK(board.token.rows() >= 3);
    CHECK(board.token.value() < 1.10);
    CHECK(board.first_token.value() < 1.20);
  }
}

TEST_CASE("Python programs on BM1684X: tokens within 15 percent, first tokens within 20") {
  const Board board = board_of("bm1684x", HostPreset::kPython, 1);
  CHECK(board.token.rows() >= 15);
  CHECK(board.token.value() < 1.15);
  CHECK(board.first_token.value() < 1.20);
}

TEST_CASE("intervals hold four of five measured rows") {
  std::size_t inside = 0;
  std::size_t all = 0;
  for (const MeasuredModel& row : measured_models()) {
    const LanguageProfile profile = *profile_language(row.model, row.options);
    const auto count = [&](const PhaseFigures& phase, double measured) {
      if (measured == 0) return;
      ++all;
      inside +=
          milliseconds(phase.low) <= measured && measured <= milliseconds(phase.high) ? 1U : 0U;
    };
    count(profile.decode, row.token_ms);
    count(profile.prefill, row.first_token_ms);
  }
  CHECK(inside * 5 >= all * 4);
}

}  // namespace
}  // namespace tpuscope::test
