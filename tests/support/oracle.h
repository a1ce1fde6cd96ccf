// What the vendor's compiler makes of small graphs (tests/data/oracle), and ours of the same.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/csv.h"
#include "passes/compile.h"

namespace tpuscope::test {

/// The words of a sequence in which runs are written once: "a, 2x b, 2x(c, Owner[d])" is
/// a b b c d c d. Brackets that do not match end it.
std::vector<std::string> unfolded(std::string_view text);

/// One probe compiled for one target by the vendor's compiler.
struct ProbeRow {
  std::string family{};
  std::string graph{};
  std::string target{};                     ///< such as bm1684x_INT8_nolg
  std::int64_t commands = 0;                ///< of the BDC
  std::int64_t cycles = 0;                  ///< of the BDC, by the compiler's estimate
  std::vector<std::string> instructions{};  ///< opcode and cycles: "arith.cast 224"
};

/// Every row of probes.csv that the compiler did not refuse.
std::vector<ProbeRow> probe_rows();

/// The file of a probe's graph.
std::string probe_path(const ProbeRow& row);

/// What the program is asked for on the row's target.
Configuration configuration_of(std::string_view target);

/// By opcode, the name of the CommandKind that does the same.
std::map<std::string, std::string> kinds_of_opcodes();

/// The program's names for the row's commands, in order.
std::vector<std::string> expected_kinds(const ProbeRow& row);
/// What a program's BDC commands are, in order: equal to the above where it is the compiler's.
std::vector<std::string> bdc_kinds(const Program& program);

/// The probe compiled and simulated here for the row's target.
Result<Run> probe_run(const ProbeRow& row);

/// A table of tests/data/oracle.
CsvTable oracle_table(const std::string& file);

}  // namespace tpuscope::test
