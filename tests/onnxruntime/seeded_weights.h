// Values for networks whose files hold none: the suite's networks come without their weights.

#pragma once

#include <onnx/onnx_pb.h>

#include "base/result.h"

namespace tpuscope::testing {

/// Gives every initializer without values seeded ones, which depend on its name only. Their size is
/// chosen by what reads them, so that activations stay near 1 through the depth of a network and a
/// fault anywhere reaches the outputs. Scales and biases are filled even where the file has values:
/// those are noise of size 1, under which the signal would drown. Returns how many were filled.
Result<int> seed_weights(onnx::ModelProto& model);

}  // namespace tpuscope::testing
