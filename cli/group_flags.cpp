// Limits of layer groups from the command line.

#include "cli/group_flags.h"

#include "passes/planner/group_cache.h"
#include "passes/planner/option_text.h"

namespace tpuscope {
namespace {

constexpr Flag kMethodFlag{.name = "--group-method",
                           .value = "METHOD",
                           .help = "how layer groups are searched: none, greedy, dp or optimal",
                           .fallback = "dp, or none without the switch layer_group"};
constexpr Flag kMaxOpsFlag{.name = "--group-max-ops",
                           .value = "N",
                           .help = "largest number of operators in a group; 0: no limit",
                           .fallback = "0"};
constexpr Flag kLocalFlag{.name = "--group-local-kib",
                          .value = "KIB",
                          .help = "local memory per lane that groups may use; 0: all",
                          .fallback = "0"};
constexpr Flag kSlicesFlag{.name = "--group-slices",
                           .value = "N,C,D,H,W",
                           .help = "slices per axis that every group must have"};
constexpr Flag kGivenFlag{.name = "--groups",
                          .value = "FILE",
                          .help = "layer groups given by hand, as --write-groups writes them"};

}  // namespace

std::vector<Flag> group_flags() {
  return {kMethodFlag, kMaxOpsFlag, kLocalFlag, kSlicesFlag, kGivenFlag};
}

Result<GroupOptions> group_options(const Arguments& arguments) {
  GroupOptions options;
  if (arguments.has(kMethodFlag)) {
    TPU_TRY(options.method, parse_group_method(arguments.text(kMethodFlag)));
  }
  TPU_TRY(options.max_ops, arguments.number(kMaxOpsFlag));
  TPU_TRY(const std::int64_t kib, arguments.number(kLocalFlag));
  options.local_bytes = kib * 1024;
  if (arguments.has(kSlicesFlag)) {
    TPU_TRY(options.slices, with_location(parse_slice_counts(arguments.text(kSlicesFlag), ','),
                                          std::string(kSlicesFlag.name)));
  }
  if (arguments.has(kGivenFlag)) {
    TPU_TRY(GroupCache given, load_group_cache(arguments.text(kGivenFlag)));
    options.given = std::make_shared<const GroupCache>(std::move(given));
  }
  return options;
}

}  // namespace tpuscope
