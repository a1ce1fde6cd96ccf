// The committed tables of the vendor's compiler hold together.

#include <filesystem>
#include <map>
#include <set>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include "base/text.h"
#include "tests/support/oracle.h"
#include "tests/support/places.h"

namespace tpuscope {
namespace {

using test::unfolded;
using Words = std::vector<std::string>;

/// Cycles or bytes: the number after the last space.
std::int64_t number_of_word(const std::string& word) {
  return std::stoll(word.substr(word.rfind(' ') + 1));
}

TEST_CASE("a folded sequence has every command of its runs") {
  CHECK(unfolded("a 1, 3x b 2") == Words{"a 1", "b 2", "b 2", "b 2"});
  CHECK(unfolded("2x(a, 2x b), c") == Words{"a", "b", "b", "a", "b", "b", "c"});
  CHECK(unfolded("2x Mul[a, b], 2x(Add[c], Cast[d])") ==
        Words{"a", "b", "a", "b", "c", "d", "c", "d"});
  CHECK(unfolded("").empty());
  CHECK(unfolded("2x(a, b") == Words{"a", "b", "a", "b"});  // nothing closes it but its end
}

TEST_CASE("a probe's commands are as many as its counts say and take as long") {
  const auto rows = test::probe_rows();
  CHECK(rows.size() > 800);
  for (const test::ProbeRow& row : rows) {
    CAPTURE(row.graph);
    CAPTURE(row.target);
    std::int64_t cycles = 0;
    for (const std::string& instruction : row.instructions)
      cycles += number_of_word(instruction);
    CHECK(static_cast<std::int64_t>(row.instructions.size()) == row.commands);
    CHECK(cycles == row.cycles);
  }
}

TEST_CASE("every opcode of the probes has a kind, and each kind an opcode in them") {
  const auto kinds = test::kinds_of_opcodes();
  std::set<std::string> seen;
  for (const test::ProbeRow& row : test::probe_rows()) {
    for (const std::string& instruction : row.instructions)
      seen.insert(instruction.substr(0, instruction.rfind(' ')));
  }
  for (const std::string& opcode : seen) {
    CAPTURE(opcode);
    CHECK(kinds.contains(opcode));
  }
  CHECK(kinds.size() == seen.size());
}

TEST_CASE("every probe has its graph, and every graph its rows") {
  std::set<std::string> named;
  for (const test::ProbeRow& row : test::probe_rows())
    named.insert(test::probe_path(row));
  std::set<std::string> present;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(
           test::source_folder() + "/tests/data/oracle/probes")) {
    if (entry.is_regular_file()) present.insert(entry.path().string());
  }
  CHECK(named == present);
}

/// The commands of "AR:12/340 CONV:3/99 ", or their cycles.
std::int64_t sum_of_kinds(const std::string& text, char before) {
  std::int64_t sum = 0;
  for (std::size_t at = text.find(before); at != std::string::npos; at = text.find(before, at + 1))
    sum += std::stoll(text.substr(at + 1));
  return sum;
}

TEST_CASE("the commands of a network by kind and by operator add up to all of them") {
  const CsvTable table = test::oracle_table("networks.csv");
  CHECK(table.rows.size() > 100);
  for (const std::vector<std::string>& row : table.rows) {
    const auto cell = [&](const char* column) { return row.at(table.column(column)); };
    CAPTURE(cell("network"));
    CAPTURE(cell("target"));
    CHECK(sum_of_kinds(cell("tiu_kinds"), ':') == std::stoll(cell("tiu")));
    CHECK(sum_of_kinds(cell("tiu_kinds"), '/') == std::stoll(cell("tiu_cycles")));
    CHECK(sum_of_kinds(cell("gdma_kinds"), ':') == std::stoll(cell("gdma")));
    CHECK(sum_of_kinds(cell("operators"), ':') == std::stoll(cell("tiu")));
    CHECK(sum_of_kinds(cell("operators"), '/') == std::stoll(cell("tiu_cycles")));
  }
}

/// The numbers after the colons of "load:0.25 store:0.5".
double sum_of_charges(const std::string& text) {
  double sum = 0;
  for (std::size_t at = text.find(':'); at != std::string::npos; at = text.find(':', at + 1))
    sum += std::stod(text.substr(at + 1));
  return sum;
}

TEST_CASE(
    "a replayed stream's charges add up to its time, and the compiler's estimate of it is known") {
  std::set<std::pair<std::string, std::string>> estimated;
  const CsvTable networks = test::oracle_table("networks.csv");
  for (const std::vector<std::string>& row : networks.rows)
    estimated.emplace(row.at(networks.column("network")), row.at(networks.column("target")));
  const CsvTable table = test::oracle_table("streams.csv");
  CHECK(table.rows.size() >= 55);
  for (const std::vector<std::string>& row : table.rows) {
    const auto cell = [&](const char* column) { return row.at(table.column(column)); };
    CAPTURE(cell("network"));
    CAPTURE(cell("target"));
    CHECK(estimated.contains({cell("network"), cell("target")}));
    // What is idle is charged to no command.
    CHECK(sum_of_charges(cell("charged_ms")) <= std::stod(cell("ms")) * 1.0001);
    CHECK(sum_of_charges(cell("charged_ms")) >= std::stod(cell("ms")) * 0.9);
  }
}

TEST_CASE("a network of which layer groups are counted has their record") {
  const CsvTable table = test::oracle_table("networks.csv");
  std::size_t recorded = 0;
  for (const std::vector<std::string>& row : table.rows) {
    const std::string path = fmt::format(
        "{}/tests/data/oracle/groups/{}/{}.layer_group_cache.json.gz", test::source_folder(),
        row.at(table.column("network")), row.at(table.column("target")));
    CAPTURE(path);
    CHECK(std::filesystem::exists(path) == !row.at(table.column("groups")).empty());
    if (std::filesystem::exists(path)) ++recorded;
  }
  CHECK(recorded >= 60);
}

TEST_CASE("every plan that was forced on the compiler stands beside its own") {
  const CsvTable table = test::oracle_table("what_if.csv");
  std::map<std::pair<std::string, std::string>, double> own;
  const auto cell = [&](const std::vector<std::string>& row, const char* column) {
    return row.at(table.column(column));
  };
  for (const std::vector<std::string>& row : table.rows) {
    if (cell(row, "plan") == "its own")
      own[{cell(row, "network"), cell(row, "target")}] = std::stod(cell(row, "ms"));
  }
  for (const std::vector<std::string>& row : table.rows) {
    CAPTURE(cell(row, "network"));
    CAPTURE(cell(row, "plan"));
    REQUIRE(own.contains({cell(row, "network"), cell(row, "target")}));
    CHECK(std::stoi(cell(row, "taken")) <= std::stoi(cell(row, "asked")));
  }
}

}  // namespace
}  // namespace tpuscope
