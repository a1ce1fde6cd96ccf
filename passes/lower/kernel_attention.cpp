// GroupedAttention as the vendor's kernel runs it: keys and values are read in place, tile by tile,
// beside the arithmetic on the tile before; the softmax runs in f32 with a maximum and a sum that
// each tile updates. All query heads of one key head are rows of one product. Heads that share
// nothing are worked on together: all of them for one query, one or two for many. The whole square
// of scores is computed; a mask hides what comes later.

#include <algorithm>

#include "graph/ops/grouped_attention.h"
#include "passes/lower/kernel.h"
#include "passes/lower/kernel_stream.h"

namespace tpuscope {
namespace {

constexpr std::int64_t kHalfBytes = 2;
constexpr std::int64_t kFloatBytes = 4;
constexpr std::int64_t kDecodeLimit = 16;  // queries that are rows of one pass

std::int64_t power_of_two_within(std::int64_t limit) {
  std::int64_t power = 1;
  while (2 * power <= limit)
    power *= 2;
  return power;
}

/// How many queries, keys and key heads a tile has.
struct AttentionTiling {
  std::int64_t queries = 1;
  std::int64_t keys = 1;
  std::int64_t kv_heads = 1;
};

/// Query heads of a key head are rows of one product where there are more than two.
bool is_joined(const AttentionExtents& extents) {
  return extents.group() > 2;
}

/// Whether tiles of all heads fit: keys and values twice, six rows of scores, two of sums.
bool fits_all_heads(const Chip& chip, const AttentionExtents& extents, std::int64_t kv_heads,
                    std::int64_t keys) {
  const std::int64_t heads = kv_heads * extents.group();
  const std::int64_t cache =
      ceil_div(keys, chip.array.lanes) * kv_heads * extents.width * kHalfBytes;
  const std::int64_t scores = heads * keys * kFloatBytes;
  const std::int64_t sums = heads * extents.width * kFloatBytes;
  return 4 * cache + 6 * scores + 2 * sums <= chip.local_bytes_per_lane();
}

/// One query or a few: keys in powers of two, at most half of the cache.
AttentionTiling decode_tiling(const Chip& chip, const AttentionExtents& extents,
                              std::int64_t kv_heads) {
  AttentionTiling tiling{.queries = extents.queries};
  const std::int64_t half = std::max<std::int64_t>(1, extents.past_keys / 2);
  if (is_joined(extents)) {
    tiling.keys = power_of_two_within(std::min(half, chip.bank_bytes() / kFloatBytes / 2));
    return tiling;
  }
  tiling.kv_heads = kv_heads;
  tiling.keys = power_of_two_within(half);
  while (tiling.keys > 1 && !fits_all_heads(chip, extents, kv_heads, tiling.keys))
    tiling.keys /= 2;
  return tiling;
}

AttentionTiling attention_tiling(const Chip& chip, const AttentionExtents& extents,
                                 std::int64_t kv_heads) {
  if (extents.past_keys > 0 && extents.queries <= kDecodeLimit) {
    return decode_tiling(chip, extents, kv_heads);
  }
  // Many queries: squares of queries and keys whose scores take at most two banks of a lane.
  const std::int64_t lanes = chip.array.lanes;
  AttentionTiling tiling;
  std::int64_t side = (is_joined(extents) ? 4 : 8) * lanes;
  if (is_joined(extents)) {
    const std::int64_t most = 2 * chip.bank_bytes() / kFloatBytes;
    while (side > lanes && ceil_div(side * extents.group(), lanes) * side > most)
      side /= 2;
  } else if (extents.group() == 1 && kv_heads % 2 == 0 && 2 * extents.width <= 4 * lanes) {
    tiling.kv_heads = 2;
  }
  tiling.queries = std::min(side, extents.queries);
  tiling.keys = std::min(side, extents.keys());
  return tiling;
}

/// The kernel on one core, for key heads [begin, end).
class AttentionKernel {
 public:
  AttentionKernel(const Chip& chip, const OpView& op, KernelStream& stream)
      : chip_(chip), op_(op), extents_(attention_extents(op)), stream_(stream) {}

