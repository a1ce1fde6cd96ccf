// Base64 (RFC 4648): bytes as text, for what lies in a page.

#pragma once

#include <string>
#include <string_view>

namespace tpuscope {

/// Four characters for three bytes, padded with "=".
std::string base64(std::string_view bytes);

}  // namespace tpuscope
