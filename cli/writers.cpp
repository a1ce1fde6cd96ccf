// Where results go: standard output, and the files that flags name.

#include "cli/writers.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include <fmt/core.h>

#include "base/gzip.h"
#include "base/output_file.h"
#include "base/text.h"
#include "cli/common_flags.h"

namespace tpuscope {
namespace {

Flag as_flag(const WriterFlag& flag) {
  return {.name = flag.name, .value = flag.value, .help = flag.help, .fallback = flag.fallback};
}

/// A flag whose value, if it takes one, names what is written.
Flag as_file_flag(const WriterFlag& flag) {
  Flag own = as_flag(flag);
  own.writes = !flag.value.empty();
  return own;
}

bool is_given(const WriterFlag& flag, const Arguments& arguments) {
  return !flag.name.empty() && arguments.has(as_flag(flag));
}

bool is_compressed_name(std::string_view path) {
  constexpr std::string_view kEnding = ".gz";
  return path.size() > kEnding.size() && path.ends_with(kEnding);
}

/// The file that the writer's own flag names. True when it is standard output.
Result<bool> write_named(const BoundWriter& writer, const WriterView& view,
                         const Arguments& arguments, const Console& console) {
  const std::string path = arguments.text(as_flag(writer.flag));
  TPU_TRY(const std::size_t bytes,
          write_file(path, writer.signature, arguments, console,
                     [&](ByteSink& sink) { return writer.write(view, sink); }));
  if (writer.large > 0 && bytes > writer.large) console.say(writer.large_advice);
  if (path == "-") return true;
  if (!writer.advice.empty()) console.say(writer.advice);
  return false;
}

/// The writer's file in a folder that is made where it is missing.
Status write_in_folder(const BoundWriter& writer, const WriterView& view,
                       const Arguments& arguments, const Console& console) {
  const std::filesystem::path folder(arguments.text(as_flag(writer.folder)));
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem) {
    return Error{
        .code = ErrorCode::kCannotWrite, .message = problem.message(), .where = folder.string()};
  }
  TPU_TRY_STATUS(write_file((folder / writer.file_in_folder).string(), writer.signature, arguments,
                            console, [&](ByteSink& sink) { return writer.write(view, sink); }));
  return Ok{};
}

/// What a caller within this process asked for.
Status fill_forms(const std::vector<BoundWriter>& writers, const WriterView& view,
                  const Console& console) {
  if (console.forms == nullptr) return Ok{};
  for (auto& [form, text] : *console.forms) {
    for (const BoundWriter& writer : writers) {
      if (writer.name != form) continue;
      StringSink sink;
      TPU_TRY_STATUS(writer.write(view, sink));
      text = sink.text();
    }
  }
  return Ok{};
}

}  // namespace

std::vector<Flag> flags_of(const std::vector<BoundWriter>& writers) {
  // By the name of the first: a flag and its options stay together.
  std::map<std::string_view, std::vector<Flag>> by_name;
  for (const BoundWriter& writer : writers) {
    if (!writer.flag.name.empty()) {
      std::vector<Flag>& flags = by_name[writer.flag.name];
      flags.push_back(as_file_flag(writer.flag));
      for (const WriterFlag& option : writer.options)
        flags.push_back(as_flag(option));
    }
    if (!writer.folder.name.empty()) by_name[writer.folder.name] = {as_file_flag(writer.folder)};
  }
  std::vector<Flag> flags;
  for (const auto& [name, own] : by_name)
    flags.insert(flags.end(), own.begin(), own.end());
  return flags;
}

Result<WriterOptions> options_of(const std::vector<BoundWriter>& writers,
                                 const Arguments& arguments) {
  WriterOptions options;
  for (const BoundWriter& writer : writers) {
    for (const WriterFlag& flag : writer.options) {
      if (is_given(flag, arguments)) {
        options.values[std::string(flag.name)] = arguments.text(as_flag(flag));
      }
    }
  }
  for (const BoundWriter& writer : writers) {
    if (writer.check != nullptr) TPU_TRY_STATUS(writer.check(options));
  }
  return options;
}

Status write_with(const std::vector<BoundWriter>& writers, WriterView view,
                  const Arguments& arguments, const Console& console) {
  TPU_TRY(view.options, options_of(writers, arguments));
  // Files first: a call that fails has no result on standard output.
  bool takes_stdout = false;
  std::string_view plain = "text";
  for (const BoundWriter& writer : writers) {
    if (!is_given(writer.flag, arguments)) continue;
    if (writer.flag.value.empty()) {
      plain = writer.name;
      continue;
    }
    TPU_TRY(const bool is_stdout, write_named(writer, view, arguments, console));
    takes_stdout = takes_stdout || is_stdout;
  }
  for (const BoundWriter& writer : writers) {
    if (is_given(writer.folder, arguments)) {
      TPU_TRY_STATUS(write_in_folder(writer, view, arguments, console));
    }
  }
  TPU_TRY_STATUS(fill_forms(writers, view, console));
  if (takes_stdout) return Ok{};
  const std::string_view chosen = console.is_json ? "json" : plain;
  const auto found = std::find_if(writers.begin(), writers.end(),
                                  [&](const BoundWriter& writer) { return writer.name == chosen; });
  TPU_CHECK(found != writers.end(), "there is no writer {}", chosen);
  return found->write(view, *console.out);
}

Result<std::size_t> write_file(const std::string& path, std::string_view signature,
                               const Arguments& arguments, const Console& console,
                               const std::function<Status(ByteSink&)>& write) {
  std::size_t bytes = 0;
  const auto write_to = [&](ByteSink& sink) -> Status {
    CountingSink counted(sink);
    TPU_TRY_STATUS(write(counted));
    bytes = counted.bytes();
    return Ok{};
  };
  const auto compress_to = [&](ByteSink& sink) -> Status {
    if (!is_compressed_name(path)) return write_to(sink);
    GzipSink compressed(sink, std::string(signature));
    TPU_TRY_STATUS(write_to(compressed));
    compressed.finish();
    return Ok{};
  };
  if (path == "-") {
    TPU_TRY_STATUS(compress_to(*console.out));
    return bytes;
  }
  TPU_TRY(const auto file, OutputFile::create(path, {.force = arguments.has(kForceFlag),
                                                     .own_mark = std::string(signature)}));
  CountingSink counted(*file);
  TPU_TRY_STATUS(compress_to(counted));
  TPU_TRY_STATUS(file->commit());
  console.say(
      fmt::format("wrote {} ({})", path, bytes_text(static_cast<std::int64_t>(counted.bytes()))));
  return bytes;
}

}  // namespace tpuscope
