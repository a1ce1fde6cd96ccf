// Pieces of the terminal views that one run and a comparison share.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/terminal.h"
#include "profiles/report/op_table.h"
#include "profiles/report/report.h"

namespace tpuscope {

/// "swin_t  batch 1  f16  on BM1684X  (simulated)".
std::string identity_line(const Identity& identity, const Terminal& terminal);

/// Pieces side by side, three columns apart, on as many indented lines as they need.
std::string flowed(const std::vector<std::string>& pieces, const Terminal& terminal);

/// The verdict: "bound by padding: 31.0 % of the time   lanes and units compute on padding".
std::string verdict(const Report& report, const Terminal& terminal, std::string_view prefix = "");

/// The findings with the largest gains, one or two lines each; empty when nothing would save 1 %.
std::string finding_lines(const Report& report, const Terminal& terminal);

/// The number of groups and the ops outside of them; nothing where every op is alone.
std::string group_line(const Report& report, const Terminal& terminal);

/// The operators that the query selects, and the rest of the time, so that the column of
/// percentages adds up to 100.
std::string operator_table(const Report& report, const OpQuery& query, const Terminal& terminal);

/// Percentages of a waterfall's steps that add up to 100.0.
std::vector<std::string> step_percents(const Waterfall& waterfall);

/// What the last column of the operator table means.
std::string footnote(const Terminal& terminal);

/// The terminal summary of one run.
std::string profile_text(const Report& report, const OpQuery& query, const Terminal& terminal);

struct Results;
/// The terminal summary of a network before and after.
std::string comparison_text(const Results& results, const OpQuery& query, const Terminal& terminal);

}  // namespace tpuscope
