// The library in one header: a network is loaded, a configuration says how it is to run, a run is a
// profile, and a profile is read field by field or written as a report.
//
//     TPU_TRY(const tpuscope::Model model, tpuscope::Model::load("resnet50"));
//     TPU_TRY(const tpuscope::Profile profile, model.run({.chip = "bm1684x"}));
//     TPU_TRY(const std::string json, tpuscope::report(profile, "json"));

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "passes/compile.h"
#include "profiles/report/report.h"

namespace tpuscope {

/// A network that was loaded. Copies share it, and what its runs have in common is done once; runs
/// may be made by several threads at once.
class Model {
 public:
  /// A file in a format that a frontend reads (ONNX, JSON, text), or one of builtin_names().
  static Result<Model> load(const std::string& name);

  /// Compiles and simulates the network. Errors are those of Compiler::run.
  Result<Profile> run(const Configuration& configuration = {}) const;

 private:
  Model(std::string source, Graph graph);

  std::string source_;
  std::shared_ptr<Compiler> compiler_;
};

/// The forms that report() writes.
std::vector<std::string> report_forms();

/// A run in one of these forms: "text", "json", "markdown", "csv", "html", "trace", ... kUsage
/// errors with a suggestion.
Result<std::string> report(const Profile& profile, std::string_view form = "text");

}  // namespace tpuscope
