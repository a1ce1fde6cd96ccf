// Writer<Subject>: one form in which something is written as bytes, as a run as a trace or a sweep
// as a table. Each is one file that registers itself with everything that a program needs to offer
// it: its name, the flags by which users choose it, and the text by which its files are known.

#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/byte_sink.h"
#include "base/registry.h"
#include "base/result.h"
#include "base/terminal.h"

namespace tpuscope {

/// A flag of the command line that belongs to a writer.
struct WriterFlag {
  std::string_view name{};      ///< "--trace"; empty: there is none
  std::string_view value{};     ///< "FILE"; empty: a switch
  std::string_view help{};      ///< the same in the help of every verb that takes it
  std::string_view fallback{};  ///< value when it is not given
};

/// What users chose of the options of writers, by the names of their flags.
struct WriterOptions {
  std::map<std::string, std::string, std::less<>> values{};

  /// The value that was given, or the flag's fallback.
  std::string text(const WriterFlag& flag) const {
    const auto found = values.find(flag.name);
    return found == values.end() ? std::string(flag.fallback) : found->second;
  }
};

/// How a subject is shown.
struct WriterView {
  Terminal terminal{};      ///< for what people read
  std::size_t top = 0;      ///< rows of a table for people; 0: all
  WriterOptions options{};  ///< of writers that have some
};

/// The function of a writer: of (subject, sink), or of (subject, view, sink) where the view
/// matters. Returns nothing, or a Status where not every subject has this form.
template <typename Subject>
class WriterFunction {
 public:
  WriterFunction() = default;
  template <typename Write>
  requires(!std::is_same_v<Write, WriterFunction>) WriterFunction(
      Write write)  // NOLINT(google-explicit-constructor): functions are assigned to it
      : write_([write](const Subject& subject, const WriterView& view, ByteSink& sink) -> Status {
          const auto call = [&] {
            if constexpr (std::is_invocable_v<Write, const Subject&, ByteSink&>) {
              static_cast<void>(view);
              return write(subject, sink);
            } else {
              return write(subject, view, sink);
            }
          };
          if constexpr (std::is_void_v<decltype(call())>) {
            call();
            return Ok{};
          } else {
            return call();
          }
        }) {}

  Status operator()(const Subject& subject, const WriterView& view, ByteSink& sink) const {
    return write_(subject, view, sink);
  }

 private:
  std::function<Status(const Subject&, const WriterView&, ByteSink&)> write_;
};

/// The same, in characters that the view's terminal shows.
template <typename Subject>
WriterFunction<Subject> for_terminal(WriterFunction<Subject> write) {
  return [write = std::move(write)](const Subject& subject, const WriterView& view,
                                    ByteSink& sink) -> Status {
    TerminalSink shown(sink, view.terminal);
    return write(subject, view, shown);
  };
}

/// The writers called "text" and "json" are for standard output, without and with --json.
template <typename Subject>
struct Writer {
  std::string_view name{};
  std::string_view summary{};
  /// Text near the start of every file it writes, by which a file is known as the program's own and
  /// may be replaced; empty: its files are never replaced unasked.
  std::string_view signature{};
  /// With a value: names the file that is written. Without: puts this form on standard output in
  /// the place of the text.
  WriterFlag flag{};
  /// Names a folder that several writers fill, each with one file.
  WriterFlag folder{};
  std::string_view file_in_folder{};
  std::vector<WriterFlag> options{};  ///< further flags, which `write` finds in its view
  /// Whether the values of its options are valid; checked before anything is run.
  Status (*check)(const WriterOptions& options) = nullptr;
  std::string_view advice{};  ///< said once a file is written
  std::size_t large = 0;      ///< bytes of a file beyond which `large_advice` is said; 0: never
  std::string_view large_advice{};
  bool has_values = false;  ///< of networks: its files hold the values of all weights
  WriterFunction<Subject> write{};
};
template <typename Subject>
using WriterRegistry = Registry<Writer<Subject>>;

template <typename Subject>
bool register_writer(Writer<Subject> writer) {
  if (writer.name == "text") writer.write = for_terminal(std::move(writer.write));
  return WriterRegistry<Subject>::instance().add(std::move(writer));
}

/// The writer called `name`. A check fails where there is none.
template <typename Subject>
const Writer<Subject>& writer_called(std::string_view name) {
  const Writer<Subject>* writer = WriterRegistry<Subject>::instance().find(name);
  TPU_CHECK(writer != nullptr, "there is no writer {}", name);
  return *writer;
}

}  // namespace tpuscope
