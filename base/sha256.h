// SHA-256 (FIPS 180-4), so that a report names the exact network it was made from. Written out
// here, since one function of fifty lines does not pay for a cryptographic library as a dependency;
// it guards against mix-ups, not against attackers.

#pragma once

#include <string>
#include <string_view>

namespace tpuscope {

/// The digest as 64 lower-case hexadecimal digits.
std::string sha256_hex(std::string_view bytes);

}  // namespace tpuscope
