// The data of the HTML page: one run as JSON that the page draws without computing figures of its
// own. What grows with the number of commands is packed in columns, the rest is plain.

#pragma once

#include "base/json_writer.h"
#include "profiles/views/results.h"

namespace tpuscope {

/// Everything the page shows of one run, an object. Times of spans are whole nanoseconds, sums of
/// time are picoseconds; figures are those of Report.
void write_html_run(JsonWriter& json, const Profile& profile);

/// What the steps of a waterfall are called and mean, in their order: an array.
void write_html_steps(JsonWriter& json);

/// The commands of a run and the rows of the timeline that are made from them, an object.
void write_html_spans(JsonWriter& json, const Profile& profile);

/// The network that was simulated, without its weights, an object.
void write_html_graph(JsonWriter& json, const Profile& profile);

/// Local memory and DDR over time, an object.
void write_html_memory(JsonWriter& json, const Profile& profile);

}  // namespace tpuscope
