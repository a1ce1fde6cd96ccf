// The stream of hidden states is what lies on the way from the embedding to the logits. Where one
// tensor of it is alive and no other, the graph can be cut; what is between two cuts is a segment;
// a segment with an attention begins a layer.

#include "graph/language/layer_cut.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/core.h>

#include "graph/language/subgraph.h"
#include "graph/queries.h"

namespace tpuscope {
namespace {

/// For each op by its index.
using OpFlags = std::vector<bool>;

OpFlags ancestors(const Graph& graph, const std::vector<OpId>& order, OpId last) {
  OpFlags found(graph.size(), false);
  found[last.index] = true;
  for (auto op = order.rbegin(); op != order.rend(); ++op) {
    if (!found[op->index]) continue;
    for (const Value input : graph[*op].inputs)
      found[input.op.index] = true;
  }
  return found;
}

OpFlags descendants(const Graph& graph, const std::vector<OpId>& order, OpId first) {
  OpFlags found(graph.size(), false);
  found[first.index] = true;
  for (const OpId op : order) {
    for (const Value input : graph[op].inputs)
      if (found[input.op.index]) found[op.index] = true;
  }
  return found;
}

std::int64_t count_of(const OpFlags& flags) {
  return std::count(flags.begin(), flags.end(), true);
}

/// A product of two computed tensors: of queries and keys, or of shares and values.
bool is_attention_product(const Graph& graph, const Op& op) {
  if (op.is("GroupedAttention")) return true;
  return op.is("MatMul") && !is_weight(graph, op.inputs[0]) && !is_weight(graph, op.inputs[1]);
}

/// Ops between two places where one tensor alone is alive.
struct Segment {
  Value input{};
  std::vector<OpId> ops{};
  bool has_attention = false;
};

class LayerCutter {
 public:
  explicit LayerCutter(const Graph& graph) : graph_(graph), order_(graph.topological_order()) {}

  Result<LayerCut> run() {
    TPU_TRY_STATUS(find_stream());
    cut_stream();
    TPU_TRY_STATUS(find_layers());
    assign_parts();
    return assemble();
  }

 private:
  /// The logits depend on more of the graph than any other output; the embedding is the first
  /// tensor of real numbers on which most of that depends.
  Status find_stream() {
    std::int64_t most = 0;
    OpFlags before;
    for (const OpId output : graph_.outputs()) {
      OpFlags flags = ancestors(graph_, order_, output);
      if (count_of(flags) <= most) continue;
      most = count_of(flags);
      logits_ = output;
      before = std::move(flags);
    }
    std::int64_t reached = 0;
    for (const OpId op : order_) {
      if (!before[op.index] || graph_[op].is("Weight") || graph_[op].results.empty()) continue;
      const TensorType& type = graph_[op].results[0].type;
      if (!is_float(type.dtype) || type.rank() < 2) continue;
      OpFlags flags = descendants(graph_, order_, op);
      if (count_of(flags) <= reached) continue;
      reached = count_of(flags);
      embedding_ = {op};
      after_ = std::move(flags);
    }
    if (reached == 0) return no_layers("it has no hidden states");
    stream_.assign(graph_.size(), false);
    for (const OpId op : order_)
      stream_[op.index] = before[op.index] && after_[op.index];
    return Ok{};
  }

  static Error no_layers(std::string why) {
    return {.code = ErrorCode::kUnsupported,
            .message = "the graph cannot be cut at its layers: " + std::move(why),
            .hint = "tpuscope profile takes it as one network"};
  }

  std::int64_t uses_in_stream(Value value) const {
    const std::vector<Use> uses = graph_.uses(value);
    return std::count_if(uses.begin(), uses.end(),
                         [&](const Use& use) { return stream_[use.op.index]; });
  }

  void cut_stream() {
    std::map<Value, std::int64_t> alive{{embedding_, uses_in_stream(embedding_)}};
    Segment segment{.input = embedding_};
    for (const OpId op : order_) {
      if (!stream_[op.index] || op == embedding_.op) continue;
      segment.ops.push_back(op);
      segment.has_attention = segment.has_attention || is_attention_product(graph_, graph_[op]);
      for (const Value input : graph_[op].inputs) {
        const auto found = alive.find(input);
        if (found != alive.end() && --found->second == 0) alive.erase(found);
      }
      for (std::uint32_t i = 0; i < graph_[op].results.size(); ++i) {
        const std::int64_t uses = uses_in_stream({op, i});
        if (uses > 0) alive[{op, i}] = uses;
      }
      if (alive.size() != 1 || op == logits_) continue;
      segments_.push_back(std::move(segment));
      segment = {.input = alive.begin()->first};
    }
    segments_.push_back(std::move(segment));
  }

