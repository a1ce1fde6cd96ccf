// The files of the vendor's tools: read back by the structure that its own reader expects, and its
// definitions with arithmetic that can be followed.

#include <regex>
#include <sstream>

#include <doctest/doctest.h>

#include "base/csv.h"
#include "tests/profiles/timelines.h"

namespace tpuscope::test {
namespace {

/// Op 1 loads 96768 bytes in 2361 ns, then computes for 1000 ns while op 2 loads for 400.
Simulation small_run() {
  Command load{.kind = CommandKind::kLoad,
               .engine = Engine::kGdma,
               .direction = Direction::kDdrToLocal,
               .id = 1,
               .op = 1,
               .cost = {.initial = 50, .useful = 150},
               .bytes = 96'768};
  Command compute{.kind = CommandKind::kConv,
                  .engine = Engine::kBdc,
                  .id = 1,
                  .wait_id = 1,
                  .op = 1,
                  .cost = {.useful = 60, .padding = 40},
                  .useful_ops = 600,
                  .issued_ops = 1000};
  Command next = load;
  next.id = 2;
  next.op = 2;
  Command last = compute;
  last.id = 2;
  last.wait_id = 2;
  last.op = 2;
  return RunBuilder()
      .add(load, 0, 2361)
      .add(compute, 2361, 3361)
      .add(next, 2361, 2761)
      .add(last, 3361, 4361)
      .run();
}

TEST_CASE("net_stat.sim is read by the vendor's line structure, bandwidth in GiB/s") {
  const Profile profile = profile_of(small_run());
  std::istringstream lines(written("net_stat", {.after = &profile}));
  const std::regex bd(R"((\S+)\|(\S+)\|s:(\d+)\|b:(\d+)\|g:(\d+)\|e:(\d+)\|t:(\d+))");
  const std::regex gdma(
      R"((\S+)\|(\S+)\|s:(\d+)\|b:(\d+)\|g:(\d+)\|e:(\d+)\|t:(\d+)\|dr:([0-3])\|sz:(\d+)\|bw:([0-9.]+))");
  std::string line;
  std::getline(lines, line);
  CHECK(line.find("ENGINE_BD") != std::string::npos);
  CHECK(line.find("ENGINE_GDMA") != std::string::npos);
  int commands = 0;
  std::smatch match;
  while (std::getline(lines, line) && line[0] != '-') {
    const bool is_line = std::regex_match(line, match, gdma) || std::regex_match(line, match, bd);
    REQUIRE(is_line);
    CHECK(std::stoll(match[3]) + std::stoll(match[7]) == std::stoll(match[6]));
    // 96768 B / 2361 ns = 40.99 GB/s = 38.17 GiB/s, as in the published sample.
    if (commands == 0) CHECK(match[10] == "38.17");
    ++commands;
  }
  CHECK(commands == 4);
  std::getline(lines, line);
  CHECK(std::regex_match(line, std::regex("flops: \\d+")));
}

CsvTable table_of(const Profile& profile, std::string_view writer) {
  const Result<CsvTable> table = parse_csv(written(writer, {.after = &profile}), "t");
  REQUIRE(table.ok());
  return *table;
}

TEST_CASE("layer.csv keeps the vendor's definitions") {
  const Profile profile = profile_of(small_run());
  const CsvTable table = table_of(profile, "layer_csv");
  CHECK(table.header.size() == 46);
  REQUIRE(table.rows.size() == 2);
  const auto field = [&](std::size_t row, const char* column) {
    return table.rows[row][table.column(column)];
  };
  // Op 1: 2361 ns of transfer, nothing hidden, 1000 ns of compute.
  CHECK(field(0, "totalTime(us)") == "3.361");
  CHECK(field(0, "Parallelism") == "100.00%");
  CHECK(field(0, "Concurrency") == "0.00%");
  CHECK(field(0, "uArchRate") == "60.00%");
  // 150 of 200 cycles of a transfer move data at the practical bandwidth.
  CHECK(field(0, "ddrRate") == "75.00%");
  // Op 2: its 400 ns lie under op 1, so (400 + 1000 - 1000) / min(400, 1000) = 1.
  CHECK(field(1, "totalTime(us)") == "1.000");
  CHECK(field(1, "Parallelism") == "140.00%");
  CHECK(field(1, "Concurrency") == "100.00%");
}

TEST_CASE("summary.csv adds up its layers, and Overall is the run") {
  const Profile profile = profile_of(small_run());
  const CsvTable table = table_of(profile, "summary_csv");
  CHECK(table.header.size() == 26);
  REQUIRE(table.rows.size() == 3);
  CHECK(table.rows[2][0] == "Overall");
  CHECK(table.rows[2][table.column("totalTime(us)")] == "4.361");
  CHECK(table.rows[2][table.column("s2lBytes")] == "193536");
  // (2000 + 2761) / 4361 and (4761 - 4361) / 2000.
  CHECK(table.rows[2][table.column("Parallelism")] == "109.17%");
  CHECK(table.rows[2][table.column("Concurrency")] == "20.00%");
}

TEST_CASE("instruction.csv has a line per command with its engine, ids and rates") {
  const Profile profile = profile_of(small_run());
  const CsvTable table = table_of(profile, "instruction_csv");
  REQUIRE(table.rows.size() == 4);
  CHECK(table.rows[0][table.column("EngineId")] == "1");
  CHECK(table.rows[0][table.column("DMA data size(B)")] == "96768");
  CHECK(table.rows[1][table.column("Dep ID")] == "1");
  CHECK(table.rows[1][table.column("uArch Rate")] == "60.00%");
}

TEST_CASE("instruction.csv tells an operand's extents where it is cut like the result") {
  const auto extents = [](std::uint32_t box_read, std::uint32_t operand_op) {
    Simulation run = RunBuilder().bdc(0, 10, 2).run();
    run.program.boxes = {whole_box(8), whole_box(4)};
    run.program.parts = {{{OpId{operand_op}, 0}, box_read}, {{OpId{2}, 0}, 0}};
    Command& command = run.program.commands[0];
    command.shape = {1, 8, 1, 1};
    command.operand_parts[0] = 0;
    command.result_part = 1;
    const Profile profile = profile_of(run, R"(
      x = Input f32[1,8]
      a = Relu(x)
      b = Add(a, x)
      c = Reshape(b) shape=[8,1]
      return c
    )");
    const CsvTable table = table_of(profile, "instruction_csv");
    std::string text;
    for (const char* column : {"des_opd0_n", "des_opd0_c", "des_opd0_h", "des_opd0_w"})
      text += table.rows[0][table.column(column)] + ";";
    CHECK(table.rows[0][table.column("des_opd1_n")].empty());
    return text;
  };
  CHECK(extents(0, 1) == "1;8;1;1;");
  // Half of it, and all of a tensor of another shape.
  CHECK(extents(1, 1) == ";;;;");
  CHECK(extents(0, 3) == ";;;;");
}

TEST_CASE("awkward names survive the vendor's tables, and equal input gives equal bytes") {
  Graph graph = testing::graph_of(kTwoOps);
  const std::string name = "a,\"b\"</script>нейрон";
  graph.set_name(OpId{1}, name);
  const Profile profile = make_profile(std::move(graph), small_run(), mini_chip(), {}, {});
  CHECK(table_of(profile, "layer_csv").rows[0][18] == name);
  for (const char* writer : {"net_stat", "layer_csv", "summary_csv", "instruction_csv"})
    CHECK(written(writer, {.after = &profile}) == written(writer, {.after = &profile}));
}

}  // namespace
}  // namespace tpuscope::test
