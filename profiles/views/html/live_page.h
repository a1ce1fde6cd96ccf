// The page of a report without a run: it asks the server that it came from for runs.

#pragma once

#include <string>

namespace tpuscope {

/// `title`: of the window, text and no markup.
std::string live_page(const std::string& title);

}  // namespace tpuscope
