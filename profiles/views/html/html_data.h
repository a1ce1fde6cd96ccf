// The data of the HTML page: one run as JSON that the page draws without computing figures of its
// own. What grows with the number of commands is packed in columns, the rest is plain.

#pragma once

#include <nlohmann/json_fwd.hpp>

#include "profiles/views/results.h"

namespace tpuscope {

/// Everything the page shows of one run. Times of spans are whole nanoseconds, sums of time are
/// picoseconds; figures are those of Report.
nlohmann::ordered_json html_run(const Profile& profile);

/// What the steps of a waterfall are called and mean, in their order.
nlohmann::ordered_json html_steps();

/// The commands of a run and the rows of the timeline that are made from them.
nlohmann::ordered_json html_spans(const Profile& profile);

/// Local memory and DDR over time.
nlohmann::ordered_json html_memory(const Profile& profile);

}  // namespace tpuscope
