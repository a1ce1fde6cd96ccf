// Operators of compilers: known by their name and the types of their results alone. Networks that
// were compiled elsewhere consist of them; no pass and no planner sees one.

#pragma once

#include <string_view>

#include "graph/op_def.h"

namespace tpuscope {

/// Declares "tpu.Conv2D" and the like, so that graphs may hold them: only readers of compiled
/// models do, and no text that a user writes. Such an op takes any operands, and its results are
/// stated as those of an Input are. Safe to call from several threads, and more than once.
void declare_foreign_op(std::string_view type);

/// The definition of a declared type, which lives until the program ends; null for others.
const OpDef* foreign_op(std::string_view type);

inline bool is_foreign(const OpDef& def) {
  return def.infer == nullptr;
}

}  // namespace tpuscope
