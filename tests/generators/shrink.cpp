// Blocks of choices go, single ones get smaller; then ops go: see shrink.h.

#include "tests/generators/shrink.h"

#include <algorithm>

namespace tpuscope::generators {
namespace {

using List = std::vector<std::uint32_t>;

class Shrinker {
 public:
  Shrinker(List choices, const std::function<bool(const List&)>& fails, int tries)
      : best_(std::move(choices)), fails_(fails), tries_(tries) {}

  List run() {
    bool changed = true;
    while (changed && tries_ > 0) {
      changed = false;
      for (std::size_t block = 64; block > 0; block /= 2)
        changed = without_blocks(block) || changed;
      changed = smaller_numbers() || changed;
    }
    return std::move(best_);
  }

 private:
  bool take(List candidate) {
    if (tries_ <= 0) return false;
    --tries_;
    if (!fails_(candidate)) return false;
    best_ = std::move(candidate);
    return true;
  }

  bool without_blocks(std::size_t block) {
    bool changed = false;
    for (std::size_t end = best_.size(); end >= block && tries_ > 0;) {
      List candidate = best_;
      const auto begin = candidate.begin() + static_cast<std::ptrdiff_t>(end - block);
      candidate.erase(begin, begin + static_cast<std::ptrdiff_t>(block));
      if (take(std::move(candidate))) {
        changed = true;
        end = std::min(end, best_.size());
      } else {
        end -= std::min(end, std::max<std::size_t>(block / 2, 1));
      }
    }
    return changed;
  }

  bool smaller_numbers() {
    bool changed = false;
    for (std::size_t i = 0; i < best_.size() && tries_ > 0; ++i) {
      const std::uint32_t number = best_[i];
      if (number == 0) continue;
      for (const std::uint32_t smaller : {std::uint32_t{0}, number / 2, number - 1}) {
        if (i >= best_.size() || smaller >= best_[i]) continue;
        List candidate = best_;
        candidate[i] = smaller;
        if (take(std::move(candidate))) {
          changed = true;
          break;
        }
      }
    }
    return changed;
  }

  List best_;
  const std::function<bool(const List&)>& fails_;
  int tries_;
};

/// The network without what no output follows from.
void drop_unused(Graph& graph) {
  graph.erase_unused();
  for (const OpId op : graph.inputs()) {
    if (graph.uses(op).empty()) graph.erase(op);
  }
  graph.compact();
}

class Reducer {
 public:
  Reducer(DrawnCase found, const std::function<bool(const DrawnCase&)>& fails, int tries)
      : best_(std::move(found)), fails_(fails), tries_(tries) {}

  DrawnCase run() {
    bool changed = true;
    while (changed && tries_ > 0) {
      changed = fewer_outputs();
      changed = inputs_for_results() || changed;
      changed = plainer_configuration() || changed;
    }
    return std::move(best_);
  }

 private:
  bool take(DrawnCase candidate) {
    if (tries_ <= 0) return false;
    --tries_;
    if (!fails_(candidate)) return false;
    best_ = std::move(candidate);
    return true;
  }

  bool fewer_outputs() {
    bool changed = false;
    for (std::size_t i = best_.network.outputs().size(); i-- > 0;) {
      if (best_.network.outputs().size() == 1) break;
      DrawnCase candidate = best_;
      candidate.network.erase(candidate.network.outputs()[i]);
      drop_unused(candidate.network);
      changed = take(std::move(candidate)) || changed;
    }
    return changed;
  }

  /// From the outputs on, so that much goes at once.
  bool inputs_for_results() {
    bool changed = false;
    for (std::uint32_t i = static_cast<std::uint32_t>(best_.network.size()); i-- > 0;) {
      if (i >= best_.network.size()) continue;
      const LayoutRule layout = best_.network[OpId{i}].def->layout;
      if (layout == LayoutRule::kSource || layout == LayoutRule::kSink) continue;
      DrawnCase candidate = best_;
      Graph& graph = candidate.network;
      const std::size_t results = graph[OpId{i}].results.size();
      for (std::uint32_t r = 0; r < results; ++r) {
        const Value result{OpId{i}, r};
        const TensorType type = graph.type(result);
        if (graph.uses(result).empty()) continue;
        const OpId input =
            graph.add_checked({.type = "Input", .name = "i", .result_types = {type}}, {});
        graph.replace_uses(result, {input});
      }
      drop_unused(graph);
      changed = take(std::move(candidate)) || changed;
    }
    return changed;
  }

  bool plainer_configuration() {
    bool changed = false;
    for (std::size_t i = best_.configuration.overrides.size(); i-- > 0;) {
      DrawnCase candidate = best_;
      ChipOverrides& overrides = candidate.configuration.overrides;
      overrides.erase(overrides.begin() + static_cast<std::ptrdiff_t>(i));
      changed = take(std::move(candidate)) || changed;
    }
    const Configuration plain;
    const auto change = [&](auto&& make_plainer) {
      DrawnCase candidate = best_;
      make_plainer(candidate.configuration);
      const std::string text = configuration_text(best_.configuration);
      if (configuration_text(candidate.configuration) == text) return;
      changed = take(std::move(candidate)) || changed;
    };
    change([&](Configuration& c) { c.chip = plain.chip; });
    change([&](Configuration& c) { c.precision = plain.precision; });
    change([&](Configuration& c) { c.switches = plain.switches; });
    change([&](Configuration& c) { c.groups = plain.groups; });
    return changed;
  }

  DrawnCase best_;
  const std::function<bool(const DrawnCase&)>& fails_;
  int tries_;
};

}  // namespace

std::vector<std::uint32_t> shrunk(std::vector<std::uint32_t> choices,
                                  const std::function<bool(const List&)>& fails, int max_tries) {
  return Shrinker(std::move(choices), fails, max_tries).run();
}

DrawnCase reduced(DrawnCase found, const std::function<bool(const DrawnCase&)>& fails,
                  int max_tries) {
  return Reducer(std::move(found), fails, max_tries).run();
}

}  // namespace tpuscope::generators
