// Limits of layer groups from the command line.

#include "cli/group_flags.h"

#include <optional>
#include <string>

#include <fmt/core.h>

#include "base/number.h"
#include "base/text.h"
#include "passes/planner/option_text.h"
#include "passes/streams/compile_folder.h"

namespace tpuscope {
namespace {

constexpr Flag kGivenFlag{.name = "--groups",
                          .value = "FILE|FOLDER",
                          .help =
                              "layer groups given by hand, as --write-groups writes them, or "
                              "those of the vendor's compiler: its folder or a file of it"};

Flag flag_of(const GroupOption& option) {
  return {.name = option.flag,
          .value = option.value,
          .help = option.summary,
          .fallback = option.fallback};
}

}  // namespace

std::vector<Flag> group_flags() {
  std::vector<Flag> flags;
  for (const GroupOption& option : group_option_table())
    flags.push_back(flag_of(option));
  flags.insert(flags.end(), {kGivenFlag, kCompilerFlag});
  return flags;
}

Result<GroupOptions> group_options(const Arguments& arguments) {
  GroupOptions options;
  for (const GroupOption& option : group_option_table()) {
    const Flag flag = flag_of(option);
    if (!arguments.has(flag)) continue;
    TPU_TRY_STATUS(
        with_location(option.parse(arguments.text(flag), options), std::string(flag.name)));
  }
  if (arguments.has(kGivenFlag)) {
    TPU_TRY(GroupCache given, load_given_groups(arguments.text(kGivenFlag)));
    options.given = std::make_shared<const GroupCache>(std::move(given));
  }
  return options;
}

Result<int> compiler_year(const Arguments& arguments) {
  if (!arguments.has(kCompilerFlag)) return 0;
  const std::string word = arguments.text(kCompilerFlag);
  const std::optional<int> year = number_in<int>(word);
  if (year && is_compiler_year(*year)) return *year;
  return Error{.code = ErrorCode::kUsage,
               .message = fmt::format("{} is {}", kCompilerFlag.name, in_quotes(word)),
               .hint = compiler_years_hint()};
}

Result<SwitchSet> chosen_switches(std::string_view specification, const Arguments& arguments) {
  TPU_TRY(const int year, compiler_year(arguments));
  return parse_switches(specification, year);
}

}  // namespace tpuscope
