// One row per kind of file. A file that can be read and breaks rules is an answer; one that cannot
// be read is an error.

#include "cli/file_checks.h"

#include <algorithm>

#include <fmt/core.h>

#include "base/input_file.h"
#include "base/text.h"
#include "cli/diagnostics.h"
#include "profiles/diff/run_summary.h"
#include "profiles/views/text/table.h"
#include "profiles/views/trace/trace_check.h"
#include "sim/chip/chip.h"

namespace tpuscope {
namespace {

constexpr std::string_view kNetwork = "network";

/// What is wrong with one file.
struct CheckedFile {
  std::string file{};
  Errors errors{};
  bool is_readable = true;
};

template <typename T>
CheckedFile answer(const std::string& file, const Result<T>& result) {
  return {file, result.ok() ? Errors{} : result.errors(), result.ok()};
}

CheckedFile check_trace_file(const std::string& file) {
  const Result<std::string> bytes = read_input(file);
  if (!bytes.ok()) return answer(file, bytes);
  const Status status = check_trace(*bytes, sanitised_utf8(file));
  return {file, status.ok() ? Errors{} : status.errors(), true};
}

struct FileKind {
  std::string_view name{};
  CheckedFile (*check)(const std::string& file) = nullptr;
};
constexpr FileKind kFileChecksKinds[] = {
    {"trace", check_trace_file},
    {"report", [](const std::string& file) { return answer(file, read_run(file)); }},
    {"chip", [](const std::string& file) { return answer(file, load_chip(file)); }},
};

const FileKind* find_kind(const Arguments& arguments) {
  const std::string word = arguments.text(kKindFlag);
  const auto found = std::find_if(std::begin(kFileChecksKinds), std::end(kFileChecksKinds),
                                  [&](const FileKind& kind) { return kind.name == word; });
  return found == std::end(kFileChecksKinds) ? nullptr : found;
}

std::string verdict_of_file_checks(const CheckedFile& checked) {
  if (checked.errors.empty()) return "good";
  return checked.is_readable ? "breaks rules" : "not readable";
}

Table table_of(const std::vector<CheckedFile>& files) {
  Table table(
      {{.title = "file", .is_name = true, .is_flexible = true}, {.title = "", .is_name = true}});
  for (const CheckedFile& checked : files) {
    table.add(
        {{checked.file},
         {verdict_of_file_checks(checked), checked.errors.empty() ? Tone::kBetter : Tone::kWorse}});
  }
  return table;
}

void write_checked(const std::vector<CheckedFile>& files, ByteSink& sink) {
  JsonWriter json(sink);
  json.object([&] {
    json.objects("files", files, [&](const CheckedFile& checked) {
      json.member("file", sanitised_utf8(checked.file));
      json.member("verdict", verdict_of_file_checks(checked));
      write_errors(json, "errors", checked.errors);
    });
  });
  json.finish("\n");
}

}  // namespace

Result<bool> wants_networks(const Arguments& arguments) {
  const std::string word = arguments.text(kKindFlag);
  if (word == kNetwork || find_kind(arguments) != nullptr) return word == kNetwork;
  std::vector<std::string> names = {std::string(kNetwork)};
  for (const FileKind& kind : kFileChecksKinds)
    names.emplace_back(kind.name);
  return Error{.code = ErrorCode::kUsage,
               .message = fmt::format("{} is {}", kKindFlag.name, in_quotes(word)),
               .hint = did_you_mean(word, names)};
}

Result<ExitCode> check_files(const Arguments& arguments, Console& console) {
  const FileKind& kind = *find_kind(arguments);
  std::vector<CheckedFile> files;
  Errors errors;
  ExitCode code = ExitCode::kDone;
  for (const std::string& file : arguments.positionals()) {
    const CheckedFile& checked = files.emplace_back(kind.check(file));
    errors.insert(errors.end(), checked.errors.begin(), checked.errors.end());
    if (!checked.is_readable) code = ExitCode::kInvalidInput;
    if (!checked.errors.empty() && code == ExitCode::kDone) code = ExitCode::kAnswerIsNo;
  }
  if (console.is_json) {
    write_checked(files, *console.out);
  } else {
    console.print(table_of(files).text(console.out_terminal));
  }
  Console text_only = console;
  text_only.is_json = false;
  if (!errors.empty()) print_errors(errors, text_only);
  return code;
}

}  // namespace tpuscope
