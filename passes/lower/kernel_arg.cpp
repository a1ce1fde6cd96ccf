// The position of the largest or smallest element of rows longer than two banks, as the vendor's
// kernel finds it: a row comes in pieces, each of which leaves its extreme and where that is; these
// candidates are gathered beside each other and compared last. One row alone is dealt out to lanes,
// each with a candidate of its own. Rows across lanes, and short ones, are cut into tiles.

#include <algorithm>
#include <array>

#include "passes/lower/kernel.h"
#include "passes/lower/kernel_stream.h"
#include "passes/tiling/instructions.h"
#include "passes/tiling/op_form.h"

namespace tpuscope {
namespace {

std::int64_t length_of(const OpView& op) {
  return op.input(0).elements() / std::max<std::int64_t>(1, op.result().elements());
}

/// Elements of a row that one command folds: two banks of them.
std::int64_t longest_piece(const Chip& chip, const OpView& op) {
  return 2 * chip.bank_bytes() / size_of(op.input(0).dtype);
}

bool serves_arg(const Chip& chip, const OpView& op) {
  const std::int64_t rows = op.result().elements();
  const std::int64_t piece = longest_piece(chip, op);
  if (rows == 0 || length_of(op) <= piece) return false;
  // The buffers below; candidates and their positions fit where a piece does.
  constexpr std::int64_t kPieces = 5;
  if (kPieces * 2 * chip.bank_bytes() > chip.local_bytes_per_lane()) return false;
  const std::int64_t candidates = ceil_div(length_of(op), piece);
  return op.input(0).shape.back() == length_of(op) && 2 * candidates <= piece;
}

/// Lanes over which so many elements of one row are dealt out: evenly where most lanes take part in
/// that, else the last lane has fewer.
std::int64_t lanes_for(const Chip& chip, std::int64_t elements) {
  const std::int64_t lanes = std::min(chip.array.lanes, elements);
  for (std::int64_t even = lanes; 2 * even > lanes; --even) {
    if (elements % even == 0) return even;
  }
  return lanes;
}

class ArgKernel {
 public:
  ArgKernel(const Chip& chip, const OpView& op, KernelStream& stream)
      : chip_(chip), op_(op), stream_(stream), attributes_(op.attrs()) {
    attributes_.set("axis", std::int64_t{1});
    attributes_.set("keepdims", true);
    rows_ = op.result().elements();
    length_ = length_of(op);
    const std::int64_t piece = longest_piece(chip, op);
    most_ = rows_ == 1 ? piece * chip.array.lanes : piece;
    const std::int64_t bytes = piece * size_of(op.input(0).dtype);
    for (KernelBuffer& buffer : rows_in_)
      buffer = stream.buffer(bytes);
    mask_ = stream.buffer(bytes);
    offsets_ = stream.buffer(kBits / 8);
    candidates_ = stream.buffer(bytes);
    result_ = stream.buffer(size_of(op.result().dtype));
  }

  void run(const Range& rows) {
    const std::int64_t pieces = ceil_div(length_, most_);
    std::int64_t candidates = 0;
    for (std::int64_t i = 0; i < pieces; ++i) {
      const Range columns{i * most_, std::min((i + 1) * most_, length_)};
      const std::int64_t lanes = rows_ == 1 ? lanes_for(chip_, columns.extent()) : rows.extent();
      const std::int64_t width = rows_ == 1 ? ceil_div(columns.extent(), lanes) : columns.extent();
      candidates += rows_ == 1 ? lanes : 1;
      load(rows, columns, lanes);
      pick(lanes, width);
    }
    finish(rows, candidates);
  }

 private:
  KernelBuffer& row() { return rows_in_.at(static_cast<std::size_t>(slice_ % 2)); }

  void load(const Range& rows, const Range& columns, std::int64_t lanes) {
    stream_.set_slice(++slice_);
    const std::int64_t bytes = size_of(op_.input(0).dtype);
    const bool is_dense = columns.extent() == length_ || rows.extent() == 1;
    DdrBlock block{.view = {rows_, length_}, .region = {rows, columns}, .local_runs = lanes};
    block.runs = is_dense ? 1 : rows.extent();
    block.bytes = rows.extent() * columns.extent() / block.runs * bytes;
    stream_.load(block, row());
  }

