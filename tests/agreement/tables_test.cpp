// The committed tables of the vendor's compiler hold together.

#include <filesystem>
#include <set>

#include <doctest/doctest.h>

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

}  // namespace
}  // namespace tpuscope
