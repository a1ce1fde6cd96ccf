// Points of a sweep as a file: JSON lines, the header first, then a line per point. A run that is
// interrupted leaves the points that it finished; parts from several machines are such files.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json_writer.h"
#include "profiles/sweep/metric.h"
#include "profiles/sweep/sweep.h"

namespace tpuscope {

/// Text near the start of every such file.
inline constexpr std::string_view kSweepPointsMark = "{\"kind\":\"tpuscope.sweep.points\"";

/// One figure of a point: whole metrics as integers.
void write_figure(JsonWriter& json, const SweepMetric& metric, double value);

/// The members that say what was swept: tool, model, source, sha256, base and axes.
void write_sweep_identity(JsonWriter& json, const SweepHeader& header);

/// Each ends with a newline. Equal headers have equal lines.
std::string header_line(const SweepHeader& header);
std::string point_line(const SweepPoint& point);
/// `base`: see SweepPoints.
std::string points_text(const SweepHeader& header, const std::vector<SweepPoint>& points,
                        const std::optional<SweepPoint>& base = std::nullopt);

struct SweepPoints {
  SweepHeader header{};
  std::vector<SweepPoint> points{};  ///< in the order of the grid
  /// What runs without the sweep, where no point of the grid does; its index is the grid's size.
  std::optional<SweepPoint> base{};
};

/// Reads such a file. A last line without its end is left out: its writer was interrupted. Errors
/// name the line: no header, another version's, points outside of the grid, two outcomes of one
/// point.
Result<SweepPoints> parse_points(std::string_view text, const std::string& where);

/// Whether the text is empty or breaks off within this header: its writer was interrupted before
/// any point.
bool is_torn_header(std::string_view text, const SweepHeader& header);

/// An error that names what differs, unless both headers are of one sweep.
Status check_same_sweep(const SweepHeader& expected, const SweepHeader& found,
                        const std::string& where);

/// A whole sweep from its parts, in any order; `where` names each. Errors for parts of different
/// sweeps, for two outcomes of one point, and for points that no part has.
Result<SweepPoints> merge_points(const std::vector<SweepPoints>& parts,
                                 const std::vector<std::string>& where);

}  // namespace tpuscope
