// The table of options, and the names of methods.

#include "passes/planner/option_text.h"

#include <optional>
#include <vector>

#include <fmt/core.h>

#include "base/check.h"
#include "base/number.h"
#include "base/text.h"

namespace tpuscope {
namespace {

Result<GroupMethod> parse_group_method(std::string_view name) {
  std::vector<std::string> names;
  for (const GroupMethodName& each : group_methods()) {
    if (each.name == name) return each.method;
    names.emplace_back(each.name);
  }
  return Error{.code = ErrorCode::kUsage,
               .message = "unknown method " + in_quotes(name),
               .hint = "known: " + join(names)};
}

/// Five counts, "4x1x1x2x1" or "4,1,1,2,1": commas part the values of a sweep.
Result<SliceCounts> parse_slice_counts(std::string_view text) {
  SliceCounts counts{};
  std::string_view rest = text;
  for (std::size_t axis = 0; axis < counts.size(); ++axis) {
    counts[axis] = take_number<std::int64_t>(rest).value_or(0);
    const bool is_last = axis + 1 == counts.size();
    const bool is_separated =
        is_last ? rest.empty() : rest.starts_with('x') || rest.starts_with(',');
    if (counts[axis] < 1 || !is_separated) {
      return Error{.code = ErrorCode::kUsage,
                   .message = in_quotes(text) + " are no slice counts",
                   .hint = "write five counts of at least 1, as 4x1x1x2x1"};
    }
    if (!is_last) rest.remove_prefix(1);
  }
  return counts;
}

constexpr std::int64_t kKib = 1024;
constexpr std::string_view kFree = "free";
constexpr std::string_view kByCompiler = "compiler";
constexpr std::string_view kBySilicon = "silicon";

constexpr GroupOption kGroupOptions[] = {
    {.flag = "--group-method",
     .key = kGroupMethodKey,
     .value = "METHOD",
     .summary = "how layer groups are searched: none, greedy, dp or optimal",
     .fallback = "dp, or none without the switch layer_group",
     .parse = [](const std::string& text, GroupOptions& options) -> Status {
       TPU_TRY(options.method, parse_group_method(text));
       return Ok{};
     },
     .text =
         [](const GroupOptions& options) {
           return std::string(name_of(options.method.value_or(GroupMethod::kAlone)));
         }},
    {.flag = kPlanByFlag,
     .key = "passes.layer_group.plan_by",
     .value = "COSTS",
     .summary =
         "whose costs choose groups and slices: compiler (its estimate) or silicon (what the "
         "chip takes)",
     .fallback = "compiler",
     .parse = [](const std::string& text, GroupOptions& options) -> Status {
       if (text != kByCompiler && text != kBySilicon) {
         return Error{.code = ErrorCode::kUsage,
                      .message = "unknown costs " + in_quotes(text),
                      .hint = "known: compiler, silicon"};
       }
       options.plan_by = text == kByCompiler ? PlanBy::kCompiler : PlanBy::kSilicon;
       return Ok{};
     },
     .text =
         [](const GroupOptions& options) {
           return std::string(options.plan_by == PlanBy::kCompiler ? kByCompiler : kBySilicon);
         }},
    {.flag = "--group-max-ops",
     .key = "passes.layer_group.max_ops",
     .value = "N",
     .summary = "largest number of operators in a group; 0: no limit",
     .fallback = "0",
     .parse = [](const std::string& text, GroupOptions& options) -> Status {
       TPU_TRY(options.max_ops, parse_whole_number(text, 0));
       return Ok{};
     },
     .text = [](const GroupOptions& options) { return std::to_string(options.max_ops); }},
    {.flag = "--group-local-kib",
     .key = "passes.layer_group.local_kib",
     .value = "KIB",
     .summary = "local memory per lane that groups may use; 0: all",
     .fallback = "0",
     .parse = [](const std::string& text, GroupOptions& options) -> Status {
       TPU_TRY(const std::int64_t kib, parse_whole_number(text, 0));
       options.local_bytes = kib * kKib;
       return Ok{};
     },
     .text =
         [](const GroupOptions& options) { return std::to_string(options.local_bytes / kKib); }},
    {.flag = "--group-slices",
     .key = "passes.layer_group.slices",
     .value = "NxCxDxHxW",
     .summary = "slices along n, c, d, h, w of every group, as 4x1x1x2x1",
     .fallback = kFree,
     .parse = [](const std::string& text, GroupOptions& options) -> Status {
       options.slices.reset();
       if (text == kFree) return Ok{};
       TPU_TRY(options.slices, parse_slice_counts(text));
       return Ok{};
     },
     .text =
         [](const GroupOptions& options) {
           if (!options.slices) return std::string(kFree);
           const SliceCounts& s = *options.slices;
           return fmt::format("{}x{}x{}x{}x{}", s[0], s[1], s[2], s[3], s[4]);
         }},
    {.flag = "--limit",
     .key = "passes.limit",
     .value = "COMMANDS",
     .summary = "refuse a run of more commands, before it takes all memory",
     .fallback = "4000000",
     .parse = [](const std::string& text, GroupOptions& options) -> Status {
       TPU_TRY(options.max_commands, parse_whole_number(text, 1));
       return Ok{};
     },
     .text = [](const GroupOptions& options) { return std::to_string(options.max_commands); }},
};

}  // namespace

std::span<const GroupMethodName> group_methods() {
  static constexpr GroupMethodName kNames[] = {{GroupMethod::kAlone, "none"},
                                               {GroupMethod::kGreedy, "greedy"},
                                               {GroupMethod::kDp, "dp"},
                                               {GroupMethod::kOptimal, "optimal"}};
  return kNames;
}

std::string_view name_of(GroupMethod method) {
  for (const GroupMethodName& each : group_methods()) {
    if (each.method == method) return each.name;
  }
  unreachable();
}

std::span<const GroupOption> group_option_table() {
  return kGroupOptions;
}

Result<std::int64_t> parse_whole_number(std::string_view text, std::int64_t least) {
  constexpr std::int64_t kMost = 1'000'000'000'000'000;
  const std::optional<std::int64_t> number = number_in<std::int64_t>(text);
  if (!number || *number < least || *number > kMost) {
    return Error{.code = ErrorCode::kUsage,
                 .message = in_quotes(text) + " is no whole number",
                 .hint = fmt::format("give one of at least {}", least)};
  }
  return *number;
}

}  // namespace tpuscope
