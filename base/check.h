// Checks: how the program reports that it is wrong itself. A failed check throws InternalError,
// which nothing between the check and main() catches; main() turns it into exit code 70 and a
// reproducer. Mistakes of users are Results (result.h).

#pragma once

#include <stdexcept>
#include <string>

#include <fmt/core.h>

namespace tpuscope {

/// A bug of ours. Only TPU_CHECK throws it, only main() and tests catch it.
class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// Throws the InternalError of a failed TPU_CHECK.
[[noreturn]] void check_failed(const char* file, int line, const char* condition,
                               const std::string& message);

/// Marks what an exhaustive switch cannot reach.
[[noreturn]] void unreachable();

}  // namespace tpuscope

#define TPU_CONCAT_INNER(a, b) a##b
#define TPU_CONCAT(a, b) TPU_CONCAT_INNER(a, b)

/// Holds in all builds: TPU_CHECK(begin <= end, "span of {} ends at {}", begin, end).
#define TPU_CHECK(condition, ...) \
  ((condition)                    \
       ? static_cast<void>(0)     \
       : ::tpuscope::check_failed(__FILE__, __LINE__, #condition, fmt::format(__VA_ARGS__)))
