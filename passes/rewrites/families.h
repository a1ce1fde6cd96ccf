// Families of the rewriting passes.

#pragma once

#include "graph/pass.h"

namespace tpuscope {

inline constexpr PassFamily kTransposeElimination{
    .name = "transpose_elimination",
    .summary =
        "permutes and views are split, folded, carried on and cancelled; products take in the "
        "heads"};

}  // namespace tpuscope
