// One of ONNX's operator tests: a model with inputs and the outputs that it must give.

#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tpuscope::testing {

enum class Verdict : std::uint8_t { kPassed, kFailed, kSkipped };

struct CaseResult {
  Verdict verdict = Verdict::kPassed;
  std::string reason{};  ///< of a failure or of skipping; the latter are counted by it
};

/// Imports the folder's model.onnx, evaluates it on each of its data sets and compares. Inputs
/// whose values a shape depends on are bound as constants. What the importer calls unsupported is
/// skipped; every other error is a failure.
CaseResult run_case(const std::filesystem::path& folder);

}  // namespace tpuscope::testing
