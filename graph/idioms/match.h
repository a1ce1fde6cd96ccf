// Small questions that idioms ask of a graph, and the one way in which they replace what they
// found. An idiom is recognised from its last op upwards; constants are compared with a tolerance,
// since exporters write them with few digits or in half precision.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "graph/pass.h"
#include "graph/queries.h"

namespace tpuscope {

/// The ops that a match covers, its last op first.
using MatchedOps = std::vector<OpId>;

/// The op that produces `value` when it is of this type; null otherwise.
const Op* producer(const Graph& graph, Value value, std::string_view type);

/// Equal but for rounding in the file: to one part in a thousand.
bool nearly(double a, double b);
/// The value of a known one-element Weight.
std::optional<double> scalar(const Graph& graph, Value value);
bool is_scalar(const Graph& graph, Value value, double expected);

/// `value` as a product of tensors times a known number. Looks through Mul and Div by a number, and
/// through factors that nothing else reads.
struct Product {
  double scale = 1;
  std::vector<Value> factors{};
  MatchedOps ops{};
};
Product as_product(const Graph& graph, Value value);

/// `value` as another tensor plus a known number; empty when it is no such sum.
struct Offset {
  Value base{};
  double offset = 0;
  OpId op{};
};
std::optional<Offset> as_offset(const Graph& graph, Value value);

/// Whether nothing outside `ops` reads what they make, but for the result of the first.
bool is_closed(const Graph& graph, const MatchedOps& ops);

/// Puts one op in the place of `ops`: it takes over the name of their result, their origins and
/// (unless `spec` has one) the name of the first.
/// Does nothing and returns false when the match is not closed or the type would change.
bool replace_matched(Graph& graph, MatchedOps ops, OpSpec spec, const std::vector<Value>& inputs);

/// Replacements of ops that are about to be removed, with the names that they take over.
class Successors {
 public:
  /// `op` replaces `old`, under its name and with the name of its result.
  void note(const Graph& graph, OpId old, OpId op) {
    names_.push_back({op, graph[old].name, graph[old].results.front().name});
  }
  /// To be called when the old ops are gone.
  void take_names(Graph& graph) const;

 private:
  struct Names {
    OpId op{};
    std::string name{};
    std::string result{};
  };
  std::vector<Names> names_{};
};

/// Runs `rewrite` on each live op of `type` in topological order; the result is whether any call
/// returned true. Counts those under `counter`.
bool rewrite_each(Graph& graph, const PassContext& context, std::string_view type,
                  std::string_view counter, bool (*rewrite)(Graph& graph, OpId op));

/// rewrite_each over what as_product sees as one thing: first each Mul, then each Div.
bool rewrite_products(Graph& graph, const PassContext& context, std::string_view counter,
                      bool (*rewrite)(Graph& graph, OpId op));

}  // namespace tpuscope
