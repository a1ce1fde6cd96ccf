// What the program's exit status means.

#pragma once

#include "base/result.h"

namespace tpuscope {

enum class ExitCode : int {
  kDone = 0,
  kAnswerIsNo = 1,  ///< it ran, and a check found problems
  kUsage = 2,
  kInvalidInput = 3,
  kUnsupported = 4,
  kCannotWrite = 5,
  kInternalError = 70,  ///< EX_SOFTWARE of sysexits.h
};

inline ExitCode exit_code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUsage:
      return ExitCode::kUsage;
    case ErrorCode::kInvalidInput:
      return ExitCode::kInvalidInput;
    case ErrorCode::kUnsupported:
      return ExitCode::kUnsupported;
    case ErrorCode::kCannotWrite:
      return ExitCode::kCannotWrite;
  }
  unreachable();
}

}  // namespace tpuscope
