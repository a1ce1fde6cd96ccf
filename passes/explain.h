// Why permutes stay: what each pass that looked at one found missing.

#pragma once

#include <string>
#include <vector>

#include "passes/pipeline.h"

namespace tpuscope {

/// A permute that is left after a pipeline, and what the passes said of it in their last round.
struct StayingPermute {
  OpId op{};
  struct Reason {
    std::string pass{};
    std::string text{};
  };
  std::vector<Reason> reasons{};
};

/// The permutes of `graph` that move data, in running order. `result` is the pipeline that made it.
std::vector<StayingPermute> staying_permutes(const Graph& graph, const PipelineResult& result);

}  // namespace tpuscope
