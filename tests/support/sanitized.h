// Whether this build has sanitizers. Compilers say so in different ways; the build says it in one.

#pragma once

namespace tpuscope::testing {

/// Sanitizers make a run ten times as long: what loops over networks takes fewer of them then.
#if defined(TPUSCOPE_SANITIZED)
inline constexpr bool kIsSanitized = true;
#else
inline constexpr bool kIsSanitized = false;
#endif

}  // namespace tpuscope::testing
