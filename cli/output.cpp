// Where results go: standard output, and the files that flags name.

#include <fmt/core.h>

#include "cli/common_flags.h"
#include "cli/session.h"
#include "graph/text.h"
#include "profiles/output_file.h"

namespace tpuscope {
namespace {

const Writer& writer_called(std::string_view name) {
  const Writer* writer = WriterRegistry::instance().find(name);
  TPU_CHECK(writer != nullptr, "there is no writer {}", name);
  return *writer;
}

}  // namespace

Status write_file(const std::string& path, std::string_view mark, const Arguments& arguments,
                  const Console& console, const std::function<void(ByteSink&)>& write) {
  if (path == "-") {
    write(*console.out);
    return Ok{};
  }
  TPU_TRY(const auto file, OutputFile::create(path, {.force = arguments.has(kForceFlag),
                                                     .own_mark = std::string(mark)}));
  CountingSink counted(*file);
  write(counted);
  TPU_TRY_STATUS(file->commit());
  console.say(
      fmt::format("wrote {} ({})", path, bytes_text(static_cast<std::int64_t>(counted.bytes()))));
  return Ok{};
}

Status write_results(const Results& results, const Arguments& arguments, const Console& console) {
  TPU_TRY(const std::int64_t top, arguments.number(kTopFlag));
  const WriterOptions options{console.out_terminal, static_cast<std::size_t>(top)};
  // Files first: a call that fails has no result on standard output.
  const auto write_with = [&](std::string_view name, const Flag& flag) -> Status {
    if (!arguments.has(flag)) return Ok{};
    const Writer& writer = writer_called(name);
    return write_file(arguments.text(flag), writer.mark, arguments, console,
                      [&](ByteSink& sink) { writer.write(results, options, sink); });
  };
  TPU_TRY_STATUS(write_with("json", kReportFlag));
  TPU_TRY_STATUS(write_with("trace", kTraceFlag));
  TPU_TRY_STATUS(write_with("html", kHtmlFlag));
  if (arguments.has(kTraceFlag) && arguments.text(kTraceFlag) != "-") {
    console.say("open the trace in https://ui.perfetto.dev (the file stays on your machine)");
  }
  const auto takes = [&](const Flag& flag) { return arguments.text(flag) == "-"; };
  const bool takes_stdout = takes(kTraceFlag) || takes(kReportFlag) || takes(kHtmlFlag);
  if (!takes_stdout) {
    writer_called(console.is_json ? "json" : "text").write(results, options, *console.out);
  }
  return Ok{};
}

}  // namespace tpuscope
