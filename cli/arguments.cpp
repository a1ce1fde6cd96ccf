// The values of a call's flags.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "base/number.h"
#include "base/text.h"
#include "cli/verb.h"

namespace tpuscope {

std::string Arguments::text(const Flag& flag) const {
  const auto found = values_.find(flag.name);
  return found == values_.end() || found->second.empty() ? std::string(flag.fallback)
                                                         : found->second.back();
}

std::vector<std::string> Arguments::texts(const Flag& flag) const {
  const auto found = values_.find(flag.name);
  return found == values_.end() ? std::vector<std::string>{} : found->second;
}

Result<std::int64_t> Arguments::number(const Flag& flag) const {
  const std::string value = text(flag);
  const std::optional<std::int64_t> number = number_in<std::int64_t>(value);
  if (!number || *number < 0) {
    return Error{.code = ErrorCode::kUsage,
                 .message = fmt::format("{} is {}", flag.name, in_quotes(value)),
                 .hint = "give a whole number of at least 0"};
  }
  return *number;
}

void Arguments::set(std::string_view flag, std::vector<std::string> values) {
  values_[std::string(flag)] = std::move(values);
}

}  // namespace tpuscope
