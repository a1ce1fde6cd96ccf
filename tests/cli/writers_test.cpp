// A writer is one file: it registers itself, and the command line offers it. Here a kind of subject
// of its own, with writers that nothing else names.

#include "cli/writers.h"

#include <filesystem>
#include <map>

#include <doctest/doctest.h>

#include "cli/common_flags.h"
#include "tests/support/temporary_folder.h"

namespace tpuscope::test {
namespace {

struct Song {
  std::string title{};
};

constexpr WriterFlag kAlbum{.name = "--album", .value = "FOLDER", .help = "sleeve and label"};
constexpr WriterFlag kKey{
    .name = "--sheet-key", .value = "KEY", .help = "of the sheet", .fallback = "C"};

void write_with_mark(std::string_view mark, const Song& song, ByteSink& sink) {
  sink.write(std::string(mark) + song.title);
}

TPU_REGISTER(register_writer<Song>({.name = "text", .write = [](const Song& song, ByteSink& sink) {
                                      sink.write(song.title);
                                    }}));
TPU_REGISTER(register_writer<Song>({.name = "json", .write = [](const Song& song, ByteSink& sink) {
                                      write_with_mark("{}", song, sink);
                                    }}));
TPU_REGISTER(register_writer<Song>({.name = "loud",
                                    .flag = {.name = "--loud", .help = "in capitals"},
                                    .write = [](const Song& song, ByteSink& sink) {
                                      write_with_mark("LOUD ", song, sink);
                                    }}));
TPU_REGISTER(register_writer<Song>(
    {.name = "a_sheet",
     .signature = "sheet in",
     .flag = {.name = "--sheet", .value = "FILE", .help = "write the notes"},
     .options = {kKey},
     .check = [](const WriterOptions& options) -> Status {
       if (options.text(kKey).size() == 1) return Ok{};
       return Error{.code = ErrorCode::kUsage, .message = "--sheet-key is no key"};
     },
     .advice = "sing it",
     .large = 20,
     .large_advice = "a long song",
     .write =
         [](const Song& song, const WriterView& view, ByteSink& sink) {
           write_with_mark("sheet in " + view.options.text(kKey) + ": ", song, sink);
         }}));
TPU_REGISTER(register_writer<Song>({.name = "sleeve",
                                    .folder = kAlbum,
                                    .file_in_folder = "sleeve.txt",
                                    .write = [](const Song& song, ByteSink& sink) {
                                      write_with_mark("sleeve ", song, sink);
                                    }}));
TPU_REGISTER(register_writer<Song>({.name = "label",
                                    .folder = kAlbum,
                                    .file_in_folder = "label.txt",
                                    .write = [](const Song& song, ByteSink& sink) {
                                      write_with_mark("label ", song, sink);
                                    }}));

/// What one call writes to standard output and says.
struct Outcome {
  Status status = Ok{};
  std::string out{};
  std::string said{};
};

Outcome call(const std::map<std::string, std::string>& words, bool is_json = false,
             const std::string& title = "la") {
  Arguments arguments;
  for (const auto& [flag, value] : words)
    arguments.set(flag, {value});
  StringSink out;
  StringSink err;
  Console console{.out = &out, .err = &err, .is_json = is_json};
  Outcome outcome;
  outcome.status = write_results(Song{title}, 0, arguments, console);
  outcome.out = out.text();
  outcome.said = err.text();
  return outcome;
}

TEST_CASE("flags come from the writers: by name, options after their writer, a folder once") {
  std::vector<std::string> flags;
  for (const Flag& flag : writer_flags<Song>())
    flags.emplace_back(flag.name);
  CHECK(flags == std::vector<std::string>{"--album", "--loud", "--sheet", "--sheet-key"});
}

TEST_CASE("standard output gets the text, JSON where asked for, else what a switch chooses") {
  CHECK(call({}).out == "la");
  CHECK(call({{"--loud", "true"}}).out == "LOUD la");
  CHECK(call({}, true).out == "{}la");
  CHECK(call({{"--loud", "true"}}, true).out == "{}la");
}

TEST_CASE("a caller within the process gets the forms it asks for and no others, beside the text") {
  StringSink out;
  std::map<std::string, std::string> forms = {{"json", ""}, {"no such form", ""}};
  const Console console{.out = &out, .forms = &forms};
  REQUIRE(write_results(Song{"la"}, 0, Arguments(), console).ok());
  CHECK(out.text() == "la");
  CHECK(forms == std::map<std::string, std::string>{{"json", "{}la"}, {"no such form", ""}});
}

TEST_CASE("a file flag writes its file with its options, and says so") {
  const TemporaryFolder folder;
  const std::string path = folder.file("song.txt");
  const Outcome outcome = call({{"--sheet", path}, {"--sheet-key", "D"}});
  CHECK(outcome.status.ok());
  CHECK(outcome.out == "la");
  CHECK(read_bytes(path) == "sheet in D: la");
  CHECK(outcome.said.find("wrote " + path) == 0);
  CHECK(outcome.said.find("sing it\n") != std::string::npos);
  CHECK(outcome.said.find("a long song") == std::string::npos);
  CHECK(call({{"--sheet", path}}, false, "a title of many words").said.find("a long song") !=
        std::string::npos);
  CHECK(read_bytes(path) == "sheet in C: a title of many words");  // its own: replaced unasked
}

TEST_CASE("a file called - takes the place of the text, and no advice is about it") {
  const Outcome outcome = call({{"--sheet", "-"}});
  CHECK(outcome.out == "sheet in C: la");
  CHECK(outcome.said.empty());
}

TEST_CASE("a folder gets one file of each of its writers") {
  const TemporaryFolder folder;
  const std::string path = folder.file("album");
  CHECK(call({{"--album", path}}).status.ok());
  CHECK(read_bytes(path + "/sleeve.txt") == "sleeve la");
  CHECK(read_bytes(path + "/label.txt") == "label la");
}

TEST_CASE("a wrong option is an error before anything is written") {
  const TemporaryFolder folder;
  const std::string path = folder.file("song.txt");
  const Outcome outcome = call({{"--sheet", path}, {"--sheet-key", "Dur"}});
  REQUIRE(!outcome.status.ok());
  CHECK(outcome.status.error().message == "--sheet-key is no key");
  CHECK(outcome.out.empty());
  CHECK(!std::filesystem::exists(path));
}

}  // namespace
}  // namespace tpuscope::test
