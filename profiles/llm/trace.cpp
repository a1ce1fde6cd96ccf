// The timeline of one token: its nets in a row, as the ordinary trace of a run.

#include "profiles/llm/language_program.h"
#include "profiles/llm/language_study.h"
#include "profiles/views/results.h"
#include "profiles/views/trace/trace_options.h"

namespace tpuscope {
namespace {

Status write_token_trace(const LanguageStudy& study, const WriterView& view, ByteSink& sink) {
  const LanguageProfile& profile = study.profile;
  TPU_TRY(Graph program, language_program(profile.model, profile.options, LanguagePhase::kToken));
  TPU_TRY(const Profile token, profile_of(std::move(program), profile));
  return writer_called<Results>("trace").write({.after = &token}, view, sink);
}

Status check_trace_options(const WriterOptions& options) {
  const Result<TraceOptions> read = trace_options(options);
  if (!read.ok()) return read.errors();
  return Ok{};
}

TPU_REGISTER(register_writer<LanguageStudy>(
    {.name = "trace",
     .summary = "Chrome trace of one token for Perfetto and speedscope",
     .signature = "\"labels\":\"tpuscope ",
     .flag = {.name = "--trace",
              .value = "FILE",
              .help = "write the timeline of one token for ui.perfetto.dev; compressed when FILE "
                      "ends in .gz"},
     .options = trace_flags(),
     .check = check_trace_options,
     .advice = "open the trace in https://ui.perfetto.dev (the file stays on your machine)",
     .write = write_token_trace}));

}  // namespace
}  // namespace tpuscope
