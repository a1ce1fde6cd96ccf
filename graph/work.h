// The work of an op, in units that every chip of this family prices in its own way. Ops
// state it, sim/ prices it: that keeps an op to one file and graph/ ignorant of chips.

#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "graph/dtype.h"

namespace tpuscope {

/// The kind of arithmetic of one step.
enum class WorkUnit : std::uint8_t {
  kConv,       ///< multiply-accumulate over input channels and kernel, result channels over lanes
  kMatMul,     ///< rows over lanes (c), columns in w, inner dimension in `reduce`
  kDepthwise,  ///< kernel taps per result vector, one input channel each: depthwise, pooling
  kArith,      ///< one pass of add, subtract, multiply, min, max, select, copy
  kCompare,    ///< one pass of comparisons
  kConvert,    ///< one pass from one element type to another
  kDivide,     ///< division or reciprocal
  kExp,        ///< e^x
  kLog,        ///< natural logarithm
  kErf,        ///< error function
  kSin,        ///< sine, cosine, tangent and their inverses
  kRsqrt,      ///< 1 / sqrt(x)
  kReduce,     ///< fold of `kernel` elements in each lane into one: sums, maxima
  kLookup,     ///< one table look-up per element, each lane one element per cycle
  kRequant,    ///< scaling of integers: product, shift and clamp in one instruction (RQ, DQ)
  kSort,       ///< ordering of `kernel` elements per row: top-k
  kBroadcast,  ///< one lane's row copied to every lane: the bias of a product, a table
  kCopy,       ///< one pass within lanes
  kLaneCopy,   ///< elements to other lanes, one lane after the other
};

/// Whether the machine's matrix unit (cube) does it.
constexpr bool is_cube(WorkUnit unit) {
  return unit == WorkUnit::kConv || unit == WorkUnit::kMatMul;
}

/// Whether the machine makes the function of a power series.
constexpr bool is_series(WorkUnit unit) {
  return unit == WorkUnit::kExp || unit == WorkUnit::kLog || unit == WorkUnit::kErf ||
         unit == WorkUnit::kSin;
}

/// A convolution's filter, on which its form depends: the compiler lays rows or columns of kernels
/// out as channels, and gives groups of few channels one filter.
struct FilterShape {
  std::int64_t channels = 0;      ///< of the whole op's operand; 0: the step's form is fixed
  std::int64_t height = 1;        ///< taps along the last axis but one
  std::int64_t width = 1;         ///< along the last
  std::int64_t input_height = 1;  ///< of the operand's map
  std::int64_t input_width = 1;
  /// Taps may be laid out as channels: two axes, with strides that the instructions which do so
  /// know, and for 16 bits the wish of the pass fold_stems.
  bool may_fold = true;
};

/// One step of an op's work. The extents are those of the step's result as the machine sees it:
/// c is spread over lanes, h * w over the execution units of a lane.
struct WorkStep {
  WorkUnit unit = WorkUnit::kArith;
  std::int64_t n = 1;
  std::int64_t c = 1;
  std::int64_t h = 1;
  std::int64_t w = 1;
  std::int64_t reduce = 1;  ///< kConv: input channels of a group; kMatMul: inner dimension
  std::int64_t groups = 1;  ///< kConv, kDepthwise: of channels, with filters of their own
  std::int64_t kernel =
      1;  ///< kConv, kDepthwise: taps (kd * kh * kw); kReduce, kSort: extent folded
  std::int64_t passes = 1;  ///< how often the step runs over its result
  bool weighted = false;  ///< kDepthwise: taps have weights (a convolution), so they count as MACs
  bool strided = false;   ///< kConv, kDepthwise: positions are further apart than one element
  bool transposed = false;  ///< kMatMul: the right operand's rows are the result's columns
  /// The result takes the place of an operand, so that every vector is written where it is read and
  /// the memory is asked twice.
  bool overwrites = false;
  bool feeds_fold = false;  ///< only the fold that follows reads its result
  bool prepares = false;  ///< lays operands out for another step: no work that the network asks for
  std::int64_t operands = 1;  ///< kArith: tensors read
  /// kConv, kDepthwise: positions of the result per position of the step, where zeros lie between
  /// inputs.
  std::int64_t spread = 1;
  /// kConv: further passes that the network states, over padding alone: nothing is done for them.
  std::int64_t padded = 0;
  std::int64_t idle = 0;   ///< kConv: of the passes, those that may read padding alone
  FilterShape filter{};    ///< kConv, kDepthwise
  bool biased = false;     ///< of a product: a bias is added
  bool scaled = false;     ///< of a product of 8 bits: sums are brought to the result's scale
  bool continues = false;  ///< of a product: it is added to a part of the sums
  bool partial =
      false;  ///< of a product: parts of the sums are missing, so that bias and scale follow
  /// Element type of the step where it is not the op's: a float island in 16-bit work, sums.
  std::optional<DType> type{};

  std::int64_t elements() const { return n * c * h * w; }
  /// Multiply-accumulates that the network states, as tables of networks count them: with padding;
  /// 0 for vector work.
  std::int64_t macs() const { return macs_of(passes + padded); }
  /// No more than must be done: without those of planes of padding.
  std::int64_t needed_macs() const { return macs_of(passes - idle); }

 private:
  std::int64_t macs_of(std::int64_t times) const {
    const bool depthwise = unit == WorkUnit::kDepthwise && weighted && !prepares;
    return is_cube(unit) || depthwise ? elements() * reduce * kernel * times : 0;
  }
};

using Work = std::vector<WorkStep>;

inline bool has_unit(const Work& work, WorkUnit unit) {
  return std::any_of(work.begin(), work.end(),
                     [unit](const WorkStep& step) { return step.unit == unit; });
}

/// One rectangular copy between two dense tensors, in elements: for every index i within `extents`,
/// result[result_offset + sum i*result_strides] = operand[operand_offset + sum i*operand_strides].
struct StridedCopy {
  std::size_t operand = 0;
  std::vector<std::int64_t> extents{};
  std::vector<std::int64_t> operand_strides{};
  std::vector<std::int64_t> result_strides{};
  std::int64_t operand_offset = 0;
  std::int64_t result_offset = 0;

  std::int64_t elements() const {
    std::int64_t product = 1;
    for (const std::int64_t extent : extents)
      product *= extent;
    return product;
  }
};

/// What an op that only moves data moves. Copies together write each result element once, except
/// where `fill_elements` are written with a constant first (padding).
struct Movement {
  std::vector<StridedCopy> copies{};
  std::int64_t fill_elements = 0;
  /// Runs picked by an index tensor: `gather_runs` runs of `gather_run_elements` each.
  std::int64_t gather_runs = 0;
  std::int64_t gather_run_elements = 0;
  /// Numbers of operand 1 that count along an axis, from its end where they are below zero: they
  /// are settled before. 0: none, places come as they are.
  std::int64_t gather_indices = 0;
};

}  // namespace tpuscope
