// Random small graphs of the ops around attention: permutes, reshapes, products, elementwise ops
// with constants and masks, softmax, slices with squeezes. As text, so that a failure can be read
// and kept.

#pragma once

#include <string>

namespace tpuscope::testing {

/// Drawn from rapidcheck's generators: call it inside a property.
std::string random_attention_text();

}  // namespace tpuscope::testing
