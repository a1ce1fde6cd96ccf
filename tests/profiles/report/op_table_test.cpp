// The table of operators: filters, groups, sorts; and the files made of it.

#include <doctest/doctest.h>

#include "base/csv.h"
#include "base/figures.h"
#include "tests/profiles/timelines.h"

namespace tpuscope::test {
namespace {

constexpr std::string_view kNet = R"(
  x = Input f32[1,8]
  a = Relu(x)
  b = Relu(a)
  c = Sigmoid(b)
  return c
)";

/// Ops 1, 2 (Relu) and 3 (Sigmoid) for 10, 30 and 20 ns after a launch of 40 ns.
Profile three_ops() {
  Graph graph = testing::graph_of(kNet);
  graph.set_origin(OpId{1}, {"/stem/block.0/relu"});
  graph.set_origin(OpId{2}, {"/stem/block.1/relu"});
  graph.set_origin(OpId{3}, {"/head/act"});
  return make_profile(std::move(graph),
                      RunBuilder(40).bdc(40, 50, 1).bdc(50, 80, 2).bdc(80, 100, 3).run(),
                      mini_chip(), {}, {});
}

OpQuery query_of(std::string_view group_by, std::string_view sort = "attributed",
                 const std::string& filter = "") {
  const Result<OpQuery> query = parse_op_query(group_by, sort, filter, 0);
  REQUIRE(query.ok());
  return *query;
}

/// "a:10 b:30", names with blame in nanoseconds.
std::string rows_op_table(const OpQuery& query) {
  const Profile profile = three_ops();
  std::string text;
  for (const OpTableRow& row : select_ops(profile.report, query).rows) {
    text += (text.empty() ? "" : " ") + row.sum.name + ":" +
            std::to_string(row.sum.blame().value / 1000);
  }
  return text;
}

TEST_CASE("rows are ops, types, groups or prefixes of their origin") {
  CHECK(rows_op_table(query_of("op")) == "b:30 c:20 a:10");
  CHECK(rows_op_table(query_of("type")) == "Relu:40 Sigmoid:20");
  CHECK(rows_op_table(query_of("group")) == "no group:60");
  CHECK(rows_op_table(query_of("origin-prefix")) == "/stem/block.1:30 /head:20 /stem/block.0:10");
  CHECK(rows_op_table(query_of("origin-prefix:1")) == "/stem:40 /head:20");
}

TEST_CASE("rows are sorted as asked and filtered by name, type or origin") {
  CHECK(rows_op_table(query_of("op", "order")) == "a:10 b:30 c:20");
  CHECK(rows_op_table(query_of("op", "name", "Relu")) == "a:10 b:30");
  CHECK(rows_op_table(query_of("op", "name", "/head/")) == "c:20");
  CHECK(rows_op_table(query_of("op", "name", "^b$")) == "b:30");
  CHECK(rows_op_table(query_of("op", "name", "nothing")) == "");
}

TEST_CASE("unknown words and malformed expressions are usage errors") {
  for (const auto& [group_by, sort, filter] :
       std::vector<std::array<std::string, 3>>{{"typ", "attributed", ""},
                                               {"origin-prefix:0", "blame", ""},
                                               {"origin-prefix:x", "blame", ""},
                                               {"op", "time", ""},
                                               {"op", "blame", "("}}) {
    const Result<OpQuery> query = parse_op_query(group_by, sort, filter, 0);
    REQUIRE(!query.ok());
    CHECK(query.error().code == ErrorCode::kUsage);
    CHECK(!query.error().hint.empty());
  }
}

TEST_CASE("the column of percentages adds up to 100 but for its rounding whatever is shown") {
  const Profile profile = profile_of(random_run(7));
  for (const char* group_by : {"op", "type", "group", "origin-prefix"}) {
    for (const std::size_t top : {0U, 1U}) {
      OpQuery query = query_of(group_by);
      query.top = top;
      const std::string text = written("text", {.after = &profile, .query = query},
                                       {.terminal = {.width = 300, .cut_names = false}});
      const std::size_t header = text.find("cumul.");
      REQUIRE(header != std::string::npos);
      const std::size_t last = text.rfind('%', header) - text.rfind('\n', header);
      std::int64_t tenths = 0;
      std::int64_t lines = 0;
      std::size_t at = text.find('\n', header);
      while (true) {
        const std::string line = text.substr(at, text.find('\n', at + 1) - at);
        if (line.find(" shown (") != std::string::npos) break;
        tenths += std::lround(std::stod(line.substr(last - 4, 5)) * 10);
        at += line.size();
        ++lines;
      }
      CHECK(std::abs(tenths - 1000) <= lines / 2 + 1);
    }
  }
}

TEST_CASE("a share is rounded by itself, so that it prints the same digits everywhere") {
  // Three ops of a third each: none of them is given what the others lack of 100.
  const Profile profile =
      profile_of(RunBuilder().bdc(0, 10, 1).bdc(10, 20, 2).bdc(20, 30, 1).run());
  const std::string text = written("text", {.after = &profile, .query = query_of("op")});
  CHECK(text.find("66.7") != std::string::npos);
  CHECK(text.find("33.3") != std::string::npos);
  CHECK(text.find("33.4") == std::string::npos);
  CHECK(percent_texts({1, 1, 1}, 3) == std::vector<std::string>{"33.3", "33.3", "33.3"});
}

TEST_CASE("a change that rounds to nothing prints as none, a larger one with its sign") {
  CHECK(change_text(10'000, 10'000) == "=");
  CHECK(change_text(10'000, 9'999) == "=");
  CHECK(change_text(10'000, 10'004) == "=");
  CHECK(change_text(10'000, 9'990) == "-0.1 %");
  CHECK(change_text(10'000, 10'010) == "+0.1 %");
  CHECK(change_text(0, 1) == "new");
}

TEST_CASE("a range has one unit where both ends have it") {
  CHECK(range_text({5'100'000'000}, {6'400'000'000}) == "5.10 to 6.40 ms");
  CHECK(range_text({800'000'000}, {1'200'000'000}) == "800 µs to 1.20 ms");
}

TEST_CASE("CSV holds every op with awkward names, and reads back") {
  Graph graph = testing::graph_of(kNet);
  graph.set_name(OpId{1}, "a,\"b\"\nнейрон </script>");
  const Profile profile = make_profile(
      std::move(graph), RunBuilder().bdc(0, 10, 1).bdc(10, 40, 2).run(), mini_chip(), {}, {});
  const Result<CsvTable> table = parse_csv(written("csv", {.after = &profile}), "csv");
  REQUIRE(table.ok());
  REQUIRE(table->rows.size() == 2);
  CHECK(table->rows[1][table->column("name")] == "a,\"b\" нейрон </script>");
  std::int64_t blame = 0;
  for (const auto& row : table->rows)
    blame += std::stoll(row[table->column("blame_ps")]);
  CHECK(blame == profile.report.summary.makespan.value);
  CHECK(table->column("no such column") == CsvTable::npos);
}

TEST_CASE("malformed CSV is refused with its line") {
  const auto complaint = [](std::string_view text) {
    const Result<CsvTable> table = parse_csv(text, "t.csv");
    return table.ok() ? "" : table.error().where + " " + table.error().message;
  };
  CHECK(complaint("a,b\n1,2\n") == "");
  CHECK(complaint("a,b\n1,2\n\n1\n") == "t.csv:4 a row of 1 fields under a header of 2");
  CHECK(complaint("a,b\n\"1,2\n") == "t.csv:2 a quote is not closed");
  CHECK(complaint("") == "t.csv the table is empty");
}

TEST_CASE("folded stacks add up to the makespan and have one frame per part of the path") {
  const Profile profile = three_ops();
  const std::string text = written("folded", {.after = &profile});
  CHECK(text.find("stem;block.0;relu;") != std::string::npos);
  CHECK(text.find("launch 40\n") != std::string::npos);
  for (unsigned seed = 1; seed <= 10; ++seed) {
    const Profile random = profile_of(random_run(seed));
    const std::string lines = written("folded", {.after = &random});
    std::int64_t sum = 0;
    for (std::size_t at = 0; at < lines.size();) {
      const std::size_t end = lines.find('\n', at);
      sum += std::stoll(lines.substr(lines.rfind(' ', end) + 1));
      at = end + 1;
    }
    CHECK(sum == nanoseconds(random.report.summary.makespan));
  }
}

}  // namespace
}  // namespace tpuscope::test
