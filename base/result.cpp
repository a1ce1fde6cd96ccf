// What happens when a Result is not what its reader takes it for.

#include "base/result.h"

namespace tpuscope::internal {

void value_of_failed(const Errors& errors) {
  TPU_CHECK(false, "value() of a failed result: {}", errors.front().message);
}

void errors_of_successful() {
  TPU_CHECK(false, "errors() of a successful result");
}

void failed_without_errors() {
  TPU_CHECK(false, "a failed result needs an error");
}

}  // namespace tpuscope::internal
