// OutputFile: a file that appears only when it is complete. Bytes go to a temporary beside the
// target, which takes the target's name on commit; a failure before that leaves no file.

#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "base/byte_sink.h"
#include "base/result.h"

namespace tpuscope {

struct OutputOptions {
  bool force = false;  ///< replace an existing file of any program
  /// A file that holds this text near its start is the tool's own and is replaced unasked.
  std::string own_mark{};
};

class OutputFile : public ByteSink {
 public:
  /// Starts writing `path`; fails when it exists and may not be replaced, or cannot be created.
  static Result<std::unique_ptr<OutputFile>> create(const std::string& path,
                                                    const OutputOptions& options);
  ~OutputFile() override;

  void write(std::string_view bytes) override;
  /// Puts the file in place. The error of an earlier write is reported here.
  Status commit();

 private:
  OutputFile(std::string path, std::string temporary, std::FILE* file);

  std::string path_;
  std::string temporary_;
  std::FILE* file_;
  int error_ = 0;  ///< errno of the first write that failed
};

}  // namespace tpuscope
