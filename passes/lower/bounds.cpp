// Physical bounds: see bounds.h.

#include "passes/lower/bounds.h"

#include <algorithm>
#include <cmath>

#include "graph/region.h"
#include "passes/tiling/movement.h"
#include "passes/tiling/op_form.h"
#include "passes/tiling/op_signature.h"

namespace tpuscope {
namespace {

/// Elements of operand `operand` that the op must read.
std::int64_t elements_needed(const Graph& graph, OpId id, std::size_t operand) {
  const Op& op = graph[id];
  const OpView view = graph.view(id);
  if (op.def->layout == LayoutRule::kMovement) {
    const Movement movement = op.def->movement(view);
    std::int64_t elements = movement.gather_runs > 0 ? 1 : 0;
    for (const StridedCopy& copy : movement.copies) {
      if (copy.operand == operand) elements += copy.elements();
    }
    return elements;
  }
  return elements_of(input_region(*op.def, view, operand, whole(view.result().shape)));
}

/// Bytes of the value that cross the bus at least once, seen through views; 0 when nobody computes
/// with it.
std::int64_t bytes_read(const Graph& graph, Value value) {
  const TensorType& type = graph.type(value);
  std::int64_t most = 0;
  for (const Use& use : graph.uses(value)) {
    const Op& op = graph[use.op];
    if (op.def->layout == LayoutRule::kSink) continue;
    if (is_free(graph, use.op)) {
      for (std::uint32_t i = 0; i < op.results.size(); ++i) {
        most = std::max(most, bytes_read(graph, {use.op, i}));
      }
      continue;
    }
    if (operand_kinds(graph, use.op).immediate[use.operand]) continue;
    most = std::max(most, elements_needed(graph, use.op, use.operand) * size_of(type.dtype));
  }
  return std::min(most, type.bytes());
}

/// Whether some op computes or moves the value, rather than views of a source.
bool is_produced(const Graph& graph, Value value) {
  const Op& op = graph[value.op];
  if (op.def->layout == LayoutRule::kSource) return false;
  if (!is_free(graph, value.op)) return true;
  return std::any_of(op.inputs.begin(), op.inputs.end(),
                     [&](Value input) { return is_produced(graph, input); });
}

std::int64_t bytes_of_source(const Graph& graph, OpId id) {
  std::int64_t bytes = 0;
  for (std::uint32_t i = 0; i < graph[id].results.size(); ++i)
    bytes += bytes_read(graph, {id, i});
  return bytes;
}

std::int64_t bytes_of_sink(const Graph& graph, OpId id) {
  std::int64_t bytes = 0;
  for (const Value value : graph[id].inputs)
    bytes += is_produced(graph, value) ? graph.type(value).bytes() : 0;
  return bytes;
}

std::int64_t macs_of(const Op& op, const OpView& view) {
  std::int64_t macs = 0;
  for (const WorkStep& step : op.def->work(view))
    macs += step.macs();
  return macs;
}

}  // namespace

Result<Bounds> bounds_of(const Graph& graph, const Chip& chip) {
  Bounds bounds;
  double compute_seconds = 0;
  for (const OpId id : graph.ops()) {
    const Op& op = graph[id];
    if (op.def->layout == LayoutRule::kSource) {
      bounds.ddr_bytes += bytes_of_source(graph, id);
    } else if (op.def->layout == LayoutRule::kSink) {
      bounds.ddr_bytes += bytes_of_sink(graph, id);
    } else if (op.def->work != nullptr) {
      const OpView view = graph.view(id);
      const std::int64_t macs = macs_of(op, view);
      if (macs == 0) continue;
      TPU_TRY(const double rate, peak_macs_per_second(chip, view.input(0).dtype));
      bounds.macs += macs;
      compute_seconds += static_cast<double>(macs) / rate;
    }
  }
  constexpr double kPicosecondsPerSecond = 1e12;
  bounds.ddr_time = {static_cast<std::int64_t>(static_cast<double>(bounds.ddr_bytes) /
                                               peak_ddr_bytes_per_second(chip) *
                                               kPicosecondsPerSecond)};
  bounds.compute_time = {static_cast<std::int64_t>(compute_seconds * kPicosecondsPerSecond)};
  return bounds;
}

}  // namespace tpuscope
