// SHA-256 (FIPS 180-4), so that a report names the exact network it was made from. By OpenSSL,
// which uses the processor's own instructions: networks of a gigabyte are digested in a second.

#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace tpuscope {

/// The digest as 64 lower-case hexadecimal digits.
std::string sha256_hex(std::string_view bytes);

/// The digest of a file as it is on disk, read in pieces: files of many gigabytes take no memory.
Result<std::string> sha256_of_file(const std::string& path);

}  // namespace tpuscope
