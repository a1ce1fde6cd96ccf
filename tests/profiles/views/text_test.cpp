// The terminal summary: width, character set, colour.

#include <doctest/doctest.h>

#include "base/figures.h"
#include "tests/profiles/timelines.h"

namespace tpuscope::test {
namespace {

std::size_t widest_line(const std::string& text) {
  std::size_t widest = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    widest = std::max(widest, width_of(std::string_view(text).substr(begin, end - begin)));
    begin = end + 1;
  }
  return widest;
}

Profile long_names() {
  Graph graph = testing::graph_of(kTwoOps);
  graph.set_name(OpId{1}, std::string(150, 'x') + "é");
  graph.set_name(std::string(150, 'm'));
  return make_profile(std::move(graph), random_run(1), mini_chip(), {.chip = "mini"}, {});
}

Results comparison_of(const Profile& before, const Profile& after) {
  const Picoseconds start = before.report.summary.makespan;
  return {
      &before,
      &after,
      {.steps = {{.makespan = start},
                 {"cancel_permutes", after.report.summary.makespan, start, "12 permutes removed"},
                 {"fuse_right_transpose", after.report.summary.makespan, start, ""}}},
      {{DType::kF32, {{start}, {start}, {start}}}, {DType::kF16, {{start}, {start}, {start}}}},
      {},
      {},
      {.top = 10}};
}

TEST_CASE("summaries fit 80, 100 and 120 columns") {
  const Profile before = long_names();
  const Profile after = profile_of(random_run(2));
  for (const std::size_t width : {80U, 100U, 120U}) {
    for (const bool colour : {false, true}) {
      const WriterView view{.terminal = {.width = width, .unicode = true, .colour = colour}};
      CHECK(widest_line(written("text", {.after = &before, .query = {.top = 10}}, view)) <= width);
      CHECK(widest_line(written("text", comparison_of(before, after), view)) <= width);
    }
  }
}

TEST_CASE("sentences are broken at spaces where the terminal ends, and only there") {
  CHECK(wrapped("one two three", 2, 4, {.width = 40}) == "one two three\n");
  CHECK(wrapped("one two three", 2, 4, {.width = 9}) == "one two\n    three\n");
  CHECK(wrapped("one twothree", 2, 4, {.width = 9}) == "one\n    twothree\n");  // too long to fit
  CHECK(wrapped("one two three", 2, 4, {.width = 9, .cut_names = false}) == "one two three\n");
}

TEST_CASE("names are kept whole when the user asks for it") {
  const Profile profile = long_names();
  const WriterView cut{.terminal = {.width = 80, .unicode = true}};
  const WriterView whole{.terminal = {.width = 80, .unicode = true, .cut_names = false}};
  const std::string name = std::string(150, 'x') + "é";
  CHECK(written("text", {.after = &profile, .query = {.top = 10}}, cut).find(name) ==
        std::string::npos);
  CHECK(written("text", {.after = &profile, .query = {.top = 10}}, whole).find(name) !=
        std::string::npos);
}

TEST_CASE("without UTF-8 only ASCII comes out") {
  const Profile before = long_names();
  const Profile after = profile_of(random_run(2));
  const auto is_ascii = [](const std::string& text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  };
  CHECK(is_ascii(written("text", comparison_of(before, after), {.terminal = {.unicode = false}})));
  CHECK(!is_ascii(written("text", comparison_of(before, after), {.terminal = {.unicode = true}})));
}

TEST_CASE("microseconds are µs where the terminal has UTF-8, and us where it has not") {
  CHECK(time_text(Picoseconds{812'000'000}) == "812 µs");
  CHECK(in_ascii("812 µs ± 3 µs, layers…Conv, é\n") == "812 us +- 3 us, layers~Conv, ?\n");
  StringSink plain;
  TerminalSink(plain, {.unicode = false}).write("812 µs\n");
  CHECK(plain.text() == "812 us\n");
  StringSink unicode;
  TerminalSink(unicode, {.unicode = true}).write("812 µs\n");
  CHECK(unicode.text() == "812 µs\n");
}

TEST_CASE("colour adds escapes and changes nothing else") {
  const Profile profile = profile_of(random_run(3));
  const std::string plain =
      written("text", {.after = &profile, .query = {.top = 10}}, {.terminal = {.colour = false}});
  std::string painted =
      written("text", {.after = &profile, .query = {.top = 10}}, {.terminal = {.colour = true}});
  CHECK(plain.find('\x1b') == std::string::npos);
  CHECK(painted.find('\x1b') != std::string::npos);
  for (std::size_t at = painted.find('\x1b'); at != std::string::npos; at = painted.find('\x1b'))
    painted.erase(at, painted.find('m', at) - at + 1);
  CHECK(painted == plain);
}

TEST_CASE("a summary says that it is simulated, what bounds the run, and rows as many as asked") {
  const Profile profile = profile_of(random_run(4));
  const std::string one = written("text", {.after = &profile, .query = {.top = 1}});
  CHECK(one.find("(simulated)") != std::string::npos);
  CHECK(one.find("bound by ") != std::string::npos);
  CHECK(one.find("1 of 2 ops shown") != std::string::npos);
  CHECK(written("text", {.after = &profile, .query = {.top = 0}}).find("2 of 2 ops shown (") !=
        std::string::npos);
}

TEST_CASE("a comparison tells a gain, a loss and no change apart") {
  const Profile slow = profile_of(RunBuilder().bdc(0, 20, 1).run());
  const Profile fast = profile_of(RunBuilder().bdc(0, 10, 1).run());
  const auto text = [](const Profile& before, const Profile& after) {
    return written("text", {.before = &before, .after = &after});
  };
  CHECK(text(slow, fast).find("2.00x as fast, 10.0 ns saved") != std::string::npos);
  CHECK(text(fast, slow).find("0.50x as fast: slower, 10.0 ns lost") != std::string::npos);
  CHECK(text(fast, fast).find("no gain") != std::string::npos);
}

}  // namespace
}  // namespace tpuscope::test
