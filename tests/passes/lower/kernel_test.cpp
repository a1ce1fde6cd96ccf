// Kernels of language models beside the vendor's: every product and attention of its compiles, by
// its own estimate of commands, and schedules that a real machine could run.

#include <cmath>
#include <filesystem>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include "base/csv.h"
#include "base/input_file.h"
#include "passes/lower/kernel_a16.h"
#include "sim/verify/schedule_check.h"
#include "tests/support/estimate_chip.h"
#include "tests/support/places.h"
#include "tests/support/simulation.h"

namespace tpuscope::test {
namespace {

/// Rows of a table of tests/data/oracle, by the names of its columns.
class OracleRows {
 public:
  explicit OracleRows(const std::string& file) {
    const std::string path = source_folder() + "/tests/data/oracle/" + file;
    table_ = *parse_csv(*read_input(path), path);
  }
  std::size_t size() const { return table_.rows.size(); }
  const std::string& text(std::size_t row, std::string_view column) const {
    return table_.rows[row].at(table_.column(column));
  }
  std::int64_t number(std::size_t row, std::string_view column) const {
    return std::stoll(text(row, column));
  }

 private:
  CsvTable table_{};
};

struct Figures {
  double cycles = 0;
  double bdc = 0;
  double read = 0;
};

Figures figures_of(const Simulation& run) {
  Figures figures{.cycles = static_cast<double>(cycles_of(run))};
  for (const Command& command : run.program.commands) {
    if (command.engine == Engine::kBdc) figures.bdc += static_cast<double>(command.cost.total());
    if (command.direction == Direction::kDdrToLocal)
      figures.read += static_cast<double>(command.bytes);
  }
  return figures;
}

bool is_within(double ours, double theirs, double share) {
  return std::abs(ours - theirs) <= share * theirs;
}

Chip estimate_chip(const std::string& name) {
  Result<Chip> chip = load_chip(name, testing::estimate_overrides(name));
  REQUIRE(chip.ok());
  return *with_cores(*chip, 1);
}

std::string product_text(std::int64_t rows, std::int64_t inner, std::int64_t columns,
                         std::int64_t bits, std::int64_t group) {
  return fmt::format(
      "x = Input f16[1,{},{}]\nw = Weight u8[{},{}]\ns = Weight f16[{},{}]\nz = Weight u8[{},{}]\n"
      "y = A16MatMul(x, w, s, z) bits={} group={}\nreturn y\n",
      rows, inner, columns, inner * bits / 8, columns, inner / group, columns, inner / group, bits,
      group);
}

std::string with_bias(std::string text, std::int64_t columns) {
  text.insert(text.find("y = "), fmt::format("b = Weight f16[{}]\n", columns));
  text.insert(text.find(") bits"), ", b");
  return text;
}

std::string attention_text(std::int64_t queries, std::int64_t keys, std::int64_t heads,
                           std::int64_t kv_heads, std::int64_t width) {
  const std::int64_t past = keys > queries ? keys - queries : 0;
  std::string text = fmt::format(
      "q = Input f16[1,{0},{1},{3}]\nk = Input f16[1,{0},{2},{3}]\nv = Input f16[1,{0},{2},{3}]\n"
      "m = Input f16[1,1,{0},{4}]\n",
      queries, heads, kv_heads, width, keys);
  if (past > 0) {
    text += fmt::format("a = Input f16[1,{0},{1},{2}]\nb = Input f16[1,{0},{1},{2}]\n", past,
                        kv_heads, width);
  }
  return text + fmt::format("y = GroupedAttention(q, k, v, m{}) scale=0.1\nreturn y\n",
                            past > 0 ? ", a, b" : "");
}

TEST_CASE("nine of ten packed products take what the vendor's compiler says they take") {
  const OracleRows rows("packed_products.csv");
  std::size_t inside = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string chip = rows.text(i, "chip");
    const std::int64_t count = rows.number(i, "rows");
    const Figures ours =
        figures_of(simulated(product_text(count, rows.number(i, "inner"), rows.number(i, "columns"),
                                          rows.number(i, "bits"), rows.number(i, "group")),
                             estimate_chip(chip)));
    const double megahertz = chip == "bm1684x" ? 1000 : 900;
    const double cycles = ours.cycles * megahertz / 1000;
    const auto theirs = static_cast<double>(rows.number(i, "cycles"));
    const auto read = static_cast<double>(rows.number(i, "read_bytes"));
    const bool good =
        is_within(cycles, theirs, count == 1 ? 0.03 : 0.07) && is_within(ours.read, read, 0.005);
    inside += good ? 1 : 0;
    INFO(chip, " ", count, "x", rows.number(i, "inner"), "x", rows.number(i, "columns"), " w",
         rows.number(i, "bits"), ": cycles ", cycles / theirs, ", bytes ", ours.read / read);
    WARN(good);
  }
  CHECK(inside * 10 >= rows.size() * 9);
}

TEST_CASE("nine of ten attentions have the arithmetic and the bytes of the vendor's") {
  const OracleRows rows("attentions.csv");
  std::size_t inside = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string chip = rows.text(i, "chip");
    const Figures ours = figures_of(simulated(
        attention_text(rows.number(i, "queries"), rows.number(i, "keys"), rows.number(i, "heads"),
                       rows.number(i, "kv_heads"), rows.number(i, "width")),
        estimate_chip(chip)));
    const auto bdc = static_cast<double>(rows.number(i, "tiu_cycles"));
    const auto read = static_cast<double>(rows.number(i, "read_bytes"));
    const bool good = is_within(ours.bdc, bdc, 0.03) && is_within(ours.read, read, 0.005);
    inside += good ? 1 : 0;
    INFO(chip, " ", rows.number(i, "queries"), "x", rows.number(i, "keys"), " ",
         rows.number(i, "heads"), "/", rows.number(i, "kv_heads"), " x ", rows.number(i, "width"),
         ": arithmetic ", ours.bdc / bdc, ", bytes ", ours.read / read);
    WARN(good);
  }
  CHECK(inside * 10 >= rows.size() * 9);
}

