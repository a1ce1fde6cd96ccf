// Physical bounds: see bounds.h.

#include "passes/lower/bounds.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "passes/lower/needed_elements.h"
#include "passes/lower/network_facts.h"
#include "passes/tiling/movement.h"

namespace tpuscope {
namespace {

/// Where a value is stored: from an element on of what an op computes, moves or is given.
struct Place {
  Value root{};
  std::int64_t offset = 0;
};

/// Follows ops without commands that have one operand: views, and slices that are one run.
Place place_of(const Graph& graph, Value value) {
  Place place{.root = value};
  while (true) {
    const Op& op = graph[place.root.op];
    if (hands_on(op)) {
      place.root = op.inputs.at(0);
      continue;
    }
    if (op.def->layout == LayoutRule::kSource || !is_free(graph, place.root.op)) return place;
    const Movement movement = op.def->movement(graph.view(place.root.op));
    if (movement.copies.size() != 1) return place;
    const StridedCopy& copy = movement.copies.front();
    place.root = op.inputs.at(copy.operand);
    place.offset += copy.operand_offset - copy.result_offset;
  }
}

/// Bytes that outputs take in DDR, where they may share memory. What only views make of a source
/// is there already.
std::int64_t bytes_written(const Graph& graph) {
  std::map<Value, std::vector<ElementBox>> written;
  for (const OpId output : graph.outputs()) {
    for (const Value value : graph[output].inputs) {
      ElementBox box = whole_box(graph.type(value).elements());
      if (box.elements() == 0) continue;
      const Place place = place_of(graph, value);
      if (graph[place.root.op].def->layout == LayoutRule::kSource) continue;
      box.first += place.offset;
      written[place.root].push_back(box);
    }
  }
  std::int64_t bytes = 0;
  for (const auto& [root, boxes] : written) {
    const TensorType& type = graph.type(root);
    bytes += count_elements(type.elements(), boxes) * size_of(type.dtype);
  }
  return bytes;
}

/// The least multiply-accumulates for so many elements of a result whose parts, one for each step,
/// take different numbers of them: planes of a volume at its border read fewer.
std::int64_t least_macs(Work parts, std::int64_t count) {
  const auto per_element = [](const WorkStep& part) {
    return part.needed_macs() / std::max<std::int64_t>(1, part.elements());
  };
  std::stable_sort(parts.begin(), parts.end(), [&](const WorkStep& a, const WorkStep& b) {
    return per_element(a) < per_element(b);
  });
  std::int64_t macs = 0;
  for (const WorkStep& part : parts) {
    const std::int64_t taken = std::min(count, part.elements());
    macs += per_element(part) * taken;
    count -= taken;
  }
  return macs;
}

/// Multiply-accumulates for what is needed of the op's result.
std::int64_t macs_needed(const Graph& graph, OpId id, const NeededElements& needed) {
  Work parts;
  std::int64_t macs = 0;
  std::int64_t covered = 0;
  for (const WorkStep& step : graph[id].def->work(graph.view(id))) {
    macs += step.needed_macs();
    if (!is_cube(step.unit)) continue;
    covered += step.elements();
    parts.push_back(step);
  }
  const std::int64_t all = graph.type({id}).elements();
  const std::int64_t count = needed.count({id});
  if (all == 0) return 0;
  if (macs == 0 || count == all) return macs;
  if (parts.size() > 1 && covered == all) return least_macs(std::move(parts), count);
  return macs / all * count;  // each element takes as many
}

}  // namespace

NeededWork needed_work(const Graph& graph, const NetworkFacts& facts) {
  NeededWork work{.ddr_bytes = bytes_written(graph)};
  const NeededElements needed(graph, facts);
  for (const OpId id : graph.ops()) {
    const Op& op = graph[id];
    if (op.def->layout == LayoutRule::kSource) {
      for (std::uint32_t i = 0; i < op.results.size(); ++i)
        work.ddr_bytes += needed.count_read({id, i}) * size_of(op.results[i].type.dtype);
    } else if (op.def->work != nullptr) {
      const std::int64_t macs = macs_needed(graph, id, needed);
      if (macs == 0) continue;
      work.products.push_back({macs, graph.type(op.inputs.at(0)).dtype});
    }
  }
  return work;
}

Result<Bounds> bounds_of(const NeededWork& needed, const Chip& chip) {
  Bounds bounds{.ddr_bytes = needed.ddr_bytes};
  double compute_seconds = 0;
  for (const NeededWork::Product& product : needed.products) {
    TPU_TRY(const double rate, peak_macs_per_second(chip, product.type));
    bounds.macs += product.macs;
    compute_seconds += static_cast<double>(product.macs) / rate;
  }
  constexpr double kPicosecondsPerSecond = 1e12;
  bounds.ddr_time = {static_cast<std::int64_t>(static_cast<double>(bounds.ddr_bytes) /
                                               peak_ddr_bytes_per_second(chip) *
                                               kPicosecondsPerSecond)};
  bounds.compute_time = {static_cast<std::int64_t>(compute_seconds * kPicosecondsPerSecond)};
  return bounds;
}

Result<Bounds> bounds_of(const Graph& graph, const Chip& chip) {
  SignatureTable signatures;
  return bounds_of(needed_work(graph, NetworkFacts(graph, signatures)), chip);
}

}  // namespace tpuscope
