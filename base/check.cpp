// What a failed check does.

#include "base/check.h"

namespace tpuscope {

void check_failed(const char* file, int line, const char* condition, const std::string& message) {
  throw InternalError(fmt::format("{}:{}: {} ({})", file, line, message, condition));
}

void unreachable() {
  throw InternalError("reached code that a switch rules out");
}

}  // namespace tpuscope
