// gzip (RFC 1952) through zlib: files of a tenth of the size that trace viewers open as they are.

#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/byte_sink.h"
#include "base/result.h"

namespace tpuscope {

/// Compresses what it is given into another sink, with memory that does not grow. The header holds
/// no time and no file name, so that equal input gives equal bytes.
class GzipSink : public ByteSink {
 public:
  /// `comment` is stored in plain text in the header; it identifies files as ours.
  GzipSink(ByteSink& target, std::string comment);
  ~GzipSink() override;

  void write(std::string_view bytes) override;
  /// Writes what is left and the checksum; nothing may be written after it.
  void finish();

 private:
  struct State;  // keeps zlib's header out of ours
  void deflate_all(std::string_view bytes, int flush);

  ByteSink* target_;
  std::unique_ptr<State> state_;
};

bool is_gzip(std::string_view bytes);

/// The content; an error when it is damaged or holds more than `limit` bytes.
Result<std::string> gunzip(std::string_view bytes, const std::string& where,
                           std::size_t limit = std::size_t{4} << 30U);

}  // namespace tpuscope
