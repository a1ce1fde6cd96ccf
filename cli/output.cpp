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

/// A flag that names a file, and the writer that fills it.
struct FileFlag {
  const Flag* flag = nullptr;
  std::string_view writer{};
  std::string_view advice{};  ///< said once the file is there
};
constexpr FileFlag kFileFlags[] = {
    {&kReportFlag, "json"},
    {&kTraceFlag, "trace",
     "open the trace in https://ui.perfetto.dev (the file stays on your machine)"},
    {&kCsvFlag, "csv"},
    {&kFoldedFlag, "folded"},
    {&kHtmlFlag, "html", "open the page in a browser (it loads nothing from the network)"},
};

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

Result<OpQuery> op_query(const Arguments& arguments) {
  TPU_TRY(const std::int64_t top, arguments.number(kTopFlag));
  return parse_op_query(arguments.text(kGroupByFlag), arguments.text(kSortFlag),
                        arguments.text(kFilterFlag), static_cast<std::size_t>(top));
}

Status write_results(const Results& results, const Arguments& arguments, const Console& console) {
  TPU_TRY(const OpQuery query, op_query(arguments));
  const WriterOptions options{console.out_terminal, query};
  bool takes_stdout = false;
  // Files first: a call that fails has no result on standard output.
  for (const FileFlag& file : kFileFlags) {
    if (!arguments.has(*file.flag)) continue;
    const std::string path = arguments.text(*file.flag);
    const Writer& writer = writer_called(file.writer);
    TPU_TRY_STATUS(write_file(path, writer.mark, arguments, console,
                              [&](ByteSink& sink) { writer.write(results, options, sink); }));
    if (path == "-") {
      takes_stdout = true;
    } else if (!file.advice.empty()) {
      console.say(file.advice);
    }
  }
  if (!takes_stdout) {
    writer_called(console.is_json ? "json" : "text").write(results, options, *console.out);
  }
  return Ok{};
}

}  // namespace tpuscope
