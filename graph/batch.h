// Batch: a network exported for one number of images, rewritten for another.
//
// Why: exporters fix the batch, since shapes are constants in the file, and a user who needs to
// know what four images at once would cost has only the file for one.
//
// How: the axis of each tensor that begins with the batch is followed from the inputs on. It may go
// on within itself: after windows were cut, [64,49,96] holds the 64 windows of image 0, then those
// of image 1. An op is accepted when, with its operands grown, its own shape rule yields results
// that grow along exactly one axis, and its tiles (OpDef::input_region) prove that each image of
// the result needs that image of the operands alone. So a network at batch N is N networks side by
// side, or there is an error that names the op. Only ops whose attributes state extents add
// anything of their own: a rule registered in their file.
//
// A constant that has to grow with what it is joined to (a class token, the masks of all windows)
// is repeated. Of a network exported for several images it must hold the same for each of them.
//
//     x = Input f32[1,3136,96]                      x = Input f32[4,3136,96]
//     w = Reshape(x) shape=[64,49,96]       4:      w = Reshape(x) shape=[256,49,96]
//     y = Relu(w)                                   y = Relu(w)

#pragma once

#include <string_view>

#include "graph/graph.h"

namespace tpuscope {

/// Images in a network: the outermost extent of its first input that has axes; 1 without any.
std::int64_t batch_of(const Graph& graph);

/// The network for `batch` images. Errors are kUnsupported, one per op that is in the way; ops
/// after such an op are not checked.
Result<Graph> with_batch(const Graph& graph, std::int64_t batch);

/// From how many images to how many.
struct BatchChange {
  std::int64_t from = 1;
  std::int64_t to = 1;
  /// An extent that begins with the batch, at the other batch.
  std::int64_t scaled(std::int64_t extent) const { return extent / from * to; }
};

/// Which axis of a tensor is the batch.
struct BatchAxis {
  std::size_t operand = 0;  ///< of the op, the first that has a batch
  std::size_t axis = 0;     ///< of that operand
};

/// What an op with extents among its attributes makes of them. `op` has the types of before. The
/// message of a failure is a clause that says what is in the way.
struct BatchRule {
  std::string_view name{};  ///< of the op's type
  Result<Attributes> (*attributes)(const OpView& op, const BatchAxis& batch,
                                   const BatchChange& change) = nullptr;
};
using BatchRules = Registry<BatchRule>;

bool register_batch_rule(BatchRule rule);

/// For ops whose attribute `name` lists the extents of the result, with axes aligned at the last
/// as in broadcasting: the one over the batch is scaled. It must equal the operand's.
Result<Attributes> scale_aligned_extent(const OpView& op, const BatchAxis& batch,
                                        const BatchChange& change, std::string_view name);

}  // namespace tpuscope
