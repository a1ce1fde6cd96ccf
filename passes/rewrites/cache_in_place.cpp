// cache_in_place: the caches of a GroupedAttention are read and written where they lie.
//
// Why: a network that an exporter wrote takes the keys and values of earlier tokens with the heads
// in front and hands out all of them with the new ones behind. On the machine the cache belongs to
// the program, which keeps a row per token; the network reads it with strides and hands out new
// rows only, which their producers store where they belong.
//
// How: an Input whose Permute, or the Permute of whose first rows, is the cache of a
// GroupedAttention becomes one of the rows that are read, [1,tokens,heads,d]. An Output of such a
// cache joined with new rows, or of new rows with the heads in front, becomes one of the new rows,
// [1,tokens,heads,d]. This changes the network's interface, not what it computes.
// Not when anything else reads the cache or the joined tensor.
//
// Example:  present = Concat(past, Permute(k))  y = GroupedAttention(q, k, v, m, Permute(past), ..)
//           becomes      present = k  y = GroupedAttention(q, k, v, m, past, ..)

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "graph/idioms/match.h"
#include "passes/rewrites/heads_first.h"
#include "passes/rewrites/rewrite.h"

namespace tpuscope {
namespace {

constexpr std::string_view kCacheInPlace = "cache_in_place";

class CachePlacement {
 public:
  CachePlacement(Graph& graph, const PassContext& context) : graph_(graph), context_(context) {}

  bool run() {
    note_operands();
    bool changed = false;
    for (const OpId output : graph_.outputs())
      changed = hand_out_rows(output) || changed;
    for (const Value cache : caches_)
      changed = read_rows(cache) || changed;
    return changed;
  }

 private:
  /// What attention reads: new keys and values, and those of caches.
  void note_operands() {
    for (const OpId id : graph_.topological_order()) {
      if (!graph_[id].is("GroupedAttention")) continue;
      const std::vector<Value>& inputs = graph_[id].inputs;
      for (const Value rows : {inputs[1], inputs[2]})
        note_rows(rows);
      caches_.insert(inputs.begin() + std::min<std::ptrdiff_t>(4, std::ssize(inputs)),
                     inputs.end());
    }
  }

  /// Rows that attention reads, and the same with the heads in front, of which they are a view.
  void note_rows(Value rows) {
    fresh_.try_emplace(rows, rows);
    for (Value same = rows; exchanges(graph_[same.op]);) {
      same = graph_[same.op].inputs[0];
      fresh_.try_emplace(same, rows);
    }
  }

  /// An op that exchanges heads and tokens: a Permute, or a view where one of them is single.
  bool exchanges(const Op& op) const {
    if (op.is("Permute")) return op.attributes.integers("order") == IntList{0, 2, 1, 3};
    return op.def->layout == LayoutRule::kView && graph_.type(op.inputs[0]).rank() == 4;
  }

  /// The new rows that a value consists of, alone or behind a cache.
  std::optional<Value> new_rows(Value value) const {
    if (const auto rows = fresh_.find(value); rows != fresh_.end()) return rows->second;
    const Op& op = graph_[value.op];
    if (exchanges(op)) return new_rows(op.inputs[0]);
    if (!op.is("Concat") || !is_last_of_cache(op)) return std::nullopt;
    for (const Value part : op.inputs) {
      if (const std::optional<Value> rows = new_rows(part)) return rows;
    }
    return std::nullopt;
  }

  /// Whether a Concat puts rows behind, or in the midst of, a cache that the caller provides.
  bool is_last_of_cache(const Op& joined) const {
    return std::any_of(joined.inputs.begin(), joined.inputs.end(), [&](Value part) {
      if (const Op* slice = producer(graph_, part, "Slice")) part = slice->inputs[0];
      return graph_[part.op].is("Input");
    });
  }

  bool hand_out_rows(OpId output) {
    const Value whole = graph_[output].inputs[0];
    const std::optional<Value> rows = new_rows(whole);
    if (!rows || *rows == whole) return false;
    graph_.set_input(output, 0, *rows);
    erase_dead_chain(graph_, whole.op);
    context_.count("caches written in place");
    return true;
  }

  bool read_rows(Value cache) {
    const Op moved = graph_[cache.op];
    if (!exchanges(moved)) return false;
    Value source = moved.inputs[0];
    const OpId above = source.op;
    if (graph_[above].is("Slice")) {
      const bool is_front = std::all_of(graph_[above].attributes.integers("starts").begin(),
                                        graph_[above].attributes.integers("starts").end(),
                                        [](std::int64_t start) { return start == 0; });
      if (!is_front || !graph_.has_single_use(source)) return false;
      source = graph_[above].inputs[0];
    }
    const Op input = graph_[source.op];
    if (!input.is("Input") || !graph_.has_single_use(source)) return false;
    const OpId old = source.op;
    const Value rows{graph_.add_checked({.type = "Input",
                                         .name = input.name,
                                         .origin = input.origin,
                                         .result_types = {graph_.type(cache)}},
                                        {}, &old)};
    graph_.replace_uses(cache, rows);
    erase_dead_chain(graph_, cache.op);
    const std::string name = input.results[0].name;
    graph_.erase(old);
    graph_.set_result_name({old, 0}, name + ".moved");
    graph_.set_result_name(rows, name);
    graph_.set_name(rows.op, input.name);
    context_.count("caches read in place");
    return true;
  }

  Graph& graph_;
  const PassContext& context_;
  std::map<Value, Value> fresh_{};  ///< new keys and values in any order of axes: as they are read
  std::set<Value> caches_{};
};

Result<bool> cache_in_place(Graph& graph, const PassContext& context) {
  return CachePlacement(graph, context).run();
}

TPU_REGISTER(register_pass({.name = kCacheInPlace,
                            .summary = "read and write caches of attention where they lie",
                            .stage = PassStage::kOptimise,
                            .order = 2,
                            .family = &kLanguageOperators,
                            .since = 2022,
                            .run = cache_in_place}));

}  // namespace
}  // namespace tpuscope
