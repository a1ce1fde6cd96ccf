// Forms of convolutions, as the vendor's compiler chooses them (its passes GroupConv2NormalConv and
// WeightReorder, and streams of single convolutions).

#include "passes/tiling/command_fields.h"
#include "passes/tiling/cube_instructions.h"

namespace tpuscope {
namespace {

class ConvolutionCommands {
 public:
  ConvolutionCommands(const Chip& chip, const PlacedStep& placed, const LocalShape& shape)
      : chip_(chip),
        step_(placed.step),
        type_(placed.type),
        bits_(command_bits(placed.type)),
        shape_(shape) {
    shape_.w *= step_.spread;
    if (gets_dense_filter()) {
      step_.reduce = step_.filter.channels;
      step_.groups = 1;
    } else {
      is_window_ = step_.unit == WorkUnit::kDepthwise;
    }
    if (!is_window_) folding_ = folding_of();
  }

  std::vector<PlannedInstruction> take() {
    if (is_window_) {
      window();
    } else if (folding_) {
      folded(*folding_);
    } else {
      grouped();
    }
    finish(!is_window_);
    return std::move(commands_);
  }

  std::optional<LocalShape> laid_out() const {
    if (!folding_) return std::nullopt;
    LocalShape map = folding_->map;
    map.c = step_.reduce * folding_->taps;
    return map;
  }

  /// Elements of a channel's filter.
  std::int64_t filter_row() const {
    if (is_window_) return step_.kernel;
    const std::int64_t summed = step_.reduce * (folding_ ? folding_->taps : 1);
    return align_up(summed, depth()) * (folding_ ? folding_->left : step_.kernel);
  }

 private:
  /// A kernel's taps that are laid out as channels.
  struct Folding {
    std::int64_t taps = 1;  ///< for each channel
    std::int64_t left = 1;  ///< taps of the convolution that is left
    LocalShape map{};       ///< what the laid out channels hold
    bool strided = false;   ///< along the map's rows
  };

  bool is_integer() const { return bits_ == 8; }

  /// Products that the cube sums at once; a cube without those of 8 bits sums one.
  std::int64_t depth() const {
    return is_integer() ? std::max<std::int64_t>(1, chip_.cube.i8_channels)
                        : chip_.command.cube_16_channels;
  }

  /// Few channels in groups fill the cube better with one filter, which is zero between groups. In
  /// 16 bits only on a cube that sums half a set of lanes.
  bool gets_dense_filter() const {
    if (step_.filter.channels == 0 || step_.groups == 1 || bits_ > 16) return false;
    if (!is_integer() && chip_.cube.f16_channels < chip_.array.lanes / 2) return false;
    return step_.filter.channels <= depth();
  }

  /// All taps where they are no more than the cube sums, else those of a row or of a column.
  std::optional<Folding> folding_of() const {
    const FilterShape& filter = step_.filter;
    // A part of the channels is no convolution of few.
    const bool is_open = filter.may_fold && step_.groups == 1 && step_.reduce == filter.channels;
    if (!is_open || bits_ > 16) return std::nullopt;
    const std::int64_t channels = step_.reduce;
    const std::int64_t height = filter.height;
    const std::int64_t width = filter.width;
    if (height > 1 && width > 1 && channels * height * width <= depth()) {
      return Folding{height * width, 1, shape_, step_.strided};
    }
    const bool prefers_rows = height < width || channels * height > depth();
    if (width > 1 && channels * width <= depth() && prefers_rows) {
      LocalShape map = shape_;
      map.h = filter.input_height;
      return Folding{width, height, map, step_.strided};
    }
    if (height > 1 && channels * height <= (is_integer() ? depth() : chip_.array.lanes)) {
      LocalShape map = shape_;
      map.w = filter.input_width;
      return Folding{height, width, map, false};
    }
    return std::nullopt;
  }

  ComputeInstruction fields(ComputeKind kind, std::uint32_t to, const LocalShape& shape,
                            bool overwrites = false) const {
    return command_fields(type_, {.kind = kind, .from = bits_, .to = to, .overwrites = overwrites},
                          shape);
  }
  void push(const ComputeInstruction& command, std::int64_t count = 1) {
    if (count > 0) commands_.push_back({.fields = command, .count = count});
  }
  void keep(const ComputeInstruction& command, std::int64_t count = 1) {
    if (count > 0) commands_.push_back({.fields = command, .count = count, .is_kept = true});
  }

  /// What comes before each instruction of the cube on chips where it scales results: an element is
  /// copied, and for results of 8 bits a register is written.
  void prepare(bool scales, bool is_window) {
    if (chip_.cube.scales_results == 0) return;
    const ComputeInstruction copied = fields(ComputeKind::kCopy, bits_, {1, 1, 1, 1});
    const ComputeInstruction written = fields(ComputeKind::kSystem, bits_, {1, 1, 1, 1});
    if (scales && is_window) push(written);
    push(copied);
    if (scales && !is_window) push(written);
  }

  /// Result bits of products: integers are summed in 32 bits.
  std::uint32_t sum_bits() const {
    const bool is_scaled = step_.scaled && chip_.cube.scales_results != 0;
    return is_integer() && !is_scaled ? 32 : bits_;
  }

