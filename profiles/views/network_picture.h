// The simulated network as a drawing: operators in columns by how far they are from the inputs,
// columns in lines like text, layer groups as boxes, time as colour, what a pass made marked. The
// same picture as on the page, for documents and for Graphviz.

#pragma once

#include <string_view>

#include "base/byte_sink.h"
#include "profiles/report/report.h"

namespace tpuscope {

/// Whether a file of this name is a drawing that these functions make: .svg, .dot.
bool is_network_picture(std::string_view path);

void write_network_svg(const Profile& profile, ByteSink& sink);
void write_network_dot(const Profile& profile, ByteSink& sink);

}  // namespace tpuscope
