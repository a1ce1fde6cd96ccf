// The view for people at a terminal.

#include "profiles/views/results.h"
#include "profiles/views/text/text_parts.h"
#include "profiles/views/whatif_views.h"

namespace tpuscope {
namespace {

void write_run_text(const Results& results, const WriterView& view, ByteSink& sink) {
  sink.write(results.before != nullptr ? comparison_text(results, results.query, view.terminal)
                                       : profile_text(results, view.terminal));
  if (results.sensitivities) {
    sink.write("\n" + sensitivities_text(*results.sensitivities,
                                         results.after->report.summary.makespan, view.terminal));
  }
  if (results.capabilities)
    sink.write("\n" + capability_tables(*results.capabilities, view.terminal));
}

TPU_REGISTER(register_writer<Results>({.name = "text",
                                       .summary = "terminal summary",
                                       .signature = "(simulated)",
                                       .write = write_run_text}));

}  // namespace
}  // namespace tpuscope
