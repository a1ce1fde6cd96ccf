// The built program under test, and what every failure of it must look like.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/places.h"
#include "tests/support/process.h"

namespace tpuscope::test {

/// Exit codes as a user meets them; written out here, because a test that took them from the
/// program would agree with any change.
inline constexpr int kDone = 0;
inline constexpr int kAnswerIsNo = 1;
inline constexpr int kUsage = 2;
inline constexpr int kInput = 3;
inline constexpr int kUnsupported = 4;
inline constexpr int kOutput = 5;

inline bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

inline ProcessResult tpuscope(const std::vector<std::string>& arguments) {
  return run_process(program_path(), arguments);
}

}  // namespace tpuscope::test