  /// Layers begin with segments that attend; the last one has as many as the one before it.
  Status find_layers() {
    for (std::size_t i = 0; i < segments_.size(); ++i)
      if (segments_[i].has_attention) layer_begins_.push_back(i);
    if (layer_begins_.empty()) return no_layers("it has no attention");
    if (graph_[embedding_.op].is("Input")) return no_layers("its hidden states are an input");
    const std::size_t last = layer_begins_.back();
    const std::size_t usual =
        layer_begins_.size() > 1 ? last - layer_begins_[layer_begins_.size() - 2] : 2;
    layers_end_ = std::min(last + usual, segments_.size() - 1);
    if (layers_end_ <= last) return no_layers("nothing follows its last attention");
    return Ok{};
  }

  std::size_t layers() const { return layer_begins_.size(); }

  /// Part 0 is the embedding, 1 to layers() are layers, the next one is the head.
  void assign_parts() {
    part_.assign(graph_.size(), 0);
    std::size_t part = 0;
    for (std::size_t i = 0; i < segments_.size(); ++i) {
      if (part < layers() && layer_begins_[part] == i) ++part;
      if (i == layers_end_) part = layers() + 1;
      for (const OpId op : segments_[i].ops)
        part_[op.index] = part;
    }
    assign_off_stream();
  }

  void assign_off_stream() {
    // What hangs on the stream, such as caches that are handed out, is of the last part it reads.
    for (const OpId op : order_) {
      if (stream_[op.index] || !after_[op.index]) continue;
      for (const Value input : graph_[op].inputs)
        part_[op.index] = std::max(part_[op.index], part_[input.op.index]);
    }
    // Other ops are of the one part that reads them; those of several are made with the embedding.
    for (auto op = order_.rbegin(); op != order_.rend(); ++op) {
      if (after_[op->index]) continue;
      std::set<std::size_t> readers;
      for (const Use& use : graph_.uses(*op))
        readers.insert(part_[use.op.index]);
      part_[op->index] = readers.size() == 1 ? *readers.begin() : 0;
    }
  }

  Value input_of(std::size_t part) const {
    if (part == layers() + 1) return segments_[layers_end_].input;
    return segments_[layer_begins_[part - 1]].input;
  }

  Graph net_of(std::size_t part, std::string name) const {
    std::vector<OpId> ops;
    for (const OpId op : order_)
      if (part_[op.index] == part) ops.push_back(op);
    return subgraph(graph_, ops, std::move(name));
  }

  Result<LayerCut> assemble() {
    LayerCut cut{.embedding = net_of(0, "embedding"), .head = net_of(layers() + 1, "lm_head")};
    std::map<std::string, std::size_t> known;
    for (std::size_t layer = 1; layer <= layers(); ++layer) {
      Graph net = net_of(layer, "block");
      const auto [kind, is_new] = known.try_emplace(fingerprint(net), cut.kinds.size());
      if (is_new) cut.kinds.push_back({.net = std::move(net)});
      ++cut.kinds[kind->second].count;
    }
    std::stable_sort(cut.kinds.begin(), cut.kinds.end(),
                     [](const LayerKind& a, const LayerKind& b) { return a.count > b.count; });
    for (Graph* net : {&cut.embedding, &cut.kinds.front().net, &cut.head})
      TPU_TRY_STATUS(verify(*net));
    return cut;
  }

  const Graph& graph_;
  std::vector<OpId> order_;
  OpId logits_{};
  Value embedding_{};
  OpFlags after_{};   ///< depends on the embedding
  OpFlags stream_{};  ///< and the logits depend on it
  std::vector<Segment> segments_{};
  std::vector<std::size_t> layer_begins_{};  ///< segments
  std::size_t layers_end_ = 0;               ///< the first segment behind them
  std::vector<std::size_t> part_{};
};

}  // namespace

std::int64_t LayerCut::layers() const {
  std::int64_t sum = 0;
  for (const LayerKind& kind : kinds)
    sum += kind.count;
  return sum;
}

Result<LayerCut> cut_at_layers(const Graph& graph) {
  return LayerCutter(graph).run();
}

}  // namespace tpuscope
