// Pieces of the terminal views that one run and a comparison share.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "profiles/report.h"
#include "profiles/terminal.h"

namespace tpuscope {

/// "swin_t  batch 1  f16  on BM1684X  (simulated)".
std::string identity_line(const Identity& identity, const Terminal& terminal);

/// Pieces side by side, three columns apart, on as many indented lines as they need.
std::string flowed(const std::vector<std::string>& pieces, const Terminal& terminal);

/// The verdict: "bound by padding: 31.0 % of the time   lanes and units compute on padding".
std::string verdict(const Report& report, const Terminal& terminal, std::string_view prefix = "");

/// The operators with the most blame, and how many there are.
std::string operator_table(const Report& report, std::size_t top, const Terminal& terminal);

/// What the last column of the operator table means.
std::string footnote(const Terminal& terminal);

/// The terminal summary of one run.
std::string profile_text(const Report& report, std::size_t top, const Terminal& terminal);

struct Results;
/// The terminal summary of a network before and after.
std::string comparison_text(const Results& results, std::size_t top, const Terminal& terminal);

}  // namespace tpuscope
