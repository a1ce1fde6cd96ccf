// Switches: what the compiler may do or leave, each by a name: a rewriting pass or something that
// the planner of layer groups can do. A choice of them is a set, parsed once from what the user
// wrote and printed once.

#pragma once

#include <compare>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "graph/pass.h"
#include "passes/planner/switches.h"

namespace tpuscope {

/// One thing that the compiler may do; either `pass` or `planner` is set.
struct Switch {
  std::string_view name{};
  std::string_view summary{};
  const PassFamily* family = nullptr;  ///< whose work it is part of; null: its own
  int since = 2023;                    ///< see Pass::since
  const Pass* pass = nullptr;
  const GroupSwitch* planner = nullptr;

  /// Of the family in the account of what switches give; empty: it is by itself.
  std::string_view family_name() const {
    return planner != nullptr ? planner->family : family != nullptr ? family->name : "";
  }
};

/// All of them in running order: the passes, then the planner's.
const std::vector<Switch>& switches();
/// The switch called `name`, or null.
const Switch* find_switch(std::string_view name);
/// Names of all switches, and of those that are passes, in running order.
std::vector<std::string> switch_names();
std::vector<std::string> pass_names();

/// Which switches are on. A name that is no switch's is a bug of the caller.
class SwitchSet {
 public:
  SwitchSet() = default;  ///< none
  SwitchSet(std::initializer_list<std::string_view> names);
  static SwitchSet all();
  static SwitchSet of(const std::vector<std::string>& names);

  bool has(std::string_view name) const;
  void set(std::string_view name, bool on = true);
  bool empty() const { return bits_ == 0; }
  std::size_t size() const;
  /// Those that are on, in running order.
  std::vector<std::string> names() const;
  /// Those that are passes; the rest concerns the planner.
  SwitchSet passes() const;

  SwitchSet operator|(const SwitchSet& other) const { return SwitchSet(bits_ | other.bits_); }
  SwitchSet operator&(const SwitchSet& other) const { return SwitchSet(bits_ & other.bits_); }
  /// Those that are on here and not in `other`.
  SwitchSet operator-(const SwitchSet& other) const { return SwitchSet(bits_ & ~other.bits_); }
  auto operator<=>(const SwitchSet&) const = default;

 private:
  explicit SwitchSet(std::uint64_t bits) : bits_(bits) {}

  std::uint64_t bits_ = 0;  ///< bit i: switches()[i]
};

/// A named choice of switches.
struct Preset {
  std::string_view name{};
  std::string_view summary{};
  SwitchSet switches{};
};

/// none, baseline (the compiler before the published Swin optimisation), optimized (all on).
const std::vector<Preset>& presets();

/// Years of the vendor's compilers that differ in switches, the oldest first.
const std::vector<int>& compiler_years();
/// Whether it is one of them; and all of them, as the hint of an error says it.
bool is_compiler_year(std::int64_t year);
std::string compiler_years_hint();
/// The switches that the compiler of a year has, 0 being the newest.
SwitchSet known_in(int year);

/// Switches of a specification: presets and names, each added, or removed by a - before it; parts
/// are separated by commas or their signs: "baseline", "optimized,-cancel_permutes",
/// "+fuse_right_transpose" (from none), "baseline+sink_permute-fuse_relu". Unknown names are kUsage
/// errors with a suggestion. Presets stand for what the compiler of `year` has of them, 0 being the
/// newest; a switch that is named by itself is on in any case.
Result<SwitchSet> parse_switches(std::string_view specification, int year = 0);

/// The name of the preset that differs least, and how: "baseline+sink_permute-fuse_relu".
std::string specification_of(const SwitchSet& switches);

/// `options` with the planner's switches applied. Where it has no method, `layer_group` means kDp,
/// and without that every op is alone.
GroupOptions with_switches(GroupOptions options, const SwitchSet& switches);

}  // namespace tpuscope
