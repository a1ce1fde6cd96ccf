// Writers on the command line: the flags of verbs are made from the writers that are registered,
// and so are the files that the flags name and what standard output gets. A new writer needs no
// line here.

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/writer.h"
#include "cli/verb.h"

namespace tpuscope {

/// A writer with its subject, so that what follows is the same for every kind of subject.
struct BoundWriter {
  std::string_view name{};
  std::string_view signature{};
  WriterFlag flag{};
  WriterFlag folder{};
  std::string_view file_in_folder{};
  std::vector<WriterFlag> options{};
  Status (*check)(const WriterOptions& options) = nullptr;
  std::string_view advice{};
  std::size_t large = 0;
  std::string_view large_advice{};
  std::function<Status(const WriterView& view, ByteSink& sink)> write{};
};

/// The writers of a kind of subject by name; without a subject nothing can be written.
template <typename Subject>
std::vector<BoundWriter> bound_writers(const Subject* subject) {
  std::vector<BoundWriter> writers;
  for (const auto& [name, writer] : WriterRegistry<Subject>::instance().all()) {
    const Writer<Subject>* of = &writer;
    writers.push_back({writer.name, writer.signature, writer.flag, writer.folder,
                       writer.file_in_folder, writer.options, writer.check, writer.advice,
                       writer.large, writer.large_advice,
                       [of, subject](const WriterView& view, ByteSink& sink) {
                         return of->write(*subject, view, sink);
                       }});
  }
  return writers;
}

std::vector<Flag> flags_of(const std::vector<BoundWriter>& writers);
Result<WriterOptions> options_of(const std::vector<BoundWriter>& writers,
                                 const Arguments& arguments);
Status write_with(const std::vector<BoundWriter>& writers, WriterView view,
                  const Arguments& arguments, const Console& console);

/// The flags of all writers of a kind of subject, in the order of their names, each before those of
/// its options. A verb's flags are made by a function, because writers register themselves in any
/// order while the program starts.
template <typename Subject>
std::vector<Flag> writer_flags() {
  return flags_of(bound_writers<Subject>(nullptr));
}

/// What the command line says of the writers' options; a usage error where one is wrong.
template <typename Subject>
Result<WriterOptions> writer_options(const Arguments& arguments) {
  return options_of(bound_writers<Subject>(nullptr), arguments);
}

/// Writes every file that a flag names, then to standard output the text, JSON or what a switch
/// chooses, unless one of the files was "-". `top`: rows of tables on standard output; 0: all.
template <typename Subject>
Status write_results(const Subject& subject, std::size_t top, const Arguments& arguments,
                     const Console& console) {
  return write_with(bound_writers(&subject), {.terminal = console.out_terminal, .top = top},
                    arguments, console);
}

/// Puts bytes in a file, or on `out` for "-"; compressed where the path ends in ".gz". `write`
/// fills it; `signature` is the text by which the file is known as the program's own. Returns the
/// number of bytes before compression.
Result<std::size_t> write_file(const std::string& path, std::string_view signature,
                               const Arguments& arguments, const Console& console,
                               const std::function<Status(ByteSink&)>& write);

}  // namespace tpuscope
