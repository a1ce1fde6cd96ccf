// Runs ONNX's own operator tests (Debian package libonnx-testdata) against the importer and the
// reference kernels: the only judge of what an operator means that we did not write ourselves.
//
//   onnx_conformance [--list] [--data=FOLDER] [name...]   runs all cases, or those whose folder
//   name contains a name; from another release of ONNX (onnx/backend/test/data) with --data

#include <algorithm>
#include <cstdio>
#include <map>
#include <string_view>

#include <fmt/core.h>

#include "base/check.h"
#include "tests/onnx_conformance/test_case.h"

namespace {

namespace fs = std::filesystem;
using tpuscope::testing::CaseResult;
using tpuscope::testing::Verdict;

std::vector<fs::path> case_folders(const fs::path& data) {
  std::vector<fs::path> folders;
  for (const char* group : {"node", "simple", "pytorch-operator", "pytorch-converted"}) {
    if (!fs::exists(data / group)) continue;
    for (const fs::directory_entry& entry : fs::directory_iterator(data / group)) {
      if (fs::exists(entry.path() / "model.onnx")) folders.push_back(entry.path());
    }
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

CaseResult checked_run(const fs::path& folder) {
  try {
    return tpuscope::testing::run_case(folder);
  } catch (const std::exception& exception) {  // a check of ours, or what a library throws
    return {Verdict::kFailed, exception.what()};
  }
}

bool is_wanted(const std::string& name, const std::vector<std::string_view>& wanted) {
  return wanted.empty() || std::any_of(wanted.begin(), wanted.end(), [&](std::string_view part) {
           return name.find(part) != std::string::npos;
         });
}

int run_all(const fs::path& data, const std::vector<std::string_view>& wanted, bool list) {
  std::map<std::string, int> skipped;
  int passed = 0;
  int failed = 0;
  int total_skipped = 0;
  for (const fs::path& folder : case_folders(data)) {
    const std::string name = folder.filename().string();
    if (!is_wanted(name, wanted)) continue;
    const CaseResult result = checked_run(folder);
    passed += result.verdict == Verdict::kPassed ? 1 : 0;
    if (result.verdict == Verdict::kFailed) {
      ++failed;
      fmt::print("FAILED {}: {}\n", name, result.reason);
    }
    if (result.verdict == Verdict::kSkipped) {
      ++total_skipped;
      ++skipped[result.reason];
      if (list) fmt::print("skipped {}: {}\n", name, result.reason);
    }
  }
  for (const auto& [reason, cases] : skipped)
    fmt::print("  skipped {:4}  {}\n", cases, reason);
  fmt::print("ran {}, passed {}, skipped {}\n", passed + failed, passed, total_skipped);
  return failed == 0 && passed > 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string_view> wanted(argv + 1, argv + argc);
  const bool list = std::erase(wanted, "--list") > 0;
  fs::path data = TPUSCOPE_ONNX_TESTDATA;
  std::erase_if(wanted, [&](std::string_view word) {
    constexpr std::string_view kData = "--data=";
    const bool is_data = word.starts_with(kData);
    if (is_data) data = word.substr(kData.size());
    return is_data;
  });
  if (!fs::exists(data / "node")) {
    fmt::print("skipped: package libonnx-testdata missing\n");
    return 0;
  }
  return run_all(data, wanted, list);
}
