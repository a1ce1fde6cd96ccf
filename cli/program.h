// The program: chooses the verb, parses its flags, runs it.

#pragma once

#include <string>
#include <vector>

#include "cli/console.h"
#include "cli/exit_codes.h"

namespace tpuscope {

/// Runs the words of a command line, without the program's name.
Result<ExitCode> run_words(const std::vector<std::string>& words, Console& console);
/// As run_words. Errors are printed.
ExitCode run_program(const std::vector<std::string>& words, Console& console);

/// Leaves a new file from which a failure of ours can be repeated: version, command line, message
/// and, where it still can be read, the network as text, without values of weights: people are
/// asked to send it. Returns its path, or empty if none could be written.
std::string write_reproducer(const std::vector<std::string>& words, const std::string& message);

/// Says what failed in us, and where the file is from which it can be repeated.
void report_bug(const std::string& message, const std::vector<std::string>& words, ByteSink& err);

}  // namespace tpuscope
