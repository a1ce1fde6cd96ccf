// Two runs of one network, stretch by stretch: see plan_gain.h.

#include "profiles/whatif/plan_gain.h"

#include <algorithm>
#include <map>
#include <set>

namespace tpuscope {
namespace {

/// What of one run belongs to one of its ops.
struct OpShare {
  std::size_t position = 0;  ///< in the order in which this run begins with ops
  std::uint32_t unit = 0;    ///< its group
  Picoseconds charged{};
};

std::map<std::uint32_t, OpShare> shares_of(const Profile& profile) {
  const Program& program = profile.simulation.program;
  std::map<std::uint32_t, OpShare> shares;
  for (const Command& command : program.commands) {
    if (command.op == kNone) continue;
    const auto [found, is_new] = shares.try_emplace(command.op);
    if (is_new) found->second = {.position = shares.size() - 1, .unit = command.group};
  }
  for (const Charge& charge : profile.charges) {
    if (charge.command == kNone) continue;
    const auto found = shares.find(program.commands[charge.command].op);
    if (found != shares.end()) found->second.charged += charge.length();
  }
  return shares;
}

/// Per unit of a run the first and last place of its ops, places being those of the other run.
std::map<std::uint32_t, std::pair<std::size_t, std::size_t>> spans_of(
    const std::map<std::uint32_t, OpShare>& units, const std::map<std::uint32_t, OpShare>& places) {
  std::map<std::uint32_t, std::pair<std::size_t, std::size_t>> spans;
  for (const auto& [op, share] : units) {
    const auto place = places.find(op);
    if (place == places.end()) continue;
    const std::size_t at = place->second.position;
    const auto [span, is_new] = spans.try_emplace(share.unit, at, at);
    span->second.first = std::min(span->second.first, at);
    span->second.second = std::max(span->second.second, at);
  }
  return spans;
}

/// Ends of stretches: places after which units of neither run go on.
std::vector<bool> ends_of(std::size_t places, const std::map<std::uint32_t, OpShare>& now,
                          const std::map<std::uint32_t, OpShare>& then) {
  std::vector<bool> is_end(places, true);
  for (const auto* units : {&now, &then}) {
    for (const auto& [unit, span] : spans_of(*units, now)) {
      for (std::size_t at = span.first; at < span.second; ++at)
        is_end[at] = false;
    }
  }
  return is_end;
}

const GroupRow* row_of(const Report& report, std::uint32_t group) {
  const auto found = std::find_if(report.groups.begin(), report.groups.end(),
                                  [&](const GroupRow& row) { return row.index == group; });
  return found == report.groups.end() ? nullptr : &*found;
}

/// Whether one unit of each run is the whole stretch, in equal slices.
bool is_alike(const Report& now, const Report& then, std::uint32_t unit_now,
              std::uint32_t unit_then) {
  const GroupRow* a = row_of(now, unit_now);
  const GroupRow* b = row_of(then, unit_then);
  if (a == nullptr || b == nullptr) return a == b;
  return a->secs == b->secs;
}

class Stretches {
 public:
  Stretches(const Profile& now, const Profile& then)
      : now_(now), then_(then), shares_now_(shares_of(now)), shares_then_(shares_of(then)) {}

  std::vector<PlanStretch> differing() {
    std::vector<std::uint32_t> order(shares_now_.size());
    for (const auto& [op, share] : shares_now_)
      order[share.position] = op;
    const std::vector<bool> is_end = ends_of(order.size(), shares_now_, shares_then_);
    std::vector<PlanStretch> found;
    for (std::size_t begin = 0, at = 0; at < order.size(); ++at) {
      if (!is_end[at]) continue;
      add({order.begin() + static_cast<std::ptrdiff_t>(begin),
           order.begin() + static_cast<std::ptrdiff_t>(at) + 1},
          found);
      begin = at + 1;
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const PlanStretch& a, const PlanStretch& b) { return a.saved > b.saved; });
    return found;
  }

 private:
  void add(const std::vector<std::uint32_t>& ops, std::vector<PlanStretch>& found) const {
    std::set<std::uint32_t> units_now;
    std::set<std::uint32_t> units_then;
    PlanStretch stretch{
        .first = name_of_op(ops.front()), .last = name_of_op(ops.back()), .ops = ops.size()};
    for (const std::uint32_t op : ops) {
      const OpShare& share = shares_now_.at(op);
      units_now.insert(share.unit);
      stretch.saved += share.charged;
      const auto other = shares_then_.find(op);
      if (other == shares_then_.end()) continue;
      units_then.insert(other->second.unit);
      stretch.saved = stretch.saved - other->second.charged;
    }
    stretch.units_now = units_now.size();
    stretch.units_then = units_then.size();
    const bool are_single = units_now.size() == 1 && units_then.size() == 1;
    if (are_single &&
        is_alike(now_.report, then_.report, *units_now.begin(), *units_then.begin())) {
      return;
    }
    found.push_back(std::move(stretch));
  }

  std::string name_of_op(std::uint32_t op) const { return now_.graph[OpId{op}].name; }

  const Profile& now_;
  const Profile& then_;
  std::map<std::uint32_t, OpShare> shares_now_;
  std::map<std::uint32_t, OpShare> shares_then_;
};

}  // namespace

Result<PlanGain> plan_gain(const Profile& profile, Compiler& compiler, const Configuration& present,
                           const ProgressListener& listener) {
  Configuration by_silicon = present;
  by_silicon.groups.plan_by = PlanBy::kSilicon;
  TPU_TRY(Run run, compiler.run(by_silicon, listener));
  const Profile then = make_profile(std::move(run), by_silicon, {});
  PlanGain gain{.now = profile.report.summary.makespan, .then = then.report.summary.makespan};
  if (gain.then >= gain.now) return PlanGain{.now = gain.now, .then = gain.now};
  gain.stretches = Stretches(profile, then).differing();
  return gain;
}

}  // namespace tpuscope
