// The words that the values of flags and the arguments of verbs may be, for shells to complete.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/verb.h"

namespace tpuscope {

/// What may stand for one value.
struct ValueWords {
  std::vector<std::string> words{};
  bool takes_files = false;  ///< or the name of a file or folder
  bool goes_on = false;      ///< more follows a word: "chip.clock.tiu_mhz=", "time_ps>"
  bool is_list = false;      ///< words are joined by commas
};

/// Of a flag's value, by what the help calls it: built-in names, or the alternatives themselves.
ValueWords words_of(const Flag& flag);
/// Of an argument without a flag: its own words, networks, files.
ValueWords words_of(const Verb& verb);

}  // namespace tpuscope