  /// The commands of the op's work over so many rows: up to the folded position, which is counted
  /// down as a float, or with what makes an integer of it.
  std::vector<StepInstruction> commands(std::int64_t rows, std::int64_t length,
                                        bool is_last) const {
    const OpView view{.attributes = &attributes_,
                      .inputs = {{op_.input(0).dtype, {rows, length}}},
                      .results = {{op_.result().dtype, {rows, 1}}}};
    const OpForm form = form_of(chip_, *OpRegistry::instance().find("Arg"), view);
    std::vector<PlacedStep> steps = steps_of(form, tile_of(form, whole(view.result().shape)));
    const auto is_position = [](const PlacedStep& placed) {
      return placed.step.unit == WorkUnit::kBroadcast;
    };
    const auto first = std::find_if(steps.begin(), steps.end(), is_position);
    const auto last = std::find_if(steps.rbegin(), steps.rend(), is_position).base();
    if (is_last) {
      steps.erase(first, last);  // candidates have brought theirs
    } else {
      constexpr std::ptrdiff_t kToInteger = 2;
      steps.erase(steps.end() - kToInteger, steps.end());
    }
    return sequence_of(chip_, steps);
  }

  /// The extreme of each lane's elements and where it is, both to their place among candidates.
  void pick(std::int64_t lanes, std::int64_t width) {
    KernelBuffer* read = &row();
    for (const StepInstruction& next : commands(lanes, width, false)) {
      stream_.compute(next.instruction.fields, {read}, mask_);
      read = &mask_;
    }
    if (rows_ == 1) {  // positions count on from the lanes before
      const LocalShape one{1, lanes, 1, 1};
      stream_.compute(kernel_vector(ComputeKind::kLaneBroadcast, one, kBits), {}, offsets_);
      stream_.compute(kernel_vector(ComputeKind::kArith, one, kBits), {&offsets_}, offsets_);
      stream_.compute(kernel_vector(ComputeKind::kArith, one, kBits, 2), {&offsets_}, mask_);
      stream_.compute(kernel_vector(ComputeKind::kCast, one, kBits, 1, true), {}, mask_);
    }
    for (int i = 0; i < 2; ++i)  // the extreme, its position
      stream_.gather_lanes(mask_, lanes, kBits / 8, candidates_);
  }

  void finish(const Range& rows, std::int64_t candidates) {
    const std::vector<StepInstruction> last = commands(rows.extent(), candidates, true);
    for (std::size_t i = 0; i + 1 < last.size(); ++i)
      stream_.compute(last[i].instruction.fields, {&candidates_}, mask_);
    const std::int64_t bytes = size_of(op_.result().dtype);
    const DdrBlock block{.view = {rows_},
                         .region = {rows},
                         .bytes = rows.extent() * bytes,
                         .local_runs = rows.extent()};
    stream_.finish(last.back().instruction.fields, {&mask_}, result_, block);
    stream_.store(result_, block);
  }

  static constexpr std::uint32_t kBits = 32;  ///< of a candidate and its position

  const Chip& chip_;
  const OpView& op_;
  KernelStream& stream_;
  Attributes attributes_;
  std::int64_t rows_ = 1;
  std::int64_t length_ = 1;
  std::int64_t most_ = 1;  ///< elements of a row, of all lanes it is on, that are worked on at once
  std::int64_t slice_ = 0;
  std::array<KernelBuffer, 2> rows_in_{};
  KernelBuffer mask_{};
  KernelBuffer offsets_{};
  KernelBuffer candidates_{};
  KernelBuffer result_{};
};

void emit_arg(const Chip& chip, const OpView& op, std::int64_t cores, OpStream& out) {
  KernelStream stream(chip, op, out);
  const std::int64_t rows = op.result().elements();
  const std::int64_t share = ceil_div(rows, cores);
  for (std::int64_t core = 0; core * share < rows; ++core) {
    stream.set_core(static_cast<std::size_t>(core));
    ArgKernel kernel(chip, op, stream);
    const std::int64_t end = std::min((core + 1) * share, rows);
    for (std::int64_t row = core * share; row < end; row += chip.array.lanes)
      kernel.run({row, std::min(row + chip.array.lanes, end)});
  }
}

TPU_REGISTER(register_kernel(
    {.name = "Arg", .emit = emit_arg, .takes_any_type = true, .serves = serves_arg}));

}  // namespace
}  // namespace tpuscope