  void run(std::int64_t begin, std::int64_t end) {
    tiling_ = attention_tiling(chip_, extents_, end - begin);
    make_buffers();
    stream_.compute(kernel_vector(ComputeKind::kStaticBroadcast, {1, chip_.array.lanes, 1, 1}, 32),
                    {}, table_);
    for (std::int64_t head = begin; head < end; head += tiling_.kv_heads) {
      heads_ = {head, std::min(head + tiling_.kv_heads, end)};
      for (std::int64_t query = 0; query < extents_.queries; query += tiling_.queries) {
        queries_ = {query, std::min(query + tiling_.queries, extents_.queries)};
        block();
      }
    }
  }

 private:
  /// Keys [begin, end) of the cache, or of the new tokens.
  struct Keys {
    bool is_past = false;
    Range range{};
  };

  void make_buffers() {
    const std::int64_t lanes = chip_.array.lanes;
    const std::int64_t group = extents_.group();
    const bool joined = is_joined(extents_);
    const std::int64_t rows = ceil_div(tiling_.queries * (joined ? group : 1), lanes);
    const std::int64_t kv_heads = tiling_.kv_heads;
    const std::int64_t heads = kv_heads * (joined ? 1 : group);
    const std::int64_t width = extents_.width;
    const std::int64_t keys = ceil_div(tiling_.keys, lanes);
    table_ = stream_.packed_buffer(64);
    q_ = stream_.packed_buffer(std::max<std::int64_t>(64, heads * rows * width * kHalfBytes));
    for (std::size_t i = 0; i < 2; ++i) {
      k_[i] = stream_.packed_buffer(kv_heads * keys * width * kHalfBytes);
      v_[i] = stream_.packed_buffer(kv_heads * keys * width * kHalfBytes);
      mask_[i] =
          stream_.packed_buffer(ceil_div(tiling_.queries, lanes) * tiling_.keys * kHalfBytes);
    }
    scores_ = stream_.packed_buffer(heads * rows * tiling_.keys * kFloatBytes);
    sums_ = stream_.packed_buffer(std::max<std::int64_t>(64, heads * rows * width * kFloatBytes));
    result_ = stream_.packed_buffer(std::max<std::int64_t>(64, heads * rows * width * kHalfBytes));
  }

  std::vector<Keys> key_tiles() const {
    std::vector<Keys> tiles;
    for (const bool is_past : {true, false}) {
      const std::int64_t count = is_past ? extents_.past_keys : extents_.new_keys;
      for (std::int64_t key = 0; key < count; key += tiling_.keys)
        tiles.push_back({is_past, {key, std::min(key + tiling_.keys, count)}});
    }
    return tiles;
  }

  /// One block of queries against all keys.
  void block() {
    load_q();
    reset();
    const std::vector<Keys> tiles = key_tiles();
    load_keys(tiles[0], 0);
    for (std::size_t i = 0; i < tiles.size(); ++i) {
      if (i + 1 < tiles.size()) load_keys(tiles[i + 1], i + 1);
      tile(tiles[i], i);
    }
    finish();
    ++slice_;
  }

  // --- transfers ---

  /// Products of a tile, and the rows of each.
  std::int64_t heads() const {
    return heads_.extent() * (is_joined(extents_) ? 1 : extents_.group());
  }
  std::int64_t query_rows() const {
    return queries_.extent() * (is_joined(extents_) ? extents_.group() : 1);
  }
  Range query_heads() const {
    return {heads_.begin * extents_.group(), heads_.end * extents_.group()};
  }

  void load_q() {
    stream_.set_slice(slice_);
    stream_.load(
        rows_of({.index = 0, .region = {{0, 1}, queries_, query_heads(), width()}}, extents_.heads),
        q_);
  }

  Range width() const { return {0, extents_.width}; }

