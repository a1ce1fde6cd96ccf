// half_erf: error functions between Casts are computed in 16 bits.
//
// Why: what has quotients and error functions is computed in f32, which takes twice the vectors and
// a Cast on either side. Kernels of BM1688 compute GELU, Erf and HardSigmoid in the type that they
// get: half the time of a GELU.
//
// How: for each of those whose operand is a Cast from 16 bits to f32, compute it of what is cast
// and cast the result for those that read f32; a Cast of the result to the same 16 bits is gone.
// GELU's approximation by tanh is not among them: the compiler does not recognise it.
//
// Example:  Cast(x) to=f32 -> Gelu -> Cast to=f16     becomes     Gelu(x)

#include "passes/rewrites/half_erf.h"

#include "graph/pass.h"
#include "passes/rewrites/rewrite.h"

namespace tpuscope {

bool has_half_erf(const Chip& chip) {
  return chip.cube.scales_results != 0 && peak_macs_per_cycle(chip, DType::kF16) > 0;
}

namespace {

bool is_by_erf(const Op& op) {
  if (op.is("Gelu")) return op.attributes.text("approximate") == "none";
  return op.is("Erf") || op.is("HardSigmoid");
}

/// Whether the op is a function of a Cast from 16 bits to f32.
bool is_cast_for(const Graph& graph, OpId id) {
  if (!is_by_erf(graph[id])) return false;
  const Op& cast = graph[graph[id].inputs[0].op];
  return cast.is("Cast") && cast.results[0].type.dtype == DType::kF32 &&
         is_float(graph.type(cast.inputs[0]).dtype) &&
         size_of(graph.type(cast.inputs[0]).dtype) == 2;
}

Value add_like(Graph& graph, OpId near, std::string_view type, Attributes attributes, Value x) {
  const Op op = graph[near];
  return {graph.add_checked({.type = std::string(type),
                             .name = op.name,
                             .attributes = std::move(attributes),
                             .result_names = {op.results[0].name},
                             .origin = op.origin,
                             .made_by = std::string(kHalfErf)},
                            {x}, &near)};
}

void compute_in_half(Graph& graph, OpId id) {
  const Op op = graph[id];
  const Value x = graph[op.inputs[0].op].inputs[0];
  const Value y = add_like(graph, id, op.def->name, op.attributes, x);
  for (const Use& use : graph.uses(id)) {
    const Op& user = graph[use.op];
    if (user.is("Cast") && user.results[0].type.dtype == graph.type(y).dtype)
      replace(graph, use.op, y);
  }
  if (graph[id].is_dead) return;
  const Attributes to_f32{{"to", std::string(name_of(DType::kF32))}};
  replace(graph, id, add_like(graph, id, "Cast", to_f32, y));
}

Result<bool> half_erf(Graph& graph, const PassContext& context) {
  bool changed = false;
  for (const OpId id : graph.topological_order()) {
    if (graph[id].is_dead || !is_cast_for(graph, id)) continue;
    context.explain(graph[id].name, "is computed in 16 bits");
    context.count("functions in 16 bits");
    compute_in_half(graph, id);
    changed = true;
  }
  return changed;
}

TPU_REGISTER(register_pass({.name = kHalfErf,
                            .summary = "compute error functions of 16 bits without Casts",
                            .stage = PassStage::kOptimise,
                            .order = 3,
                            .since = 2022,
                            .run = half_erf}));

}  // namespace
}  // namespace tpuscope
