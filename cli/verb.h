// Verb: one command of the program, as data: help, parser, completion and manual are made from the
// same tables. Each verb is one file under cli/verbs that registers itself.

#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/registry.h"
#include "base/result.h"
#include "cli/console.h"
#include "cli/exit_codes.h"

namespace tpuscope {

/// A flag. Its object is also the key of its value.
struct Flag {
  std::string_view name{};   ///< "--chip"
  std::string_view value{};  ///< what the help calls its value; empty: a switch without one
  std::string_view help{};
  std::string_view fallback{};  ///< value when it is not given
  std::string_view letter{};    ///< short form, "-o", or empty
  bool repeats = false;
  bool writes = false;  ///< its value names a file that the verb writes, "-" standard output
};

/// An argument of the command line without a flag.
struct Positional {
  std::string_view name{};  ///< "MODEL"; empty: the verb takes nothing
  std::string_view help{};
  std::string_view fallback{};
  bool is_required = false;
  bool repeats = false;
  std::vector<std::string> (*words)() = nullptr;  ///< that it may be, besides files; null: none
};

/// The values of one call.
class Arguments {
 public:
  bool has(const Flag& flag) const { return values_.contains(flag.name); }
  /// The last value given, or the fallback.
  std::string text(const Flag& flag) const;
  std::vector<std::string> texts(const Flag& flag) const;
  /// A number of at least 0; a usage error otherwise.
  Result<std::int64_t> number(const Flag& flag) const;
  /// The positional values, or the fallback.
  const std::vector<std::string>& positionals() const { return positionals_; }

  void set(std::string_view flag, std::vector<std::string> values);
  void set_positionals(std::vector<std::string> values) { positionals_ = std::move(values); }

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
  std::vector<std::string> positionals_;
};

struct Verb {
  std::string_view name{};
  std::string_view summary{};
  std::vector<std::string_view> examples{};
  Positional positional{};
  /// Its own flags; null: none. A function, because some are made from what registers itself.
  std::vector<Flag> (*flags)() = nullptr;
  /// Errors it returns are printed and give the exit code.
  Result<ExitCode> (*run)(const Arguments& arguments, Console& console) = nullptr;
};
using VerbRegistry = Registry<Verb>;

bool register_verb(Verb verb);

}  // namespace tpuscope
