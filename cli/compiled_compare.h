// What `compare` does with a second argument: plans beside the vendor's compiler's, and two
// compiled models beside each other.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/verb.h"
#include "passes/streams/compile_folder.h"

namespace tpuscope {

/// Our plan of the first network against the compiler's, which the second argument names. Chip,
/// cores and precision are the compiler's unless the command line says more. `preset`: switches of
/// our side.
Result<ExitCode> compare_with_compiler(const Arguments& arguments, const std::string& preset,
                                       const Console& console);

/// The command line for our side alone, with what the compiler's plan says and the user does not:
/// chip, cores and precision.
Arguments arguments_for(const CompilerPlan& plan, const Arguments& arguments);

/// An error where one of these flags is given, which `what` has no use for.
Status refuse_flags(const std::vector<Flag>& flags, const Arguments& arguments,
                    std::string_view what);

/// Two compiled models or captures, as before and after.
Result<ExitCode> compare_compiled(const Arguments& arguments, const Console& console);

}  // namespace tpuscope
