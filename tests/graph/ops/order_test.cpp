// Arg, TopK and CumSum: ops whose results depend on the order of a row.

#include "tests/support/ops.h"

namespace tpuscope::testing {
namespace {

TEST_CASE("the position of the first extreme element counts, or of the last on request") {
  const std::string source = "x = Weight f32[4] {3, 7, 7, 1}\n";
  CHECK(values_of(source + "y = Arg(x) mode=\"max\"") == std::vector<double>{1});
  CHECK(values_of(source + "y = Arg(x) mode=\"max\" select_last_index=true") ==
        std::vector<double>{2});
  CHECK(values_of(source + "y = Arg(x) mode=\"min\"") == std::vector<double>{3});
  CHECK(error_of("x = Input f32[4]\ny = Arg(x) mode=\"mean\"") ==
        "there is no mode \"mean\" of Arg");
}

TEST_CASE("positions are int64, along an axis that may go") {
  CHECK(type_text(graph_of("x = Input f16[2,3]\ny = Arg(x) mode=\"max\" axis=1 keepdims=false")
                      .type({OpId{1}, 0})) == "i64[2]");
  CHECK(imported("x = Input f32[2,3]", "ArgMin", 13) == "Arg -> i64[1,3]");
  CHECK(region_of("x = Input f32[2,3,4]\ny = Arg(x) mode=\"max\" axis=1 keepdims=false", 0,
                  {{0, 1}, {2, 4}}) == Region{{0, 1}, {0, 3}, {2, 4}});
  CHECK(units_of("x = Input f32[2,3]\ny = Arg(x) mode=\"max\" axis=1") ==
        std::vector{WorkUnit::kDepthwise, WorkUnit::kArith, WorkUnit::kBroadcast, WorkUnit::kArith,
                    WorkUnit::kArith, WorkUnit::kConvert, WorkUnit::kBroadcast, WorkUnit::kArith,
                    WorkUnit::kDepthwise, WorkUnit::kArith, WorkUnit::kConvert});
}

TEST_CASE("top-k keeps values and their positions in order") {
  const Graph graph = graph_of(R"(
    x = Weight f32[2,3] {5, 9, 7, 2, 2, 1}
    v, p = TopK(x) k=2
    return v, p)");
  CHECK(values_of(graph, 0) == std::vector<double>{9, 7, 2, 2});
  CHECK(values_of(graph, 1) == std::vector<double>{1, 2, 0, 1});
}

TEST_CASE("top-k can keep the smallest, and no more than there are") {
  CHECK(values_of("x = Weight f32[3] {5, 9, 7}\nv, p = TopK(x) k=1 largest=false\nreturn v") ==
        std::vector<double>{5});
  CHECK(error_of("x = Input f32[3]\nv, p = TopK(x) k=4\nreturn v") ==
        "k is 4, axis 0 of f32[3] has 3 elements");
}

TEST_CASE("top-k sorts whole rows") {
  const char* const text = "x = Input f32[1,8,100]\nv, p = TopK(x) k=5\nreturn v";
  CHECK(work_of(text)[0].unit == WorkUnit::kSort);
  CHECK(work_of(text)[0].kernel == 100);
  CHECK(work_of(text)[0].elements() == 8);
  CHECK(region_of(text, 0, {{0, 1}, {0, 4}, {0, 5}}) == Region{{0, 1}, {0, 4}, {0, 100}});
  CHECK(cuts_of(text) == std::vector<bool>{true, true, false});
}

TEST_CASE("k is an attribute before opset 10 and an input since") {
  CHECK(imported("x = Input f32[2,9]", "TopK", 9, {{"k", std::int64_t{3}}}) == "TopK -> f32[2,3]");
  CHECK(imported("x = Input f32[2,9]\nk = Weight i64[1] {4}", "TopK", 11) == "TopK -> f32[2,4]");
}

TEST_CASE("running sums include the element, run forwards, and can do neither") {
  const std::string source = "x = Weight f32[3] {1, 2, 4}\n";
  CHECK(values_of(source + "y = CumSum(x) axis=0") == std::vector<double>{1, 3, 7});
  CHECK(values_of(source + "y = CumSum(x) axis=0 exclusive=true") == std::vector<double>{0, 1, 3});
  CHECK(values_of(source + "y = CumSum(x) axis=0 reverse=true exclusive=true") ==
        std::vector<double>{6, 4, 0});
  CHECK(cuts_of("x = Input f32[2,3]\ny = CumSum(x) axis=1") == std::vector<bool>{true, false});
  CHECK(imported("x = Input f32[2,9]\na = Weight i64[] {-1}", "CumSum", 14) ==
        "CumSum -> f32[2,9]");
}

}  // namespace
}  // namespace tpuscope::testing
