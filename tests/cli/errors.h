// Shared by the tests of bad input: one check of everything that a failure must and must not be.

#pragma once

#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/support/cli.h"

namespace tpuscope::test {

/// Runs the program and checks that it fails with `exit_code` and an error on stderr that says each
/// of `parts`: no crash, and no library's own noise.
inline ProcessResult check_fails(const std::vector<std::string>& arguments, int exit_code,
                                 const std::vector<std::string>& parts) {
  ProcessResult result = tpuscope(arguments);
  INFO("tpuscope ", fmt::format("{}", fmt::join(arguments, " ")));
  CAPTURE(result.err);
  CHECK(result.exit_code == exit_code);
  CHECK_FALSE(result.timed_out);
  // Notes of how the input was taken may come first.
  const bool has_error =
      result.err.starts_with("error: ") || result.err.find("\nerror: ") != std::string::npos;
  CHECK(has_error);
  for (const std::string& part : parts) {
    CAPTURE(part);
    CHECK(contains(result.err, part));
  }
  for (const std::string noise : {"libprotobuf", "terminate called", "what():", "internal error"}) {
    CAPTURE(noise);
    CHECK_FALSE(contains(result.err, noise));
  }
  return result;
}

/// As check_fails, for what is refused before any result: stdout stays empty.
inline void check_refused(const std::vector<std::string>& arguments, int exit_code,
                          const std::vector<std::string>& parts) {
  const ProcessResult result = check_fails(arguments, exit_code, parts);
  CHECK(result.out.empty());
}

}  // namespace tpuscope::test
