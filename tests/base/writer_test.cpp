// Writers: what kinds of functions one can be made of, and options with fallbacks.

#include "base/writer.h"

#include <doctest/doctest.h>

namespace tpuscope {
namespace {

struct Note {
  std::string text{};
};

std::string bytes_of(const WriterFunction<Note>& write, const WriterView& view = {}) {
  StringSink sink;
  const Status status = write({"note"}, view, sink);
  return status.ok() ? sink.text() : "error: " + status.error().message;
}

TEST_CASE("a writer takes only what it needs: the subject, or the view too") {
  CHECK(bytes_of([](const Note& note, ByteSink& sink) { sink.write(note.text); }) == "note");
  CHECK(bytes_of([](const Note& note, const WriterView& view,
                    ByteSink& sink) { sink.write(note.text.substr(0, view.top)); },
                 {.top = 2}) == "no");
}

TEST_CASE("a writer whose subject has no such form returns the error, others need return nothing") {
  const auto refuse = [](const Note& note, ByteSink& sink) -> Status {
    sink.write("half");
    return Error{.message = note.text + " does not fit"};
  };
  CHECK(bytes_of(refuse) == "error: note does not fit");
  CHECK(bytes_of([](const Note& note, ByteSink& sink) -> Status {
          sink.write(note.text);
          return Ok{};
        }) == "note");
}

TEST_CASE("an option that was not given has its flag's fallback") {
  constexpr WriterFlag kDepth{.name = "--depth", .value = "N", .fallback = "3"};
  CHECK(WriterOptions{}.text(kDepth) == "3");
  CHECK(WriterOptions{{{"--depth", "7"}}}.text(kDepth) == "7");
  CHECK(WriterOptions{{{"--other", "7"}}}.text(kDepth) == "3");
}

}  // namespace
}  // namespace tpuscope
