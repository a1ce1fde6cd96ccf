// Shared by the tests of bad input: one check of everything that a failure must and must not be.

#pragma once

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/cli.h"

namespace tpuscope::test {

/// Runs the program and checks that it refuses with `exit_code`, with an error on stderr that says
/// each of `parts`, and with nothing else: no result on stdout, no crash, no library's own noise.
inline void check_refused(const std::vector<std::string>& arguments, int exit_code,
                          const std::vector<std::string>& parts) {
  const ProcessResult result = tpuscope(arguments);
  CAPTURE(arguments);
  CAPTURE(result.out);
  CAPTURE(result.err);
  CHECK(result.exit_code == exit_code);
  CHECK_FALSE(result.timed_out);
  CHECK(result.out.empty());
  CHECK(result.err.starts_with("error: "));
  for (const std::string& part : parts) {
    CAPTURE(part);
    CHECK(contains(result.err, part));
  }
  for (const std::string noise : {"libprotobuf", "terminate called", "what():", "internal error"}) {
    CAPTURE(noise);
    CHECK_FALSE(contains(result.err, noise));
  }
}

}  // namespace tpuscope::test
