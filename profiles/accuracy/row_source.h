// What a row of a measured table is predicted from: a network that is planned here, or the streams
// that the vendor's compiler made of it, which are replayed.

#pragma once

#include <memory>
#include <string>

#include "passes/compile.h"
#include "profiles/accuracy/prediction.h"

namespace tpuscope {

/// The compiled model of a row: the row's own file, in a folder of models, or
/// NETWORK/CHIP_PRECISION[_coreN] in a folder of streams, such as resnet50/bm1688_INT8_core2. Empty
/// where there is none; compilers of today say nothing of a row of pipeline `baseline`.
std::string stream_of(const Measurement& row, const ValidationOptions& options);

/// What open_source reads: rows of equal source have the same network.
std::string source_of(const Measurement& row, const ValidationOptions& options);

Result<std::shared_ptr<Compiler>> open_source(const Measurement& row,
                                              const ValidationOptions& options);

}  // namespace tpuscope
