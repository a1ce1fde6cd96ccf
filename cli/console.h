// Console: the two outputs of the program. Results go to `out`; everything said about the work goes
// to `err`.

#pragma once

#include <cstdio>
#include <map>
#include <memory>
#include <string>

#include "base/byte_sink.h"
#include "base/progress_listener.h"
#include "base/result.h"
#include "base/terminal.h"

namespace tpuscope {

struct SessionRun;  // cli/session.h

/// A standard stream. A reader that has gone away (`| head`) is no error; a full disk is.
class StreamSink : public ByteSink {
 public:
  explicit StreamSink(std::FILE* stream) : stream_(stream) {}
  void write(std::string_view bytes) override;
  /// Writes out what is buffered; the error of any write so far.
  Status flush();
  /// Whether the reader closed the other end.
  bool is_closed() const;

 private:
  std::FILE* stream_;
  int error_ = 0;
};

struct Console {
  ByteSink* out = nullptr;
  ByteSink* err = nullptr;
  Terminal out_terminal{};
  Terminal err_terminal{};
  bool is_quiet = false;
  bool is_json = false;          ///< results, and errors, are JSON on `out`
  bool err_is_terminal = false;  ///< somebody may be watching
  /// Standard output where `out` is that: for verbs whose answers are read before they end.
  StreamSink* out_stream = nullptr;
  /// For callers within this process: hears what Progress draws.
  ProgressListener listener{};
  /// Likewise: takes results in the forms that are its keys ("json", "html"), where the verb writes
  /// such, beside what `out` gets. Null: nobody asks.
  std::map<std::string, std::string>* forms = nullptr;
  /// Likewise: takes what `profile` ran.
  std::shared_ptr<const SessionRun>* run = nullptr;

  /// A result: JSON as it is, text for people in the characters that the terminal shows.
  void print(std::string_view text) const {
    is_json ? out->write(text) : TerminalSink(*out, out_terminal).write(text);
  }
  /// Text about the work.
  void complain(std::string_view text) const { TerminalSink(*err, err_terminal).write(text); }
  /// One line about the work, unless the user chose --quiet.
  void say(std::string_view line) const {
    if (!is_quiet) complain(std::string(line) + "\n");
  }
};

bool is_terminal(std::FILE* stream);

/// What a stream can show: width, UTF-8 and colour, from the environment.
Terminal terminal_of(std::FILE* stream);

}  // namespace tpuscope
