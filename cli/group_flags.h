// Flags about the vendor's compiler: of which year it is, how it searches layer groups and what
// limits them.

#pragma once

#include <string_view>
#include <vector>

#include "cli/verb.h"
#include "passes/planner/options.h"
#include "passes/switch_set.h"

namespace tpuscope {

inline constexpr Flag kCompilerFlag{
    .name = "--compiler",
    .value = "YEAR",
    .help = "presets stand for the vendor's compiler of this year: 2022, 2023, 2024 or 2026",
    .fallback = "the newest"};

std::vector<Flag> group_flags();

/// Method, where one is given, and limits; the switches add what the planner may do.
Result<GroupOptions> group_options(const Arguments& arguments);

/// The year of the compiler that was chosen; 0: the newest.
Result<int> compiler_year(const Arguments& arguments);

/// The switches of a specification as the compiler that was chosen has them.
Result<SwitchSet> chosen_switches(std::string_view specification, const Arguments& arguments);

}  // namespace tpuscope
