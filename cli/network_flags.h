// Flags that settle what a network's file leaves open: extents, values, branches, where it ends.

#pragma once

#include <string>
#include <vector>

#include "cli/verb.h"
#include "graph/frontend.h"

namespace tpuscope {

/// The flags that import_options reads; every verb that takes a network has them.
std::vector<Flag> network_flags();

/// The words of the command line that give these flags, in the order of `flags`.
std::vector<std::string> words_of(const std::vector<Flag>& flags, const Arguments& arguments);

/// What the command line says about the network; notices are said on the console. A command line
/// with several networks is for all of them: a name that one does not have is no error.
Result<ImportOptions> import_options(const Arguments& arguments, const Console& console);

/// The network of an opened file with the options of the command line. Its batch is that of the
/// command line where the file leaves it open, else the file's own. With `keep_values` it has those
/// of all weights that the file or its neighbours hold.
Result<Graph> read_network(const NetworkFile& file, const Arguments& arguments,
                           const Console& console, bool keep_values = false);

}  // namespace tpuscope