  /// Tokens of a tensor [1,tokens,heads,d]: contiguous where all heads are taken.
  DdrBlock rows_of(DdrBlock block, std::int64_t all_heads) const {
    const std::int64_t tokens = block.region[1].extent();
    const std::int64_t taken = block.region[2].extent();
    const std::int64_t row = taken * extents_.width * kHalfBytes;
    block.runs = taken == all_heads ? 1 : tokens;
    block.bytes = tokens * row / block.runs;
    block.local_runs = tokens * taken;
    return block;
  }

  void load_keys(const Keys& keys, std::size_t i) {
    stream_.set_slice(slice_);
    const Region region{{0, 1}, keys.range, heads_, width()};
    stream_.load(rows_of({.index = keys.is_past ? 4U : 1U, .region = region}, extents_.kv_heads),
                 k_[i % 2]);
    stream_.load(rows_of({.index = keys.is_past ? 5U : 2U, .region = region}, extents_.kv_heads),
                 v_[i % 2]);
    const std::int64_t first = keys.is_past ? 0 : extents_.past_keys;
    const Range columns{first + keys.range.begin, first + keys.range.end};
    const std::int64_t rows = queries_.extent();
    const bool is_whole = columns.extent() == extents_.keys();
    stream_.load({.index = 3,
                  .region = {{0, 1}, {0, 1}, queries_, columns},
                  .runs = is_whole ? 1 : rows,
                  .bytes = columns.extent() * kHalfBytes * (is_whole ? rows : 1),
                  .local_runs = rows},
                 mask_[i % 2]);
  }

  // --- arithmetic ---

  /// One number per row, and rows of so many elements.
  LocalShape rows(std::int64_t elements) const { return {heads(), query_rows(), 1, elements}; }

  void on(KernelBuffer& to, ComputeKind kind, const LocalShape& extent, std::uint32_t bits,
          std::uint32_t operands = 1, bool in_place = false) {
    stream_.compute(kernel_vector(kind, extent, bits, operands, in_place), {}, to);
  }

  /// No maximum, no sum, sums of 0.
  void reset() {
    on(sums_, ComputeKind::kArith, rows(1), 32);
    on(sums_, ComputeKind::kArith, rows(1), 32);
    on(sums_, ComputeKind::kArith, rows(extents_.width), 32);
  }

  /// Rows are folded to a vector, and that to one number.
  void fold(std::int64_t elements) {
    const std::int64_t units = chip_.eu_count(DType::kF32);
    const auto pool = [&](std::int64_t left, std::int64_t taps) {
      ComputeInstruction made = kernel_vector(ComputeKind::kPool, rows(left), 32);
      made.kernel = {1, narrowed(taps)};
      made.stride = {1, 1};
      stream_.compute(made, {}, scores_);
    };
    pool(std::min(units, elements), ceil_div(elements, units));
    pool(1, units);
  }

  ComputeInstruction series(std::int64_t elements) const {
    constexpr std::uint32_t kTerms = 10;
    ComputeInstruction made = kernel_vector(ComputeKind::kTaylor, rows(elements), 32);
    made.terms = kTerms;
    return made;
  }

  void tile(const Keys& keys, std::size_t i) {
    stream_.set_slice(slice_);
    const std::int64_t count = keys.range.extent();
    products(query_rows(), count, extents_.width, true, {&q_, &k_[i % 2]}, scores_);
    masked(count, mask_[i % 2]);
    fold(count);
    new_maximum();
    exponentials(count);
    fold(count);
    on(sums_, ComputeKind::kArith, rows(1), 32);
    on(scores_, ComputeKind::kArith, rows(count), 32);  // to half precision
    products(query_rows(), extents_.width, count, false, {&scores_, &v_[i % 2]}, sums_);
    on(sums_, ComputeKind::kArith, rows(extents_.width), 32, 2, true);
  }

