// Runs a compiled model, or the capture of one, and takes its report for the comparison.

#include "base/writer.h"
#include "passes/compile.h"
#include "profiles/diff/run_summary.h"
#include "profiles/report/report.h"
#include "profiles/views/results.h"

namespace tpuscope {

Result<RunSummary> read_compiled(const std::string& path, bool simulated) {
  TPU_TRY(std::shared_ptr<const CompiledNetwork> compiled, load_compiled(path));
  if (simulated && compiled->capture) {
    CompiledNetwork priced = *compiled;
    priced.capture.reset();
    compiled = std::make_shared<CompiledNetwork>(std::move(priced));
  }
  const bool is_measured = compiled->capture.has_value();
  const Configuration configuration = own_configuration(*compiled);
  Compiler compiler(std::move(compiled), path);
  TPU_TRY(Run run, compiler.run(configuration));
  const Profile profile = make_profile(std::move(run), configuration, {.source = path});
  StringSink report;
  const Writer<Results>* writer = Registry<Writer<Results>>::instance().find("json");
  TPU_CHECK(writer != nullptr, "there is no report in JSON");
  TPU_TRY_STATUS(writer->write({.after = &profile}, {}, report));
  TPU_TRY(RunSummary summary, read_report(report.text(), path));
  summary.is_measured = is_measured;
  return summary;
}

}  // namespace tpuscope
