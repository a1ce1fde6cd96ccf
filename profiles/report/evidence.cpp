// Sums of charges by what they rest on: see evidence.h.

#include "profiles/report/evidence.h"

#include <algorithm>
#include <map>

#include "base/figures.h"

namespace tpuscope {
namespace {

/// From strong to weak.
constexpr Evidence kOrder[] = {Evidence::kDocumented, Evidence::kUser, Evidence::kInferred,
                               Evidence::kCalibrated, Evidence::kAssumed};

class Totals {
 public:
  explicit Totals(const Chip& chip) : chip_(chip) {}

  void add(std::string_view path, Picoseconds time) { by_path_[path] += time; }
  void add_idle(Picoseconds time) { idle_ += time; }

  /// In proportion to the parts of the command's cost; boundaries are rounded once.
  void add(const Command& command, Picoseconds time) {
    std::array<Picoseconds, kCostPartCount>& times = by_rule_[&rule_of(command)];
    const std::int64_t total = command.cost.total();
    Picoseconds charged{};
    std::int64_t cycles = 0;
    for (std::size_t part = 0; total > 0 && part < kCostPartCount; ++part) {
      cycles += part_of(command.cost, static_cast<CostPart>(part));
      const Picoseconds boundary{mul_div(time.value, cycles, total)};
      times[part] += boundary - charged;
      charged = boundary;
    }
    if (total == 0) times[0] += time;
  }

  std::vector<EvidenceRow> rows() {
    add_standing(Standing{}, idle_);
    for (const auto& [path, time] : by_path_)
      add_standing(standing_of(chip_, {path}), time);
    for (const auto& [rule, times] : by_rule_) {
      for (std::size_t part = 0; part < kCostPartCount; ++part)
        add_standing(standing_of(chip_, rule->values[part]), times[part]);
    }
    std::vector<EvidenceRow> rows;
    for (const Evidence evidence : kOrder) {
      const auto time = times_.find(evidence);
      if (time == times_.end()) continue;
      std::vector<std::pair<std::string, Picoseconds>> values;
      const auto found = by_value_.find(evidence);
      if (found != by_value_.end()) values.assign(found->second.begin(), found->second.end());
      std::stable_sort(values.begin(), values.end(),
                       [](const auto& a, const auto& b) { return a.second > b.second; });
      EvidenceRow row{.evidence = evidence, .time = time->second};
      for (auto& [path, unused] : values)
        row.values.push_back(path);
      rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  void add_standing(const Standing& standing, Picoseconds time) {
    if (time.value == 0) return;
    times_[standing.evidence] += time;
    for (const std::string_view value : standing.values)
      by_value_[standing.evidence][std::string(value)] += time;
  }

  const Chip& chip_;
  // There are millions of charges and dozens of rules: times are summed first.
  /// By the rule's place in the one table; sums do not depend on the order.
  std::map<const CostRule*, std::array<Picoseconds, kCostPartCount>> by_rule_{};
  std::map<std::string_view, Picoseconds> by_path_{};
  Picoseconds idle_{};
  std::map<Evidence, Picoseconds> times_{};
  std::map<Evidence, std::map<std::string, Picoseconds>> by_value_{};
};

}  // namespace

std::vector<EvidenceRow> evidence_of(const std::vector<Charge>& charges, const Program& program,
                                     const Chip& chip) {
  Totals totals(chip);
  const bool is_stream = program.stream.has_value();
  for (const Charge& charge : charges) {
    switch (charge.kind) {
      case ChargeKind::kCompute:
      case ChargeKind::kTransfer:
        totals.add(program.commands[charge.command], charge.length());
        break;
      case ChargeKind::kIssue:
      case ChargeKind::kLayer:
        totals.add(kSyncValue, charge.length());
        break;
      case ChargeKind::kLaunch:
        totals.add(is_stream ? kStreamLaunchValue : kLaunchValue, charge.length());
        break;
      case ChargeKind::kIdle:
        totals.add_idle(charge.length());
        break;
    }
  }
  return totals.rows();
}

std::vector<std::vector<EvidenceRow>> evidence_by_op(const std::vector<Charge>& charges,
                                                     const Program& program, const Chip& chip,
                                                     std::size_t ops) {
  std::vector<std::vector<Charge>> charges_of(ops);
  for (const Charge& charge : charges) {
    if (charge.command == kNone) continue;
    const std::uint32_t op = program.commands[charge.command].op;
    if (op < ops) charges_of[op].push_back(charge);
  }
  std::vector<std::vector<EvidenceRow>> rows(ops);
  for (std::size_t op = 0; op < ops; ++op)
    if (!charges_of[op].empty()) rows[op] = evidence_of(charges_of[op], program, chip);
  return rows;
}

}  // namespace tpuscope
