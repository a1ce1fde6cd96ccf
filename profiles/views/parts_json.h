// Parts of a run's JSON that reports, pages and explanations share, so that a figure has one name
// wherever it is read. Names carry units: times in picoseconds, sizes in bytes, shares from 0 to 1;
// docs/report.schema.json describes each field.

#pragma once

#include <vector>

#include "base/json_writer.h"
#include "profiles/report/report.h"
#include "profiles/whatif/comparison.h"
#include "profiles/whatif/critical_path.h"

namespace tpuscope {

/// One object.
void write_json(JsonWriter& json, const Summary& summary);
void write_json(JsonWriter& json, const PassSummary& pass);

/// Members of an object, after the op or before the ops that it is about, which are rows on pages
/// and ids in reports.
void write_members(JsonWriter& json, const DecisionRow& decision);
void write_members(JsonWriter& json, const Finding& finding);

/// An array with one object per number of the chip, in the order of the rows: what it is, what it
/// is raised and lowered to, the run's time with each, and the elasticity between the two.
void write_json(JsonWriter& json, const std::vector<Sensitivity>& rows);

/// An array with one object per switch: what it gives alone, in its turn and on average.
void write_json(JsonWriter& json, const std::vector<SwitchStep>& steps);
/// An object: what the averages of the switches were taken over.
void write_averages(JsonWriter& json, const SwitchStudy& study);

/// An array with one object per precision and preset.
void write_json(JsonWriter& json, const std::vector<PrecisionRow>& rows);

}  // namespace tpuscope
