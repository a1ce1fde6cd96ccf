// Families of the rewriting passes.

#pragma once

#include "graph/pass.h"

namespace tpuscope {

inline constexpr PassFamily kTransposeElimination{
    .name = "transpose_elimination",
    .summary =
        "permutes and views are split, folded, carried on and cancelled; products take in the "
        "heads"};

inline constexpr PassFamily kLanguageOperators{
    .name = "language_operators",
    .summary = "rotations, attention over a cache and its update are operators of their own"};

}  // namespace tpuscope
