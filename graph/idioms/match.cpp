// Matching by walking up from a value, and the replacement that all idioms share.

#include "graph/idioms/match.h"

#include <algorithm>
#include <cmath>

namespace tpuscope {

const Op* producer(const Graph& graph, Value value, std::string_view type) {
  const Op& op = graph[value.op];
  return op.is(type) ? &op : nullptr;
}

bool nearly(double a, double b) {
  constexpr double kTolerance = 1e-3;
  return std::abs(a - b) <= kTolerance * std::max(std::abs(a), std::abs(b));
}

std::optional<double> scalar(const Graph& graph, Value value) {
  const HostTensor* constant = graph.constant(value);
  if (constant == nullptr) return std::nullopt;
  return constant->values.front();
}

bool is_scalar(const Graph& graph, Value value, double expected) {
  const std::optional<double> found = scalar(graph, value);
  return found && nearly(*found, expected);
}

namespace {

/// The most ops of one product. No idiom has more, and a long chain must not cost its square.
constexpr std::size_t kMaxProductOps = 8;

void collect_factors(const Graph& graph, Value value, bool is_root, Product& product) {
  const Op& op = graph[value.op];
  const bool inner =
      is_root || (product.ops.size() < kMaxProductOps && graph.has_single_use(value));
  if (inner && op.is("Mul") && op.inputs.size() == 2) {
    product.ops.push_back(value.op);
    for (const Value input : op.inputs) {
      if (const std::optional<double> number = scalar(graph, input)) {
        product.scale *= *number;
      } else {
        collect_factors(graph, input, false, product);
      }
    }
    return;
  }
  if (inner && op.is("Div") && op.inputs.size() == 2) {
    const std::optional<double> number = scalar(graph, op.inputs[1]);
    if (number && *number != 0) {
      product.ops.push_back(value.op);
      product.scale /= *number;
      collect_factors(graph, op.inputs[0], false, product);
      return;
    }
  }
  product.factors.push_back(value);
}

}  // namespace

Product as_product(const Graph& graph, Value value) {
  Product product;
  collect_factors(graph, value, true, product);
  return product;
}

std::optional<Offset> as_offset(const Graph& graph, Value value) {
  const Op& op = graph[value.op];
  if (op.inputs.size() != 2) return std::nullopt;
  const std::optional<double> left = scalar(graph, op.inputs[0]);
  const std::optional<double> right = scalar(graph, op.inputs[1]);
  if (op.is("Add") && right) return Offset{op.inputs[0], *right, value.op};
  if (op.is("Add") && left) return Offset{op.inputs[1], *left, value.op};
  if (op.is("Sub") && right) return Offset{op.inputs[0], -*right, value.op};
  return std::nullopt;
}

bool is_closed(const Graph& graph, const MatchedOps& ops) {
  return std::all_of(ops.begin() + 1, ops.end(), [&](OpId op) {
    const std::vector<Use> uses = graph.uses(op);
    return std::all_of(uses.begin(), uses.end(), [&](const Use& use) {
      return std::find(ops.begin(), ops.end(), use.op) != ops.end();
    });
  });
}

bool replace_matched(Graph& graph, MatchedOps ops, OpSpec spec, const std::vector<Value>& inputs) {
  const OpId root = ops.front();
  std::sort(ops.begin() + 1, ops.end());
  ops.erase(std::unique(ops.begin() + 1, ops.end()), ops.end());
  if (!is_closed(graph, ops)) return false;
  const Tensor result = graph[root].results.front();
  if (spec.name.empty()) spec.name = graph[root].name;
  spec.origin.clear();
  for (std::size_t i = ops.size(); i-- > 0;) {
    const std::vector<std::string>& origin = graph[ops[i]].origin;
    for (const std::string& name : origin) {
      if (std::find(spec.origin.begin(), spec.origin.end(), name) == spec.origin.end()) {
        spec.origin.push_back(name);
      }
    }
  }
  const Result<OpId> added = graph.add(std::move(spec), inputs, &root);
  if (!added.ok()) return false;
  if (graph.type({*added, 0}) != result.type) {
    graph.erase(*added);
    return false;
  }
  graph.replace_uses({root, 0}, {*added, 0});
  graph.set_result_name({root, 0}, result.name + ".decomposed");
  graph.set_result_name({*added, 0}, result.name);
  // Consumers before producers: an op may only go when nothing reads it any more.
  bool erased = true;
  while (erased) {
    erased = false;
    for (const OpId op : ops) {
      if (graph[op].is_dead || !graph.uses(op).empty()) continue;
      graph.erase(op);
      erased = true;
    }
  }
  return true;
}

void Successors::take_names(Graph& graph) const {
  for (const Names& names : names_) {
    if (graph[names.op].is_dead) continue;
    graph.set_name(names.op, names.name);
    graph.set_result_name({names.op, 0}, names.result);
  }
}

bool rewrite_each(Graph& graph, const PassContext& context, std::string_view type,
                  std::string_view counter, bool (*rewrite)(Graph& graph, OpId op)) {
  bool changed = false;
  for (const OpId op : graph.topological_order()) {
    if (graph[op].is_dead || !graph[op].is(type) || !rewrite(graph, op)) continue;
    context.count(std::string(counter));
    changed = true;
  }
  return changed;
}

bool rewrite_products(Graph& graph, const PassContext& context, std::string_view counter,
                      bool (*rewrite)(Graph& graph, OpId op)) {
  const bool products = rewrite_each(graph, context, "Mul", counter, rewrite);
  const bool quotients = rewrite_each(graph, context, "Div", counter, rewrite);
  return products || quotients;
}

}  // namespace tpuscope
