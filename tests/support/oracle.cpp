// Reads the tables of tests/data/oracle.

#include "tests/support/oracle.h"

#include <algorithm>
#include <cctype>

#include <doctest/doctest.h>

#include "graph/frontend.h"
#include "tests/support/places.h"
#include "tests/support/shared_files.h"

namespace tpuscope::test {
namespace {

/// Reads one folded sequence from its front.
class Unfolder {
 public:
  explicit Unfolder(std::string_view text) : rest_(text) {}

  std::vector<std::string> list() {
    std::vector<std::string> words;
    while (!rest_.empty() && rest_.front() != ')' && rest_.front() != ']') {
      if (took(", ")) continue;
      const std::size_t times = repetitions();
      const std::vector<std::string> body = item();
      for (std::size_t i = 0; i < times; ++i)
        words.insert(words.end(), body.begin(), body.end());
    }
    return words;
  }

 private:
  bool took(std::string_view prefix) {
    if (!rest_.starts_with(prefix)) return false;
    rest_.remove_prefix(prefix.size());
    return true;
  }

  /// The number before "x " or "x("; 1 without.
  std::size_t repetitions() {
    std::size_t digits = 0;
    while (digits < rest_.size() && std::isdigit(static_cast<unsigned char>(rest_[digits])) != 0)
      ++digits;
    if (digits == 0) return 1;
    const std::size_t times = std::stoul(std::string(rest_.substr(0, digits)));
    rest_.remove_prefix(digits);
    took("x");
    took(" ");
    return times;
  }

  std::vector<std::string> item() {
    if (took("(")) return closed();
    const std::string_view word = rest_.substr(0, rest_.find_first_of(",()[]"));
    rest_.remove_prefix(word.size());
    return took("[") ? closed() : std::vector<std::string>{std::string(word)};
  }

  std::vector<std::string> closed() {
    std::vector<std::string> words = list();
    rest_.remove_prefix(std::min<std::size_t>(1, rest_.size()));
    return words;
  }

  std::string_view rest_;
};

std::string oracle_path(const std::string& file) {
  return source_folder() + "/tests/data/oracle/" + file;
}

}  // namespace

std::vector<std::string> unfolded(std::string_view text) {
  return Unfolder(text).list();
}

CsvTable oracle_table(const std::string& file) {
  auto table = parse_csv(shared_text(oracle_path(file)), file);
  REQUIRE(table.ok());
  return *std::move(table);
}

std::vector<ProbeRow> probe_rows() {
  const CsvTable table = oracle_table("probes.csv");
  const auto cell = [&table](const std::vector<std::string>& row, std::string_view column) {
    return row.at(table.column(column));
  };
  std::vector<ProbeRow> rows;
  for (const std::vector<std::string>& row : table.rows) {
    if (cell(row, "tiu").empty()) continue;
    rows.push_back({.family = cell(row, "family"),
                    .graph = cell(row, "graph"),
                    .target = cell(row, "target"),
                    .commands = std::stoll(cell(row, "tiu")),
                    .cycles = std::stoll(cell(row, "tiu_cycles")),
                    .instructions = unfolded(cell(row, "tiu_commands"))});
  }
  return rows;
}

std::string probe_path(const ProbeRow& row) {
  return oracle_path("probes/" + row.family + "/" + row.graph + ".onnx");
}

Configuration configuration_of(std::string_view target) {
  Configuration configuration;
  configuration.chip = std::string(target.substr(0, target.find('_')));
  configuration.cores = 1;
  const auto holds = [target](std::string_view word) {
    return target.find(word) != std::string_view::npos;
  };
  configuration.precision.precision = holds("_F32")    ? DType::kF32
                                      : holds("_INT8") ? DType::kI8
                                                       : DType::kF16;
  if (holds("_nolg")) turn_switch(configuration, "layer_group", false);
  return configuration;
}

std::map<std::string, std::string> kinds_of_opcodes() {
  std::map<std::string, std::string> kinds;
  for (const std::vector<std::string>& row : oracle_table("kinds.csv").rows)
    kinds[row.at(0)] = row.at(1);
  return kinds;
}

std::vector<std::string> expected_kinds(const ProbeRow& row) {
  static const std::map<std::string, std::string> kOfOpcode = kinds_of_opcodes();
  std::vector<std::string> kinds;
  for (const std::string& instruction : row.instructions)
    kinds.push_back(kOfOpcode.at(instruction.substr(0, instruction.rfind(' '))));
  return kinds;
}

std::vector<std::string> bdc_kinds(const Program& program) {
  std::vector<std::string> kinds;
  for (const Command& command : program.commands) {
    if (command.engine == Engine::kBdc) kinds.emplace_back(name_of(command.kind));
  }
  return kinds;
}

Result<Run> probe_run(const ProbeRow& row) {
  Result<Graph> graph = load_graph(probe_path(row));
  if (!graph.ok()) return graph.error();
  return Compiler(*std::move(graph), row.graph, 1).run(configuration_of(row.target));
}

}  // namespace tpuscope::test
