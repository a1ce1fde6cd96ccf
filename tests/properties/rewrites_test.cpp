// Whatever the network, the passes keep its function: random graphs of the ops that attention is
// made of, every pass alone, and all passes in random orders, judged by the reference kernels.

#include <algorithm>
#include <rapidcheck.h>

#include <doctest/doctest.h>

#include "passes/pipeline.h"
#include "tests/support/graphs.h"
#include "tests/support/passes.h"
#include "tests/support/random_graph.h"

namespace tpuscope {
namespace {

/// rapidcheck reports failures by exception; doctest's checks inside would be lost.
void assert_same_function(const Graph& before, const Graph& after) {
  const std::vector<HostTensor> inputs = testing::sample_inputs(before);
  const auto expected = evaluate(before, inputs);
  const auto got = evaluate(after, inputs);
  RC_ASSERT(expected.ok());
  RC_ASSERT(got.ok());
  RC_ASSERT(got->size() == expected->size());
  for (std::size_t i = 0; i < expected->size(); ++i) {
    RC_ASSERT(got->at(i).type == expected->at(i).type);
    for (std::size_t j = 0; j < expected->at(i).values.size(); ++j) {
      const double a = expected->at(i).values[j];
      const double b = got->at(i).values[j];
      // Permuted sums add in another order, so the last bit of an f16 may differ.
      RC_ASSERT(std::abs(a - b) <= 2e-3 * std::max({1.0, std::abs(a), std::abs(b)}));
    }
  }
}

void run_and_compare(const SwitchSet& switches) {
  const std::string text = testing::random_attention_text();
  RC_LOG() << text << std::endl;
  auto graph = parse_graph(text, "random");
  RC_ASSERT(graph.ok());
  Graph rewritten = *graph;
  const auto result = run_pipeline(rewritten, {.switches = switches, .verify_each = true});
  RC_ASSERT(result.ok());
  RC_ASSERT(result->reached_fixed_point);
  assert_same_function(*graph, rewritten);
}

TEST_CASE("each pass alone keeps the function of random graphs") {
  for (const std::string& name : pass_names()) {
    CAPTURE(name);
    CHECK(rc::check(name, [&] { run_and_compare({name}); }));
  }
}

TEST_CASE("all passes together keep the function and come to rest") {
  CHECK(rc::check("all passes", [] { run_and_compare(SwitchSet::all()); }));
}

TEST_CASE("any passes in any order keep the function") {
  CHECK(rc::check("random orders", [] {
    const std::string text = testing::random_attention_text();
    RC_LOG() << text << std::endl;
    auto graph = parse_graph(text, "random");
    RC_ASSERT(graph.ok());
    Graph rewritten = *graph;
    const std::vector<std::string> names = pass_names();
    const auto runs = *rc::gen::inRange(1, 12);
    for (int run = 0; run < runs; ++run) {
      const std::string name = names[*rc::gen::inRange<std::size_t>(0, names.size())];
      RC_ASSERT(run_pipeline(rewritten, {.switches = {name}, .verify_each = true}).ok());
    }
    assert_same_function(*graph, rewritten);
  }));
}

TEST_CASE("a wrong rewrite is caught") {
  // The net that the properties above are: a permute with another order must not pass for the same.
  const Graph right = testing::graph_of("x = Input f32[2,3,3]\ny = Permute(x) order=[0,2,1]");
  const Graph wrong = testing::graph_of("x = Input f32[2,3,3]\ny = Permute(x) order=[0,1,2]");
  const auto inputs = testing::sample_inputs(right);
  CHECK(evaluate(right, inputs)->at(0).values != evaluate(wrong, inputs)->at(0).values);
}

}  // namespace
}  // namespace tpuscope
