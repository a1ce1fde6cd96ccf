// Files that verbs read back or are set up by: traces, reports, tables, chips. Compressed ones are
// opened on the way.

#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"

namespace tpuscope {

/// What a file that the program writes may hold; reports and traces of large networks take tens of
/// megabytes.
inline constexpr std::size_t kMaxInputBytes = std::size_t{1} << 30U;
/// What a file that people write may hold: chips, tables, groups.
inline constexpr std::size_t kMaxSettingsBytes = std::size_t{16} << 20U;

/// The bytes of a file or a pipe, decompressed when it is a gzip file. One error, before memory
/// goes, for folders, devices, what is missing and what holds more than `limit` bytes. A pipe can
/// be read once; whoever asks again gets the same bytes.
Result<std::string> read_input(const std::string& path, std::size_t limit = kMaxInputBytes);

}  // namespace tpuscope
