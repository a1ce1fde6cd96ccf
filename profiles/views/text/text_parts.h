// Pieces of the terminal views that one run and a comparison share.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/terminal.h"
#include "profiles/report/op_table.h"
#include "profiles/report/report.h"

namespace tpuscope {

/// "60 of 430 computations share a bank with their result, 12 with a transfer for 3.1 us"; empty
/// for networks that were planned here.
std::string bank_text(const BankUse& banks);

/// "swin_t  batch 1  f16  on BM1684X  (simulated)".
std::string identity_line(const Identity& identity, const Terminal& terminal);

/// Pieces side by side, three columns apart, on as many indented lines as they need.
std::string flowed(const std::vector<std::string>& pieces, const Terminal& terminal);

/// The verdict: "bound by padding: 31.0 % of the time   lanes and units compute on padding".
std::string verdict(const Report& report, const Terminal& terminal, std::string_view prefix = "");

/// The findings with the largest gains, one or two lines each; empty when nothing would save 1 %.
std::string finding_lines(const Report& report, const Terminal& terminal);

/// "evidence: 99 % inferred, 1 % assumed   most on clock.tiu_mhz (inferred)": what the time rests
/// on, and the number on which most of the largest part does; empty where nothing is known.
std::string evidence_line(const Report& report, const Terminal& terminal);

/// The number of groups and the ops outside of them; nothing where every op is alone.
std::string group_line(const Report& report, const Terminal& terminal);

/// Per layer group its members, slices, time steps, local memory and why it ends.
std::string group_table(const Profile& profile, const Terminal& terminal);
/// The same in Markdown.
std::string group_table_markdown(const Profile& profile);
/// Why a group ends: "one group would take longer by 15.9 us".
std::string reason_text(const DecisionRow& decision);

/// The operators that the query selects, and the rest of the time, so that the column of
/// percentages adds up to 100 but for its rounding.
std::string operator_table(const Report& report, const OpQuery& query, const Terminal& terminal);

/// In tables, of interval_range().
inline constexpr std::string_view kIntervalTitle = "80 % took on boards";
/// "5.10 to 6.40 ms".
std::string interval_range(const Summary& summary);
/// "80 % of comparable networks took 5.10 to 6.40 ms on boards"; empty where nothing is comparable.
std::string interval_text(const Summary& summary);

/// What the last column of the operator table means.
std::string footnote(const Terminal& terminal);

/// What one run took, what bounds it, what would help and where its time goes.
std::string run_figures(const Report& report, const Terminal& terminal);

struct Results;
/// The terminal summary of one run.
std::string profile_text(const Results& results, const Terminal& terminal);

/// "94.0 % inferred, 6.0 % assumed": what the run's time rests on; empty where nothing is known.
std::string evidence_text(const Report& report);
/// Whether the budget is kept, and an empty line; nothing without a budget.
std::string budget_line(const Results& results, const Terminal& terminal);
/// The terminal summary of a network before and after.
std::string comparison_text(const Results& results, const OpQuery& query, const Terminal& terminal);

}  // namespace tpuscope
