// Result<T>: how functions report what a user can get wrong. Broken invariants of ours are checks
// (check.h); no exception crosses our interfaces for a user's mistake.

#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/check.h"

namespace tpuscope {

/// What kind of user mistake it is; each kind has one exit code (cli/exit_codes.h).
enum class ErrorCode {
  kUsage,         ///< unknown flag, chip, switch or name
  kInvalidInput,  ///< unreadable, malformed or inconsistent input
  kUnsupported,   ///< well-formed, but an op, type or feature that is not modelled
  kCannotWrite,   ///< an output could not be written
};

/// Why an operation on user input failed.
struct Error {
  ErrorCode code = ErrorCode::kInvalidInput;
  std::string message{};  ///< lower case, no full stop: "perm has 3 entries, input has rank 4"
  std::string where{};    ///< "yolov5s.json:/ops/12/perm", or empty
  std::string hint{};     ///< what to do next, or empty
};

/// One or more errors of one input; never empty inside a failed Result.
using Errors = std::vector<Error>;

/// The most errors that are reported for one input.
inline constexpr std::size_t kMaxErrors = 20;

namespace internal {
// Out of line: formatted once instead of once per type of value and file.
[[noreturn]] void value_of_failed(const Errors& errors);
[[noreturn]] void errors_of_successful();
[[noreturn]] void failed_without_errors();
}  // namespace internal

/// A value, or the reasons why there is none. (std::expected is C++23.)
template <typename T>
class [[nodiscard]] Result {
 public:
  // NOLINTBEGIN(google-explicit-constructor): returning a T or an Error is the point
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, Errors{std::move(error)}) {}
  Result(Errors errors) : state_(std::in_place_index<1>, std::move(errors)) {
    if (std::get<1>(state_).empty()) internal::failed_without_errors();
  }
  // NOLINTEND(google-explicit-constructor)

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  /// The value; a check fails if there is none.
  const T& value() const& {
    require_value();
    return *std::get_if<0>(&state_);
  }
  T& value() & {
    require_value();
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    require_value();
    return std::move(*std::get_if<0>(&state_));
  }
  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }

  /// The first error; a check fails if there is none.
  const Error& error() const { return errors().front(); }
  const Errors& errors() const {
    if (ok()) internal::errors_of_successful();
    return *std::get_if<1>(&state_);
  }

 private:
  void require_value() const {
    if (!ok()) [[unlikely]] {
      internal::value_of_failed(*std::get_if<1>(&state_));
    }
  }

  std::variant<T, Errors> state_;
};

/// Result of a function that only succeeds or fails.
struct Ok {};
using Status = Result<Ok>;

/// The same failure, with `where` put before the location that it already names.
template <typename T>
Result<T> with_location(Result<T> result, const std::string& where) {
  if (result.ok()) return result;
  Errors errors = result.errors();
  for (Error& error : errors) {
    error.where = error.where.empty() ? where : where + ": " + error.where;
  }
  return errors;
}

}  // namespace tpuscope

/// Declares `declaration` from the value of a Result, or returns its errors from this function.
#define TPU_TRY(declaration, ...)                         \
  auto TPU_CONCAT(tpu_result_, __LINE__) = (__VA_ARGS__); \
  if (!TPU_CONCAT(tpu_result_, __LINE__).ok()) {          \
    return TPU_CONCAT(tpu_result_, __LINE__).errors();    \
  }                                                       \
  declaration = std::move(TPU_CONCAT(tpu_result_, __LINE__)).value()

/// Returns the errors of a Status from this function, if it failed.
#define TPU_TRY_STATUS(...) \
  if (auto tpu_status = (__VA_ARGS__); !tpu_status.ok()) return tpu_status.errors()
