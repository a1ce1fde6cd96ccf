// Names of methods, and slice counts from text.

#include "passes/planner/option_text.h"

#include <charconv>

#include <fmt/core.h>

#include "base/check.h"
#include "base/text.h"

namespace tpuscope {

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

Result<GroupMethod> parse_group_method(std::string_view name) {
  std::vector<std::string> names;
  for (const GroupMethodName& each : group_methods()) {
    if (each.name == name) return each.method;
    names.emplace_back(each.name);
  }
  return Error{.code = ErrorCode::kUsage,
               .message = "unknown method " + in_quotes(name),
               .hint = did_you_mean(name, names)};
}

Result<SliceCounts> parse_slice_counts(std::string_view text, char separator) {
  SliceCounts counts{};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::size_t axis = 0; axis < counts.size(); ++axis) {
    const auto [next, problem] = std::from_chars(at, end, counts[axis]);
    const bool is_last = axis + 1 == counts.size();
    const bool is_separated = is_last ? next == end : next != end && *next == separator;
    if (problem != std::errc{} || counts[axis] < 1 || !is_separated) {
      return Error{
          .code = ErrorCode::kUsage,
          .message = in_quotes(text) + " are no slice counts",
          .hint = fmt::format("write five counts of at least 1, as 4{0}1{0}1{0}2{0}1", separator)};
    }
    at = next + (is_last ? 0 : 1);
  }
  return counts;
}

}  // namespace tpuscope
