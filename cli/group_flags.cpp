// Limits of layer groups from the command line.

#include "cli/group_flags.h"

#include <algorithm>
#include <charconv>

#include <fmt/core.h>

#include "graph/text.h"
#include "passes/layer_group/group_cache.h"

namespace tpuscope {
namespace {

constexpr Flag kMethodFlag{.name = "--group-method",
                           .value = "METHOD",
                           .help = "how layer groups are searched: alone, greedy, dp or optimal",
                           .fallback = "dp"};
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

Result<GroupMethod> parse_method(std::string_view name) {
  std::vector<std::string> names;
  for (const GroupMethod method :
       {GroupMethod::kAlone, GroupMethod::kGreedy, GroupMethod::kDp, GroupMethod::kOptimal}) {
    if (name_of(method) == name) return method;
    names.emplace_back(name_of(method));
  }
  return Error{.code = ErrorCode::kUsage,
               .message = "unknown method " + in_quotes(name),
               .hint = did_you_mean(name, names)};
}

Result<SliceCounts> parse_slices(std::string_view text) {
  SliceCounts counts{};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::size_t axis = 0; axis < counts.size(); ++axis) {
    const auto [next, problem] = std::from_chars(at, end, counts[axis]);
    const bool is_last = axis + 1 == counts.size();
    const bool is_separated = is_last ? next == end : next != end && *next == ',';
    if (problem != std::errc{} || counts[axis] < 1 || !is_separated) {
      return Error{.code = ErrorCode::kUsage,
                   .message = fmt::format("{} is {}", kSlicesFlag.name, in_quotes(text)),
                   .hint = "write five counts of at least 1, as 4,1,1,2,1"};
    }
    at = next + (is_last ? 0 : 1);
  }
  return counts;
}

}  // namespace

std::vector<Flag> group_flags() {
  return {kMethodFlag, kMaxOpsFlag, kLocalFlag, kSlicesFlag, kGivenFlag};
}

Result<GroupOptions> group_options(const Arguments& arguments) {
  GroupOptions options;
  TPU_TRY(options.method, parse_method(arguments.text(kMethodFlag)));
  TPU_TRY(options.max_ops, arguments.number(kMaxOpsFlag));
  TPU_TRY(const std::int64_t kib, arguments.number(kLocalFlag));
  options.local_bytes = kib * 1024;
  if (arguments.has(kSlicesFlag)) {
    TPU_TRY(options.slices, parse_slices(arguments.text(kSlicesFlag)));
  }
  if (arguments.has(kGivenFlag)) {
    TPU_TRY(GroupCache given, load_group_cache(arguments.text(kGivenFlag)));
    options.given = std::make_shared<const GroupCache>(std::move(given));
  }
  return options;
}

}  // namespace tpuscope