  void products(std::int64_t lines, std::int64_t columns, std::int64_t reduced, bool transposed,
                std::initializer_list<KernelBuffer*> reads, KernelBuffer& to) {
    const DType type = op_.input(0).dtype;
    for (std::int64_t head = 0; head < heads(); ++head)
      stream_.compute(kernel_product(lines, columns, reduced, type, transposed), reads, to);
  }

  /// Scores to f32, scaled, and the mask added, which one query's heads share.
  void masked(std::int64_t count, KernelBuffer& mask) {
    on(scores_, ComputeKind::kCast, rows(count), 32, 1, true);
    const LocalShape own{1, queries_.extent(), 1, count};
    stream_.compute(kernel_vector(ComputeKind::kArith, own, 32), {&mask}, scores_);
    if (queries_.extent() == 1 && is_joined(extents_))
      on(scores_, ComputeKind::kLaneBroadcast, rows(count), 32, 1, true);
    stream_.compute(kernel_vector(ComputeKind::kArith, rows(count), 32, 2, true), {&mask}, scores_);
  }

  /// The maximum so far and this tile's, and the power by which earlier sums shrink.
  void new_maximum() {
    constexpr int kSteps = 13;
    for (int step = 0; step < kSteps; ++step)
      on(sums_, ComputeKind::kArith, rows(1), 32);
    stream_.compute(series(1), {}, sums_);
    on(sums_, ComputeKind::kArith, rows(1), 32);
    on(sums_, ComputeKind::kArith, rows(extents_.width), 32, 1, true);
    on(sums_, ComputeKind::kArith, rows(1), 32);
  }

  /// Clamp, split into a power of two and a rest, a series of the rest.
  void exponentials(std::int64_t count) {
    constexpr int kWideSteps = 8;
    for (int step = 0; step < kWideSteps; ++step)
      on(scores_, ComputeKind::kArith, rows(count), 32);
    on(scores_, ComputeKind::kArith, rows(count), 16);
    on(scores_, ComputeKind::kArith, rows(count), 16);
    on(scores_, ComputeKind::kArith, rows(count), 32);
    stream_.compute(series(count), {}, scores_);
    on(scores_, ComputeKind::kArith, rows(count), 32);
  }

  void finish() {
    on(sums_, ComputeKind::kDivide, rows(1), 32, 1);
    on(sums_, ComputeKind::kArith, rows(extents_.width), 32, 1, true);
    const Range columns{query_heads().begin * extents_.width, query_heads().end * extents_.width};
    DdrBlock block =
        rows_of({.index = 0, .region = {{0, 1}, queries_, query_heads(), width()}}, extents_.heads);
    block.region = {{0, 1}, queries_, columns};
    stream_.finish(kernel_vector(ComputeKind::kCast, rows(extents_.width), 32), {&sums_}, result_,
                   block);
    stream_.store(result_, block);
  }

  const Chip& chip_;
  const OpView& op_;
  AttentionExtents extents_;
  KernelStream& stream_;
  AttentionTiling tiling_{};
  Range heads_{};
  Range queries_{};
  std::int64_t slice_ = 0;
  KernelBuffer table_{};
  KernelBuffer q_{};
  std::array<KernelBuffer, 2> k_{};
  std::array<KernelBuffer, 2> v_{};
  std::array<KernelBuffer, 2> mask_{};
  KernelBuffer scores_{};
  KernelBuffer sums_{};
  KernelBuffer result_{};
};

void emit_attention_kernel(const Chip& chip, const OpView& op, std::int64_t cores, OpStream& out) {
  const AttentionExtents extents = attention_extents(op);
  KernelStream stream(chip, op, out);
  const std::int64_t share = ceil_div(extents.kv_heads, cores);
  for (std::int64_t core = 0; core * share < extents.kv_heads; ++core) {
    stream.set_core(static_cast<std::size_t>(core));
    AttentionKernel(chip, op, stream)
        .run(core * share, std::min((core + 1) * share, extents.kv_heads));
  }
}

TPU_REGISTER(register_kernel({.name = "GroupedAttention", .emit = emit_attention_kernel}));

}  // namespace
}  // namespace tpuscope