TEST_CASE("schedules of kernels are such as a machine could run") {
  for (const char* name : {"bm1684x", "bm1688"}) {
    const Chip chip = *load_chip(name);
    for (const std::string& text :
         {product_text(1, 2048, 6144, 4, 64), product_text(1, 8960, 1536, 4, 64),
          product_text(1, 1536, 4096, 8, 128), with_bias(product_text(1, 1536, 4096, 4, 64), 4096),
          with_bias(product_text(512, 1536, 4096, 4, 64), 4096),
          with_bias(product_text(1, 8960, 1536, 4, 64), 1536), product_text(512, 1536, 256, 4, 64),
          product_text(300, 8960, 192, 4, 64), attention_text(1, 513, 12, 2, 128),
          attention_text(1, 513, 16, 16, 64), attention_text(512, 512, 8, 2, 64),
          attention_text(300, 300, 4, 4, 128), attention_text(64, 320, 4, 1, 64)}) {
      CAPTURE(text);
      const Graph graph = testing::graph_of(text);
      const Simulation run = simulated(graph, chip);
      const Errors errors = check_schedule(graph, chip, run.program, run.timeline);
      if (!errors.empty()) FAIL_CHECK(errors.front().message);
    }
  }
}

TEST_CASE("one to four rows of x cost the same") {
  const Chip chip = *load_chip("bm1684x");
  const auto time = [&](std::int64_t rows) {
    return figures_of(simulated(product_text(rows, 4096, 4096, 4, 64), chip)).cycles;
  };
  CHECK(is_within(time(4), time(1), 0.01));
  CHECK(time(64) > 1.05 * time(1));
}

TEST_CASE("an inner dimension whose column fits no lane is worked on in parts") {
  const Chip chip = *load_chip("bm1688");
  const PackedProduct fits{.rows = 512, .inner = 12288, .columns = 4096};
  CHECK(packed_tiling(chip, fits).parts == 1);
  PackedProduct longer = fits;
  longer.inner = 12416;
  CHECK(packed_tiling(chip, longer).parts == 2);
  CHECK(packed_tiling(chip, longer).rows == 16);
}

}  // namespace
}  // namespace tpuscope::test
