// How updates meet what is there: see scatter.h.

#include "graph/ops/scatter.h"

#include <algorithm>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/ops/by_name.h"
#include "graph/ops/movement.h"

namespace tpuscope {

Status check_reduction(const OpView& op) {
  const std::string& reduction = op.attrs().text("reduction");
  for (const std::string_view known : {"none", "add", "mul", "min", "max"}) {
    if (reduction == known) return Ok{};
  }
  return Error{.message = fmt::format("there is no reduction {}", in_quotes(reduction)),
               .hint = "use \"none\", \"add\", \"mul\", \"min\" or \"max\""};
}

double reduced_by(std::string_view reduction, double old, double update) {
  if (reduction == "add") return old + update;
  if (reduction == "mul") return old * update;
  if (reduction == "min") return std::min(old, update);
  if (reduction == "max") return std::max(old, update);
  return update;
}

Work scatter_work(const OpView& op) {
  if (op.attrs().text("reduction") == "none") return {};
  return {{.unit = WorkUnit::kArith, .c = op.input(2).elements()}};
}

Movement scatter_movement(const OpView& op, std::int64_t runs, std::int64_t run_elements) {
  const Shape& shape = op.result().shape;
  return {.copies = {whole_result(shape, dense_strides(shape))},
          .gather_runs = runs,
          .gather_run_elements = run_elements};
}

Status emit_scatter(OnnxEmission& out) {
  const std::string& reduction = out.attrs().text("reduction");
  if (reduction == "min" || reduction == "max") return out.unsupported("reduction " + reduction);
  return emit_by_name(out);
}

}  // namespace tpuscope
