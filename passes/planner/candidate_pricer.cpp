// The search for slices. Rules and their order follow the compiler (init_group_data_secs,
// get_group_max_secs).

#include "passes/planner/candidate_pricer.h"

#include <algorithm>

#include "passes/planner/slice_counts.h"

namespace tpuscope {
namespace {

/// As many times the compiler looks for finer slices before it gives up.
constexpr int kMaxTries = 20;
/// Rows of w that are this short are not cut: bytes of the DMA's alignment.
constexpr std::int64_t kShortestRowBytes = 512;
/// Extra refinements to try when only in-place reuse made the group fit.
constexpr int kFinerThanInPlace = 2;
/// The thorough search stops after this many consecutive refinements without improvement: what a
/// slice costs by itself only adds up from there.
constexpr int kPatience = 4;

bool is_faster(const std::optional<Candidate>& a, const std::optional<Candidate>& b) {
  return a && (!b || a->time < b->time);
}

int extra_tries(const Candidate& candidate) {
  return candidate.reuses_in_place ? kFinerThanInPlace : 0;
}

Trial refused(const LocalObstacle& obstacle) {
  return {.rule = std::string(obstacle.rule), .reason = std::string(obstacle.reason)};
}

}  // namespace

const CandidatePricer::OpFacts& CandidatePricer::facts(std::size_t index, GroupType type) {
  std::vector<std::optional<OpFacts>>& known = facts_[static_cast<std::size_t>(type)];
  if (known.empty()) known.resize(graph_.ops.size());
  if (known[index]) return *known[index];
  const GroupOp& op = graph_.ops[index];
  const LocalQuery query{op.view, op.kinds.weight, type, options_.support};
  known[index] = OpFacts{.obstacle = local_obstacle(*op.def, query),
                         .limits = limits_of(index, type, query),
                         .parts = parts_of(index, type)};
  return *known[index];
}

/// Slices that an op allows along each axis; axis c is cut in whole sets of lanes.
SliceCounts CandidatePricer::limits_of(std::size_t index, GroupType type,
                                       const LocalQuery& query) const {
  const GroupOp& op = graph_.ops[index];
  const Shape& shape = op.view.result().shape;
  const std::vector<bool> splits = local_splits(*op.def, query);
  SliceCounts limits{1, 1, 1, 1, 1};
  for (std::size_t s = 0; s < limits.size(); ++s) {
    const std::size_t axis = sliced_axis(shape, type, s);
    if (axis == kNoAxis || axis >= splits.size() || !splits[axis]) continue;
    const std::int64_t row = shape[axis] * size_of(op.view.result().dtype);
    if (s == kSliceW && row <= kShortestRowBytes) continue;
    limits[s] = s == kSliceC ? ceil_div(shape[axis], chip_.array.lanes) : shape[axis];
  }
  return limits;
}

/// Parts in which an op's whole tensors would fit local memory. Weights stay whole.
std::int64_t CandidatePricer::parts_of(std::size_t index, GroupType type) {
  const GroupOp& op = graph_.ops[index];
  const GroupRange range{index, index, type};
  std::vector<Region> regions(graph_.values.size());
  for (const std::size_t value : values_of(graph_, range))
    regions[value] = whole(graph_.values[value].type.shape);
  const GroupPrices::OpPrice& price = prices_.op(index, range, regions);
  std::int64_t total = price.bytes + price.scratch;
  std::int64_t fixed = 0;
  for (const std::size_t operand : op.operands) {
    if (operand == GroupOp::kImmediate) continue;
    const std::int64_t bytes = prices_.bytes(operand, range, regions[operand]);
    (graph_.values[operand].is_weight ? fixed : total) += bytes;
  }
  return ceil_div(total, std::max<std::int64_t>(context_.limit_bytes() - fixed, 1));
}

CandidatePricer::TypedRange CandidatePricer::typed(std::size_t first, std::size_t last) {
  TypedRange range{.range = {first, last}};
  range.range.type = group_type(traits_, range.range);
  for (std::size_t i = first; i <= last && !range.obstacle; ++i)
    range.obstacle = facts(i, range.range.type).obstacle;
  return range;
}

SliceCounts CandidatePricer::limits_of(const GroupRange& range) {
  SliceCounts limits = facts(range.first, range.type).limits;
  for (std::size_t i = range.first + 1; i <= range.last; ++i) {
    const SliceCounts& own = facts(i, range.type).limits;
    for (std::size_t s = 0; s < limits.size(); ++s)
      limits[s] = std::min(limits[s], own[s]);
  }
  return limits;
}

/// Slices in which the tensors of each op by itself would fit.
SliceCounts CandidatePricer::fewest_slices(const GroupRange& range, const SliceCounts& limits) {
  std::int64_t rest = 1;
  for (std::size_t i = range.first; i <= range.last; ++i)
    rest = std::max(rest, facts(i, range.type).parts);
  SliceCounts slices{1, 1, 1, 1, 1};
  for (const std::size_t axis : {kSliceN, kSliceC, kSliceD, kSliceH, kSliceW}) {
    slices[axis] = std::min(rest, limits[axis]);
    rest = ceil_div(rest, slices[axis]);
  }
  return slices;
}

/// Where a search begins: with those of a part of the range where that has more.
SliceCounts CandidatePricer::first_slices(const GroupRange& range, const SliceCounts& limits,
                                          const SliceCounts* part, bool deals_out) {
  SliceCounts slices = fewest_slices(range, limits);
  if (part != nullptr && product_of(*part) > product_of(slices)) slices = *part;
  // Every core gets a slice where the axes allow it.
  while (deals_out && product_of(slices) % chip_.array.cores != 0) {
    if (!refine(slices, limits, 1.0)) break;
  }
  for (std::size_t axis = 0; axis < slices.size(); ++axis)
    slices[axis] = std::min(slices[axis], limits[axis]);
  return slices;
}

SliceTrial CandidatePricer::sliced(const GroupRange& range, const SliceCounts& slices) {
  return SlicedRange(context_, range, slices, Detail::kEstimate).trial(sampled_slices(slices));
}

void CandidatePricer::try_image_by_image(const GroupRange& range, Detail detail, Trial& trial) {
  if (!options_.image_by_image || !options_.hold_coefficients) return;
  SliceCounts slices{1, 1, 1, 1, 1};
  slices[kSliceN] = limits_of(range)[kSliceN];
  const bool is_asked = !options_.slices || *options_.slices == slices;
  if (slices[kSliceN] == 1 || !is_asked) return;
  const std::vector<SliceCounts> samples =
      detail == Detail::kPlaced ? exhaustive_slices(slices) : sampled_slices(slices);
  SliceTrial tried =
      SlicedRange(context_, range, slices, detail, Weights::kReloaded).trial(samples);
  if (!is_faster(tried.candidate, trial.candidate)) return;
  trial = {.candidate = std::move(tried.candidate)};
  trial.candidate->image_by_image = true;
}

Trial CandidatePricer::search(std::size_t first, std::size_t last, const SliceCounts* part,
                              int finer) {
  Trial trial = search_with({.finer = finer}, first, last, part);
  // The compiler cuts a group for its memory and lets cores share what slices there are: with more
  // memory there may be none. Cutting it for the cores is a gain that the thorough search shows,
  // and one that who plans by silicon's prices knows.
  const bool cuts_for_cores = finer > 0 || options_.plan_by == PlanBy::kSilicon;
  if (chip_.array.cores == 1 || options_.slices || !cuts_for_cores) return trial;
  Trial dealt = search_with({.finer = finer, .deals_out = true}, first, last, part);
  if (!dealt.candidate) return trial;
  const bool is_better = !trial.candidate || dealt.candidate->time < trial.candidate->time;
  return is_better ? dealt : trial;
}

Trial CandidatePricer::search_with(const Effort& effort, std::size_t first, std::size_t last,
                                   const SliceCounts* part) {
  const TypedRange found = typed(first, last);
  if (found.obstacle) return refused(*found.obstacle);
  const SliceCounts limits = limits_of(found.range);
  for (std::size_t axis = 0; options_.slices && axis < limits.size(); ++axis) {
    if ((*options_.slices)[axis] <= limits[axis]) continue;
    return {.rule = "forced_slices", .reason = "the forced slices are more than its axes allow"};
  }
  const SliceCounts begin = options_.slices
                                ? *options_.slices
                                : first_slices(found.range, limits, part, effort.deals_out);
  Trial trial = search_from(begin, effort, found.range, limits);
  try_image_by_image(found.range, Detail::kEstimate, trial);
  return trial;
}

/// From these slices to finer ones, until as many fit as the effort allows.
Trial CandidatePricer::search_from(SliceCounts slices, const Effort& effort,
                                   const GroupRange& range, const SliceCounts& limits) {
  const std::int64_t limit = context_.limit_bytes();
  Trial trial;
  int fitting = 0;
  int slower = 0;
  for (int tries = 0; tries < kMaxTries + effort.finer; ++tries) {
    SliceTrial tried = sliced(range, slices);
    if (is_faster(tried.candidate, trial.candidate)) {
      trial.candidate = std::move(tried.candidate);
      slower = 0;
    } else if (trial.candidate && ++slower >= kPatience) {
      break;
    }
    if (trial.candidate && fitting++ >= effort.finer + extra_tries(*trial.candidate)) break;
    trial.missing_bytes = std::max<std::int64_t>(1, tried.need - limit);
    if (options_.slices) break;
    const double ratio =
        trial.candidate ? 1.0 : static_cast<double>(tried.need) / static_cast<double>(limit);
    if (!refine(slices, limits, ratio)) break;
  }
  if (trial.candidate) trial.missing_bytes = 0;
  return trial;
}

Trial CandidatePricer::exact_trial(std::size_t first, std::size_t last) {
  const TypedRange found = typed(first, last);
  if (found.obstacle) return refused(*found.obstacle);
  const SliceCounts& slices = *options_.slices;
  SliceTrial tried =
      SlicedRange(context_, found.range, slices, Detail::kPlaced).trial(exhaustive_slices(slices));
  Trial trial{.candidate = std::move(tried.candidate)};
  try_image_by_image(found.range, Detail::kPlaced, trial);
  if (!trial.candidate) {
    trial.missing_bytes = std::max<std::int64_t>(1, tried.need - context_.limit_bytes());
  }
  return trial;
}

std::optional<SliceCounts> CandidatePricer::finer_slices(std::size_t first, std::size_t last,
                                                         const SliceCounts& slices) {
  const TypedRange found = typed(first, last);
  if (found.obstacle) return std::nullopt;
  SliceCounts finer = slices;
  if (!refine(finer, limits_of(found.range), 1.0)) return std::nullopt;
  return finer;
}

Trial CandidatePricer::trial(std::size_t first, std::size_t last, const SliceCounts* part) {
  return search(first, last, part, 0);
}

Trial CandidatePricer::best_trial(std::size_t first, std::size_t last) {
  constexpr int kFiner = 12;
  return search(first, last, nullptr, kFiner);
}

}  // namespace tpuscope
