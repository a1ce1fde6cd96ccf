// Where results go: standard output, and the files that flags name.

#include <charconv>
#include <filesystem>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "base/gzip.h"
#include "base/output_file.h"
#include "base/text.h"
#include "cli/common_flags.h"
#include "cli/session.h"

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
    {&kNetStatFlag, "net_stat"},
    {&kWriteGroupsFlag, "groups"},
    {&kHtmlFlag, "html", "open the page in a browser (it loads nothing from the network)"},
};

/// Viewers get slow beyond it, and some do not open the file at all.
constexpr std::size_t kLargeTrace = 100'000'000;

bool is_compressed_name(std::string_view path) {
  constexpr std::string_view kEnding = ".gz";
  return path.size() > kEnding.size() && path.substr(path.size() - kEnding.size()) == kEnding;
}

/// The value of a flag that takes one of a few words.
template <typename T>
Result<T> choice_of(const Arguments& arguments, const Flag& flag,
                    const std::vector<std::pair<std::string, T>>& choices) {
  const std::string word = arguments.text(flag);
  std::vector<std::string> names;
  for (const auto& [name, value] : choices) {
    if (name == word) return value;
    names.push_back(name);
  }
  return Error{.code = ErrorCode::kUsage,
               .message = fmt::format("{} is {}", flag.name, in_quotes(word)),
               .hint = did_you_mean(word, names)};
}

/// "1.5ms" in picoseconds; nothing for other texts.
std::optional<std::int64_t> picoseconds_in(std::string_view text) {
  constexpr std::pair<std::string_view, double> kUnits[] = {
      {"ps", 1}, {"ns", 1e3}, {"us", 1e6}, {"ms", 1e9}, {"s", 1e12}};
  constexpr double kLongest = 1e18;
  double value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc()) return std::nullopt;
  const std::string_view rest = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const auto& [unit, scale] : kUnits) {
    const double time = value * scale;
    if (rest == unit && time >= 0 && time < kLongest) return static_cast<std::int64_t>(time);
  }
  return std::nullopt;
}

Result<TraceRange> range_of(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon != std::string::npos) {
    const auto from = picoseconds_in(std::string_view(text).substr(0, colon));
    const auto until = picoseconds_in(std::string_view(text).substr(colon + 1));
    if (from && until && *from < *until) return TraceRange{{*from}, {*until}};
  }
  return Error{.code = ErrorCode::kUsage,
               .message = fmt::format("{} is {}", kTraceRangeFlag.name, in_quotes(text)),
               .hint = "write two times in ns, us or ms, the first one earlier: 1ms:1.5ms"};
}

}  // namespace

Status write_file(const std::string& path, std::string_view mark, const Arguments& arguments,
                  const Console& console, const std::function<void(ByteSink&)>& write) {
  const auto write_to = [&](ByteSink& sink) {
    if (!is_compressed_name(path)) return write(sink);
    GzipSink compressed(sink, std::string(mark));
    write(compressed);
    compressed.finish();
  };
  if (path == "-") {
    write_to(*console.out);
    return Ok{};
  }
  TPU_TRY(const auto file, OutputFile::create(path, {.force = arguments.has(kForceFlag),
                                                     .own_mark = std::string(mark)}));
  CountingSink counted(*file);
  write_to(counted);
  TPU_TRY_STATUS(file->commit());
  console.say(
      fmt::format("wrote {} ({})", path, bytes_text(static_cast<std::int64_t>(counted.bytes()))));
  return Ok{};
}

Result<WriterOptions> writer_options(const Arguments& arguments) {
  TPU_TRY(const std::int64_t top, arguments.number(kTopFlag));
  WriterOptions options;
  TPU_TRY(options.query,
          parse_op_query(arguments.text(kGroupByFlag), arguments.text(kSortFlag),
                         arguments.text(kFilterFlag), static_cast<std::size_t>(top)));
  TPU_TRY(options.trace_detail, choice_of<TraceDetail>(arguments, kTraceDetailFlag,
                                                       {{"layer", TraceDetail::kLayer},
                                                        {"op", TraceDetail::kOp},
                                                        {"command", TraceDetail::kCommand}}));
  TPU_TRY(options.trace_flows, choice_of<TraceFlows>(arguments, kTraceFlowsFlag,
                                                     {{"none", TraceFlows::kOff},
                                                      {"critical", TraceFlows::kCritical},
                                                      {"all", TraceFlows::kAll}}));
  if (arguments.has(kTraceRangeFlag)) {
    TPU_TRY(options.trace_range, range_of(arguments.text(kTraceRangeFlag)));
  }
  return options;
}

namespace {

/// The family of files that the vendor's tools make of a run, each under its fixed name.
Status write_bmprofile(const Results& results, const WriterOptions& options,
                       const Arguments& arguments, const Console& console) {
  constexpr std::pair<std::string_view, std::string_view> kFamily[] = {
      {"net_stat.sim", "net_stat"},
      {"layer.csv", "layer_csv"},
      {"summary.csv", "summary_csv"},
      {"instruction.csv", "instruction_csv"}};
  const std::filesystem::path folder(arguments.text(kBmprofileFlag));
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem) {
    return Error{
        .code = ErrorCode::kCannotWrite, .message = problem.message(), .where = folder.string()};
  }
  for (const auto& [file, name] : kFamily) {
    const Writer& writer = writer_called(name);
    TPU_TRY_STATUS(write_file((folder / file).string(), writer.mark, arguments, console,
                              [&](ByteSink& sink) { writer.write(results, options, sink); }));
  }
  return Ok{};
}

}  // namespace

Result<bool> write_files(const Results& results, const Arguments& arguments,
                         const Console& console) {
  TPU_TRY(WriterOptions options, writer_options(arguments));
  options.terminal = console.out_terminal;
  bool takes_stdout = false;
  for (const FileFlag& file : kFileFlags) {
    if (!arguments.has(*file.flag)) continue;
    const std::string path = arguments.text(*file.flag);
    const Writer& writer = writer_called(file.writer);
    std::size_t bytes = 0;
    TPU_TRY_STATUS(write_file(path, writer.mark, arguments, console, [&](ByteSink& sink) {
      CountingSink counted(sink);
      writer.write(results, options, counted);
      bytes = counted.bytes();
    }));
    if (file.writer == "trace" && bytes > kLargeTrace) {
      console.say(
          "the trace is larger than viewers like: --trace-range and --trace-detail op make it "
          "smaller");
    }
    if (path == "-") {
      takes_stdout = true;
    } else if (!file.advice.empty()) {
      console.say(file.advice);
    }
  }
  if (arguments.has(kBmprofileFlag)) {
    TPU_TRY_STATUS(write_bmprofile(results, options, arguments, console));
  }
  return takes_stdout;
}

Status write_results(const Results& results, const Arguments& arguments, const Console& console) {
  TPU_TRY(WriterOptions options, writer_options(arguments));
  options.terminal = console.out_terminal;
  // Files first: a call that fails has no result on standard output.
  TPU_TRY(const bool takes_stdout, write_files(results, arguments, console));
  if (!takes_stdout) {
    writer_called(console.is_json ? "json" : "text").write(results, options, *console.out);
  }
  return Ok{};
}

}  // namespace tpuscope
