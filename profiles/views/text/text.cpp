// The view for people at a terminal.

#include "profiles/views/text/text_parts.h"
#include "profiles/views/whatif_views.h"
#include "profiles/views/writer.h"

namespace tpuscope {
namespace {

void write_run_text(const Results& results, const WriterOptions& options, ByteSink& sink) {
  sink.write(results.before != nullptr
                 ? comparison_text(results, options.query, options.terminal)
                 : profile_text(results.after->report, options.query, options.terminal));
  if (!results.sensitivities) return;
  sink.write("\n" + sensitivities_text(*results.sensitivities,
                                       results.after->report.summary.makespan, options.terminal));
}

TPU_REGISTER(register_writer({.name = "text",
                              .summary = "terminal summary",
                              .extension = ".txt",
                              .mark = "(simulated)",
                              .write = write_run_text}));

}  // namespace
}  // namespace tpuscope
