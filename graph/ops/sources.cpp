// Input, Weight and Output: where a network begins and ends. They compute nothing; their types are
// stated, not inferred.

#include <string>

#include "graph/op_def.h"

namespace tpuscope {
namespace {

Result<std::vector<TensorType>> no_results(const OpView&) {
  return std::vector<TensorType>{};
}

TPU_REGISTER(register_op({.name = "Input",
                          .summary = "a tensor that the caller provides",
                          .operands = {0, 0},
                          .layout = LayoutRule::kSource,
                          .infer = no_results}));

TPU_REGISTER(register_op({.name = "Weight",
                          .summary = "a constant tensor, with or without known values",
                          .operands = {0, 0},
                          .attributes = {{"stored", std::string(),
                                          "integer type in which the source holds real numbers"},
                                         {"stored_group", std::int64_t{0},
                                          "how many neighbours share a scale there, where it "
                                          "packs numbers; 0: it does not"},
                                         {"stored_axis", std::int64_t{0},
                                          "the axis along which those lie"}},
                          .layout = LayoutRule::kSource,
                          .infer = no_results}));

TPU_REGISTER(register_op({.name = "Output",
                          .summary = "a tensor that the caller receives",
                          .operands = {1, 1},
                          .layout = LayoutRule::kSink,
                          .infer = no_results}));

}  // namespace
}  // namespace tpuscope