  void convolution(const LocalShape& shape, std::int64_t channels, std::int64_t taps) {
    prepare(step_.scaled, false);
    ComputeInstruction command = fields(ComputeKind::kConv, sum_bits(), shape);
    command.input = {narrowed(shape.n), narrowed(channels), 1, 1};
    command.kernel = {narrowed(taps), 1};
    if (step_.strided) command.stride = {2, 2};
    push(command);
  }

  /// One convolution for each group. The cube reads channels from the first lane on; those of a
  /// group that begins elsewhere are brought there first.
  void grouped() {
    LocalShape part = shape_;
    part.c = std::max<std::int64_t>(1, shape_.c / step_.groups);
    for (std::int64_t group = 0; group < step_.groups; ++group) {
      const bool is_off = group * step_.reduce % chip_.array.lanes != 0;
      if (is_off && bits_ <= 16 && step_.filter.channels > 0) {
        push(fields(ComputeKind::kLaneCopy, bits_,
                    {shape_.n, step_.reduce, step_.filter.input_height, step_.filter.input_width}));
      }
      convolution(part, step_.reduce, step_.kernel);
    }
  }

  /// Each channel goes to as many lanes as taps are laid out; a depthwise convolution with one-hot
  /// weights, which are made in place, shifts them.
  void folded(const Folding& folding) {
    const std::int64_t taps = folding.taps;
    const LocalShape spread{shape_.n, taps, step_.filter.input_height, step_.filter.input_width};
    push(fields(ComputeKind::kLaneBroadcast, bits_, spread), step_.reduce - 1);
    push(fields(ComputeKind::kLaneBroadcast, bits_, spread, true));
    const LocalShape weights{1, taps, 1, taps};
    keep(fields(ComputeKind::kStaticBroadcast, bits_, {1, taps, 1, 1}));
    keep(fields(ComputeKind::kCast, bits_, weights));
    keep(fields(ComputeKind::kCopy, bits_, weights), 2);
    keep(fields(ComputeKind::kHazardGather, bits_, {1, taps, 1, 1}));
    keep(fields(ComputeKind::kLaneCopy, bits_, weights), step_.reduce - 1);
    prepare(false, true);
    LocalShape map = folding.map;
    map.c = step_.reduce * taps;
    ComputeInstruction shift = fields(ComputeKind::kDepthwise, bits_, map);
    shift.kernel = {narrowed(taps), 1};
    if (folding.strided) shift.stride = {2, 2};
    push(shift);
    convolution(shape_, step_.reduce * taps, folding.left);
  }

  /// Depthwise: taps over vectors, with a bias of its own.
  void window() {
    if (step_.weighted) prepare(step_.scaled, true);
    ComputeInstruction command =
        fields(step_.weighted ? ComputeKind::kDepthwise : ComputeKind::kPool,
               step_.weighted && !step_.prepares ? sum_bits() : bits_, shape_);
    command.kernel = {narrowed(step_.kernel), 1};
    if (step_.strided) command.stride = {2, 2};
    push(command);
  }

  /// 8-bit sums get their bias in 32 bits, in place, and are brought to the result's scale.
  void finish(bool is_cube) {
    if (!step_.scaled || step_.partial || chip_.cube.scales_results != 0) return;
    if (step_.biased && is_cube) {
      push(command_fields(DType::kI32, {.overwrites = true, .operands = 2}, shape_));
    }
    push(command_fields(DType::kI32, {.kind = ComputeKind::kRequant}, shape_));
  }

  const Chip& chip_;
  WorkStep step_;
  DType type_;
  std::uint32_t bits_;
  LocalShape shape_;
  bool is_window_ = false;            ///< depthwise: beside the cube
  std::optional<Folding> folding_{};  ///< in the cube
  std::vector<PlannedInstruction> commands_{};
};

}  // namespace

std::optional<LocalShape> packed_filter(const Chip& chip, const WorkStep& step, DType type,
                                        std::int64_t channels) {
  if (step.filter.channels == 0 || size_of(type) > 2) return std::nullopt;
  const std::int64_t row = ConvolutionCommands(chip, {.step = step, .type = type}, {}).filter_row();
  if (size_of(type) > 1) return LocalShape{1, channels, 1, row};
  const std::int64_t lanes = std::clamp<std::int64_t>(channels, 1, chip.array.lanes);
  return LocalShape{1, lanes, 1, ceil_div(channels, lanes) * (row + chip.array.eu_bytes_per_lane)};
}

Placement placed_filter(const Chip& chip, const Work& work, std::size_t operand, DType type,
                        std::int64_t channels, std::int64_t elements) {
  LocalShape shape{1, channels, 1, elements / std::max<std::int64_t>(channels, 1)};
  if (operand == 1) shape = packed_filter(chip, work.front(), type, channels).value_or(shape);
  return placed(chip, shape, Alignment::kCompact, type);
}

std::optional<LocalShape> laid_out_channels(const Chip& chip, const PlacedStep& step) {
  const WorkStep& work = step.step;
  if (work.filter.channels == 0) return std::nullopt;
  return ConvolutionCommands(chip, step, {work.n, work.c, work.h, work.w}).laid_out();
}

std::vector<PlannedInstruction> convolution_commands(const Chip& chip, const PlacedStep& step,
                                                     const LocalShape& shape) {
  return ConvolutionCommands(chip, step, shape).take();
}

}  // namespace tpuscope
