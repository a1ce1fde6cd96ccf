// Which ranges of ops are one and the same to a search for groups, and which are not.

#include "passes/planner/trial_memo.h"

#include <doctest/doctest.h>

#include "tests/support/graphs.h"

namespace tpuscope {
namespace {

/// The ops of a text that compute, as one run, and the keys of its ranges.
class Ranges {
 public:
  explicit Ranges(std::string_view text, const GroupOptions& options = {})
      : graph_(testing::graph_of(text)) {
    std::vector<OpId> ops;
    for (const OpId op : graph_.topological_order()) {
      const LayoutRule layout = graph_[op].def->layout;
      if (layout != LayoutRule::kSource && layout != LayoutRule::kSink) ops.push_back(op);
    }
    run_ = group_graph(graph_, ops);
    classes_ = memo_.classes_of(graph_, run_, options);
  }

  TrialMemo::Key key(std::size_t first, std::size_t last, const SliceCounts* part = nullptr,
                     TrialMemo::Question question = TrialMemo::Question::kFirst) const {
    return TrialMemo::key_of(run_, classes_, {first, last}, part, question);
  }

 private:
  Graph graph_;
  TrialMemo memo_{};
  GroupGraph run_{};
  std::vector<std::uint32_t> classes_{};
};

TEST_CASE("the same ops in a later block are the same range") {
  const Ranges ranges(R"(
    x = Input f16[2,64]
    a = Relu(x)
    b = Neg(a)
    c = Relu(b)
    y = Neg(c)
  )");
  CHECK(ranges.key(0, 1) == ranges.key(2, 3));
  CHECK(ranges.key(0, 1) != ranges.key(1, 2));
  CHECK(ranges.key(0, 1) != ranges.key(0, 2));
}

TEST_CASE("ops of another shape or with another attribute are not the same") {
  const Ranges ranges(R"(
    x = Input f16[2,64]
    z = Input f16[2,32]
    a = Softmax(x) axis=1
    b = Softmax(x) axis=0
    c = Softmax(z) axis=1
  )");
  CHECK(ranges.key(0, 0) != ranges.key(1, 1));
  CHECK(ranges.key(0, 0) != ranges.key(2, 2));
}

TEST_CASE("a result that is needed outside makes another range of the same ops") {
  const Ranges ranges(R"(
    x = Input f16[2,64]
    a = Relu(x)
    b = Neg(a)
    c = Relu(b)
    d = Neg(c)
    y = Add(d, c)
  )");
  CHECK(ranges.key(0, 1) != ranges.key(2, 3));
}

TEST_CASE("one operand from outside that two ops share is not two operands") {
  const Ranges ranges(R"(
    x = Input f16[2,64]
    z = Input f16[2,64]
    a = Add(x, z)
    b = Add(a, z)
    c = Add(b, z)
    d = Add(c, x)
  )");
  CHECK(ranges.key(0, 1) != ranges.key(2, 3));
  CHECK(ranges.key(1, 2) != ranges.key(2, 3));
}

TEST_CASE("where the search begins, and how far it goes, belong to the range") {
  const Ranges ranges("x = Input f16[2,64]\ny = Relu(x)");
  const SliceCounts part{2, 1, 1, 1, 1};
  CHECK(ranges.key(0, 0, &part) != ranges.key(0, 0));
  CHECK(ranges.key(0, 0, nullptr, TrialMemo::Question::kBest) != ranges.key(0, 0));
  CHECK(ranges.key(0, 0, nullptr, TrialMemo::Question::kPlaced) != ranges.key(0, 0));
}

TEST_CASE("what is remembered is found by an equal key alone, and figures have no buffers") {
  const Ranges ranges("x = Input f16[2,64]\na = Relu(x)\ny = Neg(a)");
  TrialMemo memo;
  CHECK(memo.find(ranges.key(0, 1)) == nullptr);
  Trial trial{.candidate = Candidate{.time = 7}};
  trial.candidate->buffers.push_back({.bytes = 3});
  memo.add_figures(ranges.key(0, 1), trial);
  memo.add(ranges.key(0, 1, nullptr, TrialMemo::Question::kPlaced), trial);
  const Trial* found = memo.find(ranges.key(0, 1));
  REQUIRE(found != nullptr);
  CHECK(found->candidate->time == 7);
  CHECK(found->candidate->buffers.empty());
  CHECK(memo.find(ranges.key(0, 1, nullptr, TrialMemo::Question::kPlaced))
            ->candidate->buffers.size() == 1);
  CHECK(memo.find(ranges.key(0, 0)) == nullptr);
}

}  // namespace
}  // namespace tpuscope
